"""What generated scenarios have in them, and what happened in their runs: counted, so that nothing is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np

from simulator.describe.effects import Effect
from simulator.describe.faults import Fault
from simulator.describe.guards import (
    AimdLimit,
    AimdRate,
    Count,
    LeakyBucket,
    Rolling,
    TokenRate,
    Vegas,
)
from simulator.describe.pools import Pool
from simulator.describe.retries import (
    AwsQuota,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    ShareOfTraffic,
    TokenBucket,
)
from simulator.describe.steps import All, Answer, Call
from simulator.describe.system import Scenario, System
from tests.run.events.seen import EPS, Seen, cause, outcome

__all__ = ["HAPPENINGS", "happened", "kinds", "pairs", "table"]

BUDGETS = {
    TokenBucket: "bucket", ShareOfTraffic: "share", AwsQuota: "aws", GrpcThrottle: "grpc",
    FinagleBudget: "finagle", EnvoyBudget: "envoy",
}  # fmt: skip
HAPPENINGS = (
    "a breaker opened", "a budget ran dry", "a queue overflowed", "a hedge won", "a fallback answered",
    "a caller left",
)  # fmt: skip


def _calls(call: Call) -> Iterator[Call]:
    yield call
    for other in call.fallback:
        if isinstance(other, Call):
            yield from _calls(other)


def _of_call(call: Call) -> Iterator[str]:
    """Labels of the policies of a call, in the words of policies.WISHES."""
    flags = {
        "timeout": call.timeout, "deadline": call.deadline, "passes on": call.passes_on,
        "not idempotent": not call.idempotent, "hedge": call.hedge, "no wait": not call.wait,
        "fallback call": any(isinstance(f, Call) and f.wait for f in call.fallback),
        "fallback answer": any(isinstance(f, Answer) for f in call.fallback),
        "fallback queue": any(isinstance(f, Call) and not f.wait for f in call.fallback),
        f"cancels {call.cancels}": call.cancels != "nothing",
    }  # fmt: skip
    yield from (name for name, there in flags.items() if there)
    if call.retry is not None:
        yield f"backoff {call.retry.backoff.jitter}" if call.retry.backoff else "retry at once"
        if call.retry.budget is not None:
            yield f"budget {BUDGETS[type(call.retry.budget)]} {call.retry.budget.scope}"
    if call.breaker is not None:
        window = {Count: "count", Rolling: "rolling"}.get(type(call.breaker.window), "consecutive")
        yield f"breaker {window} {call.breaker.scope}"
    if call.bulkhead is not None:
        limits = {int: "fixed", AimdLimit: "aimd", Vegas: "vegas"}
        yield f"bulkhead {limits.get(type(call.bulkhead.limit), 'gradient')} {call.bulkhead.scope}"
    if call.rate_limit is not None:
        rates = {TokenRate: "token", LeakyBucket: "leaky", AimdRate: "aimd"}
        yield f"rate {rates[type(call.rate_limit)]} {call.rate_limit.scope}"
    if call.throttle is not None:
        yield f"throttle {call.throttle.scope}"


def _of_fault(fault: Fault) -> str:
    effect = fault.effect
    if any(s.startswith("link:") for s in fault.selectors):
        return "link slow" if effect.delay else "link lossy" if effect.lost else "link cut"
    if not effect.up:
        return "crash silent" if effect.silent else "crash refuses"
    if effect.speed < 1.0:
        return "slow" if effect.speed else "pause"
    names = {
        "error": "error", "wrong": "wrong", "lost": "lost", "delay": "delay", "extra_work": "extra work",
        "forgets": "cold cache", "threads": "threads lost", "cores": "cores lost",
    }  # fmt: skip
    return next(v for k, v in names.items() if getattr(effect, k) != getattr(Effect(), k))


def _of_queue(pool: Pool) -> Iterator[str]:
    queue = pool.queue
    if pool.threads is None:
        return  # nobody ever waits
    yield queue.order
    if queue.cap is not None:
        yield "cap"
    if queue.expires_after is not None:
        yield f"expires {queue.expired}"
    if queue.patience is not None:
        yield "patience"


def kinds(scenario: Scenario) -> tuple[set[str], set[str], set[str]]:
    """Policies, faults and queues of a scenario; a fault counts that comes before its end."""
    assert isinstance(scenario.system, System)
    found: set[str] = set()
    calls = [source.to for source in scenario.sources]
    for pool in scenario.system.pools:
        calls += pool.calls
        if any(isinstance(step, All) for steps in pool.served.values() for step in steps):
            found.add("all")
    for call in calls:
        for each in _calls(call):
            found |= set(_of_call(each))
    faults = {_of_fault(fault) for fault in scenario.faults}
    return found, faults, {q for pool in scenario.system.pools for q in _of_queue(pool)}


def pairs(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Each policy with each fault and each queue, and each fault with each queue."""
    policies, faults, queues = kinds(scenario)
    yield from product(policies, faults)
    yield from product(policies, queues)
    yield from product(faults, queues)


def happened(seen: Seen) -> set[str]:
    """Which of the happenings there were in a run."""
    a, sites = seen.a, seen.traffic.sites
    well = np.isin(a["outcome"], outcome("ok", "degraded"))
    late = a["outcome"] == outcome("timeout")[0]
    told = {
        "a breaker opened": any(spy.opened for s in sites for spy in s.breakers.values()),
        "a budget ran dry": any(spy.refused for s in sites for spy in s.budgets.values()),
        "a queue overflowed": np.isin(a["cause"], cause("queue full")).any(),
        "a hedge won": any(_copy_won(seen, rows) for rows in seen.groups.values()),
        "a fallback answered": np.isin(seen.r["cause"], cause("local rule", "fallback")).any()
        or any(role.kind == "fallback" and well[a["site"] == s].any() for s, role in enumerate(seen.roles)),
        "a caller left": np.isin(a["cause"], cause("caller left")).any()
        or (late & (a["served_s"] > a["ended_s"] + EPS)).any(),
    }  # fmt: skip
    return {name for name in HAPPENINGS if told[name]}


def _copy_won(seen: Seen, rows: list[int]) -> bool:
    """Whether a later copy answered while an earlier one was given up."""
    a = seen.a
    won = [j for j in rows if a["outcome"][j] in outcome("ok", "degraded")]
    return bool(won) and any(
        j < won[0] and a["cause"][j] == cause("hedged")[0] and a["attempt"][j] == a["attempt"][won[0]]
        for j in rows
    )  # fmt: skip


def table(counts: Counter[tuple[str, str]], rows: Iterable[str], columns: Iterable[str]) -> str:
    """Counts of pairs as text: a line for each row."""
    names = list(columns)
    lines = [" " * 26 + " ".join(f"{name.replace(' ', '')[:8]:>8}" for name in names)]
    for row in rows:
        lines.append(f"{row:<26}" + " ".join(f"{counts[row, name]:>8}" for name in names))
    return "\n".join(lines)
