"""Pictures of `load_balancing`: a row for each way to choose, marks for who watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.show.scales import percent
from simulator.show.style import INK, MARKS, QUIET, SERIES, in_house_style, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_balancers"]

ASIDE = 0.2  # of a row, between marks of neighbours


@in_house_style
def plot_balancers(
    rows: pd.DataFrame, well: pd.DataFrame, *, title: str, replications: int, patience_s: float
) -> Figure:
    """Share that fails beside p99 of good answers.

    Parameters
    ----------
    rows : DataFrame
        Columns ``way``, ``watched_by``, ``failed_share``, ``p99_s``, with ``_low`` and ``_high``.
    well : DataFrame
        The same without trouble, by way.
    title : str
    replications : int
    patience_s : float
        After which callers leave, seconds.
    """
    about = (f"{replications} replications on the same luck; bar: 95 % interval", "grey line: no trouble at all",
             f"callers leave after {1e3 * patience_s:,.0f} ms")  # fmt: skip
    figure, first = new_figure(title, about, 4.4)
    first.remove()
    left, right = figure.subplots(1, 2, sharey=True)
    ways = list(dict.fromkeys(rows["way"]))
    handles = _panel(left, rows, well, ways, "failed_share", 1.0)
    _panel(right, rows, well, ways, "p99_s", 1e-3)
    left.set_xlabel("share of requests that fail")
    most = float(rows["failed_share_high"].max())
    left.set_xlim(-0.04 * most, 1.1 * most)
    left.xaxis.set_major_formatter(percent)
    right.set_xlabel("p99 of good answers (ms)")
    right.set_xlim(0, 1.08e3 * patience_s)
    left.set_yticks(range(len(ways)), ways)
    left.invert_yaxis()
    names = [f"watched by {name}" for name in dict.fromkeys(rows["watched_by"])]
    figure.legend(handles, names, loc="outside lower left", ncols=len(names))
    return figure


def _panel(
    axes: Axes, rows: pd.DataFrame, well: pd.DataFrame, ways: list[str], column: str, per: float
) -> list:  # type: ignore[type-arg]
    """One measure: marks beside each other in every row."""
    handles = []
    watches = list(dict.fromkeys(rows["watched_by"]))
    for number, watch in enumerate(watches):
        part = rows[rows["watched_by"] == watch].set_index("way").loc[ways]
        value, low, high = (part[f"{column}{end}"].to_numpy() / per for end in ("", "_low", "_high"))
        place = np.arange(len(ways)) + ASIDE * (number - (len(watches) - 1) / 2)
        ends = np.nan_to_num(np.array([value - low, high - value]))
        handles.append(
            axes.errorbar(
                value, place, xerr=np.maximum(ends, 0.0), fmt=MARKS[number], color=SERIES[number], capsize=3,
                markersize=6.5,
            )
        )  # fmt: skip
    for number, way in enumerate(ways):
        at = float(well.loc[way, column]) / per
        axes.plot([at, at], [number - 0.4, number + 0.4], color=QUIET, linewidth=2.5, zorder=1)
    axes.grid(axis="y", visible=False)
    for number in range(len(ways) - 1):
        axes.axhline(number + 0.5, color=INK, linewidth=0.3)
    return handles
