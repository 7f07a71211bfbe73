"""Members that may come later: a pool is described with all it may ever have, and spares wait outside."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from simulator.describe.actions import Add
from simulator.describe.controllers import Controller
from simulator.describe.pools import Pool
from simulator.describe.rollouts import Autoscaler, Rollout
from simulator.describe.runbooks import Runbook
from simulator.describe.system import Scenario, System
from simulator.errors import DescriptionError

__all__ = ["spares_of", "with_spares"]


@dataclass(frozen=True, slots=True)
class _Beside(Autoscaler):
    """An autoscaler of a pool that others make larger, too; its own bounds stay."""

    more: int = 0

    @property
    def others(self) -> int:
        """Members beyond `most`."""
        return self.more


def spares_of(scenario: Scenario) -> dict[str, int]:
    """How many members may be added to each pool."""
    assert isinstance(scenario.system, System)  # a stated chain has no members
    found: dict[str, int] = {}
    for controller in scenario.controllers:
        if isinstance(controller, Autoscaler):
            more = max(controller.most - scenario.system[controller.pool].members, 0)
            found[controller.pool] = found.get(controller.pool, 0) + more
        elif isinstance(controller, Runbook):
            for action in (a for step in controller.steps for a in step.actions):
                if isinstance(action, Add):
                    members = scenario.system[action.on].members
                    more = (
                        action.members
                        if action.members is not None
                        else round((action.share or 0) * members)
                    )
                    found[action.on] = found.get(action.on, 0) + more
    scaled = dict(found)
    for controller in scenario.controllers:
        if isinstance(controller, Rollout) and controller.strategy == "beside":
            name = controller.on
            most = scenario.system[name].members + scaled.get(name, 0)
            found[name] = scaled.get(name, 0) + most  # once for each pool, however many rollouts
    return {name: count for name, count in found.items() if count}


def with_spares(scenario: Scenario) -> Scenario:
    """The scenario with the spares as members, behind those that are there from the start.

    Raises
    ------
    DescriptionError
        If a pool whose members vote could get so many that `needed` is no majority any more.
    """
    assert isinstance(scenario.system, System)
    more = spares_of(scenario)
    if not more:
        return scenario
    for rule in scenario.failovers:
        if rule.voters == "members" and rule.pool in more:
            _still_a_majority(scenario.system[rule.pool], more[rule.pool])
    pools = [_larger(scenario.system[name], count) for name, count in more.items()]
    return replace(
        scenario, system=scenario.system.with_(*pools),
        controllers=[_from_the_start(c, scenario.system, more) for c in scenario.controllers],
    )  # fmt: skip


def _still_a_majority(pool: Pool, more: int) -> None:
    """Two halves of a pool must never both have a primary, whoever has joined."""
    most = pool.members + more
    if 2 * pool.needed_members <= most:
        message = (
            f"needed = {pool.needed_members} is no majority of the voters once {more} have joined the "
            f"{pool.members} members: allowed is {most // 2 + 1} or more"
        )
        raise DescriptionError(message, f"pools.{pool.name}.needed")


def _larger(pool: Pool, count: int) -> Pool:
    members = pool.members + count
    zones = pool.zones
    if zones:
        (last, size) = zones[-1]
        zones = (*zones[:-1], (last, size + count))
    ages = (*pool.start_ages, *(0.0,) * count) if isinstance(pool.ages, tuple) else pool.ages
    weights = (*pool.weights, *(1.0,) * count) if pool.weights else ()
    return replace(
        pool, members=members, needed=pool.needed_members, zones=zones, ages=ages, weights=weights
    )


def _from_the_start(controller: Controller, system: System, more: dict[str, int]) -> Controller:
    """Shares of members to add are said as numbers, since the pool now looks larger; bounds stay."""
    if isinstance(controller, Autoscaler):
        most = system[controller.pool].members + more.get(controller.pool, 0)
        if most <= controller.most:
            return controller
        own = {field.name: getattr(controller, field.name) for field in fields(controller)}
        return _Beside(**own, more=most - controller.most)
    if not isinstance(controller, Runbook):
        return controller
    steps = []
    for step in controller.steps:
        does = [
            Add(a.on, members=round((a.share or 0) * system[a.on].members))
            if isinstance(a, Add) and a.members is None else a
            for a in step.actions
        ]  # fmt: skip
        steps.append(replace(step, does=does))
    return replace(controller, steps=steps)
