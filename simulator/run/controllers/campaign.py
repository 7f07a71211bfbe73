"""From the belief that a primary is gone to the next one: waiting, killing, promoting, by hand."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from simulator.describe.effects import Effect
from simulator.tables.changes import Spell

if TYPE_CHECKING:
    from simulator.run.controllers.elections import Election

__all__ = ["Campaign"]

STONITH = "stonith"
_DOWN = Effect(up=False)

Wait = Generator[simpy.Event, Any, None]


class Campaign:
    """One failover at a time of an election.

    A primary that was switched off stays so until there is another; then it comes back as a replica.

    Parameters
    ----------
    election : Election
    """

    def __init__(self, election: Election) -> None:
        self._of = election
        self._world, self._rule = election.world, election.rule
        self._process: simpy.Process | None = None
        self._news = self._world.env.event()
        self._last = -math.inf
        self._off: Spell | None = None
        self._stuck, self._certain = False, False

    @property
    def committed(self) -> bool:
        """Whether another primary is being made, or nobody knows how to."""
        return self._certain or self._stuck

    @property
    def under_way(self) -> bool:
        """Whether one is going on; one that nobody will ever end is."""
        return self._process is not None or self._stuck

    def begin(self) -> None:
        """The failure is believed."""
        self._process = self._world.env.process(self._run())

    def look(self) -> None:
        """Something has changed."""
        of = self._of
        if self._process is not None and self._rule.voters == "members" and not of.decided:
            self.call_off()
            of.soon()
            return
        if self._process is not None:
            news, self._news = self._news, self._world.env.event()
            news.succeed()

    def call_off(self) -> None:
        """It is given up."""
        if self._process is not None:
            process, self._process = self._process, None
            process.interrupt()
        self.over()

    def over(self) -> None:
        """What was switched off for it is switched on again."""
        self._stuck = self._certain = False
        if self._off is not None:
            spell, self._off = self._off, None
            self._world.end(spell, STONITH)

    def _run(self) -> Wait:
        try:
            yield from self._steps()
        except simpy.Interrupt:
            return
        self._process, self._certain = None, False
        self._of.soon()

    def _steps(self) -> Wait:
        of, world, rule = self._of, self._world, self._rule
        old, automatic = of.primary, True
        yield from self._until(self._last + rule.again_after)
        if rule.lease is not None and old is not None:
            yield from self._until(of.gone_since + rule.lease)
        if not of.gone:
            return
        if rule.kills_old and old is not None:
            yield from self._until(world.now + rule.kill_takes)
            if not of.gone:
                return
            self._kill(old)
        self._certain = True
        of.soon()
        if rule.works < 1.0 and world.uniform("works", of.all.name) >= rule.works:
            automatic = False
            if rule.by_hand is None:
                self._stuck = True
                world.note(of.all.cause, "does not work, and nobody does it by hand")
                return
            yield from self._until(world.now + world.draw("by hand", of.all.name, rule.by_hand))
        else:
            yield from self._until(world.now + world.draw("promote", of.all.name, rule.promote))
        yield from self._elect(old, automatic)

    def _elect(self, old: int | None, automatic: bool) -> Wait:
        """The first that can be promoted is; unless the old one is back before there is anybody."""
        of = self._of
        while (member := of.candidate()) is None:
            yield self._news
            if not of.gone and self._off is None:
                return
        of.promote(member, of.all.cause if automatic else f"{of.all.cause}: by hand")
        if automatic:
            self._last = self._world.now
        self.over()

    def _kill(self, old: int) -> None:
        of = self._of
        who = (of.all.name, old)
        self._off = self._world.begin(STONITH, (who,), _DOWN)
        of.all.give(old, "replica", STONITH)

    def _until(self, time: float) -> Wait:
        if time > self._world.now:
            yield self._world.until(time)
