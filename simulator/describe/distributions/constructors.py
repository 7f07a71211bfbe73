"""Distributions from the numbers people have: MTBF, AFR, availability, median and p95.

`CONSTRUCTORS` maps the tag used in files to a class or function; its parameters carry the units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from simulator.describe.distributions.base import Distribution
from simulator.describe.distributions.bathtub import Bathtub
from simulator.describe.distributions.bounded import Deterministic, Uniform
from simulator.describe.distributions.checks import number, numbers, reject
from simulator.describe.distributions.combine import CompetingRisks, Mixture
from simulator.describe.distributions.data import Empirical, PiecewiseHazard
from simulator.describe.distributions.residual import Residual
from simulator.describe.distributions.simple import Exponential, Never, Weibull
from simulator.describe.distributions.smooth import Erlang, Gamma, Lognormal
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.units import YEAR

__all__ = [
    "CONSTRUCTORS", "afr", "afr_of_mtbf", "fleet_afr", "from_afr", "from_availability",
    "from_first_year", "from_median_p95", "from_mtbf", "mtbf_of_afr",
]  # fmt: skip

_Z95 = 1.6448536269514722  # 95 % quantile of the standard normal distribution


def _inner_share(owner: str, field: str, value: float) -> float:
    return number(owner, field, value, 0, 1, open_low=True, open_high=True)


def afr_of_mtbf(mtbf: float) -> float:
    """Share (0-1) of units with constant hazard and mean life `mtbf` (s) that fail within a year.

    Exactly 1 - exp(-YEAR / mtbf); YEAR / mtbf is too large, and can exceed 1.

    Examples
    --------
    >>> round(afr_of_mtbf(YEAR), 6)
    0.632121
    """
    return -math.expm1(-YEAR / number("afr_of_mtbf", "mtbf", mtbf, 0, open_low=True))


def mtbf_of_afr(afr: float) -> float:
    """Mean life (s) at which a constant hazard lets the share `afr` (0-1) fail within a year.

    Exactly -YEAR / log(1 - afr).
    """
    return -YEAR / math.log1p(-_inner_share("mtbf_of_afr", "afr", afr))


def from_mtbf(mtbf: Seconds) -> Exponential:
    """Exponential life of mean `mtbf` (s): the mean time from repair to the next failure."""
    return Exponential(number("mtbf", "mtbf", mtbf, 0, open_low=True))


def from_afr(afr: Share) -> Exponential:
    """Exponential life of which the share `afr` (0-1) ends within a year, exactly."""
    return Exponential(-YEAR / math.log1p(-_inner_share("afr", "afr", afr)))


def from_availability(availability: Share, mttr: Seconds) -> Exponential:
    """Exponential life that with repairs of mean `mttr` (s) gives `availability`: A/(1-A) mttr."""
    up = _inner_share("availability", "availability", availability)
    return Exponential(up / (1 - up) * number("availability", "mttr", mttr, 0, open_low=True))


def from_median_p95(median: Seconds, p95: Seconds) -> Lognormal:
    """Lognormal time of which half end by `median` (s) and 95 % by `p95` (s)."""
    middle = number("median_p95", "median", median, 0, open_low=True)
    high = number("median_p95", "p95", p95, middle, open_low=True)
    return Lognormal(middle, math.log(high / middle) / _Z95)


def from_first_year(share: Share, shape: Number) -> Weibull:
    """Weibull life of the given `shape` of which `share` (0-1) ends within the first year."""
    gone = _inner_share("first_year", "share", share)
    power = number("first_year", "shape", shape, 0, open_low=True)
    log_scale = math.log(YEAR) - math.log(-math.log1p(-gone)) / power
    if not -700 < log_scale < 700:
        raise reject("first_year", "shape", shape, "a shape that leaves a finite scale")
    return Weibull(power, YEAR * (-math.log1p(-gone)) ** (-1 / power))


CONSTRUCTORS: dict[str, Callable[..., Distribution]] = {
    "exponential": Exponential,
    "weibull": Weibull,
    "lognormal": Lognormal,
    "gamma": Gamma,
    "erlang": Erlang,
    "uniform": Uniform,
    "deterministic": Deterministic,
    "empirical": Empirical,
    "mixture": Mixture,
    "competing_risks": CompetingRisks,
    "piecewise_hazard": PiecewiseHazard,
    "bathtub": Bathtub,
    "residual": Residual,
    "never": Never,
    "mtbf": from_mtbf,
    "afr": from_afr,
    "availability": from_availability,
    "median_p95": from_median_p95,
    "first_year": from_first_year,
}


def afr(distribution: Distribution, age: float = 0.0) -> float:
    """Share (0-1) of the units alive at `age` (s) that fail within the following year.

    Examples
    --------
    >>> round(afr(from_afr(0.017), 3 * YEAR), 12)
    0.017
    """
    return -math.expm1(-distribution.hazard_between(number("afr", "age", age, 0), YEAR))


def fleet_afr(
    distribution: Distribution, ages: Sequence[float], weights: Sequence[float] | None = None
) -> float:
    """Share (0-1) of a fleet of mixed `ages` (s) that fails within the following year.

    Parameters
    ----------
    distribution : Distribution
        The life of every unit when new.
    ages : sequence of float
        Ages now.
    weights : sequence of float, optional
        How many units there are of each age; by default as many of one as of another.
    """
    now = np.array(numbers("fleet_afr", "ages", ages, low=0))
    many = np.array(
        numbers("fleet_afr", "weights", [1.0] * len(now) if weights is None else weights, low=0)
    )
    if len(many) != len(now) or many.sum() == 0:
        raise reject("fleet_afr", "weights", weights, "one number per age, not all 0")
    shares = -np.expm1(-distribution.hazard_between(now, np.full(len(now), YEAR)))
    return float(many @ shares / many.sum())
