"""A retry storm: load, attempts and goodput over time, and how long attempts wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import DescriptionError
from simulator.show.columns import Floats, need, numbers, optional_numbers
from simulator.show.labels import EndLabel, end_labels
from simulator.show.over_time import Span, bin_ends, clock_axis, shade_trigger, span_of
from simulator.show.scales import duration_axis
from simulator.show.style import BLUE, INK, PURPLE, QUIET, VERMILLION, in_house_style, new_figure
from simulator.show.text import format_duration_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_storm"]

_LINES = (
    ("attempts_per_s", "attempts", VERMILLION, "-", 1.8),
    ("goodput_per_s", "goodput", BLUE, "-", 2.4),
    (
        "offered_per_s",
        "offered",
        INK,
        (0, (4, 2)),
        1.4,
    ),  # last: dashes let what is below show through
)
_DASHES = (0, (5, 3))


@in_house_style
def plot_storm(
    series: pd.DataFrame, trigger: Span | None = None, *, capacity: float | None = None,
    wait: pd.DataFrame | None = None, timeout_s: float | None = None,
    title: str = "Requests, attempts and goodput", note: str = "",
) -> Figure:  # fmt: skip
    """Offered requests, attempts and goodput per second; below them the wait, beside the timeout.

    Parameters
    ----------
    series : DataFrame
        One row per bin: ``time_s`` (start), ``offered_per_s``, ``attempts_per_s``, ``goodput_per_s``, as
        :func:`simulator.measure.series.series` makes them.
    trigger : tuple of float, optional
        Start and end, seconds: shaded.
    capacity : float, optional
        What can be served per second: a line.
    wait : DataFrame, optional
        Second panel: ``time_s`` (start), ``mean_s``, ``max_s``, optional ``open_share``, as
        :func:`simulator.measure.series.queue_wait` makes them. Where more than half of the attempts
        still waited when the run ended, waits are longer than known: dotted, and hatched above.
    timeout_s : float, optional
        Timeout of the callers: a line in the second panel.
    title, note : str

    Raises
    ------
    DescriptionError
        If a column is missing, a table is empty, a cell is not a number, or capacity or timeout is
        not above 0.
    """
    what = "plot_storm"
    need(what, series, ("time_s", *(name for name, *_ in _LINES)))
    for name, value in (("capacity", capacity), ("timeout_s", timeout_s)):
        if value is not None and not value > 0:
            raise DescriptionError(f"{name} is {value!r}: a number above 0 is needed")
    trigger = span_of(what, trigger)
    if wait is not None:
        need(what, wait, ("time_s", "mean_s", "max_s"))
    time = numbers(what, series, "time_s")
    about = [f"bins of {format_duration_interval(float(bin_ends(time)[0] - time[0]))}", note]
    if wait is not None:
        about.insert(1, _about_waits(wait, timeout_s))
    figure, upper = new_figure(title, about, 4.2 if wait is None else 6.2)
    panels = [upper]
    if wait is not None:
        upper.remove()
        panels = list(figure.subplots(2, 1, height_ratios=[3, 2]))
    unit = _time(panels, time)
    _loads(panels[0], series, capacity, time, unit)
    if wait is not None:
        names = _waits(panels[1], wait, timeout_s, unit)
    for number, axes in enumerate(panels):
        shade_trigger(axes, trigger, unit, "" if number else "trigger")
    end_labels(figure, panels[0], _load_names(series, capacity, time, unit))
    if wait is not None:
        end_labels(figure, panels[1], names)
    return figure


def _time(panels: list[Axes], time: Floats) -> float:
    """The same time axis below both panels, named once."""
    unit = 1.0
    for axes in panels:
        unit = clock_axis(axes, float(time[0]), float(bin_ends(time)[-1]), "time")
    for axes in panels[:-1]:
        axes.set_xlabel("")
    return unit


def _steps(time: Floats, values: Floats, unit: float) -> tuple[Floats, Floats]:
    """Edges and heights, the last height up to the end of its bin."""
    return np.append(time, bin_ends(time)[-1]) / unit, np.append(values, values[-1])


def _loads(
    axes: Axes, series: pd.DataFrame, capacity: float | None, time: Floats, unit: float
) -> None:
    most = capacity or 0.0
    for column, _, colour, dashes, width in _LINES:
        values = numbers("plot_storm", series, column)
        x, y = _steps(time, values, unit)
        axes.plot(x, y, drawstyle="steps-post", color=colour, linestyle=dashes, linewidth=width)
        most = max(most, float(np.nanmax(values, initial=0.0)))
    if capacity is not None:
        axes.axhline(capacity, color=QUIET, linestyle=":", linewidth=1.6)
    axes.set_ylim(0, 1.15 * most or 1.0)
    axes.set_ylabel("per second")


def _load_names(
    series: pd.DataFrame, capacity: float | None, time: Floats, unit: float
) -> list[EndLabel]:
    right = float(bin_ends(time)[-1]) / unit
    names = [
        EndLabel(right, float(numbers("plot_storm", series, column)[-1]), name, colour)
        for column, name, colour, *_ in _LINES
    ]
    if capacity is not None:
        names.append(EndLabel(right, capacity, f"capacity {capacity:,.4g}/s", QUIET))
    return names


def _waits(axes: Axes, wait: pd.DataFrame, timeout_s: float | None, unit: float) -> list[EndLabel]:
    """Mean and longest wait, bounds dotted; the names for their ends."""
    time = numbers("plot_storm", wait, "time_s")
    mean, most = (numbers("plot_storm", wait, c) for c in ("mean_s", "max_s"))
    bound = np.nan_to_num(optional_numbers("plot_storm", wait, "open_share")) > 0.5
    low = _wait_axis(axes, np.concatenate([mean, most]), timeout_s)
    names = []
    for values, name, colour in ((most, "longest wait", PURPLE), (mean, "mean wait", INK)):
        drawn = np.maximum(values, low)
        for which, dashes in ((~bound, "-"), (bound, ":")):
            x, y = _steps(time, np.where(which, drawn, np.nan), unit)
            axes.plot(x, y, drawstyle="steps-post", color=colour, linestyle=dashes)
        known = np.flatnonzero(np.isfinite(drawn))
        if known.size:
            end = float(bin_ends(time)[known[-1]]) / unit
            names.append(EndLabel(end, float(drawn[known[-1]]), name, colour))
    if bound.any():
        _unknown(axes, time, np.where(bound, np.maximum(mean, low), np.nan), unit)
    if timeout_s is not None:
        axes.axhline(timeout_s, color=VERMILLION, linestyle=_DASHES, linewidth=1.4)
        right = float(bin_ends(time)[-1]) / unit
        told = f"timeout {format_duration_interval(timeout_s)}"
        names.append(EndLabel(right, timeout_s, told, VERMILLION))
    return names


def _unknown(axes: Axes, time: Floats, least: Floats, unit: float) -> None:
    """Hatch what lies above a lower bound: the wait is somewhere there."""
    x, y = _steps(time, least, unit)
    axes.fill_between(
        x, y, axes.get_ylim()[1], step="post", facecolor="none", edgecolor=QUIET, hatch="///",
        linewidth=0, alpha=0.6,
    )  # fmt: skip


def _wait_scale(values: Floats, timeout_s: float | None) -> tuple[float, float]:
    """Smallest wait that is drawn (0 on a linear axis) and the largest."""
    found = values[np.isfinite(values)]
    most = max(float(found.max(initial=0.0)), timeout_s or 0.0) or 1.0
    if timeout_s is None or most <= 5 * timeout_s:
        return 0.0, most
    positive = found[found > 0]
    low = max(float(positive.min()), timeout_s / 1000) if positive.size else timeout_s / 10
    return min(low, timeout_s / 10), most


def _about_waits(wait: pd.DataFrame, timeout_s: float | None) -> str:
    """What is drawn otherwise than it is."""
    values = np.concatenate([numbers("plot_storm", wait, c) for c in ("mean_s", "max_s")])
    low, _ = _wait_scale(values, timeout_s)
    told = []
    if (values < low).any():
        told.append(f"waits below {format_duration_interval(low)} are drawn there")
    if (optional_numbers("plot_storm", wait, "open_share") > 0.5).any():
        told.append("hatched: still waiting at the end of the run, the wait is in there")
    if np.isnan(values).any():
        told.append("gaps: nothing was sent")
    return "; ".join(told)


def _wait_axis(axes: Axes, values: Floats, timeout_s: float | None) -> float:
    """Linear, or logarithmic where waits span decades; the smallest wait that is drawn."""
    low, most = _wait_scale(values, timeout_s)
    if low == 0.0:
        axes.set_ylim(0, 1.15 * most)
        axes.set_ylabel("wait for a thread (s)")
        return low
    duration_axis(axes, "y", low / 1.3, most * 1.6, "wait for a thread")
    return low
