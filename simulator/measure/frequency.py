"""How often it fails, how long an outage lasts, how long until the first failure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from simulator.describe.units import YEAR
from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.availability import interval_of_mean, no_failure_bounds
from simulator.measure.estimates import Estimate, mean_estimate, ratio_estimate
from simulator.measure.inputs import (
    Floats,
    check_confidence,
    check_positive,
    per_replication,
    same_length,
)
from simulator.measure.quantiles import poisson_interval, student_quantile
from simulator.measure.skew import FEW_EFFECTIVE, FEW_FAILURES, Moments, score_interval

__all__ = ["first_failure_estimate", "frequency_estimate", "mean_outage_estimate"]

_POISSON_LIKE = 2.58
"""|z| of the dispersion test up to which counts pass as Poisson: 1 % of Poisson runs fail it."""


def frequency_estimate(
    failures: ArrayLike, horizon_s: float, confidence: float = 0.95, per_s: float = YEAR
) -> Estimate:
    """Failures per year, or per `per_s` seconds.

    Parameters
    ----------
    failures : array_like
        Shape (R,): failures in each replication.
    horizon_s : float
        Length of a replication, seconds.
    confidence : float
        Nominal coverage.
    per_s : float
        The unit of the answer, seconds: ``YEAR`` for failures per year, 1 for a rate per second.

    Returns
    -------
    Estimate
        With 100 failures or more by t. With fewer the exact Poisson interval (Garwood 1936) if the
        counts pass the dispersion test, else the skewed score interval, which follows the spread
        seen. A one-sided bound if none failed. A single replication is taken as Poisson, and says
        so.
    """
    counts = per_replication("failures", failures, lowest=0.0)
    if (counts != np.floor(counts)).any():
        raise DescriptionError("failures are counts: whole numbers are needed")
    check_confidence(confidence)
    scale = check_positive("per_s", per_s) / check_positive("horizon_s", horizon_s)
    total, n = int(counts.sum()), counts.size
    if total == 0:
        return no_failure_bounds(n, horizon_s, confidence).frequency.scaled(per_s)
    if n == 1 or (total < FEW_FAILURES and abs(_dispersion_z(counts)) < _POISSON_LIKE):
        low, high = poisson_interval(total, confidence)
        words = "exact Poisson" if n > 1 else "exact Poisson, assumed: one replication"
        mean, error = total / n, math.sqrt(total) / n
        return Estimate(mean, low / n, high / n, confidence, words, n, error).scaled(scale)
    return interval_of_mean(Moments.of(counts), total, confidence).scaled(scale)


def _dispersion_z(counts: Floats) -> float:
    """Normal score of the index of dispersion, chi-square if Poisson (Wilson and Hilferty 1931)."""
    mean, df = float(counts.mean()), counts.size - 1
    index = float(((counts - mean) ** 2).sum()) / mean
    width = 2 / (9 * df)
    return (float(np.cbrt(index / df)) - (1 - width)) / math.sqrt(width)


def mean_outage_estimate(
    down_s: ArrayLike, failures: ArrayLike, confidence: float = 0.95
) -> Estimate:
    """Mean duration of an outage, seconds: all downtime over all failures.

    Parameters
    ----------
    down_s, failures : array_like
        Shape (R,) each: seconds down and failures in each replication.
    confidence : float
        Nominal coverage.

    Returns
    -------
    Estimate
        A ratio clustered by replication: t interval, with few outages the skewed score interval.
        An outage cut by the horizon counts with the part inside it.

    Raises
    ------
    NotEnoughData
        If fewer than two replications had a failure.
    """
    down = per_replication("down_s", down_s, lowest=0.0)
    counts = per_replication("failures", failures, lowest=0.0)
    same_length("down_s", down, "failures", counts)
    check_confidence(confidence)
    total, seconds = float(counts.sum()), float(down.sum())
    groups = int(np.count_nonzero((counts > 0) | (down > 0)))
    if total == 0 or groups < 2:
        mean = seconds / total if total else math.nan
        raise NotEnoughData(
            f"{total:g} failures in {groups} replications: outages in at least 2 are needed", mean
        )
    away = down - seconds / total * counts
    variance = groups / (groups - 1) * float((away**2).sum())
    if variance == 0 or (total >= FEW_FAILURES and seconds**2 / variance >= FEW_EFFECTIVE):
        return ratio_estimate(down, counts, confidence)
    t = student_quantile((1 + confidence) / 2, groups - 1)
    low, high = score_interval(seconds, variance, float((away**3).sum()), t, t)
    method = f"ratio, skewed score interval, {total:g} failures"
    error = math.sqrt(variance) / total
    return Estimate(
        seconds / total, low / total, high / total, confidence, method, down.size, error
    )


def first_failure_estimate(
    first_failure_s: ArrayLike, horizon_s: float, confidence: float = 0.95
) -> Estimate:
    """Mean time to the first failure from the start of a replication, seconds.

    Parameters
    ----------
    first_failure_s : array_like
        Shape (R,): time of the first failure; infinite or beyond the horizon if none was seen.
    horizon_s : float
        Length of a replication, seconds.
    confidence : float
        Nominal coverage.

    Returns
    -------
    Estimate
        If every replication failed: the mean, by t, without any assumption. If some did not: time
        on test over failures with the Poisson interval of their number, which takes the time to
        failure as exponential and says so. If none did: a lower bound of the same kind.
    """
    times = np.asarray(first_failure_s, dtype=np.float64)
    times = np.where(np.isposinf(times), 2 * check_positive("horizon_s", horizon_s), times)
    times = per_replication("first_failure_s", times, lowest=0.0)
    check_confidence(confidence)
    seen = int(np.count_nonzero(times <= horizon_s))
    if seen == times.size:
        return mean_estimate(times, confidence)
    on_test = float(np.minimum(times, horizon_s).sum())
    words = f"exponential lives assumed: {times.size - seen} of {times.size} outlived the horizon"
    if seen == 0:
        low = on_test / -math.log1p(-confidence)
        return Estimate(math.inf, low, math.inf, confidence, words, times.size, side="lower")
    few, many = poisson_interval(seen, confidence)
    mean, error = on_test / seen, on_test / seen / math.sqrt(seen)
    return Estimate(mean, on_test / many, on_test / few, confidence, words, times.size, error)
