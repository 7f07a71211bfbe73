"""Whom a caller asks where members have roles, or where the nearest are asked first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.run.events.sites import Site

__all__ = ["in_role"]


def in_role(site: Site, caller: int, able: Sequence[int]) -> Sequence[int]:
    """Those among the members in rotation that a call is meant for.

    A primary: the one of the latest term among those whose link is not cut; a caller that reaches an
    old one only believes in it. A replica: those in the caller's own zone, if there are any. Nearest:
    the same for all members.

    Parameters
    ----------
    site : Site
    caller : int
        Number of the calling member, or client.
    able : sequence of int
    """
    if site.only >= 0:  # a probe: this one, in rotation or not
        return [site.only]
    if site.role == "nearest":
        return _nearest(site, caller, able)
    members = site.callee.members
    chosen = [m for m in able if members[m].role == site.role]
    if site.role == "replica" or len(chosen) < 2:
        return _nearest(site, caller, chosen)
    reached = [m for m in chosen if _reaches(site, caller, m)]
    best = max((members[m].term for m in reached or chosen), default=0)
    return [m for m in reached or chosen if members[m].term == best]


def _nearest(site: Site, caller: int, able: Sequence[int]) -> Sequence[int]:
    here = site.around(caller)
    return [m for m in able if m in here] or able


def _reaches(site: Site, caller: int, member: int) -> bool:
    link = site.link(caller, member)
    return link < 0 or site.paths.links[link].effect.up
