"""Members that leave in good order: first nobody asks them any more, then they finish, then they go."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from simulator.describe.effects import Effect
from simulator.run.controllers.world import Who, World
from simulator.tables.changes import Spell
from simulator.tables.driven import Gauge

__all__ = ["DOWN", "GRACE", "LOOK", "Leaving"]

DOWN = Effect(up=False)
GRACE = 30.0
"""Seconds that a member has to finish what is inside it; the rest is lost with it. The usual default of Kubernetes."""
LOOK = 1.0
"""Seconds between two looks whether it is done."""


class Leaving:
    """Takes members out of rotation, and down once they are idle.

    Parameters
    ----------
    world : World
    gauge : callable
        How busy a pool is now.
    """

    def __init__(self, world: World, gauge: Callable[[str], Gauge]) -> None:
        self._world, self._gauge = world, gauge
        self._held: dict[Who, list[Spell]] = {}

    def __contains__(self, who: Who) -> bool:
        """Whether a member is on its way out, or down for a change."""
        return who in self._held

    def out_of_rotation(self, who: Who, cause: str) -> None:
        """Nobody asks a member from now on; twice is once."""
        if who not in self._held:
            self._held[who] = [self._world.begin(cause, (who,), out_of_rotation=True)]

    def idle(self, who: Who) -> Generator[simpy.Event, Any, None]:
        """Wait until nothing is inside a member, at most its grace."""
        gone_by = self._world.now + GRACE
        while self._world.now < gone_by:
            inside = self._gauge(who[0]).inside
            if who[1] >= len(inside) or not inside[who[1]]:
                return
            yield self._world.env.timeout(LOOK)

    def stand_down(self, who: Who, cause: str) -> Generator[simpy.Event, Any, None]:
        """Out of rotation, idle, then down; at once if that is so already."""
        self.out_of_rotation(who, cause)
        if len(self._held[who]) == 1:
            yield from self.idle(who)
            self._held[who].append(self._world.begin(cause, (who,), DOWN))

    def stand_up(self, who: Who, cause: str) -> None:
        """The end of all that: it serves again, if nothing else is wrong with it."""
        for spell in reversed(self._held.pop(who, [])):
            self._world.end(spell, cause)
