"""Who may decide, who is promoted, and how long a lease holds: pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from simulator.describe.ground import Ground

__all__ = ["candidate", "decider", "lease_ends", "majority"]


def majority(votes: int) -> int:
    """Votes that are more than half of so many."""
    return votes // 2 + 1


def decider(
    weights: Mapping[str, int],
    needed: int,
    ground: Ground,
    parts: Mapping[str, str],
    first: str = "",
) -> str | None:
    """The zone from which a majority is reached; None = nowhere.

    Parameters
    ----------
    weights : mapping of str to int
        Votes by zone.
    needed : int
    ground : Ground
    parts : mapping of str to str
        See :meth:`Ground.parts`.
    first : str
        Zone that is asked first: the primary's own. Then those with the most votes.
    """
    order = sorted(
        (z for z, n in weights.items() if n > 0), key=lambda z: (z != first, -weights[z])
    )
    for zone in order:
        if sum(n for z, n in weights.items() if ground.reach(zone, z, parts)) >= needed:
            return zone
    return None


def candidate(
    zones: Sequence[str], able: Collection[int], home: str, *, cross_zone: bool
) -> int | None:
    """Who is made primary: the first that is able in the primary's own zone, else elsewhere.

    Parameters
    ----------
    zones : sequence of str
        Zone of each member.
    able : collection of int
        Members that are up and within reach.
    home : str
        Zone of the primary that was.
    cross_zone : bool
        Whether another zone may have it.
    """
    here = [m for m in able if zones[m] == home]
    return min(here or (able if cross_zone else ()), default=None)


def lease_ends(lost: float, lease: float, drift: float) -> float:
    """When a primary believes its lease is over, seconds of the real clock.

    It last reached a majority at `lost` (s). Its own clock gains ``1 - drift`` seconds a second, so
    `lease` seconds of it last ``lease / (1 - drift)``. The others wait `lease` seconds by a good clock:
    there may be two primaries for ``lease * drift / (1 - drift)`` seconds.
    """
    return lost + lease / (1.0 - drift)
