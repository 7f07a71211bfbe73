"""Availability of parts by every method, on an axis of nines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.describe.units import YEAR
from simulator.show.columns import Floats, need, numbers, words
from simulator.show.labels import columns_beside, name_rows, row_places, wrapped
from simulator.show.scales import nines_axis, nines_limits
from simulator.show.style import METHOD_COLOURS, PURPLE, SHADE, in_house_style, new_figure
from simulator.show.text import format_availability, format_duration_interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_nines"]

_SPOKEN = {"montecarlo": "Monte-Carlo"}


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the picture; a heading has no method."""

    name: str
    method: str = ""
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def is_bound(self) -> bool:
        """Nothing was seen, so only the worst that it can be is known."""
        return self.value == 0 and self.high > 0

    @property
    def has_interval(self) -> bool:
        return math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high


@in_house_style
def plot_nines(
    table: pd.DataFrame, *, title: str = "Availability of the system and its parts",
    confidence: float = 0.95, replications: int | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """Each part's availability by each method: a point, an interval, or a bound as an arrow.

    Methods that agree to nine digits share a row.

    Parameters
    ----------
    table : DataFrame
        One row per part and method. Columns: ``part``; ``method``; ``unavailability``, ``low`` and
        ``high``, shares of time down (0-1). An unavailability of 0 with a positive `high` is a
        bound (nothing was seen); NaN means no answer.
    title : str
    confidence : float
        Nominal coverage of the intervals, and of the bounds.
    replications : int, optional
        How many the Monte-Carlo rows rest on.
    note : str
        Added to the subtitle.

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty or a cell is not a number.
    """
    need("plot_nines", table, ("part", "method", "unavailability", "low", "high"))
    rows = list(_rows(table))
    runs = "" if replications is None else f"Monte-Carlo: {replications:,} replications"
    level = f"{100 * confidence:g} %"
    bars = any(row.has_interval and not row.is_bound for row in rows)
    bounds = any(row.is_bound for row in rows)
    about = (
        runs, f"bar: {level} interval" if bars else "",
        f"arrow: none seen down, {level} bound" if bounds else "", note,
    )  # fmt: skip
    labels = [wrapped(row.method or row.name, 24) for row in rows]
    edges = row_places(labels)
    figure, axes = new_figure(title, about, edges[-1] + 1.25)
    places = name_rows(axes, labels, strong=[i for i, row in enumerate(rows) if not row.method])
    ends = [x for row in rows for x in (row.value, row.high)]
    best, worst = nines_limits([*ends, *(row.low for row in rows if row.low > 0.01 * row.value)])
    _bands(axes, edges, rows)
    for y, row in zip(places, rows, strict=True):
        if row.method:
            _mark(axes, y, row, best)
    nines_axis(axes, "x", best, worst, room=6)
    # above the labels of the top axis, which may reach beyond its right end
    cells = [_cells(row) for row in rows]
    columns_beside(axes, places, ("availability", "downtime per year"), cells, lift=20)
    return figure


def _rows(table: pd.DataFrame) -> Iterator[_Row]:
    """A heading for each part, then its answers; equal ones of different methods together."""
    columns = [numbers("plot_nines", table, name) for name in ("unavailability", "low", "high")]
    methods = [_SPOKEN.get(method, method) for method in words(table, "method")]
    found = [
        _Row(part, method, *map(float, values))
        for part, method, *values in zip(words(table, "part"), methods, *columns, strict=True)
    ]
    for part in dict.fromkeys(row.name for row in found):
        yield _Row(part)
        answers: list[_Row] = []
        for row in found:
            if row.name != part or math.isnan(row.value):
                continue
            if answers and _same(answers[-1], row):
                answers[-1] = replace(row, method=f"{answers[-1].method} = {row.method}")
            else:
                answers.append(row)
        yield from answers or [_Row(part, "no answer")]


def _same(a: _Row, b: _Row) -> bool:
    plain = not (a.has_interval or b.has_interval)
    return plain and math.isclose(a.value, b.value, rel_tol=1e-9, abs_tol=0.0)


def _bands(axes: Axes, edges: Floats, rows: Sequence[_Row]) -> None:
    """Every other part on a light ground."""
    starts = [i for i, row in enumerate(rows) if not row.method]
    ends = [*starts[1:], len(rows)]
    for first, last in list(zip(starts, ends, strict=True))[::2]:
        axes.axhspan(edges[first], edges[last], color=SHADE, linewidth=0, zorder=0)


def _mark(axes: Axes, y: float, row: _Row, best: float) -> None:
    first, _, others = row.method.partition(" = ")
    colour = METHOD_COLOURS.get(others.rpartition(" = ")[2] or first, PURPLE)
    arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 2.2, "shrinkA": 0, "shrinkB": 0}
    if row.is_bound:
        axes.plot(row.high, y, "|", color=colour, markersize=12, markeredgewidth=2.2)
        axes.annotate("", (max(best, row.high / 10), y), (row.high, y), arrowprops=arrow)
        return
    if row.value == 0:  # exactly never down: beyond any axis
        axes.annotate("", (best, y), (best * 2, y), arrowprops=arrow)
        return
    if row.has_interval:
        low = max(row.low, best)
        axes.plot(
            [row.high, low], [y, y], color=colour, linewidth=5, alpha=0.4, solid_capstyle="butt"
        )
        ends = [row.high, low] if row.low >= best else [row.high]
        axes.plot(ends, [y] * len(ends), "|", color=colour, markersize=10, markeredgewidth=1.6)
        if row.low < best:
            axes.annotate("", (best, y), (row.value, y), arrowprops=arrow)
    axes.plot(row.value, y, "o", color=colour, markersize=6, markeredgecolor="white")


def _cells(row: _Row) -> tuple[str, str]:
    if not row.method:
        return "", ""
    if math.isnan(row.value):
        return "-", "-"
    if row.is_bound:
        return (
            f"at least {format_availability(row.high, 2)}",
            f"at most {format_duration_interval(row.high * YEAR)}",
        )
    if row.value == 0:
        return "100 %", "never down"
    return (
        format_availability(row.value, 4),
        format_duration_interval(row.value * YEAR, row.low * YEAR, row.high * YEAR),
    )
