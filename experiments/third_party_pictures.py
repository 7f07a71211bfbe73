"""Pictures of `third_party`: what becomes of payments in an outage, and what each step costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.show.scales import log_axis, percent
from simulator.show.style import INK, QUIET, SERIES, in_house_style, key_above, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_cost", "plot_outages"]

WORDS = {
    "ok": "ok", "degraded": "degraded (by a stand-in)", "provisional": "decided on later",
    "wrong": "wrong: fraud let through", "failed": "failed",
}  # fmt: skip
COLOURS = {
    "ok": SERIES[0], "degraded": SERIES[5], "provisional": SERIES[4], "wrong": SERIES[6], "failed": SERIES[1],
}  # fmt: skip
SHOWN = {"the first": "while the first provider alone is down", "both": "while both are down"}


@in_house_style
def plot_outages(states: pd.DataFrame, weights: pd.DataFrame, rows: Sequence[str]) -> Figure:
    """Bars of what becomes of the payments sent in an outage, a panel for each kind of outage.

    Parameters
    ----------
    states, weights : DataFrame
        Tables of the experiment.
    rows : sequence of str
        Designs, from top to bottom.
    """
    time = weights.set_index("state")["share_of_time"]
    many = states.groupby(["design", "state"]).size().max()
    title = "A fraud API is down: what becomes of the payments?"
    about = (f"mean of {many} runs on the same luck", "each row adds to the one above")
    figure, first = new_figure(title, about, 4.6)
    first.remove()
    panels = figure.subplots(1, len(SHOWN), sharey=True)
    means = states.groupby(["design", "state"])[list(WORDS)].mean()
    for axes, (state, words) in zip(panels, SHOWN.items(), strict=True):
        part = means.xs(state, level="state").loc[list(rows)]
        handles = _bars(axes, part)
        axes.set_xlabel(f"share of payments\n{words}\n({100 * time[state]:.2g} % of the time)")
    panels[0].set_yticks(range(len(rows)), list(rows))
    panels[0].invert_yaxis()
    figure.legend(handles, list(WORDS.values()), loc="outside lower left", ncols=len(WORDS), handlelength=1.2)
    return figure


def _bars(axes: Axes, part: pd.DataFrame) -> list:  # type: ignore[type-arg]
    """Stacked bars, shares written where there is room."""
    left, handles = np.zeros(len(part)), []
    for kind in WORDS:
        width = part[kind].to_numpy()
        bars = axes.barh(range(len(part)), width, left=left, height=0.62, color=COLOURS[kind])
        handles.append(bars)
        for place, (begin, size) in enumerate(zip(left, width, strict=True)):
            if size >= 0.13:
                axes.text(
                    begin + size / 2, place, f"{100 * size:.3g} %", ha="center", va="center", color="white",
                    fontsize=9,
                )  # fmt: skip
        left = left + width
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(percent)
    axes.grid(axis="y", visible=False)
    return handles


@in_house_style
def plot_cost(money: pd.DataFrame, prices: Mapping[str, float], per: int) -> Figure:
    """Cost by row on a log scale: the sum with its interval, and its parts.

    Parameters
    ----------
    money : DataFrame
        Table of the experiment.
    prices : mapping of str to float
        For a payment of each kind.
    per : int
        Payments that the cost is for.
    """
    stated = ", ".join(f"{price:g} if {WORDS[kind].partition(':')[0]}" for kind, price in prices.items())
    runs = int(money["replications"].max())
    about = (f"a payment costs {stated} (assumed)", f"bar: 95 % interval, {runs} runs", "not drawn: parts that are 0")
    figure, axes = new_figure("What the fraud API's outages cost", about, 4.2)
    place, handles, labels = np.arange(len(money)), [], []
    for number, kind in enumerate(prices):
        value = money[f"cost_{kind}"].to_numpy()
        seen = value > 0
        (mark,) = axes.plot(
            value[seen], place[seen] + 0.2 * (number - 1), "sDv"[number], color=COLOURS[kind], markersize=6
        )
        handles.append(mark)
        labels.append(f"part: {WORDS[kind]}")
    total, low, high = (money[key].to_numpy() for key in ("cost", "cost_low", "cost_high"))
    ends = np.array([total - np.maximum(low, 1e-3 * total), high - total])
    bars = axes.errorbar(
        total, place, xerr=np.nan_to_num(ends), fmt="o", color=INK, capsize=4, markersize=8, zorder=4
    )
    values = np.concatenate([total, *(money[f"cost_{kind}"] for kind in prices)])
    values = values[values > 0]
    log_axis(axes, "x", values.min() / 2, values.max() * 3, f"money per {per:,} payments")
    for x, y in zip(total, place, strict=True):
        axes.annotate(f"{x:.3g}", (x, y), xytext=(10, 6), textcoords="offset points", color=QUIET)
    axes.set_yticks(place, list(money["design"]))
    axes.invert_yaxis()
    key_above(axes, [bars, *handles], ["all of it", *labels], 4)
    return figure
