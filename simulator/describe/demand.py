"""What sources ask of pools at least, beside what the members can do: known without running anything.

Lower bounds, so that whoever warns is right: calls that a cache may spare, and calls behind a rate
limit or throttle, are left out; so are retries, hedges and whatever comes of failure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.describe.faults import Every, Poisson
from simulator.describe.pools import Pool
from simulator.describe.sources import Source
from simulator.describe.steps import All, Call, Work
from simulator.describe.system import Scenario, System

__all__ = ["Demand", "demands", "steady_rate", "width"]


@dataclass(frozen=True, slots=True)
class Demand:
    """What comes to a pool.

    Parameters
    ----------
    rate : float
        Requests per second, at least.
    work : float
        Work that they bring, seconds of one core per second.
    """

    rate: float = 0.0
    work: float = 0.0

    def plus(self, other: Demand, times: float) -> Demand:
        """Sum of this one and `times` the other."""
        if times == 0.0:  # a work of endless mean that is never asked for adds nothing
            return self
        return Demand(self.rate + times * other.rate, self.work + times * other.work)


def steady_rate(source: Source, horizon: float) -> float | None:
    """The lower of the rates at the start and the end, per second; None if sources wait or are traced."""
    if isinstance(source.arrivals, Poisson):
        return min(source.arrivals.at(0.0), source.arrivals.at(horizon))
    return 1.0 / source.arrivals.period if isinstance(source.arrivals, Every) else None


def width(pool: Pool, members: int) -> float:
    """Pieces of work that so many members do at once; infinite if neither threads nor cores are stated."""
    return members * min(
        math.inf if limit is None else limit for limit in (pool.threads, pool.cores)
    )


def demands(scenario: Scenario) -> dict[str, Demand]:
    """Demand on each pool that open-loop sources reach."""
    if not isinstance(scenario.system, System):
        return {}
    walk = _Walk(scenario.system)
    total: dict[str, Demand] = {}
    for source in scenario.sources:
        rate = steady_rate(source, scenario.horizon)
        if rate is None or _limited(source.to):
            continue
        for kind, part in source.classes or (("", 1.0),):
            for pool, demand in walk.of(source.to.call, source.to.as_ or kind).items():
                total[pool] = total.get(pool, Demand()).plus(demand, rate * part)
    return total


def _limited(call: Call) -> bool:
    return call.rate_limit is not None or call.throttle is not None


class _Walk:
    """Demand that one request to a pool brings to every pool below it."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.known: dict[tuple[str, str], dict[str, Demand]] = {}

    def of(self, name: str, kind: str) -> dict[str, Demand]:
        """Demand of one request of class `kind` to the pool `name`, by pool."""
        key = (name, kind)
        if key not in self.known:
            self.known[key] = self._walked(self.system[name], kind)
        return self.known[key]

    def _walked(self, pool: Pool, kind: str) -> dict[str, Demand]:
        served = pool.served
        found: dict[str, Demand] = {pool.name: Demand(1.0, 0.0)}
        hits: float | None = 1.0  # chance that the call before was no miss; None = not known
        for step in served.get(kind, served.get("", ())):
            if isinstance(step, Work):
                found[pool.name] = found[pool.name].plus(Demand(0.0, step.law.mean()), 1.0)
            elif isinstance(step, All):
                every = step.times * len(step.all)
                share = 1.0 if step.needs == "all" else step.needs / every
                for call in step.all:
                    self._add(found, call, kind, step.times * share)
                hits = None
            else:
                chance = _chance(step, hits)
                self._add(found, step, kind, chance)
                hits = self._hits(step) if chance == 1.0 else None
        return found

    def _add(self, found: dict[str, Demand], call: Call, kind: str, times: float) -> None:
        if _limited(call) or call.plane == "control":
            return
        for pool, demand in self.of(call.call, call.as_ or kind).items():
            found[pool] = found.get(pool, Demand()).plus(demand, times)

    def _hits(self, call: Call) -> float | None:
        """Chance that a call is no miss, as far as it is stated."""
        cache = self.system[call.call].cache
        return 1.0 if cache is None else cache.hits


def _chance(call: Call, hits: float | None) -> float:
    """Chance that a call is made at all, at least."""
    if not call.after:
        return 1.0
    if hits is None:
        return 0.0
    return hits if call.after == "ok" else 1.0 - hits
