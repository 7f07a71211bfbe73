"""What one run of the S3 outage shows, by the ids of its observables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.outage import build
from experiments.outage_story import Flags, Story
from models.s3_2017 import REMOVED_AT, scenario
from simulator.conducting import Conducted, conduct

__all__ = ["BIN", "QUICK", "observe"]

QUICK = {"rate": 0.5, "job_rate": 0.005, "poll_s": 10.0}  # traffic of the quick version
FEBRUARY_MIN = 28 * 24 * 60
BIN = 120.0  # s, of the shares over time
LOOKED = 1500.0  # s after the command
DEPENDENTS = {"functions": "events", "launches": "launches_users", "restores": "restores_users",
              "running machines": "running_users", "attached volumes": "volumes_users"}  # fmt: skip


def observe(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Run the model once; values by id of the observables."""
    settings = {**(QUICK if asked["quick"] else {}), **asked["settings"]}
    story = Story(
        conduct(build(scenario, settings), seed=asked["seed"], attempts=False), REMOVED_AT
    )
    everyone, client = story.of("everyone"), story.of("client")
    gets = everyone & ~story.of("everyone", "PUT")
    first_get, first_put = story.first_well(gets), story.first_well(story.of("everyone", "PUT"))
    opens = REMOVED_AT + 60.0 * (first_get if np.isfinite(first_get) else 0.0)
    return {
        "S1": first_get,
        "S2": story.last_failed(gets),
        "S3": _ramp(story, gets, opens),
        "S4": story.last_failed(story.of("everyone", "PUT")),
        "S5": "GET before PUT" if first_put > first_get + 1.0 else "GET and PUT together",
        "S6": _collapse(story, client),
        "S7": _floor(story, everyone, opens),
        "S8": _fallen(story, opens),
        "S9": story.minutes(story.run.first("tell customers: 1", "note")) if _told(story.run) else float("inf"),
        "S10": _month(story, gets),
        "S10p": _month(story, story.of("everyone", "PUT")),
        "S11": _after(story, first_get),
        "failed": 100.0 * (1.0 - story.share_well(everyone, REMOVED_AT, story.outcomes.horizon_s)),
    }  # fmt: skip


def _told(run: Conducted) -> bool:
    return bool(np.isfinite(run.first("tell customers: 1", "note")))


def _ramp(story: Story, gets: Flags, opens: float) -> float:
    """Minutes from the first answer until nine of ten requests are served.

    In bins of two minutes, or longer ones where fewer than 300 requests would fall into one.
    """
    if opens <= REMOVED_AT:
        return 0.0
    width = max(BIN, 300.0 * story.outcomes.horizon_s / gets.sum())
    middle, share = story.shares(gets, width)
    later = (middle > opens) & (share >= 0.9)
    return float((middle[later][0] - opens) / 60.0) if later.any() else float("inf")


def _collapse(story: Story, client: Flags) -> float:
    """Seconds from the command until the client has an error and no success after it for ten minutes."""
    failed = np.flatnonzero(client & ~story.well & (story.sent >= REMOVED_AT))
    for row in failed:
        sent = story.sent[row]
        if story.share_well(client, sent, sent + 600.0) == 0.0:
            return float(story.ended[row] - REMOVED_AT)
    return float("inf")


def _down_until(opens: float) -> float:
    """End of the time in which it is down: the first answer, at most 25 minutes after the command.

    An answer within a minute is none that ends anything: some are served all the time. Lost servers are
    put back after 27.5 minutes even where nothing restarts.
    """
    return min(opens if opens > REMOVED_AT + 60.0 else np.inf, REMOVED_AT + LOOKED)


def _floor(story: Story, rows: Flags, opens: float) -> float:
    """Percent served from ten seconds after the command while it is down."""
    return 100.0 * story.share_well(rows, REMOVED_AT + 10.0, _down_until(opens))


def _fallen(story: Story, opens: float) -> str:
    """Who is served less than one time in ten while S3 is down; what has not ended by then is not served."""
    until = _down_until(opens)
    down = []
    for name, source in DEPENDENTS.items():
        rows = story.of(source) & (story.sent >= REMOVED_AT) & (story.sent < until)
        served = story.well & (story.ended <= until)
        if rows.any() and served[rows].mean() < 0.1:
            down.append(name)
    told = story.run.first("tell customers: 1", "note")
    page = [] if told < REMOVED_AT + 600.0 else ["status page"]
    return ", ".join([*down, *page]) or "nothing"


def _month(story: Story, rows: Flags) -> float:
    """Percent served over February, had this been its only outage and its minutes alike."""
    window = story.outcomes.horizon_s - REMOVED_AT
    failed = 1.0 - story.share_well(rows, REMOVED_AT, story.outcomes.horizon_s)
    return 100.0 * (1.0 - failed * window / 60.0 / FEBRUARY_MIN)


def _after(story: Story, first_get: float) -> str:
    """Do those who queue recover later than S3, and those who ask at once with it?"""
    jobs, launches = story.of("events"), story.of("launches_users")
    waiting = (
        jobs
        & (story.sent < REMOVED_AT + 60 * first_get)
        & (story.ended > REMOVED_AT + 60 * first_get)
    )
    lag = story.minutes(story.ended[waiting].max()) - first_get if waiting.any() else 0.0
    direct = story.first_well(launches) - first_get
    queues = "queues later" if lag > 1.0 else "queues with S3"
    return f"{queues}, requests {'with S3' if direct < 5.0 else 'later'}"
