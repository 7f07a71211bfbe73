"""Mean and variance of a life from its survival function, by quadrature that checks itself.

Both integrals have a positive integrand, so nothing cancels: the mean is the integral of S, the
variance is 2 int_0^m (m-t) F(t) dt + 2 int_m^inf (t-m) S(t) dt with m the mean. They are taken in
log t, panel by panel, by Gauss-Legendre rules; a panel that its halves contradict is halved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["integral", "mean_and_variance"]

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_POINTS = 20
_TOLERANCE = 1e-14  # of the whole, per panel
_HALVINGS = 14
_SMALLEST = 1e-300  # below, floating-point numbers lose their digits
_LEVELS = np.concatenate(
    [np.geomspace(1e-18, 0.5, 25), np.linspace(1.0, 40.0, 27), np.geomspace(45.0, 700.0, 12)]
)


@cache
def _rule() -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    return nodes, weights


def _gauss(f: Function, low: Array, high: Array) -> Array:
    """Integral of `f` over each panel of log t."""
    nodes, weights = _rule()
    half = (high - low) / 2
    x = (high + low)[:, None] / 2 + half[:, None] * nodes
    t = np.exp(x)
    values = (f(t.ravel()).reshape(t.shape) * t) @ weights
    return np.asarray(values * half)


def integral(f: Function, edges: Array) -> float:
    """Integral of `f` from the first to the last of `edges` (s, positive, increasing).

    Parameters
    ----------
    f : callable
        Integrand on an array of times; smooth between edges.
    edges : array
        Panel ends.
    """
    low, high = np.log(edges[:-1]), np.log(edges[1:])
    coarse = _gauss(f, low, high)
    total = 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        left, right = _gauss(f, low, middle), _gauss(f, middle, high)
        fine = left + right
        size = abs(total) + float(np.sum(np.abs(fine)))
        good = np.abs(fine - coarse) <= _TOLERANCE * size
        total += math.fsum(fine[good])
        if good.all():
            break
        bad = ~good
        low, high = (
            np.concatenate([low[bad], middle[bad]]),
            np.concatenate([middle[bad], high[bad]]),
        )
        coarse = np.concatenate([left[bad], right[bad]])
    else:
        total += math.fsum(coarse)
    return total


def mean_and_variance(
    survival: Function, cdf: Function, time: Function, breaks: tuple[float, ...]
) -> tuple[float, float]:
    """Mean (s) and variance (s^2) of a life.

    Parameters
    ----------
    survival, cdf : callable
        P(T > t) and P(T <= t) of an array of times.
    time : callable
        Inverse cumulative hazard.
    breaks : tuple of float
        Ages at which the hazard has a kink or a jump.

    Returns
    -------
    tuple of float
        Both infinite if some lives never end.
    """
    levels = time(_LEVELS)
    if np.isinf(levels[-1]):
        return math.inf, math.inf
    positive = levels[levels > 0]
    if len(positive) == 0:
        return 0.0, 0.0
    # Below the first level S is flat; a mass at zero may leave a gap there, hence the small panels.
    start = positive[0] * np.geomspace(1e-18, 1.0, 19)
    inner = [b for b in breaks if start[0] < b < positive[-1]]
    edges = np.unique(np.concatenate([start, positive, inner]))
    edges = edges[edges > _SMALLEST]
    first = float(survival(edges[:1])[0] * edges[0])
    mean = first + integral(survival, edges)
    if not edges[0] < mean < edges[-1]:
        return mean, 0.0
    below = np.append(edges[edges < mean], mean)
    above = np.insert(edges[edges > mean], 0, mean)
    early = integral(lambda t: (mean - t) * cdf(t), below)
    at_once = mean * float(cdf(edges[:1])[0]) * float(edges[0])
    late = integral(lambda t: (t - mean) * survival(t), above)
    return mean, 2 * (early + at_once + late)
