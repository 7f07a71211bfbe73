"""Small Markov chains for the second implementations: dense elimination, birth and death, sparse LU.

Written for tests/qc alone, from the textbooks, so that no line of the simulator judges itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Explored", "birth_death_passage", "explore", "stationary_dense"]

FloatArray = npt.NDArray[np.float64]


def stationary_dense(rates: FloatArray) -> FloatArray:
    """Stationary distribution by state reduction (Grassmann, Taksar and Heyman 1985).

    Parameters
    ----------
    rates : float64 array, shape (n, n)
        ``rates[i, j]`` from i to j, 1/s; the diagonal is ignored.

    Returns
    -------
    float64 array, shape (n,)
        No subtraction on the way: small probabilities keep their digits.
    """
    a = np.array(rates, dtype=np.float64)
    np.fill_diagonal(a, 0.0)
    n = len(a)
    for k in range(n - 1, 0, -1):
        a[:k, k] /= a[k, :k].sum()
        a[:k, :k] += np.outer(a[:k, k], a[k, :k])
        np.fill_diagonal(a[:k, :k], 0.0)
    p = np.zeros(n)
    p[0] = 1.0
    for k in range(1, n):
        p[k] = p[:k] @ a[:k, k]
    return np.asarray(p / p.sum())


def birth_death_passage(
    births: Sequence[float], deaths: Sequence[float], leaves: float = 0.0
) -> float:
    """Mean time from 0 until the last state is left upwards.

    With T_k the mean time from k to k + 1: T_0 = 1 / b_0, T_k = (1 + d_k T_{k-1}) / b_k.

    Parameters
    ----------
    births, deaths : sequence of float
        Rates out of states 0, 1, ..., m, up and down, 1/s; ``deaths[0]`` is ignored.
    leaves : float
        A further rate that leaves the last state for good, 1/s.

    Returns
    -------
    float
        Seconds.
    """
    total, step = 0.0, 0.0
    last = len(births) - 1
    for k, (birth, death) in enumerate(zip(births, deaths)):
        out = birth + (leaves if k == last else 0.0)
        step = (1.0 + (death * step if k else 0.0)) / out
        total += step
    return total


class Explored:
    """A chain found by following its moves from the first state.

    Parameters
    ----------
    states : list
        In order of discovery; the first is the start.
    moves : list of (int, int, float)
        From, to, rate (1/s).
    """

    def __init__(self, states: list[Hashable], moves: list[tuple[int, int, float]]) -> None:
        from scipy.sparse import csc_matrix, diags

        self.states = states
        n = len(states)
        i, j, rate = (np.array(column) for column in zip(*moves))
        rates = csc_matrix((rate.astype(np.float64), (i, j)), shape=(n, n))
        self.rates = rates - diags(rates.diagonal())
        out = np.asarray(self.rates.sum(axis=1)).ravel()
        self.generator = csc_matrix(self.rates - diags(out))

    def where(self, is_up: Callable[..., bool]) -> npt.NDArray[np.bool_]:
        """Mask of the states for which `is_up` holds."""
        return np.array([is_up(state) for state in self.states])

    def stationary(self) -> FloatArray:
        """Solve pi Q = 0 with pi[0] = 1 by sparse LU, then normalise."""
        from scipy.sparse.linalg import splu

        rest = self.generator[1:, 1:].T.tocsc()
        first = -np.asarray(self.generator[0, 1:].todense()).ravel()
        p = np.concatenate([[1.0], _refined(splu(rest), rest, first)])
        return p / math.fsum(p)

    def frequency(self, up: npt.NDArray[np.bool_], p: FloatArray) -> float:
        """Rate of moves from `up` to the rest when states have probabilities `p`, 1/s."""
        return float(p[up] @ np.asarray(self.rates[up][:, ~up].sum(axis=1)).ravel())

    def mean_time(self, up: npt.NDArray[np.bool_]) -> float:
        """Mean time from the first state until `up` is left, seconds."""
        from scipy.sparse.linalg import splu

        inside = (-self.generator[up][:, up]).tocsc()
        return float(_refined(splu(inside), inside, np.ones(int(up.sum())))[0])


def _refined(lu: object, matrix: object, right: FloatArray) -> FloatArray:
    """Solve and improve twice by the residual."""
    x = lu.solve(right)  # type: ignore[attr-defined]
    for _ in range(2):
        x = x + lu.solve(right - matrix @ x)  # type: ignore[attr-defined]
    return np.asarray(x)


def explore(start: Hashable, moves_of: Callable[..., Iterable[tuple[Hashable, float]]]) -> Explored:
    """Breadth-first search over `moves_of`, which yields (next state, rate)."""
    number: dict[Hashable, int] = {start: 0}
    states: list[Hashable] = [start]
    moves: list[tuple[int, int, float]] = []
    for i, state in enumerate(states):  # grows while we walk it
        for target, rate in moves_of(state):
            if target not in number:
                number[target] = len(states)
                states.append(target)
            moves.append((i, number[target], rate))
    return Explored(states, moves)
