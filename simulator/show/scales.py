"""Axes in the units of the trade: nines with downtime per year, shares, times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from simulator.describe.units import DAY, HOUR, MIN, MS, YEAR
from simulator.show.columns import Floats
from simulator.show.text import (
    duration_unit,
    format_availability,
    format_duration_interval,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "duration_axis", "level_axis", "level_ticks", "log_axis", "nines_axis", "nines_limits", "padded", "percent",
    "positive_limits", "tick_texts", "time_axis",
]  # fmt: skip

_UNIT_WORDS = {
    "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds",
    "us": "microseconds", "ns": "nanoseconds",
}  # fmt: skip

_DURATIONS = (
    1e-6, 1e-5, 1e-4, MS, 10 * MS, 100 * MS, 1.0, 3.0, 10.0, 30.0, MIN, 3 * MIN, 10 * MIN,
    30 * MIN, HOUR, 3 * HOUR, 8 * HOUR, DAY, 3 * DAY, 10 * DAY, 30 * DAY, 100 * DAY, YEAR,
)  # fmt: skip


def nines_limits(values: ArrayLike) -> tuple[float, float]:
    """Whole decades of unavailability that hold the positive values, at least two of them.

    Values more than twenty decades below the largest do not stretch the axis.
    """
    found = np.asarray(values, dtype=np.float64).ravel()
    found = found[np.isfinite(found) & (found > 0)]
    if found.size == 0:
        return 1e-6, 1.0
    worst = math.ceil(math.log10(min(1.0, found.max())) - 1e-9)
    best = math.floor(math.log10(max(found.min(), found.max() * 1e-20)) + 1e-9)
    best = min(best, worst - 2)
    return 10.0**best, 10.0**worst


def nines_axis(
    axes: Axes, which: Literal["x", "y"], low: float, high: float, room: int = 8
) -> None:
    """A log axis of unavailability that improves to the right or upwards.

    A gridline at every nine carries the availability and the downtime of a year: the latter in a
    second line on a vertical axis, on the opposite side for a horizontal one.

    Parameters
    ----------
    axes : Axes
    which : {"x", "y"}
    low, high : float
        Limits, unavailability.
    room : int
        How many labels fit.
    """
    ticks = _nines_ticks(low, high, room)
    lines = sorted({*ticks, *_nines_ticks(low, high, 100)} - set(ticks))
    air = 10**0.12
    low, high = low / air, high * air
    names = [_nines_name(tick) for tick in ticks]
    times = [format_duration_interval(tick * YEAR) for tick in ticks]
    if which == "x":
        axes.set_xscale("log")
        axes.set_xlim(high, low)
        axes.set_xticks(ticks, names)
        axes.set_xticks(lines, [""] * len(lines), minor=True)
        axes.grid(which="minor", axis="x")
        axes.set_xlabel("availability (log scale, better to the right)")
        top = axes.secondary_xaxis("top")
        top.set_xticks(ticks, times)
        top.set_xticks([], minor=True)
        top.set_xlabel("downtime per year")
        top.tick_params(length=0)
        top.spines["top"].set_visible(False)
    else:
        axes.set_yscale("log")
        axes.set_ylim(high, low)
        axes.set_yticks(
            ticks, [f"{name}\n{time}/y" for name, time in zip(names, times, strict=True)]
        )
        axes.set_yticks(lines, [""] * len(lines), minor=True)
        axes.grid(which="minor", axis="y")
        axes.set_ylabel("availability, and downtime per year\n(log scale, better upwards)")


def _nines_ticks(low: float, high: float, room: int) -> list[float]:
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    decades = last - first
    if decades <= 2 and first >= -4:  # beyond, 99.9995 % and its neighbours are too long
        ticks = [m * 10.0**k for k in range(first, last + 1) for m in (1, 2, 5)]
    else:
        step = math.ceil(decades / max(room - 1, 1))
        ticks = [10.0**k for k in range(last, first - 1, -step)]
    return sorted(t for t in ticks if low * (1 - 1e-9) <= t <= high * (1 + 1e-9))


def _nines_name(tick: float) -> str:
    exact = -math.log10(tick)
    if exact > 5.5 and abs(exact - round(exact)) < 1e-9:
        return f"{round(exact)} nines"
    return format_availability(tick)


def padded(low: float, high: float, share: float = 0.08) -> tuple[float, float]:
    """Limits with air on both sides; of one value, a tenth of it; never across 0 from above."""
    width = high - low
    air = width * share if width > 0 else (abs(high) * 0.1 or 1.0)
    below = low - air
    return (0.0 if low >= 0 > below else below), high + air


def level_ticks(low: float, high: float, count: int = 5) -> Floats:
    """Round numbers between two limits."""
    from matplotlib.ticker import MaxNLocator

    found = np.asarray(MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
    slack = (high - low) * 1e-9
    return found[(found >= low - slack) & (found <= high + slack)]


def tick_texts(ticks: Floats) -> list[str]:
    """Round numbers as text, all with the same decimals."""
    step = float(np.diff(ticks).min()) if ticks.size > 1 else abs(float(ticks.sum())) or 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    for more in (decimals, decimals + 1, decimals + 2):
        texts = [f"{tick:.{more}f}" for tick in ticks]
        if np.allclose([float(t) for t in texts], ticks, rtol=0, atol=step * 1e-6):
            return texts
    return [f"{tick:.6g}" for tick in ticks]


def _level_names(ticks: Floats) -> list[str]:
    """Unavailabilities on a linear axis, all with one exponent: ``"6.25e-4"``."""
    largest = float(np.abs(ticks).max(initial=0.0))
    exponent = math.floor(math.log10(largest) + 1e-9) if largest else 0
    exponent = exponent if exponent < -2 else 0
    end = f"e{exponent}" if exponent else ""
    return [f"{text}{end}" if float(text) else "0" for text in tick_texts(ticks / 10.0**exponent)]


def level_axis(axes: Axes, low: float, high: float) -> None:
    """A linear vertical axis of unavailability, with the downtime of a year on the right."""
    ticks = level_ticks(low, high, 6)
    ticks = ticks[(ticks >= 0) & (ticks <= 1)]
    axes.set_ylim(low, high)
    axes.set_yticks(ticks, _level_names(ticks))
    axes.set_ylabel("unavailability (share of time down)")
    right = axes.secondary_yaxis("right")
    right.set_yticks(ticks, [_downtime(tick, ticks) for tick in ticks])
    right.set_ylabel("downtime per year")
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)


def percent(share: float, position: object = None) -> str:
    """A share as a tick label: ``"12.5 %"``."""
    return f"{100 * share:.6g} %"


def positive_limits(values: ArrayLike) -> tuple[float, float]:
    """Limits of a log axis around the finite values above 0."""
    found = np.asarray(values, dtype=np.float64).ravel()
    found = found[np.isfinite(found) & (found > 0)]
    if found.size == 0:
        return 1.0, 10.0
    return float(found.min()) / 1.4, float(found.max()) * 1.4


def log_axis(axes: Axes, which: Literal["x", "y"], low: float, high: float, label: str) -> None:
    """A log axis of plain numbers, with a tick at each power of ten or, over few of them, more."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    marks = (1, 2, 5) if last - first <= 2 else (1, 3) if last - first <= 4 else (1,)
    step = max(1, math.ceil((last - first) / 9))
    ticks = [m * 10.0**k for k in range(first, last + 1, step) for m in marks]
    ticks = [t for t in ticks if low <= t <= high] or [math.sqrt(low * high)]
    names = [f"{t:,.0f}" if 1 <= t < 1e7 and t == round(t) else f"{t:.3g}" for t in ticks]
    axis, scale, limit = (
        (axes.xaxis, axes.set_xscale, axes.set_xlim)
        if which == "x"
        else (axes.yaxis, axes.set_yscale, axes.set_ylim)
    )
    scale("log")
    limit(low, high)
    axis.set_ticks(ticks, names)
    axis.set_ticks([], minor=True)
    axis.set_label_text(f"{label} (log scale)")


def _downtime(tick: float, ticks: Floats) -> str:
    """Downtime of a tick in digits that tell it from its neighbours, or nothing at 0."""
    text = format_duration_interval(tick * YEAR)
    near = [format_duration_interval(t * YEAR) for t in ticks]
    if near.count(text) == 1:
        return text
    return f"{tick * YEAR:.9g} s" if tick else "0 s"


def duration_axis(
    axes: Axes, which: Literal["x", "y"], low: float, high: float, label: str
) -> None:
    """A log axis of seconds, labelled with times people say."""
    ticks = [t for t in _DURATIONS if low <= t <= high]
    while len(ticks) > 9:
        ticks = ticks[::2]
    ticks = ticks or [math.sqrt(low * high)]
    names = [format_duration_interval(t) for t in ticks]
    if which == "x":
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_xticks(ticks, names)
        axes.set_xticks([], minor=True)
        axes.set_xlabel(f"{label} (log scale)")
    else:
        axes.set_yscale("log")
        axes.set_ylim(low, high)
        axes.set_yticks(ticks, names)
        axes.set_yticks([], minor=True)
        axes.set_ylabel(f"{label} (log scale)")


def time_axis(axes: Axes, low: float, high: float, label: str) -> float:
    """Limits and ticks of seconds in the unit that suits them; returns that unit in seconds."""
    name, unit = duration_unit(max(abs(low), abs(high)))
    limits = padded(low, high, 0.05)
    ticks = level_ticks(limits[0] / unit, limits[1] / unit, 6)
    axes.set_xlim(limits[0] / unit, limits[1] / unit)
    axes.set_xticks(ticks, tick_texts(ticks))
    axes.set_xlabel(f"{label} ({_UNIT_WORDS[name]})")
    return unit
