"""The predicted way out of a backlog, where a scenario is simple enough for a formula."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from simulator.describe.demand import width
from simulator.describe.faults import Every, Poisson
from simulator.describe.pools import Pool
from simulator.describe.sources import Source
from simulator.describe.steps import Call, Work
from simulator.describe.system import Scenario, System
from simulator.errors import NotSupported
from simulator.measure.rows import attempts_to, on_the_wire
from simulator.measure.series import waiting
from simulator.measure.verdict import Drain
from simulator.run.exact.storms import RetryStorm, retry_storm
from simulator.tables.outcomes import Outcomes

__all__ = ["predicted_drain"]


def predicted_drain(scenario: Scenario, outcomes: Outcomes, end_s: float) -> Drain:
    """How long the backlog at the end of a trigger takes to drain, by the formula for retry storms.

    Parameters
    ----------
    scenario : Scenario
    outcomes : Outcomes
        Rows of its run: the backlog is counted in them.
    end_s : float
        End of the trigger, seconds.

    Returns
    -------
    Drain
        V / (1 - m rate / C) with V the work that waits at `end_s` in seconds, m the attempts of a
        request at most and C the capacity, if the source calls one pool of known work, first come
        first served, and nothing is cancelled; else None with the reason.
    """
    problem = next(_problems(scenario, end_s), "")
    if problem:
        return Drain(None, problem)
    source, pool = scenario.sources[0], _pool(scenario)
    rate, mean = _rate(source, end_s), _mean_work(pool)
    capacity = width(pool, pool.members) / mean
    backlog = _waiting_at(outcomes, pool.name, end_s) / capacity
    retry, timeout = source.to.retry, source.to.timeout
    repeats = retry is not None and "timeout" in retry.on
    attempts = int(retry.attempts) if retry is not None and repeats else 1
    try:
        storm = retry_storm(
            rate=rate, capacity=capacity, attempts=attempts, timeout=timeout or math.inf
        )
    except NotSupported as error:
        return Drain(None, str(error))
    return _way_out(storm, backlog)


def _way_out(storm: RetryStorm, backlog: float) -> Drain:
    """Time and words."""
    load, most = storm.failed_load, storm.capacity
    told = (
        f"backlog {backlog:.3g} s, {storm.attempts} attempts x {storm.rate:.4g}/s of {most:.4g}/s"
    )
    if storm.state == "overloaded":
        return Drain(math.inf, f"{storm.rate:.4g}/s is not below the capacity of {most:.4g}/s")
    if storm.state == "stable":
        time = storm.drain_time(backlog, rate=storm.rate)
        return Drain(time, f"V / (1 - m rate / C), {told}")
    if backlog < storm.critical_backlog_s:
        time = backlog / (1.0 - storm.rate / most)
        return Drain(
            time, f"V / (1 - rate / C): {told}, critical is {storm.critical_backlog_s:.3g} s"
        )
    hidden = f"it heals below {storm.hidden_capacity:.4g} requests/s"
    return Drain(math.inf, f"{told}: {load:.4g}/s of attempts exceed it; {hidden}")


def _problems(scenario: Scenario, end_s: float) -> Iterator[str]:
    """Why no formula fits, in the order in which a reader would look."""
    if not isinstance(scenario.system, System) or len(scenario.sources) != 1:
        yield "the formula knows one source alone"
        return
    source = scenario.sources[0]
    if not isinstance(source.arrivals, Poisson | Every):
        yield "the formula knows an open stream of requests alone"
        return
    rates = [_rate(source, t) for t in np.linspace(end_s, scenario.horizon, 64, endpoint=False)]
    if max(rates) > min(rates) * (1 + 1e-9):
        yield "the rate of requests changes after the trigger"
    yield from _call_problems(source.to)
    yield from _pool_problems(_pool(scenario))


def _call_problems(call: Call) -> Iterator[str]:
    if call.timeout is None:
        yield "callers wait for ever: nothing is repeated"
    if call.retry is not None and (
        call.retry.budget is not None or call.retry.attempts == "forever"
    ):
        yield "the formula knows a fixed number of attempts without a budget"
    for name in ("deadline", "hedge", "throttle", "rate_limit", "breaker", "bulkhead", "fallback"):
        if getattr(call, name):
            yield f"the call has a {name.replace('_', ' ')}, which the formula does not know"
    if call.cancels != "nothing":
        yield "attempts that were given up are dropped, which the formula does not know"


def _pool_problems(pool: Pool) -> Iterator[str]:
    steps = [step for name in pool.served for step in pool.served[name]]
    if len(pool.served) != 1 or not all(isinstance(step, Work) for step in steps):
        yield f"{pool.name} does more than work of one kind"
    elif not _mean_work(pool) > 0 or math.isinf(width(pool, pool.members)):
        yield f"{pool.name} has no capacity that could be exceeded"
    queue = pool.queue
    if queue.order != "fifo" or queue.cap is not None:
        yield f"the queue of {pool.name} has a cap or another order than first come first served"
    if queue.expires_after is not None or queue.patience is not None:
        yield f"requests in the queue of {pool.name} expire"
    for name in ("limit", "sheds", "slowdown", "outliers", "cache"):
        if getattr(pool, name) is not None:
            yield f"{pool.name} has {name}, which the formula does not know"


def _rate(source: Source, at: float) -> float:
    arrivals = source.arrivals
    return 1.0 / arrivals.period if isinstance(arrivals, Every) else arrivals.at(at)  # type: ignore[union-attr]


def _pool(scenario: Scenario) -> Pool:
    assert isinstance(scenario.system, System)
    return scenario.system[scenario.sources[0].to.call]


def _mean_work(pool: Pool) -> float:
    (steps,) = pool.served.values()
    return math.fsum(step.law.mean() for step in steps if isinstance(step, Work))


def _waiting_at(outcomes: Outcomes, pool: str, at: float) -> int:
    """Attempts that wait for a thread at a time; those served just then are left out."""
    ours = attempts_to(outcomes, pool) & on_the_wire(outcomes)
    found = waiting(outcomes, ours)
    return int(((found.sent_s <= at) & (found.sent_s + found.wait_s > at)).sum())
