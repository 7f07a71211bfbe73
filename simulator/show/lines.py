"""Lines over a number, with intervals and with names at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from simulator.errors import DescriptionError
from simulator.show.columns import Floats, need, numbers, optional_numbers, words
from simulator.show.labels import EndLabel, end_labels, end_room
from simulator.show.scales import (
    duration_axis,
    log_axis,
    nines_axis,
    nines_limits,
    percent,
    positive_limits,
    tick_texts,
)
from simulator.show.style import MARKS, SERIES, in_house_style, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FEW", "Line", "draw_lines", "plot_lines", "split_lines"]

XAxis = Literal["linear", "log", "nines", "duration"]
YAxis = Literal["linear", "log", "nines", "duration", "percent"]
_X_KINDS, _Y_KINDS = (
    ("linear", "log", "nines", "duration"),
    ("linear", "log", "nines", "duration", "percent"),
)
_LOGARITHMIC = ("log", "nines", "duration")
_STYLES = ("-", "--", "-.", ":")
FEW = 15  # up to here points get marks and bars, beyond a band


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line: points in rising x, each with an interval or NaN."""

    name: str
    x: Floats
    y: Floats
    low: Floats
    high: Floats

    @property
    def is_bound(self) -> NDArray[np.bool_]:
        """Points where nothing was seen, so that only `high` says something."""
        return np.asarray((self.y == 0) & (self.high > 0) & np.isfinite(self.high))

    @property
    def has_interval(self) -> NDArray[np.bool_]:
        """Points with an interval of some width around a value."""
        return np.asarray((self.low < self.high) & np.isfinite(self.high) & ~self.is_bound)


@in_house_style
def plot_lines(
    table: pd.DataFrame, x: str, y: str, by: str | None = None, *, low: str | None = None,
    high: str | None = None, x_label: str = "", y_label: str = "", x_axis: XAxis = "linear",
    y_axis: YAxis = "linear", x_per: float = 1.0, y_per: float = 1.0, title: str = "",
    confidence: float = 0.95, replications: int | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """One line per value of a column, named at its end.

    Parameters
    ----------
    table : DataFrame
        One row per point, with the columns named by the next arguments. Points without `y` are
        left out; a `y` of 0 with a positive `high` is a bound, an arrow on a log axis.
    x, y : str
        Columns of numbers.
    by : str, optional
        Column that names the lines; None draws one.
    low, high : str, optional
        Columns with the ends of the interval of `y`: a band, or bars where points are few.
    x_label, y_label : str
        Words with the unit; default: the columns' names.
    x_axis : {"linear", "log", "nines", "duration"}
    y_axis : {"linear", "log", "nines", "duration", "percent"}
        ``"nines"``: an unavailability (0-1) on a log scale, better to the right or upwards,
        labelled with availability and downtime per year. ``"duration"``: seconds on a log scale,
        labelled with times people say. ``"percent"``: a share (0-1).
    x_per, y_per : float
        What 1 on the axis is in the unit of the column, such as ``HOUR`` for a column in seconds;
        leave it at 1 for nines and duration.
    title : str
    confidence : float
        Nominal coverage of the intervals.
    replications : int, optional
        How many a simulated line rests on.
    note : str
        Added to the subtitle, such as the method.

    Raises
    ------
    DescriptionError
        If a column is missing, the table is empty, a cell is not a number or an axis has an
        unknown kind.
    """
    for name, kind, kinds in (("x_axis", x_axis, _X_KINDS), ("y_axis", y_axis, _Y_KINDS)):
        if kind not in kinds:
            raise DescriptionError(f"{name} is {kind!r}: {', '.join(kinds)} are allowed")
    need("plot_lines", table, [name for name in (x, y, by, low, high) if name is not None])
    lines = split_lines("plot_lines", table, x, y, by, low, high, x_per, y_per)
    runs = "" if replications is None else f"Monte-Carlo: {replications:,} replications"
    about = (runs, _intervals(lines, confidence, y_axis), note, _hidden(lines, x_axis, y_axis))
    room = max(4.2, end_room([line.name for line in lines]) + 1.1)
    figure, axes = new_figure(title or f"{y} by {x}".replace("_", " "), about, room)
    _x_scale(
        axes, np.concatenate([line.x for line in lines]), x_axis, x_label or x.replace("_", " ")
    )
    _y_scale(axes, lines, y_axis, y_label or y.replace("_", " "), named=bool(y_label))
    draw_lines(figure, axes, lines)
    return figure


def split_lines(
    what: str, table: pd.DataFrame, x: str, y: str, by: str | None, low: str | None = None,
    high: str | None = None, x_per: float = 1.0, y_per: float = 1.0,
) -> list[Line]:  # fmt: skip
    """The lines of a table in the order their names appear; points without y are left out.

    Parameters
    ----------
    what : str
        Who asks, for messages.
    table : DataFrame
    x, y, by, low, high, x_per, y_per
        As for `plot_lines`.
    """
    place, height = numbers(what, table, x) / x_per, numbers(what, table, y) / y_per
    ends = [optional_numbers(what, table, name or "") / y_per for name in (low, high)]
    names = np.array(words(table, by) if by else [""] * len(table), dtype=object)
    lines = []
    for name in dict.fromkeys(names):
        rows = np.flatnonzero((names == name) & np.isfinite(place) & np.isfinite(height))
        rows = rows[np.argsort(place[rows], kind="stable")]
        lines.append(Line(str(name), place[rows], height[rows], ends[0][rows], ends[1][rows]))
    return lines


def _hidden(lines: Sequence[Line], x_axis: XAxis, y_axis: YAxis) -> str:
    """Words for the points that a log axis cannot show."""
    count = 0
    for line in lines:
        bad = (line.x <= 0) & (x_axis in _LOGARITHMIC)
        bad |= (line.y <= 0) & ~line.is_bound & (y_axis in _LOGARITHMIC)
        count += int(np.count_nonzero(bad))
    return f"not drawn on a log scale: {count} points at 0 or below" if count else ""


def _intervals(lines: Sequence[Line], confidence: float, y_axis: YAxis) -> str:
    level = f"{100 * confidence:g} %"
    kinds = {"band" if line.x.size > FEW else "bar" for line in lines if line.has_interval.any()}
    told = [f"{' or '.join(sorted(kinds))}: {level} interval"] if kinds else []
    if y_axis in _LOGARITHMIC and any(line.is_bound.any() for line in lines):
        told.append(f"arrow: none seen, {level} bound")
    return "; ".join(told)


def _x_scale(axes: Axes, values: Floats, kind: XAxis, label: str) -> None:
    if kind == "nines":
        nines_axis(axes, "x", *nines_limits(values), room=8)
        axes.set_xlabel(f"{label} (log scale, better to the right)")
        return
    if kind == "duration":
        duration_axis(axes, "x", *positive_limits(values), label)
        return
    if kind == "log":
        log_axis(axes, "x", *positive_limits(values), label)
        return
    axes.set_xlabel(label)
    found = np.unique(values)
    if 0 < found.size <= 12 and (found == np.round(found)).all() and found[-1] - found[0] <= 24:
        axes.set_xticks(found, tick_texts(found))  # members and the like: no 2.5 of them


def _y_scale(axes: Axes, lines: Sequence[Line], kind: YAxis, label: str, named: bool) -> None:
    # a lower end near 0 may leave a log axis at the bottom: it says little and would stretch it
    near = [line.low[line.low > 0.01 * line.y] for line in lines]
    values = np.concatenate([*near, *(part for line in lines for part in (line.y, line.high))])
    if kind == "nines":
        nines_axis(axes, "y", *nines_limits(values), room=8)
        if named:
            axes.set_ylabel(f"{label}\n(log scale, better upwards)")
        return
    if kind == "duration":
        duration_axis(axes, "y", *positive_limits(values), label)
        return
    if kind == "log":
        log_axis(axes, "y", *positive_limits(values), label)
        return
    axes.set_ylabel(label)
    if kind == "percent":
        axes.yaxis.set_major_formatter(percent)
        found = values[np.isfinite(values)]
        if found.size and found.min() >= 0 and found.max() > 0.5:
            axes.set_ylim(-0.03, 1.03)


def draw_lines(figure: Figure, axes: Axes, lines: Sequence[Line]) -> None:
    """Draw the lines on axes whose scales are set, and name each at its right end.

    Parameters
    ----------
    figure : Figure
    axes : Axes
    lines : sequence of Line
    """
    ends = [_draw(axes, line, number) for number, line in enumerate(lines)]
    end_labels(figure, axes, [end for end in ends if end is not None and end.text])


def _draw(axes: Axes, line: Line, number: int) -> EndLabel | None:
    """Draw one line with its intervals and bounds; where its name belongs, if it has a point."""
    colour = SERIES[number % len(SERIES)]
    mark = MARKS[number % len(MARKS)] if line.x.size <= FEW else None
    logarithmic = axes.get_yscale() == "log"
    good = np.ones(line.x.size, bool) if axes.get_xscale() == "linear" else line.x > 0
    bound = good & line.is_bound & logarithmic
    drawn = good & ((line.y > 0) | (not logarithmic))
    # dashes let an equal line below show through
    axes.plot(
        line.x[drawn],
        line.y[drawn],
        _STYLES[number % len(_STYLES)],
        marker=mark,
        color=colour,
        markersize=5,
    )
    _uncertainty(axes, line, drawn & line.has_interval, colour)
    _arrows(axes, line.x[bound], line.high[bound], colour)
    shown = np.flatnonzero(drawn | bound)
    if shown.size == 0:
        return None
    last = shown[0] if axes.xaxis_inverted() else shown[-1]
    return EndLabel(
        float(line.x[last]),
        float(line.high[last] if bound[last] else line.y[last]),
        line.name,
        colour,
    )


def _uncertainty(axes: Axes, line: Line, has: NDArray[np.bool_], colour: str) -> None:
    if not has.any():
        return
    x, y, low, high = line.x[has], line.y[has], line.low[has], line.high[has]
    if axes.get_yscale() == "log":
        low = np.maximum(low, 1e-30)
    if line.x.size > FEW:
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        return
    ends = np.maximum([y - low, high - y], 0.0)
    axes.errorbar(x, y, yerr=ends, fmt="none", color=colour, capsize=4, linewidth=1.2)


def _arrows(axes: Axes, x: Floats, high: Floats, colour: str) -> None:
    """Bounds: the truth is at most here, so the arrow leaves it towards smaller values."""
    away = 22 if axes.yaxis_inverted() else -22
    for place, bound in zip(x, high, strict=True):
        axes.plot(place, bound, "_", color=colour, markersize=10, markeredgewidth=2)
        axes.annotate(
            "", (place, bound), xytext=(0, away), textcoords="offset points",
            arrowprops={"arrowstyle": "<|-", "color": colour, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
