"""Incidents as pictures: what was published and what was simulated on one clock, thresholds, lessons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.show.columns import need
from simulator.show.style import (
    BLUE,
    GRID,
    INK,
    ORANGE,
    QUIET,
    SERIES,
    VERMILLION,
    in_house_style,
    new_figure,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_incident", "plot_lessons", "plot_threshold"]

_DAY = 86_400.0


@in_house_style
def plot_incident(
    shares: pd.DataFrame, events: pd.DataFrame, begins_s: float, title: str,
    quantity: str = "served", axis: str = "share of requests served", starts_s: float = 0.0,
) -> Figure:  # fmt: skip
    """Curves over time, and below them two rows of events: published above, simulated below.

    Parameters
    ----------
    shares : DataFrame
        ``time_s``, ``what`` and the quantity.
    events : DataFrame
        ``side`` ("published" or "simulated"), ``time_s``, ``what``.
    begins_s : float
        Time of day of second 0.
    title, quantity, axis : str
    starts_s : float
        Left end of the picture, seconds.

    Raises
    ------
    DescriptionError
        If a column is missing.
    """
    need("the timeline of an incident", shares, ["time_s", "what", quantity])
    need("the timeline of an incident", events, ["side", "time_s", "what"])
    figure, axes = new_figure(
        title, ["lines: simulated; marks below: published and simulated events"], 7.4
    )
    figure.set_layout_engine("none")
    axes.set_position((0.08, 0.60, 0.89, 0.27))
    for number, (name, rows) in enumerate(shares.groupby("what", sort=False)):
        colour = SERIES[number % len(SERIES)]
        axes.plot(rows["time_s"], rows[quantity], color=colour, lw=1.4, label=str(name))
    axes.set_ylabel(axis)
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, frameon=False, fontsize=8)
    end = float(shares["time_s"].max())
    marks = figure.add_axes((0.08, 0.07, 0.89, 0.50), sharex=axes)
    for side, colour, top in (("published", INK, 1.0), ("simulated", BLUE, 0.47)):
        _event_rows(marks, events[events["side"] == side], side, colour, top, (starts_s, end))
    marks.set_ylim(-0.06, 1.06)
    marks.set_yticks([])
    marks.set_xlim(starts_s, end)
    for spine in ("left", "top", "right"):
        marks.spines[spine].set_visible(False)
    _clock(marks, begins_s, starts_s, end)
    axes.tick_params(labelbottom=False)
    return figure


def _event_rows(
    axes: Axes, events: pd.DataFrame, side: str, colour: str, top: float, ends: tuple[float, float]
) -> None:
    """Each event on a line of its own, its words beside the mark, on the side where there is room."""
    start, end = ends
    rows = events[events["time_s"].between(start, end)].sort_values("time_s").to_dict("records")
    step = 0.46 / max(len(rows), 1)
    axes.text(
        start - 0.012 * (end - start),
        top - 0.21,
        side,
        rotation=90,
        color=colour,
        ha="right",
        va="center",
        weight="bold",
    )
    for number, row in enumerate(rows):
        y, x = top - (number + 0.5) * step, float(row["time_s"])
        axes.plot([x, x], [y, top + 0.01], color=GRID, lw=0.6, zorder=0)
        axes.plot([x], [y], marker="o", ms=3.5, color=colour)
        right = x > start + 0.62 * (end - start)
        axes.annotate(
            str(row["what"]), (x, y), (-6 if right else 6, 0), textcoords="offset points",
            ha="right" if right else "left", va="center", fontsize=min(8.0, 190 * step), color=colour,
        )  # fmt: skip


def _clock(axes: Axes, begins_s: float, start: float, end: float) -> None:
    """Ticks at whole hours, or at tens of minutes in a short run, as times of day."""
    step = next(
        s for s in (600.0, 1800.0, 3600.0, 7200.0, 14400.0, 21600.0) if (end - start) / s <= 12
    )
    first = np.ceil((begins_s + start) / step) * step - begins_s
    ticks = np.arange(first, end + 1.0, step)
    axes.set_xticks(ticks)
    times = [(begins_s + t) % _DAY for t in ticks]
    axes.set_xticklabels([f"{int(t // 3600):02d}:{int(t % 3600 // 60):02d}" for t in times])
    axes.set_xlabel("UTC")


@in_house_style
def plot_threshold(
    table: pd.DataFrame, x: str, y: str, group: str, words: Sequence[str], title: str,
    logarithmic: bool = False, mark: tuple[float, str] | None = None,
) -> Figure:  # fmt: skip
    """One line for each group over a quantity with a threshold.

    Parameters
    ----------
    table : DataFrame
    x, y, group : str
        Columns.
    words : sequence of str
        Of the axes, and of a group with ``{}`` for its value.
    title : str
    logarithmic : bool
        Of the axis of x.
    mark : (float, str) or None
        A line across at this x, and its name.
    """
    need("the threshold", table, [x, y, group])
    figure, axes = new_figure(title, [])
    for number, (value, rows) in enumerate(table.groupby(group, sort=True)):
        shown = rows.sort_values(x)
        colour = SERIES[number % len(SERIES)]
        axes.plot(shown[x], shown[y], marker="o", ms=3.5, lw=1.2, color=colour,
                  label=words[2].format(value))  # fmt: skip
    axes.set_xlabel(words[0])
    axes.set_ylabel(words[1])
    axes.set_ylim(bottom=0.0)
    if logarithmic:
        axes.set_xscale("log")
        ticks = sorted(table[x].unique())
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    if mark is not None:
        axes.axvline(mark[0], color=QUIET, lw=1.0, ls="--", label=mark[1])
    axes.legend(frameon=False, fontsize=8)
    return figure


@in_house_style
def plot_lessons(table: pd.DataFrame, axis: str) -> Figure:
    """What each lesson leaves of a quantity: without as a line, with as a dot and its paired interval.

    Parameters
    ----------
    table : DataFrame
        ``what``, ``without``, ``with``, ``low``, ``high`` (of the change).
    axis : str
    """
    need("the lessons", table, ["what", "without", "with", "low", "high"])
    told = ["bar: as it was; dot: with the lesson, and its 95 % interval on the same luck",
            "blue: at most half of it is left, red: more, orange: worse, grey: no change to be seen"]  # fmt: skip
    title = "What each published lesson would have changed"
    figure, axes = new_figure(title, told, 1.6 + 0.42 * len(table))
    for y, row in enumerate(table.to_dict("records")):
        before, after = float(row["without"]), float(row["with"])
        axes.plot([before, after], [-y, -y], color=GRID, lw=2.0, zorder=0)
        axes.plot([before], [-y], marker="|", ms=11, color=QUIET)
        change = after - before
        colour = _colour(before, after, row["low"] <= 0.0 <= row["high"])
        reach = [[max(change - row["low"], 0.0)], [max(row["high"] - change, 0.0)]]
        axes.errorbar([after], [-y], xerr=reach, fmt="o", ms=5, color=colour, lw=1.2)
    axes.set_yticks([-y for y in range(len(table))], [str(what) for what in table["what"]])
    axes.set_xlabel(axis)
    axes.set_xlim(left=0.0)
    return figure


def _colour(before: float, after: float, unclear: bool) -> str:
    """Of a lesson, by what it leaves; one whose interval holds no change at all has none."""
    if unclear:
        return QUIET
    return ORANGE if after > before else VERMILLION if after > 0.5 * before else BLUE
