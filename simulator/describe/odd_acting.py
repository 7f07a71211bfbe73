"""What is odd about who acts and what waits: controllers that never act, settings without effect. A sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.describe import actions
from simulator.describe.codec import key_path
from simulator.describe.distributions import Deterministic
from simulator.describe.forms import tag_of
from simulator.describe.odd_leading import odd_leading
from simulator.describe.pools import Pool
from simulator.describe.rollouts import Autoscaler, Build, Rollout
from simulator.describe.runbooks import Runbook, Step
from simulator.describe.signals import Signal
from simulator.describe.system import Scenario, System
from simulator.describe.triggers import At, Every, On
from simulator.describe.units import format_duration

__all__ = ["odd_acting"]

_SHARES = ("ok_share", "error_share", "up_share", "utilisation")


def odd_acting(scenario: Scenario) -> Iterator[str]:
    """Sentences about controllers, restarts and backlogs of a scenario that is not of a chain."""
    yield from odd_leading(scenario)
    yield from _odd_backlogs(scenario)
    scaled: dict[str, str] = {}
    for controller in scenario.controllers:
        where = key_path("controllers", controller.name)
        if isinstance(controller, Rollout):
            yield from _odd_rollout(controller, scenario, f"{where}.rollout")
        elif isinstance(controller, Autoscaler):
            yield from _odd_scaler(controller, scenario, f"{where}.autoscaler")
            if other := scaled.get(controller.pool):
                both = f"{other} follows the load of {controller.pool}, too"
                yield f"{where}.autoscaler.pool: {both}: they work against each other"
            scaled[controller.pool] = controller.name
        elif isinstance(controller, Runbook):
            yield from _odd_runbook(controller, scenario, f"{where}.runbook")


def _odd_signal(signal: Signal, where: str) -> Iterator[str]:
    """A level that the quantity can never cross, or is beyond from the start."""
    high = 1.0 if signal.quantity in _SHARES else float("inf")
    low = -high if len(signal.parts) == 2 else 0.0
    key, level = ("above", signal.above) if signal.above is not None else ("below", signal.below)
    assert level is not None  # one of the two is stated
    kind = f"{signal.quantity} lies from {low:g} to {high:g}"
    never, always = (level >= high, level < low) if key == "above" else (level <= low, level > high)
    if never:
        yield f"{where}.{key}: {level:g}, and {kind}: the signal is never on"
    elif always:
        yield f"{where}.{key}: {level:g}, and {kind}: the signal is on whenever something is measured"


def _odd_rollout(rollout: Rollout, scenario: Scenario, where: str) -> Iterator[str]:
    if rollout.halts_on is not None:
        yield from _odd_signal(rollout.halts_on, f"{where}.halts_on")
        if len(rollout.waves) == 1 and rollout.soak == 0:
            why = "one wave and no soak: when it can come on, all members are done"
            yield f"{where}.halts_on: {why}: nothing is left to halt"
    if rollout.back == "waves" and rollout.back_takes != Deterministic(0.0):
        yield f'{where}.back_takes: back = "waves" takes what the rollout took: it does nothing'
    if rollout.build == Build(rollout.build.name) and rollout.chance_bad != 1.0:
        yield f"{where}.chance_bad: the build does nothing, good or bad"
    yield from _beyond(rollout.when, scenario, f"{where}.when.at")


def _odd_scaler(scaler: Autoscaler, scenario: Scenario, where: str) -> Iterator[str]:
    if scaler.least == scaler.most:
        yield f"{where}.most: {scaler.most}, as many as least: members never come or go"
    if scaler.quantity == "utilisation" and scaler.target >= 1:
        given = f"{scaler.target:g} of a share that is never above 1"
        yield f"{where}.target: {given}: members are never added"
    if not scenario.sources:
        yield f"{where}: nobody sends requests (sources), so nothing is busy: it goes down to least = {scaler.least}"


def _odd_runbook(book: Runbook, scenario: Scenario, where: str) -> Iterator[str]:
    if isinstance(book.when, Signal):
        yield from _odd_signal(book.when, f"{where}.when.signal")
    if isinstance(book.when, At) and len(book.when.all) > 1 and book.once:
        yield f"{where}.once: only the first of {len(book.when.all)} times counts: set once = false"
    if isinstance(book.when, Every) and book.once:
        often = format_duration(book.when.period)
        yield f"{where}.once: only the first of all times, one every {often}, counts: set once = false"
    if isinstance(book.when, On):
        yield from _odd_event(book, book.when, scenario, f"{where}.when.on.event")
    yield from _beyond(book.when, scenario, f"{where}.when.at")
    for number, step in enumerate(book.steps):
        yield from _odd_step(step, scenario, f"{where}.steps[{number}]")


def _odd_event(book: Runbook, when: On, scenario: Scenario, where: str) -> Iterator[str]:
    if when.event == f"done:{book.name}":
        yield f"{where}: it waits for its own end: it never begins"
    kind, _, name = when.event.partition(":")
    rollouts = {c.name: c for c in scenario.controllers if isinstance(c, Rollout)}
    books = [c for c in scenario.controllers if isinstance(c, Runbook)]
    done = [action for other in books for step in other.steps for action in step.actions]
    told = any(isinstance(action, actions.RollBack) and action.of == name for action in done)
    if kind == "halted" and rollouts[name].halts_on is None and not told:
        yield f"{where}: {name} has no halts_on, so it is never halted: the runbook never begins"


def _odd_step(step: Step, scenario: Scenario, where: str) -> Iterator[str]:
    if step == Step(name=step.name):
        yield f"{where}: it waits for nothing and does nothing"
    if step.when is not None:
        yield from _odd_signal(step.when, f"{where}.when")
    if step.at is not None and step.at >= scenario.horizon:
        end = format_duration(scenario.horizon)
        yield f"{where}.at: {format_duration(step.at)} lies beyond the horizon, {end}: it is never done"
    for number, action in enumerate(step.actions):
        yield from _odd_action(action, scenario, f"{where}.does[{number}].{tag_of(action)}")


def _odd_action(action: actions.Action, scenario: Scenario, where: str) -> Iterator[str]:
    if isinstance(action, actions.Remove):
        if action.per_min is None and action.stops_after is not None:
            yield f"{where}.stops_after: per_min is not stated, so all go at once: there is nothing left to stop"
        elif action.stops_after is None and action.alarm != 1.0:
            yield f"{where}.alarm: stops_after is not stated, so nobody acts on the alarm"
    if isinstance(action, actions.Pause | actions.SetQueue | actions.Drop):
        pool = _pool(action.of, scenario)
        if pool is not None and pool.threads is None and not isinstance(action, actions.Pause):
            yield f"{where}.of: {action.of} states no threads, so nobody waits there: it does nothing"
    if isinstance(action, actions.SetQueue):
        ages = {backlog.name: backlog.expires_after for backlog in scenario.backlogs}
        if action.of in ages and ages[action.of] == action.expires_after:
            yield f"{where}.expires_after: {action.of} says the same already"


def _pool(name: str, scenario: Scenario) -> Pool | None:
    assert isinstance(scenario.system, System)  # the caller has checked it
    return next((pool for pool in scenario.system.pools if pool.name == name), None)


def _beyond(when: object, scenario: Scenario, where: str) -> Iterator[str]:
    """Times that no run reaches."""
    if isinstance(when, At) and when.all[0] >= scenario.horizon:
        first, end = format_duration(when.all[0]), format_duration(scenario.horizon)
        yield f"{where}: {first} lies beyond the horizon, {end}: it never begins"


def _odd_backlogs(scenario: Scenario) -> Iterator[str]:
    """Backlogs that nothing enters or leaves."""
    books = [c for c in scenario.controllers if isinstance(c, Runbook)]
    done = [action for book in books for step in book.steps for action in step.actions]
    resumed = {action.of for action in done if isinstance(action, actions.Resume)}
    for backlog in scenario.backlogs:
        where = key_path("backlogs", backlog.name)
        if backlog.inflow == 0 and backlog.starts == 0:
            yield f"{where}: nothing waits at the start and nothing comes: it is always empty"
        elif backlog.rate == 0:
            yield f"{where}.rate: 0: nothing is ever done"
        elif backlog.paused and backlog.name not in resumed:
            yield f"{where}.paused: no runbook resumes it: nothing is ever done"
