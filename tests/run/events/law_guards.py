"""Laws of what stands before the wire: permits, rates, breakers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from simulator.describe.guards import AimdRate, LeakyBucket
from tests.run.events.seen import EPS, Seen, cause, outcome

__all__ = ["LAWS", "by_scope"]

(CANCELLED, IN_FLIGHT, REJECTED) = outcome("cancelled", "in_flight", "rejected")


def by_scope(seen: Seen, rows: Any, scope: str) -> dict[Any, Any]:
    """Attempts of one call, divided by who shares the state of a policy."""
    if scope == "shared":
        return {"": rows}
    found: dict[Any, list[int]] = {}
    for j in rows.tolist():
        caller, member = int(seen.a["caller"][j]), int(seen.a["member"][j])
        found.setdefault(caller if scope == "caller" else (caller, member), []).append(j)
    return {key: np.array(mine) for key, mine in found.items()}


def _ends(seen: Seen, rows: Any) -> Any:
    ended = seen.a["ended_s"][rows]
    return np.where(np.isnan(ended), math.inf, ended)


def permits_are_limited(seen: Seen) -> None:
    """No more attempts under way than permits; who gets none came when all were taken."""
    a = seen.a
    for site, call in enumerate(seen.calls):
        rule = call.bulkhead
        if rule is None:
            continue
        rows = np.flatnonzero(a["site"] == site)
        fixed = isinstance(rule.limit, int)
        most = rule.limit if fixed else rule.limit.most  # type: ignore[union-attr]
        for key, mine in by_scope(seen, rows, rule.scope).items():
            sent = mine[seen.wired[mine]]
            starts, ends = np.sort(a["sent_s"][sent]), np.sort(_ends(seen, sent))
            at_once = np.arange(1, len(starts) + 1) - np.searchsorted(ends, starts, side="right")
            assert at_once.max(initial=0) <= most, f"{at_once.max()} at once, {most} permits"
            none = mine[np.isin(a["cause"][mine], cause("no permit"))]
            waited = a["ended_s"][none] - a["sent_s"][none]
            turns = isinstance(call.rate_limit, LeakyBucket)  # its own wait comes on top
            assert turns or (waited <= rule.wait + EPS).all(), f"{key} waits too long for a permit"
            least = most if fixed else getattr(rule.limit, "least", 1)
            maybe = mine[a["member"][mine] >= 0]
            for time in a["ended_s"][none]:
                held = (a["sent_s"][maybe] <= time) & (_ends(seen, maybe) >= time)
                assert held.sum() >= least, f"no permit at {time}, but {held.sum()} of {least}"


def rates_are_limited(seen: Seen) -> None:
    """In no stretch of time more attempts leave than its length and the bucket allow."""
    a = seen.a
    for site, call in enumerate(seen.calls):
        rule = call.rate_limit
        if rule is None or (call.bulkhead is not None and call.bulkhead.wait > 0):
            continue
        rows = np.flatnonzero((a["site"] == site) & seen.wired)
        for mine in by_scope(seen, rows, rule.scope).values():
            times = np.sort(a["sent_s"][mine])
            rate = rule.most if isinstance(rule, AimdRate) else rule.rate
            burst = 1.0 if isinstance(rule, LeakyBucket) else rule.burst
            ahead = np.arange(len(times)) - rate * times  # rises by more than the burst: too many
            spare = ahead - np.minimum.accumulate(ahead) + 1.0 if len(times) else ahead
            assert (spare <= burst + 1e-3).all(), f"{call.label}: more than {rate}/s"


def breakers_hear_of_answers_alone(seen: Seen) -> None:
    """A breaker is told of each attempt it let through and that was sent: when it ended, and how."""
    a = seen.a
    for site, call in enumerate(seen.calls):
        rule = call.breaker
        if rule is None:
            continue
        spies = seen.traffic.sites[site].breakers
        rows = np.flatnonzero(a["site"] == site)
        refused = np.isin(a["cause"][rows], cause("breaker open")).sum()
        assert sum(spy.refused for spy in spies.values()) == refused
        local = "rejected" in rule.counts
        counts = outcome(*rule.counts)
        for key, mine in by_scope(seen, rows, rule.scope).items():
            spy = spies.get(-1 if key == "" else key)
            evidence = (a["epoch"][mine] >= 0) & (
                seen.wired[mine] | (local & (a["outcome"][mine] == REJECTED))
            )
            evidence &= ~np.isin(a["outcome"][mine], [CANCELLED, IN_FLIGHT])
            told = mine[evidence]
            due = sorted(
                zip(a["ended_s"][told].tolist(), np.isin(a["outcome"][told], counts).tolist())
            )
            unsure = (seen.pair[mine] & ~seen.wired[mine] & (a["outcome"][mine] != REJECTED)).any()
            if spy is None:
                assert not due, f"{call.label}: no breaker for {key}"
            elif not unsure:
                assert sorted(spy.told) == due, f"{call.label}: told otherwise than it was"


def open_breakers_let_nobody_through(seen: Seen) -> None:
    """From its opening until probes are due, nothing behind a breaker is sent."""
    a = seen.a
    for site, call in enumerate(seen.calls):
        waits = call.bulkhead is not None and call.bulkhead.wait > 0
        if call.breaker is None or waits:
            continue
        rows = np.flatnonzero((a["site"] == site) & seen.wired)
        for key, mine in by_scope(seen, rows, call.breaker.scope).items():
            if not len(mine):
                continue
            spy = seen.traffic.sites[site].breakers[-1 if key == "" else key]
            sent = a["sent_s"][mine]
            for opened, until in spy.opened:
                through = (sent > opened + EPS) & (sent < until - EPS)
                held_back = call.breaker.judged_every > 0  # dated back to the last judgement
                assert held_back or not through.any(), f"{mine[through]} passed an open breaker"


def breakers_open_after_failures(seen: Seen) -> None:
    """A breaker opens after failures only: as many as its window needs at the least."""
    for site, call in enumerate(seen.calls):
        rule = call.breaker
        if rule is None or rule.slow_after is not None:
            continue
        row = getattr(rule.window, "failures", 1)
        for spy in seen.traffic.sites[site].breakers.values():
            for number, (opened, _) in enumerate(spy.opened):
                before = sum(failed for time, failed in spy.told if time <= opened + EPS)
                assert before >= (row if number == 0 else row + number), "opened without failures"


LAWS = (
    permits_are_limited, rates_are_limited, breakers_hear_of_answers_alone,
    open_breakers_let_nobody_through, breakers_open_after_failures,
)  # fmt: skip
