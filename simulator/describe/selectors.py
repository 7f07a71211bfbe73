"""Selectors: which members a fault covers. ``"db"``, ``"db[0]"``, ``"zone:a"``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simulator.describe.wording import nearest, shown
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from simulator.describe.system import System

__all__ = ["Member", "members_of"]

Member = tuple[str, int]
"""A member of a pool: its name and number."""

_MEMBER = re.compile(r"([\w-]+)\[([0-9]{1,9})\]")


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
        If it names nothing; says what there is.
    """
    pools = {pool.name: pool for pool in system.pools}
    if selector in pools:
        return tuple((selector, i) for i in range(pools[selector].members))
    if selector.startswith("zone:"):
        return _in_zone(selector, system)
    match = _MEMBER.fullmatch(selector)
    if match is None or match[1] not in pools:
        known = f"the pools {', '.join(pools)}, their members (such as {next(iter(pools))}[0])"
        hint = nearest(match[1] if match else selector, pools)
        raise DescriptionError(
            f"{shown(selector)} names no pool, member or zone{hint}: allowed are {known} and zone:NAME"
        )
    members = pools[match[1]].members
    if int(match[2]) >= members:
        last = f" to {match[1]}[{members - 1}]" if members > 1 else ""
        raise DescriptionError(f"{shown(selector)}: allowed is {match[1]}[0]{last}")
    return ((match[1], int(match[2])),)


def _in_zone(selector: str, system: System) -> tuple[Member, ...]:
    zone = selector.removeprefix("zone:")
    found: list[Member] = []
    for pool in system.pools:
        first = 0
        for name, count in pool.zones:
            if name == zone:
                found += [(pool.name, i) for i in range(first, first + count)]
            first += count
    if not found or not zone:
        zones = dict.fromkeys(name for pool in system.pools for name, _ in pool.zones)
        known = ", ".join(f"zone:{name}" for name in zones) or "none: no pool states its zones"
        raise DescriptionError(f"{shown(selector)}: the zones are {known}")
    return tuple(found)
