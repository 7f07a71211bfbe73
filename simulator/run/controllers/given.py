"""Faults that are known before the run: the world sees them begin and end, and people may end some early."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from simulator.describe import actions
from simulator.describe.runbooks import Runbook
from simulator.describe.system import Scenario
from simulator.run.controllers.later import FIRST, Later
from simulator.run.controllers.world import World
from simulator.tables.changes import Spell

__all__ = ["Given", "ended_by_people", "fault_of", "fixed"]


def ended_by_people(scenario: Scenario) -> frozenset[str]:
    """Names of the faults that some step of a runbook ends."""
    return frozenset(
        action.fault
        for book in scenario.controllers if isinstance(book, Runbook)
        for step in book.steps for action in step.actions if isinstance(action, actions.Ends)
    )  # fmt: skip


def fixed(spells: Iterable[Spell], scenario: Scenario) -> list[Spell]:
    """The spells that can be known before the run: nobody ends them early."""
    loose = ended_by_people(scenario)
    return [spell for spell in spells if fault_of(spell) not in loose]


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
        self._fixed = fixed(spells, world.scenario)
        self._running: dict[str, list[tuple[Spell, Later]]] = {}
        moments = [(s.start, 0, k, s, 1) for k, s in enumerate(self._fixed)]
        moments += [(s.end, 1, k, s, -1) for k, s in enumerate(self._fixed)]
        horizon = world.scenario.horizon
        self._moments = sorted((m for m in moments if m[0] < horizon), key=lambda m: m[:3])[::-1]
        self._passes = Later(world.env, self._pass_by, FIRST)
        if self._moments:
            self._passes.set(self._moments[-1][0])
        loose = ended_by_people(world.scenario)
        for spell in spells:
            if fault_of(spell) in loose:
                Later(world.env, partial(self._begin, spell), FIRST).set(spell.start)

    def spells(self) -> list[Spell]:
        """Those that the run could not change."""
        return self._fixed

    def _pass_by(self) -> None:
        """What is known happens for controllers, too: at each moment before anybody acts, beginnings first."""
        while self._moments:
            time, _, _, spell, sign = self._moments[-1]
            if time > self._world.now:
                self._passes.set(time)
                return
            self._moments.pop()
            self._world.take(spell, sign)

    def _begin(self, spell: Spell) -> None:
        """A fault that somebody may end before its time."""
        world = self._world
        begun = world.begin(spell.cause, spell.members, spell.effect, links=spell.links)
        ends = Later(world.env, lambda: world.end(begun, spell.cause), FIRST)
        ends.set(max(spell.end, world.now))
        self._running.setdefault(fault_of(spell), []).append((begun, ends))

    def end(self, fault: str, cause: str) -> None:
        """All that is active of a fault ends now."""
        for begun, ends in self._running.pop(fault, []):
            ends.cancel()
            self._world.end(begun, cause)


def fault_of(spell: Spell) -> str:
    """Name of the scenario's fault that a spell is of."""
    return spell.cause.rpartition(".")[2]
