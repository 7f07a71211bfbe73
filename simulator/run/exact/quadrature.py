"""Integrals over time of functions that settle: panels that grow in step with the time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from simulator.errors import NotSupported

__all__ = ["integral_to_infinity", "mean_over"]

Floats = npt.NDArray[np.float64]

_NODES = 12
_TOLERANCE = 1e-7


def mean_over(function: Callable[[Floats], Floats], horizon: float, scale: float) -> float:
    """Mean of `function` over [0, horizon].

    Parameters
    ----------
    function : callable
        Values at times (seconds), shape (n,) to shape (n,).
    horizon : float
        Seconds.
    scale : float
        Shortest time on which the function changes, seconds.

    Raises
    ------
    NotSupported
        If two rules of different order disagree: the function does not settle smoothly.
    """
    edges = _edges(min(scale, horizon) * 0.25, horizon)
    fine, coarse = _gauss(function, edges, _NODES), _gauss(function, edges, _NODES - 4)
    _agree(fine, coarse)
    return fine / horizon


def integral_to_infinity(function: Callable[[Floats], Floats], scale: float) -> float:
    """Integral of a survival-like `function` over [0, infinity), in its own unit times seconds."""
    end = scale
    while float(function(np.array([end]))[0]) > 1e-17 and end < scale * 2.0**60:
        end *= 1.5
    edges = _edges(scale * 1e-9, end)
    fine, coarse = _gauss(function, edges, 2 * _NODES), _gauss(function, edges, 2 * _NODES - 4)
    _agree(fine, coarse)
    return fine


def _edges(first: float, last: float) -> Floats:
    """0, first, and on by factors of at most 1.5 to last."""
    steps = max(int(np.ceil(np.log(last / first) / np.log(1.5))), 1)
    return np.concatenate([[0.0], np.geomspace(first, last, steps + 1)])


def _gauss(function: Callable[[Floats], Floats], edges: Floats, nodes: int) -> float:
    x, w = np.polynomial.legendre.leggauss(nodes)
    half = np.diff(edges) / 2
    times = (edges[:-1] + half)[:, None] + half[:, None] * x
    values = function(times.ravel()).reshape(times.shape)
    return float(np.sum(values * w * half[:, None]))


def _agree(fine: float, coarse: float) -> None:
    if abs(fine - coarse) > _TOLERANCE * abs(fine):
        raise NotSupported(
            "the mean over a horizon of laws that do not settle smoothly", "exact", "montecarlo can"
        )
