"""Mean over a long horizon of a large chain: the long run, plus what the start still changes.

With deviation D of the down states from their long-run share U, solving Q x = -(down - U) gives the
total excess of downtime from each start state, so the mean over [0, h] is U + (start - pi) x / h once
the chain has forgotten its start (Kemeny and Snell, 1960: the fundamental matrix). Whether it has is
estimated from a second solve.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.errors import NotSupported
from simulator.run.exact.generator import BoolArray, FloatArray, Generator

__all__ = ["settled_mean"]

_FORGOTTEN = 40.0  # relaxation times after which exp(-t) is below the rounding of a float


def settled_mean(
    generator: Generator, up: BoolArray, pi: FloatArray, start: FloatArray, horizon_s: float
) -> float:
    """Mean share of [0, horizon] spent down.

    Parameters
    ----------
    generator : Generator
        With one closed class.
    up : bool array, shape (states,)
    pi, start : float array, shape (states,)
        Long-run and first distribution.
    horizon_s : float
        Seconds.

    Raises
    ------
    NotSupported
        If the horizon is too short for the chain to have forgotten its start.
    """
    down = (~up).astype(np.float64)
    share = float(pi[~up].sum())
    solve = _solver(generator, pi)
    excess = solve(down - share)
    relaxation = _relaxation(solve, excess, pi)
    if not horizon_s > _FORGOTTEN * relaxation:
        raise NotSupported(
            f"the mean over {horizon_s:.3g} s of a chain of {generator.states} states that takes"
            f" about {relaxation:.3g} s to settle",
            "exact",
            "montecarlo can",
        )
    return share + float((start - pi) @ excess) / horizon_s


def _solver(generator: Generator, pi: FloatArray) -> Any:
    """Solve Q x = -b for b with pi b = 0; x is scaled so that pi x = 0."""
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import splu

    matrix = generator.sparse() - diags_array(generator.exit_rates())
    pinned = int(np.argmax(pi))
    keep = np.arange(generator.states) != pinned
    inner = splu(matrix.tocsc()[keep][:, keep])

    def solve(b: FloatArray) -> FloatArray:
        x = np.zeros(generator.states)
        x[keep] = inner.solve(-b[keep])
        return np.asarray(x - pi @ x)

    return solve


def _relaxation(solve: Any, x: FloatArray, pi: FloatArray) -> float:
    """The slowest time constant, by a few steps of inverse iteration."""
    ratio = 0.0
    for _ in range(12):
        size = float(np.abs(x) @ pi)
        if size == 0.0:
            return 0.0
        x = solve(x / size)
        ratio = float(np.abs(x) @ pi)
    return 2.0 * ratio
