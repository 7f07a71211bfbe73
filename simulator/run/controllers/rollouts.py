"""Rollouts at work: a build reaches members in waves, is watched, and is taken back.

A member that is replaced leaves in good order (see :mod:`~simulator.run.controllers.leaving`): out of
rotation, idle, down; it is changed and serves again. "stop_first" lets all members of the pool leave
before the first of them is changed. "beside" builds a wave's members anew beside the old ones; when all
of them are up, traffic moves to them at one moment. The old ones stand by, up but out of rotation, until
the next rollout of the pool, so that going back is moving the traffic.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import simpy

from simulator.describe.actions import RollBack
from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.rollouts import Build, Rollout
from simulator.rules.rollout import next_step
from simulator.run.controllers.builds import Builds
from simulator.run.controllers.changing import Changing, Occasion
from simulator.run.controllers.leaving import Leaving
from simulator.run.controllers.occasions import occasions

if TYPE_CHECKING:
    from simulator.run.conductor import Conductor

__all__ = ["Rollouts", "begin"]

Wait = Generator[simpy.Event, Any, None]


def begin(conductor: Conductor) -> None:
    """Start the rollouts of a scenario, and let runbooks take them back."""
    rules = [c for c in conductor.scenario.controllers if isinstance(c, Rollout)]
    if rules:
        Rollouts(conductor, rules)


class Rollouts:
    """Runs the rollouts of a scenario; of each pool one at a time.

    Parameters
    ----------
    conductor : Conductor
    rules : list of Rollout
    """

    def __init__(self, conductor: Conductor, rules: list[Rollout]) -> None:
        self._world, self._watching = conductor.world, conductor.watching
        self._builds = Builds(self._world, self._watching.changed_build)
        leaving = Leaving(self._world, conductor.driven.gauge)
        self._changing = Changing(self._world, conductor.acts, self._builds, leaving, self._watch)
        self._last: dict[str, Occasion] = {}
        conductor.acts.roll_back = self.roll_back
        conductor.acts.arrives = self._builds.arrives
        for rule in rules:
            self._world.env.process(self._follow(rule))

    def _follow(self, rule: Rollout) -> Wait:
        """One occasion after the other; those that fall while the pool is being changed are left out."""
        for time in occasions(rule.when, self._world, rule.name):
            if time < self._world.now:
                continue
            yield self._world.until(time)
            busy = [name for name, one in self._last.items() if one.busy and one.rule.on == rule.on]
            if busy:
                self._world.note(f"rollout {rule.name}", f"left out: {busy[0]} is under way")
                continue
            self._last[rule.name] = occasion = self._new(rule)
            self._world.env.process(self._roll(occasion))

    def _new(self, rule: Rollout) -> Occasion:
        world = self._world
        bad = world.uniform("bad", rule.name) < rule.chance_bad
        build = replace(rule.build) if bad else Build(rule.build.name)  # another one each time
        whole = [(rule.on, m) for m in range(len(world.members[rule.on]))]
        self._builds.settle(whole)
        self._changing.forget_those_beside(rule)
        return Occasion(rule, build, world.env.event())

    # --- forward ----------------------------------------------------------------------------------

    def _roll(self, one: Occasion) -> Wait:
        """Wave by wave, and back if it has to be."""
        rule, world = one.rule, self._world
        if rule.strategy == "stop_first":
            yield from self._changing.stop_all(one)
        while True:
            step = next_step(len(one.waves), len(rule.waves), one.stop.triggered)
            if step != "wave":
                break
            yield from self._changing.wave(one, f"rollout {rule.name}: wave {len(one.waves) + 1}")
            if not one.stop.triggered and self._soaks(one):
                yield world.env.timeout(rule.soak) | one.stop
        if one.watcher is not None and one.watcher.is_alive:
            one.watcher.interrupt()
        if step == "back":
            yield from self._back(one)
        else:
            self._done(one)

    @staticmethod
    def _soaks(one: Occasion) -> bool:
        """After the last wave there is nothing to wait for but the signal."""
        last = len(one.waves) == len(one.rule.waves)
        return one.rule.soak > 0.0 and (not last or one.rule.halts_on is not None)

    def _done(self, one: Occasion) -> None:
        one.busy = False
        one.pool_ran = self._builds.current.get(one.rule.on)
        self._builds.current[one.rule.on] = one.build
        self._world.note(f"rollout {one.rule.name}", "done")

    def _watch(self, one: Occasion) -> None:
        """The first member has the build: look from now on."""
        if one.watcher is None and one.rule.halts_on is not None:
            one.watcher = self._world.env.process(self._until_on(one))

    def _until_on(self, one: Occasion) -> Wait:
        signal = one.rule.halts_on
        assert signal is not None  # asked only if there is one
        try:
            yield from self._watching.until_on(signal, whole=False)
        except simpy.Interrupt:
            return
        self._stop(one, f"halted: {signal.words()}")

    # --- back -------------------------------------------------------------------------------------

    def roll_back(self, action: RollBack, cause: str) -> None:
        """Somebody takes a rollout back, under way or done.

        Without a time of its own the command goes back as the rollout says itself.
        """
        one = self._last.get(action.of)
        if one is None or one.goes_back:
            self._world.note(cause, f"nothing of {action.of} to take back")
            return
        other = next((n for n, o in self._last.items() if o.busy and o.rule.on == one.rule.on), "")
        if other and not one.busy:
            self._world.note(cause, f"{action.of} is not taken back: {other} is under way")
            return
        stated = isinstance(action.member_takes, Distribution) and (
            action.member_takes != Deterministic(0.0)
        )
        one.told_takes = action.member_takes if stated else None  # type: ignore[assignment]
        finished = not one.busy
        self._stop(one, f"taken back by {cause}")
        if finished:
            if self._builds.current.get(one.rule.on) is one.build:  # unless another came after it
                self._builds.current[one.rule.on] = one.pool_ran
            self._world.env.process(self._back(one))

    def _stop(self, one: Occasion, why: str) -> None:
        if one.goes_back:
            return
        one.goes_back = one.busy = True
        self._world.note(f"rollout {one.rule.name}", why)
        one.stop.succeed()
        self._world.announce(f"halted:{one.rule.name}")

    def _back(self, one: Occasion) -> Wait:
        yield from self._changing.back(one, f"rollout {one.rule.name}: back")
        one.busy = False
        self._world.note(f"rollout {one.rule.name}", "back")
