"""Failovers at work: who leads each pool, and who takes over."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.describe import actions
from simulator.run.controllers.elections import Election
from simulator.run.controllers.leaders import asked_by_role
from simulator.run.controllers.standins import StandIns
from simulator.run.controllers.world import Who, World

__all__ = ["Failovers"]


class Failovers:
    """The failovers of a scenario, pool by pool.

    A plain failover of a pool of which nobody asks for a role acts as in the engines of years; all
    others are elections.

    Parameters
    ----------
    world : World
    """

    def __init__(self, world: World) -> None:
        self._world = world
        roles = asked_by_role(world.scenario)
        self.of: dict[str, Election | StandIns] = {}
        for rule in world.scenario.failovers:
            if rule.zoned or rule.pool in roles:
                self.of[rule.pool] = Election(world, rule, covers=rule.pool not in roles)
            else:
                self.of[rule.pool] = StandIns(world, rule, rule.pool)
        if self.of:
            world.listeners.append(self._look)

    def _look(self, members: Sequence[Who]) -> None:
        """Members have changed; or links, of whom nobody is a member."""
        touched = dict.fromkeys(pool for pool, _ in members) if members else self.of
        for pool in touched:
            led = self.of.get(pool)
            if isinstance(led, Election):
                led.soon()
            elif led is not None:
                led.look()

    def promote(self, action: actions.Promote, cause: str) -> None:
        """By hand: the first member that is up, in a zone if one is named."""
        led = self.of[action.pool]
        pool = self._world.system[action.pool]
        fit = led.all.answers if isinstance(led, Election) else led.fit
        for member in range(pool.members):
            if action.zone in ("", pool.zone_of(member)) and fit(member):
                led.by_hand(member, cause)
                return
        self._world.note(cause, f"nobody of {action.pool} can be promoted")
