"""Failover as the engines of years have it: the pool is down from the loss of an active member to the promotion.

Probes fall on whole multiples of their period, so a failure at any time is believed after a time that
is uniform, as :class:`~simulator.describe.failover.Detect` says. A failover that has begun goes on
even if the old member comes back. What follows is decided by
:func:`simulator.rules.standing_in.what_follows`, the rule of those engines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from simulator.describe.failover import Failover
from simulator.rules.probing import first_from
from simulator.rules.standing_in import what_follows
from simulator.run.controllers.later import Later
from simulator.run.controllers.leaders import Ensemble
from simulator.run.controllers.world import World

__all__ = ["StandIns"]

Stage = Literal["", "detect", "promote", "by hand", "never"]


class StandIns:
    """One pool with active members and others that stand in for them.

    Parameters
    ----------
    world : World
    rule : Failover or None
        None: a standby without a failover, which steps in at once.
    pool : str
    """

    def __init__(self, world: World, rule: Failover | None, pool: str) -> None:
        self._world, self.rule = world, rule
        self._all = Ensemble(world, rule or Failover(pool))
        described = self._all.pool
        self.slots = described.needed_members if described.standby else 1
        self.active = list(range(self.slots))
        self.stage: Stage = ""
        self._later = Later(world.env, self._ends)
        self.heard: list[Callable[[], None]] = []
        if rule is not None:
            self._all.begin(self.active)

    @property
    def holds_repairs(self) -> bool:
        """Whether repairs of this pool wait for the failover."""
        held = self.rule is not None and self.rule.repairs == "after"
        return held and self.stage not in ("", "never")

    @property
    def covered(self) -> bool:
        """Whether the whole pool is down meanwhile."""
        return self._all.covered

    def fit(self, member: int) -> bool:
        """Whether a member would serve."""
        return self._all.fit(member)

    def look(self) -> None:
        """Members may have gone down or come back."""
        rule = self.rule
        up = [m for m in range(self._all.size) if self._all.fit(m)]
        before = list(self.active)
        self.active, follows = what_follows(
            before, up, self.slots, self._all.pool.needed_members, failover=rule is not None,
            voting=rule is not None and rule.voters is not None,
            running=self.stage != "", endless=self.stage == "never",
        )  # fmt: skip
        if follows == "stop":
            self._to("")  # nobody is left to be promoted
        elif follows == "fill":
            self._fill()
        elif follows == "begin":
            self._begin()
        if self.active != before or follows != "nothing":
            self._tell()

    def by_hand(self, member: int, cause: str) -> None:
        """People make a member active, whatever is under way."""
        self.active = [member, *(m for m in self.active if m != member)][: self.slots]
        self._fill(cause)
        self._to("")
        self._world.announce(f"promoted:{self._all.name}", member)
        self._tell()

    # --- stages -----------------------------------------------------------------------------------

    def _begin(self) -> None:
        assert self.rule is not None  # without one nothing begins
        detect, now = self.rule.detect, self._world.now
        believed = now
        if detect.every > 0.0:
            believed = (first_from(now, detect.every) + detect.misses - 1) * detect.every
        self._to("detect", believed + detect.timeout - now)

    def _decide(self) -> None:
        """The failure is believed: the automatic failover works, or people must do it."""
        rule, world, who = self.rule, self._world, self._all.name
        assert rule is not None  # as above
        if rule.works == 1.0 or world.uniform("works", who) < rule.works:
            self._to("promote", world.draw("promote", who, rule.promote))
        elif rule.by_hand is None:
            self._to("never")
        else:
            self._to("by hand", world.draw("by hand", who, rule.by_hand))

    def _to(self, stage: Stage, seconds: float | None = None) -> None:
        """The next stage; one that takes no time is over at once and is seen by nobody."""
        self.stage = stage
        self._later.cancel()
        if seconds is not None and seconds <= 0.0:
            self._ends()
            return
        if seconds is not None:
            self._later.set(self._world.now + seconds)
        self._all.cover(stage != "")

    def _ends(self) -> None:
        if self.stage == "detect":
            self._decide()
        else:
            self._fill()
            self._to("")
            self._world.announce(f"promoted:{self._all.name}", self.active[0])
        self._tell()

    def _fill(self, cause: str = "") -> None:
        """The lowest-numbered members that are up become active, in a new term."""
        ensemble = self._all
        for member in range(ensemble.size):
            full = len(self.active) == self.slots
            if not full and member not in self.active and ensemble.fit(member):
                self.active.append(member)
        if self.rule is None:
            return
        cause, term = cause or ensemble.cause, ensemble.term + 1
        for member in ensemble.leading:
            if member not in self.active:
                ensemble.give(member, "replica", cause)
        for member in self.active:
            if not ensemble.leads(member):
                ensemble.serve_in(member, term, cause)
                ensemble.give(member, "primary", cause)

    def _tell(self) -> None:
        for listener in self.heard:
            listener()
