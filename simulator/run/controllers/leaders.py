"""What both kinds of failover share: a pool as it is beneath the failover, roles, terms, and the cover over it.

While a pool has nobody to serve, and its callers do not ask for a role, the whole pool is down: a
spell over all its members, here called the cover. Beneath it members fail and come back as ever.
"""

from __future__ import annotations

from simulator.describe.effects import Effect
from simulator.describe.failover import Failover
from simulator.describe.steps import Call
from simulator.describe.system import Scenario, System
from simulator.run.controllers.world import World
from simulator.tables.changes import Spell

__all__ = ["Ensemble", "asked_by_role"]

_DOWN = Effect(up=False)


class Ensemble:
    """The members of a pool that has a failover.

    Parameters
    ----------
    world : World
    rule : Failover
    """

    def __init__(self, world: World, rule: Failover) -> None:
        self._world, self._rule = world, rule
        self.name, self.pool = rule.pool, world.system[rule.pool]
        self.size = self.pool.members
        self.cause = f"failover {self.name}"
        self.zones = [self.pool.zone_of(m) for m in range(self.size)]
        self._cover: Spell | None = None
        self.covered = False

    # --- beneath the cover ------------------------------------------------------------------------

    def fit(self, member: int) -> bool:
        """Whether it would serve if there were no cover."""
        effects = self._world.members[self.name][member].effects
        return sum(not effect.up for effect in effects) == self.covered

    def answers(self, member: int) -> bool:
        """Whether it is fit and not paused."""
        effects = self._world.members[self.name][member].effects
        return self.fit(member) and all(effect.speed > 0.0 for effect in effects)

    def cover(self, over: bool) -> None:
        """Take the whole pool down, or let go; the same again is nothing."""
        if over == self.covered:
            return
        self.covered = over
        if over:
            whole = [(self.name, m) for m in range(self.size)]
            self._cover = self._world.begin(self.cause, whole, _DOWN)
        elif self._cover is not None:
            ended, self._cover = self._cover, None
            self._world.end(ended, self.cause)

    # --- roles ------------------------------------------------------------------------------------

    @property
    def term(self) -> int:
        """The highest term there is."""
        return max(standing.term for standing in self._world.members[self.name])

    def leads(self, member: int) -> bool:
        """Whether it holds itself for a primary."""
        return self._world.members[self.name][member].role == "primary"

    @property
    def leading(self) -> list[int]:
        """All who hold themselves for a primary."""
        return [m for m in range(self.size) if self.leads(m)]

    def give(self, member: int, role: str, cause: str) -> None:
        """A role, and nothing if it has it already."""
        if self._world.members[self.name][member].role != role:
            self._world.set_role((self.name, member), role, cause)

    def serve_in(self, member: int, term: int, cause: str) -> None:
        """A term, and nothing if it serves in it already."""
        if self._world.members[self.name][member].term != term:
            self._world.set_term((self.name, member), term, cause)

    def begin(self, first: list[int]) -> None:
        """Roles at the start: term 1."""
        for member in range(self.size):
            self.give(member, "primary" if member in first else "replica", self.cause)
        for member in first:
            self.serve_in(member, 1, self.cause)


def asked_by_role(scenario: Scenario) -> frozenset[str]:
    """Pools of which some call asks for a member in a role."""
    assert isinstance(scenario.system, System)  # a conductor has checked it
    todo = [call for pool in scenario.system.pools for call in pool.calls]
    todo += [source.to for source in scenario.sources]
    found: set[str] = set()
    while todo:
        call = todo.pop()
        if call.to_role:
            found.add(call.call)
        todo += [other for other in call.fallback if isinstance(other, Call)]
    return frozenset(found)
