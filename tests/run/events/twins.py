"""Scenarios that differ in nothing that matters, and rows in a form in which that can be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from simulator.describe.distributions import Deterministic, Exponential
from simulator.describe.effects import Effect
from simulator.describe.faults import At, Fault, Poisson
from simulator.describe.guards import AimdLimit, AimdRate, Breaker, Bulkhead, Count, TokenRate
from simulator.describe.links import Link
from simulator.describe.pools import Pool
from simulator.describe.retries import Hedge, Retry
from simulator.describe.serving import Outliers, Shedding, Slowdown
from simulator.describe.sources import Source
from simulator.describe.steps import All, Answer, Call, Work
from simulator.describe.system import Scenario, System
from simulator.tables.outcomes import Outcomes

__all__ = [
    "backwards", "canonical", "differences", "scaled", "with_far_faults", "with_idle_policies",
    "with_strangers",
]  # fmt: skip

STRANGER = "stranger"


def system_of(scenario: Scenario) -> System:
    """Its pools and links."""
    assert isinstance(scenario.system, System)
    return scenario.system


def scaled(thing: Any, k: float) -> Any:
    """The same in other units of time: every time `k` times as long, every rate as much lower."""
    if isinstance(thing, tuple | list):
        return tuple(scaled(part, k) for part in thing)
    if not is_dataclass(thing):
        return thing
    changes: dict[str, Any] = {}
    for field in fields(thing):
        value, unit = getattr(thing, field.name), str(field.type)
        if isinstance(value, tuple) and "Seconds" in unit:
            changes[field.name] = tuple(part * k for part in value)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            changes[field.name] = scaled(value, k)
        elif "Seconds" in unit or "PerSecond" in unit:
            changes[field.name] = value * k if "Seconds" in unit else value / k
    if isinstance(thing, AimdRate):
        changes["adds"] = thing.adds / k**2  # per second, each second
    return replace(thing, **changes)  # type: ignore[type-var]


def with_strangers(scenario: Scenario) -> Scenario:
    """With a pool and a source that nobody knows, before all others, their link and their faults."""
    system = system_of(scenario)
    pool = Pool(STRANGER, 2, serve=[Work(Exponential(0.01))], threads=1)
    users = Source(f"{STRANGER}s", Poisson(60.0), Call(STRANGER, timeout=0.03, retry=Retry(3)))
    link = Link(f"{STRANGER}s", STRANGER, Exponential(0.002), 0.05, "far")
    faults = (
        Fault(STRANGER, At(0.3), 0.2, Effect(up=False), name="strange"),
        Fault("link:far", At(0.6), 0.2, Effect(up=False), name="far cut"),
    )
    larger = System((pool, *system.pools), links=(link, *system.links))
    return replace(
        scenario, system=larger, sources=(users, *scenario.sources), faults=(*faults, *scenario.faults)
    )  # fmt: skip


def with_far_faults(scenario: Scenario) -> Scenario:
    """With faults on everything, the first of which comes when all is over."""
    system, later = system_of(scenario), At(2.0 * scenario.horizon)
    worst = Effect(speed=0.1, threads=0.5, error=0.5, lost=0.5, delay=1.0, extra_work=1.0)
    faults = [Fault(p.name, later, 1.0, worst, name=f"far {p.name}") for p in system.pools]
    faults += [Fault(p.name, later, 1.0, name=f"far crash {p.name}") for p in system.pools]
    faults += [Fault(f"link:{li.name}", later, 1.0, name=f"far {li.name}") for li in system.links]
    return replace(scenario, faults=(*faults, *scenario.faults))


def backwards(scenario: Scenario) -> Scenario:
    """With its pools in the opposite order."""
    system = system_of(scenario)
    return replace(scenario, system=replace(system, pools=system.pools[::-1]))


def with_idle_policies(scenario: Scenario) -> Scenario:
    """With every policy that a call or a pool does not have, so large that it never acts."""
    far = 10.0 * scenario.horizon
    system = system_of(scenario)
    pools = [_idle_pool(pool, far) for pool in system.pools]
    sources = [replace(source, to=_idle_call(source.to, far)) for source in scenario.sources]
    return replace(scenario, system=replace(system, pools=pools), sources=sources)


def _idle_call(call: Call, far: float) -> Call:
    many = 1_000_000
    inner = [_idle_call(f, far) if isinstance(f, Call) else f for f in call.fallback]
    found: dict[str, Any] = {
        "retry": call.retry or Retry(1),
        "breaker": call.breaker or Breaker(Count(many), 1.0, many, scope="shared"),
        "bulkhead": call.bulkhead or Bulkhead(many),
        "rate_limit": call.rate_limit or TokenRate(1e9, 1e9),
        "fallback": tuple(inner),
    }
    if call.wait:
        found["timeout"] = call.timeout or far
        found["deadline"] = call.deadline or far
        found["hedge"] = call.hedge or Hedge(far)
        found["fallback"] += (Answer(0.0),)
    return replace(call, **found)


def _idle_pool(pool: Pool, far: float) -> Pool:
    many = 1_000_000
    queue = replace(
        pool.queue, cap=many if pool.queue.cap is None else pool.queue.cap,
        expires_after=pool.queue.expires_after or far, patience=pool.queue.patience or Deterministic(far),
    )  # fmt: skip
    return replace(
        pool, queue=queue, slowdown=pool.slowdown or Slowdown(), sheds=pool.sheds or Shedding(far),
        limit=pool.limit or AimdLimit(many, many, many, far),
        outliers=pool.outliers or Outliers(None, deviations=None), serve=_each(pool.served, far),
    )  # fmt: skip


def _each(served: dict[str, Any], far: float) -> Any:
    def idle(step: Any) -> Any:
        if isinstance(step, All):
            return replace(step, all=tuple(_idle_call(call, far) for call in step.all))
        return _idle_call(step, far) if isinstance(step, Call) else step

    return {name: [idle(step) for step in steps] for name, steps in served.items()}


# --- rows -----------------------------------------------------------------------------------------


def canonical(outcomes: Outcomes, leave: Callable[[str], bool] = lambda source: False) -> dict[str, Any]:  # fmt: skip
    """Rows with names for numbers and without the sources that `leave` names; ids count from 0 again."""
    names = np.array(outcomes.sources)
    kept = np.array([not leave(name) for name in outcomes.sources])
    r, a = outcomes.requests, outcomes.attempts
    mine, tried = kept[r["source"]], kept[a["source"]]
    found = {f"request {key}": value[mine] for key, value in r.items()}
    found |= {f"attempt {key}": value[tried] for key, value in a.items() if key != "epoch"}
    found["request source"] = names[found["request source"]]
    found["attempt source"] = names[found["attempt source"]]
    found["request class"] = np.array(outcomes.classes)[found["request class"]]
    found["attempt site"] = np.array(outcomes.sites)[found["attempt site"]]
    places = np.append(np.cumsum(tried) - 1, -1)  # of an id among those kept; the last is for -1
    found["attempt id"] = places[found["attempt id"]]
    found["attempt parent"] = places[found["attempt parent"]]
    return found


def differences(one: dict[str, Any], other: dict[str, Any], k: float = 0.0) -> list[str]:
    """Columns that are not equal to the last bit; with `k`, times of `other` are `k` times as long, to 1e-9."""
    found = []
    for key, value in one.items():
        if len(value) != len(other[key]):
            found.append(f"{key}: {len(value)} rows, {len(other[key])}")
        elif k and key.endswith("_s"):
            if not np.allclose(value, other[key] / k, rtol=1e-9, atol=0.0, equal_nan=True):
                found.append(key)
        elif value.tobytes() != other[key].tobytes() and value.tolist() != other[key].tolist():
            found.append(key)
    return found
