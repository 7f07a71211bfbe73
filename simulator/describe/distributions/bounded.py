"""Times that cannot exceed a bound: uniform and deterministic ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.checks import number, store
from simulator.describe.quantities import Seconds
from simulator.describe.units import format_duration

__all__ = ["Deterministic", "Uniform"]


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """Any time from `low` to `high` is as likely as any other.

    Parameters
    ----------
    low, high : float
        Seconds, 0 <= low < high.
    """

    low: Seconds
    high: Seconds

    def __post_init__(self) -> None:
        low = number(self, "low", self.low, 0)
        store(self, low=low, high=number(self, "high", self.high, low, open_low=True))

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return f"Uniform({format_duration(self.low)} to {format_duration(self.high)})"

    def mean(self) -> float:
        """Mean (s)."""
        return self.low / 2 + self.high / 2

    def variance(self) -> float:
        """Variance (s^2)."""
        return (self.high - self.low) ** 2 / 12

    def _gone(self, t: Array) -> Array:
        return np.clip((t - self.low) / (self.high - self.low), 0.0, 1.0)

    def _cdf(self, t: Array) -> Array:
        return self._gone(t)

    def _survival(self, t: Array) -> Array:
        return np.clip((self.high - t) / (self.high - self.low), 0.0, 1.0)

    def _quantile(self, p: Array) -> Array:
        return self.low + (self.high - self.low) * p

    def _total(self, t: Array) -> Array:
        gone = self._gone(t)
        return np.where(gone < 0.5, -np.log1p(-gone), -np.log(self._survival(t)))

    def _rate(self, t: Array) -> Array:
        alive = np.where(t >= self.low, 1 / (self.high - t), 0.0)
        return np.where(t < self.high, alive, np.inf)

    def _time(self, e: Array) -> Array:
        return self.low - (self.high - self.low) * np.expm1(-e)

    def _gain(self, age: Array, t: Array) -> Array:
        start = np.maximum(self.low - age, 0.0)  # time left until anything can happen
        return -np.log1p(-np.clip((t - start) / (self.high - age - start), 0.0, 1.0))

    def _time_after(self, age: Array, e: Array) -> Array:
        start = np.maximum(self.low - age, 0.0)
        return start - (self.high - age - start) * np.expm1(-e)

    def _residual(self, age: float) -> Distribution:
        return Uniform(max(self.low - age, 0.0), self.high - age)

    def _breaks(self) -> tuple[float, ...]:
        return (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Deterministic(Distribution):
    """Always the same time.

    Parameters
    ----------
    value : float
        Seconds, at least 0.

    Notes
    -----
    The cdf jumps from 0 to 1 at `value`; there is no density (0 is returned).
    """

    value: Seconds

    def __post_init__(self) -> None:
        store(self, value=number(self, "value", self.value, 0))

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return f"Deterministic({format_duration(self.value)})"

    def mean(self) -> float:
        """Mean (s)."""
        return self.value

    def variance(self) -> float:
        """Variance (s^2)."""
        return 0.0

    def _total(self, t: Array) -> Array:
        return np.where(t >= self.value, np.inf, 0.0)

    def _rate(self, t: Array) -> Array:
        return self._total(t)

    def _time(self, e: Array) -> Array:
        return np.full_like(e, self.value)

    def _gain(self, age: Array, t: Array) -> Array:
        return np.where(t >= self.value - age, np.inf, 0.0)

    def _time_after(self, age: Array, e: Array) -> Array:
        return np.maximum(self.value - age, 0.0)

    def _residual(self, age: float) -> Distribution:
        return Deterministic(self.value - age)

    def _breaks(self) -> tuple[float, ...]:
        return (self.value,)
