"""Do the published numbers about retries, storms and caches come out here?

Scenario: seven published studies of retries and of overload that stays, each described in the words of
the library where those can say it: a contest of backoffs for one row, four strategies of retrying, the
ten-second pause of HotOS'21 and what helps against it, the MongoDB experiment of OSDI'22, a server that
slows down under load, a cold cache, and retries in layers.
Method: the request engine, with the published parameters, and a small simulation of its own where a
study has no queues (the contest; a breaker that counts since the start). One row for each published
figure: how far ours is from it in percent and in standard errors, how close was asked for before, and
the verdict. Errors are between runs; published single runs are given the error of one run.
Look at: the column of verdicts, and every row that says DIFFERS: nothing is left out for not coming
out. About one figure in 400 is more than 3 standard errors off for no reason. Two kinds are worth a look:
a server that "serves a fifth for ever" is a mean of runs that serve all or nothing; and outcomes a second
apart need more than 200 requests per second, or the luck of the arrivals decides them.
Sources: in the docstrings of published_retries, published_storms and published_load.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from experiments.comparing import DIFFERS, Said, table_of, tally
from experiments.comparing import Figure as Published
from experiments.published_load import PUBLISHED_COLD, cold_figures, collapse_figures
from experiments.published_retries import (
    PUBLISHED_STRATEGIES,
    contest_figures,
    layer_figures,
    strategy_figures,
)
from experiments.published_storms import PAUSE, mongo_figures, pause_figures
from experiments.running import main, quantities

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

TRIALS, QUICK_TRIALS = 150, 8  # of a contest of backoffs
STRATEGY_RUNS, QUICK_STRATEGY_RUNS = 3, 1
QUICK_FAILURES = (0.5,)
MONGO_SEEDS = 3
COLLAPSES, QUICK_COLLAPSES = 10, 1
COLD_RUNS, QUICK_COLD_RUNS = 30, 2
QUICK_LIMITS = (100.0,)  # fetches per second


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: every published figure beside ours; the collapse over time."""
    pause = quantities(settings, {"pause": PAUSE})["pause"]
    found: list[Published | Said] = []
    found += contest_figures(seed, quick, jobs, QUICK_TRIALS if quick else TRIALS)
    failures = QUICK_FAILURES if quick else tuple(PUBLISHED_STRATEGIES)
    many = QUICK_STRATEGY_RUNS if quick else STRATEGY_RUNS
    found += strategy_figures(seed, failures, many, jobs, quick)
    found += pause_figures(seed, quick, jobs, pause)
    found += mongo_figures(seed, quick, jobs, MONGO_SEEDS)
    rows, lines = collapse_figures(seed, quick, jobs, QUICK_COLLAPSES if quick else COLLAPSES)
    found += rows
    limits = QUICK_LIMITS if quick else tuple(PUBLISHED_COLD)
    found += cold_figures(seed, limits, QUICK_COLD_RUNS if quick else COLD_RUNS, jobs)
    found += layer_figures(seed)
    return {"figures": table_of(found), "collapse": lines}


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each study: figures, how many agree, the largest distances, what does not agree."""
    return tally(tables["figures"])


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """How many agree, and what does not."""
    table = tables["figures"]
    off = table[table["verdict"] == DIFFERS]
    said = [f"{len(table) - len(off)} of {len(table)} published figures come out."]
    for row in off.to_dict("records"):
        ours = "not within the run" if math.isnan(row["ours"]) else f"{row['ours']:.5g}"
        said.append(
            f"{row['group']}: {row['what']}: published {row['published']:.5g}, here {ours} "
            f"(asked for: {row['allowed']})."
        )
    return said


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """How far apart in percent, and goodput over time in the collapse."""
    from simulator.show.lines import plot_lines

    collapse = plot_lines(
        tables["collapse"], "time_s", "goodput_per_s", "line", x_label="time (s)",
        y_label="requests answered per second",
        title="After the spike every run with jitter recovers; without backoff few do",
        note="twice the load from 20 to 25 s, or a ramp to it that peaks at 25 s; means over runs",
    )  # fmt: skip
    return {"collapse.png": collapse, "distances.png": _distances(tables["figures"])}


def _distances(table: pd.DataFrame) -> Figure:
    """One point for each figure, by study: ours in percent of the published value."""
    from simulator.show.style import BLUE, VERMILLION, in_house_style, new_figure

    @in_house_style
    def drawn() -> Figure:
        figure, axes = new_figure(
            "How far from the published figures", ("one point for each; red: further than asked for",), 4.6
        )  # fmt: skip
        shown = table[table["off_percent"].notna()]
        studies = list(dict.fromkeys(shown["group"]))[::-1]
        for height, study in enumerate(studies):
            part = shown[shown["group"] == study]
            spread = [(0.5 * (i + 0.5) / len(part)) - 0.25 for i in range(len(part))]
            colours = [VERMILLION if v == DIFFERS else BLUE for v in part["verdict"]]
            axes.scatter(part["off_percent"], [height + d for d in spread], c=colours, s=16)
        axes.axvline(0.0, color="#222222", linewidth=1.0)
        axes.set_yticks(range(len(studies)), studies)
        axes.set_xscale("symlog", linthresh=1.0)
        ticks = (-100, -10, -1, 0, 1, 10, 100)
        axes.set_xticks(ticks, [f"{t:+d} %" if t else "0" for t in ticks])
        axes.set_xlabel("ours against the published value (even up to 1 %, then logarithmic)")
        return figure

    return drawn()


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
