"""What each assumption adds to the formulas' answer: a waterfall from first line to last."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.units import YEAR
from simulator.show.columns import Floats, need, numbers, words
from simulator.show.labels import BAR_IN, columns_beside, name_rows, row_places, wrapped
from simulator.show.scales import time_axis
from simulator.show.style import BLUE, GREEN, INK, QUIET, VERMILLION, in_house_style, new_figure
from simulator.show.text import format_availability, format_duration_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_steps"]


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
    seen = _measurable(level, effect, low, high)
    colours = "orange costs availability, green gains it, grey has no measurable effect"
    whisker = f"whisker: {100 * confidence:g} % interval of the effect"
    figure, axes = new_figure(title, (colours, whisker, *keys, note), row_places(labels)[-1] + 0.95)
    places = name_rows(axes, labels, strong=[0, len(level)])
    _steps(axes, places, level, (effect, low, high), seen)
    cells = [
        (*two, method)
        for two, method in zip(
            _step_cells(level, (effect, low, high), seen), [*methods, ""], strict=True
        )
    ]
    faint = [row for row in range(1, len(level)) if not seen[row]]
    columns_beside(axes, places, ("change per year", "availability", "method"), cells, faint)
    return figure


def _short_methods(methods: list[str]) -> tuple[list[str], list[str]]:
    """Long descriptions become letters in the column and are spelled out once, in the subtitle."""
    long = [method for method in dict.fromkeys(methods) if len(method) > 12]
    letters = {method: f"({chr(ord('a') + i % 26)})" for i, method in enumerate(long)}
    return [letters.get(m, m) for m in methods], [f"{letters[m]}\u00a0{m}" for m in long]


def _measurable(level: Floats, effect: Floats, low: Floats, high: Floats) -> list[bool]:
    """Whether each effect is distinguishable from none; NaN counts as none."""
    clear = (low > 0) | (high < 0)
    return [bool(yes) for yes in clear & (np.abs(effect) > 1e-9 * np.abs(level))]


def _steps(
    axes: Axes,
    places: Floats,
    level: Floats,
    effects: tuple[Floats, Floats, Floats],
    seen: list[bool],
) -> None:
    effect, low, high = effects
    before = np.concatenate([level[:1], level[:-1]])
    found = np.concatenate([level, (before + low)[1:], (before + high)[1:]])
    found = found[np.isfinite(found)]
    bottom, top = float(found.min(initial=np.inf)), float(found.max(initial=-np.inf))
    if not found.size:
        bottom, top = 0.0, 1.0
    bottom = 0.0 if 0 <= bottom < 0.5 * top else bottom
    unit = time_axis(axes, bottom * YEAR, top * YEAR, "downtime per year") / YEAR
    x, start = level / unit, before / unit
    for row in range(1, len(level)):
        colour = (VERMILLION if effect[row] > 0 else GREEN) if seen[row] else QUIET
        axes.barh(places[row], x[row] - start[row], left=start[row], height=BAR_IN, color=colour)
        if seen[row]:  # to be found even where the bar is thinner than a pixel
            axes.plot(x[row], places[row], "|", color=colour, markersize=13, markeredgewidth=2)
        if low[row] != high[row] and np.isfinite(low[row] + high[row]):
            ends = [
                [max(effect[row] - low[row], 0.0) / unit],
                [max(high[row] - effect[row], 0.0) / unit],
            ]
            axes.errorbar(
                start[row] + effect[row] / unit,
                places[row],
                xerr=ends,
                fmt="none",
                color=INK,
                capsize=3,
                linewidth=1.2,
            )
        if not seen[row]:
            axes.plot(x[row], places[row], "o", color="white", markeredgecolor=QUIET, markersize=6)
    for row in range(len(level)):
        axes.plot([x[row]] * 2, places[row : row + 2], color=QUIET, linewidth=0.8, linestyle=":")
    axes.plot([x[0], x[-1]], [places[0], places[-1]], "D", color=BLUE, markersize=8, clip_on=False)


def _step_cells(
    level: Floats, effects: tuple[Floats, Floats, Floats], seen: list[bool]
) -> list[tuple[str, str]]:
    cells = [("", format_availability(float(level[0]), digits=4, trim=False))]
    for row in range(1, len(level)):
        effect, low, high = (float(e[row]) for e in effects)
        told = _signed(effect, low, high) if seen[row] else "no measurable effect"
        cells.append((told, format_availability(float(level[row]), digits=4, trim=False)))
    gap = float(level[-1] - level[0])
    whole = _signed(gap, gap, gap) if len(level) > 1 and not math.isnan(gap) else ""
    return [*cells, (whole, format_availability(float(level[-1]), digits=4, trim=False))]


def _signed(effect: float, low: float, high: float) -> str:
    text = format_duration_interval(effect * YEAR, low * YEAR, high * YEAR)
    return f"{'+' if effect > 0 else ''}{text}"
