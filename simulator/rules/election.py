"""Who may decide, whom it reaches, who is promoted, and how long a lease holds: pure decisions.

Zones are joined by links between zones. Two zones reach each other while a path of links that are up
joins them; zones that no path of stated links ever joined are taken to reach each other, and so is
whoever stands in no zone (``""``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.describe.system import System

__all__ = ["Ground", "candidate", "decider", "lease_ends", "majority"]


@dataclass(frozen=True, slots=True)
class Ground:
    """Zones and what joins them.

    Parameters
    ----------
    roads : tuple of (str, str, str)
        Two zones and the name of the link between them.
    """

    roads: tuple[tuple[str, str, str], ...] = ()
    _whole: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_whole", _parts(self.roads))

    @classmethod
    def of(cls, system: System) -> Ground:
        """The links of a system whose ends are both zones."""
        found = []
        for link in system.links:
            if link.a.startswith("zone:") and link.b.startswith("zone:"):
                found.append(
                    (link.a.removeprefix("zone:"), link.b.removeprefix("zone:"), link.name)
                )
        return cls(tuple(found))

    def parts(self, cut: Collection[str]) -> dict[str, str]:
        """For each zone with a link, a zone that stands for all it is joined to while links are cut."""
        return _parts([road for road in self.roads if road[2] not in cut])

    def reach(self, one: str, other: str, parts: Mapping[str, str]) -> bool:
        """Whether two zones reach each other; `parts` from :meth:`parts`."""
        if one == other or not one or not other:
            return True
        whole = self._whole
        if one not in whole or other not in whole or whole[one] != whole[other]:
            return True
        return parts.get(one, one) == parts.get(other, other)


def _parts(roads: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one, other, _ in roads:
        left, right = found.setdefault(one, one), found.setdefault(other, other)
        if left != right:
            for zone, of in found.items():
                if of == right:
                    found[zone] = left
    return found


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
