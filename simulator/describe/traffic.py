"""Checks of what requests need: sources, links, health checks, classes of requests, steps in a sensible order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.describe.classes import check_served
from simulator.describe.effects import Effect
from simulator.describe.steps import Call, Work
from simulator.describe.wording import NAME, nearest, shown
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.describe.controllers import HealthCheck
    from simulator.describe.faults import Fault
    from simulator.describe.pools import Pool
    from simulator.describe.sources import Source
    from simulator.describe.system import Scenario, System

__all__ = ["check_health", "check_link_fault", "check_links", "check_sources", "check_targets"]


def check_links(system: System) -> None:
    """Raise :class:`DescriptionError` for a step out of order, or two links of one name."""
    for pool in system.pools:
        for name, steps in pool.served.items():
            where = f"pools.{pool.name}.serve" + (f".{name}" if name else "")
            _check_order(steps, where)
    seen: set[str] = set()
    for link in system.links:
        if link.name in seen:
            raise DescriptionError(f"{shown(link.name)} stands twice", "links")
        seen.add(link.name)


def _check_order(steps: Iterable[object], where: str) -> None:
    before = False
    for number, step in enumerate(steps):
        if isinstance(step, Call):
            if step.after and not before:
                message = f"{shown(step.after)}: there is no call before this one"
                raise DescriptionError(message, f"{where}[{number}].after")
            before = True
        elif not isinstance(step, Work):
            before = False


def check_link_fault(fault: Fault, selector: str, system: System, where: str) -> None:
    """Raise if there is no such link, or the effect is none a link can have."""
    names = [link.name for link in system.links]
    name = selector.removeprefix("link:")
    if name not in names:
        known = ", ".join(names) or "none: the system states no links"
        raise DescriptionError(f"{shown(name)}{nearest(name, names)}: the links are {known}", where)
    effect = fault.effect
    if effect != Effect(up=effect.up, delay=effect.delay, lost=effect.lost):
        raise DescriptionError(
            "a fault on a link can cut it (up = false), delay it or lose requests (lost)", where
        )


def check_health(check: HealthCheck, system: System, watched: dict[str, str], where: str) -> None:
    """Raise if the health check watches no pool, or one that another one watches (`watched`)."""
    names = [pool.name for pool in system.pools]
    if check.pool not in names:
        hint = nearest(check.pool, names)
        message = f"{shown(check.pool)} is no pool{hint}: there is {', '.join(names)}"
        raise DescriptionError(message, f"{where}.pool")
    if check.pool in watched:
        message = f"{shown(check.pool)} has the health check {watched[check.pool]} already"
        raise DescriptionError(message, f"{where}.pool")
    watched[check.pool] = check.name
    if check.timeout > check.every:
        message = f"{check.timeout!r}: a probe must have failed before the next one, every = {check.every!r}"
        raise DescriptionError(message, f"{where}.timeout")
    if check.probe == "deep":
        check_served(check.as_, system[check.pool], f"{where}.as")


def check_sources(scenario: Scenario, system: System) -> None:
    """Raise if a source calls no pool, or asks for what the pools cannot tell."""
    names = [pool.name for pool in system.pools]
    known: set[str] = set()
    for source in scenario.sources:
        where = f"sources.{source.name}"
        if not re.fullmatch(NAME, source.name):
            message = f"{shown(source.name)}: a name has letters, digits, spaces, _ and - only"
            raise DescriptionError(message, where)
        if source.name in known or source.name in names:
            raise DescriptionError(f"{shown(source.name)} is the name of something else", where)
        known.add(source.name)
        check_targets(source.to, names, f"{where}.to")
        for pool in _reached(source.to, system):
            _check_pool(pool, source, where)
    ends = {*names, *known, "*"} | {f"zone:{z}" for p in system.pools for z, _ in p.zones}
    ends |= {f"zone:{s.zone}" for s in scenario.sources if s.zone}
    for number, link in enumerate(system.links):
        named = link.name != f"{link.a}-{link.b}"
        where = f"links.{link.name}" if named else f"links[{number}]"
        for key in ("a", "b"):
            if getattr(link, key) not in ends:
                end = getattr(link, key)
                message = f"{shown(end)}{nearest(end, ends)}: allowed are {', '.join(sorted(ends))}"
                raise DescriptionError(message, f"{where}.{key}")


def check_targets(call: Call, names: list[str], where: str) -> None:
    """Raise if a call, or a fallback of it, asks no pool."""
    if call.call not in names:
        hint = nearest(call.call, names)
        message = f"{shown(call.call)} is no pool{hint}: there is {', '.join(names)}"
        raise DescriptionError(message, f"{where}.call")
    for number, other in enumerate(call.fallback):
        if isinstance(other, Call):
            check_targets(other, names, f"{where}.fallback[{number}]")


def _reached(call: Call, system: System) -> list[Pool]:
    """Every pool that requests of this call can come to."""
    found: dict[str, Pool] = {}
    todo = [call]
    while todo:
        now = todo.pop()
        todo += [other for other in now.fallback if isinstance(other, Call)]
        if now.call not in found:
            found[now.call] = system[now.call]
            todo += found[now.call].calls
    return list(found.values())


def _check_pool(pool: Pool, source: Source, where: str) -> None:
    keyed = pool.balance == "by_key" or pool.shards > 1
    keyed = keyed or (pool.cache is not None and pool.cache.hits is None)
    if keyed and source.keys is None:
        raise DescriptionError(
            f"{pool.name} needs to know what requests ask for: state keys, such as "
            "keys = { exponent = 1.0, n = 10000 }",
            f"{where}.keys",
        )
