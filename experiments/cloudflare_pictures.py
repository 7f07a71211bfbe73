"""Pictures and words of the Cloudflare outage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.show.incident import plot_threshold
from simulator.show.style import MARKS, QUIET, SERIES, in_house_style, new_figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simulator.tables.changes import Change

__all__ = ["canary", "guards", "told"]


def told(changes: Sequence[Change]) -> list[tuple[float, str]]:
    """The changes worth a mark: of the builds of a wave the last, and what people did."""
    found: list[tuple[float, str]] = []
    for cause in dict.fromkeys(c.cause for c in changes if c.what == "build"):
        builds = [c for c in changes if c.cause == cause and c.what == "build"]
        what = "on" if builds[0].value is not None else "off"
        found.append((builds[-1].at, f"rule {what} in the last city"))
    for change in changes:
        who, _, step = change.cause.partition(": ")
        if change.what == "note" and who == "kill the rule":
            done = f"{step}: done" if change.value == "has access" else str(change.value)
            found.append((change.at, done))
        elif change.what == "note" and str(change.value).startswith("halted"):
            found.append((change.at, str(change.value)))
    return sorted(found)


@in_house_style
def guards(table: pd.DataFrame) -> Figure:
    """Length of the lines against the fall, and against the work asked of a core, one line for each limit."""
    told = ["dots: simulated; dashed: 1 - 1 / load", "other long lines are four times as long"]
    figure, fall = new_figure("What a limit on steps is worth depends on the lines", told, 6.4)
    figure.set_layout_engine("none")
    fall.set_position((0.09, 0.50, 0.88, 0.36))
    load = figure.add_axes((0.09, 0.08, 0.88, 0.36), sharex=fall)
    for number, (name, rows) in enumerate(table.groupby("guard", sort=False)):
        colour, x = SERIES[number % len(SERIES)], rows["length_g"]
        hollow = "white" if number == 3 else colour  # it lies on the one before
        fall.plot(x, rows["fall"], MARKS[number], ms=5, mfc=hollow, color=colour, label=str(name))
        fall.plot(x, rows["formula"], color=colour, lw=1.0, ls="--")
        load.plot(x, rows["load"], marker=MARKS[number], ms=5, mfc=hollow, lw=1.2, color=colour)
    fall.set_ylabel("fewer requests served (%)")
    fall.legend(frameon=False, fontsize=8, loc="upper left")
    load.axhline(1.0, color=QUIET, lw=1.0, ls="--")
    load.annotate("all that a core can do", (0.995, 1.0), (0, 3), xycoords=("axes fraction", "data"),
                  textcoords="offset points", ha="right", fontsize=8, color=QUIET)  # fmt: skip
    load.set_yscale("log")
    load.set_xscale("log")
    load.set_ylabel("work asked of a core")
    load.set_xlabel("median characters of a JSON-like line")
    ticks = sorted(table["length_g"].unique())
    load.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    load.set_yticks([0.5, 1, 2, 5, 10, 20], ["0.5", "1", "2", "5", "10", "20"])
    load.minorticks_off()
    fall.tick_params(labelbottom=False)
    return figure


def canary(table: pd.DataFrame) -> Figure:
    """How long a canary is watched against who gets the rule, one line for each size."""
    return plot_threshold(
        table, x="soak_s", y="hit", group="canary",
        words=("seconds that the first cities are watched", "cities that got the rule (%)",
               "{:.3g} % of the cities first"),
        title="A canary bounds the damage if it is watched until the alarm", logarithmic=True,
        mark=(float(table["halted_s"].median()), "the alarm"),
    )  # fmt: skip
