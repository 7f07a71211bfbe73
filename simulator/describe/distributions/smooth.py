"""Lognormal, gamma and Erlang times: special functions of SciPy, loaded on first use."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.checks import number, reject, store
from simulator.describe.distributions.inverse import InverseTable, first_time
from simulator.describe.distributions.phases import Phases, chained
from simulator.describe.quantities import Number, Seconds
from simulator.describe.units import format_duration

__all__ = ["Erlang", "Gamma", "Lognormal"]


@dataclass(frozen=True, slots=True)
class Lognormal(Distribution):
    """The logarithm is normal: typical of repairs and of service times.

    Parameters
    ----------
    median : float
        Seconds, above 0.
    sigma : float
        Standard deviation of the natural logarithm, above 0.

    Notes
    -----
    Mean median exp(sigma^2 / 2), variance mean^2 (exp(sigma^2) - 1); tails by erfc and erfcx.
    """

    median: Seconds
    sigma: Number

    def __post_init__(self) -> None:
        store(
            self,
            median=number(self, "median", self.median, 0, open_low=True),
            sigma=number(self, "sigma", self.sigma, 0, open_low=True),
        )

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return f"Lognormal(median {format_duration(self.median)}, sigma {self.sigma:.4g})"

    def mean(self) -> float:
        """Mean (s)."""
        return self.median * float(np.exp(self.sigma**2 / 2))

    def variance(self) -> float:
        """Variance (s^2)."""
        with np.errstate(over="ignore"):
            return self.mean() ** 2 * float(np.expm1(self.sigma**2))

    def _z(self, t: Array) -> Array:
        return np.log(t / self.median) / self.sigma

    def _total(self, t: Array) -> Array:
        from scipy.special import erfc, erfcx

        z = self._z(t)
        body = -np.log1p(-0.5 * erfc(-z / math.sqrt(2)))
        tail = z * z / 2 - np.log(0.5 * erfcx(z / math.sqrt(2)))
        return np.where(z < 0, body, np.where(t == np.inf, np.inf, tail))

    def _rate(self, t: Array) -> Array:
        from scipy.special import erfcx

        rate = math.sqrt(2 / math.pi) / erfcx(self._z(t) / math.sqrt(2)) / (self.sigma * t)
        return np.where((t > 0) & (t < np.inf), rate, 0.0)

    def _time(self, e: Array) -> Array:
        from scipy.special import ndtri, ndtri_exp

        z = np.where(e < 0.5, ndtri(-np.expm1(-e)), -ndtri(np.exp(-e)))
        far = e > 700.0
        if far.any():
            z[far] = -ndtri_exp(-e[far])
        return np.asarray(self.median * np.exp(self.sigma * z))


class _Stages(Distribution):
    """What gamma and Erlang share: the regularised incomplete gamma function."""

    __slots__ = ()

    @abstractmethod
    def _shape_and_scale(self) -> tuple[float, float]: ...

    def mean(self) -> float:
        """Mean (s)."""
        shape, scale = self._shape_and_scale()
        return shape * scale

    def variance(self) -> float:
        """Variance (s^2)."""
        shape, scale = self._shape_and_scale()
        return shape * scale * scale

    def phases(self) -> Phases | None:
        """Exact phase-type representation, or None."""
        shape, scale = self._shape_and_scale()
        return chained(int(shape), 1 / scale) if shape == int(shape) else None

    def _total(self, t: Array) -> Array:
        from scipy.special import gammainc, gammaincc

        shape, scale = self._shape_and_scale()
        x = t / scale
        total = np.empty_like(x)
        early = x < shape  # below the mean: more than a third is left
        total[early] = -np.log1p(-gammainc(shape, x[early]))
        left = gammaincc(shape, x[~early])
        total[~early] = -np.log(left)
        if np.any(left < 1e-290):
            far = ~early & (total > 667.0)
            total[far] = -_log_upper(shape, x[far])
        return total

    def _rate(self, t: Array) -> Array:
        return self._pair(t)[1]

    def _pair(self, t: Array) -> tuple[Array, Array]:
        shape, scale = self._shape_and_scale()
        x, total = t / scale, self._total(t)
        log_density = (shape - 1) * np.log(x) - x - math.lgamma(shape)
        inside = np.where(t < np.inf, np.exp(log_density + total), 1.0) / scale
        at_zero = math.inf if shape < 1 else (1 / scale if shape == 1 else 0.0)
        return total, np.where(t > 0, inside, at_zero)

    def _time(self, e: Array) -> Array:
        """By table in the body, by SciPy's inverse functions beyond, by bits where they end."""
        table = self._cached(lambda: InverseTable(self._total, self._pair, True, self._far_time))
        beyond = ~table.covers(e)
        t: Array = table(np.where(beyond, 1.0, e))
        if beyond.any():
            t[beyond] = self._far_time(e[beyond])
        return t

    def _far_time(self, e: Array) -> Array:
        from scipy.special import gammainccinv, gammaincinv

        shape, scale = self._shape_and_scale()
        early = e < 0.5
        x = np.where(early, gammaincinv(shape, -np.expm1(-e)), gammainccinv(shape, np.exp(-e)))
        far = e > 660.0
        if far.any():
            x[far] = first_time(self._total, e[far]) / scale
        return np.asarray(x * scale)


def _log_upper(shape: float, x: Array) -> Array:
    """Log Q(shape, x) in the far tail: Legendre's continued fraction by Lentz's method.

    Q = x^a e^-x / Gamma(a) times 1/(x+1-a- 1(1-a)/(x+3-a- ...)) (DLMF 8.9.2).
    """
    b = x + 1 - shape
    c = np.full_like(x, 1e300)
    d = 1 / b
    value = d.copy()
    for i in range(1, 400):
        a = -i * (i - shape)
        b = b + 2
        d = 1 / (a * d + b)
        c = b + a / c
        value = value * c * d
    out: Array = shape * np.log(x) - x - math.lgamma(shape) + np.log(value)
    return np.where(x < np.inf, out, -np.inf)


@dataclass(frozen=True, slots=True)
class Gamma(_Stages):
    """Gamma: with a whole `shape` the sum of that many exponential stages of mean `scale`.

    Parameters
    ----------
    shape : float
        Above 0.
    scale : float
        Seconds, above 0.
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
        return f"Gamma(shape {self.shape:.4g}, scale {format_duration(self.scale)})"

    def _shape_and_scale(self) -> tuple[float, float]:
        return self.shape, self.scale


@dataclass(frozen=True, slots=True)
class Erlang(_Stages):
    """`stages` exponential steps in a row, `mean` in all.

    Parameters
    ----------
    stages : int
        At least 1.
    mean_ : float
        Mean of the whole in seconds, above 0.
    """

    stages: int
    mean_: Seconds

    def __post_init__(self) -> None:
        stages = number(self, "stages", self.stages, 1)
        if stages != int(stages):
            raise reject(self, "stages", self.stages, "a whole number of at least 1")
        store(self, stages=int(stages), mean_=number(self, "mean", self.mean_, 0, open_low=True))

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return f"Erlang({self.stages} stages, mean {format_duration(self.mean_)})"

    def _shape_and_scale(self) -> tuple[float, float]:
        return float(self.stages), self.mean_ / self.stages
