"""Hazard and annual failure rate by age, beside published points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.units import YEAR
from simulator.show.columns import Floats, need, numbers, optional_numbers, words
from simulator.show.labels import EndLabel, end_labels, end_room
from simulator.show.lines import FEW, draw_lines, split_lines
from simulator.show.scales import percent
from simulator.show.style import (
    BLUE,
    INK,
    MARKS,
    QUIET,
    SERIES,
    in_house_style,
    key_above,
    new_figure,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.figure import Figure

__all__ = ["plot_afr_by_age", "plot_hazard"]

_PARTS = {
    "early": ("early failures", "--"),
    "chance": ("chance failures", "-."),
    "wear": ("wear-out", ":"),
}


@in_house_style
def plot_hazard(
    curve: pd.DataFrame, points: pd.DataFrame | None = None, *,
    title: str = "Hazard by age", confidence: float = 0.95, note: str = "",
) -> Figure:  # fmt: skip
    """Failures per year and unit that has reached an age, beside published annual rates.

    Parameters
    ----------
    curve : DataFrame
        One row per age. Columns: ``age_s``, seconds; ``hazard_per_year``, 1/year; optional
        ``early``, ``chance`` and ``wear``, its parts, 1/year.
    points : DataFrame, optional
        One row per published figure. Columns: ``age_s``, seconds (the middle of the ages it
        covers); ``afr``, ``low`` and ``high``, shares that fail within a year (0-1; NaN where no
        interval is published); ``source``. Each is drawn at the constant hazard that gives this
        share, -ln(1 - AFR), so that a true curve passes through it.
    title : str
    confidence : float
        Nominal coverage of the published intervals.
    note : str
        Added to the subtitle.

    Raises
    ------
    DescriptionError
        If a column is missing, a table is empty or a cell is not a number.
    """
    need("plot_hazard", curve, ("age_s", "hazard_per_year"))
    if points is not None:
        need("plot_hazard (points)", points, ("age_s", "afr", "low", "high", "source"))
    told = "points: published AFR (share failing within a year), drawn as hazard -ln(1 - AFR)"
    bars = points is not None and np.isfinite(numbers("plot_hazard", points, "high")).any()
    bar = f"bar: {100 * confidence:g} % interval" if bars else ""
    figure, axes = new_figure(title, (told if points is not None else "", bar, note), 4.4)
    labels = _curve(axes, curve)
    if points is not None:
        _published(axes, points)
    oldest = [numbers("plot_hazard", t, "age_s") for t in (curve, points) if t is not None]
    _age_axis(axes, float(np.nanmax(np.concatenate(oldest))) / YEAR)
    top = _top(curve, points)
    axes.set_ylim(0, top)
    axes.set_ylabel("hazard (failures per year\nof a unit still running)")
    end_labels(figure, axes, [label for label in labels if label.y <= top])
    return figure


def _curve(axes: Axes, curve: pd.DataFrame) -> list[EndLabel]:
    age = numbers("plot_hazard", curve, "age_s") / YEAR
    hazard = numbers("plot_hazard", curve, "hazard_per_year")
    mark = "o" if age.size == 1 else None
    axes.plot(age, hazard, color=BLUE, linewidth=2.4, zorder=3, marker=mark)
    labels = [EndLabel(float(age[-1]), float(hazard[-1]), "hazard", BLUE)]
    for column, (name, style) in _PARTS.items():
        part = optional_numbers("plot_hazard", curve, column)
        if np.isfinite(part).any():
            axes.plot(age, part, color=QUIET, linestyle=style, linewidth=1.5)
            labels.append(EndLabel(float(age[-1]), float(part[-1]), name, QUIET))
    return labels


def _as_hazard(share: Floats) -> Floats:
    """The constant hazard per year under which this share fails within a year."""
    return np.asarray(-np.log1p(-np.clip(share, 0.0, 1 - 1e-12)))


def _published(axes: Axes, points: pd.DataFrame) -> None:
    what = "plot_hazard (points)"
    age = numbers(what, points, "age_s") / YEAR
    value, low, high = (_as_hazard(numbers(what, points, name)) for name in ("afr", "low", "high"))
    sources = np.array(words(points, "source"), dtype=object)
    handles: list[ErrorbarContainer] = []
    names: Sequence[str] = list(dict.fromkeys(sources))
    for number, name in enumerate(names):
        rows = sources == name
        colour = (SERIES[1:])[number % (len(SERIES) - 1)]
        mark = MARKS[number % len(MARKS)]
        ends = np.nan_to_num(np.maximum([value[rows] - low[rows], high[rows] - value[rows]], 0.0))
        handles.append(
            axes.errorbar(
                age[rows], value[rows], yerr=ends, fmt=mark, color=colour, capsize=3, zorder=4
            )
        )
    key_above(axes, handles, names, 1 if max(map(len, names)) > 30 else 3)


def _top(curve: pd.DataFrame, points: pd.DataFrame | None) -> float:
    """Room for the published points and the curve after its first months, which may be infinite."""
    hazard = numbers("plot_hazard", curve, "hazard_per_year")
    age = numbers("plot_hazard", curve, "age_s")
    settled = hazard[np.isfinite(hazard) & (age >= 0.02 * np.nanmax(age))]
    found = [float(settled.max(initial=0.0))]
    if points is not None:
        marks = [numbers("plot_hazard (points)", points, name) for name in ("afr", "high")]
        found.append(float(np.nanmax(_as_hazard(np.concatenate(marks)), initial=0.0)))
    return 1.08 * max(found) or 1.0


def _age_axis(axes: Axes, oldest_y: float) -> None:
    axes.set_xlim(0, 1.02 * oldest_y or 1.0)
    axes.set_xlabel("age (years)")
    axes.spines["bottom"].set_color(INK)


@in_house_style
def plot_afr_by_age(
    table: pd.DataFrame, *, by: str = "source", title: str = "Annual failure rate by age",
    confidence: float = 0.95, note: str = "",
) -> Figure:  # fmt: skip
    """Share of units of an age that fail within a year, one line per source.

    Parameters
    ----------
    table : DataFrame
        One row per age and source. Columns: ``age_s``, seconds (the middle of the year it covers);
        ``afr``, share failing within a year (0-1); optional ``low`` and ``high``, its interval,
        and the column `by`.
    by : str
        Column that names the lines; without it there is one.
    title : str
    confidence : float
        Nominal coverage of the intervals.
    note : str
        Added to the subtitle.

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty or a cell is not a number.
    """
    what = "plot_afr_by_age"
    need(what, table, ("age_s", "afr"))
    names = by if by in table.columns else None
    lines = split_lines(what, table, "age_s", "afr", names, "low", "high", YEAR)
    bars = any(line.has_interval.any() for line in lines)
    kind = "band" if any(line.x.size > FEW for line in lines) else "bar"
    bar = f"{kind}: {100 * confidence:g} % interval"
    room = max(4.2, end_room([line.name for line in lines]) + 1.1)
    figure, axes = new_figure(title, (bar if bars else "", note), room)
    draw = [x for line in lines for x in (*line.y, *line.high) if np.isfinite(x)]
    axes.set_ylim(0, 1.1 * max(draw, default=0.0) or 1.0)
    axes.yaxis.set_major_formatter(percent)
    axes.set_ylabel("annual failure rate\n(share of units failing within a year)")
    _age_axis(axes, max((float(line.x[-1]) for line in lines if line.x.size), default=1.0))
    draw_lines(figure, axes, lines)
    return figure
