"""Unavailability of simulated replications with an interval that covers, or an honest bound."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.estimates import Estimate
from simulator.measure.inputs import check_confidence, check_positive, per_replication, same_length
from simulator.measure.quantiles import student_quantile
from simulator.measure.skew import Moments, leans, skewed_interval

__all__ = ["NoFailureBounds", "interval_of_mean", "no_failure_bounds", "unavailability_estimate"]


@dataclass(frozen=True, slots=True)
class NoFailureBounds:
    """What a run without any failure still says. Every estimate is an upper bound.

    Attributes
    ----------
    frequency : Estimate
        Failures per second.
    any_downtime : Estimate
        Probability that a replication has any downtime within its horizon.
    unavailability : Estimate
        Mean share of the horizon that the system is down.
    """

    frequency: Estimate
    any_downtime: Estimate
    unavailability: Estimate


def no_failure_bounds(
    replications: int,
    horizon_s: float,
    confidence: float = 0.95,
    mean_outage_s: float | None = None,
) -> NoFailureBounds:
    """One-sided bounds after `replications` runs without downtime.

    Parameters
    ----------
    replications : int
        Independent replications, all without a failure.
    horizon_s : float
        Length of each, seconds.
    confidence : float
        The bounds hold in at least this share of such experiments.
    mean_outage_s : float, optional
        Mean duration of an outage if known, seconds.

    Notes
    -----
    P(any downtime) <= 1 - (1 - confidence)^(1 / R) assumes independent replications only, and so
    does the unavailability bound that equals it (a share of time is at most 1). The frequency bound
    -ln(1 - confidence) / (R horizon) takes failures as Poisson; times the mean outage it is a
    tighter bound of the unavailability, under that assumption.
    """
    if replications < 1:
        raise DescriptionError(f"replications is {replications}: at least 1 is needed")
    log_miss = math.log1p(-check_confidence(confidence))

    def bound(high: float, method: str) -> Estimate:
        return Estimate(0.0, 0.0, high, confidence, method, replications, side="upper")

    rate = -log_miss / (replications * check_positive("horizon_s", horizon_s))
    share = -math.expm1(log_miss / replications)
    any_down = bound(share, "no failure seen: replications independent")
    unavailability = bound(
        share, "no failure seen: independent replications, outages of any length"
    )
    if mean_outage_s is not None and rate * check_positive("mean_outage_s", mean_outage_s) < share:
        words = f"no failure seen: failures Poisson, outages of at most {mean_outage_s:g} s on average"
        unavailability = bound(rate * mean_outage_s, words)
    return NoFailureBounds(
        bound(rate, "no failure seen: failures Poisson"), any_down, unavailability
    )


def unavailability_estimate(
    down_s: ArrayLike, failures: ArrayLike, horizon_s: float, confidence: float = 0.95,
    mean_outage_s: float | None = None,
) -> Estimate:  # fmt: skip
    """Mean share of the horizon that the system is down.

    Parameters
    ----------
    down_s : array_like
        Shape (R,): seconds down in each replication, from 0 to `horizon_s`.
    failures : array_like
        Shape (R,): failures (up to down) in each replication.
    horizon_s : float
        Length of a replication, seconds.
    confidence : float
        Nominal coverage.
    mean_outage_s : float, optional
        Known mean outage, for a tighter bound if no failure was seen.

    Returns
    -------
    Estimate
        By t; by the skewed score interval with fewer than 100 failures or outages so unequal that
        they weigh as fewer than 200 equal ones; a one-sided bound without any downtime.

    Raises
    ------
    NotEnoughData
        With downtime but a single replication.
    """
    down = per_replication("down_s", down_s, lowest=0.0)
    counts = per_replication("failures", failures, lowest=0.0)
    same_length("down_s", down, "failures", counts)
    check_confidence(confidence)
    horizon = check_positive("horizon_s", horizon_s)
    if down.max() > horizon * (1 + 1e-9):
        raise DescriptionError(f"down_s reaches {down.max():g} s: the horizon is {horizon:g} s")
    if not down.any():
        return no_failure_bounds(down.size, horizon, confidence, mean_outage_s).unavailability
    seen = int(max(counts.sum(), np.count_nonzero(down)))
    return interval_of_mean(Moments.of(down / horizon), seen, confidence, highest=1.0)


def interval_of_mean(
    moments: Moments, failures: int, confidence: float, highest: float = math.inf
) -> Estimate:
    """Mean of non-negative values that are sums over failures: by t, or by score if it leans.

    Parameters
    ----------
    moments : Moments
        Of one value per replication, mean above 0.
    failures : int
        Failures in all replications together.
    confidence : float
        Nominal coverage.
    highest : float
        The largest mean possible; the interval is cut there.

    Raises
    ------
    NotEnoughData
        With a single replication.
    """
    mean, n = moments.mean, moments.n
    if n < 2:
        raise NotEnoughData("one replication shows no spread: run at least 2", mean)
    if leans(moments, failures):
        low, high = skewed_interval(moments, confidence)
        method = f"skewed score interval, {failures} failures"
    else:
        half = student_quantile((1 + confidence) / 2, n - 1) * moments.error
        low, high, method = mean - half, mean + half, "t"
    ends = max(0.0, min(low, mean)), max(mean, min(high, highest))
    return Estimate(mean, *ends, confidence, method, n, moments.error)
