"""How downtime per window is distributed, and how often it stays within the budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import DescriptionError
from simulator.show.columns import Floats, need, numbers, words
from simulator.show.labels import wrapped
from simulator.show.scales import duration_axis
from simulator.show.style import INK, SERIES, in_house_style, key_above, new_figure
from simulator.show.text import format_availability, format_duration_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_downtime_cdf"]


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """One system: seconds rising, and the share of windows with at most that."""

    name: str
    seconds: Floats
    probability: Floats
    low: Floats
    high: Floats

    def at(self, seconds: float) -> tuple[float, float, float]:
        """The table's probability and interval at the last downtime not above `seconds`."""
        row = int(np.searchsorted(self.seconds, seconds, side="right")) - 1
        if row < 0:
            return 0.0, math.nan, math.nan
        return float(self.probability[row]), float(self.low[row]), float(self.high[row])


@in_house_style
def plot_downtime_cdf(
    table: pd.DataFrame, *, budget_s: float | None = None, window_s: float | None = None,
    by: str = "system", title: str = "Downtime per window against the budget",
    confidence: float = 0.95, replications: int | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """Share of windows (months, say) with at most a given downtime; the budget is a vertical line.

    Parameters
    ----------
    table : DataFrame
        One row per step. Columns: ``downtime_s``, seconds in a window; ``probability`` of at most
        that much (0-1), ``low`` and ``high``, its interval (NaN where there is none).
    budget_s : float, optional
        Downtime allowed in one window, seconds.
    window_s : float, optional
        Length of the window, seconds; then the budget is also named as an availability.
    by : str
        Column that names the curves; without it there is one.
    title : str
    confidence : float
        Nominal coverage of the interval at each point by itself.
    replications : int, optional
        How many the curves rest on.
    note : str
        Added to the subtitle.

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty, a cell is not a number, or the budget or the
        window is not above 0.
    """
    need("plot_downtime_cdf", table, ("downtime_s", "probability", "low", "high"))
    for name, value in (("budget_s", budget_s), ("window_s", window_s)):
        if value is not None and not 0 < value < math.inf:
            raise DescriptionError(f"{name} is {value!r}: a number of seconds above 0 is needed")
    curves = _curves(table, by)
    runs = "" if replications is None else f"Monte-Carlo, {replications:,} replications"
    band = any((curve.low < curve.high).any() for curve in curves)
    about = (runs, f"band: {100 * confidence:g} % interval at each point" if band else "", note)
    figure, axes = new_figure(title, about, 3.9 + 0.22 * len(curves))
    low, high = _limits(curves, budget_s)
    handles = [_draw(axes, curve, number, (low, high)) for number, curve in enumerate(curves)]
    key_above(axes, handles, [_told(curve, budget_s) for curve in curves], 1)
    duration_axis(axes, "x", low, high, f"downtime in a {_window(window_s)}")
    axes.set_ylim(0, 1.04)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.set_ylabel("share of windows with at most\nthis downtime")
    if budget_s is not None:
        _budget(axes, budget_s, window_s, (low, high))
    return figure


def _window(window_s: float | None) -> str:
    return "window" if window_s is None else f"window of {format_duration_interval(window_s)}"


def _curves(table: pd.DataFrame, by: str) -> list[_Curve]:
    names = words(table, by) if by in table.columns else [""] * len(table)
    wanted = ("downtime_s", "probability", "low", "high")
    columns = [numbers("plot_downtime_cdf", table, column) for column in wanted]
    curves = []
    for name in dict.fromkeys(names):
        rows = np.array([n == name for n in names])
        order = np.argsort(columns[0][rows], kind="stable")
        curves.append(_Curve(name, *(column[rows][order] for column in columns)))
    return curves


def _limits(curves: Sequence[_Curve], budget_s: float | None) -> tuple[float, float]:
    """From below the smallest downtime above 0 (but not far below the budget) to the largest."""
    seen = np.concatenate([curve.seconds for curve in curves])
    seen = seen[np.isfinite(seen) & (seen > 0)]
    marks = np.append(seen, [] if budget_s is None else [budget_s])
    if marks.size == 0:
        return 1.0, 3600.0
    low, high = marks.min() / 1.5, marks.max() * 1.5
    return float(max(low, (budget_s or high) / 1e4)), float(max(high, 20 * low))


def _draw(axes: Axes, curve: _Curve, number: int, limits: tuple[float, float]) -> Artist:
    """The steps, begun at the left edge with the share of windows without any downtime."""
    at_edge = curve.at(limits[0])
    inside = curve.seconds > limits[0]
    x = np.concatenate([[limits[0]], curve.seconds[inside], [limits[1]]])
    y, low, high = (
        np.concatenate([[edge], column[inside], column[-1:]])
        for edge, column in zip(at_edge, (curve.probability, curve.low, curve.high), strict=True)
    )
    colour = SERIES[number % len(SERIES)]
    axes.fill_between(x, low, high, step="post", color=colour, alpha=0.2, linewidth=0)
    style = ("-", "--", "-.", ":")[number % 4]  # dashes let an equal curve below show through
    (line,) = axes.plot(x, y, drawstyle="steps-post", color=colour, linestyle=style)
    return line


def _told(curve: _Curve, budget_s: float | None) -> str:
    """Name of the curve, how often it is within budget, how often it is not down at all."""
    name = wrapped(curve.name, 32, 1).strip() + ": " if curve.name else ""
    parts = []
    if budget_s is not None:
        value, low, high = curve.at(budget_s)
        known = not math.isnan(low + high) and low != high
        interval = f" ({_share(low)} .. {_share(high)})" if known else ""
        parts.append(f"{_share(value)}{interval} of windows within budget")
    idle = curve.at(0.0)[0]
    if idle > 0 or not parts:
        parts.append(f"{_share(idle)} without downtime")
    return name + ", ".join(parts)


def _share(share: float) -> str:
    """A share in percent that is 100 % only if it is all of them."""
    if 0.0 < 1.0 - share < 5e-3:
        return format_availability(1.0 - share, 2)
    return f"{100 * share:.3g} %"


def _budget(
    axes: Axes, budget_s: float, window_s: float | None, limits: tuple[float, float]
) -> None:
    text = f"budget {format_duration_interval(budget_s)}"
    if window_s is not None:
        objective = format_availability(budget_s / window_s, 3)
        text += f"\n({objective} of {format_duration_interval(window_s)})"
    axes.axvline(budget_s, color=INK, linestyle=(0, (5, 3)), linewidth=1.6)
    # Inside the picture, on the side with more room; curves rise, so low down is free on the right.
    right = math.log(limits[1] / budget_s) > 0.3 * math.log(limits[1] / limits[0])
    axes.annotate(
        text, (budget_s, 0.03), xytext=(6 if right else -6, 0), textcoords="offset points",
        ha="left" if right else "right", va="bottom", fontweight="bold",
        bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"},
    )  # fmt: skip
