"""Downtime per window (month, year, 30-day SLO window): its distribution and the budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simulator.describe.units import DAY
from simulator.errors import DescriptionError
from simulator.measure.clusters import clustered_share, quantile_estimate
from simulator.measure.estimates import Estimate
from simulator.measure.inputs import Floats, check_positive

__all__ = [
    "SLO_WINDOW_S", "DowntimeCdf", "budget_s", "downtime_cdf", "downtime_quantile",
    "meets_slo_estimate",
]  # fmt: skip

SLO_WINDOW_S = 30 * DAY
"""The usual SLO window, 30 days (720 h, not a month of 730 h), seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class DowntimeCdf:
    """Distribution of downtime per window, ready to plot.

    Attributes
    ----------
    downtime_s : ndarray
        Shape (P,), seconds, rising.
    probability, low, high : ndarray
        Shape (P,): share of windows with at most that downtime, with a pointwise interval clustered
        by replication.
    confidence : float
        Of each point by itself.
    """

    downtime_s: Floats
    probability: Floats
    low: Floats
    high: Floats
    confidence: float


def budget_s(slo: float, window_s: float = SLO_WINDOW_S) -> float:
    """Downtime that an availability objective allows in one window, seconds.

    Parameters
    ----------
    slo : float
        Availability promised, 0-1.
    window_s : float
        Length of the window, seconds; 30 days unless said otherwise.

    Examples
    --------
    >>> round(budget_s(0.999) / 60, 6)
    43.2
    """
    if not 0.0 <= slo <= 1.0:
        raise DescriptionError(f"slo is {slo!r}: an availability from 0 to 1 is needed")
    return (1.0 - slo) * check_positive("window_s", window_s)


def _windows(windows_s: ArrayLike) -> Floats:
    """Downtime per window, shape (R, W), checked."""
    array = np.asarray(windows_s, dtype=np.float64)
    if array.ndim != 2 or array.size == 0:
        raise DescriptionError(
            f"windows_s has shape {array.shape}: seconds down per replication and window, (R, W)"
        )
    if not np.isfinite(array).all() or array.min() < 0:
        raise DescriptionError("windows_s holds a downtime that is negative or not finite")
    return array


def meets_slo_estimate(
    windows_s: ArrayLike, allowed_s: float, confidence: float = 0.95
) -> Estimate:
    """P(the downtime of a window is at most the budget), windows clustered by replication.

    Parameters
    ----------
    windows_s : array_like
        Shape (R, W): seconds down in each window of each replication.
    allowed_s : float
        The budget, seconds (`budget_s`); exactly the budget still meets it.
    confidence : float
        Nominal coverage.
    """
    windows = _windows(windows_s)
    if not allowed_s >= 0:
        raise DescriptionError(f"allowed_s is {allowed_s!r}: at least 0 s is needed")
    met = np.count_nonzero(windows <= allowed_s, axis=1)
    return clustered_share(met, np.full(met.shape, windows.shape[1]), confidence)


def downtime_quantile(
    windows_s: ArrayLike, probability: float, confidence: float = 0.95, window_s: float = np.inf
) -> Estimate:
    """The downtime that a share `probability` of windows does not exceed, seconds.

    Parameters
    ----------
    windows_s : array_like
        Shape (R, W): seconds down in each window of each replication.
    probability : float
        0.95 for the downtime of a bad window, one in twenty.
    confidence : float
        Nominal coverage; order statistics, widened by the design effect of replications.
    window_s : float
        Length of a window, seconds: the upper end if even the worst window seen is too
        low for one.
    """
    windows = _windows(windows_s)
    rows, columns = windows.shape
    owner = np.repeat(np.arange(rows), columns) if columns > 1 else None
    return quantile_estimate(windows.ravel(), probability, confidence, owner, 0.0, window_s)


def downtime_cdf(
    windows_s: ArrayLike,
    points_s: ArrayLike | None = None,
    confidence: float = 0.95,
    size: int = 101,
) -> DowntimeCdf:
    """Distribution function of downtime per window with pointwise intervals.

    Parameters
    ----------
    windows_s : array_like
        Shape (R, W): seconds down in each window of each replication.
    points_s : array_like, optional
        Where to read it, seconds; by default 0 and `size` - 1 evenly spaced quantiles of the
        windows with downtime.
    confidence : float
        Nominal coverage at each point.
    size : int
        Number of default points, at least 2.
    """
    windows = _windows(windows_s)
    points = (
        _default_points(windows, size) if points_s is None else np.asarray(points_s, np.float64)
    )
    if points.ndim != 1 or points.size == 0 or not np.isfinite(points).all():
        raise DescriptionError("points_s must be a list of finite seconds")
    points = np.unique(points)
    shares = [meets_slo_estimate(windows, float(max(p, 0.0)), confidence) for p in points]
    columns = np.array([(s.value, s.low, s.high) for s in shares]).T
    return DowntimeCdf(points, columns[0], columns[1], columns[2], confidence)


def _default_points(windows: Floats, size: int) -> Floats:
    if size < 2:
        raise DescriptionError(f"size is {size}: at least 2 points are needed")
    positive = windows[windows > 0]
    if positive.size == 0:
        return np.zeros(1)
    steps = np.linspace(0.0, 1.0, size - 1)
    return np.concatenate([[0.0], np.quantile(positive, steps, method="inverted_cdf")])
