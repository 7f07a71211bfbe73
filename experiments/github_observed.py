"""What one run of the GitHub outage shows, by the ids of its observables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.outage import build
from experiments.outage_story import Story
from models.github_2018 import BEGINS, CUT_AFTER, at_clock, scenario
from simulator.conducting import Conducted, conduct
from simulator.describe.backlogs import Backlog
from simulator.describe.profiles import Profile
from simulator.describe.system import Scenario
from simulator.describe.units import HOUR, MIN
from simulator.rules.backlog import BacklogHistory

__all__ = ["QUICK", "age_h", "hour_of_day", "observe"]

QUICK = {"page_rate": 0.3}  # traffic of the quick version
FEW = {"page_rate": 0.05, "writes": 0.5, "horizon": CUT_AFTER + 5 * MIN}  # to see only who leads
SHORT_CUT = 4.0  # s: shorter than any detection
_MIDNIGHT = 24 * HOUR - BEGINS


def observe(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Run the model once, and twice more up to the cut; values by id of the observables."""
    settings = {**(QUICK if asked["quick"] else {}), **asked["settings"]}
    scenario_ = build(scenario, settings)
    run = conduct(scenario_, seed=asked["seed"])
    return {
        **_of_leaders(settings, run, asked["seed"]),
        **_of_pages(run),
        **_of_amounts(scenario_, run),
    }


# --- who leads ------------------------------------------------------------------------------------


def _of_leaders(settings: Mapping[str, Any], run: Conducted, seed: int) -> dict[str, Any]:
    short = _leader({**settings, "cut_s": SHORT_CUT}, seed)
    moved = _leader({**settings, **_voter_moved(settings)}, seed)
    side, east, west = _side(run), *_unique_writes(run)
    failed_over = "yes" if side == "West" else "no"
    return {
        "G1": f"{failed_over}, {'none' if short == 'East' else 'one'} in a short cut",
        "G2": f"{side}, {moved} with the voter moved",
        "G3": "no, both sides hold writes of their own" if east and west else "yes",
        "G4": float(east),
        "G5": west / east if east else float("inf"),
        "cut_outage": _outage_s(run),
    }


def _voter_moved(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The vote of the public cloud stands in the data centre beside it."""
    east = float(settings.get("voters_east", 1.0)) + float(settings.get("voters_cloud", 1.0))
    return {"voters_east": east, "voters_cloud": 0.0}


def _leader(settings: Mapping[str, Any], seed: int) -> str:
    return _side(conduct(build(scenario, {**settings, **FEW}), seed=seed, attempts=False))


def _side(run: Conducted) -> str:
    """Where the primary is five minutes after the cut, or at the end of a short run."""
    east = {f"mysql[{m}]" for m in range(3)}
    leader = "mysql[0]"
    for change in run.timeline.changes:
        if change.at > CUT_AFTER + 5 * MIN:
            break
        if change.what == "role" and change.value == "primary":
            pool, member = change.members[0]
            leader = f"{pool}[{member}]"
    return "East" if leader in east else "West"


def _unique_writes(run: Conducted) -> tuple[int, int]:
    """Writes of the busiest cluster that only East has, and only West, by the middle of 23:13 to 23:32.

    East: acknowledged by a member there from the cut on, before the fail-back. West: by a member there.
    """
    assert run.outcomes is not None  # the model has sources
    rows = run.outcomes.attempts
    mine = rows["source"].astype(int) == run.outcomes.sources.index("writers")
    done = rows["ended_s"].astype(float)
    well = (
        mine
        & (rows["outcome"].astype(int) <= 1)
        & (done >= CUT_AFTER)
        & (done < at_clock("23:22") + 30.0)
    )
    east = rows["member"].astype(int) < 3
    if not (well & ~east).any():
        return 0, 0  # nobody else led: what East has is what there is
    return int((well & east).sum()), int((well & ~east).sum())


def _outage_s(run: Conducted) -> float:
    """Seconds from the cut until people's pages are served in their usual time again.

    Pages are asked for half an hour. If most are slow in its last five minutes, they are until the
    primaries are back in the East, at the published time.
    """
    story = Story(run, CUT_AFTER)
    pages = story.of("people", "page") & (story.sent >= CUT_AFTER)
    usual = _latency(story, story.of("people", "page") & (story.ended < CUT_AFTER))
    slow = pages & (~story.well | (story.ended - story.sent > 3 * usual))
    late = pages & (story.sent >= story.sent.max() - 5 * MIN)
    if slow[late].sum() > 0.5 * late.sum():
        return at_clock("11:12") - CUT_AFTER
    return float(story.ended[slow].max() - CUT_AFTER) if slow.any() else 0.0


# --- what people feel -----------------------------------------------------------------------------


def _of_pages(run: Conducted) -> dict[str, Any]:
    """Half an hour after the cut: are pages three times as slow, git not; do copies miss writes?"""
    story = Story(run, CUT_AFTER)
    later = (story.sent > CUT_AFTER + 2 * MIN) & (story.sent < at_clock("23:19"))
    told = {}
    for kind in ("page", "git"):
        rows = story.of("people", kind)
        before, after = (_latency(story, rows & part) for part in (story.ended < CUT_AFTER, later))
        share = float(story.well[rows & later].mean()) if (rows & later).any() else 0.0
        told[kind] = "slow" if after > 3 * before or share < 0.9 else "well"
    diverged = _side(run) == "West" and all(_unique_writes(run))
    reads = "stale" if diverged else "fresh"
    return {"G6": f"pages {told['page']}, reads {reads}, git {told['git']}"}


def _latency(story: Story, rows: np.ndarray) -> float:
    """Median time of those served, seconds."""
    served = rows & story.well
    return float(np.median((story.ended - story.sent)[served])) if served.any() else float("nan")


# --- what grows for a day -------------------------------------------------------------------------


def _of_amounts(scenario_: Scenario, run: Conducted) -> dict[str, Any]:
    rules = {rule.name: rule for rule in scenario_.backlogs}
    replay, hooks = run.backlogs["replay"], run.backlogs["hooks"]
    lag = {
        clock: age_h(rules["replay"], replay, at_clock(clock))
        for clock in ("06:51", "11:12", "13:00", "13:30")
    }
    step, done = run.first("follow: in step", "note"), run.first("queue: done", "note")
    notes = [
        c
        for c in run.timeline.changes
        if c.cause.startswith("restore:") and "restored" in c.words()
    ]
    restored = [c.at for c in notes]
    count = sum(at <= at_clock("06:51") for at in restored)
    several = (
        "none"
        if not restored
        else "several"
        if 2 <= count < len(restored)
        else f"{count} of {len(restored)}"
    )
    order = _order(restored, [float(c.words().split()[0]) for c in notes])
    return {
        "G7a": several, "G7b": f"{several}, {order}", "G8": lag["06:51"], "G9": lag["11:12"],
        "G10": "grows" if lag["13:30"] > lag["13:00"] and lag["13:30"] > 0.05 else "shrinks",
        "G11": hour_of_day(step), "G13": _at(hooks, at_clock("16:45")) / 1e6, "G14": hour_of_day(done),
        "G15": float(hooks.expired[-1]) / 1e3,
        "total_h": (max(done, step) - CUT_AFTER) / HOUR if np.isfinite(done) and np.isfinite(step) else float("inf"),
    }  # fmt: skip


def _order(times: list[float], sizes: list[float]) -> str:
    """In which order the clusters (TB) were restored, as the log has them."""
    if len(set(times)) <= 1:
        return "at once"
    return "smallest first" if sizes == sorted(sizes) else "in another order"


def hour_of_day(time: float) -> float:
    """Hours after 00:00 of the day after the cut; infinite if it never was."""
    return (time - _MIDNIGHT) / HOUR if np.isfinite(time) else float("inf")


def _at(history: BacklogHistory, time: float) -> float:
    return float(np.interp(time, history.time, history.waiting))


def age_h(rule: Backlog, history: BacklogHistory, time: float) -> float:
    """Age of the oldest amount that waits, hours: how far a copy is behind."""
    assert isinstance(rule.inflow, Profile)  # writes follow the day
    came = float(rule.inflow.total(np.array([time]))[0])
    head = float(rule.inflow.time_of(np.array([max(came - _at(history, time), 0.0)]))[0])
    return max(time - head, 0.0) / HOUR
