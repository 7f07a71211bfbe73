"""What a run of requests takes for granted: choices about traffic that flip outcomes, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulator.describe.faults import Fault
from simulator.describe.places import Place, places
from simulator.describe.pools import Pool
from simulator.describe.sources import Closed, Source, Trace
from simulator.describe.system import Scenario, System

__all__ = ["traffic_assumptions"]

_CANCELS = {
    "nothing": "is served all the same",
    "queued": "is dropped when it reaches the head of the queue",
    "running": "is dropped in the queue, and stopped at work",
}


def traffic_assumptions(scenario: Scenario) -> tuple[str, ...]:
    """Assumptions of a scenario about its requests, one sentence each; none without sources."""
    system = scenario.system
    if not isinstance(system, System) or not scenario.sources:
        return ()
    made = places(scenario)
    lines = [_clients(source) for source in scenario.sources]
    if scenario.stands_for is not None:
        lines.append(f"the zones here stand for {scenario.stands_for} like ones, which share nothing")
    lines += _patience(made)
    lines += _cancelled(made)
    lines += _queues(system.pools)
    lines.append("turning a request away costs nothing: no thread, no work")
    lines += _expiry(system.pools)
    lines += _dead(scenario, system)
    if any(pool.members > 1 for pool in system.pools):
        lines.append("one balancer for each pool, shared by all its callers")
    if slow := [pool.name for pool in system.pools if pool.slowdown is not None]:
        lines.append(
            f"{_listed(slow)}: how much load slows a piece of work is settled when it begins"
        )
    lines.append(_beginning(system.pools))
    return tuple(lines)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _label(place: Place) -> str:
    return f"{place.caller}>{place.call.label}"


def _clients(source: Source) -> str:
    arrivals = source.arrivals
    if isinstance(arrivals, Closed):
        many = f"{arrivals.clients} clients" if arrivals.clients > 1 else "1 client"
        return f"{source.name}: closed, {many}: the next request waits for the answer to the last"
    how = "at stated times" if isinstance(arrivals, Trace) else "at their rate"
    return f"{source.name}: open: requests come {how}, whatever becomes of those before"


def _patience(made: Sequence[Place]) -> Iterator[str]:
    """Timeouts: what they cover, and who has none."""
    waited = [place for place in made if place.call.wait]
    if any(place.call.timeout is not None for place in waited):
        yield "a timeout is for one attempt: link, queue, work and link back, not the wait for a permit"
    endless = [p for p in waited if p.call.timeout is None and p.call.deadline is None]
    if endless:
        yield f"without a timeout, so they wait for ever: {_listed(map(_label, endless))}"


def _cancelled(made: Sequence[Place]) -> Iterator[str]:
    """What becomes of attempts whose caller has left."""
    for kind, meaning in _CANCELS.items():
        left = [
            place
            for place in made
            if place.call.cancels == kind
            and any((place.call.timeout, place.call.deadline, place.call.hedge))
        ]
        if left:
            names = _listed(map(_label, left))
            yield f"an attempt whose caller has left {meaning} (cancels = {kind}): {names}"


def _queues(pools: Sequence[Pool]) -> Iterator[str]:
    """Who waits for a thread, how many, in which order."""
    if free := [pool.name for pool in pools if pool.threads is None]:
        yield f"any number of requests at once, none waits for a thread (threads is not stated): {_listed(free)}"
    for pool in pools:
        if pool.threads is None:
            continue
        cap = pool.queue.cap
        waits = "none waits" if cap == 0 else f"up to {cap} wait" if cap else "any number waits"
        order = "" if cap == 0 else f", {pool.queue.order}"
        more = "" if cap is None else "; one more is shed"
        yield f"{pool.name}: for each member {pool.threads} threads, {waits}{order}{more}"


def _expiry(pools: Sequence[Pool]) -> Iterator[str]:
    for pool in pools:
        if pool.queue.expires_after is not None and pool.queue.expired == "costs_service":
            yield f"{pool.name}: a request that has expired takes its service all the same"


def _dead(scenario: Scenario, system: System) -> Iterator[str]:
    """What callers see of a member that is down, and until when it is sent requests."""
    faults = [fault for pool in system.pools for fault in pool.faults] + list(scenario.faults)
    downs = [f for f in faults if not f.effect.up and not all(map(_of_link, f.selectors))]
    if not downs:
        return
    silent = [f.name or "a fault" for f in downs if f.effect.silent]
    kind = "is silent" if len(silent) == len(downs) else "refuses at once"
    but = f" (but silent: {_listed(silent)})" if silent and kind != "is silent" else ""
    yield f"a member that is down {kind}{but}, and the work inside it is lost"
    watched = {check.pool for check in scenario.health_checks}
    blind = [pool.name for pool in system.pools if pool.name not in watched and _falls(pool, downs)]
    if blind:
        know = "no health check, so balancers know at once who is down (who is silent, never)"
        yield f"{know}: {_listed(blind)}"


def _falls(pool: Pool, downs: Sequence[Fault]) -> bool:
    """Whether a member of the pool can go down while others are asked as well."""
    own = any(fault in downs for fault in pool.faults)
    named = {s.partition("[")[0] for fault in downs for s in fault.selectors}
    zones = {f"zone:{zone}" for zone, _ in pool.zones}
    return pool.members > 1 and (own or pool.name in named or bool(zones & named))


def _of_link(selector: str) -> bool:
    return selector.startswith("link:")


def _beginning(pools: Sequence[Pool]) -> str:
    keyed = [pool for pool in pools if pool.cache is not None and pool.cache.hits is None]
    cold = [pool.name for pool in keyed if pool.cache is not None and not pool.cache.warm]
    caches = f", and the caches of {_listed(cold)} cold" if cold else ""
    return f"runs begin idle: no request is under way{caches}"
