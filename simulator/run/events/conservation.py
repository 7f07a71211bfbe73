"""Nothing is lost: what was sent is what ended and what is under way, and what is held is held by somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.tables.outcomes import NotConserved

if TYPE_CHECKING:
    from simulator.run.events.engine import Traffic

__all__ = ["check_conservation"]


def check_conservation(traffic: Traffic) -> None:
    """Compare counters that are kept apart from each other.

    Raises
    ------
    NotConserved
        Naming the source, call or member whose sums do not agree.
    """
    _sources(traffic)
    _sites(traffic)
    _members(traffic)
    _permits(traffic)
    _carried_on(traffic)


def _sources(traffic: Traffic) -> None:
    record = traffic.record
    for number, (source, _) in enumerate(traffic.plan.sources):
        waiting = sum(1 for request in record.under_way if request.source == number)
        ended = sum(record.requests[number])
        _same(record.started[number], ended + waiting, f"requests of {source.name}")
        _same(
            traffic._sources[number].sent, record.started[number], f"requests sent by {source.name}"
        )


def _sites(traffic: Traffic) -> None:
    done = sum(sum(row) for row in traffic.record.attempts)
    _same(traffic.callers.next_id, done + len(traffic.callers.open), "attempts")


def _members(traffic: Traffic) -> None:
    """Threads, cores and connections are held by attempts that are still there."""
    threads: dict[tuple[int, int], int] = {}
    queued: dict[tuple[int, int], int] = {}
    asked: dict[tuple[int, int], int] = {}
    for one in traffic.callers.open.values():
        if one.member is None:
            continue
        who = (one.member.station.index, one.member.index)
        if not one.over and one.wired:
            asked[who] = asked.get(who, 0) + 1
        if one.started >= 0.0 and not one.gone:
            threads[who] = threads.get(who, 0) + 1
        if one.queued:
            queued[who] = queued.get(who, 0) + 1
    for station in traffic.stations:
        for member in station.members:
            who, name = (station.index, member.index), f"{station.pool.name}[{member.index}]"
            _same(member.busy, threads.get(who, 0), f"threads of {name}")
            _same(len(member.line) - member.line.gone, queued.get(who, 0), f"queue of {name}")
            _same(station.busy[member.index], asked.get(who, 0), f"attempts at {name}")
            held = member.busy_cores + sum(not job.gone for job in member.core_line)
            if held > member.busy:
                raise NotConserved(
                    f"{name}: {held} cores or more are wanted by {member.busy} threads"
                )


def _permits(traffic: Traffic) -> None:
    for site in traffic.sites:
        if site.bulkhead is None:
            continue
        live = [
            one
            for one in traffic.callers.open.values()
            if one.calling.site is site and not one.over
        ]
        held = sum(p.held for p in site.permits.values())
        waiting = sum(len(p.waiting) for p in site.permits.values())
        _same(held, sum(one.permit for one in live), f"permits of {site.name}")
        _same(
            waiting,
            sum(one.due is not None and not one.wired for one in live),
            f"attempts waiting for a permit of {site.name}",
        )


def _carried_on(traffic: Traffic) -> None:
    """Whatever is under way is waited for by something: none of it has been dropped on the way."""
    coming = {id(entry[4]) for entry in traffic.clock._queue}  # type: ignore[misc]
    attempts = traffic.callers.open.values()
    calls = [*traffic.record.under_way.values(), *(c for one in attempts for c in one.calls)]
    for call in calls:
        if call.done or not (call.live or call.inner is not None or id(call) in coming):
            raise NotConserved(f"a call {call.site.name} is under way, but nothing follows")
    idle = {
        id(job)
        for station in traffic.stations
        for member in station.members
        for jobs in (member.core_line, *member.flights.values())
        for job in jobs
    }
    for one in attempts:
        waits = one.queued or one.calls or id(one) in coming or id(one) in idle
        paused = one.member is not None and one.member.speed == 0.0
        if one.wired and not (one.gone or waits or paused):
            raise NotConserved(f"an attempt of {one.calling.site.name} is served, but nothing follows")


def _same(one: int, other: int, what: str) -> None:
    if one != other:
        raise NotConserved(f"{what}: {one} on one side, {other} on the other")
