"""Which pools controllers may lay hands on: the traffic keeps track of the work in these alone."""

from __future__ import annotations

from simulator.describe import actions
from simulator.describe.rollouts import Autoscaler, Rollout
from simulator.describe.runbooks import Runbook
from simulator.describe.selectors import members_of
from simulator.describe.system import Scenario, System

__all__ = ["touched_pools"]


def touched_pools(scenario: Scenario) -> frozenset[str]:
    """Names of the pools whose members may change during a run, other than by faults known before."""
    system = scenario.system
    assert isinstance(system, System)  # a stated chain has no members
    found = {pool.name for pool in system.pools if pool.restart is not None}
    found |= {failover.pool for failover in scenario.failovers}
    found |= {check.pool for check in scenario.health_checks}
    for controller in scenario.controllers:
        if isinstance(controller, Rollout):
            found.add(controller.on)
        elif isinstance(controller, Autoscaler):
            found.add(controller.pool)
        elif isinstance(controller, Runbook):
            for action in (a for step in controller.steps for a in step.actions):
                found |= _by(action, scenario, system)
    return frozenset(found)


def _by(action: actions.Action, scenario: Scenario, system: System) -> set[str]:
    """Pools that one action changes."""
    if isinstance(action, actions.Remove | actions.Restore):
        return {pool for pool, _ in members_of(action.on, system)}
    if isinstance(action, actions.Add):
        return {action.on}
    if isinstance(action, actions.Pause | actions.Resume | actions.SetQueue | actions.Drop):
        return {pool.name for pool in system.pools if pool.name == action.of}
    if isinstance(action, actions.Ends):
        chosen = [s for f in scenario.faults if f.name == action.fault for s in f.selectors]
        members = (m for s in chosen if not s.startswith("link:") for m in members_of(s, system))
        return {pool for pool, _ in members}
    return set()
