"""What formulas say about retries, budgets and breakers in front of a dependency that fails at random."""

from __future__ import annotations

import math

from simulator.describe import Breaker, Consecutive, Scenario, TokenBucket
from simulator.run import exact

__all__ = ["known_answers"]


def known_answers(described: Scenario) -> dict[str, float]:
    """Long-run attempts for each call and share of calls that end well; empty where no formula knows.

    One source calls one pool, whose only fault is a share of errors.
    """
    call, p = described.sources[0].to, described.faults[0].effect.error
    if call.breaker is not None and call.retry is not None:
        return {}
    if call.breaker is not None:
        return _behind_a_breaker(call.breaker, p, (described.sources[0].rate or 0.0) / described.sources[0].clients)
    many = call.retry.attempts if call.retry else 1
    budget = call.retry.budget if call.retry else None
    if isinstance(budget, TokenBucket):
        bucket = exact.retry_token_bucket(
            failure=p, fill=budget.per_call, size=budget.size, retries=many - 1, strict=budget.strict
        )
        return {"attempts": bucket.attempts, "success": 1 - bucket.failure}
    found = exact.retry_amplification(failure=p, attempts=many)
    return {"attempts": found.calls, "success": 1 - found.failure}


def _behind_a_breaker(breaker: Breaker, p: float, rate: float) -> dict[str, float]:
    """Renewal-reward over a cycle from closed to closed; a call is one attempt or none."""
    if isinstance(breaker.window, Consecutive):
        calls = exact.calls_to_consecutive_failures(failure=p, failures=breaker.window.failures)
    else:
        bad = round(breaker.opens_at * breaker.window.calls)
        calls = exact.calls_to_full_window(failure=p, window=breaker.window.calls, threshold=bad)
    if math.isinf(calls):
        return {"attempts": 1.0, "success": 1 - p}
    # for each opening: one probe, and the calls that are rejected until then
    closed = calls * (1 - p)  # calls while closed times the chance that a probe closes
    admitted = (closed + 1) / (closed + 1 + rate * breaker.stays_open)
    return {"attempts": admitted, "success": admitted * (1 - p)}
