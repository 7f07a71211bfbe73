"""A primary, those who decide about it, and what it believes of itself.

Gone is a primary that is down, paused or out of reach of those who decide. Probes at whole multiples
of their period find it gone so many times in a row; after the timeout of the last, and `hold` seconds
more, it must still be gone. An old primary keeps its role in its own eyes until it is told of the new
term, unless a fence or its lease takes the role away; one that is down when another is about to be
promoted comes back as a replica.
"""

from __future__ import annotations

import math

from simulator.describe.failover import Failover
from simulator.rules.election import candidate, lease_ends
from simulator.rules.probing import Probes, first_from
from simulator.run.controllers.campaign import Campaign
from simulator.run.controllers.later import Later
from simulator.run.controllers.leaders import Ensemble
from simulator.run.controllers.votes import Votes
from simulator.run.controllers.world import World

__all__ = ["Election"]


class Election:
    """The failover of one pool whose members have roles.

    Parameters
    ----------
    world : World
    rule : Failover
    covers : bool
        Nobody asks for a role: without a primary the whole pool is down.
    """

    holds_repairs = False  # elections do not wait for repairs, nor repairs for elections

    def __init__(self, world: World, rule: Failover, *, covers: bool) -> None:
        self.world, self.rule, self._covers = world, rule, covers
        self.all = Ensemble(world, rule)
        self.primary: int | None = rule.first
        self.home = self.all.zones[rule.first]
        self.gone_since = math.inf
        self.all.begin([rule.first])
        self._votes = Votes(world, rule, self.all)
        self._side = self._votes.decides(self.home)
        self._probes = Probes(rule.detect.every)
        self._believed = Later(world.env, self._detected)
        self._lapses = Later(world.env, self.look)
        self._lost: dict[int, float] = {}  # since when a believer has reached no majority
        self._looks = Later(world.env, self.look)
        self.campaign = Campaign(self)

    @property
    def covered(self) -> bool:
        """Whether the whole pool is down for want of a primary."""
        return self.all.covered

    def fit(self, member: int) -> bool:
        """Whether a member would serve."""
        return self.all.fit(member)

    def soon(self) -> None:
        """Something has changed: look, once all that falls on this moment has happened."""
        self._looks.set(self.world.now)

    def look(self) -> None:
        """Draw the consequences of what is so now."""
        self._votes.look()
        self._side = self._votes.decides(self.home)
        self._own_eyes()
        self._old_ones_learn()
        self._watch()
        self.campaign.look()
        if self._covers:
            self.all.cover(not any(self.all.fit(m) for m in self.all.leading))

    # --- what those who decide see ----------------------------------------------------------------

    @property
    def decided(self) -> bool:
        """Whether somebody has a majority."""
        return self._side is not None

    def sees(self, member: int) -> bool:
        """Whether those who decide reach a member and it answers."""
        side = self._side
        return (
            side is not None
            and self.all.answers(member)
            and self._votes.reach(side, self.all.zones[member])
        )

    @property
    def gone(self) -> bool:
        """Whether there are those who decide, and no primary for them."""
        return self.decided and (self.primary is None or not self.sees(self.primary))

    def candidate(self) -> int | None:
        """Who would be promoted now."""
        able = [m for m in range(self.all.size) if m != self.primary and self.sees(m)]
        return candidate(self.all.zones, able, self.home, cross_zone=self.rule.cross_zone)

    def _watch(self) -> None:
        now, gone = self.world.now, self.gone
        if gone and not self._probes.fails:
            self.gone_since = now
        self._probes.change(now, gone)
        if not gone or self.campaign.under_way:
            self._believed.cancel()
        elif self._believed.at == math.inf:
            detect = self.rule.detect
            asked = self._probes.decides(now, detect.misses)
            self._believed.set(max(asked + detect.timeout + self.rule.hold, now))

    def _detected(self) -> None:
        self.campaign.begin()

    # --- what primaries believe -------------------------------------------------------------------

    def _own_eyes(self) -> None:
        """Fences, leases, and a majority that is lost."""
        primary = self.primary
        believers = dict.fromkeys([*self.all.leading, *([] if primary is None else [primary])])
        self._lost = {m: t for m, t in self._lost.items() if m in believers}
        for member in believers:
            holds = self._votes.holds(member)
            if self.campaign.committed and not self.all.fit(member):
                self.all.give(member, "replica", f"{self.all.cause}: down, comes back as a replica")
            if self.rule.lease is not None:
                self._lease(member, self.rule.lease, holds)
            elif self.rule.fences:
                self._serves(member, holds, "fenced: no majority")
            elif self.sees(member):  # one that was switched off for a failover in vain
                self._serves(member, True, "")
        if primary is None or self.rule.voters != "members" or self.decided:
            return
        if not self._waits(primary):
            self.all.give(primary, "replica", f"{self.all.cause}: no majority, steps down")
            self.primary = None

    def _waits(self, primary: int) -> bool:
        """Whether a primary without a majority goes on: until its lease is over, or while it is paused."""
        return self.all.leads(primary) and (
            self.rule.lease is not None or (self.all.fit(primary) and not self.all.answers(primary))
        )

    def _lease(self, member: int, lease: float, holds: bool) -> None:
        """It serves until its own clock says that the lease is over; asleep it looks at no clock."""
        answers = self.all.answers(member)
        if holds and answers:
            self._lost.pop(member, None)
            self._serves(member, True, "")
        else:
            ends = lease_ends(self._lost.setdefault(member, self.world.now), lease, self.rule.drift)
            if self.world.now >= ends:
                self._serves(member, False, "lease over")
        ends_to_come = (lease_ends(t, lease, self.rule.drift) for t in self._lost.values())
        self._lapses.set(min((t for t in ends_to_come if t > self.world.now), default=math.inf))

    def _serves(self, member: int, may: bool, why: str) -> None:
        """Its role is taken away; or given back, unless there is another primary by now."""
        if not may and self.all.answers(member):
            self.all.give(member, "replica", f"{self.all.cause}: {why}")
        elif may and self._may_serve(member):
            self.all.give(member, "primary", f"{self.all.cause}: serves again")

    def _may_serve(self, member: int) -> bool:
        """Whether it is the primary still, and nobody is about to be put in its place."""
        return member == self.primary and not self.campaign.committed and self.all.fit(member)

    def _old_ones_learn(self) -> None:
        """Whoever is reached learns of the new term."""
        for member in self.all.leading:
            if member != self.primary and self.sees(member):
                self.all.give(member, "replica", f"{self.all.cause}: learns of a new term")

    # --- a new primary ----------------------------------------------------------------------------

    def promote(self, member: int, cause: str) -> None:
        """A member is primary, in a new term; those who can be told are told before."""
        self._votes.look()
        self.primary, self.home = member, self.all.zones[member]
        self._side = self._votes.decides(self.home)
        for old in self.all.leading:
            told = self.sees(old) or self._hears(old)
            if old != member and told:
                self.all.give(old, "replica", cause)
        self.all.serve_in(member, self.all.term + 1, cause)
        self.all.give(member, "primary", cause)
        self.gone_since = math.inf
        self._believed.cancel()
        every = self.rule.detect.every
        since = first_from(self.world.now, every) if every > 0.0 else 0
        self._probes = Probes(every, since=since)
        self.world.announce(f"promoted:{self.all.name}", member)
        self.soon()

    def _hears(self, member: int) -> bool:
        """Whether the new primary itself reaches a member."""
        return self.all.answers(member) and self._votes.reach(self.home, self.all.zones[member])

    def by_hand(self, member: int, cause: str) -> None:
        """People promote a member, whatever is under way."""
        self.campaign.call_off()
        self.promote(member, cause)
        self.campaign.over()
