"""Whose the downtime is: a waterfall of causes up to the total. `plot_steps` is in steps.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.show.columns import Floats, need, numbers, optional_numbers, words
from simulator.show.labels import BAR_IN, columns_beside, name_rows, row_places, wrapped
from simulator.show.scales import time_axis
from simulator.show.steps import plot_steps
from simulator.show.style import BLUE, INK, QUIET, SKY, VERMILLION, in_house_style, new_figure
from simulator.show.text import format_duration_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_downtime_by_cause", "plot_steps"]


@in_house_style
def plot_downtime_by_cause(
    table: pd.DataFrame, *, most: int = 15, title: str = "Downtime per year, by cause",
    confidence: float = 0.95, replications: int | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """Each cause's part of the downtime, one after the other up to the total.

    Parameters
    ----------
    table : DataFrame
        One row per cause. Columns: ``cause``; ``share`` of all downtime (0-1);
        ``downtime_s_per_year``, ``low_s_per_year`` and ``high_s_per_year``, seconds;
        ``completed_share``, share of the downtime of outages that this cause completed (0-1);
        optional ``exact_s_per_year``, seconds, NaN where unknown.
    most : int
        The largest causes that get a row each; the others share one.
    title : str
    confidence : float
        Nominal coverage of each cause's interval by itself.
    replications : int, optional
        How many the shares rest on.
    note : str
        Added to the subtitle.

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty or a cell is not a number.
    """
    what = "plot_downtime_by_cause"
    need(
        what,
        table,
        (
            "cause",
            "share",
            "downtime_s_per_year",
            "low_s_per_year",
            "high_s_per_year",
            "completed_share",
        ),
    )
    data = {
        name: np.nan_to_num(numbers(what, table, name), posinf=np.nan)
        for name in ("share", "downtime_s_per_year", "completed_share")
    } | {
        name: optional_numbers(what, table, name)
        for name in ("low_s_per_year", "high_s_per_year", "exact_s_per_year")
    }
    names, data = _largest(words(table, "cause"), data, most)
    start = np.concatenate([[0.0], np.cumsum(data["downtime_s_per_year"])])
    labels = [*(wrapped(name) for name in names), "all causes"]
    about = _about_causes(data, confidence, replications, note)
    figure, axes = new_figure(title, about, row_places(labels)[-1] + 0.95)
    places = name_rows(axes, labels, strong=[len(names)])
    unit = time_axis(axes, 0.0, _reach(start, data), "downtime per year")
    _bars(axes, places, start / unit, {key: column / unit for key, column in data.items()})
    heads = ["downtime per year", "share", "completed"]
    cells = _cause_cells(data, float(start[-1]))
    if np.isfinite(data["exact_s_per_year"]).any():
        heads.insert(1, "exact")
        told = _exact_cells(data["exact_s_per_year"], float(start[-1]))
        cells = [(first, exact, *rest) for (first, *rest), exact in zip(cells, told, strict=True)]
    columns_beside(axes, places, heads, cells)
    return figure


def _largest(
    names: list[str], data: dict[str, Floats], most: int
) -> tuple[list[str], dict[str, Floats]]:
    """Largest first; beyond `most` one row for the rest, whose interval nobody knows."""
    order = np.argsort(-data["downtime_s_per_year"], kind="stable")
    names = [names[i] for i in order]
    data = {key: column[order] for key, column in data.items()}
    if len(names) <= most + 1:
        return names, data
    merged = {
        key: np.append(column[:most], np.nan if key[:3] in ("low", "hig") else column[most:].sum())
        for key, column in data.items()
    }
    return [*names[:most], f"{len(names) - most} smaller causes together"], merged


def _about_causes(
    data: dict[str, Floats], confidence: float, replications: int | None, note: str
) -> tuple[str, ...]:
    runs = "Monte-Carlo" if replications is None else f"Monte-Carlo, {replications:,} replications"
    whisker = f"whisker: {100 * confidence:g} % interval of that cause alone"
    exact = "diamond: exact" if np.isfinite(data["exact_s_per_year"]).any() else ""
    return (
        runs,
        whisker,
        exact,
        "completed: share of the downtime whose outage this cause completed",
        note,
    )


def _reach(start: Floats, data: dict[str, Floats]) -> float:
    tops = [start, start[:-1] + data["high_s_per_year"], start[:-1] + data["exact_s_per_year"]]
    found = np.concatenate(tops)
    return float(found[np.isfinite(found)].max()) or 1.0


def _bars(axes: Axes, places: Floats, start: Floats, data: dict[str, Floats]) -> None:
    """Bars, whiskers and exact values; everything in the unit of the axis."""
    value = data["downtime_s_per_year"]
    for row, (x, width) in enumerate(zip(start[:-1], value, strict=True)):
        y = places[row]
        axes.barh(y, width, left=x, height=BAR_IN, color=SKY)
        axes.plot([x + width] * 2, places[row : row + 2], color=QUIET, linewidth=0.8, linestyle=":")
        low, high, exact = (data[f"{k}_s_per_year"][row] for k in ("low", "high", "exact"))
        if np.isfinite(low) and np.isfinite(high):
            axes.errorbar(
                x + width, y, xerr=[[max(width - low, 0.0)], [max(high - width, 0.0)]], fmt="none",
                color=INK, capsize=3, linewidth=1.2,
            )  # fmt: skip
        if np.isfinite(exact):
            axes.plot(x + exact, y, "D", color=VERMILLION, markersize=5, markeredgecolor="white")
    axes.barh(places[-1], start[-1], height=BAR_IN, color=BLUE)


def _cause_cells(data: dict[str, Floats], total: float) -> list[tuple[str, ...]]:
    cells = []
    for value, low, high, share, done in zip(
        data["downtime_s_per_year"], data["low_s_per_year"], data["high_s_per_year"], data["share"],
        data["completed_share"], strict=True,
    ):  # fmt: skip
        told = format_duration_interval(value, low, high, like=total)
        if value == 0:
            told = (
                f"none seen, at most {format_duration_interval(high)}" if high > 0 else "none seen"
            )
        cells.append((told, _percent(share), _percent(done)))
    whole = _percent(float(data["share"].sum())), _percent(float(data["completed_share"].sum()))
    return [*cells, (format_duration_interval(total), *whole)]


def _exact_cells(exact: Floats, total: float) -> list[str]:
    """Exact downtime of each cause in the unit of the column beside it; "" for the total."""
    return [*(format_duration_interval(float(x), like=total) for x in exact), ""]


def _percent(share: float) -> str:
    text = f"{100 * share:.1f} %"
    return "< 0.1 %" if text == "0.0 %" and share > 0 else text
