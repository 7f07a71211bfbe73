"""Small random scenarios, one for each number: systems, users, and what goes wrong with them.

Scenario `number` is the same on every machine, so one that fails can be run again by its number:

>>> scenario(17).horizon > 0.0
True
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from simulator.describe.controllers import HealthCheck
from simulator.describe.distributions import Deterministic, Exponential, Uniform
from simulator.describe.effects import Effect
from simulator.describe.faults import At, Every, Fault, Life, Poisson
from simulator.describe.links import Link
from simulator.describe.profiles import Spike
from simulator.describe.serving import Zipf
from simulator.describe.sources import Closed, Source, Trace
from simulator.describe.system import Scenario, System
from tests.run.events.places import Draft, asked, pool
from tests.run.events.policies import WISHES

__all__ = ["FAULTS", "QUEUES", "scenario"]

QUEUES = ("fifo", "lifo", "priority", "cap", "expires free", "expires costs_service", "patience")

EFFECTS: dict[str, Any] = {
    "crash refuses": lambda r: Effect(up=False),
    "crash silent": lambda r: Effect(up=False, silent=True),
    "slow": lambda r: Effect(speed=r.uniform(0.1, 0.6)),
    "pause": lambda r: Effect(speed=0.0),
    "error": lambda r: Effect(error=r.choice([1.0, r.uniform(0.3, 0.9)])),
    "wrong": lambda r: Effect(wrong=r.choice([1.0, r.uniform(0.3, 0.9)])),
    "lost": lambda r: Effect(lost=r.choice([1.0, r.uniform(0.2, 0.8)])),
    "delay": lambda r: Effect(delay=r.uniform(0.01, 0.1)),
    "extra work": lambda r: Effect(extra_work=r.uniform(0.005, 0.05)),
    "cold cache": lambda r: Effect(forgets=True),
    "threads lost": lambda r: Effect(threads=r.choice([0.0, 0.5])),
    "cores lost": lambda r: Effect(cores=r.choice([0.0, 0.5])),
    "link cut": lambda r: Effect(up=False),
    "link slow": lambda r: Effect(delay=r.uniform(0.01, 0.1)),
    "link lossy": lambda r: Effect(lost=r.uniform(0.2, 0.8)),
}
FAULTS = tuple(EFFECTS)
"""Every kind of fault that requests can feel."""


def scenario(number: int) -> Scenario:
    """Scenario `number`: its wishes go round by the number, all else is drawn."""
    rng = Random(number)
    wish = WISHES[number % len(WISHES)]
    fault = FAULTS[(number + number // len(WISHES)) % len(FAULTS)]
    queue = QUEUES[(number + number // (len(WISHES) * len(FAULTS))) % len(QUEUES)]
    many = rng.choice([1, 2, 2, 3, 3, 3, 4])
    if wish in ("all", "no wait"):
        many = max(2, many)
    if fault == "cold cache":
        many = max(3, many)
    names = ["web", "app", "store", "disk"][:many]
    draft = Draft(rng, names, wish, queue, fault)
    if queue == "priority" or rng.random() < 0.6:
        draft.classes = ("gold", "bulk")
    if len(names) >= 3 and (fault == "cold cache" or rng.random() < 0.65):
        draft.cached = "app"
    return _assembled(draft)


def _assembled(draft: Draft) -> Scenario:
    rng, horizon = draft.rng, draft.rng.uniform(1.2, 2.4)
    inner = draft.wish if draft.wish in ("all", "no wait") else ""
    outer = "" if inner else draft.wish
    draft.wish = inner
    pools = [pool(draft, i, rng.uniform(0.004, 0.02)) for i in range(len(draft.names))]
    draft.wish = outer
    sources = _sources(draft, horizon)
    links = _links(draft, [source.name for source in sources])
    bare = System(pools, links=links)
    kinds = [draft.fault, *rng.sample(FAULTS, rng.randint(2, 5))]
    if draft.cached and rng.random() < 0.6:
        kinds.append("cold cache")
    faults = [f for kind in kinds for f in _fault(draft, kind, bare, horizon)]
    checks = [
        HealthCheck(name, rng.uniform(0.05, 0.3), rng.randint(1, 2), 0.04, rng.randint(1, 2))
        for name in draft.names
        if rng.random() < 0.15
    ]
    return Scenario(bare, faults, checks, horizon, sources=sources)


def _sources(draft: Draft, horizon: float) -> list[Source]:
    rng = draft.rng
    many = rng.choice([1, 1, 2, 3])
    found = []
    for number in range(many):
        target = draft.names[0] if number == 0 else rng.choice(draft.names)
        later = draft.names[draft.names.index(target) + 1 :]
        arrivals = _arrivals(rng, rng.uniform(50, 160) / many, horizon)
        share = rng.uniform(0.2, 0.8)
        classes = tuple(zip(draft.classes, (share, 1.0 - share), strict=False))
        found.append(
            Source(
                f"users{number}", arrivals, asked(draft, target, later), classes, Zipf(1.0, 30),
                1 if isinstance(arrivals, Closed) else rng.choice([1, 1, 4]), rng.choice(["", "x"]),
            )
        )  # fmt: skip
    return found


def _arrivals(rng: Random, rate: float, horizon: float) -> Any:
    kind = rng.randrange(6)
    if kind == 0:
        return Every(1.0 / rate)
    if kind == 1:
        return Closed(rng.randint(1, 10), Exponential(rng.uniform(0.02, 0.1)))
    if kind == 2:
        return Trace(sorted(rng.uniform(0.0, 1.2 * horizon) for _ in range(int(rate * horizon))))
    if kind == 3:
        return Poisson(Spike(0.7 * rate, 3.0 * rate, 0.3 * horizon, 0.2 * horizon))
    return Poisson(rate)


def _links(draft: Draft, sources: Sequence[str]) -> list[Link]:
    rng = draft.rng
    many = rng.choice([0, 1, 1, 2])
    if draft.fault.startswith("link"):
        many = max(many, 1)
    found = []
    for number in range(many):
        ends = [*draft.names, *sources, "*"]
        a, b = (sources[0], draft.names[0]) if number == 0 else (rng.choice(ends), rng.choice(ends))
        delay = rng.choice(
            [Deterministic(rng.uniform(0.0005, 0.01)), Exponential(0.005), Uniform(0.001, 0.01)]
        )
        found.append(Link(a, b, delay, rng.choice([0.0, 0.0, 0.05]), f"wire{number}"))
    return found


def _fault(draft: Draft, kind: str, system: System, horizon: float) -> list[Fault]:
    """A fault of the kind, or none if there is nothing it could befall."""
    rng = draft.rng
    names = [link.name for link in system.links] if kind.startswith("link") else draft.names
    if kind == "cold cache":
        names = [pool.name for pool in system.pools if pool.cache and pool.cache.hits is None]
    if kind == "threads lost":
        names = [pool.name for pool in system.pools if pool.threads]
    if kind == "cores lost":
        names = [pool.name for pool in system.pools if pool.cores]
    if not names:
        return []
    name = rng.choice(names)
    on = f"link:{name}" if kind.startswith("link") else name
    if on == name and rng.random() < 0.4:
        on = f"{name}[{rng.randrange(system[name].members)}]"
    lasts = None if rng.random() < 0.04 else rng.uniform(0.03, 0.4)
    times = sorted(rng.uniform(0.05, 0.7) * horizon for _ in range(rng.choice([1, 1, 2])))
    when: Any = At(tuple(times)) if rng.random() < 0.85 else Life(Exponential(0.3 * horizon))
    return [Fault(on, when, lasts, EFFECTS[kind](rng))]
