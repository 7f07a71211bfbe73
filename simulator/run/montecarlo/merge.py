"""From the spells of parts to the spells of what is made of them.

Most spells meet no other: one sort by start finds the busy periods (as in queueing), and what a
lone spell takes down is known beforehand. Only where spells overlap are the changes put into exact
order and every state evaluated.

Ties: at one instant failures come before repairs, then the lower index first. So a part that fails
at the very instant another is repaired meets it down, for no time at all if nothing lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.rules.logic import Node, is_down
from simulator.run.montecarlo.changes import Changes
from simulator.run.montecarlo.spells import BoolArray, IntArray, Spells, pack_keys, time_order

__all__ = ["BusyPeriods", "Origins", "Outages"]


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """How each spell of a tree began.

    Parameters
    ----------
    completed_by : int64 array, shape (n,)
        The part whose failure began it.
    active : uint8 array, shape (n, ceil(parts / 8))
        Which parts were down then, bits as ``np.packbits(..., bitorder="little")``.
    """

    completed_by: IntArray
    active: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Outages:
    """Where the spells of a tree are found in the `BusyPeriods` of its parts.

    Parameters
    ----------
    lone : int64 array
        Indices into `BusyPeriods.spells`: lone spells of a part that is enough.
    first, after : int64 array, shape (n,)
        Indices into `BusyPeriods.changes` where the tree goes down and where it comes up again.
    down : bool array
        Whether the tree is down after each of the changes.
    """

    lone: IntArray
    first: IntArray
    after: IntArray
    down: BoolArray


class BusyPeriods:
    """The spells of several parts, those that meet no other kept apart from those that do.

    Parameters
    ----------
    parts : sequence of Spells
    horizon_s : float
        Seconds.

    Attributes
    ----------
    parts : int
        Number of parts.
    spells : Spells
        Of all parts, one after the other.
    changes : Changes
        Of the spells that overlap or touch others.
    """

    __slots__ = ("_is_lone", "_lengths", "_lone", "_order", "changes", "parts", "spells")

    def __init__(self, parts: Sequence[Spells], horizon_s: float) -> None:
        self.parts = len(parts)
        self._lengths = np.array([len(p) for p in parts])
        self.spells = Spells(
            np.concatenate([p.column for p in parts]),
            np.concatenate([p.start for p in parts]),
            np.concatenate([p.end for p in parts]),
        )
        self._order, self._is_lone = _split(self.spells, horizon_s)
        self._lone: IntArray | None = None
        meeting = self._order.take(np.flatnonzero(~self._is_lone))
        self.changes = self._changes(np.sort(meeting), horizon_s)

    @property
    def lone(self) -> IntArray:
        """Indices into `spells` of those that meet no other, by (replication, time)."""
        if self._lone is None:
            self._lone = self._order.take(np.flatnonzero(self._is_lone))
        return self._lone

    def part_of(self, index: IntArray) -> IntArray:
        """The part that each of the spells `index` belongs to."""
        part = np.repeat(np.arange(self.parts), self._lengths)
        return part.take(index)

    def outages(self, node: Node) -> Outages:
        """Spells of `node`, a tree over the parts that is up while all of them are."""
        lone = self._lone_outages(node)
        down = np.zeros(len(self.changes) + 1, dtype=np.bool_)
        down[1:] = self.changes.down(node)
        flips = np.flatnonzero(down[1:] != down[:-1])
        return Outages(lone, flips[0::2], flips[1::2], down[1:])

    def spells_of(self, outages: Outages) -> Spells:
        """Their intervals; in no order unless all are of one kind."""
        lone, first, after = outages.lone, outages.first, outages.after
        spells, changes = self.spells, self.changes
        if len(first) == 0:
            column, start, end = (
                spells.column.take(lone),
                spells.start.take(lone),
                spells.end.take(lone),
            )
            return Spells(column, start, end, in_order=True)
        return Spells(
            np.concatenate((spells.column.take(lone), changes.column[first])),
            np.concatenate((spells.start.take(lone), changes.time[first])),
            np.concatenate((spells.end.take(lone), changes.time[after])),
            in_order=len(lone) == 0,
        )

    def origins_of(self, outages: Outages) -> Origins:
        """How they began, in the order of `spells_of`."""
        by_lone = self.part_of(outages.lone)
        states = np.zeros((len(by_lone), (self.parts + 7) // 8), dtype=np.uint8)
        states[np.arange(len(by_lone)), by_lone >> 3] = 1 << (by_lone & 7)
        return Origins(
            np.concatenate((by_lone, self.changes.part[outages.first])),
            np.concatenate((states, self.changes.packed(outages.first))),
        )

    def _lone_outages(self, node: Node) -> IntArray:
        enough = is_down(node, np.eye(self.parts, dtype=np.bool_))
        if enough.all():
            return self.lone
        if not enough.any():
            return self._order[:0]
        matters = np.repeat(enough, self._lengths).take(self._order)
        return self._order.take(np.flatnonzero(matters & self._is_lone))

    def _changes(self, chosen: IntArray, horizon_s: float) -> Changes:
        """Failures, by part, then repairs, by part: the order that decides ties."""
        spells, part = self.spells, self.part_of(chosen)
        column = np.tile(spells.column[chosen], 2)
        time = np.concatenate((spells.start[chosen], spells.end[chosen]))
        order = time_order(column, time, horizon_s)
        step = np.where(order < len(chosen), 1, -1)
        return Changes(column[order], time[order], np.tile(part, 2)[order], step, self.parts)


def _split(spells: Spells, horizon_s: float) -> tuple[IntArray, BoolArray]:
    """Indices that sort by (replication, start), and which of them meet no other spell.

    A spell is free of its predecessors if it begins after all their ends. That is asked of rounded
    times: what they cannot tell apart counts as meeting, and is then put into exact order.
    """
    bits = max(len(spells) - 1, 1).bit_length()
    keys = pack_keys(spells.column, spells.start, bits, horizon_s)
    keys |= np.arange(len(spells))
    keys.sort()
    order = keys & ((1 << bits) - 1)
    keys -= order
    ends = pack_keys(spells.column, spells.end, bits, horizon_s).take(order)
    np.maximum.accumulate(ends, out=ends)
    free: BoolArray = np.ones(len(order) + 1, dtype=np.bool_)
    np.greater(keys[1:], ends[:-1], out=free[1:-1])
    return order, free[:-1] & free[1:]
