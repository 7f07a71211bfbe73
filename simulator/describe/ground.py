"""Zones and the links between them: who reaches whom while some are cut.

Two zones reach each other while a path of links that are up joins them; zones that no path of stated
links ever joined are taken to reach each other, and so is whoever stands in no zone (``""``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.describe.system import System

__all__ = ["Ground"]


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
