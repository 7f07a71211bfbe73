"""One fault of one member, or one shared fault: its life, its spell, its repair."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.describe.faults import Life
from simulator.rules.plan import law_of
from simulator.run.controllers.later import Operating
from simulator.tables.changes import Spell

if TYPE_CHECKING:
    from simulator.run.controllers.crews import Job
    from simulator.run.controllers.lived import Lived

__all__ = ["Part"]


class Part:
    """A basic event that is lived.

    Parameters
    ----------
    lived : Lived
    number : int
        Of the event.
    """

    def __init__(self, lived: Lived, number: int) -> None:
        self._lived, self.number = lived, number
        self.event = lived.plan.events[number]
        fault = self.event.fault
        self.life = (
            fault.when if fault and isinstance(fault.when, Life) and not fault.shock else None
        )
        lasts = fault.repair if fault is not None else None
        self.repair = None if lasts is None else law_of(lasts)
        self.job: Job | None = None
        self._spell: Spell | None = None
        self._clock = Operating(lived.world.env, self.strike)
        self._age = self.event.age
        self._lived_for = 0.0

    def begin(self) -> None:
        """Its first life begins."""
        if self.life is not None:
            self._begin_life()

    @property
    def active(self) -> bool:
        """Whether the fault is there."""
        return self._spell is not None

    @property
    def changes_speed(self) -> bool:
        """Whether its life does not always run alike."""
        if self.life is None:
            return False
        pools = [self._lived.plan.pools[pool] for pool, _ in self.event.members]
        loaded = any(p.standby or p.load_sharing for p in pools)
        return loaded or self.life.ages != "always"

    # --- life -------------------------------------------------------------------------------------

    def _begin_life(self) -> None:
        assert self.life is not None  # asked by those alone who have one
        law, world, name = self.life.distribution, self._lived.world, self.event.name
        if self._age > 0.0:
            hazard = -math.log1p(-world.uniform("life", name))
            self._lived_for = float(law.time_after(self._age, hazard))
        else:
            self._lived_for = world.draw("life", name, law)
        self._clock.start(self._lived_for, self._speed() if self.changes_speed else 1.0)

    def look(self) -> None:
        """The speed of its life may have changed."""
        if not self.active and self._clock.running:
            self._clock.run_at(self._speed())

    def _speed(self) -> float:
        """Operating seconds of life a second."""
        lived, life, members = self._lived, self.life, self.event.members
        assert life is not None  # as above
        if life.ages != "always" and not any(lived.up(who) for who in members):
            return 0.0
        if life.ages == "while_serving" and not lived.serving:
            return 0.0
        if len(members) > 1:
            return 1.0
        pool = lived.plan.pools[members[0][0]]
        if pool.standby and lived.waits(members[0]):
            return pool.standby.rate if life.ages != "while_serving" else 0.0
        if pool.load_sharing:
            return pool.load_sharing.factor(lived.ups(pool.name), pool.members)
        return 1.0

    # --- there, and gone --------------------------------------------------------------------------

    def strike(self) -> None:
        """The fault becomes active."""
        if self.active:
            return
        lived, fault, members = self._lived, self.event.fault, self.event.members
        assert fault is not None  # roles are no parts that strike
        self._clock.stop()
        were_up = [who for who in members if lived.up(who)]
        self._spell = Spell(0.0, 0.0, "")  # it counts as active while others look
        self._spell = lived.world.begin(self.event.name, members, fault.effect)
        lived.call_out(self)
        for pool, member in were_up:
            if not lived.up((pool, member)):
                lived.follow(f"failed:{pool}")

    def heal(self, cause: str = "") -> None:
        """The repair is done; or somebody has ended the fault, who says so."""
        lived, spell = self._lived, self._spell
        assert spell is not None  # only what is there is repaired
        pools = dict.fromkeys(pool for pool, _ in self.event.members)
        spare = {pool: lived.ups(pool) - lived.plan.pools[pool].needed_members for pool in pools}
        self._spell = None
        if self.life is not None:  # Kijima's first model
            keeps = self.life.keeps
            self._age = self._age + keeps * self._lived_for if keeps > 0.0 else 0.0
        lived.world.end(spell, cause or self.event.name)
        if self.life is not None:
            self._begin_life()
        for pool in pools:
            lived.follow(f"repaired:{pool}", spare[pool])
