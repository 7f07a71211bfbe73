"""What every distribution of a time can answer, and the two primitives all else follows from.

A life is known by its cumulative hazard H: survival is exp(-H). One unit exponential draw e is the
hazard a life will consume, and `time_at_hazard` says when it has: the only sampling primitive of
the program. Small probabilities keep their digits because cdf is -expm1(-H), and deep tails keep
theirs because survival is exp(-H).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from simulator.describe.distributions.checks import number, reject
from simulator.describe.distributions.moments import mean_and_variance
from simulator.describe.distributions.phases import Phases

__all__ = ["Array", "Distribution"]

Array = NDArray[np.float64]
Reals = TypeVar("Reals", float, NDArray[np.float64])


def _on_array(hook: Callable[[Array], Array], values: Reals) -> Reals:
    """`hook` on a flat array of `values`; a number gives a number, an array one of its shape."""
    given = np.asarray(values, dtype=np.float64)
    with np.errstate(all="ignore"):  # 0 and infinity are legal times and hazards
        out = hook(given.ravel())
    return cast(Reals, float(out[0]) if given.ndim == 0 else out.reshape(given.shape))


class Distribution(ABC):
    """A random time of at least zero, in seconds: a life, a repair, a delay.

    Subclasses are frozen dataclasses with plain fields. They implement `mean`, `variance` (or leave
    both to quadrature), `describe` and three hooks on flat arrays of float64: `_total` (cumulative
    hazard), `_rate` (hazard, 1/s), `_time` (inverse of `_total`). Times below zero never reach one.
    """

    __slots__ = ("_cache",)
    _cache: Any  # tables made on first use; no field, so neither compared nor written to files

    # --- what a subclass states -------------------------------------------------------------------

    @abstractmethod
    def describe(self) -> str:
        """Short text for people, such as ``Weibull(shape 1.1, scale 114 y)``."""

    @abstractmethod
    def _total(self, t: Array) -> Array: ...

    @abstractmethod
    def _rate(self, t: Array) -> Array: ...

    @abstractmethod
    def _time(self, e: Array) -> Array: ...

    def mean(self) -> float:
        """Mean (s); infinite if the time may never end."""
        return self._moments()[0]

    def variance(self) -> float:
        """Variance (s^2); infinite if the time may never end."""
        return self._moments()[1]

    def phases(self) -> Phases | None:
        """Exact phase-type representation, or None where there is none (or it is not known)."""
        return None

    # --- what everybody asks ----------------------------------------------------------------------

    def cumulative_hazard(self, t: Reals) -> Reals:
        """Hazard consumed by age `t` (s): minus the logarithm of survival; no unit."""
        return self._aged(self._total, t, 0.0)

    def hazard(self, t: Reals) -> Reals:
        """Rate (1/s) of ending at age `t` (s), given alive; infinite once nobody can be alive."""
        return self._aged(self._rate, t, 0.0)

    def survival(self, t: Reals) -> Reals:
        """Probability to last longer than `t` (s); the deep tail keeps its digits."""
        return self._aged(self._survival, t, 1.0)

    def cdf(self, t: Reals) -> Reals:
        """Probability to have ended by `t` (s); small values keep their digits."""
        return self._aged(self._cdf, t, 0.0)

    def density(self, t: Reals) -> Reals:
        """Density (1/s) at `t` (s); jumps of the cdf have none and show in `cdf` only."""
        return self._aged(self._density, t, 0.0)

    def time_at_hazard(self, e: Reals) -> Reals:
        """The time (s) at which the cumulative hazard reaches `e` (>= 0): survival is exp(-e).

        Given unit exponential draws this samples the distribution. Where the cdf jumps it is the
        first time at which the hazard is at least `e`; infinite where it is never reached.
        """
        return _on_array(self._time, e)

    def quantile(self, p: Reals) -> Reals:
        """The first time (s) by which a share `p` has ended.

        Raises
        ------
        DescriptionError
            If a value of `p` is not within 0-1.
        """
        given = np.asarray(p, dtype=np.float64)
        if not np.all((given >= 0) & (given <= 1)):
            raise reject(self, "p of quantile", p, "a share from 0 to 1")
        return _on_array(self._quantile, p)

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> Array:
        """`size` independent times (s), one unit exponential draw of `rng` each."""
        return self.time_at_hazard(rng.standard_exponential(size))

    # --- given survival to an age -----------------------------------------------------------------

    def hazard_between(self, age: float | Array, t: Reals) -> Reals:
        """Hazard consumed from `age` to `age` + `t` (s): H(age + t) - H(age), but exactly."""
        ages = np.asarray(age, dtype=np.float64)
        return _on_array(lambda x: self._gain(_like(ages, t, x), x), t)

    def time_after(self, age: float | Array, e: Reals) -> Reals:
        """Time left (s) from `age` until a further hazard `e` is consumed: a life that goes on.

        With unit exponential draws it samples the time left at each `age` (s, a number or an array
        of the shape of `e`), as a repair to "as bad as old" needs it.
        """
        ages = np.asarray(age, dtype=np.float64)
        return _on_array(lambda x: self._time_after(_like(ages, e, x), x), e)

    def residual(self, age: float) -> Distribution:
        """The time left of a life that has reached `age` (s).

        Raises
        ------
        DescriptionError
            If `age` is not finite, below 0, or an age that cannot be reached.
        """
        years = number(self, "age of residual", age, 0)
        if years == 0:
            return self
        if np.isinf(self.cumulative_hazard(years)):
            raise reject(self, "age of residual", age, f"an age that {self.describe()} can reach")
        with np.errstate(all="ignore"):
            return self._residual(years)

    # --- hooks with a default ---------------------------------------------------------------------

    def _pair(self, t: Array) -> tuple[Array, Array]:
        return self._total(t), self._rate(t)

    def _survival(self, t: Array) -> Array:
        return np.exp(-self._total(t))

    def _cdf(self, t: Array) -> Array:
        return -np.expm1(-self._total(t))

    def _density(self, t: Array) -> Array:
        total, rate = self._pair(t)
        return np.where(np.isinf(total), 0.0, rate * np.exp(-total))

    def _quantile(self, p: Array) -> Array:
        return self._time(-np.log1p(-p))

    def _gain(self, age: Array, t: Array) -> Array:
        """Hazard from `age` to `age` + `t`; where the difference cancels, the rate is summed."""
        before = self._total(age)
        gain = np.maximum(self._total(age + t) - before, 0.0)
        small = gain < 1e-2 * before
        if small.any() and not self._breaks():
            gain[small] = self._summed(age[small], t[small])
        return gain

    def _summed(self, age: Array, t: Array) -> Array:
        """Integral of the rate over `t` from `age`, where it hardly changes (8 Gauss points)."""
        nodes, weights = np.polynomial.legendre.leggauss(8)
        at = (age + t / 2)[:, None] + (t / 2)[:, None] * nodes
        return np.asarray(self._rate(at.ravel()).reshape(at.shape) @ weights * (t / 2))

    def _time_after(self, age: Array, e: Array) -> Array:
        """Start from the difference of times, or from e / hazard where e is small, then polish."""
        total, rate = self._pair(age)
        far = np.maximum(self._time(total + e) - age, 0.0)
        near = e / rate
        t = np.where((near < 1e-3 * age) & (age > 0), near, far)
        if self._breaks():  # a Newton step across a jump would lead astray
            return far
        for _ in range(4):
            step = (self._gain(age, t) - e) / self._rate(age + t)
            t = np.where(np.isfinite(step) & (step < t), t - step, t)
        return np.where(age > 0, t, far)

    def _residual(self, age: float) -> Distribution:
        from simulator.describe.distributions.residual import Residual  # Residual is a Distribution

        return Residual(self, age)

    def _breaks(self) -> tuple[float, ...]:
        """Ages at which the hazard has a kink or a jump."""
        return ()

    # --- helpers ----------------------------------------------------------------------------------

    def _aged(self, hook: Callable[[Array], Array], t: Reals, before: float) -> Reals:
        """`hook` of the times from zero on, `before` for times below zero."""

        def born(times: Array) -> Array:
            out = hook(np.maximum(times, 0.0))
            return np.where(times < 0, before, out)

        return _on_array(born, t)

    def _moments(self) -> tuple[float, float]:
        with np.errstate(all="ignore"):
            return mean_and_variance(self._survival, self._cdf, self._time, self._breaks())

    def _cached(self, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once per object; the fields never change, so it stays right."""
        try:
            return self._cache
        except AttributeError:
            object.__setattr__(self, "_cache", make())
            return self._cache


def _like(ages: NDArray[np.float64], shaped: Any, flat: Array) -> Array:
    """`ages` as a flat array beside `flat`, the values of `shaped`."""
    return (
        np.broadcast_to(ages, np.shape(shaped)).ravel() if ages.ndim else np.full_like(flat, ages)
    )
