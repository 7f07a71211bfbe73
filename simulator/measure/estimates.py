"""A number with its interval and the method that made it, and the plain ways to get one.

Samples are one value per replication; replications are independent, what happens inside one is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.inputs import Floats, check_confidence, per_replication, same_length
from simulator.measure.quantiles import student_quantile

__all__ = [
    "Estimate", "mean_estimate", "nines", "nines_estimate", "proportion_estimate", "ratio_estimate",
    "wilson_interval",
]  # fmt: skip

Side = Literal["both", "upper", "lower"]
_MIRROR: dict[Side, Side] = {"both": "both", "upper": "lower", "lower": "upper"}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and an interval that covers the truth with the given confidence.

    Attributes
    ----------
    value : float
        The estimate, in the unit of what is estimated.
    low, high : float
        Ends of the interval, in the same unit.
    confidence : float
        Nominal coverage, a share in 0-1.
    method : str
        How the interval was made, in words.
    n : int
        How many independent things it rests on, usually replications.
    error : float
        Standard error of `value`; NaN where there is none (a one-sided bound).
    side : {"both", "upper", "lower"}
        ``"upper"``: only `high` says something (nothing was seen), ``"lower"``: only `low`.
    """

    value: float
    low: float
    high: float
    confidence: float
    method: str
    n: int
    error: float = math.nan
    side: Side = "both"

    def __post_init__(self) -> None:
        check_confidence(self.confidence)
        if not self.low <= self.high:
            raise DescriptionError(
                f"an interval from {self.low} to {self.high} ({self.method}) is empty"
            )

    @property
    def half_width(self) -> float:
        """Half the length of the interval, in the unit of the value."""
        return (self.high - self.low) / 2

    @property
    def relative_half_width(self) -> float:
        """Half the length of the interval over the value; infinite if the value is 0."""
        return self.half_width / abs(self.value) if self.value else math.inf

    @property
    def is_bound(self) -> bool:
        """Whether only one end says something, because what was looked for was not seen."""
        return self.side != "both"

    def covers(self, truth: float) -> bool:
        """Whether `truth` lies in the interval, ends included."""
        return self.low <= truth <= self.high

    def z(self, truth: float) -> float:
        """Standard errors from `truth` to the value; NaN without a standard error.

        Without any spread it is 0 if both agree to 1e-12 relative, else infinite.
        """
        if self.error == 0.0:
            agree = math.isclose(self.value, truth, rel_tol=1e-12, abs_tol=0.0)
            return 0.0 if agree else math.copysign(math.inf, self.value - truth)
        return (self.value - truth) / self.error

    def scaled(self, factor: float) -> Estimate:
        """The same estimate in another unit: everything times a positive `factor`."""
        if not factor > 0:
            raise DescriptionError(f"factor is {factor!r}: a number above 0 is needed")
        return replace(
            self, value=self.value * factor, low=self.low * factor, high=self.high * factor,
            error=self.error * factor,
        )  # fmt: skip

    def complement(self) -> Estimate:
        """1 minus the estimate: availability from unavailability, with the ends exchanged."""
        return replace(
            self,
            value=1 - self.value,
            low=1 - self.high,
            high=1 - self.low,
            side=_MIRROR[self.side],
        )

    def __str__(self) -> str:
        level = f"{100 * self.confidence:g} %"
        if self.side == "upper":
            return f"at most {self.high:.4g} ({level}; {self.method})"
        if self.side == "lower":
            return f"at least {self.low:.10g} ({level}; {self.method})"
        return f"{self.value:.6g} ({level}: {self.low:.6g} .. {self.high:.6g}; {self.method})"


def mean_estimate(samples: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Mean of independent samples with Student's t interval.

    Parameters
    ----------
    samples : array_like
        Shape (R,), one value per replication.
    confidence : float
        Nominal coverage.

    Raises
    ------
    NotEnoughData
        With a single sample: no spread can be seen.
    """
    x = per_replication("samples", samples)
    check_confidence(confidence)
    mean = float(x.mean())
    if x.size < 2:
        raise NotEnoughData("one replication shows no spread: run at least 2", mean)
    error = float(x.std(ddof=1)) / math.sqrt(x.size)
    half = student_quantile((1 + confidence) / 2, x.size - 1) * error
    return Estimate(mean, mean - half, mean + half, confidence, "t", x.size, error)


def ratio_estimate(
    numerators: ArrayLike, denominators: ArrayLike, confidence: float = 0.95,
    method: Literal["delta", "fieller"] = "delta",
) -> Estimate:  # fmt: skip
    """Sum of numerators over sum of denominators, both clustered by replication.

    Parameters
    ----------
    numerators, denominators : array_like
        Shape (R,) each; the denominators must not sum to 0.
    confidence : float
        Nominal coverage.
    method : {"delta", "fieller"}
        ``"delta"``: t interval of the linearised ratio. ``"fieller"``: the ratios that a t test of
        sum(numerators - ratio * denominators) = 0 does not reject (Fieller 1954); better when the
        denominators vary much.

    Raises
    ------
    NotEnoughData
        With a single replication, a sum of 0 below the line, or, for Fieller, denominators whose
        sum is not different from 0.
    """
    x, y = per_replication("numerators", numerators), per_replication("denominators", denominators)
    same_length("numerators", x, "denominators", y)
    check_confidence(confidence)
    if method not in ("delta", "fieller"):
        raise DescriptionError(f'method is {method!r}: "delta" and "fieller" are allowed')
    total = float(y.sum())
    if total == 0.0:
        raise NotEnoughData("a ratio needs a denominator, and all of them are 0", math.nan)
    ratio = float(x.sum()) / total
    if x.size < 2:
        raise NotEnoughData("one replication shows no spread: run at least 2", ratio)
    t = student_quantile((1 + confidence) / 2, x.size - 1)
    scale = math.sqrt(x.size / (x.size - 1))
    error = scale * float(np.sqrt(np.sum((x - ratio * y) ** 2))) / abs(total)
    if method == "delta":
        low, high = ratio - t * error, ratio + t * error
    else:
        low, high = _fieller(x, y, t, ratio)
    return Estimate(ratio, low, high, confidence, method, x.size, error)


def _fieller(x: Floats, y: Floats, t: float, ratio: float) -> tuple[float, float]:
    """Both roots of (sx - q sy)^2 = t^2 Var(sx - q sy), a quadratic in q."""
    n = x.size
    sx, sy = float(x.sum()), float(y.sum())
    dx, dy = x - x.mean(), y - y.mean()
    scale = n / (n - 1)
    vxx, vyy, vxy = (scale * float(np.sum(a)) for a in (dx * dx, dy * dy, dx * dy))
    a, b, c = sy * sy - t * t * vyy, sx * sy - t * t * vxy, sx * sx - t * t * vxx
    if a <= 0:
        raise NotEnoughData("the sum of the denominators is not clearly different from 0", ratio)
    root = math.sqrt(max(b * b - a * c, 0.0))
    return min((b - root) / a, ratio), max((b + root) / a, ratio)


def wilson_interval(
    share: float, size: float, confidence: float, df: float = math.inf
) -> tuple[float, float]:
    """Wilson's score interval of a share seen in `size` trials (1927); `size` need not be whole.

    A whole-number size is an ordinary binomial sample; an effective one (size over the design
    effect) makes it an interval for clustered trials, with a t quantile at the `df` that estimate
    has (after Korn and Graubard 1998).
    """
    z2 = student_quantile((1 + confidence) / 2, df) ** 2
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    spread = math.sqrt(z2 * (share * (1 - share) / size + z2 / (4 * size * size))) / (1 + z2 / size)
    low = 0.0 if share == 0.0 else max(0.0, centre - spread)
    high = 1.0 if share == 1.0 else min(1.0, centre + spread)
    return low, high


def proportion_estimate(
    k: int, n: int, confidence: float = 0.95,
    method: Literal["wilson", "jeffreys", "clopper_pearson"] = "wilson",
) -> Estimate:  # fmt: skip
    """Share of successes in independent trials.

    Parameters
    ----------
    k, n : int
        Successes and trials, 0 <= k <= n, n >= 1.
    confidence : float
        Nominal coverage.
    method : {"wilson", "jeffreys", "clopper_pearson"}
        Wilson or Jeffreys to show a proportion, Clopper-Pearson (covers at least the confidence) to
        gate on one.

    Raises
    ------
    DescriptionError
        If the counts or the method are not allowed.
    """
    check_confidence(confidence)
    if not 0 <= k <= n or n < 1:
        raise DescriptionError(f"{k} successes in {n} trials: 0 <= k <= n and n >= 1 are needed")
    share = k / n
    error = math.sqrt(share * (1 - share) / n)
    if method == "wilson":
        low, high = wilson_interval(share, n, confidence)
    elif method in ("jeffreys", "clopper_pearson"):
        low, high = _beta_interval(k, n, confidence, 0.5 if method == "jeffreys" else 0.0)
    else:
        raise DescriptionError(
            f'method is {method!r}: "wilson", "jeffreys", "clopper_pearson" are allowed'
        )
    return Estimate(share, low, high, confidence, method, n, error)


def _beta_interval(k: int, n: int, confidence: float, prior: float) -> tuple[float, float]:
    """Equal-tailed beta quantiles: prior 1/2 is Jeffreys' interval, 0 Clopper and Pearson's."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    extra = prior if prior else 1.0
    low = 0.0 if k == 0 else float(betaincinv(k + prior, n - k + extra, tail))
    high = 1.0 if k == n else float(betaincinv(k + extra, n - k + prior, 1 - tail))
    return low, high


def nines(unavailability: float) -> float:
    """How many nines: -log10 of the unavailability; 0.001 is 3, 0 is infinite.

    Raises
    ------
    DescriptionError
        Outside 0-1.
    """
    if not 0.0 <= unavailability <= 1.0:
        raise DescriptionError(
            f"unavailability is {unavailability!r}: a share from 0 to 1 is needed"
        )
    return math.inf if unavailability == 0.0 else max(0.0, -math.log10(unavailability))


def nines_estimate(unavailability: Estimate) -> Estimate:
    """Nines as an interval: the ends of the unavailability, exchanged and in nines.

    A bound (nothing seen) becomes "at least so many nines".
    """
    u = unavailability
    error = u.error / (u.value * math.log(10)) if u.value else math.nan
    low, high = nines(min(u.high, 1.0)), nines(max(u.low, 0.0))
    return Estimate(nines(u.value), low, high, u.confidence, u.method, u.n, error, _MIRROR[u.side])
