"""Primaries as a timeline and the rows of a run show them: how many at once, and what became of writes."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from simulator.describe.ground import Ground
from simulator.describe.system import System
from simulator.measure.rows import floats, integers
from simulator.tables.outcomes import CAUSES, DEGRADED, OK, Outcomes
from simulator.tables.timeline import Timeline

__all__ = ["WriteFates", "lost_writes", "two_primaries"]

Stretch = tuple[float, float]
_REFUSED = tuple(CAUSES.index(c) for c in ("nobody in rotation", "refused", "old term"))


@dataclass(frozen=True, slots=True)
class WriteFates:
    """What became of the writes to a pool.

    Attributes
    ----------
    kept, lost, diverged, refused : tuple of int
        Row numbers of the attempts; see :func:`lost_writes`.
    """

    kept: tuple[int, ...]
    lost: tuple[int, ...]
    diverged: tuple[int, ...]
    refused: tuple[int, ...]

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(getattr(self, name)) for name in ("kept", "lost", "diverged", "refused")}


def two_primaries(timeline: Timeline, pool: str, horizon: float) -> float:
    """Seconds in [0, `horizon`) during which two or more members of a pool held themselves for the primary.

    Counted are members in the role "primary" that are up and not paused: one that is down or asleep
    may believe what it likes, but takes no writes meanwhile.

    Parameters
    ----------
    timeline : Timeline
        Of a conducted run.
    pool : str
    horizon : float
        Seconds.
    """
    changes: list[tuple[float, int]] = []
    for member, stretches in _leading(timeline, pool, horizon).items():
        for start, end in _without(stretches, _absent(timeline, (pool, member))):
            changes += [(start, 1), (min(end, horizon), -1)]
    total, many, before = 0.0, 0, 0.0
    for time, step in sorted(changes):
        total += (time - before) * (many >= 2)
        many, before = many + step, time
    return total


def lost_writes(
    outcomes: Outcomes, timeline: Timeline, pool: str, system: System, *, horizon: float,
    lag: float = 0.0, quorum: bool = False, calls: Collection[str] = (),
) -> WriteFates:  # fmt: skip
    """What became of writes to a pool with a primary, by where they were written and who led later.

    A write is an attempt of one of `calls`; it is acknowledged if it was served (ok or degraded), and
    written when its member was done with it, at time t on member m.

    - **diverged**: another member had been promoted by t, in a later term. Both have taken writes.
    - **lost**: m was the primary, but the next member n that was promoted has not got it. Copies follow
      `lag` seconds behind. Replication from m to n runs while m is up and not paused and their zones
      reach each other; it last ran at d, at the latest at the promotion. n has what was written up to
      ``d - lag``, and no more.
    - **refused**: not acknowledged because there was nobody to ask ("nobody in rotation", "refused"), or
      a fencing token was too old ("old term"). With `quorum` also what a primary was given while it did
      not reach a majority of the members that were up: it could not acknowledge it.
    - **kept**: all other acknowledged writes.

    Parameters
    ----------
    outcomes : Outcomes
        With rows of attempts.
    timeline : Timeline
        Of the same run.
    pool : str
    system : System
        For zones and links.
    horizon : float
        Seconds.
    lag : float
        Seconds by which copies follow.
    quorum : bool
        A write is acknowledged only when a majority of the members has it, so none of those is lost.
    calls : collection of str
        Names of the calls that write; empty = all calls of the pool.

    Returns
    -------
    WriteFates
    """
    sites = [i for i, c in enumerate(outcomes.callee) if outcomes.pools[c] == pool]
    chosen = [i for i in sites if not calls or outcomes.sites[i] in calls]
    mine = np.isin(integers(outcomes, "attempts", "site"), chosen)
    acknowledged = np.isin(integers(outcomes, "attempts", "outcome"), (OK, DEGRADED))
    refused = mine & ~acknowledged & np.isin(integers(outcomes, "attempts", "cause"), _REFUSED)
    found: dict[str, list[int]] = {"kept": [], "lost": [], "diverged": [], "refused": []}
    found["refused"] = np.flatnonzero(refused).tolist()
    copies = _Copies(timeline, pool, system, horizon)
    members, written = (
        integers(outcomes, "attempts", "member"),
        floats(outcomes, "attempts", "served_s"),
    )
    for row in np.flatnonzero(mine & acknowledged).tolist():
        found[copies.fate(int(members[row]), float(written[row]), lag, quorum)].append(row)
    return WriteFates(**{name: tuple(sorted(rows)) for name, rows in found.items()})


class _Copies:
    """Who led when, and whose writes have reached whom."""

    def __init__(self, timeline: Timeline, pool: str, system: System, horizon: float) -> None:
        self._zones = [system[pool].zone_of(m) for m in range(system[pool].members)]
        self._ground, self._horizon = Ground.of(system), horizon
        self._absent = [_absent(timeline, (pool, m)) for m in range(len(self._zones))]
        cuts = [s for s in timeline.spells if s.links and not s.effect.up]
        self._cuts = [(s.start, s.end, s.links) for s in cuts]
        self._promoted = _promotions(timeline, pool)
        self._times = [time for time, _ in self._promoted]
        edges = {0.0, horizon} | {t for a, b, _ in self._cuts for t in (a, b)}
        edges |= {t for stretches in self._absent for pair in stretches for t in pair}
        self._edges = sorted(t for t in edges if t <= horizon)
        self._ran: dict[tuple[int, int, float], float] = {}

    def fate(self, member: int, written: float, lag: float, quorum: bool) -> str:
        """Of one acknowledged write."""
        now = bisect_right(self._times, written) - 1
        if quorum and not self._majority(member, written):
            return "refused"
        if now >= 0 and self._promoted[now][1] != member:
            return "diverged"
        if now + 1 == len(self._promoted) or self._promoted[now + 1][1] == member or quorum:
            return "kept"
        time, heir = self._promoted[now + 1]
        return "kept" if written <= self._last_ran(member, heir, time) - lag else "lost"

    def _last_ran(self, member: int, heir: int, time: float) -> float:
        """When copies last went from one to the other, at the latest at `time`."""
        key = (member, heir, time)
        if key not in self._ran:
            edges = [*self._edges[: bisect_right(self._edges, time)], time]
            ran = -math.inf
            for start, end in pairwise(edges):
                middle = (start + end) / 2
                if (
                    end > start
                    and self._there(member, middle)
                    and self._reach(member, heir, middle)
                ):
                    ran = end
            self._ran[key] = ran
        return self._ran[key]

    def _there(self, member: int, time: float) -> bool:
        return not any(start <= time < end for start, end in self._absent[member])

    def _reach(self, one: int, other: int, time: float) -> bool:
        cut = {name for start, end, links in self._cuts if start <= time < end for name in links}
        return self._ground.reach(self._zones[one], self._zones[other], self._ground.parts(cut))

    def _majority(self, member: int, time: float) -> bool:
        reached = [
            m
            for m in range(len(self._zones))
            if self._there(m, time) and self._reach(member, m, time)
        ]
        return 2 * len(reached) > len(self._zones)


def _promotions(timeline: Timeline, pool: str) -> list[tuple[float, int]]:
    """Time and member of each promotion to a new term, the first primary included."""
    found = []
    for change in timeline.changes:
        if change.what == "term" and change.members[0][0] == pool:
            found.append((change.at, change.members[0][1]))
    return found


def _leading(timeline: Timeline, pool: str, horizon: float) -> dict[int, list[Stretch]]:
    """When each member was in the role of a primary."""
    since: dict[int, float] = {}
    found: dict[int, list[Stretch]] = {}
    for change in timeline.changes:
        if change.what != "role" or change.members[0][0] != pool:
            continue
        for _, member in change.members:
            if change.value == "primary":
                since.setdefault(member, change.at)
            elif member in since:
                found.setdefault(member, []).append((since.pop(member), change.at))
    for member, start in since.items():
        found.setdefault(member, []).append((start, horizon))
    return found


def _absent(timeline: Timeline, who: tuple[str, int]) -> list[Stretch]:
    """When a member was down or paused, one stretch after the other."""
    times = sorted(
        (s.start, s.end)
        for s in timeline.spells
        if who in s.members and (not s.effect.up or s.effect.speed == 0.0)
    )
    merged: list[Stretch] = []
    for start, end in times:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without(stretches: Sequence[Stretch], taken: Sequence[Stretch]) -> list[Stretch]:
    """Stretches of time less others."""
    left = list(stretches)
    for start, end in taken:
        left = [
            part
            for a, b in left
            for part in ((a, min(b, start)), (max(a, end), b))
            if part[1] > part[0]
        ]
    return left
