"""Backlogs during a run: amounts that flow in and off while the world changes around them."""

from __future__ import annotations

from simulator.describe.backlogs import Spare
from simulator.rules.backlog import BacklogState
from simulator.run.controllers.world import World
from simulator.tables.changes import Change

__all__ = ["Amounts"]

STEP = 60.0
"""Longest step of an amount whose rate varies, seconds: 6e-7 off against steps of 1 s."""


class Amounts:
    """The backlogs of a scenario, each brought up to date before anything changes.

    Parameters
    ----------
    world : World
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.states = {rule.name: BacklogState(rule, step=STEP) for rule in world.scenario.backlogs}
        self._spare = {
            rule.name: rule.rate for rule in world.scenario.backlogs if isinstance(rule.rate, Spare)
        }
        self._first: dict[str, float] = {}
        if self.states:
            world.before.append(self.settle)

    def __contains__(self, name: str) -> bool:
        return name in self.states

    def at(self, name: str) -> BacklogState:
        """A backlog as it is now."""
        self._settle(name)
        return self.states[name]

    def settle(self) -> None:
        """Bring all of them up to date."""
        for name in self.states:
            self._settle(name)

    def _settle(self, name: str) -> None:
        if self._world.now <= 0.0:  # those who come later are still being sent away
            return
        state = self.states[name]
        spare = self._spare.get(name)
        share = 1.0
        if spare is not None:
            first = self._first.setdefault(name, self._there(spare))
            share = self._there(spare) / first if first else 1.0
        state.advance(self._world.now, share)

    def _there(self, spare: Spare) -> float:
        """Members that carry the load now; nobody to count is one."""
        if not spare.pool:
            return 1.0
        world = self._world
        if spare.counted == "present":
            return float(world.there(spare.pool))
        return float(len(world.up(spare.pool)))

    def pause(self, name: str, paused: bool, cause: str) -> None:
        """Work on it stops, or goes on."""
        word = "paused" if paused else "resumed"
        self._world.say(Change(self._world.now, cause, "backlog", value=word, of=name))
        state = self.states[name]
        state.pause() if paused else state.resume()

    def expires(self, name: str, after: float | None, cause: str) -> None:
        """Another age at which work is thrown away."""
        self._world.say(Change(self._world.now, cause, "queue", value=after, of=name))
        self.states[name].set(expires_after=after)

    def drop(self, name: str, cause: str) -> None:
        """All that waits is thrown away."""
        self._world.say(Change(self._world.now, cause, "drop", of=name))
        self.states[name].drop("all")
