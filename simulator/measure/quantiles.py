"""Quantiles of the normal, Student and Poisson laws without SciPy.

Every interval of a run needs one of these; loading ``scipy.special`` for it would cost more memory
and time than the interval itself. They agree with SciPy to 1e-11 (tests/measure).
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

from simulator.errors import DescriptionError

__all__ = ["normal_quantile", "poisson_interval", "student_quantile"]

_LARGE_DF = 2000.0


def normal_quantile(probability: float) -> float:
    """The standard normal value below which `probability` lies."""
    return NormalDist().inv_cdf(probability)


@lru_cache(maxsize=256)
def student_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t law with `df` degrees of freedom, which need not be whole.

    Parameters
    ----------
    probability : float
        Between 0 and 1, exclusive.
    df : float
        At least 0.5; infinite gives the normal quantile.

    Notes
    -----
    Newton steps on the distribution function (incomplete beta by continued fraction), kept inside a
    bracket; above 2,000 degrees of freedom the Cornish-Fisher series (next term below 1e-13).
    """
    if not 0.0 < probability < 1.0 or not df >= 0.5:
        raise DescriptionError(
            f"t quantile at {probability!r} with {df!r} degrees of freedom: "
            "a probability between 0 and 1 and at least 0.5 are needed"
        )
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -student_quantile(1.0 - probability, df)
    if df > _LARGE_DF:
        return _student_series(normal_quantile(probability), df)
    return _student_newton(1.0 - probability, df)


def _student_series(z: float, df: float) -> float:
    """Expansion of the t quantile in 1/df (Abramowitz & Stegun 26.7.5)."""
    if math.isinf(df):
        return z
    z2 = z * z
    g1 = z * (z2 + 1) / 4
    g2 = z * ((5 * z2 + 16) * z2 + 3) / 96
    g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384
    g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160
    return z + (g1 + (g2 + (g3 + g4 / df) / df) / df) / df


def _student_newton(tail: float, df: float) -> float:
    """The t with upper tail probability `tail` (< 1/2), by bisection in the tail, then Newton."""
    low, high = 0.0, 1.0
    while _student_tail(high, df) > tail:
        low, high = high, 2 * high
    t = 0.5 * (low + high)
    for _ in range(200):
        excess = _student_tail(t, df) - tail
        low, high = (t, high) if excess > 0 else (low, t)
        step = t + excess / _student_density(t, df)
        step = step if low < step < high else 0.5 * (low + high)
        if abs(step - t) <= 1e-15 * abs(t):
            return step
        t = step
    return t


def _student_density(t: float, df: float) -> float:
    log_scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    return math.exp(log_scale - (df + 1) / 2 * math.log1p(t * t / df))


def _student_tail(t: float, df: float) -> float:
    """P(T > t) for t >= 0: half the incomplete beta function at df / (df + t^2)."""
    return 0.5 * _incomplete_beta(df / 2, 0.5, df / (df + t * t), t * t / (df + t * t))


def _incomplete_beta(a: float, b: float, x: float, y: float) -> float:
    """Regularised incomplete beta at `x`, with y = 1 - x given so that no digits are lost."""
    if x <= 0.0:
        return 0.0
    if y <= 0.0:
        return 1.0
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(y)
    )
    front = math.exp(log_front)
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, y) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Continued fraction of the incomplete beta function (DLMF 8.17.22), modified Lentz."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d or tiny)
    value = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / ((1.0 + term * d) or tiny)
            c = (1.0 + term / c) or tiny
            value *= d * c
        if abs(d * c - 1.0) < 1e-16:
            break
    return value


def poisson_interval(count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact two-sided interval of a Poisson mean after `count` events (Garwood 1936).

    Parameters
    ----------
    count : int
        Events seen, >= 0; with none the lower end is 0.
    confidence : float
        Nominal coverage; the real one is at least that.

    Returns
    -------
    low, high : float
        P(X >= count; low) and P(X <= count; high) are both half of 1 - confidence.
    """
    tail = (1.0 - confidence) / 2
    low = 0.0 if count == 0 else _poisson_mean(count - 1, 1.0 - tail)
    return low, _poisson_mean(count, tail)


def _poisson_mean(count: int, probability: float) -> float:
    """The mean at which P(X <= count) is `probability`, by bisection."""
    low, high = 0.0, count + 1.0
    while _poisson_cdf(count, high) > probability:
        low, high = high, 2 * high
    for _ in range(200):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        if _poisson_cdf(count, middle) > probability:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _poisson_cdf(count: int, mean: float) -> float:
    """P(X <= count): the terms from the largest one down, which is a sum of positive numbers."""
    top = min(count, int(mean))
    centre = math.exp(top * math.log(mean) - mean - math.lgamma(top + 1))
    total, term = centre, centre
    for k in range(top, 0, -1):
        term *= k / mean
        total += term
        if term < 1e-18 * total:
            break
    term = centre
    for k in range(top + 1, count + 1):
        term *= mean / k
        total += term
        if term < 1e-18 * total:
            break
    return min(total, 1.0)
