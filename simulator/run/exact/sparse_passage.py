"""Sparse solvers behind :mod:`simulator.run.exact.passage`: sweeps first, then refined LU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.run.exact.generator import FloatArray, Generator, IntArray
from simulator.run.exact.passage import DensePassage, Passage

__all__ = ["RefinedPassage", "SweepPassage", "sparse_passage"]

Extended = npt.NDArray[np.longdouble]

_EPS = 2.0**-53
_SWEEPS = 4_000
_SWEEPS_LARGE = 40_000  # above 5,000 states a factorisation costs minutes and a gigabyte
_PATIENCE = 200
_DENSE_FALLBACK = 5_000
_TRUSTED = 1e-9


class SweepPassage:
    """Sum over paths by repeated products with the jump probabilities; every term is positive."""

    method = "sweeps over paths"

    def __init__(self, inner: Generator, exits: FloatArray) -> None:
        self._out = inner.exit_rates() + exits
        jumps = inner.sparse()
        jumps.data = jumps.data / np.repeat(self._out, np.diff(jumps.indptr))
        self._forward, self._backward = jumps.T.tocsr(), jumps.tocsr()
        self._most = _SWEEPS if inner.states <= _DENSE_FALLBACK else _SWEEPS_LARGE
        self.relative_error = 0.0

    def times(self, start: FloatArray) -> FloatArray:
        """Expected time in each state before leaving, s; NaN if the sweeps do not settle."""
        return self._sum(self._forward, start.astype(np.float64)) / self._out

    def rewards(self, costs: FloatArray) -> FloatArray:
        """Expected cost before leaving from each state; NaN if the sweeps do not settle."""
        return self._sum(self._backward, costs / self._out)

    def _sum(self, step: Any, first: FloatArray) -> FloatArray:
        total, term = first.copy(), first
        shares = [np.inf, np.inf]
        for sweep in range(self._most):
            term = step @ term
            total += term
            share = float((term / np.where(total > 0, total, 1.0)).max())
            # Over two sweeps: a birth-death chain fills even and odd states in turn.
            ratio = min((share / shares[-2]) ** 0.5, 1.0) if share > 0 else 0.0
            if share <= _EPS * (1.0 - ratio):
                self.relative_error = max(self.relative_error, (sweep + 1) * 2 * _EPS)
                return total
            if sweep == _PATIENCE and _sweeps_left(share, ratio) > self._most:
                break
            shares = [shares[-1], share]
        self.relative_error = np.inf
        return np.full(first.size, np.nan)


def _sweeps_left(share: float, ratio: float) -> float:
    """How many more sweeps the geometric tail needs."""
    return float(np.log(_EPS / share) / np.log(ratio)) if ratio < 1.0 else np.inf


class RefinedPassage:
    """Sparse LU, then iterative refinement with residuals in extended precision."""

    method = "sparse LU, refined"

    def __init__(self, inner: Generator, exits: FloatArray) -> None:
        from scipy.sparse import diags_array
        from scipy.sparse.linalg import splu

        self._inner = inner
        self._rate = inner.rate.astype(np.longdouble)
        self._out = _grouped(self._rate, inner.source, inner.states) + exits
        system = diags_array(self._out.astype(np.float64)) - inner.sparse()
        # Without pivoting all off-diagonal work sums terms of one sign: small entries stay exact.
        self._lu = splu(
            system.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )  # fmt: skip
        self.relative_error = 0.0

    def times(self, start: FloatArray) -> FloatArray:
        """Expected time in each state before leaving, s."""
        inner = self._inner

        def residual(x: Extended) -> Extended:
            flow = _grouped(x[inner.source] * self._rate, inner.target, inner.states)
            return start - x * self._out + flow

        return self._refined(residual, "T")

    def rewards(self, costs: FloatArray) -> FloatArray:
        """Expected cost before leaving from each state."""
        inner = self._inner

        def residual(x: Extended) -> Extended:
            flow = _grouped(x[inner.target] * self._rate, inner.source, inner.states)
            return costs - x * self._out + flow

        return self._refined(residual, "N")

    def _refined(self, residual: Callable[[Extended], Extended], side: str) -> FloatArray:
        x = np.zeros(self._inner.states, dtype=np.longdouble)
        change = np.inf
        for _ in range(30):
            step = self._lu.solve(residual(x).astype(np.float64), trans=side)
            x = np.maximum(x + step, 0)
            before, change = change, _largest_share(step, x)
            if change <= _EPS / 8 or (change > before / 2 and before < 1e-3):
                break
        self.relative_error = max(self.relative_error, min(change, before), 4 * _EPS)
        return x.astype(np.float64)


def _largest_share(step: FloatArray, x: Extended) -> float:
    positive = x > 0
    if not positive.any():
        return 0.0
    return float(np.max(np.abs(step[positive]) / x[positive]))


def _grouped(values: Extended, group: IntArray, groups: int) -> Extended:
    """Sums per group in extended precision (`numpy.bincount` would round to double)."""
    sums = np.zeros(groups, dtype=np.longdouble)
    if values.size == 0:
        return sums
    order = np.argsort(group, kind="stable")
    heads = np.flatnonzero(np.diff(group[order], prepend=-1))
    sums[group[order][heads]] = np.add.reduceat(values[order], heads)
    return sums


class _Chosen:
    """Sweeps while they settle, else refined LU, else (up to 5,000 states) dense elimination."""

    def __init__(self, inner: Generator, exits: FloatArray) -> None:
        self._inner, self._exits = inner, exits
        self._solver: Passage = SweepPassage(inner, exits)
        self.method, self.relative_error = self._solver.method, 0.0

    def times(self, start: FloatArray) -> FloatArray:
        """Expected time in each state before leaving, s."""
        return self._first_trusted(lambda solver: solver.times(start))

    def rewards(self, costs: FloatArray) -> FloatArray:
        """Expected cost before leaving from each state."""
        return self._first_trusted(lambda solver: solver.rewards(costs))

    def _first_trusted(self, ask: Callable[[Passage], FloatArray]) -> FloatArray:
        answer = ask(self._solver)
        if isinstance(self._solver, SweepPassage) and not np.isfinite(self._solver.relative_error):
            self._solver = RefinedPassage(self._inner, self._exits)
            answer = ask(self._solver)
        small = self._inner.states <= _DENSE_FALLBACK
        if self._solver.relative_error > _TRUSTED and small:
            self._solver = DensePassage(self._inner.dense(), self._exits)
            answer = ask(self._solver)
        self.method, self.relative_error = self._solver.method, self._solver.relative_error
        return answer


def sparse_passage(inner: Generator, exits: FloatArray) -> Passage:
    """The sparse counterpart of `DensePassage`: same answers, memory in the number of rates.

    Parameters
    ----------
    inner : Generator
        The chain inside the set.
    exits : float array, shape (inner.states,)
        Rates out of the set, 1/s.
    """
    return _Chosen(inner, exits)
