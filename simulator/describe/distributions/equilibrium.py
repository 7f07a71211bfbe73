"""The time left of a life met at a random moment: what a start in equilibrium draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.checks import reject
from simulator.describe.distributions.inverse import InverseTable

__all__ = ["Equilibrium"]

_LEVELS = np.concatenate(
    [np.geomspace(1e-9, 0.5, 120), np.linspace(0.52, 45.0, 400), np.geomspace(46.0, 700.0, 60)]
)
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, slots=True)
class Equilibrium(Distribution):
    """Excess of a renewal process that has run for ever: density S(t) / mean of `life`.

    Parameters
    ----------
    life : Distribution
        With a finite mean.

    Notes
    -----
    Cox, Renewal Theory (1962), section 5.2. The integral of S is taken panel by panel with the
    16-point Gauss-Legendre rule.
    """

    life: Distribution

    def __post_init__(self) -> None:
        if not 0 < self.life.mean() < np.inf:
            raise reject(self, "life", self.life.describe(), "a life with a finite mean above 0")

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return f"what is left of {self.life.describe()} at a random moment"

    def _table(self) -> _Table:
        table: _Table = self._cached(lambda: _Table(self.life))
        return table

    def _total(self, t: Array) -> Array:
        return self._table().total(t)

    def _rate(self, t: Array) -> Array:
        return self._table().pair(t)[1]

    def _time(self, e: Array) -> Array:
        return self._table().time(e)


class _Table:
    """Ends of panels, the integral of S from each end to infinity, and the inverse."""

    def __init__(self, life: Distribution) -> None:
        self.life = life
        edges = np.unique(np.concatenate([[0.0], life.time_at_hazard(_LEVELS)]))
        self.edges = edges[np.isfinite(edges)]
        pieces = self._gauss(self.edges[:-1], self.edges[1:])
        self.beyond = np.append(np.cumsum(pieces[::-1])[::-1], 0.0)
        self.inverse = InverseTable(self.total, self.pair, smooth=False)

    def _gauss(self, low: Array, high: Array) -> Array:
        half = (high - low) / 2
        times = (low + half)[:, None] + half[:, None] * _POINTS
        return np.asarray((self.life.survival(times) @ _WEIGHTS) * half)

    def left(self, t: Array) -> Array:
        """Integral of S from t to infinity, seconds."""
        panel = np.clip(np.searchsorted(self.edges, t, side="right"), 1, len(self.edges) - 1)
        inside = self._gauss(np.minimum(t, self.edges[panel]), self.edges[panel])
        return np.where(t >= self.edges[-1], 0.0, inside + self.beyond[panel])

    def total(self, t: Array) -> Array:
        """Cumulative hazard at t."""
        return np.asarray(-np.log(self.left(t) / self.beyond[0]))

    def pair(self, t: Array) -> tuple[Array, Array]:
        """Cumulative hazard and hazard at t."""
        left = self.left(t)
        return np.asarray(-np.log(left / self.beyond[0])), np.asarray(self.life.survival(t) / left)

    def time(self, e: Array) -> Array:
        """Time at which the cumulative hazard reaches e."""
        return np.asarray(np.minimum(self.inverse(e), self.edges[-1]))
