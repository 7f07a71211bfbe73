"""What is odd about one call: policies that never act, or act against each other."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator.describe.guards import Count
from simulator.describe.places import Place
from simulator.describe.retries import (
    AwsQuota,
    Backoff,
    Budget,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    Retry,
    ShareOfTraffic,
    TokenBucket,
)
from simulator.describe.steps import Call
from simulator.describe.units import format_duration

__all__ = ["longest", "odd_call", "odd_retry"]


def longest(call: Call) -> float:
    """Seconds after which the caller has given up on one attempt for certain."""
    return min(math.inf if t is None else t for t in (call.timeout, call.deadline))


def odd_call(place: Place) -> Iterator[str]:
    """Sentences about a call that are true whatever it calls."""
    call, where = place.call, place.where
    yield from _odd_times(call, where)
    yield from _odd_guards(call, where)
    if call.retry is not None:
        yield from odd_retry(call.retry, f"{where}.retry")
        yield from _odd_waits(call, call.retry, f"{where}.retry")


def _odd_times(call: Call, where: str) -> Iterator[str]:
    timeout, deadline = call.timeout, call.deadline
    if timeout is not None and deadline is not None and timeout >= deadline:
        times = f"{_t(timeout)} is not below the deadline, {_t(deadline)}"
        yield f"{where}.timeout: {times}: a timeout leaves no time for another attempt"
    hedge = call.hedge
    if hedge is not None and hedge.after >= longest(call):
        given = f"{_t(hedge.after)} is not below the {_t(longest(call))} the caller waits"
        yield f"{where}.hedge.after: {given}: no copy is ever sent"


def _odd_guards(call: Call, where: str) -> Iterator[str]:
    breaker, bulkhead = call.breaker, call.bulkhead
    if breaker is not None and isinstance(breaker.window, Count):
        size = breaker.window.calls
        if breaker.minimum > size:
            yield (
                f"{where}.breaker.minimum: {breaker.minimum} calls never fit into the window of {size}: "
                "it is judged when the window is full"
            )
    slow = None if breaker is None else breaker.slow_after
    if slow is not None and slow >= longest(call):
        given = f"{_t(slow)} is not below the {_t(longest(call))} the caller waits"
        yield f"{where}.breaker.slow_after: {given}: no call is ever slow"
    if bulkhead is not None and call.deadline is not None and bulkhead.wait >= call.deadline:
        given = f"{_t(bulkhead.wait)} is not below the deadline, {_t(call.deadline)}"
        yield f"{where}.bulkhead.wait: {given}: who waits so long has no time to call"


def odd_retry(retry: Retry, where: str) -> Iterator[str]:
    """Sentences about a retry on its own: attempts and budget."""
    budget = retry.budget
    if retry.attempts == 1:
        yield f"{where}.attempts: 1 attempt repeats nothing: leave retry out"
        return
    if budget is None:
        return
    tag = f"{where}.budget"
    if reason := _refuses_all(budget):
        yield f"{tag}: {reason}: every retry is refused"
    elif reason := _never_binds(budget, retry.attempts):
        yield f"{tag}: {reason}"


def _never_binds(budget: Budget, attempts: int | str) -> str:
    """Why the budget of a retry never runs out, if so."""
    retries = math.inf if isinstance(attempts, str) else attempts - 1
    spent = f"as much as its {attempts} attempts can spend"
    if isinstance(budget, TokenBucket) and retries <= min(budget.per_call, budget.size):
        burst = f"it refuses nothing but bursts beyond its {budget.size:g} tokens"
        return f"a call earns {budget.per_call:g}, {spent}: {burst}"
    if isinstance(budget, ShareOfTraffic | FinagleBudget) and budget.share >= retries:
        return f"a call earns {budget.share:g}, {spent}: it refuses no retry"
    if isinstance(budget, AwsQuota) and budget.retry_cost == budget.timeout_cost == 0:
        return "a retry costs nothing: it refuses none"
    if isinstance(budget, EnvoyBudget) and budget.share == 1:
        return "all requests under way may be retries: it refuses none"
    return ""


def _refuses_all(budget: Budget) -> str:
    """Why the budget allows nothing, if so."""
    if isinstance(budget, TokenBucket) and budget.strict and budget.size <= 1:
        return f"a retry needs more than one token, and the bucket holds {budget.size:g}"
    if isinstance(budget, ShareOfTraffic) and budget.share == 0:
        return "a share of 0"
    if isinstance(budget, EnvoyBudget) and budget.share == budget.minimum == 0:
        return "a share of 0 and a minimum of 0"
    if isinstance(budget, FinagleBudget) and budget.share == budget.min_per_s == 0:
        return "a share of 0 and a reserve of 0"
    if isinstance(budget, AwsQuota) and budget.size < min(budget.retry_cost, budget.timeout_cost):
        return f"a retry costs more than the size, {budget.size:g}"
    if isinstance(budget, GrpcThrottle) and budget.max_tokens <= 2:
        return f"the first failure takes one of {budget.max_tokens:g} tokens, and no more than half are left"
    return ""


def _odd_waits(call: Call, retry: Retry, where: str) -> Iterator[str]:
    backoff = retry.backoff
    if backoff is None or call.deadline is None:
        return
    least = _shortest(backoff)
    if least >= call.deadline:
        given = (
            f"the first wait is {_t(least)} or more, not below the deadline, {_t(call.deadline)}"
        )
        yield f"{where}.backoff: {given}: nothing is repeated"


def _shortest(backoff: Backoff) -> float:
    """Shortest wait before the first retry, seconds."""
    if backoff.jitter == "decorrelated":
        return backoff.base
    wait = backoff.base
    if backoff.kind == "exponential":
        wait *= min(backoff.factor, 1e6) ** min(backoff.first, 40)
    elif backoff.kind == "exponential_minus_one":
        wait *= backoff.factor - 1.0
    sure = {"full": 0.0, "equal": 0.5, "spread": 1.0 - backoff.spread}.get(backoff.jitter, 1.0)
    return sure * (wait if backoff.kind == "fixed" else min(backoff.cap, wait))


def _t(seconds: float) -> str:
    return format_duration(seconds)
