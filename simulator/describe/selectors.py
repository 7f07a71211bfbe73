"""Selectors: which members a fault covers. ``"db"``, ``"db[0]"``, ``"zone:a"``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from simulator.describe.system import System

__all__ = ["Member", "members_of"]

Member = tuple[str, int]
"""A member of a pool: its name and number."""

_MEMBER = re.compile(r"([\w-]+)\[(\d+)\]")


def members_of(selector: str, system: System) -> tuple[Member, ...]:
    """Members that a selector names.

    Parameters
    ----------
    selector : str
        ``"pool"`` (all its members), ``"pool[2]"`` (one), ``"zone:a"`` (all members in that zone).
    system : System

    Raises
    ------
    DescriptionError
        If it names nothing.
    """
    names = {pool.name: pool for pool in system.pools}
    if selector in names:
        return tuple((selector, i) for i in range(names[selector].members))
    match = _MEMBER.fullmatch(selector)
    if match and match[1] in names and int(match[2]) < names[match[1]].members:
        return ((match[1], int(match[2])),)
    if selector.startswith("zone:"):
        zone = selector.removeprefix("zone:")
        found = tuple((p.name, i) for p in system.pools for i in range(p.members) if p.zone_of(i) == zone)
        if found:
            return found
    allowed = ", ".join([*names, *(f"{n}[0]" for n in list(names)[:1]), "zone:NAME"])
    raise DescriptionError(f"{selector!r} names no pool, member or zone: allowed are {allowed}")
