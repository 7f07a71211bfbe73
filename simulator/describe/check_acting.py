"""Checks of what acts during a run: runbooks, rollouts, autoscalers, signals, backlogs, restarts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.describe import actions
from simulator.describe.backlogs import Spare
from simulator.describe.classes import check_served
from simulator.describe.faults import Drain
from simulator.describe.forms import tag_of
from simulator.describe.ranges import check_drain
from simulator.describe.rollouts import Autoscaler, Rollout
from simulator.describe.runbooks import Runbook
from simulator.describe.selectors import members_of
from simulator.describe.signals import Signal
from simulator.describe.traffic import check_targets
from simulator.describe.triggers import OF_MEMBERS, On
from simulator.describe.wording import nearest, shown
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from simulator.describe.recovery import Restart
    from simulator.describe.runbooks import Step
    from simulator.describe.system import Scenario, System

__all__ = ["check_acting", "check_backlogs"]

_SIDE = re.compile(r"([^\[\]]+?)(?:\[(new|old)\])?")
_OF_BACKLOGS = ("waiting", "expired", "age")
_OF_POOLS = ("utilisation", "queue", "up_share")


def check_backlogs(scenario: Scenario, system: System) -> None:
    """Raise :class:`DescriptionError` if a backlog or a restart names a pool that is not there."""
    pools = [pool.name for pool in system.pools]
    taken = dict.fromkeys(pools, "a pool") | {s.name: "a source" for s in scenario.sources}
    taken |= {f.name: "a fault" for f in scenario.faults}
    taken |= {c.name: "a controller" for c in scenario.controllers}
    for backlog in scenario.backlogs:
        where = f"backlogs.{backlog.name}"
        if backlog.name in taken:
            message = f"{shown(backlog.name)} is {taken[backlog.name]} already: names are unique"
            raise DescriptionError(message, where)
        taken[backlog.name] = "a backlog"
        if isinstance(backlog.rate, Spare) and backlog.rate.pool:
            _known(backlog.rate.pool, pools, "pool", f"{where}.rate.spare.pool")
    after = {pool.name: pool.restart.after for pool in system.pools if pool.restart}
    for pool in system.pools:
        if pool.restart is not None:
            _check_restart(pool.name, pool.restart, after, pools)


def _check_restart(
    name: str, restart: Restart, after: dict[str, Sequence[str]], pools: list[str]
) -> None:
    """Raise if a restart waits for what is not there or for itself, or its drain never ends."""
    where = f"pools.{name}.restart"
    for number, other in enumerate(restart.after):
        _known(other, [p for p in pools if p != name], "other pool", f"{where}.after[{number}]")
    if isinstance(restart.takes, Drain):
        check_drain(restart.takes, f"{where}.takes.drain")
    todo, seen = list(restart.after), set[str]()
    while todo:
        now = todo.pop()
        if now == name:
            message = (
                f"{list(restart.after)}: {name} would wait for itself, so none of them ever begins"
            )
            raise DescriptionError(message, f"{where}.after")
        if now not in seen:
            seen.add(now)
            todo += after.get(now, ())


def check_acting(
    controller: Runbook | Rollout | Autoscaler, scenario: Scenario, system: System
) -> None:
    """Raise :class:`DescriptionError` if a controller names something that is not there."""
    where = f"controllers.{controller.name}"
    pools = [pool.name for pool in system.pools]
    if isinstance(controller, Runbook):
        _check_runbook(controller, scenario, system, f"{where}.runbook")
    elif isinstance(controller, Rollout):
        _known(controller.on, pools, "pool", f"{where}.rollout.on")
        if controller.halts_on is not None:
            _check_signal(controller.halts_on, scenario, system, f"{where}.rollout.halts_on")
    else:
        _known(controller.pool, pools, "pool", f"{where}.autoscaler.pool")
        members = system[controller.pool].members
        if not controller.least <= members <= controller.most + controller.others:
            message = (
                f"{controller.pool} begins with members = {members}: allowed is least <= members <= most, "
                f"here {controller.least} to {controller.most}"
            )
            raise DescriptionError(message, f"{where}.autoscaler.most")


def _check_runbook(runbook: Runbook, scenario: Scenario, system: System, where: str) -> None:
    if isinstance(runbook.when, On):
        _check_event(runbook.when.event, scenario, system, f"{where}.when.on.event")
    elif isinstance(runbook.when, Signal):
        _check_signal(runbook.when, scenario, system, f"{where}.when.signal")
    for number, step in enumerate(runbook.steps):
        _check_step(step, scenario, system, f"{where}.steps[{number}]")


def _check_step(step: Step, scenario: Scenario, system: System, where: str) -> None:
    if step.when is not None:
        _check_signal(step.when, scenario, system, f"{where}.when")
    if step.needs is not None:
        check_targets(step.needs, [pool.name for pool in system.pools], f"{where}.needs")
        key = "as" if step.needs.as_ else "call"
        check_served(step.needs.as_, system[step.needs.call], f"{where}.needs.{key}")
    if isinstance(step.takes, Drain):
        check_drain(step.takes, f"{where}.takes.drain")
    for number, action in enumerate(step.actions):
        _check_action(action, scenario, system, f"{where}.does[{number}].{tag_of(action)}")


def _check_event(event: str, scenario: Scenario, system: System, where: str) -> None:
    kind, _, name = event.partition(":")
    known = {
        "promoted": [f.pool for f in scenario.failovers],
        "restarted": [pool.name for pool in system.pools if pool.restart],
        "halted": [c.name for c in scenario.controllers if isinstance(c, Rollout)],
        "done": [c.name for c in scenario.controllers if isinstance(c, Runbook)],
    }
    what = {"promoted": "pool with a failover", "restarted": "pool with a restart", "halted": "rollout",
            "done": "runbook"}  # fmt: skip
    if kind in OF_MEMBERS:
        _known(name, [pool.name for pool in system.pools], "pool", where)
    else:
        _known(name, known[kind], what[kind], where)


def _check_signal(signal: Signal, scenario: Scenario, system: System, where: str) -> None:
    pools = [pool.name for pool in system.pools]
    sources = [source.name for source in scenario.sources]
    allowed, what = [*pools, *sources], "pool or source"
    if signal.quantity in _OF_BACKLOGS:
        allowed, what = [b.name for b in scenario.backlogs], "backlog"
    elif signal.quantity in _OF_POOLS:
        allowed, what = pools, "pool"
    if len(signal.parts) > 2:
        message = f"{shown(signal.of)}: write one name, or the difference of two"
        raise DescriptionError(message, f"{where}.of")
    rolled = [c.on for c in scenario.controllers if isinstance(c, Rollout)]
    for part in signal.parts:
        if "]-" in part.replace(" ", ""):
            message = (
                f"{shown(signal.of)}: a difference has spaces around its minus, app[new] - app[old]"
            )
            raise DescriptionError(message, f"{where}.of")
        match = _SIDE.fullmatch(part)
        name = match[1] if match else part
        _known(name, allowed, what, f"{where}.of")
        if match and match[2] and signal.quantity == "up_share":
            message = f"{shown(part)}: up_share is of a whole pool, {name}"
            raise DescriptionError(message, f"{where}.of")
        if match and match[2] and name not in rolled:
            message = f"{shown(part)}: no rollout changes {name}, so nothing is new or old there"
            raise DescriptionError(message, f"{where}.of")
    if signal.feeds_back and not scenario.sources:
        message = f"{signal.quantity} is measured on requests: state who sends some (sources)"
        raise DescriptionError(message, f"{where}.quantity")


def _check_action(action: actions.Action, scenario: Scenario, system: System, where: str) -> None:
    pools = [pool.name for pool in system.pools]
    queues = [*pools, *(b.name for b in scenario.backlogs)]
    if isinstance(action, actions.Remove | actions.Restore):
        try:
            members_of(action.on, system)
        except DescriptionError as error:
            raise DescriptionError(error.message, f"{where}.on") from None
        if isinstance(action, actions.Remove) and action.from_shard is not None:
            _check_shard(action, system, f"{where}.from_shard")
    elif isinstance(action, actions.Add):
        _known(action.on, pools, "pool", f"{where}.on")
    elif isinstance(action, actions.Pause | actions.Resume | actions.SetQueue | actions.Drop):
        _known(action.of, queues, "pool or backlog", f"{where}.of")
    elif isinstance(action, actions.Promote):
        led = [f.pool for f in scenario.failovers]
        _known(action.pool, led, "pool with a failover", f"{where}.pool")
        if action.zone:
            zones = [zone for zone, _ in system[action.pool].zones]
            _known(action.zone, zones, f"zone of {action.pool}", f"{where}.zone")
    elif isinstance(action, actions.RollBack):
        rollouts = [c.name for c in scenario.controllers if isinstance(c, Rollout)]
        _known(action.of, rollouts, "rollout", f"{where}.of")
    elif isinstance(action, actions.Ends):
        faults = [fault.name for fault in scenario.faults]
        _known(action.fault, faults, "fault of the scenario", f"{where}.fault")
        for pool in system.pools:
            if any(fault.name == action.fault for fault in pool.faults):
                message = f"{shown(action.fault)} is the name of a fault of {pool.name}, too: rename one"
                raise DescriptionError(message, f"{where}.fault")
    elif isinstance(action, actions.Switch):
        _known(action.call, _calls(system), "call", f"{where}.call")


def _check_shard(action: actions.Remove, system: System, where: str) -> None:
    """Raise if the members are not all of a pool that has this shard."""
    name = action.on.partition("[")[0]
    if name not in (pool.name for pool in system.pools):
        message = f"{action.from_shard!r} of {shown(action.on)}: only a pool has shards"
        raise DescriptionError(message, where)
    shards = system[name].shards
    if action.from_shard is not None and action.from_shard >= shards:
        message = f"{action.from_shard!r}: {name} has shards = {shards}, numbered 0 to {shards - 1}"
        raise DescriptionError(message, where)


def _calls(system: System) -> list[str]:
    return [f"{pool.name}>{call.label}" for pool in system.pools for call in pool.calls]


def _known(name: str, known: Iterable[str], what: str, where: str) -> None:
    names = list(known)
    if name not in names:
        there = ", ".join(names) or "none"
        message = f"{shown(name)} is no {what}{nearest(name, names)}: there is {there}"
        raise DescriptionError(message, where)
