"""From the spells of one block to values per replication: downtime, failures, windows, causes."""

from __future__ import annotations

import numpy as np

from simulator.rules.blame import shares_of
from simulator.run.montecarlo.changes import Changes
from simulator.run.montecarlo.merge import BusyPeriods, Outages
from simulator.run.montecarlo.results import Tally
from simulator.run.montecarlo.spells import BoolArray, FloatArray, IntArray, Spells
from simulator.sample.luck import REPLICATIONS_PER_BLOCK

__all__ = ["blame", "by_cause", "tally", "window_downtime"]


def tally(spells: Spells) -> Tally:
    """Downtime, failures and first time down of every replication of the block.

    Parameters
    ----------
    spells : Spells
        With `in_order` set: sums are then the same whatever the path that led here.
    """
    size = REPLICATIONS_PER_BLOCK
    at_start = spells.column[spells.start == 0.0]
    failures = np.bincount(spells.column, minlength=size) - np.bincount(at_start, minlength=size)
    first = np.full(size, np.inf)
    first[spells.column[::-1]] = spells.start[::-1]  # of equal indices the last one written stays
    down = np.bincount(spells.column, weights=spells.end - spells.start, minlength=size)
    return Tally(down.astype(np.float64, copy=False), failures, first)


def window_downtime(spells: Spells, window_s: float, windows: int) -> FloatArray:
    """Downtime in each of the first `windows` windows of length `window_s` (s).

    Returns
    -------
    float64 array, shape (REPLICATIONS_PER_BLOCK, windows)
        Seconds.
    """
    out = np.zeros(REPLICATIONS_PER_BLOCK * windows)
    column, start, end = spells.column, spells.start, spells.end
    window = (start / window_s).astype(np.int64)
    while len(column):  # once per window that the longest outage touches
        inside = window < windows
        column, start, end, window = column[inside], start[inside], end[inside], window[inside]
        edge = np.asarray((window + 1) * window_s, dtype=np.float64)
        spent = np.maximum(np.minimum(end, edge) - start, 0.0)
        np.add(out, np.bincount(column * windows + window, spent, len(out)), out=out)
        on = end > edge
        column, start, end, window = column[on], edge[on], end[on], window[on] + 1
    return out.reshape(REPLICATIONS_PER_BLOCK, windows)


def by_cause(column: IntArray, cause: IntArray, weights: FloatArray, causes: int) -> FloatArray:
    """Sums of `weights` per replication and cause, shape (REPLICATIONS_PER_BLOCK, causes)."""
    size = REPLICATIONS_PER_BLOCK * causes
    out = np.bincount(column * causes + cause, weights=weights, minlength=size)
    return out.astype(np.float64, copy=False).reshape(REPLICATIONS_PER_BLOCK, causes)


def blame(
    busy: BusyPeriods,
    outages: Outages,
    cuts: BoolArray,
    cause_of: IntArray,
    causes: int,
    since_s: float = 0.0,
) -> FloatArray:
    """Downtime shared at every instant among the minimal cut sets that are down.

    Parameters
    ----------
    busy : BusyPeriods
        Of all basic events.
    outages : Outages
        Those of the system.
    cuts : bool array, shape (cuts, events)
        Minimal cut sets of the system.
    cause_of : int64 array, shape (events,)
        Number of the cause of each event.
    causes : int
        How many there are.
    since_s : float
        Downtime before that is not counted, seconds.

    Returns
    -------
    float64 array, shape (REPLICATIONS_PER_BLOCK, causes)
        Seconds. A lone failure that is enough carries all of its outage.
    """
    lone, spells = outages.lone, busy.spells
    lasted = spells.end.take(lone) - np.maximum(spells.start.take(lone), since_s)
    out = by_cause(spells.column.take(lone), cause_of[busy.part_of(lone)], lasted, causes)
    changes = busy.changes
    lasts = np.append(np.diff(np.maximum(changes.time, since_s)), 0.0)
    chosen = np.flatnonzero(outages.down & (lasts > 0))
    if len(chosen):
        each, which = _shares(changes, chosen, cuts, cause_of, causes)
        spent, column = lasts[chosen], changes.column[chosen]
        for cause in np.flatnonzero(each.any(axis=0)):
            parts = each[:, cause].take(which) * spent
            out[:, cause] += np.bincount(column, weights=parts, minlength=len(out))
    return out


def _shares(
    changes: Changes, chosen: IntArray, cuts: BoolArray, cause_of: IntArray, causes: int
) -> tuple[FloatArray, IntArray]:
    """Shares of the causes in each distinct state, and the state that each change leads to."""
    rows = changes.packed(chosen)
    whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.shape[1]))).ravel()
    _, where, which = np.unique(whole, return_index=True, return_inverse=True)
    bits = np.unpackbits(rows[where], axis=1, count=len(cause_of), bitorder="little")
    belongs = np.zeros((len(cause_of), causes))
    belongs[np.arange(len(cause_of)), cause_of] = 1.0
    return shares_of(bits.view(np.bool_), cuts) @ belongs, which
