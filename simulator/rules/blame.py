"""Whose downtime is it? Shared among the minimal cut sets that are down at that instant.

At every instant of downtime each minimal cut set whose events are all active carries an equal part,
and within one each of its events does. So the parts of one instant sum to 1, an event that alone is
enough carries more than one that needed help, and an active event without which nothing changes
carries nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError

__all__ = ["active_cuts", "cut_matrix", "shares_of"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

_CELLS = 4_000_000  # states times cuts held at once (32 MB as floats)


def cut_matrix(cuts: Sequence[Collection[int]], events: int) -> BoolArray:
    """Cut sets as rows of a matrix.

    Parameters
    ----------
    cuts : sequence of collections of int
        Event indices of each cut set.
    events : int
        Number of basic events.

    Returns
    -------
    bool array, shape (cuts, events)

    Raises
    ------
    DescriptionError
        If a cut names an event outside ``range(events)``.
    """
    out = np.zeros((len(cuts), events), dtype=np.bool_)
    for row, cut in enumerate(cuts):
        for event in cut:
            if not 0 <= event < events:
                raise DescriptionError(f"cut {row} names event {event}: allowed 0 to {events - 1}")
            out[row, event] = True
    return out


def active_cuts(active: BoolArray, cuts: BoolArray) -> BoolArray:
    """Which cut sets have all their events active.

    Parameters
    ----------
    active : bool array, shape (states, events)
    cuts : bool array, shape (cuts, events)

    Returns
    -------
    bool array, shape (states, cuts)
    """
    idle = (~active).astype(np.float32)
    missing = idle @ cuts.T.astype(np.float32)
    return np.asarray(missing == 0)


def shares_of(active: BoolArray, cuts: BoolArray) -> FloatArray:
    """Part of the blame that each event carries in each state.

    Parameters
    ----------
    active : bool array, shape (states, events)
        Which basic events are active.
    cuts : bool array, shape (cuts, events)
        The minimal cut sets, see `cut_matrix`.

    Returns
    -------
    float64 array, shape (states, events)
        Rows sum to 1 where a cut set is active; all 0 where none is (the system is up), and where
        the active one is empty (the system is down whatever happens: nobody is to blame).

    Raises
    ------
    DescriptionError
        If the two arrays disagree on the number of events.
    """
    if active.ndim != 2 or cuts.ndim != 2 or active.shape[1] != cuts.shape[1]:
        raise DescriptionError(
            f"active has shape {active.shape}, cuts {cuts.shape}: "
            "must be (states, events) and (cuts, events)"
        )
    within = cuts / np.maximum(cuts.sum(axis=1, keepdims=True), 1)
    out = np.zeros(active.shape)
    block = max(1, _CELLS // max(len(cuts), 1))
    for start in range(0, len(active), block):
        full = active_cuts(active[start : start + block], cuts).astype(np.float64)
        full /= np.maximum(full.sum(axis=1, keepdims=True), 1.0)
        out[start : start + block] = full @ within
    return out
