"""Checks that need the whole description: references, cycles, contradictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.describe.controllers import Crew, Failover
from simulator.describe.faults import Fault, On
from simulator.describe.selectors import members_of
from simulator.describe.structure import names_in
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from simulator.describe.pools import Call
    from simulator.describe.system import Scenario, System

__all__ = ["check_scenario", "check_system"]


def check_system(system: System) -> None:
    """Raise :class:`DescriptionError` if a call, fault or part names something that is not there."""
    for pool in system.pools:
        for call in pool.calls:
            _check_call(call, system, f"pools.{pool.name}.serve.{call.name or call.call}")
        for number, fault in enumerate(pool.faults):
            _check_fault(fault, system, f"pools.{pool.name}.faults[{number}]", default=pool.name)
    _check_cycle(system)


def _check_call(call: Call, system: System, where: str) -> None:
    names = [pool.name for pool in system.pools]
    if call.call not in names:
        raise DescriptionError(f"{call.call!r} is no pool of this system: it has {', '.join(names)}", where)
    for other in call.fallback:
        _check_call(other, system, f"{where}.fallback")


def _check_fault(fault: Fault, system: System, where: str, default: str) -> None:
    for selector in fault.selectors:
        if not selector and not default:
            raise DescriptionError("a fault outside a pool says whom it is on", f"{where}.on")
        try:
            members_of(selector or default, system)
        except DescriptionError as error:
            raise DescriptionError(error.message, f"{where}.on") from None
    if isinstance(fault.when, On):
        pool = fault.when.event.partition(":")[2]
        if pool not in [p.name for p in system.pools]:
            raise DescriptionError(f"{pool!r} is no pool of this system", f"{where}.when.on.event")
        if fault.shock or fault.found_by:
            raise DescriptionError("a chained fault is neither a shock nor hidden", f"{where}.when.on")


def _check_cycle(system: System) -> None:
    """Calls may meet again, but not run in a circle."""
    state: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if state.get(name) == 1:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise DescriptionError(f"a cycle of calls: {circle}", f"pools.{name}.serve")
        if state.get(name) == 2:
            return
        state[name] = 1
        for call in system[name].calls:
            for target in (call.call, *(other.call for other in call.fallback)):
                visit(target, (*path, name))
        state[name] = 2

    for pool in system.pools:
        visit(pool.name, ())


def check_scenario(scenario: Scenario) -> None:
    """Raise :class:`DescriptionError` if faults, controllers or the structure do not fit the system."""
    from simulator.describe.system import System

    system = scenario.system
    if not isinstance(system, System):
        if scenario.faults or scenario.controllers:
            raise DescriptionError("a stated chain takes no faults and no controllers", "faults")
        return
    fault_names = [fault.name for fault in scenario.faults]
    for name in fault_names:
        if fault_names.count(name) > 1 or name in {pool.name for pool in system.pools}:
            raise DescriptionError(f"{name!r} stands twice: names are unique", f"faults.{name}")
    for fault in scenario.faults:
        _check_fault(fault, system, f"faults.{fault.name}", default="")
    if system.structure is not None:
        for name in names_in(system.structure):
            _check_part(name, system, fault_names)
    _check_controllers(scenario, system, fault_names)


def _check_part(name: str, system: System, fault_names: list[str]) -> None:
    if name in fault_names:
        return
    try:
        members_of(name, system)
    except DescriptionError as error:
        raise DescriptionError(error.message, "structure") from None


def _check_controllers(scenario: Scenario, system: System, fault_names: list[str]) -> None:
    pools = [pool.name for pool in system.pools]
    names = [controller.name for controller in scenario.controllers]
    served: dict[str, str] = {}
    for controller in scenario.controllers:
        where = f"controllers.{controller.name}"
        if names.count(controller.name) > 1:
            raise DescriptionError(f"{controller.name!r} stands twice: names are unique", where)
        if isinstance(controller, Crew):
            for key in ("priority", "serves"):
                for name in getattr(controller, key):
                    if name not in pools and name not in fault_names:
                        raise DescriptionError(f"{name!r} is no pool and no fault", f"{where}.{key}")
            for name in controller.serves or ("*",):
                if name in served or "*" in served or (name == "*" and served):
                    raise DescriptionError(f"{name!r} is served by two crews", f"{where}.serves")
                served[name] = controller.name
        elif isinstance(controller, Failover):
            _check_failover(controller, system, where)
    pools_led = [f.pool for f in scenario.failovers]
    for pool in pools_led:
        if pools_led.count(pool) > 1:
            raise DescriptionError(f"{pool!r} has two failovers", "controllers")


def _check_failover(failover: Failover, system: System, where: str) -> None:
    pools = [pool.name for pool in system.pools]
    if failover.pool not in pools:
        raise DescriptionError(f"{failover.pool!r} is no pool of this system: it has {', '.join(pools)}", f"{where}.pool")
    pool = system[failover.pool]
    if pool.members < 2:
        raise DescriptionError(f"{failover.pool!r} has one member: there is none to fail over to", f"{where}.pool")
    if failover.voters == "members" and 2 * pool.needed_members <= pool.members:
        raise DescriptionError(
            f"needed = {pool.needed_members} of {pool.members} is no majority of the voters", f"pools.{pool.name}.needed"
        )
