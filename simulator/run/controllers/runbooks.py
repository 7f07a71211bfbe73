"""Runbooks at work: people wait, think, get access, act."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from simulator.describe.distributions import Distribution
from simulator.describe.faults import Drain
from simulator.describe.runbooks import Runbook, Step
from simulator.describe.signals import Signal
from simulator.describe.triggers import At, Every, On
from simulator.run.controllers.acts import Acts
from simulator.run.controllers.watching import Watching, next_multiple
from simulator.run.controllers.world import World

__all__ = ["People", "access_name"]

Wait = Generator[simpy.Event, Any, None]

AGAIN_AFTER = 30.0
"""Seconds until somebody whose request failed for good tries the whole of it again."""


def access_name(runbook: str, step: int) -> str:
    """Name of the source that stands for the access of a step, counted from 1."""
    return f"{runbook} access {step + 1}"


class People:
    """Runs the runbooks.

    Parameters
    ----------
    world : World
    acts : Acts
    watching : Watching
    ask : callable
        ``ask(source)`` sends a request now; its event has the outcome as value.
    """

    def __init__(
        self, world: World, acts: Acts, watching: Watching, ask: Callable[[str], simpy.Event]
    ) -> None:
        self._world, self._acts, self._watching, self._ask = world, acts, watching, ask

    def begin(self) -> None:
        """Start a process for each runbook."""
        for controller in self._world.scenario.controllers:
            if isinstance(controller, Runbook):
                self._world.env.process(self._follow(controller))

    def _follow(self, rule: Runbook) -> Wait:
        for wait in self._occasions(rule):
            yield from wait
            for number, step in enumerate(rule.steps):
                yield from self._step(rule, number, step)
            self._world.announce(f"done:{rule.name}")
            if rule.once:
                return

    def _occasions(self, rule: Runbook) -> Generator[Wait, None, None]:
        """One wait for each time that it may be set off."""
        when = rule.when
        if isinstance(when, At):
            for time in when.all:
                if time >= self._world.now:  # what fell on a time when it was under way is left out
                    yield self._at(time)
            return
        while True:
            yield self._occasion(rule)

    def _occasion(self, rule: Runbook) -> Wait:
        world, when = self._world, rule.when
        if isinstance(when, Signal):
            yield from self._watching.until_on(when)
        elif isinstance(when, On):
            yield world.wait(when.event)
            while when.chance < 1.0 and world.uniform("chance", rule.name) >= when.chance:
                yield world.wait(when.event)
        elif isinstance(when, Every):
            yield world.until(next_multiple(world.now, when.period))
        else:
            yield world.env.timeout(self._until_random(rule))

    def _until_random(self, rule: Runbook) -> float:
        from simulator.describe.distributions import Exponential

        assert not isinstance(rule.when, At | On | Every | Signal)
        return self._world.draw("occasion", rule.name, Exponential(1.0 / rule.when.most))

    def _at(self, time: float) -> Wait:
        if time >= self._world.now:
            yield self._world.until(time)

    def _step(self, rule: Runbook, number: int, step: Step) -> Wait:
        """Conditions one after the other, then the actions."""
        world, cause = self._world, f"{rule.name}: {step.name or number + 1}"
        if step.at is not None:
            yield from self._at(step.at)
        if step.when is not None:
            yield from self._watching.until_on(step.when)
        after = world.draw("human time", cause, _law(step.after))
        if after:
            yield world.env.timeout(after)
        if step.needs is not None:
            yield from self._access(access_name(rule.name, number), cause)
        if step.beside:
            world.env.process(self._act(step, cause))
        else:
            yield from self._act(step, cause)

    def _access(self, source: str, cause: str) -> Wait:
        """A request that people make themselves, until it is served."""
        while True:
            served = yield self._ask(source)
            if served:
                self._world.note(cause, "has access")
                return
            yield self._world.env.timeout(AGAIN_AFTER)

    def _act(self, step: Step, cause: str) -> Wait:
        takes = self._world.draw("takes", cause, _law(step.takes))
        if takes:
            self._world.note(cause, "begins")
            yield self._world.env.timeout(takes)
        for action in step.actions:
            going_on = self._acts.do(action, cause)
            if going_on is not None:
                yield from going_on


def _law(value: Distribution | Drain | float) -> Distribution | Drain:
    assert not isinstance(value, int | float)  # made a law at the start
    return value
