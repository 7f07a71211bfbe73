"""Pictures of `deployments`: the strategies side by side, and what a canary catches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.units import format_duration
from simulator.show.scales import percent
from simulator.show.style import QUIET, SERIES, in_house_style, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_canaries", "plot_strategies"]

NAMES = {"recreate": "recreate", "rolling": "rolling", "blue_green": "blue-green", "canary": "canary"}
LOOKS = {"good": (SERIES[0], "o", -0.13), "bad": (SERIES[1], "s", 0.13)}
PANELS = {
    "failed": "requests that failed, for each deployment",
    "rollback_s": "from the decision until the bad build is gone (s)",
    "seen": "share of the requests of 40 min that a bad member took",
    "member_hours": "member-hours paid for in addition",
}


@in_house_style
def plot_strategies(means: pd.DataFrame) -> Figure:
    """Four panels, a row for each strategy in each of them.

    Parameters
    ----------
    means : DataFrame
        Table of the experiment.
    """
    many = int(means["replications"].max())
    about = (f"mean of {many} deployments on the same luck", "bar: 95 % interval", "failed: beyond the usual errors")
    figure, first = new_figure("A deployment, by strategy, if the build is good or bad", about, 5.2)
    first.remove()
    panels = figure.subplots(2, 2, sharey=True).ravel()
    names = list(dict.fromkeys(means["strategy"]))
    for axes, (measure, label) in zip(panels, PANELS.items(), strict=True):
        handles = [_marks(axes, means, measure, build, names) for build in LOOKS]
        axes.set_xlabel(label)
        _scale(axes, measure)
    panels[0].set_yticks(range(len(names)), [NAMES[name] for name in names])
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    labels = [f"{build} build" for build in LOOKS]
    figure.legend(handles, labels, loc="outside lower left", ncols=2, handlelength=1.2)
    return figure


def _marks(axes: Axes, means: pd.DataFrame, measure: str, build: str, names: list[str]) -> object:
    """One mark for each strategy, with its interval."""
    colour, mark, aside = LOOKS[build]
    part = means[means["build"] == build].set_index("strategy").loc[names]
    value = part[measure].to_numpy(dtype=float)
    low = np.maximum(part[f"{measure}_low"].to_numpy(dtype=float), 0.0)
    ends = np.nan_to_num([value - low, part[f"{measure}_high"].to_numpy(dtype=float) - value])
    place = np.arange(len(names)) + aside
    bars = axes.errorbar(value, place, xerr=np.maximum(ends, 0.0), fmt=mark, color=colour, capsize=3)
    for x, y in zip(value, place, strict=True):
        if np.isfinite(x):
            told = f"{100 * x:.2g} %" if measure == "seen" else f"{x:,.0f}"
            axes.annotate(told, (x, y), xytext=(7, 3), textcoords="offset points", color=QUIET, fontsize=8.5)
    return bars


def _scale(axes: Axes, measure: str) -> None:
    if measure == "failed":
        axes.set_xscale("symlog", linthresh=10.0)
        axes.set_xlim(-2.0, 2e5)
        axes.set_xticks([0, 10, 100, 1e3, 1e4, 1e5], ["0", "10", "100", "1,000", "10,000", "100,000"])
    elif measure == "seen":
        axes.set_xlim(-0.01, max(1.2 * axes.get_xlim()[1], 0.01))
        axes.xaxis.set_major_formatter(percent)
    else:
        axes.set_xlim(-0.03 * axes.get_xlim()[1], 1.12 * axes.get_xlim()[1])
    axes.grid(axis="y", visible=False)


@in_house_style
def plot_canaries(table: pd.DataFrame) -> Figure:
    """Chance that a canary is halted against how long it stands, a panel for each kind of build.

    Parameters
    ----------
    table : DataFrame
        Table of the experiment.
    """
    kinds = list(dict.fromkeys(table["kind"]))
    about = (
        f"share of {int(table['runs'].max())} canaries halted before the next wave", "bar: 95 % interval",
        "halted when new members fail 2 % more often than old ones, with at least 50 requests in a minute",
    )  # fmt: skip
    figure, first = new_figure("How long must a canary stand to be believed?", about, 3.8)
    first.remove()
    panels = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    sizes = sorted(table["size"].unique())
    for axes, kind in zip(panels, kinds, strict=True):
        part = table[table["kind"] == kind]
        handles = [_canary(axes, part[part["size"] == size], number) for number, size in enumerate(sizes)]
        soaks = sorted(part["soak_s"].unique())
        axes.set_xticks(range(len(soaks)), [format_duration(float(s)) for s in soaks])
        axes.set_title("a good build" if kind == "good" else f"a build with {kind}", loc="left", fontsize=10.5)
        axes.set_xlabel("the canary stands for")
    panels[0].set_ylim(-0.03, 1.03)
    panels[0].yaxis.set_major_formatter(percent)
    panels[0].set_ylabel("halted")
    labels = [f"{100 * size:g} % of the members" for size in sizes]
    figure.legend(handles, labels, loc="outside lower left", ncols=len(sizes))
    return figure


def _canary(axes: Axes, part: pd.DataFrame, number: int) -> object:
    place = np.arange(len(part)) + 0.08 * (number - 1.5)
    value, low, high = (part[key].to_numpy(dtype=float) for key in ("chance", "low", "high"))
    return axes.errorbar(
        place, value, yerr=np.maximum([value - low, high - value], 0.0), fmt="os^D"[number] + "-",
        color=SERIES[number], capsize=3, linewidth=1.2,
    )  # fmt: skip
