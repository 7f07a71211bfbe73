"""Spells: intervals of time during which something is down, of many replications in flat arrays.

One kind of array serves everything that can be down: a fault, a pool, the system. Order within a
replication is decided on exact floating-point times; integers only make the sorting fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.sample.luck import REPLICATIONS_PER_BLOCK

__all__ = ["FloatArray", "IntArray", "Spells", "empty_spells", "joined", "pack_keys", "time_order"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_COLUMN_BITS = (REPLICATIONS_PER_BLOCK - 1).bit_length()


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Intervals during which one thing is down, within one block of replications.

    Parameters
    ----------
    column : int64 array, shape (n,)
        Replication within the block.
    start, end : float64 array, shape (n,)
        Seconds, start <= end <= horizon. Spells of one replication neither overlap nor touch.
    in_order : bool
        Within each replication the starts ascend (the replications themselves may be mixed).
    """

    column: IntArray
    start: FloatArray
    end: FloatArray
    in_order: bool = False

    def __len__(self) -> int:
        return len(self.start)


def empty_spells() -> Spells:
    """Nothing is ever down."""
    return Spells(np.empty(0, np.int64), np.empty(0), np.empty(0), in_order=True)


def pack_keys(column: IntArray, time: FloatArray, low_bits: int, horizon_s: float) -> IntArray:
    """Integers that sort by replication, then by time, with `low_bits` zero bits at the end.

    The time is cut to the bits that are left (38 bits, a millisecond in ten years, for 65,536
    spells), so equal keys say nothing about the order of the times; greater keys do.
    """
    time_bits = min(63 - _COLUMN_BITS - low_bits, 50)  # more would not be exact in a float
    keys = time * ((2.0**time_bits - 1.0) / horizon_s)
    out = keys.astype(np.int64)
    out += column << time_bits
    out <<= low_bits
    return out


def time_order(column: IntArray, time: FloatArray, horizon_s: float) -> IntArray:
    """Indices that sort by (replication, time, index), exactly.

    Parameters
    ----------
    column : int64 array, shape (n,)
    time : float64 array, shape (n,)
        Seconds, 0 to `horizon_s`.
    horizon_s : float

    Returns
    -------
    int64 array, shape (n,)
    """
    bits = max(len(time) - 1, 1).bit_length()
    keys = pack_keys(column, time, bits, horizon_s)
    keys |= np.arange(len(time))
    keys.sort()
    order = keys & ((1 << bits) - 1)
    keys >>= bits
    same = keys[1:] == keys[:-1]
    if same.any():
        _settle(order, same, time)
    return order


def _settle(order: IntArray, same: BoolArray, time: FloatArray) -> None:
    """Sort anew, by exact time and then index, the runs of neighbours whose keys are equal."""
    linked = np.zeros(len(order), dtype=np.bool_)
    linked[1:] = same
    run = np.cumsum(~linked)
    linked[:-1] |= same
    places = np.flatnonzero(linked)
    mixed = order[places]
    order[places] = mixed[np.lexsort((mixed, time[mixed], run[places]))]


def joined(parts: Sequence[Spells], horizon_s: float) -> tuple[Spells, IntArray]:
    """Spells of one thing from several pieces, by (replication, start), touching ones made one.

    Pieces touch where time was cut into slices, or where a failure meets the instant of a repair.

    Returns
    -------
    Spells
    int64 array
        For each spell, the index of its first piece in the concatenated parts.
    """
    column = np.concatenate([p.column for p in parts])
    start = np.concatenate([p.start for p in parts])
    end = np.concatenate([p.end for p in parts])
    order = time_order(column, start, horizon_s)
    column, start, end = column[order], start[order], end[order]
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (column[1:] != column[:-1]) | (start[1:] > end[:-1])
    if fresh.all():
        return Spells(column, start, end, in_order=True), order
    firsts = np.flatnonzero(fresh)
    end = np.maximum.reduceat(end, firsts)
    return Spells(column[firsts], start[firsts], end, in_order=True), order[firsts]
