"""Failures and repairs in exact order, and the state after each of them.

A state is looked up by count (a plain k-of-n gate), by truth table (few parts) or evaluated through
the tree, in pieces of bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simulator.rules.logic import Gate, Node, is_down, is_down_table
from simulator.run.montecarlo.spells import BoolArray, FloatArray, IntArray

__all__ = ["TABLE_PARTS", "Changes"]

TABLE_PARTS = 16
"""Up to here a state is looked up in a truth table: 65,536 entries stay in the cache."""
_MASK_PARTS = 62
_CELLS = 4_000_000  # parts times states held at once


@dataclass(slots=True, eq=False)
class Changes:
    """Changes of the parts of something, in order of (replication, time, failures first, part).

    Before the first and after the last change of each replication everything is up.

    Parameters
    ----------
    column : int64 array, shape (n,)
        Replication within the block.
    time : float64 array, shape (n,)
        Seconds.
    part : int64 array, shape (n,)
        Which part changes.
    step : int64 array, shape (n,)
        +1 for a failure, -1 for a repair.
    parts : int
        Number of parts.
    """

    column: IntArray
    time: FloatArray
    part: IntArray
    step: IntArray
    parts: int
    _masks: IntArray | None = field(default=None, init=False)

    def __len__(self) -> int:
        return len(self.time)

    def down(self, node: Node) -> BoolArray:
        """Whether `node`, a tree over the parts, is down after each change."""
        if isinstance(node, Gate) and node.inputs == tuple(range(self.parts)):
            return np.asarray(np.cumsum(self.step) >= node.least)
        if self.parts <= TABLE_PARTS:
            return is_down_table(node, self.parts).take(self.masks())
        out = np.empty(len(self), dtype=np.bool_)
        for first, active in self.states():
            out[first : first + active.shape[1]] = is_down(node, active)
        return out

    def masks(self) -> IntArray:
        """State after each change, bit i set = part i is down; for at most 62 parts."""
        if self._masks is None:
            self._masks = np.cumsum(self.step << self.part)
        return self._masks

    def packed(self, chosen: IntArray) -> npt.NDArray[np.uint8]:
        """States after the changes `chosen` (ascending), as `np.packbits(..., bitorder="little")`.

        Returns
        -------
        uint8 array, shape (len(chosen), ceil(parts / 8))
        """
        width = (self.parts + 7) // 8
        if self.parts <= _MASK_PARTS:
            wide = self.masks()[chosen].astype("<i8").view(np.uint8).reshape(-1, 8)
            return np.ascontiguousarray(wide[:, :width])
        out = np.empty((len(chosen), width), dtype=np.uint8)
        for first, active in self.states():
            low, high = np.searchsorted(chosen, [first, first + active.shape[1]])
            here = active[:, chosen[low:high] - first]
            out[low:high] = np.packbits(here, axis=0, bitorder="little").T
        return out

    def states(self) -> Iterator[tuple[int, BoolArray]]:
        """All states piece by piece: index of the first change, bool array (parts, states)."""
        size = max(1, _CELLS // max(self.parts, 1))
        before: npt.NDArray[np.int8] | None = None
        for first in range(0, len(self), size):
            part = self.part[first : first + size]
            table = np.zeros((self.parts, len(part)), dtype=np.int8)
            table[part, np.arange(len(part))] = self.step[first : first + size]
            if before is not None:
                table[:, 0] += before
            table = np.cumsum(table, axis=1, dtype=np.int8)
            before = table[:, -1]
            yield first, table.view(np.bool_)
