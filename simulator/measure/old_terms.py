"""Old terms: writes of a primary that was replaced meanwhile, and time without a primary of the latest term.

What became of the writes to the pool itself is in :mod:`simulator.measure.leadership`.
"""

from __future__ import annotations

import math

import numpy as np

from simulator.measure.rows import floats, integers, number_of
from simulator.tables.outcomes import DEGRADED, Outcomes
from simulator.tables.timeline import Timeline

__all__ = ["stale_writes", "without_primary"]


def stale_writes(outcomes: Outcomes, timeline: Timeline, pool: str, store: str) -> tuple[int, ...]:
    """Writes under an older term that a store took after one under a later term: old on top of new.

    The store took a write when it was served there, whoever still waited for it. With `store` the
    pool itself: writes of clients, taken when they are acknowledged.

    Parameters
    ----------
    outcomes : Outcomes
        With rows of attempts.
    timeline : Timeline
        Of the same run.
    pool, store : str
        The pool that has primaries, and the one that its members write to.

    Returns
    -------
    tuple of int
        Row numbers of the attempts, in the order in which the store took them.
    """
    if store == pool:
        sites = [i for i, c in enumerate(outcomes.callee) if outcomes.pools[c] == pool]
    else:
        sites = [number_of(f"{pool}>{store}", outcomes.sites, "call")]
    taken = integers(outcomes, "attempts", "outcome") <= DEGRADED
    rows = np.flatnonzero(taken & np.isin(integers(outcomes, "attempts", "site"), sites))
    done = floats(outcomes, "attempts", "served_s")
    rows = rows[np.argsort(done[rows], kind="stable")]
    by = integers(outcomes, "attempts", "member" if store == pool else "caller")[rows]
    terms = np.zeros(len(rows), dtype=np.int64)
    for term, (time, member) in enumerate(_promotions(timeline, pool), start=1):
        terms[(by == member) & (done[rows] >= time)] = term
    return tuple(rows[terms < np.maximum.accumulate(terms)].tolist())


def without_primary(timeline: Timeline, pool: str, horizon: float) -> float:
    """Seconds in which the member promoted last is down, paused, or has put its role down.

    One that is cut off counts as there: whoever is cut off with it can ask it. The time from its
    failure to the next promotion is what a recovery time objective (RTO) bounds.

    Parameters
    ----------
    timeline : Timeline
        Of a conducted run.
    pool : str
    horizon : float
        Seconds.
    """
    promoted = [*_promotions(timeline, pool), (horizon, -1)]
    total = 0.0
    for (start, member), (end, _) in zip(promoted, promoted[1:], strict=False):  # noqa: RUF007
        total += _away(timeline, (pool, member), start, end)
    return total + promoted[0][0]


def _away(timeline: Timeline, who: tuple[str, int], start: float, end: float) -> float:
    """Seconds of [start, end) in which a member does not lead: absent, or not in the role."""
    gone = [
        (s.start, s.end)
        for s in timeline.spells
        if who in s.members and (not s.effect.up or s.effect.speed == 0.0)
    ]
    left = math.inf
    for change in timeline.changes:
        if change.what == "role" and who in change.members:
            if change.value != "primary":
                left = min(left, change.at)
            elif left < math.inf:
                gone.append((left, change.at))
                left = math.inf
    gone.append((left, math.inf))
    total, reached = 0.0, start
    for a, b in sorted(gone):
        a, b = max(a, reached), min(b, end)
        total += max(b - a, 0.0)
        reached = max(reached, b)
    return total


def _promotions(timeline: Timeline, pool: str) -> list[tuple[float, int]]:
    """Time and member of each term, in order."""
    return [
        (change.at, member)
        for change in timeline.changes
        if change.what == "term"
        for name, member in change.members
        if name == pool
    ]
