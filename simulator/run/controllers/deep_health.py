"""Deep health checks at work: each probe is a request that the member itself has to serve.

It goes through the same queue and makes the same calls as any other, so it sees what a shallow probe
cannot (a member that cannot reach its database), and it fails everywhere when something fails that
all members share.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from simulator.describe.controllers import HealthCheck
from simulator.rules.health import Streak
from simulator.rules.probing import first_from
from simulator.run.controllers.world import World
from simulator.run.probe_calls import probe_name
from simulator.tables.changes import Spell

__all__ = ["DeepChecks"]


class DeepChecks:
    """The deep health checks of a scenario.

    Parameters
    ----------
    world : World
    ask : callable
        ``ask(source)`` sends a request now; its event has as value whether it was served.
    """

    def __init__(self, world: World, ask: Callable[[str], simpy.Event]) -> None:
        self._world, self._ask = world, ask

    def begin(self) -> None:
        """Start a process for each member that is watched."""
        for check in self._world.scenario.health_checks:
            for member in range(len(self._world.members[check.pool]) if check.probe == "deep" else 0):
                self._world.env.process(self._watch(check, member))

    def _watch(self, check: HealthCheck, member: int) -> Generator[simpy.Event, Any, None]:
        world, source = self._world, probe_name(check, member)
        cause, who = f"{check.name} {check.pool}[{member}]", ((check.pool, member),)
        streak, out, probe = Streak(check.misses, check.passes), Spell(0.0, 0.0, ""), 0
        while True:
            yield world.until(probe * check.every)
            served = yield self._ask(source)
            if streak.hears(fails=not served):
                if streak.out:
                    out = world.begin(cause, who, out_of_rotation=True)
                else:
                    world.end(out, cause)
            probe = max(probe + 1, first_from(world.now, check.every))
