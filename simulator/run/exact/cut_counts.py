"""How many minimal cut sets are active at once, and which events stand in them: exact, by parts.

The minimal cut sets of a gate over independent parts are all unions of one cut set from each of
`least` of them. So if part i has ``c`` active cut sets of size s, written as the polynomial
``P_i(x) = sum c x**s``, the gate has those of the elementary symmetric polynomial
``e_least(P_1, ..., P_n)``. A `Spread` lists the polynomials a part can have with their
probabilities; nothing has to be enumerated across independent parts. A part whose inputs share
events is enumerated state by state, the most probable states of downtime first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.rules.blame import active_cuts

__all__ = ["Spread", "TooWide", "collapsed", "folded", "grouped", "leaf"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

_CELLS = 10_000_000  # floats one step may hold (80 MB)
_FEW = 64  # so many cases are always kept, however rare


class TooWide(Exception):
    """The parts have too many different numbers of active cut sets to list them."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The numbers of active minimal cut sets that a part of the tree can have.

    Parameters
    ----------
    events : tuple of int
        Basic events of the part.
    counts : array, shape (cases, sizes)
        ``counts[d, s]``: active minimal cut sets of s events in case d; all 0 = the part is up.
    chance : array, shape (cases,)
        Probability of each case.
    blame : array, shape (cases, events, sizes)
        Expected number of those that contain the event, times the chance of the case.
    """

    events: tuple[int, ...]
    counts: FloatArray
    chance: FloatArray
    blame: FloatArray


def leaf(event: int, u: float, a: float) -> Spread:
    """A basic event alone: one cut set of one event, active or not."""
    counts = np.array([[0.0, 0.0], [0.0, 1.0]])
    blame = np.array([[[0.0, 0.0]], [[0.0, u]]])
    return Spread((event,), counts, np.array([a, u]), blame)


def collapsed(part: Spread) -> Spread:
    """Sizes summed: column 0 counts all cut sets, the blame within each is shared by its events.

    For the whole system, and for parts directly under an OR at its top, sizes no longer matter.
    """
    sizes = np.arange(part.counts.shape[1])
    within = np.divide(1.0, sizes, out=np.zeros(len(sizes)), where=sizes > 0)
    counts = part.counts.sum(axis=1, keepdims=True)
    return _merged(part.events, counts, part.chance, (part.blame @ within)[:, :, None])


def grouped(
    events: Sequence[int],
    active: BoolArray,
    chance: FloatArray,
    up: float,
    cuts: BoolArray,
    sized: bool,
) -> Spread:
    """Spread of listed states of downtime; the chance `up` is the case without any cut set.

    Parameters
    ----------
    events : sequence of int
    active : bool array, shape (states, events)
    chance : array, shape (states,)
    up : float
        Probability that the part is up.
    cuts : bool array, shape (cuts, events)
    sized : bool
        False: as `collapsed` would return it, in less memory.

    Raises
    ------
    TooWide
        If the cases would fill more than 80 MB.
    """
    names = tuple(events)
    orders = cuts.sum(axis=1)
    sizes = int(orders.max(initial=0)) + 1 if sized else 1
    column = orders if sized else np.zeros_like(orders)
    of_size = np.equal.outer(column, np.arange(sizes)).astype(np.float64)
    parts = cuts / (1.0 if sized else np.maximum(orders, 1)[:, None])
    width = max(1, _CELLS // (4 * max(len(cuts), len(names) * sizes)))
    whole = Spread(
        names, np.zeros((1, sizes)), np.array([up]), np.zeros((1, len(names), sizes))
    )  # fmt: skip
    for start in range(0, len(active), width):
        weight = chance[start : start + width]
        full = active_cuts(active[start : start + width], cuts).astype(np.float64)
        blame = np.zeros((len(full), len(names), sizes))
        for size in np.unique(column):
            mine = column == size
            blame[:, :, size] = (full[:, mine] @ parts[mine]) * weight[:, None]
        whole = _merged(
            names,
            np.concatenate([whole.counts, full @ of_size]),
            np.concatenate([whole.chance, weight]),
            np.concatenate([whole.blame, blame]),
        )
        if whole.blame.size > _CELLS:
            raise TooWide
    return whole


def _merged(
    events: tuple[int, ...], counts: FloatArray, chance: FloatArray, blame: FloatArray
) -> Spread:
    """Equal cases as one."""
    keys, chance, blame = _joined(counts, chance, blame)
    return Spread(events, keys, chance, blame)


def _joined(
    keys: FloatArray, chance: FloatArray, blame: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sum `chance` and `blame` over rows with equal `keys`; impossible rows are dropped."""
    possible = chance > 0
    if not possible.all():
        keys, chance, blame = keys[possible], chance[possible], blame[possible]
    flat = keys.reshape(len(keys), -1)
    order = np.lexsort(flat.T[::-1])
    flat = flat[order]
    new = np.ones(len(flat), dtype=np.bool_)
    new[1:] = (flat[1:] != flat[:-1]).any(axis=1)
    first = np.flatnonzero(new)
    return (
        keys[order][first],
        np.add.reduceat(chance[order], first),
        np.add.reduceat(blame[order], first, axis=0),
    )


def folded(parts: Sequence[Spread], least: int, floor: float = 0.0) -> Spread:
    """Spread of a gate that is down when at least `least` of independent `parts` are.

    Parameters
    ----------
    parts : sequence of Spread
    least : int
    floor : float
        Cases less probable than this are dropped on the way, where there are more than 64.

    Raises
    ------
    TooWide
        If a step would hold more than 80 MB.
    """
    size = _only_size(parts)
    if size is not None:  # then all cut sets of the gate have least * size events: one column does
        parts = [_column(part, size) for part in parts]
    keys, chance = np.ones((1, 1, 1)), np.ones(1)
    blame = np.zeros((1, 1, 0, 1))
    old = range(1)
    for place, part in enumerate(parts, start=1):
        band = range(max(0, least - len(parts) + place), min(least, place) + 1)
        keys, chance, blame = _with_part(keys, chance, blame, old, band, part)
        keys, chance, blame = _joined(keys, chance, blame)
        if floor and len(chance) > _FEW:
            kept = chance >= floor
            keys, chance, blame = keys[kept], chance[kept], blame[kept]
        used = 1 + int(np.flatnonzero(keys.any(axis=(0, 1))).max(initial=0))
        keys, blame, old = keys[..., :used], blame[..., :used], band
    events = tuple(event for part in parts for event in part.events)
    counts, shares = keys[:, -1], blame[:, -1]
    if size is not None and size > 0:
        pad = least * size
        counts = np.pad(counts, ((0, 0), (pad, 0)))
        shares = np.pad(shares, ((0, 0), (0, 0), (pad, 0)))
    return _merged(events, counts, chance, shares)


def _only_size(parts: Sequence[Spread]) -> int | None:
    """The one size that all cut sets of all parts have, if there is one."""
    sizes = {int(s) for part in parts for s in np.flatnonzero(part.counts.any(axis=0))}
    return sizes.pop() if len(sizes) == 1 else None


def _column(part: Spread, size: int) -> Spread:
    if part.counts.shape[1] <= size:
        empty = np.zeros((len(part.chance), len(part.events), 1))
        return Spread(part.events, np.zeros((len(part.chance), 1)), part.chance, empty)
    column = slice(size, size + 1)
    return Spread(part.events, part.counts[:, column], part.chance, part.blame[:, :, column])


def _with_part(
    keys: FloatArray, chance: FloatArray, blame: FloatArray, old: range, band: range, part: Spread
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """One more part: e_j becomes e_j + P e_(j-1), for the j in `band` that can still matter.

    `keys` has shape (cases, old, sizes), `blame` (cases, old, events, sizes).
    """
    cases, _, events, sizes = blame.shape
    more, wide = len(part.events), sizes + part.counts.shape[1] - 1
    shape = (cases, len(part.chance), len(band), events + more, wide)
    if np.prod(shape, dtype=np.float64) > _CELLS:
        raise TooWide
    to = np.zeros(shape)
    key = np.zeros((*shape[:3], wide))
    for case, (counts, weight) in enumerate(zip(part.counts, part.chance, strict=True)):
        for at, j in enumerate(band):
            if j in old:
                key[:, case, at, :sizes] += keys[:, j - old[0]]
                to[:, case, at, :events, :sizes] += weight * blame[:, j - old[0]]
            if j - 1 not in old:
                continue
            below, theirs = keys[:, j - 1 - old[0]], blame[:, j - 1 - old[0]]
            mine = chance[:, None] * below
            for s in np.flatnonzero(counts):
                span = slice(s, s + sizes)
                key[:, case, at, span] += counts[s] * below
                to[:, case, at, :events, span] += weight * counts[s] * theirs
                to[:, case, at, events:, span] += (
                    part.blame[case, None, :, s, None] * mine[:, None, :]
                )
    total = cases * len(part.chance)
    return (
        key.reshape(total, len(band), wide),
        np.outer(chance, part.chance).ravel(),
        to.reshape(total, len(band), events + more, wide),
    )
