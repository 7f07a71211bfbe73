"""When a pool, or a shard of it, has too few members to keep its state."""

from __future__ import annotations

import math
from collections.abc import Iterable

from simulator.describe.pools import Pool

__all__ = ["members_of_shard", "needed_of_shard", "shard_of", "short"]


def shard_of(pool: Pool, member: int) -> int:
    """The shard that a member holds."""
    return member % pool.shards


def members_of_shard(pool: Pool, shard: int) -> list[int]:
    """Numbers of the members that hold a shard."""
    return list(range(shard, pool.members, pool.shards))


def needed_of_shard(pool: Pool, shard: int) -> int:
    """Members that a shard needs: its part of what the pool needs, rounded up."""
    size = len(members_of_shard(pool, shard))
    return math.ceil(pool.needed_members * size / pool.members - 1e-9)


def short(pool: Pool, shard: int, up: Iterable[int]) -> bool:
    """Whether fewer members of a shard are up than it needs."""
    return sum(shard_of(pool, m) == shard for m in up) < needed_of_shard(pool, shard)
