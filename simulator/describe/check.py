"""Checks that need the whole description: references, cycles, contradictions, sizes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.describe.calls import check_calls
from simulator.describe.check_acting import check_acting, check_backlogs
from simulator.describe.classes import check_classes, check_sent
from simulator.describe.controllers import Crew, Failover, HealthCheck
from simulator.describe.faults import Drain, Fault, On
from simulator.describe.ranges import check_drain, check_pool
from simulator.describe.selectors import members_of
from simulator.describe.structure import names_in
from simulator.describe.traffic import check_health, check_link_fault, check_links, check_sources
from simulator.describe.triggers import OF_MEMBERS
from simulator.describe.valid import whole
from simulator.describe.wording import NAME, nearest, shown
from simulator.describe.writing import to_plain
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.describe.system import Scenario, System

__all__ = ["MAX_COVERED", "check_scenario", "check_system"]

MAX_COVERED = 100_000
"""Most members of a system, and most (fault, member) pairs: each is a basic event of its own."""

MAX_VOTES = 1_000
"""Most votes of one zone."""


def check_system(system: System) -> None:
    """Raise :class:`DescriptionError` if a call or fault names something that is not there."""
    for pool in system.pools:
        check_pool(pool, f"pools.{pool.name}")
    check_calls(system)
    check_links(system)
    check_sent(system)
    members = sum(pool.members for pool in system.pools)
    if members > MAX_COVERED:
        raise DescriptionError(f"{members:,} members in all: at most {MAX_COVERED:,}", "pools")
    covered = 0
    for pool in system.pools:
        for number, fault in enumerate(pool.faults):
            where = f"pools.{pool.name}.faults[{number}]"
            covered += _check_fault(fault, system, where, default=pool.name)
            if covered > MAX_COVERED:
                raise DescriptionError(
                    f"{len(pool.faults)} faults on {pool.members} members: a system has at most "
                    f"{MAX_COVERED:,} faults, counted once for each member",
                    f"pools.{pool.name}.faults",
                )


def _check_fault(fault: Fault, system: System, where: str, default: str) -> int:
    """Raise if the fault does not fit the system; the number of members it covers."""
    covered = 0
    if fault.on == () or (not default and not all(fault.selectors)):
        message = f"{shown(fault.on)}: a fault outside a pool says whom it is on"
        raise DescriptionError(message, f"{where}.on")
    if len(set(fault.selectors)) < len(fault.selectors):
        raise DescriptionError(f"{shown(fault.on)}: one stands twice", f"{where}.on")
    for selector in fault.selectors:
        if selector.startswith("link:"):
            check_link_fault(fault, selector, system, f"{where}.on")
            continue
        try:
            covered += len(members_of(selector or default, system))
        except DescriptionError as error:
            raise DescriptionError(error.message, f"{where}.on") from None
    if fault.name:
        _check_name(fault.name, f"{where}.name")
    if isinstance(fault.lasts, Drain):
        key = "crash.repair" if "crash" in to_plain(fault) else "lasts"
        check_drain(fault.lasts, f"{where}.{key}.drain")
    if isinstance(fault.when, On):
        _check_on(fault, fault.when, system, f"{where}.when.on")
    return covered


def _check_on(fault: Fault, when: On, system: System, where: str) -> None:
    pools = [pool.name for pool in system.pools]
    kind, _, name = when.event.partition(":")
    if kind not in OF_MEMBERS:
        message = (
            f"{shown(when.event)}: only a runbook follows it; a fault follows repaired or failed"
        )
        raise DescriptionError(message, f"{where}.event")
    if name not in pools:
        raise DescriptionError(f"{shown(when.event)}: {_no_pool(name, pools)}", f"{where}.event")
    if fault.shock or fault.found_by:
        kind = "a shock" if fault.shock else "hidden (found_by)"
        raise DescriptionError(f"a fault that follows {shown(when.event)} cannot be {kind}", where)


def _check_name(name: str, where: str) -> None:
    if not re.fullmatch(NAME, name):
        raise DescriptionError(
            f"{shown(name)}: a name has letters, digits, spaces, _ and - only", where
        )


def _no_pool(name: str, pools: Iterable[str]) -> str:
    known = list(pools)
    return f"{shown(name)} is no pool{nearest(name, known)}: there is {', '.join(known)}"


def check_scenario(scenario: Scenario) -> None:
    """Raise :class:`DescriptionError` if faults, controllers or the structure do not fit."""
    from simulator.describe.system import System

    system = scenario.system
    if not isinstance(system, System):
        parts = (
            ("faults", scenario.faults), ("controllers", scenario.controllers), ("sources", scenario.sources),
            ("backlogs", scenario.backlogs),
        )  # fmt: skip
        for key, given in parts:
            if given:
                raise DescriptionError(f"a stated chain takes no {key}", f"{key}.{given[0].name}")
        return
    _check_names(scenario, system)
    for fault in scenario.faults:
        _check_fault(fault, system, f"faults.{fault.name}", default="")
    if system.structure is not None:
        for name in names_in(system.structure):
            _check_part(name, system, scenario)
    check_backlogs(scenario, system)
    crews: dict[str, str] = {}
    led: dict[str, str] = {}
    watched: dict[str, str] = {}
    for controller in scenario.controllers:
        where = f"controllers.{controller.name}"
        if isinstance(controller, Crew):
            _check_crew(controller, scenario, system, crews, f"{where}.crew")
        elif isinstance(controller, Failover):
            _check_failover(controller, system, led, f"{where}.failover")
        elif isinstance(controller, HealthCheck):
            check_health(controller, system, watched, f"{where}.health_check")
        else:
            check_acting(controller, scenario, system)
    check_sources(scenario, system)
    check_classes(scenario, system)


def _check_names(scenario: Scenario, system: System) -> None:
    """Pools, scenario faults and controllers share one room of names."""
    seen = {pool.name: "a pool" for pool in system.pools}
    named = [(fault.name, "a fault", "faults") for fault in scenario.faults]
    named += [(c.name, "a controller", "controllers") for c in scenario.controllers]
    for name, kind, room in named:
        _check_name(name, f"{room}.{name}")
        if name in seen:
            raise DescriptionError(
                f"{name!r} is {seen[name]} already: names are unique", f"{room}.{name}"
            )
        seen[name] = kind


def _check_part(name: str, system: System, scenario: Scenario) -> None:
    for fault in scenario.faults:
        if fault.name == name:
            if fault.shock or not fault.together:
                raise DescriptionError(
                    f"{name!r} is many events, so it is no part: give it together = true",
                    "structure",
                )
            return
    try:
        found = members_of(name, system)
    except DescriptionError as error:
        raise DescriptionError(error.message, "structure") from None
    if name.startswith("zone:"):
        parts = ", ".join(f"{pool}[{i}]" for pool, i in found)
        raise DescriptionError(
            f"{name!r} is no part: name pools, members or faults ({shown(parts)})", "structure"
        )


def _check_crew(
    crew: Crew, scenario: Scenario, system: System, served: dict[str, str], where: str
) -> None:
    """Raise if the crew serves what is not there, or what another crew serves (`served`)."""
    known = [pool.name for pool in system.pools] + [fault.name for fault in scenario.faults]
    for key in ("priority", "serves"):
        names = getattr(crew, key)
        for name in names:
            if name not in known:
                hint = nearest(name, known)
                message = (
                    f"{shown(name)} is no pool and no fault{hint}: there is {', '.join(known)}"
                )
                raise DescriptionError(message, f"{where}.{key}")
            if names.count(name) > 1:
                raise DescriptionError(f"{name!r} stands twice", f"{where}.{key}")
    for name in crew.serves or ("*",):
        clash = (
            served.get(name) or served.get("*") or (name == "*" and next(iter(served.values()), ""))
        )
        if clash:
            what = "everything" if "*" in (name, *served) else repr(name)
            message = f"{what} is served by two crews, {clash} and {crew.name}: divide the work with serves"
            raise DescriptionError(message, f"{where}.serves")
    served.update((name, crew.name) for name in crew.serves or ("*",))


def _check_failover(failover: Failover, system: System, led: dict[str, str], where: str) -> None:
    """Raise if the failover has no pool to lead, or shares it with another one (`led`)."""
    pools = {pool.name: pool for pool in system.pools}
    name = failover.pool
    if name not in pools:
        raise DescriptionError(_no_pool(name, pools), f"{where}.pool")
    if name in led:
        raise DescriptionError(f"{name!r} has the failover {led[name]} already", f"{where}.pool")
    led[name] = failover.name
    pool = pools[name]
    if pool.members < 2:
        raise DescriptionError(
            f"{name!r} has members = 1: there is none to fail over to", f"{where}.pool"
        )
    if failover.first >= pool.members:
        message = f"{failover.first!r}: allowed is a number from 0 to {pool.members - 1}"
        raise DescriptionError(message, f"{where}.first")
    if isinstance(failover.voters, tuple):
        _check_voters(failover.voters, system, f"{where}.voters")
    if failover.voters == "members" and 2 * pool.needed_members <= pool.members:
        raise DescriptionError(
            f"needed = {pool.needed_members} of members = {pool.members} is no majority of the voters",
            f"pools.{name}.needed",
        )


def _check_voters(voters: tuple[tuple[str, int], ...], system: System, where: str) -> None:
    """Raise if votes stand in no zone, or there are none; a zone without a vote is not named."""
    zones = {zone for pool in system.pools for zone, _ in pool.zones}
    zones |= {
        e.removeprefix("zone:") for link in system.links for e in (link.a, link.b) if "zone:" in e
    }
    for zone, votes in voters:
        if zone not in zones:
            there = ", ".join(sorted(zones)) or "none"
            message = f"{shown(zone)} is no zone{nearest(zone, zones)}: there is {there}"
            raise DescriptionError(message, where)
        if [name for name, _ in voters].count(zone) > 1:
            raise DescriptionError(f"{shown(zone)} stands twice", where)
        whole(votes, f"{where}.{zone}")
        if votes > MAX_VOTES:
            message = f"{shown(votes)}: at most {MAX_VOTES:,} is allowed"
            raise DescriptionError(message, f"{where}.{zone}")
    if not voters:
        raise DescriptionError(
            'no zone has a vote: write { ZONE = 1, ... }, "members", or leave it out', where
        )
