"""The rates of a Markov chain, as arrays: what every solver of this room reads.

Only rates between different states are kept (triplets). The diagonal of the usual generator matrix
is minus the sum of its row; keeping it apart means that no solver ever subtracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError

__all__ = ["BoolArray", "FloatArray", "Generator", "IntArray", "check_start", "check_up"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_SHORT_WALK = 64  # steps that a system of parts needs; long chains are walked through


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """Transition rates of a continuous-time Markov chain.

    Build it with :meth:`from_triplets` or :meth:`from_dense`, which check and sum duplicates.

    Parameters
    ----------
    states : int
        Number of states; they are called 0 ... states - 1.
    source, target : int array, shape (transitions,)
        From where to where, sorted by source, no pair twice, never the same state.
    rate : float array, shape (transitions,)
        Positive rates, 1/s.
    """

    states: int
    source: IntArray
    target: IntArray
    rate: FloatArray

    @classmethod
    def from_triplets(
        cls, states: int, source: npt.ArrayLike, target: npt.ArrayLike, rate: npt.ArrayLike
    ) -> Generator:
        """A generator from triplets in any order; duplicates are summed, zero rates dropped.

        Raises
        ------
        DescriptionError
            For a state out of range, a rate that is negative or not finite, or a rate from a state
            to itself.
        """
        s = np.asarray(source, dtype=np.int64).ravel()
        t = np.asarray(target, dtype=np.int64).ravel()
        r = np.asarray(rate, dtype=np.float64).ravel()
        _check_triplets(states, s, t, r)
        keep = r > 0
        cells, where = np.unique(s[keep] * states + t[keep], return_inverse=True)
        summed = np.bincount(where.ravel(), weights=r[keep], minlength=cells.size)
        return cls(states, cells // states, cells % states, summed.astype(np.float64))

    @classmethod
    def from_dense(cls, matrix: npt.ArrayLike) -> Generator:
        """A generator from a square matrix of rates; a diagonal is accepted if it fits its row.

        Raises
        ------
        DescriptionError
            If the matrix is not square, or a diagonal entry is neither 0 nor minus the sum of the
            other rates of its row (to 1e-9 of that sum).
        """
        full = np.array(matrix, dtype=np.float64)
        if full.ndim != 2 or full.shape[0] != full.shape[1]:
            raise DescriptionError(f"rates of shape {full.shape} are not a square matrix")
        diagonal = full.diagonal().copy()
        np.fill_diagonal(full, 0.0)
        sums = full.sum(axis=1)
        wrong = (diagonal != 0) & (np.abs(diagonal + sums) > 1e-9 * sums)
        if wrong.any():
            k = int(np.flatnonzero(wrong)[0])
            raise DescriptionError(
                f"the diagonal rate {diagonal[k]:.17g} of state {k} must be 0 or {-sums[k]:.17g},"
                " minus the sum of the other rates of its row"
            )
        source, target = np.nonzero(full)
        return cls.from_triplets(full.shape[0], source, target, full[source, target])

    def dense(self) -> FloatArray:
        """The rates as a full matrix, shape (states, states), zero diagonal."""
        full = np.zeros((self.states, self.states))
        full[self.source, self.target] = self.rate
        return full

    def sparse(self) -> Any:
        """The rates as a `scipy.sparse.csr_array`, zero diagonal."""
        from scipy.sparse import csr_array

        shape = (self.states, self.states)
        return csr_array((self.rate, (self.source, self.target)), shape=shape)

    def exit_rates(self) -> FloatArray:
        """Total rate out of each state, 1/s, shape (states,)."""
        return self._per_source(self.rate)

    def rates_into(self, target: BoolArray) -> FloatArray:
        """Total rate from each state into the states marked in `target`, 1/s, shape (states,)."""
        return self._per_source(self.rate * target[self.target])

    def restricted(self, keep: BoolArray) -> Generator:
        """The chain among the marked states only, renumbered in their order."""
        number = np.cumsum(keep) - 1
        inside = keep[self.source] & keep[self.target]
        return Generator(
            int(keep.sum()), number[self.source[inside]], number[self.target[inside]],
            self.rate[inside],
        )  # fmt: skip

    def absorbed(self, keep: BoolArray) -> Generator:
        """The marked states, renumbered, and one last state that collects all that leaves them."""
        inner = self.restricted(keep)
        out = self.rates_into(~keep)[keep]
        last = inner.states
        return Generator.from_triplets(
            last + 1,
            np.concatenate([inner.source, np.arange(last)]),
            np.concatenate([inner.target, np.full(last, last)]),
            np.concatenate([inner.rate, out]),
        )

    def can_reach(self, target: BoolArray) -> BoolArray:
        """Which states can come to a marked state (the marked ones can), shape (states,)."""
        return _spread(target, self.target, self.source)

    def reachable_from(self, origin: BoolArray) -> BoolArray:
        """Which states a marked state can come to (the marked ones count), shape (states,)."""
        return _spread(origin, self.source, self.target)

    def _per_source(self, values: FloatArray) -> FloatArray:
        sums = np.bincount(self.source, weights=values, minlength=self.states)
        return sums.astype(np.float64)


def _spread(marked: BoolArray, step_from: IntArray, step_to: IntArray) -> BoolArray:
    """Close a set of states under the given steps."""
    found = marked.copy()
    for _ in range(_SHORT_WALK):
        fresh = step_to[found[step_from] & ~found[step_to]]
        if fresh.size == 0:
            return found
        found[fresh] = True
    return _walked(found, step_from, step_to)


def _walked(found: BoolArray, step_from: IntArray, step_to: IntArray) -> BoolArray:
    """The same by one breadth-first walk from a node that leads to all that is found already."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    first, known = found.size, np.flatnonzero(found)
    tails = np.concatenate([step_from, np.full(known.size, first)])
    heads = np.concatenate([step_to, known])
    graph = csr_array((np.ones(tails.size), (tails, heads)), shape=(first + 1, first + 1))
    order = breadth_first_order(graph, first, return_predecessors=False)
    reached = np.zeros(first + 1, dtype=bool)
    reached[order] = True
    return reached[:first]


def _check_triplets(states: int, source: IntArray, target: IntArray, rate: FloatArray) -> None:
    if states < 1:
        raise DescriptionError(f"a chain of {states} states: it needs at least one")
    if not source.size == target.size == rate.size:
        raise DescriptionError(
            f"{source.size} sources, {target.size} targets and {rate.size} rates:"
            " the three must have one length"
        )
    for name, index in (("source", source), ("target", target)):
        wrong = (index < 0) | (index >= states)
        if wrong.any():
            raise DescriptionError(f"{name} {index[wrong][0]} is not a state 0 to {states - 1}")
    wrong = ~(np.isfinite(rate) & (rate >= 0))
    if wrong.any():
        k = int(np.flatnonzero(wrong)[0])
        raise DescriptionError(
            f"the rate {rate[k]:.17g} from state {source[k]} to {target[k]} must be finite and >= 0"
        )
    loops = (source == target) & (rate > 0)
    if loops.any():
        raise DescriptionError(
            f"state {source[loops][0]} has a rate to itself: leave it out, it changes nothing"
        )


def check_start(generator: Generator, start: npt.ArrayLike) -> FloatArray:
    """A start distribution as floats that sum to one; an integer means that state, surely.

    Raises
    ------
    DescriptionError
        If it has another length, a negative entry, or does not sum to 1 within 1e-9.
    """
    given = np.asarray(start)
    if given.ndim == 0:
        state = int(given)
        if not 0 <= state < generator.states:
            raise DescriptionError(f"start {state} is not a state 0 to {generator.states - 1}")
        p = np.zeros(generator.states)
        p[state] = 1.0
        return p
    p = given.astype(np.float64)
    if p.shape != (generator.states,):
        raise DescriptionError(f"a start of shape {p.shape} for {generator.states} states")
    if not (np.isfinite(p).all() and (p >= 0).all()):
        raise DescriptionError(f"start probabilities must be finite and >= 0, not {p.min():.17g}")
    if abs(p.sum() - 1.0) > 1e-9:
        raise DescriptionError(f"start probabilities sum to {p.sum():.17g}, they must sum to 1")
    scaled: FloatArray = p / p.sum()
    return scaled


def check_up(generator: Generator, up: npt.ArrayLike) -> BoolArray:
    """Which states are up, as booleans, one for each state.

    Raises
    ------
    DescriptionError
        If the length is not the number of states or the values are not booleans.
    """
    flags = np.asarray(up)
    if flags.shape != (generator.states,) or flags.dtype != np.bool_:
        raise DescriptionError(
            f"`up` must be {generator.states} booleans, not shape {flags.shape} of {flags.dtype}"
        )
    return flags
