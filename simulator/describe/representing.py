"""A few of many like zones: those that share nothing with each other are exchangeable, so some stand for all.

What is kept is what a zone does by itself: every share, every wait, every utilisation is that of the whole. What
depends on how many zones there are (requests per second in all, the worst of all zones) is not, so a scenario in
which anything could depend on it is refused, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace

from simulator.describe import actions
from simulator.describe.controllers import Controller
from simulator.describe.faults import Fault
from simulator.describe.links import Link
from simulator.describe.pools import Pool
from simulator.describe.rollouts import Rollout
from simulator.describe.runbooks import Runbook
from simulator.describe.signals import Signal
from simulator.describe.sources import Source
from simulator.describe.steps import All, Call, Step
from simulator.describe.system import Scenario, System
from simulator.describe.valid import whole
from simulator.describe.wording import shown
from simulator.errors import DescriptionError

__all__ = ["represented"]

_TOTALS = ("ok_per_s", "sent_per_s", "queue")
"""Quantities of a signal that grow with the number of zones."""
_MOVES = (actions.Remove, actions.Restore, actions.Add, actions.Promote)
"""Actions after which a zone would be served by another one."""


def represented(scenario: Scenario, zones: int, shared: Sequence[str] = ()) -> Scenario:
    """The first `zones` zones of a scenario; see :meth:`~simulator.describe.Scenario.represent`."""
    whole(zones, "zones")
    if not isinstance(scenario.system, System):
        raise DescriptionError("a stated chain has no zones", "zones")
    names = zones_of(scenario)
    if zones > len(names):
        there = f"{len(names)} zones" if names else "no zone"
        raise DescriptionError(f"{zones!r}: there is {there}", "zones")
    _check_shared(scenario, scenario.system, shared)
    for check in (_check_pools, _check_sources, _check_links):
        check(scenario, scenario.system, names, shared)
    _check_rest(scenario, scenario.system)
    for controller in scenario.controllers:
        _check_controller(controller, scenario.system, zones, len(names))
    return _kept(scenario, scenario.system, names, names[:zones])


def zones_of(scenario: Scenario) -> list[str]:
    """Zones in which members or sources stand, in the order in which they are first named."""
    assert isinstance(scenario.system, System)  # a chain has none
    named = [zone for pool in scenario.system.pools for zone, _ in pool.zones]
    return list(dict.fromkeys([*named, *(s.zone for s in scenario.sources if s.zone)]))


# --- what is kept -----------------------------------------------------------------------------------


def _kept(scenario: Scenario, system: System, names: list[str], kept: list[str]) -> Scenario:
    pools = [_part(pool, kept) for pool in system.pools]
    gone = _ends_of(scenario, [zone for zone in names if zone not in kept])
    return replace(
        scenario,
        system=replace(system, pools=pools, links=[k for k in system.links if not gone & {k.a, k.b}]),
        sources=[s for s in scenario.sources if not s.zone or s.zone in kept],
        stands_for=scenario.stands_for or len(names),
    )  # fmt: skip


def _part(pool: Pool, kept: list[str]) -> Pool:
    """The members of a pool that stand in the zones kept."""
    if not pool.zones:
        return pool
    zones = tuple((zone, count) for zone, count in pool.zones if zone in kept)
    members = sum(count for _, count in zones)
    return replace(pool, zones=zones, members=members)


def _ends_of(scenario: Scenario, zones: Iterable[str]) -> set[str]:
    """What a link may name of some zones: the zones and the sources in them."""
    there = set(zones)
    return {f"zone:{zone}" for zone in there} | {
        s.name for s in scenario.sources if s.zone in there
    }


# --- what is refused --------------------------------------------------------------------------------


def _check_shared(scenario: Scenario, system: System, shared: Sequence[str]) -> None:
    known = [p.name for p in system.pools if not p.zones]
    known += [s.name for s in scenario.sources if not s.zone]
    for name in shared:
        if name not in known:
            there = ", ".join(known) or "none"
            message = f"{shown(name)} is no pool or source without a zone: there is {there}"
            raise DescriptionError(message, "shared")


def _check_pools(
    scenario: Scenario, system: System, names: list[str], shared: Sequence[str]
) -> None:
    """Each zone has as many members of each pool, and no request leaves it."""
    for pool in system.pools:
        where = f"pools.{pool.name}"
        if pool.zones:
            counts = dict(pool.zones)
            for zone in names:
                if counts.get(zone) != counts.get(names[0]):
                    there, first = counts.get(zone, 0), counts.get(names[0], 0)
                    message = (
                        f"{zone} has {there} members and {names[0]} {first}: zones must be alike"
                    )
                    raise DescriptionError(message, f"{where}.zones")
            _check_members(pool, where)
    for name in _reached(scenario, system):
        if not system[name].zones and name not in shared:
            message = "serves requests of several zones, so their number matters: give it zones, or name it in shared"
            raise DescriptionError(message, f"pools.{name}")


def _check_members(pool: Pool, where: str) -> None:
    """Members of a zone serve this zone only, whatever happens."""
    if pool.balance != "nearest":
        message = f"{shown(pool.balance)}: a member serves several zones; allowed is nearest"
        raise DescriptionError(message, f"{where}.balance")
    whole_zones = {f.name: f.default for f in fields(Pool)}
    for key in (
        "shards",
        "standby",
        "load_sharing",
        "replication",
        "outliers",
        "panic",
        "restart",
        "weights",
    ):
        if getattr(pool, key) != whole_zones[key]:
            raise DescriptionError("binds the members of several zones together", f"{where}.{key}")
    if pool.needed not in (1, "all"):
        message = f"{pool.needed!r} of all zones: allowed are 1 and all"
        raise DescriptionError(message, f"{where}.needed")
    if isinstance(pool.ages, tuple):
        raise DescriptionError("members of different ages are not alike", f"{where}.ages")
    _check_apart(pool, where)
    for fault in pool.faults:
        _check_fault(fault, f"{where}.faults.{fault.name}")


def _check_fault(fault: Fault, where: str) -> None:
    """With a member down, another zone might serve its requests."""
    if not fault.effect.up:
        message = (
            "takes members down, and their requests go to other zones: how many there are matters"
        )
        raise DescriptionError(message, where)


def _check_apart(part: object, where: str) -> None:
    """No policy has a state that several zones share."""
    if is_dataclass(part):
        if getattr(part, "scope", "") == "shared":
            raise DescriptionError('scope "shared": all zones share its state', where)
        for field in fields(part):
            _check_apart(getattr(part, field.name), f"{where}.{field.name}")
    elif isinstance(part, tuple | list):
        for each in part:
            _check_apart(each, where)


def _reached(scenario: Scenario, system: System) -> set[str]:
    """Pools on the way of requests that come from a zone, class by class."""
    todo = [
        (call.call, call.as_ or kind)
        for source in scenario.sources if source.zone
        for kind in (dict(source.classes) or {"": 1.0})
        for call in _calls(source.to)
    ]  # fmt: skip
    seen: set[tuple[str, str]] = set()
    while todo:
        if (now := todo.pop()) in seen:
            continue
        seen.add(now)
        served = system[now[0]].served
        for step in served.get(now[1], served.get("", ())):
            todo += [(call.call, call.as_ or now[1]) for call in _calls(step)]
    return {pool for pool, _ in seen}


def _calls(step: Step | Call) -> list[Call]:
    """The calls that a step may make, those made instead of others included."""
    if isinstance(step, All):
        return [call for each in step.all for call in _calls(each)]
    if not isinstance(step, Call):
        return []
    instead = [other for other in step.fallback if isinstance(other, Call)]
    return [step, *(call for other in instead for call in _calls(other))]


def _check_sources(
    scenario: Scenario, system: System, names: list[str], shared: Sequence[str]
) -> None:
    """Each zone has like sources, and nobody else sends requests to all of them."""
    first: list[Source] | None = None
    for zone in names:
        here = [replace(s, name="x", zone="") for s in scenario.sources if s.zone == zone]
        first = here if first is None else first
        if here != first:
            message = (
                f"the sources of {zone} and {names[0]} differ: only like zones stand for each other"
            )
            raise DescriptionError(message, "sources")
    for source in scenario.sources:
        if source.zone:
            _check_apart(source.to, f"sources.{source.name}.to")
        elif source.name not in shared:
            message = (
                "stands in no zone: give it one, or name it in `shared` if its load does not matter"
            )
            raise DescriptionError(message, f"sources.{source.name}")


def _check_links(
    scenario: Scenario, system: System, names: list[str], shared: Sequence[str]
) -> None:
    """Each zone has like links, and none to another zone."""
    first: list[Link] | None = None
    for zone in names:
        ends, others = (
            _ends_of(scenario, [zone]),
            _ends_of(scenario, [z for z in names if z != zone]),
        )
        here = [link for link in system.links if {link.a, link.b} & ends]
        for link in here:
            if {link.a, link.b} & others:
                raise DescriptionError("leads from one zone to another", f"links.{link.name}")
        like = [
            replace(k, name="x", a="*" if k.a in ends else k.a, b="*" if k.b in ends else k.b)
            for k in here
        ]
        first = like if first is None else first
        if like != first:
            raise DescriptionError(f"the links of {zone} and {names[0]} differ", "links")


def _check_rest(scenario: Scenario, system: System) -> None:
    if system.structure is not None:
        raise DescriptionError("it names parts of the whole system: leave it out", "structure")
    if scenario.backlogs:
        raise DescriptionError("is an amount of the whole system", f"backlogs.{scenario.backlogs[0].name}")  # fmt: skip
    for fault in scenario.faults:
        where = f"faults.{fault.name}"
        _check_fault(fault, where)
        if any(one not in {p.name for p in system.pools} for one in fault.selectors):
            raise DescriptionError("covers only a part of the zones", f"{where}.on")


def _check_controller(one: Controller, system: System, kept: int, of: int) -> None:
    where = f"controllers.{one.name}"
    if isinstance(one, Rollout):
        if not one.live and system[one.on].zones:
            message = "takes members away, so other zones serve meanwhile: allowed is live = true"
            raise DescriptionError(message, f"{where}.rollout.live")
        _check_waves(one, system[one.on], kept, of)
        _check_signal(one.halts_on, f"{where}.rollout.halts_on")
    elif isinstance(one, Runbook):
        _check_signal(one.when if isinstance(one.when, Signal) else None, f"{where}.runbook.when")
        for number, step in enumerate(one.steps):
            _check_signal(step.when, f"{where}.runbook.steps[{number}].when")
            if any(isinstance(action, _MOVES) for action in step.actions):
                message = "takes members away or brings some: zones would no longer be like"
                raise DescriptionError(message, f"{where}.runbook.steps[{number}].does")
    else:
        raise DescriptionError("looks after several zones at once, so their number matters", where)


def _check_waves(rule: Rollout, pool: Pool, kept: int, of: int) -> None:
    """Each wave is the same share of the zones kept as of all: whole zones."""
    if not pool.zones:
        return
    for number, wave in enumerate(rule.waves):
        if any(abs(wave * n - round(wave * n)) > 1e-9 * n for n in (kept, of)):
            few, many = f"{wave * kept:.3g} of {kept}", f"{wave * of:.4g} of {of}"
            message = f"{many} zones, {few} kept: a wave must be a whole number of zones in both"
            raise DescriptionError(message, f"controllers.{rule.name}.rollout.waves[{number}]")


def _check_signal(signal: Signal | None, where: str) -> None:
    if signal is not None and signal.quantity in _TOTALS:
        message = (
            f"{signal.quantity} grows with the number of zones: watch a share, such as ok_share"
        )
        raise DescriptionError(message, f"{where}.quantity")
