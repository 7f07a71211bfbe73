"""The estimate and its interval as replications are added, against the analytic or exact line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.show.columns import Floats, need, numbers
from simulator.show.scales import level_axis, padded
from simulator.show.style import INK, VERMILLION, in_house_style, key_above, new_figure
from simulator.show.text import format_interval, format_unavailability

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_convergence"]


@in_house_style
def plot_convergence(
    table: pd.DataFrame, *, reference: float = math.nan, label: str = "exact",
    title: str = "Unavailability estimated from more and more replications",
    confidence: float = 0.95, note: str = "",
) -> Figure:  # fmt: skip
    """Running estimate with its interval; where it should end up is a dashed line.

    Parameters
    ----------
    table : DataFrame
        One row per number of replications. Columns: ``replications``; ``estimate``, ``low`` and
        ``high``, shares of time down (0-1), the ends of the interval.
    reference : float
        What the estimate should approach, share of time down; NaN draws no line.
    label : str
        What the reference is, such as ``"exact over 10 y"``.
    title : str
    confidence : float
        Nominal coverage of the interval at each number of replications by itself.
    note : str
        Added to the subtitle, such as the name of the interval's method.

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty or no row has an estimate.
    """
    what = "plot_convergence"
    need(what, table, ("replications", "estimate", "low", "high"))
    count, value, low, high = (
        numbers(what, table, name) for name in ("replications", "estimate", "low", "high")
    )
    order = np.argsort(count, kind="stable")
    count, value, low, high = count[order], value[order], low[order], high[order]
    name = f"{100 * confidence:g} % interval"
    about = (_last(count, value, low, high, name), _verdict(low, high, reference), note)
    figure, axes = new_figure(title, about)
    bottom, top = _limits(count, value, low, high, reference)
    ends = (np.clip(low, -1, 2), np.clip(high, -1, 2))  # an end may be infinite
    _draw(axes, count, value, ends, reference, (name, label))
    level_axis(axes, bottom, top)
    _count_axis(axes, count)
    return figure


def _last(count: Floats, value: Floats, low: Floats, high: Floats, name: str) -> str:
    estimate = format_unavailability(float(value[-1]))
    interval = format_interval(float(low[-1]), float(high[-1]))
    return f"Monte-Carlo, {count[-1]:,.0f} replications: {estimate}, {name} {interval}"


def _verdict(low: Floats, high: Floats, reference: float) -> str:
    if math.isnan(reference) or math.isnan(low[-1]):
        return ""
    inside = low[-1] <= reference <= high[-1]
    return f"dashed line {'inside' if inside else 'OUTSIDE'} the last interval"


def _limits(
    count: Floats, value: Floats, low: Floats, high: Floats, reference: float
) -> tuple[float, float]:
    """Room for the second half of the log axis; the first intervals may leave the picture."""
    late = count >= math.sqrt(count[0] * count[-1])
    wanted = np.concatenate([low[late], high[late], value[late], [reference]])
    wanted = wanted[np.isfinite(wanted)]
    if wanted.size == 0:
        return 0.0, 1.0
    return padded(float(wanted.min()), float(wanted.max()))


def _draw(
    axes: Axes, count: Floats, value: Floats, ends: tuple[Floats, Floats], reference: float,
    names: tuple[str, str],
) -> None:  # fmt: skip
    axes.set_xscale("log")
    if count.size == 1:
        reach = np.abs(np.array([[value[0] - ends[0][0]], [ends[1][0] - value[0]]]))
        band: Any = axes.errorbar(count, value, yerr=reach, color=VERMILLION, alpha=0.6, capsize=6)
        (line,) = axes.plot(count, value, "o", color=VERMILLION)
    else:
        band = axes.fill_between(count, *ends, color=VERMILLION, alpha=0.22, linewidth=0)
        (line,) = axes.plot(count, value, color=VERMILLION)
    handles, labels = [line, band], ["running estimate", names[0]]
    if not math.isnan(reference):
        dashed = axes.axhline(reference, color=INK, linestyle=(0, (5, 3)), linewidth=1.6)
        handles.append(dashed)
        labels.append(f"{names[1]}: {format_unavailability(reference)}")
    key_above(axes, handles, labels, 3 if len(names[1]) < 40 else 1)


def _count_axis(axes: Axes, count: Floats) -> None:
    """Replications as 10, 100, 1,000 with enough ticks to read the ends."""
    first, last = float(count[0]), float(count[-1])
    if first == last:
        first, last = first / 2, last * 2
    axes.set_xlim(first, last * 1.02)
    tens = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
    marks = (1, 3) if len(tens) < 7 else (1,)
    ticks = [m * 10**k for k in tens for m in marks if first <= m * 10**k <= last * 1.001]
    axes.set_xticks(ticks or [count[0]], [f"{tick:,.0f}" for tick in ticks or [count[0]]])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("number of replications (log scale)")
