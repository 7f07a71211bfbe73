"""Which events depend on each other: groups that must be followed together.

Two events are in one group if a crew serves both, if they meet in a pool with roles, shared load or
data to lose, if one stops the clock of the other, or if one sets the other off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.describe.faults import Life, On
from simulator.rules.plan import Plan

__all__ = ["Groups", "groups_of"]


@dataclass(frozen=True, slots=True)
class Groups:
    """A partition of the basic events.

    Parameters
    ----------
    alone : tuple of int
        Events that are plain alternating renewals.
    together : tuple of tuple of int
        Groups of events that depend on each other (or one event with a history of its own).
    """

    alone: tuple[int, ...]
    together: tuple[tuple[int, ...], ...]


class _Partition:
    """Union-find."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))
        self.marked: set[int] = set()

    def root(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, items: Iterable[int]) -> None:
        """Put items into one group and mark it as dependent."""
        listed = list(items)
        for item in listed:
            self.parent[self.root(item)] = self.root(listed[0])
        self.marked |= set(listed)


def groups_of(plan: Plan) -> Groups:
    """Partition of the events of a plan."""
    parts = _Partition(len(plan.events))
    for number, crew in enumerate(plan.crews):
        jobs = [e for e, served_by in enumerate(plan.crew) if served_by == number]
        if len(jobs) > crew.size:
            parts.join(jobs)
        elif crew.travel is not None:
            parts.marked |= set(jobs)
    for pool in _bound_pools(plan):
        parts.join(_touching(plan, {pool}))
    for shock in plan.shocks:
        members = {m for e in shock.events for m in plan.events[e].members}
        parts.join({*shock.events, *(e for m in members for e in plan.covers.get(m, ()))})
    for index, event in enumerate(plan.events):
        _join_event(plan, parts, index)
        if event.fault is not None and event.fault.found_by is not None:
            parts.marked.add(index)
    found: dict[int, list[int]] = {}
    for index in range(len(plan.events)):
        found.setdefault(parts.root(index), []).append(index)
    dependent = [tuple(group) for group in found.values() if set(group) & parts.marked]
    chosen = {e for group in dependent for e in group}
    return Groups(tuple(e for e in range(len(plan.events)) if e not in chosen), tuple(dependent))


def _bound_pools(plan: Plan) -> set[str]:
    """Pools whose members are not free of each other."""
    bound = {led.pool.name for led in plan.led} | set(plan.lost)
    bound |= {name for name, pool in plan.pools.items() if pool.load_sharing is not None}
    return bound | {pool for pool, _ in plan.hidden}


def _touching(plan: Plan, pools: set[str]) -> list[int]:
    return [
        i for i, event in enumerate(plan.events) if any(pool in pools for pool, _ in event.members)
    ]


def _join_event(plan: Plan, parts: _Partition, index: int) -> None:
    """What one event's own trigger ties it to."""
    fault = plan.events[index].fault
    if fault is None:
        return
    if isinstance(fault.when, On):
        pool = fault.when.event.partition(":")[2]
        members = plan.events[index].members
        parts.join([index, *_touching(plan, {pool, *(name for name, _ in members)})])
    elif isinstance(fault.when, Life):
        if fault.when.keeps:
            parts.marked.add(index)
        if fault.when.ages == "while_serving":
            parts.join(range(len(plan.events)))
        elif fault.when.ages == "while_up":
            others = {e for m in plan.events[index].members for e in plan.covers.get(m, ())}
            if others - {index}:
                parts.join({index, *others})
