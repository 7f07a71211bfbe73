"""What a scenario asks of an engine, as names; each engine declares the ones it supports."""

from __future__ import annotations

from collections.abc import Collection

from simulator.describe.chain import Chain
from simulator.describe.controllers import ACTING, Crew, Failover
from simulator.describe.faults import At, Fault, Life, On
from simulator.describe.pools import Pool
from simulator.describe.structure import names_in
from simulator.describe.system import Scenario, System
from simulator.errors import NotSupported

__all__ = ["DEPENDENCE", "FEATURES", "LIVED", "bears_on_time", "features", "independent", "refuse_lived"]

FEATURES: dict[str, str] = {
    "chain": "a stated Markov chain",
    "crew": "repairs that wait for a crew",
    "travel": "a crew that travels",
    "failover": "a failover",
    "standby": "members that stand by",
    "load sharing": "members that age faster under more load",
    "ageing stops": "lives that stand still while something is down",
    "not renewed": "repairs that do not renew",
    "chained fault": "a fault that follows another event",
    "shock": "a shock whose victims are repaired one by one",
    "hidden damage": "damage that matters only when another member is down",
    "inspected": "faults found by inspection",
    "data loss": "a pool whose data can be lost",
    "shared fault": "one fault over several members",
    "starts in equilibrium": "a start in equilibrium",
    "ages at start": "members of a given age at the start",
    "at stated times": "faults at stated times",
    "acting": "runbooks, rollouts or autoscalers",
    "zoned failover": "a failover with votes in zones, leases, fences or holds",
    "restart": "a pool that must restart in full",
    "on-call hours": "a crew with on-call hours",
}
"""Every feature and what it means."""

LIVED = frozenset({"acting", "zoned failover", "restart", "on-call hours"})
"""Features that only a run day by day acts out, not the engines of years."""

DEPENDENCE = frozenset(
    {
        "crew",
        "travel",
        "failover",
        "standby",
        "load sharing",
        "ageing stops",
        "chained fault",
        "shock",
        "hidden damage",
        "data loss",
    }
)
"""Features that make the fate of one part depend on another."""


def bears_on_time(fault: Fault, named: Collection[str]) -> bool:
    """Whether a fault can change what is up, so that availability by time has to know it.

    A fault that only requests can feel (a slow member, errors, a cut link) is left out, unless the
    structure names it as a part (`named`).
    """
    if fault.name and fault.name in named:
        return True
    members = [s for s in fault.selectors if not s.startswith("link:")]
    return bool(members) and not fault.effect.on_traffic


def features(scenario: Scenario) -> frozenset[str]:
    """Names of all features a scenario has, as far as they bear on availability by time."""
    if isinstance(scenario.system, Chain):
        return frozenset({"chain"})
    found = {"starts in equilibrium"} if scenario.starts == "equilibrium" else set()
    for pool in scenario.system.pools:
        found |= _of_pool(pool)
    structure = scenario.system.structure
    named = () if structure is None else tuple(names_in(structure))
    faults = [(fault, pool) for pool in scenario.system.pools for fault in pool.faults]
    for fault, at in [*faults, *((fault, None) for fault in scenario.faults)]:
        if not bears_on_time(fault, named if at is None else ()):
            continue
        found |= _of_fault(fault, at, scenario.system)
    for controller in scenario.controllers:
        if isinstance(controller, Crew):
            found |= _of_crew(controller, scenario)
        elif isinstance(controller, Failover):
            found.add("zoned failover" if controller.zoned else "failover")
        elif isinstance(controller, ACTING):
            found.add("acting")
    return frozenset(found)


def refuse_lived(scenario: Scenario, engine: str) -> None:
    """Raise :class:`NotSupported` for `engine` if something acts during the run: years leave it out."""
    found = sorted(features(scenario) & LIVED)
    if found:
        what = ", ".join(FEATURES[name] for name in found)
        raise NotSupported(what, engine, "conduct and traffic act it out")


def independent(scenario: Scenario) -> bool:
    """Whether every fault runs its course without regard to any other."""
    return not features(scenario) & (DEPENDENCE | {"chain"})


def _of_pool(pool: Pool) -> set[str]:
    found = set()
    if pool.standby is not None and pool.needed_members < pool.members:
        found.add("standby")
    if pool.load_sharing is not None:
        found.add("load sharing")
    if pool.on_shortage == "lost":
        found.add("data loss")
    if pool.on_shortage == "restart":
        found.add("restart")
    if any(pool.start_ages):
        found.add("ages at start")
    return found


def _of_fault(fault: Fault, pool: Pool | None, system: System) -> set[str]:
    found = set()
    if fault.together:
        found.add("shock" if fault.shock else "shared fault")
    if fault.effect.hidden:
        found.add("hidden damage")
    if fault.found_by is not None:
        found.add("inspected")
    if isinstance(fault.when, At):
        found.add("at stated times")
    if isinstance(fault.when, On):
        found.add("chained fault")
    elif isinstance(fault.when, Life):
        if fault.when.keeps:
            found.add("not renewed")
        if fault.when.ages == "while_serving" or (
            fault.when.ages == "while_up" and _others(fault, pool, system)
        ):
            found.add("ageing stops")
    return found


def _others(fault: Fault, pool: Pool | None, system: System) -> bool:
    """Whether another fault can hold the same member down."""
    return (
        pool is None
        or len(pool.faults) > 1
        or any(f.selectors != ("",) for p in system.pools for f in p.faults)
    )


def _of_crew(crew: Crew, scenario: Scenario) -> set[str]:
    """A crew as large as everything it may have to repair makes nobody wait."""
    found = {"travel"} if crew.travel is not None else set()
    system = scenario.system
    assert isinstance(system, System)  # a chain has no controllers
    jobs = 0
    for pool in system.pools:
        waiting = sum(fault.needs_crew and fault.lasts is not None for fault in pool.faults)
        jobs += pool.members * waiting if not crew.serves or pool.name in crew.serves else 0
    jobs += (
        sum(f.needs_crew and f.lasts is not None for f in scenario.faults) * len(system.pools) * 8
    )
    found |= {"on-call hours"} if crew.on_call is not None else set()
    return found | ({"crew"} if jobs > crew.size else set())
