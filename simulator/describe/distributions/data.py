"""Lives stated as they were seen: observed durations, or a table of ages and rates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.checks import numbers, reject, store
from simulator.describe.distributions.phases import Phases, single
from simulator.describe.quantities import PerSecond, Seconds
from simulator.describe.units import YEAR, format_duration

__all__ = ["Empirical", "PiecewiseHazard"]


@dataclass(frozen=True, slots=True)
class Empirical(Distribution):
    """One of the observed durations, each as likely as any other.

    Parameters
    ----------
    values : tuple of float
        Observed durations in seconds, at least 0; kept in rising order.

    Notes
    -----
    The cdf is a staircase, P(T <= t) = share of values at most t, without density (0 is given).
    The variance is that of the distribution (divided by n), not an estimate for a population.
    """

    values: tuple[Seconds, ...]

    def __post_init__(self) -> None:
        store(self, values=tuple(sorted(numbers(self, "values", self.values, low=0))))

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        ends = f"{format_duration(self.values[0])} to {format_duration(self.values[-1])}"
        return f"Empirical({len(self.values)} values, {ends})"

    def mean(self) -> float:
        """Mean (s)."""
        return math.fsum(self.values) / len(self.values)

    def variance(self) -> float:
        """Variance (s^2)."""
        mean = self.mean()
        return math.fsum((v - mean) ** 2 for v in self.values) / len(self.values)

    def _array(self) -> Array:
        return cast(Array, self._cached(lambda: np.array(self.values)))

    def _count(self, t: Array) -> Array:
        """How many values are at most `t`, as floats."""
        return self._array().searchsorted(t, side="right").astype(np.float64)

    def _cdf(self, t: Array) -> Array:
        return self._count(t) / len(self.values)

    def _survival(self, t: Array) -> Array:
        return (len(self.values) - self._count(t)) / len(self.values)

    def _total(self, t: Array) -> Array:
        return 0.0 - np.log(self._survival(t))

    def _rate(self, t: Array) -> Array:
        return np.where(t >= self.values[-1], np.inf, 0.0)

    def _density(self, t: Array) -> Array:
        return np.zeros_like(t)

    def _time(self, e: Array) -> Array:
        return self._quantile(-np.expm1(-e))

    def _quantile(self, p: Array) -> Array:
        return self._array().take(_rank(p, np.float64(len(self.values))).astype(np.intp))

    def _time_after(self, age: Array, e: Array) -> Array:
        gone = self._count(age)
        left = np.maximum(len(self.values) - gone, 1)  # nobody left: the time left is 0
        rank = gone + _rank(-np.expm1(-e), left)
        place = np.minimum(rank, len(self.values) - 1).astype(np.intp)
        return np.maximum(self._array().take(place) - age, 0.0)

    def _residual(self, age: float) -> Distribution:
        return Empirical(tuple(v - age for v in self.values if v > age))

    def _breaks(self) -> tuple[float, ...]:
        return tuple(sorted(set(self.values)))


def _rank(p: Array, n: Array | np.float64) -> Array:
    """Smallest k in 0..n-1 with (k + 1) / n >= p, right also where p * n rounds badly."""
    k = np.ceil(p * n)
    k = k - ((k - 1) / n >= p)
    k = k + (k / n < p)
    return np.asarray(np.clip(k - 1, 0, n - 1))


@dataclass(frozen=True, slots=True)
class PiecewiseHazard(Distribution):
    """A constant rate in each span of age: a published table of ages and failure rates.

    Parameters
    ----------
    starts : tuple of float
        Ages in seconds at which the spans begin: 0 first, rising.
    rates : tuple of float
        Hazard in each span, per second, at least 0; the last one holds for ever.

    Notes
    -----
    A last rate of 0 leaves some lives that never end; the mean is then infinite.
    """

    starts: tuple[Seconds, ...]
    rates: tuple[PerSecond, ...]

    def __post_init__(self) -> None:
        starts = numbers(self, "starts", self.starts, low=0)
        rates = numbers(self, "rates", self.rates, low=0)
        if starts[0] != 0 or any(b <= a for a, b in pairwise(starts)):
            raise reject(self, "starts", starts, "a row of rising ages that begins with 0")
        if len(starts) != len(rates):
            raise reject(self, "rates", rates, f"one rate for each of the {len(starts)} starts")
        store(self, starts=starts, rates=rates)

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        low, high = min(self.rates) * YEAR, max(self.rates) * YEAR
        return f"PiecewiseHazard({len(self.rates)} spans, {low:.3g} to {high:.3g} a year)"

    def mean(self) -> float:
        """Mean (s): each span adds the time spent in it by those who reach it."""
        start, rate, reached = self._arrays()
        lengths = np.append(np.diff(start), np.inf)
        with np.errstate(all="ignore"):
            inside = np.where(rate > 0, -np.expm1(-rate * lengths) / rate, lengths)
        alive = np.exp(-reached)
        return math.fsum(np.where(alive > 0, alive * inside, 0.0))

    def phases(self) -> Phases | None:
        """Exact phase-type representation, or None."""
        return single(self.rates[0]) if len(self.rates) == 1 and self.rates[0] > 0 else None

    def _arrays(self) -> tuple[Array, Array, Array]:
        """Starts, rates, and cumulative hazard at each start."""

        def make() -> tuple[Array, Array, Array]:
            start, rate = np.array(self.starts), np.array(self.rates)
            return start, rate, np.append(0.0, np.cumsum(rate[:-1] * np.diff(start)))

        return cast(tuple[Array, Array, Array], self._cached(make))

    def _span(self, t: Array) -> NDArray[np.intp]:
        return self._arrays()[0].searchsorted(t, side="right") - 1

    def _total(self, t: Array) -> Array:
        start, rate, reached = self._arrays()
        k = self._span(t)
        return reached[k] + np.where(rate[k] > 0, rate[k] * (t - start[k]), 0.0)

    def _rate(self, t: Array) -> Array:
        return self._arrays()[1][self._span(t)]

    def _time(self, e: Array) -> Array:
        start, rate, reached = self._arrays()
        k = np.maximum(reached.searchsorted(e, side="left") - 1, 0)
        inside = np.where(e > reached[k], (e - reached[k]) / rate[k], 0.0)
        return start[k] + inside

    def _gain(self, age: Array, t: Array) -> Array:
        rate, same = self._arrays()[1][self._span(age)], self._span(age) == self._span(age + t)
        return np.where(
            same, np.where(rate > 0, rate * t, 0.0), self._total(age + t) - self._total(age)
        )

    def _time_after(self, age: Array, e: Array) -> Array:
        start, rate, _ = self._arrays()
        k = self._span(age)
        here = np.where(rate[k] > 0, e / rate[k], np.inf)
        stays = here <= np.append(start[1:], np.inf)[k] - age
        return np.where(stays, here, self._time(self._total(age) + e) - age)

    def _residual(self, age: float) -> Distribution:
        k = int(self._span(np.array([age]))[0])
        later = tuple(s - age for s in self.starts[k + 1 :])
        return PiecewiseHazard((0.0, *later), self.rates[k:])

    def _breaks(self) -> tuple[float, ...]:
        return self.starts[1:]
