"""Time spent in a set of states before leaving it, without a single subtraction.

Everything long-run about a chain reduces to one linear system over a set of states that is left for
good: the expected time v in each state from a start a (v (D - R) = a), or the expected cost x from
each state (D - R) x = c, with R the rates inside the set and D their row sums plus the exit rates.
Three solvers, all of them with a small relative error in *every* component:

- dense elimination in the manner of Grassmann, Taksar and Heyman (Operations Research 33, 1985):
  the pivot is the sum of what is left of its row, never a difference; blocked so that the bulk of
  the work is one matrix product;
- sweeps: the sum over paths, which grows from below and stops when the rest is bounded by a
  geometric tail (quick where repair is much faster than failure);
- sparse LU, refined with residuals in extended precision until the correction vanishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.generator import BoolArray, FloatArray, Generator, check_start

__all__ = [
    "DENSE_STATES", "MOST_STATES", "DensePassage", "FirstPassage", "Passage", "first_passage",
    "passage",
]  # fmt: skip

DENSE_STATES = 1_500
MOST_STATES = 20_000
_BLOCK = 48
_EPS = 2.0**-53


class Passage(Protocol):
    """A factored set of states that is left for good."""

    method: str
    relative_error: float

    def times(self, start: FloatArray) -> FloatArray:
        """Expected time in each state before leaving, s, from the start mass `start`."""

    def rewards(self, costs: FloatArray) -> FloatArray:
        """Expected cost before leaving from each state, at `costs` per second there."""


class DensePassage:
    """Dense elimination without subtractions; see the module.

    Parameters
    ----------
    rates : float array, shape (m, m)
        Rates inside the set, 1/s; the diagonal is not read. Taken over (overwritten).
    exits : float array, shape (m,)
        Rates out of the set, 1/s.
    """

    method = "GTH elimination"

    def __init__(self, rates: FloatArray, exits: FloatArray) -> None:
        self._rates = rates
        self._pivots = _eliminate(rates, exits.copy())
        # Every entry is a sum of positive terms: errors add up along the m eliminations at worst.
        self.relative_error = max(rates.shape[0], 1) * 2 * _EPS

    def times(self, start: FloatArray) -> FloatArray:
        """Expected time in each state before leaving, s, from the start mass `start`."""
        mass, rates, pivots = start.astype(np.float64), self._rates, self._pivots
        for k in range(mass.size - 1, 0, -1):
            mass[:k] += mass[k] / pivots[k] * rates[k, :k]
        for k in range(mass.size):
            mass[k] = (mass[k] + mass[:k] @ rates[:k, k]) / pivots[k]
        return mass

    def rewards(self, costs: FloatArray) -> FloatArray:
        """Expected cost before leaving from each state, at `costs` per second there."""
        cost, rates, pivots = costs.astype(np.float64), self._rates, self._pivots
        for k in range(cost.size - 1, 0, -1):
            cost[:k] += rates[:k, k] * (cost[k] / pivots[k])
        for k in range(cost.size):
            cost[k] = (cost[k] + rates[k, :k] @ cost[:k]) / pivots[k]
        return cost


def _eliminate(rates: FloatArray, exits: FloatArray) -> FloatArray:
    """Censor the states from the last to the first, in place; returns the pivots (exit totals)."""
    pivots = np.empty(exits.size)
    for high in range(exits.size, 0, -_BLOCK):
        low = max(high - _BLOCK, 0)
        for k in range(high - 1, low - 1, -1):
            pivots[k] = rates[k, :k].sum() + exits[k]
            if not pivots[k] > 0:
                raise DescriptionError(f"state {k} of the set is never left: it is not transient")
            row = rates[k, :k] / pivots[k]
            rates[low:k, :k] += np.outer(rates[low:k, k], row)
            rates[:low, low:k] += np.outer(rates[:low, k], row[low:])
            exits[:k] += rates[:k, k] * (exits[k] / pivots[k])
        onward = rates[low:high, :low] / pivots[low:high, None]
        rates[:low, :low] += rates[:low, low:high] @ onward
    return pivots


def passage(generator: Generator, inside: BoolArray) -> Passage:
    """Factor the states marked `inside`; each of them must be able to leave the set.

    Raises
    ------
    DescriptionError
        If some state of the set cannot leave it.
    NotSupported
        Above `MOST_STATES` states.
    """
    size = int(inside.sum())
    if size > MOST_STATES:
        raise NotSupported(f"a chain of {size} states", "exact", f"up to {MOST_STATES}: montecarlo")
    trapped = inside & ~generator.can_reach(~inside)
    if trapped.any():
        k = int(np.flatnonzero(trapped)[0])
        raise DescriptionError(f"state {k} can never leave the set it is in")
    inner, exits = generator.restricted(inside), generator.rates_into(~inside)[inside]
    if size <= DENSE_STATES:
        return DensePassage(inner.dense(), exits)
    from simulator.run.exact.sparse_passage import sparse_passage

    return sparse_passage(inner, exits)


@dataclass(frozen=True, slots=True)
class FirstPassage:
    """First time in a set of states.

    Parameters
    ----------
    mean_s : float
        Expected time, s; infinite if the set may never be reached.
    probability : float
        Probability that it is ever reached.
    missed : float
        Probability that it is not, computed on its own (1 - probability without cancellation).
    method : str
        How it was solved.
    relative_error : float
        Estimated relative error of `mean_s`.
    """

    mean_s: float
    probability: float
    missed: float
    method: str
    relative_error: float


def first_passage(generator: Generator, into: BoolArray, start: npt.ArrayLike) -> FirstPassage:
    """Mean time to the first visit of a state marked `into` (MTTF, MTTDL), and its probability.

    Parameters
    ----------
    generator : Generator
        The chain; what it does after the first visit does not matter.
    into : bool array, shape (states,)
        The set, for an MTTF the down states.
    start : int or float array, shape (states,)
        First state, or its distribution.

    Raises
    ------
    DescriptionError
        For a start that is no distribution.
    NotSupported
        Above `MOST_STATES` states.
    """
    p = check_start(generator, start)
    # Only what can happen from this start: a trap elsewhere does not make the mean infinite.
    seen = _seen_before(generator, p, into)
    hopeful = generator.can_reach(into) & seen
    safe = seen & ~hopeful
    if not hopeful.any():
        reached, missed = float(p[into].sum()), float(p[safe].sum())
        return FirstPassage(0.0 if missed == 0 else np.inf, reached, missed, "none needed", 0.0)
    solver = passage(generator, hopeful)
    times = solver.times(p[hopeful])
    reached = float(p[into].sum() + times @ generator.rates_into(into)[hopeful])
    missed = float(p[safe].sum() + times @ generator.rates_into(safe)[hopeful])
    mean = float(times.sum()) if not safe.any() else np.inf
    return FirstPassage(mean, min(reached, 1.0), missed, solver.method, solver.relative_error)


def _seen_before(generator: Generator, start: FloatArray, into: BoolArray) -> BoolArray:
    """States that can be come to from the start without passing through `into`."""
    free = ~into[generator.source]
    open_chain = Generator(
        generator.states, generator.source[free], generator.target[free], generator.rate[free]
    )
    return open_chain.reachable_from(start > 0) & ~into
