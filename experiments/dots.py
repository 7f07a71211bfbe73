"""A row for each design, a mark with its interval for each measure: shares side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["plot_dots"]

ASIDE = 0.2  # of a row, between marks of neighbours


def plot_dots(
    table: pd.DataFrame, row: str, measures: Mapping[str, str], *, title: str, note: str, label: str
) -> Figure:
    """Marks on one axis of shares.

    Parameters
    ----------
    table : DataFrame
        One row per design: its name, and each measure with ``_low`` and ``_high``.
    row : str
        Column that names the designs, from top to bottom.
    measures : mapping of str to str
        Column of a share (0-1) and its words.
    title, note, label : str
        The label is that of the axis.
    """
    from simulator.show.scales import percent
    from simulator.show.style import MARKS, SERIES, in_house_style, key_above, new_figure

    @in_house_style
    def drawn() -> Figure:
        figure, axes = new_figure(title, (note,), 0.5 * len(table) + 1.2)
        handles = []
        for number, column in enumerate(measures):
            value, low, high = (table[f"{column}{end}"].to_numpy() for end in ("", "_low", "_high"))
            place = np.arange(len(table)) + ASIDE * (number - (len(measures) - 1) / 2)
            ends = np.maximum(np.nan_to_num(np.array([value - low, high - value])), 0.0)
            handles.append(
                axes.errorbar(
                    value, place, xerr=ends, fmt=MARKS[number], color=SERIES[number], capsize=3, markersize=7
                )
            )
        axes.set_yticks(range(len(table)), list(table[row]))
        axes.set_ylim(len(table) - 0.5, -0.5)
        axes.set_xlim(-0.03, 1.03)
        axes.xaxis.set_major_formatter(percent)
        axes.set_xlabel(label)
        key_above(axes, handles, list(measures.values()), len(measures))
        return figure

    return drawn()
