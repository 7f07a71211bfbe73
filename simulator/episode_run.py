"""The traffic of one episode of faults, and of windows of health."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.describe.system import Scenario
from simulator.measure.estimates import Estimate, mean_estimate
from simulator.run.events.engine import Traffic
from simulator.run.events.record import Rows
from simulator.tables.outcomes import DEGRADED, IN_FLIGHT
from simulator.tables.timeline import Timeline

__all__ = ["Episode", "EpisodeRun", "Pace", "healthy_windows"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things are watched, seconds.

    Parameters
    ----------
    check_s : float
        Length of the windows by which the traffic is judged to be well.
    warm_s : float
        Traffic before a fault, to be in equilibrium; it is not counted.
    plateau_s : float
        Between two changes so much is run; the second half stands for the rest.
    settle_s : float
        Faults closer than this are one episode.
    limit_s : float
        An episode that is not well so long after its last fault is stuck.
    """

    check_s: float
    warm_s: float
    plateau_s: float
    settle_s: float
    limit_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Episode:
    """Faults that belong together.

    Parameters
    ----------
    replication, number : int
    start, end : float
        First fault and end of the last one, seconds.
    until : float
        When the next episode begins, seconds.
    kind : str
        Causes, in order of the alphabet.
    down_s : float
        Time the system is down by its structure.
    """

    replication: int
    number: int
    start: float
    end: float
    until: float
    kind: str
    down_s: float


def healthy_windows(scenario: Scenario, pace: Pace, *, seed: int, windows: int) -> tuple[Estimate, int, int]:
    """Share of requests that fail in health, and what a window of health looks like at worst.

    Returns
    -------
    Estimate
        Each window counts as one observation, weighed alike.
    int, int
        Most failures in a check window, and most requests under way at its end.
    """
    shares, failures, under_way = [], 0, 0
    for number in range(windows):
        long = replace(scenario, horizon=pace.warm_s + pace.plateau_s)
        run = Traffic(
            long, Timeline(), seed=seed, replication=2_000_000 + number, attempts=False
        )
        run.advance(pace.warm_s)
        before = _failed(run)
        time = pace.warm_s
        while time + pace.check_s <= long.horizon:
            time += pace.check_s
            run.advance(time)
            now = _failed(run)
            failures, before = max(failures, now - before), now
            under_way = max(under_way, len(run.record.under_way))
        rows = run.finish().requests
        counted = np.asarray(rows["sent_s"] >= np.float64(pace.warm_s))
        bad = _bad(rows["outcome"])
        shares.append(float((bad & counted).sum()) / max(int(counted.sum()), 1))
    return mean_estimate(np.array(shares)), failures, under_way


def _failed(run: Traffic) -> int:
    return sum(sum(row[2:]) for row in run.record.requests)


def _bad(outcome: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    return np.asarray((outcome > DEGRADED) & (outcome != IN_FLIGHT))


class EpisodeRun:
    """The traffic of one episode, on a clock without the dull parts.

    Parameters
    ----------
    scenario : Scenario
    timeline : Timeline
        Of the replication.
    episode : Episode
    pace : Pace
    seed : int
    index : int
        Number of the episode: its luck.
    rate : float
        Requests per second of all sources.
    same_luck : bool
        Instead: the luck of the whole replication, request by request, and nothing left out; then an
        episode is a piece of the run of the whole horizon.
    """

    def __init__(
        self, scenario: Scenario, timeline: Timeline, episode: Episode, pace: Pace, seed: int, index: int,
        rate: float, same_luck: bool = False,
    ) -> None:  # fmt: skip
        self.pace, self.episode, self.rate = pace, episode, rate
        begins = max(episode.start - pace.warm_s, 0.0)
        zero = 0.0 if same_luck else begins  # what the clock calls 0
        self.count_from = episode.start - zero
        around = timeline if same_luck else timeline.between(begins, episode.end + pace.limit_s)
        end = episode.end - zero
        self.jumps = [] if same_luck else _jumps(around, self.count_from, end, pace.plateau_s)
        self.last_fault = self.squeezed(end)
        # What comes after the horizon of the scenario, or belongs to the next episode, does not count.
        room = min(pace.limit_s, episode.until - episode.end, scenario.horizon - episode.end)
        self.horizon = self.last_fault + room
        spells = [
            replace(s, start=self.squeezed(s.start), end=self.squeezed(s.end)) for s in around.spells
        ]
        whole = replace(scenario, horizon=self.horizon + 2 * pace.check_s)
        number = episode.replication if same_luck else 3_000_000 + index
        self.traffic = Traffic(
            whole, Timeline(spells), seed=seed, replication=number, attempts=False, begins=begins - zero
        )
        self.stuck, self.settled_s = 0, 0.0
        self.crowded = self.growing = False
        self.failed = self.sent = self.degraded = 0.0

    def squeezed(self, time: float) -> float:
        """Time of day on the clock without the dull parts."""
        skipped = 0.0
        for start, length in self.jumps:
            skipped += min(max(time - start, 0.0), length)
        return time - skipped

    def until_well(self, worst: int, most: int, after_effects: bool) -> None:
        """Run until two windows in a row look like health, then count."""
        check, run = self.pace.check_s, self.traffic
        self._watch_plateaus(most)
        run.advance(self.last_fault)
        time, well, before = self.last_fault, 0, _failed(run)
        while after_effects and well < 2:
            if time + check > self.horizon:
                self.stuck = int(self.horizon - self.last_fault >= self.pace.limit_s - check)
                time = self.horizon
                break
            time += check
            run.advance(time)
            now = _failed(run)
            fine = now - before <= worst + 3.0 * math.sqrt(worst + 1.0)
            fine = fine and len(run.record.under_way) <= 1.5 * most + 5
            well, before = (well + 1 if fine else 0), now
        self.settled_s = time - self.last_fault
        run.advance(time + 2 * check)
        self._count(time)

    def _watch_plateaus(self, most: int) -> None:
        """Whether requests pile up that may fail only later, where part of a plateau is left out.

        A pool with 2 % too little capacity serves in time for 50 times the timeout, and then hardly
        anybody. A plateau may not stand for the rest while more are under way than in health, unless
        they fail already (`crowded`); a longer one may not while their number rises (`growing`).
        """
        run, looks = self.traffic, 16
        for start, _ in self.jumps:
            begins, seen = self.squeezed(start), []
            for k in range(looks, -1, -1):
                run.advance(begins - k * self.pace.plateau_s / looks)
                seen.append((len(run.record.under_way), _failed(run)))
            many, failed = np.array(seen, dtype=np.float64).T
            failing = failed[-1] - failed[looks // 2] > 0.25 * self.rate * self.pace.plateau_s
            if many.max() > 1.5 * most + 5 and not failing:
                self.crowded = True
                half = looks // 2
                self.growing |= bool(many[half + 1 :].mean() > 1.5 * many[1 : half + 1].mean() + 3)

    def _count(self, until: float) -> None:
        record = self.traffic.record
        assert isinstance(record, Rows)  # as it was made
        rows = record.table("requests")  # what is still under way has not failed
        sent, outcome = rows["sent_s"], rows["outcome"]
        counted = (sent >= self.count_from) & (sent < until)
        bad, degraded = _bad(outcome), outcome == DEGRADED
        self.sent = float(counted.sum())
        self.failed = float((bad & counted).sum())
        self.degraded = float((degraded & counted).sum())
        for start, length in self.jumps:  # shares, not counts: what is left out has no luck of its own
            begins = self.squeezed(start)
            half = (sent >= begins - self.pace.plateau_s / 2.0) & (sent < begins)
            many, left_out = max(int(half.sum()), 1), self.rate * length
            self.sent += left_out
            self.failed += left_out * float((bad & half).sum()) / many
            self.degraded += left_out * float((degraded & half).sum()) / many


def _jumps(timeline: Timeline, start: float, end: float, plateau: float) -> list[tuple[float, float]]:
    """Dull parts: where each begins, and how long it is, seconds."""
    changes = {start, end}
    changes |= {t for s in timeline.spells for t in (s.start, s.end) if start < t < end}
    ordered = sorted(changes)
    return [
        (a + plateau, b - a - plateau) for a, b in pairwise(ordered) if b - a > 1.5 * plateau
    ]
