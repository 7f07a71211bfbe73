"""Who decides about the primary of a pool, and whom it reaches now."""

from __future__ import annotations

from simulator.describe.failover import Failover
from simulator.describe.ground import Ground
from simulator.rules.election import decider, majority
from simulator.run.controllers.leaders import Ensemble
from simulator.run.controllers.world import World

__all__ = ["Votes"]


class Votes:
    """Votes of one failover, as they stand.

    Without voters an observer decides who sees everything. Members vote while they answer. Votes in
    zones are always there: what is asked of them is that they reach each other.

    Parameters
    ----------
    world : World
    rule : Failover
    ensemble : Ensemble
    """

    def __init__(self, world: World, rule: Failover, ensemble: Ensemble) -> None:
        self._world, self._rule, self._all = world, rule, ensemble
        self._ground = Ground.of(world.system)
        if rule.voters == "members":
            self._needed = ensemble.pool.needed_members  # a majority: the description was checked
        else:
            self._needed = majority(sum(votes for _, votes in rule.voters or ()))
        self._parts: dict[str, str] = {}
        self._weights: dict[str, int] = {}
        self.look()

    def look(self) -> None:
        """Take in what is so now."""
        self._parts = self._ground.parts({name for name, n in self._world.cut.items() if n > 0})
        if self._rule.voters == "members":
            self._weights = {}
            for member, zone in enumerate(self._all.zones):
                votes = int(self._all.answers(member))
                self._weights[zone] = self._weights.get(zone, 0) + votes
        else:
            self._weights = dict(self._rule.voters or ())

    def reach(self, one: str, other: str) -> bool:
        """Whether two zones reach each other."""
        return self._ground.reach(one, other, self._parts)

    def decides(self, home: str) -> str | None:
        """Zone of those who decide; None = nobody has a majority. `home` is the primary's zone."""
        if self._rule.voters is None:
            return ""
        return decider(self._weights, self._needed, self._ground, self._parts, home)

    def holds(self, member: int) -> bool:
        """Whether a member reaches a majority."""
        if self._rule.voters is None:
            return True
        zone = self._all.zones[member]
        return sum(n for z, n in self._weights.items() if self.reach(zone, z)) >= self._needed
