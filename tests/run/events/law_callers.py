"""Laws of callers: timeouts, deadlines, retries, hedges, fallbacks, and what lies within what."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from simulator.describe.guards import LeakyBucket
from simulator.describe.retries import Backoff
from simulator.tables.outcomes import OUTCOMES
from tests.run.events.seen import EPS, Seen, cause, outcome

__all__ = ["LAWS", "last_ones"]

WELL = outcome("ok", "degraded")
(CANCELLED,) = outcome("cancelled")
# What surely did no work at the callee, in the words of Call.idempotent: refused, shed, rejected.
UNTOUCHED = cause(
    "refused", "nobody in rotation", "breaker open", "no permit", "rate limit", "throttled", "queue full",
    "expired", "over the limit", "shedding",
)  # fmt: skip


def last_ones(seen: Seen, rows: list[int]) -> list[int]:
    """The attempt that ended last; a crash may end several at one instant, in an order rows do not tell."""
    ended = seen.a["ended_s"][rows]
    return [j for j, time in zip(rows, ended) if not time < ended.max()]


def timeouts_bound_attempts(seen: Seen) -> None:
    """No attempt lasts longer for its caller than the timeout, queue and links included."""
    stated = np.array([call.timeout or math.inf for call in seen.calls])[seen.a["site"]]
    limits = np.where(seen.wired, stated, math.inf)  # waiting for a permit is no part of it
    ended = np.where(np.isnan(seen.a["ended_s"]), seen.horizon, seen.a["ended_s"])
    lasted = ended - seen.a["sent_s"]
    worst = int(np.argmax(lasted - limits)) if len(lasted) else -1
    assert worst < 0 or lasted[worst] <= limits[worst] + EPS, f"attempt {worst}: {lasted[worst]}"
    plain = (seen.a["outcome"] == outcome("timeout")[0]) & (seen.a["cause"] == 0)
    np.testing.assert_allclose(lasted[plain], stated[plain], rtol=0, atol=EPS)


def deadlines_bound_calls(seen: Seen) -> None:
    """A call is over by its deadline, and so is what its callee asks for it when it hands that on."""
    a = seen.a
    ended = np.where(np.isnan(a["ended_s"]), seen.horizon, a["ended_s"])
    due = np.full(len(ended), math.inf)
    for (site, parent, _, _), rows in seen.groups.items():
        role, call = seen.roles[site], seen.calls[site]
        if parent >= 0 and call.wait and seen.calls[a["site"][parent]].passes_on:
            due[rows] = due[parent]
        if call.deadline is not None and role.kind == "source":
            due[rows] = seen.r["sent_s"][seen.request[rows[0]]] + call.deadline
        elif call.deadline is not None and role.times == 1:
            assert ended[rows].max() <= a["sent_s"][rows].min() + call.deadline + EPS
    late = np.flatnonzero(ended > np.maximum(due, a["sent_s"]) + EPS)
    assert not len(late), f"attempts {late[:3]} end after a deadline"


def callers_outlive_calls(seen: Seen) -> None:
    """What a job waits for lies within its service; its answer is not older than those it is made of."""
    a = seen.a
    waits = np.array([call.wait for call in seen.calls], dtype=bool)[a["site"]]
    below = np.flatnonzero((a["parent"] >= 0) & waits)
    above = a["parent"][below]
    assert (a["sent_s"][below] >= a["started_s"][above] - EPS).all(), "asked before it was served"
    ended = np.where(np.isnan(a["ended_s"][below]), math.inf, a["ended_s"][below])
    left = seen.left[above]
    open_ = left >= seen.horizon
    bad = np.flatnonzero(~open_ & ~(ended <= left + EPS))
    assert not len(bad), f"attempts {below[bad[:3]]} outlive the service of {above[bad[:3]]}"
    answered = np.isin(a["outcome"][above], WELL)
    assert (a["ended_s"][above] >= ended - EPS)[answered].all()
    done = np.isin(a["outcome"], WELL)
    assert (a["ended_s"] >= a["served_s"] - EPS)[done].all(), "an answer before its service"


def attempts_are_counted(seen: Seen) -> None:
    """At most so many attempts of a call as its retry says; copies of a hedge on top."""
    a = seen.a
    for (site, *_), rows in seen.groups.items():
        call, times = seen.calls[site], seen.roles[site].times
        most = 1 if call.retry is None else call.retry.attempts
        if most == "forever" or (len(rows) == 1 and a["attempt"][rows[0]] == 0):
            continue
        assert a["attempt"][rows].max() < most, f"attempts {rows}: at most {most} were allowed"
        copies = 0 if call.hedge is None else call.hedge.copies
        assert len(rows) <= times * most * (1 + copies)
        for number in range(most):
            assert (a["attempt"][rows] == number).sum() <= times * (1 + copies)


def one_answer_ends_a_call(seen: Seen) -> None:
    """A call has at most one good answer, and nothing is sent after it."""
    a = seen.a
    for (site, *_), rows in seen.groups.items():
        times = seen.roles[site].times
        if len(rows) == 1:
            continue
        won = [j for j in rows if a["outcome"][j] in WELL]
        assert len(won) <= times, f"attempts {won} answer one call"
        if times == 1 and won:
            assert a["sent_s"][rows].max() <= a["ended_s"][won[0]] + EPS, f"sent after {won[0]}"


def retries_follow_failures(seen: Seen) -> None:
    """The next attempt comes after the failure of all before it, of a kind that is retried, and a backoff."""
    a = seen.a
    for (site, *_), rows in seen.groups.items():
        call = seen.calls[site]
        if call.retry is None or seen.roles[site].times > 1 or len(rows) == 1:
            continue
        by_number = [[j for j in rows if a["attempt"][j] == n] for n in range(len(rows))]
        for n, (before, then) in enumerate(pairwise(by_number)):
            if not then:
                break
            assert not np.isnan(a["ended_s"][before]).any(), f"{then[0]} beside {before}"
            last = last_ones(seen, before)
            words = {OUTCOMES[word] for word in a["outcome"][last]}
            assert words & set(call.retry.on), f"attempt {then[0]} after {words}"
            untouched = np.isin(a["cause"][last], UNTOUCHED).any()
            assert call.idempotent or untouched, f"{last} was worked on"
            gap = a["sent_s"][then[0]] - a["ended_s"][last[0]]
            low, high = _waits(call.retry.backoff, n + 1)
            waits = call.bulkhead is not None and call.bulkhead.wait > 0
            waits = waits or isinstance(call.rate_limit, LeakyBucket)
            assert low - EPS <= gap, f"attempt {then[0]} waits {gap}, at least {low} was due"
            assert waits or gap <= high + EPS, f"attempt {then[0]} waits {gap}, at most {high}"


def _waits(rule: Backoff | None, n: int) -> tuple[float, float]:
    """Shortest and longest wait before retry n = 1, 2, ..."""
    if rule is None:
        return 0.0, 0.0
    grown = {
        "exponential": rule.base * rule.factor ** (n - 1 + rule.first),
        "fixed": rule.base,
        "exponential_minus_one": rule.base * (rule.factor**n - 1.0),
    }
    w = min(grown[rule.kind], rule.cap)
    return {
        "none": (w, w), "full": (0.0, w), "equal": (w / 2.0, w), "decorrelated": (rule.base, rule.cap),
        "spread": (w * (1.0 - rule.spread), w * (1.0 + rule.spread)),
    }[rule.jitter]  # fmt: skip


def hedges_are_late(seen: Seen) -> None:
    """A copy is sent when its time has come, or when another has failed."""
    a = seen.a
    for (site, *_), rows in seen.groups.items():
        hedge = seen.calls[site].hedge
        if hedge is None or seen.roles[site].times > 1 or len(rows) == 1:
            continue
        for number in sorted(set(a["attempt"][rows])):
            copies = [j for j in rows if a["attempt"][j] == number]
            for before, copy in enumerate(copies[1:]):
                failed = [
                    j for j in copies
                    if a["ended_s"][j] <= a["sent_s"][copy] + EPS
                    and a["outcome"][j] not in (*WELL, CANCELLED) and j != copy
                ]  # fmt: skip
                waited = a["sent_s"][copy] - a["sent_s"][copies[0]]
                assert failed or waited >= hedge.after * (before + 1) - EPS, f"attempt {copy}"


def fallbacks_are_last(seen: Seen) -> None:
    """A fallback is asked only after all before it have failed."""
    a = seen.a
    for (site, *who), rows in seen.groups.items():
        role = seen.roles[site]
        if role.kind != "fallback" or role.times > 1:
            continue
        for other in role.after:
            before = seen.groups.get((other, *who), [])  # type: ignore[arg-type]
            if before and seen.calls[other].wait:
                assert not np.isin(a["outcome"][before], WELL).any(), f"{rows} although {before}"
                assert a["ended_s"][before].max() <= a["sent_s"][rows[0]] + EPS
        assert (role.stands_in_for, *who) in seen.groups, f"{rows} stand in for nobody"


def answers_are_made_of_answers(seen: Seen) -> None:
    """A job whose required call failed has no good answer; what it used shows in its own."""
    a = seen.a
    for (site, parent, *_), rows in seen.groups.items():
        role, call = seen.roles[site], seen.calls[site]
        if parent < 0 or not call.wait or a["outcome"][parent] not in WELL:
            continue
        won = [j for j in rows if a["outcome"][j] in WELL]
        if won:
            used = role.kind != "beside"
            assert not used or a["truth"][parent] >= a["truth"][won[0]]
            degraded = (a["outcome"][won] == WELL[1]).any() or role.kind == "fallback"
            assert not used or not degraded or a["outcome"][parent] == WELL[1]
        elif role.kind == "step" and not role.fallbacks:
            assert not call.required, f"job {parent} is well without {rows}"
            cached = seen.plan.pools[seen.plan.sites[site].callee].pool.cache
            assert cached or a["outcome"][parent] == WELL[1], f"{parent} is not degraded"


LAWS = (
    timeouts_bound_attempts, deadlines_bound_calls, callers_outlive_calls, attempts_are_counted,
    one_answer_ends_a_call, retries_follow_failures, hedges_are_late, fallbacks_are_last,
    answers_are_made_of_answers,
)  # fmt: skip
