"""What a run takes for granted: defaults nobody typed and choices that change the answer, a line each."""

from __future__ import annotations

from simulator.describe.acting_assumptions import acting_assumptions
from simulator.describe.controllers import Detect
from simulator.describe.faults import At, Drain, Fault, Life
from simulator.describe.pools import Pool
from simulator.describe.system import Scenario, System
from simulator.describe.traffic_assumptions import traffic_assumptions
from simulator.describe.units import format_duration

__all__ = ["assumptions"]


def assumptions(scenario: Scenario) -> tuple[str, ...]:
    """Assumptions of a scenario, one sentence each, the most general first."""
    system = scenario.system
    if not isinstance(system, System):
        return (
            "the chain is taken as stated: exponential stays, as many repairs at once as its rates say",
        )
    lines = [_start(scenario)]
    if not scenario.crews:
        lines.append("no crew is stated: every repair begins at once, however many there are")
    if _lives(scenario, "always"):
        lines.append(
            "parts age and fail also while others, or the system, are down (ages = always)"
        )
    if any(
        isinstance(f.when, Life) and f.when.renews == "new" and f.lasts is not None
        for f in _faults(scenario)
    ):
        lines.append("a repair makes the failed part as good as new (renews = new)")
    lines += [line for pool in system.pools if (line := _redundancy(pool, scenario))]
    lines += _laws(system, scenario)
    if system.structure is None:
        lines.append(_entry(system, scenario))
    if any(fault.planned for fault in _faults(scenario)):
        lines.append("planned outages count as downtime")
    lines += [
        f"{f.pool}: the failure of the primary is noticed at once (no detect is stated)"
        for f in scenario.failovers
        if f.detect == Detect.instant()
    ]
    lines += acting_assumptions(scenario)
    lines += traffic_assumptions(scenario)
    return tuple(dict.fromkeys(lines))


def _faults(scenario: Scenario) -> list[Fault]:
    pools = scenario.system.pools if isinstance(scenario.system, System) else ()
    return [fault for pool in pools for fault in pool.faults] + list(scenario.faults)


def _lives(scenario: Scenario, ages: str) -> bool:
    return any(isinstance(f.when, Life) and f.when.ages == ages for f in _faults(scenario))


def _start(scenario: Scenario) -> str:
    if scenario.starts == "equilibrium":
        return "the system has been running for ever before time 0 (starts = equilibrium)"
    system = scenario.system
    aged = isinstance(system, System) and any(any(pool.start_ages) for pool in system.pools)
    age = "at their stated ages" if aged else "new"
    return f"every part is up and {age} at time 0 (starts = new)"


def _redundancy(pool: Pool, scenario: Scenario) -> str:
    if pool.members == 1 or any(f.pool == pool.name for f in scenario.failovers):
        return ""
    kind = f"a {pool.standby.kind} standby steps in" if pool.standby else "the rest carry on"
    return f"{pool.name}: {pool.needed_members} of {pool.members} members suffice; {kind} at once, without failover"


def _laws(system: System, scenario: Scenario) -> list[str]:
    lines = []
    for pool in system.pools:
        felt = [f for f in (*pool.faults, *scenario.faults) if not f.effect.on_traffic]
        if pool.name not in {(s or pool.name).partition("[")[0] for f in felt for s in f.selectors}:
            lines.append(f"{pool.name}: never fails (no fault is stated)")
        lines += [_law(pool.name, fault) for fault in pool.faults]
    return lines + [_law(fault.name, fault) for fault in scenario.faults]


def _law(name: str, fault: Fault) -> str:
    what = f"{name}.{fault.name}" if fault.name and fault.name != name else name
    when, lasts = fault.when, fault.repair
    if isinstance(when, At):
        life = "at " + ", ".join(format_duration(t) for t in when.all)
    else:
        life = when.distribution.describe() if isinstance(when, Life) else f"on {when.event}"
        life = f"life {life}"
    if lasts is None:
        repair = "mended when found" if fault.found_by is not None else "never repaired"
    else:
        law = format_duration(lasts.seconds) if isinstance(lasts, Drain) else lasts.describe()
        repair = f"repair {law}"
    if fault.effect.on_traffic:
        lasting = (
            "lasts for ever" if repair == "never repaired" else repair.replace("repair ", "lasts ")
        )
        repair = f"{lasting}; members stay up, only requests can tell"
    return f"{what}: {life}, {repair}"


def _entry(system: System, scenario: Scenario) -> str:
    called = {call.call for pool in system.pools for call in pool.calls}
    entries = [pool.name for pool in system.pools if pool.name not in called]
    if scenario.sources:  # users come in where they call
        entries = list(dict.fromkeys(source.to.call for source in scenario.sources))
    return f"the system is up when {' and '.join(entries)} and everything they require are up (derived from the calls)"
