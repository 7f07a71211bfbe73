"""What is legal but silly: settings that do nothing, or that cannot work. One sentence each, with its key path.

Nothing is reported that depends on chance: each sentence follows from the description alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from simulator.describe.codec import key_path
from simulator.describe.demand import demands, width
from simulator.describe.faults import At
from simulator.describe.odd_acting import odd_acting
from simulator.describe.odd_calls import longest, odd_call
from simulator.describe.odd_failures import Failures
from simulator.describe.places import Place, callers_of, places
from simulator.describe.pools import Pool
from simulator.describe.serving import Queue
from simulator.describe.sources import Closed
from simulator.describe.system import Scenario, System
from simulator.describe.units import format_duration

__all__ = ["MANY", "oddities"]

MANY = 10
"""Callers that make a crowd: their retries come together unless jitter keeps them apart."""


def oddities(scenario: Scenario) -> tuple[str, ...]:
    """Sentences about what is allowed but does nothing or cannot work; empty for a clean scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of str
        Each begins with a key path and a colon.
    """
    if not isinstance(scenario.system, System):
        return ()
    made = places(scenario)
    failures = Failures(scenario, made)
    lines: list[str] = []
    for place in made:
        lines += odd_call(place)
        lines += failures.odd(place)
        lines += _odd_beside_callers(place, made)
        lines += _odd_crowd(place, scenario)
    for source in scenario.sources:
        lines += _odd_layers(source.name, scenario, made)
    sent = {name for source in scenario.sources for name, _ in source.classes}
    sent |= {place.call.as_ for place in made}
    for pool in scenario.system.pools:
        lines += _odd_pool(pool, scenario, made)
        for kind in pool.served if scenario.sources else ():
            if kind and kind not in sent:
                where = key_path(f"{key_path('pools', pool.name)}.serve", kind)
                lines.append(f"{where}: nobody sends requests of this class")
    lines += odd_acting(scenario)
    lines += _odd_load(scenario)
    lines += _never_happens(scenario)
    return tuple(dict.fromkeys(lines))


def _odd_beside_callers(place: Place, made: Sequence[Place]) -> Iterator[str]:
    """A wait that outlasts that of everybody who waits for the caller."""
    above = [] if place.by_user else callers_of(place.caller, made)
    if not above or not place.call.wait or any(p.call.passes_on for p in above):
        return
    last = max(above, key=lambda p: longest(p.call))
    for key in ("timeout", "deadline"):
        own = getattr(place.call, key)
        if own is not None and own >= longest(last.call):
            outer = f"the caller's own wait, {format_duration(longest(last.call))}"
            yield f"{place.where}.{key}: {format_duration(own)} is not below {outer} ({last.where})"


def _odd_crowd(place: Place, scenario: Scenario) -> Iterator[str]:
    """Many callers that repeat in step."""
    backoff = None if place.call.retry is None else place.call.retry.backoff
    if backoff is None or backoff.jitter != "none" or backoff.base == 0:
        return
    many, who = _crowd(place, scenario)
    if many >= MANY:
        yield (
            f'{place.where}.retry.backoff.jitter: "none" with {many} {who}: those that fail together '
            "come back together"
        )


def _crowd(place: Place, scenario: Scenario) -> tuple[int, str]:
    if not place.by_user:
        assert isinstance(scenario.system, System)  # a chain makes no calls
        return scenario.system[place.caller].members, f"members of {place.caller}"
    source = next(s for s in scenario.sources if s.name == place.caller)
    closed = isinstance(source.arrivals, Closed)
    return source.arrivals.clients if closed else source.clients, "clients"  # type: ignore[union-attr]


def _odd_layers(source: str, scenario: Scenario, made: Sequence[Place]) -> Iterator[str]:
    """Retries at more than two layers of one path."""
    below: dict[str, list[Place]] = {}
    for place in made:
        below.setdefault(place.caller, []).append(place)
    known: dict[str, list[tuple[float, tuple[Place, ...]]]] = {}

    def worst(name: str) -> list[tuple[float, tuple[Place, ...]]]:
        """The path of most attempts for each number of layers with retries."""
        if name not in known:
            best: dict[int, tuple[float, tuple[Place, ...]]] = {0: (1.0, ())}
            for place in below.get(name, []):
                for times, path in worst(place.call.call):
                    grown = (times * _attempts(place), (place, *path))
                    layers = sum(_attempts(p) > 1 for p in grown[1])
                    if grown[0] > best.get(layers, (0.0, ()))[0]:
                        best[layers] = grown
            known[name] = list(best.values())
        return known[name]

    times, path = max(
        worst(source), key=lambda found: (sum(_attempts(p) > 1 for p in found[1]) > 2, found[0])
    )
    layers = [place for place in path if _attempts(place) > 1]
    if len(layers) > 2:
        way = " -> ".join([source, *(place.call.call for place in path)])
        many = "attempts without end" if math.isinf(times) else f"up to {times:g} attempts"
        yield f"{layers[0].where}.retry: {len(layers)} layers of retries on {way}: {many} for one request"


def _attempts(place: Place) -> float:
    retry = place.call.retry
    if retry is None:
        return 1.0
    return math.inf if isinstance(retry.attempts, str) else float(retry.attempts)


def _odd_pool(pool: Pool, scenario: Scenario, made: Sequence[Place]) -> Iterator[str]:
    where = key_path("pools", pool.name)
    if pool.threads is None and pool.queue != Queue():
        yield f"{where}.queue: threads is not stated, so nobody waits for one: the queue does nothing"
    if pool.threads is None and pool.sheds is not None:
        yield f"{where}.sheds: threads is not stated, so nobody waits for one: nothing is ever shed"
    callers = callers_of(pool.name, made)
    expires = pool.queue.expires_after
    if expires is not None and callers:
        last = max(callers, key=lambda p: longest(p.call))
        if expires >= longest(last.call):
            given = (
                f"{format_duration(expires)} is not below the {format_duration(longest(last.call))}"
            )
            yield f"{where}.queue.expires_after: {given} for which {last.caller} waits: who expires has left"
    if pool.outliers is not None and pool.members == 1:
        yield f"{where}.outliers: members = 1: there is no other member to ask"
    watched = any(check.pool == pool.name for check in scenario.health_checks)
    if pool.panic > 0 and not watched and pool.outliers is None:
        yield f"{where}.panic: no health check and no outliers: nobody is ever taken out of rotation"


def _odd_load(scenario: Scenario) -> Iterator[str]:
    """Sources that bring more than members, or those needed, can do."""
    system = scenario.system
    assert isinstance(system, System)  # oddities() has checked it
    for name, demand in demands(scenario).items():
        pool = system[name]
        active = pool.needed_members if pool.standby is not None else pool.members
        rate = f"{demand.rate:.4g} /s"
        if demand.work >= width(pool, active):
            does = f"its {_members(active)} can do {_does(pool, active, demand.rate / demand.work)}"
            yield f"{key_path('pools', name)}: sources bring {rate} or more and {does}: they cannot keep up"
        elif demand.work >= width(pool, pool.needed_members):
            needed = pool.needed_members
            does = f"{_members(needed)} can do {_does(pool, needed, demand.rate / demand.work)}"
            yield f"{key_path('pools', name)}.needed: {does}, and sources bring {rate} or more: up, but overloaded"


def _members(count: int) -> str:
    return "1 member" if count == 1 else f"{count} members"


def _does(pool: Pool, members: int, each: float) -> str:
    return f"{width(pool, members) * each:.4g} /s"


def _never_happens(scenario: Scenario) -> Iterator[str]:
    """Faults at times that no run reaches."""
    system = scenario.system
    assert isinstance(system, System)  # oddities() has checked it
    stated = [
        (f"{key_path('pools', pool.name)}.faults[{i}]", fault)
        for pool in system.pools
        for i, fault in enumerate(pool.faults)
    ]
    stated += [(key_path("faults", fault.name), fault) for fault in scenario.faults]
    for where, fault in stated:
        if isinstance(fault.when, At) and fault.when.all[0] >= scenario.horizon:
            first, end = format_duration(fault.when.all[0]), format_duration(scenario.horizon)
            yield f"{where}.when.at: {first} lies beyond the horizon, {end}: it never happens"
