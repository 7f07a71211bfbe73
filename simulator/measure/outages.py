"""What a list of outages says: how many, how long, and how their downtime splits into causes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.clusters import equal_weights, quantile_estimate
from simulator.measure.estimates import Estimate, wilson_interval
from simulator.measure.frequency import mean_outage_estimate
from simulator.measure.inputs import Floats, check_confidence

__all__ = ["OutageSummary", "downtime_by_cause", "downtime_shares", "outage_summary"]


@dataclass(frozen=True, slots=True)
class OutageSummary:
    """Durations of the outages of a run, seconds.

    Attributes
    ----------
    count : int
        Outages in all replications together.
    mean, median, p95 : Estimate
        Mean duration clustered by replication; quantiles between order statistics.
    longest_s : float
        The longest one seen. It grows with the length of the run and estimates nothing, so it has
        no interval.
    """

    count: int
    mean: Estimate
    median: Estimate
    p95: Estimate
    longest_s: float


def _durations(start_s: ArrayLike, end_s: ArrayLike) -> Floats:
    start, end = np.asarray(start_s, np.float64), np.asarray(end_s, np.float64)
    if start.ndim != 1 or start.shape != end.shape:
        raise DescriptionError(
            f"start_s {start.shape} and end_s {end.shape} must be lists of equal length"
        )
    durations = end - start
    if not np.isfinite(durations).all() or (durations < 0).any():
        raise DescriptionError("an outage must end, and not before it starts")
    return durations


def _indices(name: str, values: ArrayLike, shape: tuple[int, ...], limit: int) -> NDArray[np.intp]:
    array = np.asarray(values)
    if array.shape != shape or not (array.size == 0 or np.issubdtype(array.dtype, np.integer)):
        raise DescriptionError(f"{name} must be whole numbers, one per outage: shape {shape}")
    if array.size and not (array.min() >= 0 and array.max() < limit):
        raise DescriptionError(
            f"{name} runs from {array.min()} to {array.max()}: 0 to {limit - 1} is allowed"
        )
    return array.astype(np.intp)


def outage_summary(
    start_s: ArrayLike, end_s: ArrayLike, replication: ArrayLike, replications: int,
    confidence: float = 0.95,
) -> OutageSummary:  # fmt: skip
    """Count and durations of outages.

    Parameters
    ----------
    start_s, end_s : array_like
        Shape (N,): seconds. An outage cut by the horizon counts with the part inside it.
    replication : array_like of int
        Shape (N,): which replication, 0 to `replications` - 1.
    replications : int
        How many were run, those without an outage included.
    confidence : float
        Nominal coverage of each interval.

    Raises
    ------
    NotEnoughData
        If fewer than two replications had an outage; carries the mean duration seen.
    """
    durations = _durations(start_s, end_s)
    owner = _indices("replication", replication, durations.shape, replications)
    if durations.size == 0:
        raise NotEnoughData("no outage was seen: run longer or more replications", math.nan)
    down = np.bincount(owner, weights=durations, minlength=replications)
    mean = mean_outage_estimate(down, np.bincount(owner, minlength=replications), confidence)
    median, p95 = (quantile_estimate(durations, p, confidence, owner) for p in (0.5, 0.95))
    return OutageSummary(int(durations.size), mean, median, p95, float(durations.max()))


def downtime_by_cause(
    start_s: ArrayLike, end_s: ArrayLike, cause: ArrayLike, causes: int, replication: ArrayLike,
    replications: int,
) -> NDArray[np.float64]:  # fmt: skip
    """Seconds down per replication and cause, shape (R, C), of outages with one cause each.

    Parameters
    ----------
    start_s, end_s, cause, replication : array_like
        Shape (N,): seconds, and the indices of cause and replication.
    causes, replications : int
        How many there are, those never seen included.
    """
    durations = _durations(start_s, end_s)
    owner = _indices("replication", replication, durations.shape, replications)
    which = _indices("cause", cause, durations.shape, causes)
    flat = np.bincount(owner * causes + which, weights=durations, minlength=replications * causes)
    return flat.astype(np.float64).reshape(replications, causes)


def downtime_shares(
    down_by_cause_s: NDArray[Any], confidence: float = 0.95
) -> tuple[Estimate, ...]:
    """Share of all downtime that each cause has; the values sum to 1.

    Parameters
    ----------
    down_by_cause_s : ndarray
        Shape (R, C): seconds down in each replication put down to each cause.
    confidence : float
        Nominal coverage of each interval by itself.

    Returns
    -------
    tuple of Estimate
        One per cause. The variance of a share is that of a ratio clustered by replication;
        Wilson's interval at the size that has this variance keeps its ends in 0-1. A cause never
        seen gets an upper bound at the effective number of replications with downtime.

    Raises
    ------
    NotEnoughData
        Without downtime in at least two replications.
    """
    table = np.asarray(down_by_cause_s, dtype=np.float64)
    check_confidence(confidence)
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all() or table.min() < 0:
        raise DescriptionError(
            f"down_by_cause_s has shape {table.shape}: seconds >= 0, (R, C), are needed"
        )
    total = table.sum(axis=1)
    groups = int(np.count_nonzero(total))
    if groups < 2:
        raise NotEnoughData(f"downtime in {groups} replications: at least 2 are needed", math.nan)
    return tuple(_share(column, total, groups, confidence) for column in table.T)


def _share(part: Floats, total: Floats, groups: int, confidence: float) -> Estimate:
    """Wilson's interval of a share of time, or a bound if it is all or nothing."""
    rest = np.maximum(total - part, 0.0)
    share = float(part.sum() / total.sum())
    if not part.any() or not rest.any():
        slack = -math.expm1(math.log1p(-confidence) / equal_weights(total))
        words = "bound: none of the downtime seen" if not part.any() else "bound: all of it seen"
        if not part.any():
            return Estimate(0.0, 0.0, slack, confidence, words, groups, side="upper")
        return Estimate(1.0, 1 - slack, 1.0, confidence, words, groups, side="lower")
    spread = float(((part - share * total) ** 2).sum()) * groups / (groups - 1)
    error = math.sqrt(spread) / float(total.sum())
    if error <= 1e-12 * share:
        words = "the same in every replication"
        return Estimate(share, share, share, confidence, words, groups, 0.0)
    df = max(1.0, min(groups - 1.0, equal_weights(part), equal_weights(rest)))
    low, high = wilson_interval(share, share * (1 - share) / error**2, confidence, df)
    words = "wilson at the effective size of a ratio clustered by replication"
    return Estimate(share, low, high, confidence, words, groups, error)
