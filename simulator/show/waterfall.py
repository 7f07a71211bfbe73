"""Waterfalls: whose the downtime is, and what each assumption adds to the formulas' answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.units import YEAR
from simulator.show.columns import Floats, need, numbers, optional_numbers, words
from simulator.show.labels import BAR_IN, columns_beside, name_rows, row_places, wrapped
from simulator.show.scales import level_ticks, padded, tick_texts
from simulator.show.style import BLUE, GREEN, INK, QUIET, SKY, VERMILLION, in_house_style, new_figure
from simulator.show.text import (
    duration_unit,
    format_availability,
    format_duration_interval,
    format_unavailability,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_downtime_by_cause", "plot_steps"]

_WORDS = {"d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


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
    need(what, table, ("cause", "share", "downtime_s_per_year", "low_s_per_year", "high_s_per_year", "completed_share"))
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
    unit = _time_axis(axes, 0.0, _reach(start, data), "downtime per year")
    _bars(axes, places, start / unit, {key: column / unit for key, column in data.items()})
    heads = ("downtime per year", "share", "completed")
    columns_beside(axes, places, heads, _cause_cells(data, float(start[-1])))
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
    return (runs, whisker, exact, "completed: share of the downtime whose outage this cause completed", note)


def _reach(start: Floats, data: dict[str, Floats]) -> float:
    tops = [start, start[:-1] + data["high_s_per_year"], start[:-1] + data["exact_s_per_year"]]
    found = np.concatenate(tops)
    return float(found[np.isfinite(found)].max()) or 1.0


def _time_axis(axes: Axes, low: float, high: float, label: str) -> float:
    """Limits and ticks of seconds in the unit that suits them; returns that unit in seconds."""
    name, unit = duration_unit(max(abs(low), abs(high)))
    limits = padded(low, high, 0.05)
    ticks = level_ticks(limits[0] / unit, limits[1] / unit, 6)
    axes.set_xlim(limits[0] / unit, limits[1] / unit)
    axes.set_xticks(ticks, tick_texts(ticks))
    axes.set_xlabel(f"{label} ({_WORDS[name]})")
    return unit


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


def _cause_cells(data: dict[str, Floats], total: float) -> list[tuple[str, str, str]]:
    cells = []
    for value, low, high, share, done in zip(
        data["downtime_s_per_year"], data["low_s_per_year"], data["high_s_per_year"], data["share"],
        data["completed_share"], strict=True,
    ):  # fmt: skip
        told = format_duration_interval(value, low, high, like=total)
        if value == 0:
            told = f"none seen, at most {format_duration_interval(high)}" if high > 0 else "none seen"
        cells.append((told, _percent(share), _percent(done)))
    whole = _percent(float(data["share"].sum())), _percent(float(data["completed_share"].sum()))
    return [*cells, (format_duration_interval(total), *whole)]


def _percent(share: float) -> str:
    text = f"{100 * share:.1f} %"
    return "< 0.1 %" if text == "0.0 %" and share > 0 else text


@in_house_style
def plot_steps(
    table: pd.DataFrame, *, title: str = "From the formulas to this system, one assumption at a time",
    confidence: float = 0.95, note: str = "",
) -> Figure:  # fmt: skip
    """What switching on each assumption adds, from the analytic line to the last line.

    Parameters
    ----------
    table : DataFrame
        One row per assumption in the order they are switched on; the first row is where it starts.
        Columns: ``assumption``; ``unavailability`` with this and all before it on (0-1);
        ``effect`` against the row before, ``low`` and ``high``, the ends of its interval, all
        shares of time down; ``method``, how the effect was computed.
    title : str
    confidence : float
        Nominal coverage of each effect's interval.
    note : str
        Added to the subtitle.

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty or a cell is not a number.
    """
    what = "plot_steps"
    need(what, table, ("assumption", "unavailability", "effect", "low", "high", "method"))
    level, effect, low, high = (
        numbers(what, table, name) for name in ("unavailability", "effect", "low", "high")
    )
    labels = [*(wrapped(name) for name in words(table, "assumption")), "with all of them"]
    methods, keys = _short_methods(words(table, "method"))
    seen = measurable(level, effect, low, high)
    colours = "orange costs availability, green gains it, grey has no measurable effect"
    whisker = f"whisker: {100 * confidence:g} % interval of the effect"
    figure, axes = new_figure(title, (colours, whisker, *keys, note), row_places(labels)[-1] + 0.95)
    places = name_rows(axes, labels, strong=[0, len(level)])
    _steps(axes, places, level, (effect, low, high), seen)
    cells = [
        (*two, method)
        for two, method in zip(_step_cells(level, (effect, low, high), seen), [*methods, ""], strict=True)
    ]
    faint = [row for row in range(1, len(level)) if not seen[row]]
    columns_beside(axes, places, ("change per year", "availability", "method"), cells, faint)
    return figure


def _short_methods(methods: list[str]) -> tuple[list[str], list[str]]:
    """Long descriptions become letters in the column and are spelled out once, in the subtitle."""
    long = [method for method in dict.fromkeys(methods) if len(method) > 12]
    letters = {method: f"({chr(ord('a') + i % 26)})" for i, method in enumerate(long)}
    return [letters.get(m, m) for m in methods], [f"{letters[m]} {m}" for m in long]


def measurable(level: Floats, effect: Floats, low: Floats, high: Floats) -> list[bool]:
    """Whether each effect is distinguishable from none; NaN counts as none."""
    clear = (low > 0) | (high < 0)
    return [bool(yes) for yes in clear & (np.abs(effect) > 1e-9 * np.abs(level))]


def _steps(axes: Axes, places: Floats, level: Floats, effects: tuple[Floats, Floats, Floats], seen: list[bool]) -> None:
    effect, low, high = effects
    before = np.concatenate([level[:1], level[:-1]])
    found = np.concatenate([level, (before + low)[1:], (before + high)[1:]])
    found = found[np.isfinite(found)]
    bottom, top = float(found.min(initial=np.inf)), float(found.max(initial=-np.inf))
    if not found.size:
        bottom, top = 0.0, 1.0
    bottom = 0.0 if 0 <= bottom < 0.5 * top else bottom
    unit = _time_axis(axes, bottom * YEAR, top * YEAR, "downtime per year") / YEAR
    x, start = level / unit, before / unit
    for row in range(1, len(level)):
        colour = (VERMILLION if effect[row] > 0 else GREEN) if seen[row] else QUIET
        axes.barh(places[row], x[row] - start[row], left=start[row], height=BAR_IN, color=colour)
        if seen[row]:  # to be found even where the bar is thinner than a pixel
            axes.plot(x[row], places[row], "|", color=colour, markersize=13, markeredgewidth=2)
        if low[row] != high[row] and np.isfinite(low[row] + high[row]):
            ends = [[max(effect[row] - low[row], 0.0) / unit], [max(high[row] - effect[row], 0.0) / unit]]
            axes.errorbar(start[row] + effect[row] / unit, places[row], xerr=ends, fmt="none", color=INK, capsize=3, linewidth=1.2)
        if not seen[row]:
            axes.plot(x[row], places[row], "o", color="white", markeredgecolor=QUIET, markersize=6)
    for row in range(len(level)):
        axes.plot([x[row]] * 2, places[row : row + 2], color=QUIET, linewidth=0.8, linestyle=":")
    axes.plot([x[0], x[-1]], [places[0], places[-1]], "D", color=BLUE, markersize=8)


def _step_cells(
    level: Floats, effects: tuple[Floats, Floats, Floats], seen: list[bool]
) -> list[tuple[str, str]]:
    cells = [("", format_availability(float(level[0]), trim=False))]
    for row in range(1, len(level)):
        effect, low, high = (float(e[row]) for e in effects)
        told = _signed(effect, low, high) if seen[row] else "no measurable effect"
        cells.append((told, format_availability(float(level[row]), trim=False)))
    gap = float(level[-1] - level[0])
    whole = _signed(gap, gap, gap) if len(level) > 1 and not math.isnan(gap) else ""
    return [*cells, (whole, format_availability(float(level[-1]), trim=False))]


def _signed(effect: float, low: float, high: float) -> str:
    text = format_duration_interval(effect * YEAR, low * YEAR, high * YEAR)
    return f"{'+' if effect > 0 else ''}{text}"
