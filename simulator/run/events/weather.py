"""The timeline at work: faults begin and end, and members and links change."""

from __future__ import annotations

import math

from simulator.describe.effects import Effect
from simulator.rules.effects import combined
from simulator.run.events.clock import FAILURE, REPAIR, Clock, Due
from simulator.run.events.parts import NEUTRAL, Member, Station
from simulator.run.events.plan import LinkPlan
from simulator.run.events.serving import Servers
from simulator.run.events.stopping import Stops
from simulator.tables.timeline import Spell, Timeline

__all__ = ["Weather"]


class Weather:
    """Applies the spells of a timeline.

    Parameters
    ----------
    clock : Clock
    stations : list of Station
    links : list of LinkPlan
    servers : Servers
    stops : Stops
    """

    __slots__ = (
        "_begins",
        "_clock",
        "_ends",
        "_links",
        "_servers",
        "_stations",
        "_stops",
        "_waiting",
    )

    def __init__(
        self,
        clock: Clock,
        stations: list[Station],
        links: list[LinkPlan],
        servers: Servers,
        stops: Stops,
    ) -> None:
        self._clock, self._servers, self._stops = clock, servers, stops
        self._stations = {station.pool.name: station for station in stations}
        self._links = {plan.link.name: plan for plan in links}
        self._begins, self._ends = (self._begin,), (self._end,)
        self._waiting: list[Spell] = []

    def announce(self, timeline: Timeline) -> None:
        """Let the spells of a timeline happen; those begun by now begin at once."""
        self._waiting += reversed(timeline.spells)
        self._waiting.sort(key=lambda s: -s.start)
        self._schedule()

    def _schedule(self) -> None:
        """Only the next spell is on the clock, so long timelines cost nothing."""
        if self._waiting:
            spell = self._waiting.pop()
            self._clock.at(max(spell.start, self._clock._now), FAILURE, self._begins, spell)

    def _begin(self, due: Due) -> None:
        spell: Spell = due.about
        self._schedule()
        if spell.end < math.inf:
            self._clock.at(max(spell.end, self._clock._now), REPAIR, self._ends, spell)
        for member in self._members(spell):
            if spell.effect.forgets and member.store is not None:
                member.store.forget()
            member.effects.append(spell.effect)
            self._apply(member, spell.out_of_rotation)
        for name in spell.links:
            plan = self._links[name]
            plan.effects.append(spell.effect)
            plan.effect = combined(plan.effects)

    def _end(self, due: Due) -> None:
        spell: Spell = due.about
        for member in self._members(spell):
            member.effects.remove(spell.effect)
            self._apply(member, -1 if spell.out_of_rotation else 0)
        for name in spell.links:
            plan = self._links[name]
            plan.effects.remove(spell.effect)
            plan.effect = combined(plan.effects)

    def _members(self, spell: Spell) -> list[Member]:
        return [self._stations[pool].members[i] for pool, i in spell.members]

    def _apply(self, member: Member, out: int) -> None:
        """Bring a member in line with the faults that are on it now."""
        before, effect = member.effect, combined(member.effects) if member.effects else NEUTRAL
        station, servers = member.station, self._servers
        member.effect = NEUTRAL if effect == NEUTRAL else effect
        member.silent = effect.silent
        if out:
            member.out += out
            station.refresh(self._clock._now)
        if member.up and not effect.up:
            member.up = False
            self._stops.crash(member)
        elif effect.up:
            member.up = True
        if effect.speed != member.speed:
            self._stops.change_speed(member, effect.speed)
        if _capacity(before) != _capacity(effect):
            pool = station.pool
            if pool.threads is not None:
                member.threads = float(math.floor(pool.threads * effect.threads))
            if pool.cores is not None:
                member.cores = float(math.floor(pool.cores * effect.cores))
            if member.up:
                servers.next_cores(member)
                servers.next_jobs(member)


def _capacity(effect: Effect) -> tuple[float, float]:
    return effect.threads, effect.cores
