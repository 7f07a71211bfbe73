"""Chance that a system described by a Markov chain keeps a downtime budget in a window.

Uniformisation (de Souza e Silva & Gail 1986; Sericola): given n jumps of the uniformised chain,
the window is cut into n + 1 exchangeable pieces, so with k of the n + 1 visits in down states the
share of time down is the k-th smallest of n uniform numbers, and

    P(D <= x) = sum_n Poisson(n; q t) sum_k P(k of n + 1 visits down) P(Binomial(n, x / t) >= k).

All terms are positive. Counts above what the budget can bear are collected in one row, so the cost
is (jumps) x (bearable counts) x (states squared): a small budget is cheap even over many jumps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.downtime import BudgetRisk
from simulator.run.exact.generator import FloatArray, Generator, check_start, check_up
from simulator.run.exact.uniformised import Uniformised, poisson_window, uniformised

__all__ = ["MOST_WORK", "chain_downtime"]

MOST_WORK = 2e11
_STEP_COST = 3e4  # fixed cost of one jump, in multiplications
_REFRESH = 512
_NEGLIGIBLE = 1e-22


def chain_downtime(
    generator: Generator,
    up: npt.ArrayLike,
    start: npt.ArrayLike,
    window_s: float,
    budget_s: float,
) -> BudgetRisk:
    """P(downtime in a window <= budget) for a chain.

    Parameters
    ----------
    generator : Generator
        The chain.
    up : bool array, shape (states,)
        Which states are up.
    start : int or float array, shape (states,)
        First state or its distribution (for equilibrium: the stationary probabilities).
    window_s, budget_s : float
        Window t > 0 and budget x >= 0, s.

    Returns
    -------
    BudgetRisk
        `error` is the truncation error plus the rounding of as many jumps.

    Raises
    ------
    DescriptionError
        For a window or budget out of range.
    NotSupported
        If jumps x counts x states squared exceed `MOST_WORK`.
    """
    flags, p = check_up(generator, up), check_start(generator, start)
    if not (window_s > 0 and np.isfinite(window_s) and budget_s >= 0):
        raise DescriptionError(f"window {window_s!r} s and budget {budget_s!r} s: > 0 and >= 0")
    if budget_s >= window_s:
        return BudgetRisk(1.0, 0.0, 0.0, "the budget is the window")
    if generator.rate.size == 0:
        stays_up = float(p[flags].sum())
        return BudgetRisk(stays_up, float(p[~flags].sum()), 0.0, "nothing moves")
    order = np.argsort(~flags, kind="stable")  # up states first: down visits are one slice
    place = np.argsort(order)
    sorted_chain = Generator.from_triplets(
        generator.states, place[generator.source], place[generator.target], generator.rate
    )
    step = uniformised(sorted_chain)
    first, weights = poisson_window(step.rate * window_s)
    share = budget_s / window_s
    counts = _bearable(first + weights.size, share)
    _check_work(generator.states, first + weights.size, counts, step)
    meets, misses = _sum(step, p[order], int(flags.sum()), first, weights, share, counts)
    error = 1e-16 * (first + weights.size) + 1e-20
    return BudgetRisk(meets, misses, error, f"uniformisation, {first + weights.size} jumps")


def _bearable(jumps: int, share: float) -> int:
    """The number of down visits from which on keeping the budget is negligible."""
    if share <= 0:
        return 0
    from scipy.special import bdtrc

    k, step = 0, 1 << max(jumps.bit_length() - 1, 0)
    while step:  # largest k with P(Binomial(jumps, share) > k) still above the limit
        if k + step <= jumps and bdtrc(k + step, jumps, share) > _NEGLIGIBLE:
            k += step
        step >>= 1
    return min(k + 2, jumps + 1)


def _check_work(states: int, jumps: int, counts: int, step: Uniformised) -> None:
    entries = states**2 if isinstance(step.matrix, np.ndarray) else 3 * step.matrix.nnz
    work = jumps * ((counts + 2.0) * entries + _STEP_COST)
    if work > MOST_WORK:
        raise NotSupported(
            f"a downtime budget over {jumps} jumps with {counts} bearable down visits of {states}"
            f" states ({work:.2g} steps, at most {MOST_WORK:.0e})", "exact", "use montecarlo",
        )  # fmt: skip


def _sum(
    step: Uniformised, start: FloatArray, ups: int, first: int, weights: FloatArray,
    share: float, counts: int,
) -> tuple[float, float]:  # fmt: skip
    """The double sum over jumps and counts of down visits; returns kept and missed."""
    visits = np.zeros((counts + 2, start.size))  # row k: k visits down; the last row: more
    visits[0, :ups], visits[1, ups:] = start[:ups], start[ups:]
    keeping = _Binomial(share, counts)
    kept = missed = 0.0
    for n in range(first + weights.size):
        rows = min(n + 3, counts + 2)
        if n >= first:
            mass = visits[:rows].sum(axis=1)
            mass, over = (mass[:-1], mass[-1]) if rows == counts + 2 else (mass, 0.0)
            fits, breaks = keeping.at(n)
            kept += weights[n - first] * float(mass @ fits[: mass.size])
            missed += weights[n - first] * (float(mass @ breaks[: mass.size]) + over)
        moved = step.advance(visits[:rows])
        visits[:rows, :ups] = moved[:, :ups]
        visits[1:rows, ups:] = moved[:-1, ups:]
        visits[0, ups:] = 0.0
        if rows == counts + 2:
            visits[-1, ups:] += moved[-1, ups:]
        elif rows < counts + 2:
            visits[rows, ups:] = moved[-1, ups:]
    return float(kept), float(missed)


class _Binomial:
    """P(Binomial(n, share) >= k) and < k for k = 0 ... counts, by the recursion in n."""

    def __init__(self, share: float, counts: int) -> None:
        self._share, self._k = share, np.arange(counts + 1.0)
        self._fits, self._breaks = self._fresh(0)
        self._n = 0

    def at(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Both tails for `n`, which may only grow."""
        if n != self._n:
            if n - self._n > 1 or n % _REFRESH == 0:
                self._fits, self._breaks = self._fresh(n)
            else:
                self._fits = self._stepped(self._fits, 1.0)
                self._breaks = self._stepped(self._breaks, 0.0)
            self._n = n
        return self._fits, self._breaks

    def _stepped(self, tail: FloatArray, below: float) -> FloatArray:
        after = (1 - self._share) * tail
        after[1:] += self._share * tail[:-1]
        after[0] += self._share * below
        return np.asarray(after)

    def _fresh(self, n: int) -> tuple[FloatArray, FloatArray]:
        from scipy.special import betainc, betaincc

        k, inside = self._k, (self._k >= 1) & (self._k <= n)
        a, b = np.where(inside, k, 1.0), np.where(inside, n - k + 1, 1.0)
        fits: Any = np.where(inside, betainc(a, b, self._share), np.where(k == 0, 1.0, 0.0))
        breaks: Any = np.where(inside, betaincc(a, b, self._share), np.where(k == 0, 0.0, 1.0))
        return fits, breaks
