"""How every picture looks: palette, size, title block, and the bytes of its PNG file.

Pictures are drawn on `Figure` objects of their own, without pyplot: no window opens and no global
state is left. The user's matplotlib settings are put aside while we draw, so that the same table
gives the same bytes with the same version of matplotlib.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, cast

from simulator.tables import write_bytes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.container import Container
    from matplotlib.figure import Figure

__all__ = [
    "BLUE", "DPI", "GREEN", "GRID", "INK", "MARKS", "METHOD_COLOURS", "PURPLE", "QUIET", "SERIES",
    "SHADE", "SKY", "VERMILLION", "WIDTH_IN", "house_style", "in_house_style", "key_above",
    "new_figure", "png", "renderer_of", "save",
]  # fmt: skip

# Okabe and Ito (2008): told apart by readers with any of the common colour-vision deficiencies.
# Their yellow is left out: it cannot be seen on white.
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY, BLACK = "#CC79A7", "#E69F00", "#56B4E9", "#000000"
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
INK, QUIET, GRID, SHADE = "#222222", "#666666", "#D9D9D9", "#F5F5F5"
MARKS = ("o", "s", "^", "D", "v", "P", "X")
METHOD_COLOURS = {
    "analytic": INK, "exact": BLUE, "exact over horizon": GREEN, "Monte-Carlo": VERMILLION,
}  # fmt: skip

WIDTH_IN = 9.0
DPI = 100  # 900 pixels wide, the size it is designed for; sharp type comes from its size
_TITLE_PT, _SUBTITLE_PT = 14.0, 10.0
_SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is the same everywhere
    "font.size": 10.0,
    "text.color": INK,
    "text.parse_math": False,  # a pool may be called "$x$"
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 6.0,
    "legend.frameon": False,
    "legend.fontsize": 10.0,
    "hatch.linewidth": 0.6,
}

P = ParamSpec("P")


def house_style() -> AbstractContextManager[None]:
    """Matplotlib's defaults with our settings, for as long as the ``with`` block lasts."""
    from matplotlib import style

    return style.context(_SETTINGS, after_reset=True)


def in_house_style(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make `draw` work in our style, and fix the places of everything once it is done.

    Fixing them means that a figure saved twice gives the same bytes: the layout is not run again.
    """

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with house_style():
            figure = draw(*args, **kwargs)
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
        return figure

    return drawn


def new_figure(title: str, subtitle: Sequence[str], height_in: float = 4.2) -> tuple[Figure, Axes]:
    """An empty picture with its title block.

    Parameters
    ----------
    title : str
        What the picture shows.
    subtitle : sequence of str
        Method, number of replications, what the marks mean; empty ones are left out.
    height_in : float
        Height of the part below the title block, inches. The width is 9 inches.

    Returns
    -------
    (Figure, Axes)
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    heads = textwrap.wrap(title, 74) or [""]
    lines = textwrap.wrap("; ".join(part for part in subtitle if part), 118)
    block = 0.18 + 0.25 * len(heads) + 0.18 * len(lines)
    height = height_in + block
    figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    place: dict[str, Any] = {"x": 0.012, "ha": "left", "va": "top"}
    figure.text(
        y=1 - 0.1 / height, s="\n".join(heads), fontsize=_TITLE_PT, fontweight="bold", **place
    )
    below = 1 - (0.15 + 0.25 * len(heads)) / height
    figure.text(y=below, s="\n".join(lines), fontsize=_SUBTITLE_PT, color=QUIET, **place)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0.0, 0.0, 1.0, 1 - block / height), w_pad=0.08, h_pad=0.06)  # type: ignore[call-arg]
    return figure, figure.add_subplot()


def key_above(
    axes: Axes, handles: Sequence[Artist | Container], labels: Sequence[str], columns: int
) -> None:
    """What the marks mean, in rows above the axes, where no data can be covered."""
    # Matplotlib hides labels that begin with an underscore.
    shown = [f" {label}" if label.startswith("_") else label for label in labels]
    axes.legend(
        handles, shown, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=columns,
        borderaxespad=0.3, handlelength=1.8, columnspacing=1.8, alignment="left",
    )  # fmt: skip


def renderer_of(figure: Figure) -> RendererBase:
    """What measures the size of text."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = cast("FigureCanvasAgg", figure.canvas)
    return cast("RendererBase", canvas.get_renderer())


def png(figure: Figure) -> bytes:
    """The picture as PNG; the same bytes for the same table and version of matplotlib.

    Parameters
    ----------
    figure : Figure
        From any ``plot_`` function of this room.
    """
    out = BytesIO()
    with house_style():  # ticks are made when they are drawn
        figure.savefig(
            out, format="png", dpi=DPI, metadata={"Software": None}, pil_kwargs={"optimize": True}
        )
    return out.getvalue()


def save(figure: Figure, path: str | Path) -> None:
    """Write the picture as a PNG file, whole or not at all.

    Parameters
    ----------
    figure : Figure
    path : str or Path
        Directories are made if they are not there.

    Raises
    ------
    DescriptionError
        If the place cannot be written.
    """
    write_bytes(Path(path), png(figure))
