"""Faults that are known before the run: the world sees them begin and end, and people may end some early."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

import simpy

from simulator.describe import actions
from simulator.describe.runbooks import Runbook
from simulator.describe.system import Scenario
from simulator.run.controllers.world import World
from simulator.tables.changes import Spell

__all__ = ["Given", "ended_by_people", "fault_of"]


def ended_by_people(scenario: Scenario) -> frozenset[str]:
    """Names of the faults that some step of a runbook ends."""
    return frozenset(
        action.fault
        for book in scenario.controllers if isinstance(book, Runbook)
        for step in book.steps for action in step.actions if isinstance(action, actions.Ends)
    )  # fmt: skip


class Given:
    """The spells of faults during a run.

    Parameters
    ----------
    world : World
    spells : sequence of Spell
        The traffic knows those that nobody ends early; the others it is told of as they come.
    """

    def __init__(self, world: World, spells: Sequence[Spell]) -> None:
        self._world = world
        loose = ended_by_people(world.scenario)
        self._fixed = [s for s in spells if fault_of(s) not in loose]
        self._running: dict[str, list[tuple[Spell, simpy.Event]]] = {}
        self._of = {s.cause: fault_of(s) for s in spells if fault_of(s) in loose}
        if self._fixed:
            world.env.process(self._pass_by())
        for spell in spells:
            if fault_of(spell) in loose:
                world.env.process(self._run(spell))

    def spells(self) -> list[Spell]:
        """Those that the run could not change."""
        return self._fixed

    def _pass_by(self) -> Generator[simpy.Event, None, None]:
        """What is known happens for controllers, too; ends before beginnings of the same moment are as they come."""
        moments = [(s.start, 0, k, s, 1) for k, s in enumerate(self._fixed)]
        moments += [(s.end, 1, k, s, -1) for k, s in enumerate(self._fixed) if s.end < math.inf]
        for time, _, _, spell, sign in sorted(moments, key=lambda m: m[:3]):
            if time >= self._world.scenario.horizon:
                return
            if time > self._world.now:
                yield self._world.until(time)
            self._world.take(spell, sign)

    def _run(self, spell: Spell) -> Generator[simpy.Event, None, None]:
        """A fault that somebody may end before its time."""
        world = self._world
        yield world.until(spell.start)
        begun = world.begin(spell.cause, spell.members, spell.effect, links=spell.links)
        early = world.env.event()
        self._running.setdefault(self._of[spell.cause], []).append((begun, early))
        if spell.end < math.inf:
            yield early | world.until(spell.end)
        else:
            yield early
        world.end(begun, spell.cause)

    def end(self, fault: str, cause: str) -> None:
        """All that is active of a fault ends now."""
        for begun, early in self._running.pop(fault, []):
            if id(begun) not in self._world.ended:
                self._world.end(begun, cause)
            if not early.triggered:
                early.succeed()


def fault_of(spell: Spell) -> str:
    """Name of the scenario's fault that a spell is of."""
    return spell.cause.rpartition(".")[2]
