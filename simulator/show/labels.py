"""Words beside marks: names of rows, columns of figures, names at line ends; none overlap."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike

from simulator.show.columns import Floats
from simulator.show.style import INK, QUIET, renderer_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation

__all__ = [
    "BAR_IN", "EndLabel", "columns_beside", "end_labels", "end_room", "name_rows", "row_places", "spread",
    "wrapped",
]  # fmt: skip

_LINE_IN, _GAP_IN = 0.165, 0.13  # a line of text and the air between rows, inches
BAR_IN = 0.19  # a bar in a row, inches


def wrapped(name: str, width: int = 28, lines: int = 3) -> str:
    """A name in at most `lines` lines; of a longer one, beginning and end are kept."""
    room = width * lines - lines * 4
    if len(name) > room:
        name = f"{name[: room * 2 // 3]}…{name[-room // 3 + 1 :]}"
    return "\n".join(textwrap.wrap(name, width)[:lines]) or " "


def row_places(names: Sequence[str]) -> Floats:
    """Edges of rows as tall as their (wrapped) names, inches from the top, shape (rows + 1,)."""
    heights = [_GAP_IN + _LINE_IN * (name.count("\n") + 1) for name in names]
    return np.concatenate([[0.0], np.cumsum(heights)])


def name_rows(axes: Axes, names: Sequence[str], strong: Sequence[int] = ()) -> Floats:
    """Rows from the top, named at the left, those in `strong` in bold; returns their middles."""
    edges = row_places(names)
    middles = (edges[:-1] + edges[1:]) / 2
    axes.set_ylim(edges[-1], 0)
    axes.set_yticks(middles, list(names))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    for row in strong:
        axes.get_yticklabels()[row].set_fontweight("bold")
    return np.asarray(middles)


def columns_beside(
    axes: Axes, places: Floats, heads: Sequence[str], cells: Sequence[Sequence[str]],
    faint: Sequence[int] = (), lift: float = 5.0,
) -> None:  # fmt: skip
    """Columns of figures to the right of the rows, each as wide as its text.

    Parameters
    ----------
    axes : Axes
    places : ndarray
        Middles of the rows, from `name_rows`.
    heads : sequence of str
        One per column.
    cells : sequence of sequence of str
        One sequence per row.
    faint : sequence of int
        Rows in grey.
    lift : float
        Points from the axes up to the headings.
    """
    figure = cast("Figure", axes.get_figure(root=True))
    offset = 10.0  # points to the right of the axes
    for number, head in enumerate(heads):
        texts = [_beside(axes, 1.0, offset, head, lift=lift)]
        for row, line in enumerate(cells):
            colour = QUIET if row in faint else INK
            texts.append(_beside(axes, places[row], offset, line[number], colour=colour))
        wide = max(text.get_window_extent(renderer_of(figure)).width for text in texts)
        offset += wide * 72 / figure.dpi + 12


def _beside(
    axes: Axes, y: float, offset: float, text: str, *, lift: float = 0.0, colour: str = QUIET
) -> Annotation:
    """A text right of the axes: at a row, or as a heading (`lift` points) above them."""
    return axes.annotate(
        text, (1.0, y), xycoords="axes fraction" if lift else ("axes fraction", "data"),
        xytext=(offset, lift), textcoords="offset points", color=colour, annotation_clip=False,
        va="bottom" if lift else "center_baseline", ha="left",
    )  # fmt: skip


def spread(wanted: ArrayLike, gap: float, low: float, high: float) -> Floats:
    """Places as near as possible to those wanted, in the same order and at least `gap` apart.

    Least squares under order: neighbours that are too close are pooled and share their mean
    (the pool-adjacent-violators rule of Ayer et al. 1955).

    Parameters
    ----------
    wanted : array_like
        Shape (N,), any order.
    gap : float
        Distance between neighbours; less if N of them do not fit between `low` and `high`.
    low, high : float
        Where the first and the last may be.
    """
    places = np.asarray(wanted, dtype=np.float64)
    if places.size < 2:
        return np.clip(places, low, high)
    gap = min(gap, (high - low) / (places.size - 1))
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(places.size)
    blocks: list[tuple[float, int]] = []
    for value in np.clip(places[order], low, high) - steps:
        mean, count = float(value), 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    level = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])
    result = np.empty_like(places)
    result[order] = np.clip(level, low, high - steps[-1]) + steps
    return result


@dataclass(frozen=True, slots=True)
class EndLabel:
    """A name for a line, to stand right of the point (x, y) where the line ends (data units)."""

    x: float
    y: float
    text: str
    colour: str


def _end_name(name: str) -> str:
    return wrapped(name, 26, 2)


def _end_gap(texts: Sequence[str]) -> float:
    """Inches from the middle of one name to the next."""
    return 0.17 * max(text.count("\n") + 1 for text in texts) + 0.04


def end_room(names: Sequence[str]) -> float:
    """Inches of height that `end_labels` needs for these names."""
    texts = [_end_name(name) for name in names]
    return _end_gap(texts) * max(len(texts) - 1, 0) if texts else 0.0


def end_labels(figure: Figure, axes: Axes, labels: Sequence[EndLabel]) -> None:
    """Write each name at the right edge at the height of its line's end, moved apart where needed.

    A thin line leads from the end to the name. Call it when limits and scales are final.
    """
    if not labels:
        return
    figure.draw_without_rendering()  # settles the size of the axes
    box = axes.get_window_extent(renderer_of(figure))
    points = axes.transData.transform([(label.x, label.y) for label in labels])
    # a line may end above the picture; a tail out there would stretch the layout
    points = np.clip(points, box.min, box.max)
    tails = axes.transAxes.inverted().transform(points)
    texts = [_end_name(label.text) for label in labels]
    gap = _end_gap(texts) * figure.dpi / box.height
    places = spread((points[:, 1] - box.y0) / box.height, gap, 0.0, 1.0)
    for label, text, place, tail in zip(labels, texts, places, tails, strict=True):
        leader = {"arrowstyle": "-", "color": label.colour, "alpha": 0.5, "linestyle": ":"}
        axes.annotate(
            text, tail, xytext=(1.03, float(place)), xycoords="axes fraction",
            textcoords="axes fraction", color=label.colour, va="center", ha="left",
            fontweight="bold", annotation_clip=False,
            arrowprops={**leader, "shrinkA": 2, "shrinkB": 5},
        )  # fmt: skip
