"""Ranges of the numbers of a pool that depend on each other."""

from __future__ import annotations

import math

from simulator.describe.faults import Drain
from simulator.describe.pools import LoadSharing, Pool
from simulator.errors import DescriptionError

__all__ = ["check_drain", "check_pool"]


def check_pool(pool: Pool, where: str) -> None:
    """Raise :class:`DescriptionError`, with the key path `where`, if a number is out of range."""
    seen: set[str] = set()
    for zone, count in pool.zones:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            message = f"{zone!r} holds {count!r} members: allowed is a whole number from 1"
            raise DescriptionError(message, f"{where}.zones")
        if not zone or zone in seen:
            raise DescriptionError(f"{zone!r}: every zone has a name of its own", f"{where}.zones")
        seen.add(zone)
    if pool.load_sharing is not None:
        _check_sharing(pool.load_sharing, pool.members, f"{where}.load_sharing")
    acks = pool.replication.acks if pool.replication else None
    if acks is not None and not 1 <= acks <= pool.members:
        message = f"{acks!r}: allowed is a whole number from 1 to members = {pool.members}"
        raise DescriptionError(message, f"{where}.replication.acks")
    if any(not math.isfinite(age) for age in pool.start_ages):
        raise DescriptionError(f"{pool.ages!r}: an age is finite", f"{where}.ages")


def _check_sharing(sharing: LoadSharing, members: int, where: str) -> None:
    exponent = sharing.exponent
    if exponent is not None and not 0 <= exponent * max(math.log10(members), 1.0) <= 300:
        message = f"{exponent!r}: allowed is 0 or more, so that {members} ** exponent is finite"
        raise DescriptionError(message, f"{where}.exponent")
    if any(not math.isfinite(factor) for factor in sharing.factors):
        raise DescriptionError(f"{sharing.factors!r}: every factor is finite", f"{where}.factors")


def check_drain(drain: Drain, where: str) -> None:
    """Raise :class:`DescriptionError` if a drain takes no share of the speed, or no finite time."""
    if not 0.0 <= drain.takes <= 1.0:
        message = f"{drain.takes!r}: allowed is a share from 0 to 1"
        raise DescriptionError(message, f"{where}.takes")
    if not math.isfinite(drain.seconds):
        message = f"{drain.rate!r}: moving {drain.amount!r} at this rate never ends"
        raise DescriptionError(message, f"{where}.rate")
