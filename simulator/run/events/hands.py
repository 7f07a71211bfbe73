"""The engine's side of the conductor: changes take hold, gauges are read, people send requests of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from simulator.run.events.clock import CONTROL
from simulator.run.events.parts import Attempt, Member
from simulator.tables.changes import Change, Spell
from simulator.tables.driven import Gauge
from simulator.tables.outcomes import CAUSES, SHED

if TYPE_CHECKING:
    from simulator.describe.rollouts import Build
    from simulator.run.events.engine import Traffic

__all__ = ["Hands"]

_DROPPED = CAUSES.index("dropped")


class Hands:
    """Lays hands on a run under way.

    Parameters
    ----------
    traffic : Traffic
    """

    __slots__ = ("_does", "_stations", "_traffic")

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._stations = {station.pool.name: station for station in traffic.stations}
        self._does = {
            "begins": self._begins, "ends": self._ends, "role": self._role, "term": self._term,
            "build": self._build, "queue": self._queue, "drop": self._drop, "switch": self._switch,
        }  # fmt: skip

    def apply(self, change: Change) -> None:
        """After the failures and repairs of this moment, before its answers and arrivals."""
        if change.what in self._does:
            clock = self._traffic.clock
            clock.at(clock._now, CONTROL, self._change, change)

    def _change(self, change: Change, number: int) -> None:
        self._does[change.what](change)

    def gauge(self, pool: str) -> Gauge:
        """How busy a pool is: cores where it states them, else threads."""
        station = self._stations[pool]
        by_cores = station.pool.cores is not None
        busy = [m.busy_cores if by_cores else m.busy for m in station.members]
        there = [(m.cores if by_cores else m.threads) if m.up else 0 for m in station.members]
        waiting = [len(m.line) - m.line.gone for m in station.members]
        return Gauge(busy, there, waiting, [len(member.jobs) for member in station.members])

    # --- changes ----------------------------------------------------------------------------------

    def _begins(self, change: Change) -> None:
        self._traffic.weather.begin([cast(Spell, change.spell)])

    def _ends(self, change: Change) -> None:
        self._traffic.weather.end(cast(Spell, change.spell))

    def _members(self, change: Change) -> list[Member]:
        return [self._stations[pool].members[i] for pool, i in change.members]

    def _role(self, change: Change) -> None:
        for member in self._members(change):
            member.role = cast(str, change.value)

    def _term(self, change: Change) -> None:
        for member in self._members(change):
            member.term = cast(int, change.value)

    def _build(self, change: Change) -> None:
        for member in self._members(change):
            member.build = cast("Build | None", change.value)

    def _queue(self, change: Change) -> None:
        if change.of in self._stations:
            self._stations[change.of].expires_after = cast("float | None", change.value)

    def _drop(self, change: Change) -> None:
        if change.of in self._stations:
            for member in self._stations[change.of].members:
                for job in _emptied(member):
                    self._traffic.servers.turn_away(job, SHED, _DROPPED)

    def _switch(self, change: Change) -> None:
        for site in self._traffic.sites:
            if site.name == change.of:
                site.off = not change.value


def _emptied(member: Member) -> list[Attempt]:
    """Whoever waits at a member, who waits no more."""
    jobs = []
    while len(member.line):
        job, _ = member.line.pop()
        if job.gone:
            member.line.gone -= 1
        else:
            job.queued = False
            jobs.append(job)
    return jobs
