"""Lines over a number, with intervals and with names at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.errors import DescriptionError
from simulator.show.columns import Floats, need, numbers, optional_numbers, words
from simulator.show.labels import EndLabel, end_labels
from simulator.show.scales import nines_axis, nines_limits, tick_texts
from simulator.show.style import SERIES, in_house_style, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Line", "draw_lines", "plot_lines", "split_lines"]

Axis = Literal["linear", "log", "nines", "percent"]
_STYLES = ("-", "--", ":", "-.")
_MARKS = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line: points in rising x, each with an interval or NaN."""

    name: str
    x: Floats
    y: Floats
    low: Floats
    high: Floats


@in_house_style
def plot_lines(
    table: pd.DataFrame, x: str, y: str, by: str | None = None, *, low: str | None = None,
    high: str | None = None, x_label: str = "", y_label: str = "", x_axis: Literal["linear", "log"] = "linear",
    y_axis: Axis = "linear", x_per: float = 1.0, y_per: float = 1.0, title: str = "",
    confidence: float = 0.95, replications: int | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """One line per value of a column, named at its end.

    Parameters
    ----------
    table : DataFrame
        One row per point, with the columns named by the next arguments.
    x, y : str
        Columns of numbers.
    by : str, optional
        Column that names the lines; None draws one.
    low, high : str, optional
        Columns with the ends of the interval of `y`: a band, or bars where points are few.
    x_label, y_label : str
        Words with the unit; default: the columns' names.
    x_axis : {"linear", "log"}
    y_axis : {"linear", "log", "nines", "percent"}
        ``"nines"``: `y` is an unavailability (0-1), better upwards, labelled with availability and
        downtime per year; a `y` of 0 with a positive `high` is a bound and drawn as an arrow.
        ``"percent"``: `y` is a share (0-1).
    x_per, y_per : float
        What 1 on the axis is in the unit of the column, such as ``HOUR`` for a column in seconds.
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
    if x_axis not in ("linear", "log") or y_axis not in ("linear", "log", "nines", "percent"):
        raise DescriptionError(
            f"x_axis {x_axis!r}, y_axis {y_axis!r}: linear and log are allowed, for y also nines and percent"
        )
    need("plot_lines", table, [name for name in (x, y, by, low, high) if name is not None])
    lines = split_lines("plot_lines", table, x, y, by, low, high, x_per, y_per)
    hidden = _not_drawable(lines, x_axis, y_axis)
    runs = "" if replications is None else f"Monte-Carlo: {replications:,} replications"
    warn = f"{hidden} points at 0 or below are not on a log axis" if hidden else ""
    about = (runs, _intervals(lines, confidence, y_axis), note, warn)
    figure, axes = new_figure(title or f"{y} by {x}".replace("_", " "), about, 4.4)
    _scales(axes, lines, x_axis, y_axis)
    axes.set_xlabel((x_label or x.replace("_", " ")) + (" (log scale)" if x_axis == "log" else ""))
    name = y_label or y.replace("_", " ")
    if y_axis == "nines":
        axes.set_ylabel(f"{y_label or 'availability'}, and downtime per year\n(log scale, better upwards)")
    else:
        axes.set_ylabel(name + (" (log scale)" if y_axis == "log" else ""))
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
    place = numbers(what, table, x) / x_per
    values = [optional_numbers(what, table, name or "") / y_per for name in (low, high)]
    height = numbers(what, table, y) / y_per
    names = np.array(words(table, by) if by else [""] * len(table), dtype=object)
    lines = []
    for name in dict.fromkeys(names):
        rows = np.flatnonzero((names == name) & np.isfinite(place) & np.isfinite(height))
        rows = rows[np.argsort(place[rows], kind="stable")]
        lines.append(Line(str(name), place[rows], height[rows], values[0][rows], values[1][rows]))
    return lines


def _bounds(line: Line) -> Floats:
    return np.asarray((line.y == 0) & (line.high > 0) & np.isfinite(line.high))


def _not_drawable(lines: Sequence[Line], x_axis: str, y_axis: str) -> int:
    count = 0
    for line in lines:
        bad = (line.x <= 0) if x_axis == "log" else np.zeros(line.x.size, bool)
        if y_axis in ("log", "nines"):
            bad = bad | ((line.y <= 0) & ~_bounds(line))
        count += int(np.count_nonzero(bad))
    return count


def _intervals(lines: Sequence[Line], confidence: float, y_axis: str) -> str:
    if not any((line.low < line.high).any() for line in lines):
        return ""
    arrows = y_axis in ("log", "nines") and any(_bounds(line).any() for line in lines)
    bound = "; arrow: bound, none seen" if arrows else ""
    kinds = {"band" if _dense(line) else "bar" for line in lines if (line.low < line.high).any()}
    return f"{' or '.join(sorted(kinds))}: {100 * confidence:g} % interval{bound}"


def _dense(line: Line) -> bool:
    return line.x.size > 15


def _scales(axes: Axes, lines: Sequence[Line], x_axis: str, y_axis: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, PercentFormatter

    axes.set_xscale(x_axis)
    x = np.unique(np.concatenate([line.x for line in lines]))
    if 0 < x.size <= 12 and np.array_equal(x, np.round(x)) and (x_axis == "linear") and x[-1] - x[0] <= 24:
        axes.set_xticks(x, tick_texts(x))
    elif x_axis == "log":
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    if y_axis == "nines":
        values = np.concatenate([np.concatenate([line.y, line.high]) for line in lines])
        nines_axis(axes, "y", *nines_limits(values), room=8)
        return
    axes.set_yscale("log" if y_axis == "log" else "linear")
    if y_axis == "log":
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    if y_axis == "percent":
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, symbol=" %"))


def draw_lines(figure: Figure, axes: Axes, lines: Sequence[Line], *, connect: bool = True) -> None:
    """Draw the lines on axes whose scales are set, and name each at its end.

    Parameters
    ----------
    figure : Figure
    axes : Axes
    lines : sequence of Line
    connect : bool
        Whether points are joined.
    """
    logarithmic = axes.get_yscale() == "log"
    labels = []
    for number, line in enumerate(lines):
        colour = SERIES[number % len(SERIES)]
        style = _STYLES[number // len(SERIES) % len(_STYLES)] if connect else "none"
        drawn = ~((line.y <= 0) & logarithmic) & ~((line.x <= 0) & (axes.get_xscale() == "log"))
        mark = _MARKS[number % len(_MARKS)] if line.x.size <= 15 or not connect else None
        axes.plot(line.x[drawn], line.y[drawn], linestyle=style, marker=mark, color=colour, markersize=5)
        _uncertainty(axes, line, drawn, colour)
        ends = [(line.x[drawn], line.y[drawn])]
        if logarithmic and _bounds(line).any():
            bound = _bounds(line)
            _arrows(axes, line.x[bound], line.high[bound], colour)
            ends.append((line.x[bound], line.high[bound]))
        last = max(((a[-1], b[-1]) for a, b in ends if a.size), default=None)
        if last is not None and line.name:
            labels.append(EndLabel(float(last[0]), float(last[1]), line.name, colour))
    end_labels(figure, axes, labels)


def _uncertainty(axes: Axes, line: Line, drawn: Floats, colour: str) -> None:
    has = drawn.astype(bool) & (line.low < line.high) & np.isfinite(line.high)
    if not has.any():
        return
    low, high = line.low[has], line.high[has]
    if axes.get_yscale() == "log":
        low = np.maximum(low, 1e-30)
    if _dense(line):
        axes.fill_between(line.x[has], low, high, color=colour, alpha=0.2, linewidth=0)
    else:
        ends = np.maximum([line.y[has] - low, high - line.y[has]], 0.0)
        axes.errorbar(line.x[has], line.y[has], yerr=ends, fmt="none", color=colour, capsize=4, linewidth=1.2)


def _arrows(axes: Axes, x: Floats, high: Floats, colour: str) -> None:
    """Bounds: the truth is at most here, so the arrow leaves it towards smaller values."""
    down = -22 if axes.get_ylim()[0] < axes.get_ylim()[1] else 22
    for place, bound in zip(x, high, strict=True):
        axes.plot(place, bound, "_", color=colour, markersize=10, markeredgewidth=2)
        # the head is at the text's place, an offset from the bound; the tail at the bound
        axes.annotate(
            "", (place, bound), xytext=(0, down), textcoords="offset points",
            arrowprops={"arrowstyle": "<|-", "color": colour, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
