"""Why a member turns a request away: to protect itself, or its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.tables.outcomes import CAUSES, ERROR, SHED

if TYPE_CHECKING:
    from simulator.run.events.parts import Attempt, Member, Station

__all__ = ["why_not"]

_LIMIT, _SHEDDING, _OLD_TERM = (
    CAUSES.index(c) for c in ("over the limit", "shedding", "old term")
)


def why_not(
    job: Attempt, member: Member, now: float, classes: tuple[str, ...]
) -> tuple[int, int] | None:
    """Outcome and cause with which a request is turned away; None if it may come in.

    Parameters
    ----------
    job : Attempt
    member : Member
        Of a pool that checks terms, limits concurrency or sheds.
    now : float
        Seconds.
    classes : tuple of str
        Names of the classes of requests.
    """
    pool, line = member.station.pool, member.line
    if pool.checks_term and _is_of_the_past(job, member.station):
        return ERROR, _OLD_TERM
    if member.limit is not None and member.busy + len(line) - line.gone >= int(member.limit.limit):
        return SHED, _LIMIT
    rule = pool.sheds
    if rule is not None:
        while line.gone and line.head().gone:  # it lost its patience
            line.pop()
            line.gone -= 1
        since = line.head_since()
        spared = classes[job.calling.kind] in rule.spares
        if since is not None and now - since > rule.wait_above and not spared:
            return SHED, _SHEDDING
    return None


def _is_of_the_past(job: Attempt, station: Station) -> bool:
    """Whether it was begun in an older term than the latest seen here: a fencing token."""
    above = job.calling.above
    if above is None or above.member is None or not above.member.station.led:
        return False
    station.seen_term = max(station.seen_term, above.term)
    return above.term < station.seen_term
