"""Solving H(t) = e for lives whose cumulative hazard has no inverse in closed form.

Two tools. `first_time` halves an interval of floating-point numbers: about 63 evaluations, exact to
the last bit, blind to jumps, flats and scales. `InverseTable` keeps cubic pieces of log t against
log e and polishes what they give with one Newton step in log-log space: that is the fast path, and
everything it is not sure of goes to `first_time`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["InverseTable", "first_time"]

Array = NDArray[np.float64]
Hazard = Callable[[Array], Array]
Pair = Callable[[Array], tuple[Array, Array]]

# Outside this range of log e (1.1e-7 to 90) fewer than one draw in 8 million falls.
_LOW, _HIGH, _NODES = -16.0, 4.5, 2048
_STEP = (_HIGH - _LOW) / (_NODES - 1)
_BLOCK = 8192  # the working arrays of a block stay in the second-level cache
_SMOOTH = 3e-6  # a Newton step this small leaves an error of about its square
_ROUGH = 1e-11  # with kinks about, only a step this small is proof
_INF_BITS = np.float64(np.inf).view(np.int64)


def first_time(total: Hazard, e: Array) -> Array:
    """The first time at which the cumulative hazard reaches `e`, to the last bit.

    Non-negative floats are ordered like their bit patterns, so halving the patterns halves the
    list of floats: 63 steps from 0 to infinity whatever the scale.

    Parameters
    ----------
    total : callable
        Cumulative hazard of an array of times (s), not decreasing.
    e : array
        Hazard to reach, at least 0.

    Returns
    -------
    array
        Times in seconds; infinite where `e` is never reached.
    """
    low = np.full(e.shape, -1, dtype=np.int64)
    high = np.full(e.shape, _INF_BITS, dtype=np.int64)
    while np.any(high - low > 1):
        middle = low + (high - low) // 2
        reached = total(middle.view(np.float64)) >= e
        high = np.where(reached, middle, high)
        low = np.where(reached, low, middle)
    return high.view(np.float64)


class InverseTable:
    """Inverse of a cumulative hazard by table, Newton step and, where needed, `first_time`.

    Parameters
    ----------
    total : callable
        Cumulative hazard of an array of times.
    pair : callable
        Cumulative hazard and hazard rate of an array of times.
    smooth : bool
        Whether the hazard rate has neither kinks nor jumps.
    solve : callable, optional
        Exact but slow inverse for the nodes of the table; `first_time` by default.
    """

    def __init__(
        self, total: Hazard, pair: Pair, smooth: bool, solve: Hazard | None = None
    ) -> None:
        self._total, self._pair = total, pair
        self._tolerance = _SMOOTH if smooth else _ROUGH
        nodes = np.linspace(_LOW, _HIGH, _NODES)
        levels = np.exp(nodes)
        self._times = first_time(total, levels) if solve is None else solve(levels)
        hazard, rate = pair(self._times)
        slope = hazard / (self._times * rate)  # d log t / d log e
        self._level = self._times[1:] == self._times[:-1]  # a jump of the cdf spans the cell
        self._jumps = bool(self._level.any())
        self._cubic = _hermite(np.log(self._times), slope)

    def covers(self, e: Array) -> NDArray[np.bool_]:
        """Where the table has a value, so that the fast path answers."""
        return np.asarray((e > math.exp(_LOW)) & (e < math.exp(_HIGH)))

    def __call__(self, e: Array) -> Array:
        """Times (s) at which the cumulative hazard reaches `e`, shape as `e`."""
        out = np.empty_like(e)
        for at in range(0, len(e), _BLOCK):
            out[at : at + _BLOCK] = self._block(e[at : at + _BLOCK])
        return out

    def _block(self, e: Array) -> Array:
        u = np.log(e)
        place = (u - _LOW) / _STEP
        inside = (place >= 0) & (place < _NODES - 1)
        cell = np.where(inside, place, 0).astype(np.intp)
        w = place - cell
        c = self._cubic
        x = c[0].take(cell) + w * (c[1].take(cell) + w * (c[2].take(cell) + w * c[3].take(cell)))
        t = np.exp(x)
        t, step = self._newton(t, u)
        sure = inside & (np.abs(step) < self._tolerance)
        if self._jumps:
            level = inside & self._level[cell]
            t[level] = self._times[cell[level]]
            sure |= level
        if not sure.all():
            t[~sure] = self._unsure(t[~sure], e[~sure], inside[~sure])
        return t

    def _newton(self, t: Array, u: Array) -> tuple[Array, Array]:
        """One step in log-log space, where hazards are nearly straight lines; and its size."""
        hazard, rate = self._pair(t)
        step = (np.log(hazard) - u) * hazard / (t * rate)
        return t * np.exp(-step), step

    def _unsure(self, t: Array, e: Array, inside: NDArray[np.bool_]) -> Array:
        """Two more Newton steps where the table has a value, and bits for what is left."""
        t, _ = self._newton(t, np.log(e))
        t, step = self._newton(t, np.log(e))
        left = ~(inside & (np.abs(step) < self._tolerance))
        if left.any():
            t[left] = first_time(self._total, e[left])
        return t


def _hermite(x: Array, slope: Array) -> Array:
    """Coefficients (4, n-1) of the cubics through values and slopes; a chord where slopes fail."""
    rise = np.diff(x)
    left, right = slope[:-1] * _STEP, slope[1:] * _STEP
    bent = np.isfinite(left) & np.isfinite(right)
    left, right = np.where(bent, left, rise), np.where(bent, right, rise)
    return np.array([x[:-1], left, 3 * rise - 2 * left - right, left + right - 2 * rise])
