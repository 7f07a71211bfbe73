"""Exponential and Weibull lives, and the life without end.

A field that would hide a method carries an underscore (`Exponential.mean_` beside `mean()`), like
every name that is taken; in a file it is written without.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.checks import number, store
from simulator.describe.distributions.phases import Phases, single
from simulator.describe.quantities import Number, Seconds
from simulator.describe.units import format_duration

__all__ = ["Exponential", "Never", "Weibull"]


@dataclass(frozen=True, slots=True)
class Exponential(Distribution):
    """Memoryless: the hazard is one over the mean at every age.

    Parameters
    ----------
    mean_ : float
        Mean time in seconds, above 0.

    Examples
    --------
    >>> Exponential(3600.0).describe()
    'Exponential(mean 1 h)'
    """

    mean_: Seconds

    def __post_init__(self) -> None:
        store(self, mean_=number(self, "mean", self.mean_, 0, open_low=True))

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return f"Exponential(mean {format_duration(self.mean_)})"

    def mean(self) -> float:
        """Mean (s)."""
        return self.mean_

    def variance(self) -> float:
        """Variance (s^2)."""
        return self.mean_ * self.mean_

    def phases(self) -> Phases:
        """Exact phase-type representation, or None."""
        return single(1 / self.mean_)

    def _total(self, t: Array) -> Array:
        return t / self.mean_

    def _rate(self, t: Array) -> Array:
        return np.full_like(t, 1 / self.mean_)

    def _time(self, e: Array) -> Array:
        return e * self.mean_

    def _gain(self, age: Array, t: Array) -> Array:
        return t / self.mean_

    def _time_after(self, age: Array, e: Array) -> Array:
        return e * self.mean_

    def _residual(self, age: float) -> Distribution:
        return self


@dataclass(frozen=True, slots=True)
class Weibull(Distribution):
    """Hazard that falls (shape < 1), stays (1) or grows (> 1) with age: H = (t / scale)^shape.

    Parameters
    ----------
    shape : float
        Above 0.
    scale : float
        Age in seconds by which 63.2 % have ended, above 0.

    Notes
    -----
    Mean scale Gamma(1 + 1/shape), E[T^2] = scale^2 Gamma(1 + 2/shape) (any textbook).

    Examples
    --------
    >>> Weibull(2.0, 3600.0).survival(3600.0) == math.exp(-1)
    True
    """

    shape: Number
    scale: Seconds

    def __post_init__(self) -> None:
        store(
            self,
            shape=number(self, "shape", self.shape, 0, open_low=True),
            scale=number(self, "scale", self.scale, 0, open_low=True),
        )

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return f"Weibull(shape {self.shape:.4g}, scale {format_duration(self.scale)})"

    def mean(self) -> float:
        """Mean (s)."""
        return self.scale * _gamma(1 + 1 / self.shape)

    def variance(self) -> float:
        """Variance (s^2): Gamma(1+2/k) - Gamma(1+1/k)^2, by expm1 because the two nearly cancel."""
        once, twice = math.lgamma(1 + 1 / self.shape), math.lgamma(1 + 2 / self.shape)
        if self.shape > 50:  # the logarithms themselves cancel there
            return self._moments()[1]
        try:
            return self.scale**2 * math.exp(2 * once) * math.expm1(twice - 2 * once)
        except OverflowError:
            return math.inf

    def phases(self) -> Phases | None:
        """Exact phase-type representation, or None."""
        return single(1 / self.scale) if self.shape == 1 else None

    def _total(self, t: Array) -> Array:
        return np.power(t / self.scale, self.shape)

    def _rate(self, t: Array) -> Array:
        return np.power(t / self.scale, self.shape - 1) * (self.shape / self.scale)

    def _pair(self, t: Array) -> tuple[Array, Array]:
        total = self._total(t)
        return total, np.where(t > 0, total * self.shape / t, self._rate(np.zeros(1)))

    def _time(self, e: Array) -> Array:
        return np.power(e, 1 / self.shape) * self.scale

    def _gain(self, age: Array, t: Array) -> Array:
        before = self._total(age)
        grown = before * np.expm1(self.shape * np.log1p(t / age))
        return np.where(before > 1e-290, grown, self._total(age + t))

    def _time_after(self, age: Array, e: Array) -> Array:
        before = self._total(age)
        grown = age * np.expm1(np.log1p(e / before) / self.shape)
        return np.where(before > 1e-290, grown, np.maximum(self._time(e) - age, 0.0))


def _gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf


@dataclass(frozen=True, slots=True)
class Never(Distribution):
    """It does not end: survival is 1 at every age, the mean is infinite."""

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return "Never()"

    def mean(self) -> float:
        """Mean (s)."""
        return math.inf

    def variance(self) -> float:
        """Variance (s^2)."""
        return math.inf

    def _total(self, t: Array) -> Array:
        return np.zeros_like(t)

    def _rate(self, t: Array) -> Array:
        return np.zeros_like(t)

    def _time(self, e: Array) -> Array:
        return np.full_like(e, np.inf)

    def _time_after(self, age: Array, e: Array) -> Array:
        return np.full_like(e, np.inf)

    def _residual(self, age: float) -> Distribution:
        return self
