"""Exact lines with simulated points on them: the picture that most experiments end in.

It draws the tables it is given, so it works from CSV files read back, and computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.describe.units import format_duration

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Axis", "exact_and_simulated", "times"]

LOGARITHMIC = ("log", "nines", "chance")
BOUND = "grey arrow: none seen, 95 % upper bound"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: which column, in words, on which scale.

    Parameters
    ----------
    column : str
    label : str
        Words with the unit.
    scale : {"linear", "log", "nines", "chance", "percent"}
        ``"nines"`` takes an unavailability (0-1), ``"chance"`` the probability of something bad (0-1):
        both are vertical only, logarithmic, and better upwards. ``"percent"`` takes a share (0-1).
    per : float
        What 1 on the axis is in the unit of the column.
    ticks : mapping of float to str, optional
        Places, in the unit of the axis, and their names; default: chosen by the scale.
    """

    column: str
    label: str
    scale: Literal["linear", "log", "nines", "chance", "percent"] = "linear"
    per: float = 1.0
    ticks: Mapping[float, str] | None = None


def exact_and_simulated(
    table: pd.DataFrame, points: pd.DataFrame | None, x: Axis, y: Axis, by: str, *,
    title: str, note: str = "", marks: Mapping[float, str] | None = None, top: float | None = None,
    best: float = 0.0, connect: bool = True,
) -> Figure:  # fmt: skip
    """One line per value of `by`, named at its end; simulated points hollow, in the line's colour.

    Parameters
    ----------
    table : DataFrame
        The lines: columns `x`, `y` and `by`.
    points : DataFrame or None
        Simulated: columns of `x` and `by`, ``estimate``, ``low``, ``high``, optional ``replications``;
        an estimate of 0 is drawn as a grey arrow from its upper bound (lines often share one).
    x, y : Axis
    by : str
        Column that names the lines.
    title, note : str
        The note is added to the subtitle.
    marks : mapping of float to str, optional
        Heights of grey lines across, in the unit of the axis, and their names.
    top : float, optional
        Largest value of a vertical axis that is not "nines".
    connect : bool
        Whether the points of a line are joined; not where the places are categories.
    best : float
        Smallest unavailability that an axis of nines shows.
    """
    from simulator.show.lines import draw_lines, split_lines
    from simulator.show.style import in_house_style, new_figure

    @in_house_style
    def drawn() -> Figure:
        lines = split_lines(title, table, x.column, y.column, by, None, None, x.per, y.per)
        seen = None if points is None or points.empty else points
        arrows = seen is not None and y.scale in LOGARITHMIC and bool((seen["estimate"] == 0).any())
        about = (note, _runs(seen), BOUND if arrows else "")
        figure, axes = new_figure(title, about, 4.6)
        values = [line.y for line in lines] + (
            [] if seen is None else [seen["high"].to_numpy() / y.per]
        )
        _horizontal(axes, x)
        _vertical(axes, y, np.concatenate(values), top, best)
        for height, name in (marks or {}).items():
            _mark(axes, height, name)
        _keep_inside(axes, y)
        draw_lines(figure, axes, lines)
        if not connect:
            for line in axes.get_lines():
                line.set_linestyle("none")
        if seen is not None:
            _points(axes, seen, x, y, by, [line.name for line in lines])
        return figure

    return drawn()


def times(*seconds: float, per: float = 1.0) -> dict[float, str]:
    """Ticks at these times, on an axis on which `per` seconds are 1."""
    return {s / per: format_duration(s) for s in seconds}


def _runs(points: pd.DataFrame | None) -> str:
    """What the simulated points rest on."""
    if points is None:
        return ""
    many = sorted(set(points["replications"])) if "replications" in points else []
    runs = f", {' or '.join(f'{n:,}' for n in many)} replications" if many else ""
    return f"hollow, with 95 % interval: Monte-Carlo{runs}"


def _horizontal(axes: Axes, x: Axis) -> None:
    axes.set_xscale("log" if x.scale == "log" else "linear")
    axes.set_xlabel(x.label + (" (log scale)" if x.scale == "log" else ""))
    _ticks(axes.xaxis, x)


def _vertical(axes: Axes, y: Axis, values: np.ndarray, top: float | None, best: float) -> None:
    from matplotlib.ticker import PercentFormatter

    from simulator.show.scales import nines_axis, nines_limits

    if y.scale == "chance":
        _chances(axes, y.label, *nines_limits(values))
        return
    if y.scale == "nines":
        low, high = nines_limits(values)
        nines_axis(axes, "y", max(low, best), high)
        if y.label:
            axes.set_ylabel(f"{y.label}, and downtime per year\n(log scale, better upwards)")
        return
    axes.set_yscale("log" if y.scale == "log" else "linear")
    axes.set_ylabel(y.label + (" (log scale)" if y.scale == "log" else ""))
    if y.scale == "percent":
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, symbol=" %"))
    if y.scale != "log":
        axes.set_ylim(0, top or 1.06 * float(np.nanmax(values)))
    elif top is not None:
        axes.set_ylim(top=top)
    _ticks(axes.yaxis, y)


def _chances(axes: Axes, label: str, low: float, high: float) -> None:
    """A log axis of bad chances with the small ones on top, named as people say them."""
    decades = round(np.log10(high / low))
    step = -(-decades // 7)
    ticks = [high / 10.0**k for k in range(0, decades + 1, step)]
    axes.set_yscale("log")
    axes.set_ylim(high * 1.3, low)
    axes.set_yticks(ticks, [_chance(tick) for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.set_ylabel(f"{label}\n(log scale, better upwards)")


def _chance(share: float) -> str:
    times = round(1 / share)
    if share > 0.5:
        return "certain"
    return f"1 in {times:,}" if times <= 10**6 else f"1 in 1e{round(np.log10(times))}"


def _ticks(axis: object, spec: Axis) -> None:
    if spec.ticks:
        axis.set_ticks(list(spec.ticks), list(spec.ticks.values()))  # type: ignore[attr-defined]
        axis.set_ticks([], minor=True)  # type: ignore[attr-defined]


def _mark(axes: Axes, height: float, name: str) -> None:
    from simulator.show.style import INK, QUIET

    axes.axhline(height, color=INK, linestyle=(0, (5, 3)), linewidth=1.2, zorder=1)
    axes.annotate(
        name, (0.01, height), xycoords=("axes fraction", "data"), xytext=(0, 3), color=QUIET,
        textcoords="offset points", va="bottom", ha="left",
    )  # fmt: skip


def _keep_inside(axes: Axes, y: Axis) -> None:
    """Limits that were set stay set when marks are added."""
    if y.scale != "log":
        axes.set_autoscaley_on(False)


def _points(
    axes: Axes, points: pd.DataFrame, x: Axis, y: Axis, by: str, names: Sequence[str]
) -> None:
    from simulator.show.style import SERIES

    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())  # the names of the lines stand where the lines end now
    logarithmic = y.scale in LOGARITHMIC
    for name, part in points.groupby(by, sort=False):
        colour = SERIES[list(names).index(str(name)) % len(SERIES)]
        place = part[x.column].to_numpy() / x.per
        value, low, high = (part[k].to_numpy() / y.per for k in ("estimate", "low", "high"))
        shown = value > 0 if logarithmic else np.ones(len(part), bool)
        floor = value * 1e-3 if logarithmic else low
        ends = np.array([value - np.maximum(low, floor), high - value])
        axes.errorbar(
            place[shown], value[shown], yerr=np.maximum(ends[:, shown], 0), fmt="o", color=colour,
            markerfacecolor="white", markersize=7, markeredgewidth=1.6, capsize=4, zorder=5,
        )  # fmt: skip
        for at, bound in zip(place[~shown], high[~shown], strict=True):
            _arrow(axes, at, bound, y.scale != "log")


def _arrow(axes: Axes, place: float, bound: float, upwards: bool) -> None:
    """From a bound towards smaller values, which an axis of nines has at its top."""
    from simulator.show.style import QUIET

    axes.plot(place, bound, "_", color=QUIET, markersize=11, markeredgewidth=2)
    axes.annotate(
        "", (place, bound), xytext=(0, 22 if upwards else -22), textcoords="offset points",
        arrowprops={"arrowstyle": "<|-", "color": QUIET, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
