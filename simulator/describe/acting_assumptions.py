"""What a run takes for granted about people, controllers, restarts and backlogs: a line each, where it applies."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.describe import actions
from simulator.describe.controllers import Failover
from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.faults import Fault
from simulator.describe.pools import Pool
from simulator.describe.rollouts import Autoscaler, Build, Rollout
from simulator.describe.runbooks import Runbook, Step
from simulator.describe.signals import Signal
from simulator.describe.system import Scenario, System
from simulator.describe.triggers import At
from simulator.describe.units import format_duration

__all__ = ["acting_assumptions"]

_CHANGES = {
    "replace": "a member that changes is down meanwhile, and balancers know (strategy = replace)",
    "stop_first": "all members stop before one begins to change (strategy = stop_first)",
    "beside": "as many members again are there for the new build (strategy = beside)",
}


def acting_assumptions(scenario: Scenario) -> Iterator[str]:
    """Assumptions about what acts during a run and what waits as an amount, one sentence each."""
    system = scenario.system
    if not isinstance(system, System):
        return
    for pool in system.pools:
        yield from _restart(pool)
    for failover in scenario.failovers:
        yield from _cut_off(failover, scenario, system)
    for controller in scenario.controllers:
        if isinstance(controller, Rollout):
            yield from _rollout(controller)
        elif isinstance(controller, Autoscaler):
            yield from _scaler(controller)
        elif isinstance(controller, Runbook):
            yield from _runbook(controller)
    yield from _looks(scenario)
    yield from _backlogs(scenario)


def _restart(pool: Pool) -> Iterator[str]:
    restart = pool.restart
    if restart is None:
        return
    each = "each shard" if pool.shards > 1 else "it"
    yield (
        f"{pool.name}: below needed {each} restarts in full; members that come back earlier do not end it "
        "(on_shortage = restart)"
    )
    if restart.opens_at == 1.0:
        yield f"{pool.name}: nothing is served before all data are ready (opens_at = 1)"
    else:
        served = f"{100 * restart.opens_at:g} % of its data"
        yield f"{pool.name}: opens with {served}; a request for the rest is an error until it is ready"


def _cut_off(failover: Failover, scenario: Scenario, system: System) -> Iterator[str]:
    """What an old primary does that nobody can reach."""
    if failover.kills_old or failover.fences or failover.lease is not None:
        return
    if failover.voters == "members" or not any(map(_cuts, _faults(scenario, system))):
        return
    yield (
        f"{failover.pool}: a primary that is cut off goes on as primary for whoever reaches it "
        "(no fences, lease or kills_old)"
    )


def _faults(scenario: Scenario, system: System) -> list[Fault]:
    return [fault for pool in system.pools for fault in pool.faults] + list(scenario.faults)


def _cuts(fault: Fault) -> bool:
    return not fault.effect.up and any(s.startswith("link:") for s in fault.selectors)


def _rollout(rollout: Rollout) -> Iterator[str]:
    name, harm = rollout.name, rollout.build != Build(rollout.build.name)
    takes = rollout.member_takes != Deterministic(0.0)
    if rollout.live:
        yield f"{name}: members go on serving while they change (live)"
    elif takes or rollout.strategy != "replace":
        yield f"{name}: {_CHANGES[rollout.strategy]}"
    if harm and rollout.chance_bad == 1.0:
        yield f"{name}: the build {rollout.build.name} is bad for certain (chance_bad = 1)"
    if rollout.halts_on is None:
        yield f"{name}: nobody watches it, so it goes on to all members whatever happens (no halts_on)"
    elif rollout.back == "waves":
        yield f"{name}: once halted it goes back as slowly as it went out (back = waves)"


def _scaler(scaler: Autoscaler) -> Iterator[str]:
    yield (
        f"{scaler.name}: {scaler.pool} has {scaler.least} to {scaler.most} members; a new one serves after "
        f"{_law(scaler.lag)}, and one leaves if fewer were wanted for {format_duration(scaler.down_after)}"
    )


def _runbook(book: Runbook) -> Iterator[str]:
    if book.once:
        yield f"{book.name}: is followed the first time only (once)"
    if quick := [name for name, step in _named(book) if step.after == Deterministic(0.0)]:
        yield f"{book.name}: people lose no time before these steps (after is not stated): {', '.join(quick)}"
    if any(step.needs is not None for step in book.steps):
        yield f"{book.name}: who gets no access tries again until the request is served"
    removes = [a for step in book.steps for a in step.actions if isinstance(a, actions.Remove)]
    if any(not remove.floor for remove in removes):
        yield f"{book.name}: the tool takes away as many members as it is told (floor = false)"


def _named(book: Runbook) -> Iterator[tuple[str, Step]]:
    """Steps in which people do something, unless the time at which they do it is stated."""
    for number, step in enumerate(book.steps, start=1):
        stated = step.at is not None or (number == 1 and isinstance(book.when, At))
        if (step.actions or step.needs is not None) and not stated:
            yield step.name or str(number), step


def _looks(scenario: Scenario) -> Iterator[str]:
    """How often and over which time each signal is looked at."""
    for controller in scenario.controllers:
        signals: list[Signal | None] = []
        if isinstance(controller, Rollout):
            signals = [controller.halts_on]
        elif isinstance(controller, Runbook):
            signals = [controller.when] if isinstance(controller.when, Signal) else []
            signals += [step.when for step in controller.steps]
        for signal in signals:
            if signal is not None:
                yield f"{controller.name}: {signal.words()} is {_seen(signal)}"


def _seen(signal: Signal) -> str:
    often = f"looked at every {format_duration(signal.every)}"
    if signal.feeds_back and signal.quantity not in ("utilisation", "queue"):
        return f"{often}, over what ended in the last {format_duration(signal.window)}"
    return f"{often}, as it is at the moment"


def _backlogs(scenario: Scenario) -> Iterator[str]:
    for backlog in scenario.backlogs:
        yield f"{backlog.name}: an amount, first in, first out; what comes does not depend on what is done"
        if backlog.expires_after is not None and backlog.expired == "costs_service":
            yield f"{backlog.name}: throwing away what has expired takes as long as doing it (expired = costs_service)"


def _law(law: Distribution | float) -> str:
    if isinstance(law, Deterministic):
        return format_duration(law.value)
    return law.describe() if isinstance(law, Distribution) else format_duration(law)
