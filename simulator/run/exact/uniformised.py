"""The uniformised jump chain and the Poisson weights that go with it: positive terms only.

A chain with rates Q is a jump chain P = I + Q/q at the events of a Poisson process of rate q. With
q two per cent above the fastest exit rate no diagonal entry of P is the small difference of large
numbers (Jensen 1953; Fox & Glynn 1988 for the weights).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.run.exact.generator import FloatArray, Generator

__all__ = [
    "Uniformised", "doubling_steps", "poisson_tails", "poisson_window", "short_series",
    "short_weights", "squared", "uniformised",
]  # fmt: skip

_SPARSE_FROM = 100
_SHORT = 1 / 16
_NEGLIGIBLE = 1e-60


@dataclass(frozen=True, slots=True, eq=False)
class Uniformised:
    """A chain as jumps at the events of one Poisson process.

    Parameters
    ----------
    rate : float
        Rate q of the Poisson process, 1/s.
    matrix : array or sparse array, shape (states, states)
        Transposed jump probabilities: a column of states advances by a product from the left.
    """

    rate: float
    matrix: Any

    def advance(self, rows: FloatArray) -> FloatArray:
        """State probabilities one jump later; `rows` has the states on its last axis."""
        return np.asarray((self.matrix @ rows.T).T)


def uniformised(generator: Generator) -> Uniformised:
    """The jump chain of a generator, dense if small."""
    out = generator.exit_rates()
    rate = 1.02 * float(out.max())
    if generator.states < _SPARSE_FROM:
        matrix = generator.dense().T / rate
        np.fill_diagonal(matrix, 1.0 - out / rate)
        return Uniformised(rate, np.ascontiguousarray(matrix))
    from scipy.sparse import diags_array

    return Uniformised(rate, (generator.sparse().T / rate + diags_array(1.0 - out / rate)).tocsr())


def poisson_window(mean: float) -> tuple[int, FloatArray]:
    """First index and weights of a Poisson law, cut where they fall under 1e-60 of the largest.

    The cut is that deep because a rare state may be reached by many jumps only.

    Parameters
    ----------
    mean : float
        Mean of the law, >= 0.
    """
    mode = math.floor(mean)
    width = math.ceil(17 * math.sqrt(mean)) + 60
    above = np.cumprod(mean / np.arange(mode + 1, mode + width + 1))
    below = np.cumprod(np.arange(mode, max(mode - width, 0), -1) / mean) if mode else np.empty(0)
    above, below = above[above > _NEGLIGIBLE], below[below > _NEGLIGIBLE]
    weights = np.concatenate([below[::-1], [1.0], above])
    return mode - below.size, weights / math.fsum(weights)


def poisson_tails(first: int, weights: FloatArray, length: int) -> FloatArray:
    """P(N > n) for n = 0 ... length - 1 from a window of Poisson weights."""
    full = np.ones(length)
    tail = np.cumsum(weights[::-1])[::-1]
    full[first : first + weights.size - 1] = tail[1:]
    full[first + weights.size - 1 :] = 0.0
    return full


def short_weights(means: FloatArray) -> FloatArray:
    """Poisson weights for means up to 1/16, shape (len(means), terms)."""
    terms = [np.exp(-means)]
    while terms[-1].max() > _NEGLIGIBLE * terms[0].min():
        terms.append(terms[-1] * means / len(terms))
    return np.stack(terms, axis=1)


def doubling_steps(jumps: float) -> int:
    """How often to halve a time in which `jumps` jumps are expected, to get at most 1/16 of one."""
    return max(0, math.ceil(math.log2(jumps / _SHORT))) if jumps > 0 else 0


def short_series(
    step: Uniformised, start: FloatArray, times_s: FloatArray, gains: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """State probabilities and rewards after short times (at most 1/16 jump each).

    Parameters
    ----------
    step : Uniformised
        The chain.
    start : float array, shape (states,) or (times, states)
        One start for all times, or one each.
    times_s : float array, shape (times,)
        Times, s.
    gains : float array, shape (states,)
        Reward per second in each state.

    Returns
    -------
    rows : float array, shape (times, states)
        Probabilities; rows sum to one.
    earned : float array, shape (times,)
        Expected rewards.
    """
    weights = short_weights(step.rate * times_s)
    tails = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
    vector = np.broadcast_to(start, (times_s.size, start.shape[-1])).astype(np.float64)
    rows, earned = np.zeros_like(vector), np.zeros(times_s.size)
    for n in range(weights.shape[1]):
        rows += weights[:, n, None] * vector
        if n + 1 < weights.shape[1]:
            earned += tails[:, n + 1] * (vector @ gains)
            vector = step.advance(vector)
    return rows / rows.sum(axis=1, keepdims=True), earned / step.rate


def squared(power: FloatArray) -> FloatArray:
    """A stochastic matrix times itself, rows scaled to sum to one (see the transient module)."""
    product = power @ power
    product /= product.sum(axis=1, keepdims=True)
    return np.asarray(product)
