"""Numbers in a grid, darker where they are worse: many designs by two properties, readable without colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_grids"]


def plot_grids(
    grids: Mapping[str, pd.DataFrame], *, title: str, note: str, digits: int = 2,
    below: float = 0.0, widths: Mapping[str, float] | None = None,
) -> Figure:  # fmt: skip
    """Grids side by side that have the same rows.

    Parameters
    ----------
    grids : mapping of str to DataFrame
        Heading of each and its numbers, 0 or more; the index names the rows, the columns the columns.
    title, note : str
    digits : int
        Significant ones.
    below : float
        Smaller numbers are written as 0.
    widths : mapping of str to float, optional
        How wide a grid is beside the others; default: its number of columns.
    """
    from simulator.show.style import in_house_style

    @in_house_style
    def drawn() -> Figure:
        import matplotlib.pyplot as plt

        rows = next(iter(grids.values())).index
        wide = [(widths or {}).get(name, float(grid.shape[1])) for name, grid in grids.items()]
        figure, axes = plt.subplots(
            1, len(grids), figsize=(10.5, 2.0 + 0.36 * len(rows)), gridspec_kw={"width_ratios": wide},
            squeeze=False, layout="constrained",
        )  # fmt: skip
        for place, (name, grid) in zip(axes[0], grids.items(), strict=True):
            _grid(place, name, grid, digits, below)
            place.set_yticks(range(len(rows)), list(rows) if place is axes[0][0] else [""] * len(rows))
        room = "\n" * (2 + note.count("\n"))  # below the title, for the note
        figure.suptitle(f"{title}{room}", x=0.01, ha="left", fontweight="bold")
        below_title = 1.0 - 0.38 / figure.get_figheight()
        figure.text(0.01, below_title, note, ha="left", va="top", fontsize="small")
        return figure

    return drawn()


def _grid(axes: Axes, name: str, grid: pd.DataFrame, digits: int, below: float) -> None:
    values = grid.to_numpy(dtype=float)
    shown = np.where(values > below, values, 0.0)
    axes.imshow(_depths(shown), cmap="Oranges", vmin=0.0, vmax=1.6, aspect="auto")
    for (row, column), value in np.ndenumerate(shown):
        text = _words(value, digits)
        axes.text(column, row, text, ha="center", va="center", fontsize="small", color="#222222")
    axes.set_xticks(range(len(grid.columns)), [str(c) for c in grid.columns], fontsize="small")
    axes.xaxis.tick_top()
    axes.set_xlabel(name)
    axes.xaxis.set_label_position("bottom")
    axes.tick_params(length=0)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _depths(values: np.ndarray) -> np.ndarray:
    """0 for none, then by orders of magnitude up to 1 for the largest."""
    some = values[values > 0]
    if not some.size:
        return np.zeros_like(values)
    low, high = np.log10(some.min()), np.log10(some.max())
    with np.errstate(divide="ignore"):
        depth = 0.25 + 0.75 * (np.log10(values) - low) / max(high - low, 1.0)
    return np.where(values > 0, depth, 0.0)


def _words(value: float, digits: int) -> str:
    if not np.isfinite(value):
        return ""
    if value == 0:
        return "0"
    if value >= 1e4:
        return f"{value / 1e3:,.0f}k"
    if value >= 10 ** (digits - 1):
        step = 10.0 ** (np.floor(np.log10(value)) - digits + 1)
        return f"{max(step, 1.0) * round(value / max(step, 1.0)):,.0f}"
    return f"{value:.{digits}g}"
