"""The timeline at work: faults begin and end, and members and links change."""

from __future__ import annotations

import math

from simulator.describe.effects import Effect
from simulator.rules.effects import combined
from simulator.run.events.clock import FAILURE, REPAIR, Clock
from simulator.run.events.parts import NEUTRAL, UNLIMITED, Member, Station
from simulator.run.events.plan import LinkPlan
from simulator.run.events.serving import Servers
from simulator.run.events.stopping import Stops
from simulator.tables.timeline import NO_EFFECT, Spell, Timeline

__all__ = ["Weather"]

_ROUNDING = 1e-9  # 100 * 0.29 is a little less than 29


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
        "_clock",
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
            self._clock.at(max(spell.start, self._clock._now), FAILURE, self._begin, spell)

    def _begin(self, spell: Spell, number: int) -> None:
        """Spells that begin at one moment begin together: nobody acts before all are there."""
        spells = [spell]
        while self._waiting and self._waiting[-1].start <= self._clock._now:
            spells.append(self._waiting.pop())
        self._schedule()
        for spell in spells:
            if spell.end < math.inf:
                self._clock.at(max(spell.end, self._clock._now), REPAIR, self._end, spell)
        self.begin(spells)

    def begin(self, spells: list[Spell]) -> None:
        """Spells take hold now, however long they last."""
        for spell in spells:
            for member in self._members(spell):
                assert member.station.varies or spell.effect == NO_EFFECT  # its work is kept track of
                if spell.effect.forgets and member.store is not None:
                    member.store.forget()
                member.effects.append(spell.effect)
                member.out += spell.out_of_rotation
            for name in spell.links:
                plan = self._links[name]
                plan.effects.append(spell.effect)
                plan.change()
        self._apply(spells)

    def _end(self, spell: Spell, number: int) -> None:
        self.end(spell)

    def end(self, spell: Spell) -> None:
        """A spell lets go now."""
        for member in self._members(spell):
            member.effects.remove(spell.effect)
            member.out -= spell.out_of_rotation
        for name in spell.links:
            plan = self._links[name]
            plan.effects.remove(spell.effect)
            plan.change()
        self._apply([spell])

    def _members(self, spell: Spell) -> list[Member]:
        return [self._stations[pool].members[i] for pool, i in spell.members]

    def _apply(self, spells: list[Spell]) -> None:
        """Bring members in line with the faults that are on them now: first all of them, then what follows."""
        members = list(dict.fromkeys(m for spell in spells for m in self._members(spell)))
        if any(spell.out_of_rotation for spell in spells):
            for station in dict.fromkeys(m.station for m in members):
                station.refresh(self._clock._now)
        were_up = [member.up for member in members]
        before = [member.effect for member in members]
        for member in members:
            effect = combined(member.effects) if member.effects else NEUTRAL
            member.effect = NEUTRAL if effect == NEUTRAL else effect
            member.up, member.silent = effect.up, effect.silent
            _change_capacity(member)
        self._stops.crash([m for m, was_up in zip(members, were_up) if was_up and not m.up])
        for member, old in zip(members, before):
            if member.effect.speed != member.speed:
                self._stops.change_speed(member, member.effect.speed)
            if member.up and _capacity(old) != _capacity(member.effect):
                self._servers.next_cores(member)
                self._servers.next_jobs(member)


def _change_capacity(member: Member) -> None:
    pool, effect = member.station.pool, member.effect
    if pool.threads is not None:
        member.threads = math.floor(pool.threads * effect.threads + _ROUNDING)
    else:
        member.threads = UNLIMITED if effect.threads > 0.0 else 0
    if pool.cores is not None:
        member.cores = math.floor(pool.cores * effect.cores + _ROUNDING)


def _capacity(effect: Effect) -> tuple[float, float]:
    return effect.threads, effect.cores
