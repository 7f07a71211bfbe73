"""Health checks at work: members that answer no probe leave the rotation, and come back.

Faults and controllers alike are seen through the probes; nobody is told. The probes are reckoned,
not sent: only a change of a member makes anything happen. The same rule as
:func:`simulator.rules.health.believed_out`, which knows the whole history before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.describe.controllers import HealthCheck
from simulator.rules.probing import Probes
from simulator.run.controllers.later import Later
from simulator.run.controllers.world import Standing, Who, World
from simulator.tables.changes import Spell

__all__ = ["HealthChecks"]


class HealthChecks:
    """The health checks of a scenario.

    Parameters
    ----------
    world : World
    """

    def __init__(self, world: World) -> None:
        self._watches: dict[Who, list[_Watch]] = {}
        for check in world.scenario.health_checks:
            if check.probe == "deep":
                continue
            for member in range(len(world.members[check.pool])):
                who = (check.pool, member)
                self._watches.setdefault(who, []).append(_Watch(world, check, who))
        if self._watches:
            world.listeners.append(self._look)

    def _look(self, members: Sequence[Who]) -> None:
        for who in members:
            for watch in self._watches.get(who, ()):
                watch.look()


class _Watch:
    """One check of one member."""

    __slots__ = ("_asked", "_check", "_later", "_out", "_probes", "_silent", "_who", "_world")

    def __init__(self, world: World, check: HealthCheck, who: Who) -> None:
        self._world, self._check, self._who = world, check, who
        self._probes = Probes(check.every)
        self._later = Later(world.env, self._decide)
        self._out: Spell | None = None
        self._silent, self._asked = False, math.inf  # when the probe that decides is sent

    def look(self) -> None:
        """The member may have changed."""
        standing, now = self._world.at(self._who), self._world.now
        fails, silent = not standing.answers, _silent(standing)
        if fails == self._probes.fails and silent == self._silent:
            return
        self._probes.change(now, fails)
        self._silent = silent
        if self._asked < now and self._out is None:
            return  # the probe that decides is on its way and will time out
        self._plan()

    def _plan(self) -> None:
        """When the next decision falls, if all stays as it is."""
        probes, check, now = self._probes, self._check, self._world.now
        if probes.fails == (self._out is not None):
            self._later.cancel()
            self._asked = math.inf
            return
        at = self._asked = probes.decides(now, check.misses if probes.fails else check.passes)
        self._later.set(at + (check.timeout if probes.fails and self._silent else 0.0))

    def _decide(self) -> None:
        world, self._asked = self._world, math.inf
        cause = f"{self._check.name} {self._who[0]}[{self._who[1]}]"
        if self._out is None:
            self._out = world.begin(cause, (self._who,), out_of_rotation=True)
        else:
            ended, self._out = self._out, None
            world.end(ended, cause)
        self._plan()


def _silent(standing: Standing) -> bool:
    """Whether a probe is left without an answer, rather than refused."""
    return not standing.answers and any(
        (not e.up and e.silent) or e.speed == 0.0 for e in standing.effects
    )
