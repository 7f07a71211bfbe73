"""What is odd about primaries and lost state: failovers, leases, terms, restarts. A sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.describe.codec import key_path
from simulator.describe.failover import Failover
from simulator.describe.places import places
from simulator.describe.pools import Pool
from simulator.describe.system import Scenario, System
from simulator.describe.units import format_duration

__all__ = ["odd_leading"]


def odd_leading(scenario: Scenario) -> Iterator[str]:
    """Sentences about failovers, fencing, roles and restarts of a scenario that is not of a chain."""
    system = scenario.system
    assert isinstance(system, System)  # the caller has checked it
    for failover in scenario.failovers:
        where = f"{key_path('controllers', failover.name)}.failover"
        yield from _odd_times(failover, scenario, where)
        yield from _odd_fencing(failover, system, where)
    led = {failover.pool for failover in scenario.failovers}
    for pool in system.pools:
        where = key_path("pools", pool.name)
        if pool.checks_term and not led:
            yield f"{where}.checks_term: there is no failover, so nobody has a term"
        yield from _odd_restart(pool, f"{where}.restart")
    for place in places(scenario):
        role, callee = place.call.to_role, place.call.call
        if role and callee not in led:
            yield f"{place.where}.to_role: {callee} has no failover, so no member of it is a {role}"


def _odd_times(failover: Failover, scenario: Scenario, where: str) -> Iterator[str]:
    end = format_duration(scenario.horizon)
    if failover.hold >= scenario.horizon:
        yield f"{where}.hold: {format_duration(failover.hold)} is not below the horizon, {end}: it never fails over"
    elif failover.detect.earliest >= scenario.horizon:
        first = format_duration(failover.detect.earliest)
        yield f"{where}.detect: {first} at least is not below the horizon, {end}: no failure is ever believed"
    if failover.kill_takes and not failover.kills_old:
        yield f"{where}.kill_takes: kills_old is false, so nobody is switched off: it does nothing"


def _odd_fencing(failover: Failover, system: System, where: str) -> Iterator[str]:
    pool = system[failover.pool]
    if failover.drift and failover.lease is None:
        yield f"{where}.drift: no lease is stated, so no clock is asked: it does nothing"
    elif (
        failover.drift
        and failover.lease is not None
        and not any(p.checks_term for p in system.pools)
    ):
        # a clock that runs slow by d shows the lease L after L / (1 - d) seconds
        longer = failover.lease * failover.drift / (1.0 - failover.drift)
        told = f"the old primary believes its lease {format_duration(longer)} too long"
        yield f"{where}.drift: {told}, and no pool checks terms: two primaries may write meanwhile"
    for key in ("fences", "lease"):
        if getattr(failover, key) and failover.voters is None:
            yield f"{where}.{key}: no voters are stated, so there is no majority for a primary to reach"
    if not failover.cross_zone and not pool.zones:
        yield f"{where}.cross_zone: {pool.name} states no zones: it does nothing"


def _odd_restart(pool: Pool, where: str) -> Iterator[str]:
    restart = pool.restart
    if restart is None:
        return
    if restart.opens_at == 1.0 and restart.parts != 100:
        yield f"{where}.parts: opens_at = 1: nothing is served before all is ready, so parts do nothing"
