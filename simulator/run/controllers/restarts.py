"""Full restarts: a pool that has lost its state comes back part by part."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import simpy

from simulator.describe.distributions import Distribution
from simulator.describe.effects import Effect
from simulator.describe.faults import Drain
from simulator.describe.pools import Pool
from simulator.describe.recovery import Restart
from simulator.rules.shortage import members_of_shard, short
from simulator.run.controllers.acts import Acts
from simulator.run.controllers.world import Who, World
from simulator.tables.changes import Spell

__all__ = ["Restarts"]

DOWN = Effect(up=False)


class Restarts:
    """Watches the pools whose shortage means a restart, shard by shard.

    Parameters
    ----------
    world : World
    acts : Acts
    """

    def __init__(self, world: World, acts: Acts) -> None:
        self._world, self._acts = world, acts
        self._pools = {p.name: p for p in world.system.pools if p.on_shortage == "restart"}
        self.under_way: set[tuple[str, int]] = set()
        self._holds: dict[tuple[str, int], Spell] = {}
        if self._pools:
            world.listeners.append(self._look)

    def _look(self, members: Sequence[Who]) -> None:
        """Begin a restart wherever too few are left."""
        for name in dict.fromkeys(name for name, _ in members):
            pool = self._pools.get(name)
            if pool is None:
                continue
            for shard in range(pool.shards):
                if (name, shard) in self.under_way:
                    continue
                if short(pool, shard, self._world.up(name)):
                    self.under_way.add((name, shard))
                    self._world.env.process(self._restart(pool, shard))

    def _restart(self, pool: Pool, shard: int) -> Generator[simpy.Event, Any, None]:
        rule, world = pool.restart, self._world
        assert rule is not None  # the pool says so itself
        cause = f"restart {pool.name}" + (f" shard {shard}" if pool.shards > 1 else "")
        members = [(pool.name, m) for m in members_of_shard(pool, shard)]
        down = world.begin(cause, members, DOWN)
        yield world.env.timeout(world.draw("boots", cause, _law(rule.boots)))
        while any(name in rule.after for name, _ in self.under_way):
            yield world.env.any_of([world.wait(f"restarted:{name}") for name in rule.after])
        yield from self._check(rule, pool, members, cause, down)
        self.under_way.discard((pool.name, shard))
        world.announce(f"restarted:{pool.name}", shard)

    def _check(
        self, rule: Restart, pool: Pool, members: list[Who], cause: str, down: Spell
    ) -> Generator[simpy.Event, Any, None]:
        """Data become ready part by part; what is ready is served once it is enough."""
        world = self._world
        takes = world.draw("checks", cause, _law(rule.takes))
        if isinstance(rule.takes, Drain):
            takes *= len(members) / pool.members
        begun, missing = world.now, None
        for ready in _milestones(rule):
            yield world.until(begun + ready * takes)
            if missing is None:  # it opens: the servers that were taken away are back as well
                self._acts.restore(members, cause)
            follows = None
            if ready < 1.0:
                follows = world.begin(cause, members, Effect(missing=1.0 - ready))
            world.end(down if missing is None else missing, cause)
            missing = follows


def _milestones(rule: Restart) -> list[float]:
    """Shares of the data at which something changes: where it opens, then part by part."""
    parts = [k / rule.parts for k in range(1, rule.parts + 1)]
    return [rule.opens_at, *(share for share in parts if share > rule.opens_at + 1e-12)]


def _law(value: Distribution | Drain | float) -> Distribution | Drain:
    assert not isinstance(value, int | float)  # made a law at the start
    return value
