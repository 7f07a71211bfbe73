"""Intervals for means of rare, unequal amounts: downtime with few outages.

A run with few failures is a sum of N unequal durations, N about Poisson. Its law leans to the right
and its standard error rises and falls with the sum, so a plain t interval stops short of the truth:
with 20 exponential outages a nominal 95 % covers 90 %. The score interval below takes the variance
as proportional to the mean (as in a compound Poisson sum of unknown rate), corrects the upper end
by one more typical large outage (the idea of the gamma intervals of Fay and Feuer, 1997) and the
lower end by a t quantile at the effective number of outages. How well it covers is tabulated in
tests/measure/test_coverage.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.measure.inputs import Floats
from simulator.measure.quantiles import student_quantile

__all__ = ["FEW_EFFECTIVE", "FEW_FAILURES", "Moments", "leans", "score_interval", "skewed_interval"]

FEW_FAILURES = 100
"""Below this many failures the skew of the sum matters, whatever the durations."""
FEW_EFFECTIVE = 200.0
"""The same for unequal durations: failures as if all were equal, (mean / standard error)^2. The
t interval covers 94-95 % above both, but only 92 % of lognormal outages (sigma 1.2) between 100
failures and this."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and central power sums of one value per replication; they add over batches.

    Attributes
    ----------
    n : int
        Replications.
    mean : float
        Their mean.
    m2, m3 : float
        Sums of squared and cubed distances from the mean.
    """

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0
    m3: float = 0.0

    @classmethod
    def of(cls, values: Floats) -> Moments:
        """Moments of an array of shape (R,); an empty one gives the zero of `merge`."""
        if values.size == 0:
            return cls()
        mean = float(values.mean())
        away = values - mean
        square = away * away
        return cls(int(values.size), mean, float(square.sum()), float((square * away).sum()))

    def merge(self, other: Moments) -> Moments:
        """Moments of both batches together (pairwise update of Chan, Golub and LeVeque 1979)."""
        if self.n == 0 or other.n == 0:
            return other if self.n == 0 else self
        n, a, b = self.n + other.n, self.n, other.n
        step = other.mean - self.mean
        m2 = self.m2 + other.m2 + step * step * a * b / n
        m3 = self.m3 + other.m3 + step**3 * a * b * (a - b) / n**2
        m3 += 3 * step * (a * other.m2 - b * self.m2) / n
        return Moments(n, self.mean + step * b / n, m2, m3)

    @property
    def error(self) -> float:
        """Standard error of the mean; NaN for fewer than two replications."""
        return math.sqrt(self.m2 / (self.n - 1) / self.n) if self.n > 1 else math.nan

    @property
    def effective(self) -> float:
        """(mean / standard error)^2: how many equal Poisson events would be as certain."""
        return math.inf if self.error == 0.0 else (self.mean / self.error) ** 2


def leans(moments: Moments, failures: int) -> bool:
    """Whether so few failures were seen that a t interval would not cover."""
    return failures < FEW_FAILURES or moments.effective < FEW_EFFECTIVE


def skewed_interval(moments: Moments, confidence: float) -> tuple[float, float]:
    """Interval for the mean of non-negative values, most of the information in few of them.

    Parameters
    ----------
    moments : Moments
        Of at least two replications, with a mean above 0.
    confidence : float
        Nominal coverage.

    Returns
    -------
    low, high : float
        0 < low <= mean <= high.
    """
    n, probability = moments.n, (1 + confidence) / 2
    variance = moments.m2 * n / (n - 1)
    third = moments.m3 * n * n / ((n - 1) * (n - 2)) if n > 2 else 0.0
    spare = student_quantile(probability, n - 1)
    rough = student_quantile(probability, max(1.0, min(n - 1.0, moments.effective)))
    low, high = score_interval(moments.mean * n, variance, third, rough, spare)
    return low / n, high / n


def score_interval(
    total: float, variance: float, third: float, t_low: float, t_high: float
) -> tuple[float, float]:
    """Totals m with (total - m)^2 <= t^2 variance m / total; above, after one more large outage.

    Parameters
    ----------
    total, variance, third : float
        The sum and its estimated second and third central moments. A typical large outage lasts
        third / variance: for equal outages exactly one of them, more if they are unequal.
    t_low, t_high : float
        Quantiles for the lower and the upper end.
    """
    extra = max(third / variance, 0.0) if variance > 0 else 0.0
    return (
        _score_end(total, variance, -t_low),
        _score_end(total + extra, variance + extra * extra, t_high),
    )


def _score_end(total: float, variance: float, t: float) -> float:
    """Root of the quadratic on the side of the sign of `t`, without cancellation."""
    slack = t * t * variance / total
    root = total + slack / 2 + float(np.hypot(math.sqrt(slack * total), slack / 2))
    return root if t > 0 else total * total / root
