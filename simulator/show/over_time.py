"""Requests over time: what became of them, how many breakers are open, arrivals of a herd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.units import HOUR, MIN
from simulator.errors import DescriptionError
from simulator.show.columns import Floats, need, numbers
from simulator.show.labels import EndLabel, end_labels, end_room
from simulator.show.lines import split_lines
from simulator.show.scales import level_ticks, log_axis, percent, positive_limits, tick_texts
from simulator.show.style import (
    BLUE,
    GRID,
    INK,
    ORANGE,
    PURPLE,
    QUIET,
    SERIES,
    SKY,
    VERMILLION,
    in_house_style,
    key_above,
    new_figure,
)
from simulator.show.text import format_duration_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "Span", "bin_ends", "clock_axis", "plot_breaker_states", "plot_herd", "plot_outcomes", "shade_trigger", "span_of",
]  # fmt: skip

Span = tuple[float, float]

_KINDS = {
    "ok": ("ok", SKY, ""),
    "degraded": ("degraded", BLUE, "//"),
    "in_flight": ("under way at the end", GRID, ""),
    "shed": ("shed by the callee", INK, ""),
    "rejected": ("rejected by the caller", ORANGE, "\\\\"),
    "error": ("error", PURPLE, "xx"),
    "timeout": ("timeout", VERMILLION, ""),
}  # from the bottom: what is well, then what nobody knows yet, then what failed


def span_of(what: str, trigger: Span | None) -> Span | None:
    """A trigger that can be shaded.

    Raises
    ------
    DescriptionError
        If it ends before it starts.
    """
    if trigger is not None and not trigger[0] <= trigger[1]:
        raise DescriptionError(f"{what}: the trigger {trigger!r} ends before it starts")
    return trigger


def bin_ends(time: Floats) -> Floats:
    """Where each bin ends, seconds: at the next start; the last as wide as the one before."""
    wide = time[-1] - time[-2] if time.size > 1 else 1.0
    return np.append(time[1:], time[-1] + wide)


def clock_axis(axes: Axes, low: float, high: float, label: str) -> float:
    """A time axis from `low` to `high` seconds, in seconds up to ten minutes; returns its unit."""
    longest = max(abs(low), abs(high))
    words, unit = ("seconds", 1.0)
    if longest > 10 * MIN:
        words, unit = ("minutes", MIN) if longest <= 10 * HOUR else ("hours", HOUR)
    ticks = level_ticks(low / unit, high / unit, 8)
    axes.set_xlim(low / unit, high / unit)
    axes.set_xticks(ticks, tick_texts(ticks))
    axes.set_xlabel(f"{label} ({words})")
    return unit


def shade_trigger(
    axes: Axes, trigger: Span | None, unit: float, name: str = "trigger", lines: bool = False
) -> None:
    """Shade the time of a trigger and name it at the top; call it when limits are final.

    Parameters
    ----------
    axes : Axes
    trigger : tuple of float or None
        Start and end, seconds.
    unit : float
        Of the axis, seconds.
    name : str
        Empty for no name.
    lines : bool
        Also draw its edges, over areas that hide a shade.
    """
    if trigger is None:
        return
    start, end = (t / unit for t in trigger)
    for edge in (start, end) if lines else ():
        axes.axvline(edge, color=INK, linestyle=":", linewidth=1.6)
    axes.axvspan(start, end, color=ORANGE, alpha=0.22, linewidth=0, zorder=0)
    if not name:
        return
    low, high = axes.get_xlim()
    start, end = max(start, low), min(end, high)
    right = (end - low) < 0.75 * (high - low)
    narrow = end - start < 0.2 * (high - low)  # the name would hang over its edge
    axes.annotate(
        f"{name}, {format_duration_interval(trigger[1] - trigger[0])}",
        (start if right != narrow else end, 1.0), xycoords=("data", "axes fraction"),
        xytext=(3 if right else -3, -4), textcoords="offset points", va="top",
        ha="left" if right else "right", color=INK, zorder=5,
        bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
    )  # fmt: skip


@in_house_style
def plot_outcomes(
    table: pd.DataFrame, *, trigger: Span | None = None,
    title: str = "What became of requests, by when they were sent", note: str = "",
) -> Figure:  # fmt: skip
    """Requests per second by outcome, stacked: the upper edge is what was offered.

    Parameters
    ----------
    table : DataFrame
        One row per bin: ``time_s`` (start) and, per second, any of ``ok``, ``degraded``, ``error``,
        ``timeout``, ``rejected``, ``shed``, ``in_flight``, as
        :func:`simulator.measure.series.outcomes_over_time` makes them.
    trigger : tuple of float, optional
        Start and end, seconds: shaded.
    title, note : str

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty or a cell is not a number.
    """
    need("plot_outcomes", table, ("time_s", "ok"))
    trigger = span_of("plot_outcomes", trigger)
    time = numbers("plot_outcomes", table, "time_s")
    heights = {
        kind: np.nan_to_num(numbers("plot_outcomes", table, kind))
        for kind in _KINDS
        if kind in table
    }
    shown = {kind: height for kind, height in heights.items() if height.any() or kind == "ok"}
    figure, axes = new_figure(title, (note,), 4.0)
    unit = clock_axis(axes, float(time[0]), float(bin_ends(time)[-1]), "time of sending")
    edges = np.append(time, bin_ends(time)[-1]) / unit
    below = np.zeros(time.size + 1)
    handles = []
    for kind, height in shown.items():
        _, colour, hatch = _KINDS[kind]
        above = below + np.append(height, height[-1])
        handles.append(
            axes.fill_between(
                edges, below, above, step="post", facecolor=colour, hatch=hatch, edgecolor="white",
                linewidth=0.0,
            )
        )  # fmt: skip
        below = above
    axes.set_ylim(0, float(below.max()) * 1.12 or 1.0)
    axes.set_ylabel("requests per second")
    shade_trigger(axes, trigger, unit, lines=True)
    key_above(axes, handles, [_KINDS[kind][0] for kind in shown], min(len(shown), 4))
    return figure


@in_house_style
def plot_breaker_states(
    table: pd.DataFrame, *, by: str | None = None, trigger: Span | None = None,
    title: str = "Breakers that are open", note: str = "",
) -> Figure:  # fmt: skip
    """Share of breakers that are open, over time.

    Parameters
    ----------
    table : DataFrame
        One row per bin: ``time_s`` (start; ``time`` is taken too) and ``share`` (0-1), as
        :func:`simulator.measure.breakers.breakers_open` makes them; optional ``breakers``, how many.
    by : str, optional
        Column that names the lines, such as the kind of breaker.
    trigger : tuple of float, optional
        Start and end, seconds: shaded.
    title, note : str

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty or a cell is not a number.
    """
    what = "plot_breaker_states"
    when = "time" if "time" in table.columns else "time_s"
    need(what, table, [name for name in (when, "share", by) if name])
    trigger = span_of(what, trigger)
    many = numbers(what, table, "breakers") if "breakers" in table.columns else np.array([])
    count = "" if not many.size or many.min() != many.max() else f"{many[0]:,.0f} breakers"
    lines = split_lines(what, table, when, "share", by)
    room = max(3.2, end_room([line.name for line in lines]) + 1.1)
    figure, axes = new_figure(title, (count, note), room)
    ends = [float(bin_ends(line.x)[-1]) for line in lines if line.x.size]
    unit = clock_axis(
        axes, min(float(line.x[0]) for line in lines if line.x.size), max(ends), "time"
    )
    axes.set_ylim(-0.03, 1.12)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    axes.yaxis.set_major_formatter(percent)
    axes.set_ylabel("share of breakers open")
    names = []
    for number, line in enumerate(lines):
        colour = SERIES[number % len(SERIES)]
        x = np.append(line.x, bin_ends(line.x)[-1]) / unit
        y = np.append(line.y, line.y[-1])
        axes.plot(
            x, y, drawstyle="steps-post", color=colour, linestyle=("-", "--", "-.", ":")[number % 4]
        )
        names.append(EndLabel(float(x[-1]), float(y[-1]), line.name, colour))
    shade_trigger(axes, trigger, unit)
    end_labels(figure, axes, [name for name in names if name.text])
    return figure


@in_house_style
def plot_herd(
    table: pd.DataFrame, *, by: str = "jitter", capacity: float | None = None,
    title: str = "A herd comes back", note: str = "",
) -> Figure:  # fmt: skip
    """Arrivals per second for several ways to spread them, against what can be served.

    Parameters
    ----------
    table : DataFrame
        One row per line and bin: ``time_s`` (start), ``arrivals_per_s``, and the column `by`.
    by : str
        Column that names the lines.
    capacity : float, optional
        What can be served per second: a line.
    title, note : str

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty, a cell is not a number, or the capacity is not
        above 0.
    """
    what = "plot_herd"
    need(what, table, ("time_s", "arrivals_per_s", by))
    if capacity is not None and not capacity > 0:
        raise DescriptionError(f"capacity is {capacity!r}: a rate above 0 is needed")
    lines = split_lines(what, table, "time_s", "arrivals_per_s", by)
    ends = [bin_ends(line.x) for line in lines]
    wide = format_duration_interval(float(ends[0][0] - lines[0].x[0]))
    figure, axes = new_figure(title, (f"bins of {wide}; in the key: highest bin", note), 4.4)
    unit = clock_axis(
        axes, min(float(line.x[0]) for line in lines), max(float(end[-1]) for end in ends), "time"
    )
    low = _herd_axis(axes, np.concatenate([line.y for line in lines]), capacity)
    handles, names = [], []
    for number, (line, end) in enumerate(zip(lines, ends, strict=True)):
        x, y = np.append(line.x, end[-1]) / unit, np.maximum(np.append(line.y, line.y[-1]), low)
        handles += axes.plot(
            x, y, drawstyle="steps-post", color=SERIES[number % len(SERIES)],
            linestyle=("-", "--", "-.", ":")[number % 4],
        )  # fmt: skip
        names.append(f"{line.name}: {_peak(line.y, capacity)}")
    if capacity is not None:
        handles.append(axes.axhline(capacity, color=QUIET, linestyle=(0, (1, 1)), linewidth=2.0))
        names.append(f"capacity, {capacity:,.4g}/s")
    key_above(axes, handles, names, 3)
    return figure


def _herd_axis(axes: Axes, heights: Floats, capacity: float | None) -> float:
    """Linear, or logarithmic where a peak would flatten the rest; the smallest rate that is drawn."""
    heights = np.append(heights, capacity or 0.0)
    most = float(heights.max()) or 1.0
    if capacity is None or most <= 4 * capacity:
        axes.set_ylim(0, 1.08 * most)
        axes.set_ylabel("arrivals per second")
        return 0.0
    low = max(positive_limits(heights)[0], capacity / 100)
    log_axis(axes, "y", low, 1.4 * most, "arrivals per second")
    return low


def _peak(values: Floats, capacity: float | None) -> str:
    most = float(values.max(initial=0.0))
    return f"{most:,.4g}/s" if capacity is None else f"{most / capacity:.3g} x capacity"
