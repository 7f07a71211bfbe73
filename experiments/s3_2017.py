"""Amazon S3, 2017-02-28: what does one wrong argument do, and which of the published lessons would have helped?

Scenario: models/s3_2017.py: index and placement lose more servers than they can spare, and must restart
in full, one after the other; clients, functions, launches and the status page depend on them.
Method: every request of six hours, five seeds; two constants are fitted (the first GET at 169 minutes,
placement 36 minutes after the index), the rest is predicted, each against a null model that is run, too.
With --full each constant is moved by 30 % either way, and each lesson is tried on the same luck.
Look at: AWS published three times and no rate, so few of these are numbers. What is predicted is that the
service falls at once and altogether, not in proportion; how long the ramp is; that PUT comes last; who
falls with it and who does not. Not predicted: how long the first restart takes, and the two hours until
the status page spoke: people found a way around it.
Sources: the AWS summary of the disruption; Tarsnap's error log; Catchpoint and ThousandEyes. Numbers and
their classes: models/evidence/s3_2017.py.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments import outage_pictures
from experiments.outage import (
    Lesson,
    Outage,
    build,
    full_option,
    headline,
    item,
    lessons_table,
    observables_table,
    scale_table,
    split,
)
from experiments.outage_story import Story
from experiments.remembered import remembered
from experiments.running import main
from experiments.s3_observed import BIN, QUICK, observe
from models.evidence.s3_2017 import EVIDENCE, PUBLISHED
from models.s3_2017 import BEGINS, REMOVED_AT, scenario
from simulator.conducting import conduct
from simulator.describe.units import HOUR

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

USUAL = ("full",)  # the whole of it, which `make results` makes
SEEDS, QUICK_SEEDS, LESSON_SEEDS = 5, 1, 3
LARGER = {"rate": 9.0}  # three times the traffic: do the scored numbers move?


LESSONS = {
    "slower, stopped": Lesson(
        "remove capacity more slowly, and stop at an alarm",
        {"remove_per_min": 5, "stopped_after_min": 5},
        ("S2", "S4", "failed"),
    ),
    "slower, not stopped": Lesson(
        "remove capacity more slowly, nobody stops it",
        {"remove_per_min": 5},
        ("S2", "S4", "failed"),
    ),
    "floor": Lesson(
        "refuse to go below the capacity needed", {"floor": True}, ("S2", "S4", "failed")
    ),
    "audit": Lesson(
        "audit other tools for the same check",
        arithmetic="a share q of the tools guarded: (1 - q) times as many outages a year",
    ),
    "cells": Lesson("ten cells, each with its own checkers", {"cells": 10}, ("S2", "S4", "failed")),
    "cells that help": Lesson(
        "ten cells, the checkers of all help the one",
        {"cells": 10, "checkers_shared": True},
        ("S2", "S4", "failed"),
    ),
    "faster check": Lesson(
        "recovery twice as fast", {"check_speed": 2.0}, ("S1", "S2", "S4", "failed")
    ),
    "opens earlier": Lesson(
        "open at 50 % of the data",
        {"f_open": 0.5, "check_speed": EVIDENCE.value("f_open") / 0.5},
        ("S1", "S2", "failed"),
    ),
    "page elsewhere": Lesson(
        "status page in several regions", {"dashboard_on_s3": False}, ("S9", "S4")
    ),
    "exercise": Lesson(
        "exercise full restarts",
        arithmetic="the outage is as long; the error of its forecast shrinks",
    ),
    "order": Lesson(
        "placement does not wait for the index (ours)",
        {"placement_parallel": True},
        ("S4", "failed"),
    ),
}

OUTAGE = Outage("s3_2017", EVIDENCE, observe, LESSONS)
REMOVAL_RATES = (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 20.0)  # servers a minute, of each subsystem
ALARM_DELAYS = (2.0, 5.0, 10.0, 20.0)  # minutes


arguments = full_option
summarise = headline


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = (), full: bool = False
) -> dict[str, pd.DataFrame]:
    """Tables: observables, events and shares over time; with `full` lessons and curves."""
    base = split(scenario, settings)
    seeds = range(seed, seed + (QUICK_SEEDS if quick else SEEDS))
    tables = {
        "observables": observables_table(OUTAGE, seeds, base, quick, jobs, full),
        **_over_time(base, seed, quick),
    }
    if full:
        tables |= {
            "lessons": lessons_table(OUTAGE, seeds[:LESSON_SEEDS], base, jobs),
            "removal": _removal(base, seed, jobs), "scale": scale_table(OUTAGE, base, LARGER, seed, jobs),
        }  # fmt: skip
    return tables


def _over_time(base: Mapping[str, Any], seed: int, quick: bool) -> dict[str, pd.DataFrame]:
    """Shares served over time, and the published and simulated events on one clock."""
    import pandas as pd

    story = Story(
        conduct(build(scenario, {**(QUICK if quick else {}), **base}), seed=seed, attempts=False),
        REMOVED_AT,
    )
    curves = {"GET": story.of("everyone") & ~story.of("everyone", "PUT"), "PUT": story.of("everyone", "PUT"),
              "launches": story.of("launches_users"), "running machines": story.of("running_users")}  # fmt: skip
    shares = []
    for name, rows in curves.items():
        middle, share = story.shares(rows, 5 * BIN if quick else BIN)
        shares += [{"time_s": t, "what": name, "served": s} for t, s in zip(middle, share)]
    changes = outage_pictures.told_changes(story.run.timeline.changes)
    clock = outage_pictures.clocked(PUBLISHED, 17 * HOUR)
    events = [{"side": "published", "time_s": at, "what": what} for at, what in clock]
    events += [{"side": "simulated", "time_s": at, "what": what} for at, what in changes]
    return {"shares": pd.DataFrame(shares), "events": pd.DataFrame(events)}


def _removal(base: Mapping[str, Any], seed: int, jobs: int) -> pd.DataFrame:
    """Minutes without PUT by speed of the removal and delay of the alarm."""
    import pandas as pd

    grid = [(rate, delay) for rate in REMOVAL_RATES for delay in ALARM_DELAYS]
    items = [
        item({**base, "remove_per_min": r, "stopped_after_min": d}, seed, True) for r, d in grid
    ]
    found = remembered(OUTAGE.name, observe, items, jobs, "removal")
    return pd.DataFrame(
        [
            {"per_min": r, "alarm_min": d, "removed": r * d, "outage_min": v["S4"]}
            for (r, d), v in zip(grid, found)
        ]
    )


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What the table does not say."""
    told = ["Not predicted: how long the first restart takes (fitted), and that the status page spoke after "
            "two hours (people found a way around it)."]  # fmt: skip
    return told + outage_pictures.remarks(tables)


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Pictures by file name."""
    found = {
        "timeline.png": outage_pictures.timeline(
            tables["shares"], tables["events"], BEGINS, "Amazon S3, 2017-02-28 (UTC)"
        )
    }
    if "removal" in tables:
        found["removal.png"] = outage_pictures.removal(tables["removal"])
    if "lessons" in tables:
        found["lessons.png"] = outage_pictures.lessons(
            tables["lessons"], "failed", "requests that failed from 17:37 to 23:00 (%)"
        )
    return found


if __name__ == "__main__":
    sys.exit(main(sys.modules["__main__"]))
