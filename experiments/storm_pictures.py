"""Pictures of the retry storm: goodput under each policy, the way out, the map of triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.units import format_duration

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["plot_map", "plot_policies", "plot_way_out", "verdict_words"]


def plot_policies(
    goodput: pd.DataFrame, summary: pd.DataFrame, shade: tuple[float, float]
) -> Figure:
    """A strip for each policy: share of the offered requests that end well, over time.

    Parameters
    ----------
    goodput : DataFrame
        One row per bin: time_s (start), and a column for each policy, the share (0-1).
    summary : DataFrame
        policy and verdict, what to write beside the strip.
    shade : tuple of float
        Start and end of the pause, seconds.
    """
    from simulator.show.scales import percent
    from simulator.show.style import INK, in_house_style, new_figure

    @in_house_style
    def drawn() -> Figure:
        names = list(summary["policy"])
        grid = goodput.set_index("time_s")[names].T
        figure, axes = new_figure(
            "The same ten-second pause under each policy",
            ("colour: share of the offered requests that end well in each 5 s",
             "between the black lines: the pause", "right: from its end until 95 % end well, in brackets by the fluid"),
            0.27 * len(names) + 1.3,
        )  # fmt: skip
        times = np.append(grid.columns.to_numpy(), grid.columns[-1] + np.diff(grid.columns[:2])[0])
        mesh = axes.pcolormesh(
            times, np.arange(len(names) + 1), grid.to_numpy(), cmap=_colours(), vmin=0, vmax=1
        )
        axes.hlines(np.arange(1, len(names)), times[0], times[-1], color="white", linewidth=2)
        axes.vlines(shade, 0, len(names), color=INK, linewidth=1)
        axes.set_yticks(np.arange(len(names)) + 0.5, names)
        axes.tick_params(axis="y", length=0)
        axes.invert_yaxis()
        axes.grid(visible=False)
        axes.set_xlabel("time (s)")
        for row, text in enumerate(summary["verdict"]):
            axes.annotate(
                text, (1.0, row + 0.5), xycoords=("axes fraction", "data"), xytext=(6, 0), va="center",
                textcoords="offset points", annotation_clip=False,
            )  # fmt: skip
        bar = figure.colorbar(mesh, ax=axes, location="bottom", shrink=0.4, aspect=40, pad=0.02)
        bar.ax.xaxis.set_major_formatter(percent)
        bar.set_label("offered requests that end well")
        return figure

    return drawn()


def _colours() -> object:
    """Orange (nothing ends well) over grey to blue (everything does)."""
    from matplotlib.colors import LinearSegmentedColormap

    from simulator.show.style import BLUE, VERMILLION

    return LinearSegmentedColormap.from_list("well", [VERMILLION, "#E6E1DC", BLUE])


def plot_way_out(drain: pd.DataFrame, simulated: pd.DataFrame) -> Figure:
    """Minutes to recover against the load kept: formula and simulation.

    Parameters
    ----------
    drain : DataFrame
        kept_share (of the usual load, 0-1), predicted_s.
    simulated : DataFrame
        kept_share, simulated_s; hidden_share, where the formula ends.
    """
    from simulator.show.scales import duration_axis, percent, positive_limits
    from simulator.show.style import (
        BLUE,
        INK,
        QUIET,
        VERMILLION,
        in_house_style,
        key_above,
        new_figure,
    )

    @in_house_style
    def drawn() -> Figure:
        hidden = float(simulated["hidden_share"].iloc[0])
        figure, axes = new_figure(
            "Stuck for half a minute: time to recover by the load that is kept",
            ("time from shedding until waits are below the timeout", "nothing is random here"), 4.2,
        )  # fmt: skip
        axes.xaxis.set_major_formatter(percent)
        axes.set_xlabel("load kept, of the usual load")
        seen = np.concatenate([drain["predicted_s"], simulated["simulated_s"]])
        duration_axis(axes, "y", *positive_limits(seen), "time to recover")
        (line,) = axes.plot(drain["kept_share"], drain["predicted_s"], color=BLUE)
        (points,) = axes.plot(
            simulated["kept_share"], simulated["simulated_s"], "o", color=VERMILLION,
            markerfacecolor="white", markeredgewidth=1.6, markersize=7,
        )  # fmt: skip
        axes.axvline(hidden, color=INK, linestyle=(0, (5, 3)), linewidth=1.2)
        axes.annotate(
            "hidden capacity:\nat or above it, never", (hidden, 0.05), xycoords=("data", "axes fraction"),
            xytext=(6, 0), textcoords="offset points", color=QUIET,
        )  # fmt: skip
        axes.set_xlim(0, hidden * 1.35)
        key_above(axes, [line, points], ["fluid: backlog / (1 - attempts x load / capacity)", "simulated"], 2)
        return figure

    return drawn()


def plot_map(cells: pd.DataFrame, edge: pd.DataFrame, point: tuple[float, float]) -> Figure:
    """Chance to recover by length of the pause and load, with the fluid's edge.

    Parameters
    ----------
    cells : DataFrame
        load (over capacity), trigger_timeouts, estimate (0-1), runs.
    edge : DataFrame
        load, largest_timeouts: the longest pause that the fluid survives; hidden, the load below
        which it survives any.
    point : tuple of float
        Length in timeouts and load of the system as it is.
    """
    from simulator.show.scales import percent
    from simulator.show.style import INK, QUIET, in_house_style, key_above, new_figure

    @in_house_style
    def drawn() -> Figure:
        runs = int(cells["runs"].iloc[0])
        figure, axes = new_figure(
            "How long a pause makes an outage that stays? (1 retry at once)",
            (f"colour: share of {runs} runs that recover", "random arrivals, 60 requests/s capacity",
             "the fluid knows no chance: near its edge random arrivals decide"), 4.8,
        )  # fmt: skip
        dots = axes.scatter(
            cells["trigger_timeouts"], cells["load"], c=cells["estimate"], cmap=_colours(), vmin=0, vmax=1,
            s=150, marker="s", edgecolors=QUIET, linewidths=0.6, zorder=3,
        )  # fmt: skip
        far = float(cells["trigger_timeouts"].max()) * 1.3
        hidden = float(edge["hidden"].iloc[0])
        (line,) = axes.plot(
            [far, *edge["largest_timeouts"]], [hidden, *edge["load"]], color=INK, linewidth=2, zorder=2
        )
        (here,) = axes.plot(*point, "*", color="#F0E442", markeredgecolor=INK, markersize=15, zorder=5,
                            linestyle="none")  # fmt: skip
        axes.set_xscale("log")
        axes.set_xlim(0.43, far)
        ticks = (0.5, 0.7, 1, 1.5, 2, 3, 5, 10)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.set_xlabel("length of the pause over the timeout (log scale)")
        axes.annotate(
            "hidden capacity: below it any pause heals", (far, hidden), xytext=(-6, -4), color=QUIET,
            textcoords="offset points", ha="right", va="top",
        )  # fmt: skip
        axes.yaxis.set_major_formatter(percent)
        axes.set_ylabel("offered load over capacity")
        axes.set_ylim(float(cells["load"].min()) - 0.06, 1.0)
        key_above(axes, [line, here], ["edge by the fluid: left of it, and below, it recovers", "this system"], 2)
        bar = figure.colorbar(dots, ax=axes, shrink=0.8, aspect=30)
        bar.ax.yaxis.set_major_formatter(percent)
        bar.set_label("recover")
        return figure

    return drawn()


def verdict_words(
    observed_s: float, after_s: float, predicted_s: float, prediction: str
) -> str:
    """What to write beside a strip; `observed_s` is how long was simulated after the pause."""

    def said(seconds: float) -> str:
        return "at once" if seconds == 0 else format_duration(seconds, 3)

    told = said(predicted_s) if np.isfinite(predicted_s) else prediction.split(":")[0]
    seen = said(after_s) if np.isfinite(after_s) else f"not in {format_duration(observed_s, 2)}"
    return seen if prediction == "no formula" else f"{seen}  [{told}]"
