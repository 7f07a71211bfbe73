"""Percentiles of latency with intervals: of one run, over replications, from a histogram.

Only requests that ended well have a latency. A percentile is always taken over all of them; windows
are never averaged, because the mean of their p99 is the p99 of nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.clusters import clustered_share
from simulator.measure.estimates import Estimate, mean_estimate
from simulator.measure.inputs import Floats, check_confidence, check_positive
from simulator.measure.rows import floats, requests_of, went_well
from simulator.tables.outcomes import Outcomes

__all__ = ["QUANTILES", "histogram_quantiles", "latencies", "latency_quantiles"]

QUANTILES = (0.5, 0.95, 0.99, 0.999)
BATCHES = 20
"""Stretches of a run whose spread tells how much latencies that follow each other are alike."""


def latencies(outcomes: Outcomes, source: str | None = None) -> tuple[Floats, Floats]:
    """When requests that ended well were sent, and how long they took.

    Parameters
    ----------
    outcomes : Outcomes
    source : str, optional
        Default: all sources together.

    Returns
    -------
    sent_s, latency_s : ndarray
        Shape (n,) each, seconds, in order of sending; latencies to the nanosecond.
    """
    ours = requests_of(outcomes, source) & went_well(outcomes, "requests")
    sent = floats(outcomes, "requests", "sent_s")[ours]
    took = floats(outcomes, "requests", "ended_s")[ours] - sent
    return sent, np.round(took, 9)  # differences of times are no better; equal ones must stay equal


def latency_quantiles(
    runs: Outcomes | Sequence[Outcomes], source: str | None = None,
    quantiles: Sequence[float] = QUANTILES, confidence: float = 0.95,
) -> dict[float, Estimate]:  # fmt: skip
    """Percentiles of the latency of requests that ended well, seconds.

    Parameters
    ----------
    runs : Outcomes or sequence of Outcomes
        One run, or independent replications of the same scenario.
    source : str, optional
        Default: all sources together.
    quantiles : sequence of float
        Between 0 and 1.
    confidence : float
        Nominal coverage of each interval.

    Returns
    -------
    dict of float to Estimate
        Of one run: the values above which a share of 1 - quantile may well lie, where that share is
        clustered by 20 stretches of time, because requests in the same queue are alike. The upper
        end is infinite where too little was seen to say. Of several: mean of the runs' percentiles
        with Student's t. Runs without a request that ended well have no percentile and are left out;
        the method says how many.

    Raises
    ------
    NotEnoughData
        If no request ended well.
    DescriptionError
        For an unknown source or a share outside 0-1.

    Notes
    -----
    Within one run the interval is about the same system going on for as long again. What differs
    from run to run (did the outage come, did it stay?) only replications show.
    """
    many = [runs] if isinstance(runs, Outcomes) else list(runs)
    found = [latencies(run, source) for run in many]
    good = [pair for pair in found if pair[1].size]
    if not good:
        raise NotEnoughData("no request ended well: there is no latency", math.nan)
    if len(good) == 1:
        return {q: _of_one(*good[0], many, q, confidence) for q in quantiles}
    return {q: _of_many([v for _, v in good], len(many), q, confidence) for q in quantiles}


def _of_one(
    sent: Floats, values: Floats, runs: Sequence[Outcomes], q: float, confidence: float
) -> Estimate:
    if not 0.0 < q < 1.0:
        raise DescriptionError(f"quantile is {q!r}: between 0 and 1 is allowed")
    place = (sent / max(run.horizon_s for run in runs) * BATCHES).astype(np.int64)
    batch = np.minimum(place, BATCHES - 1)
    ranked = np.sort(values)
    at = max(1, math.ceil(q * values.size)) - 1
    sizes = np.bincount(batch, minlength=BATCHES).astype(np.float64)

    def allowed(rank: int) -> bool:
        """Whether the share of values above this one may well be 1 - q."""
        above = np.bincount(batch, weights=values > ranked[rank], minlength=BATCHES)
        return 0 < above.sum() < values.size and clustered_share(above, sizes, confidence).covers(
            1 - q
        )

    low, high = _farthest(at, -1, allowed), _farthest(at, values.size - 1, allowed)
    words = f"order statistics, {BATCHES} stretches of one run"
    if len(runs) > 1:
        words += f", {len(runs) - 1} runs had no good request"
    return Estimate(
        float(ranked[at]), 0.0 if low < 0 else float(ranked[low]),
        math.inf if high >= values.size - 1 else float(ranked[high]), confidence, words, values.size,
    )  # fmt: skip


def _farthest(start: int, end: int, allowed: Callable[[int], bool]) -> int:
    """The first rank from `start` towards `end` that is not allowed, by halving; `end` if all are."""
    step = 1 if end > start else -1
    inside, outside = 0, abs(end - start)
    while outside - inside > 1:
        middle = (inside + outside) // 2
        if allowed(start + step * middle):
            inside = middle
        else:
            outside = middle
    return start + step * outside


def _of_many(values: Sequence[Floats], runs: int, q: float, confidence: float) -> Estimate:
    if not 0.0 < q < 1.0:
        raise DescriptionError(f"quantile is {q!r}: between 0 and 1 is allowed")
    each = [float(np.quantile(v, q, method="inverted_cdf")) for v in values]
    found = mean_estimate(each, confidence)
    words = f"t over {len(each)} replications"
    if runs > len(each):
        words += f", {runs - len(each)} had no good request"
    return replace(found, method=words)


def histogram_quantiles(
    counts: NDArray[np.integer], least_s: float, growth: float,
    quantiles: Sequence[float] = QUANTILES, confidence: float = 0.95,
) -> Mapping[float, Estimate]:  # fmt: skip
    """Percentiles from counts in bins of equal ratio.

    Parameters
    ----------
    counts : ndarray of int
        Shape (bins,): bin k holds latencies from ``least_s * growth ** k`` on; the first holds
        smaller ones too.
    least_s : float
        Seconds.
    growth : float
        Upper edge of a bin over its lower one; the value is known to that ratio at best.
    quantiles : sequence of float
    confidence : float

    Returns
    -------
    dict of float to Estimate
        The value lies within its bin in proportion to its rank (on the log scale). The interval
        reaches from the lower edge of the lower rank's bin to the upper edge of the upper one's:
        order statistics of independent latencies.

    Raises
    ------
    NotEnoughData
        If the histogram is empty.
    DescriptionError
        If `growth` is not above 1 or a share is outside 0-1.
    """
    check_confidence(confidence)
    check_positive("least_s", least_s)
    if not growth > 1.0:
        raise DescriptionError(f"growth is {growth!r}: a ratio above 1 is needed")
    heights = np.asarray(counts, dtype=np.int64)
    if heights.sum() == 0:
        raise NotEnoughData("no request ended well: there is no latency", math.nan)
    return {q: _from_bins(heights, least_s, growth, q, confidence) for q in quantiles}


def _from_bins(
    counts: NDArray[np.int64], least: float, growth: float, q: float, confidence: float
) -> Estimate:
    from scipy.special import bdtrik

    if not 0.0 < q < 1.0:
        raise DescriptionError(f"quantile is {q!r}: between 0 and 1 is allowed")
    upto = np.cumsum(counts)
    n, tail = int(upto[-1]), (1 - confidence) / 2
    rank = max(1, math.ceil(q * n))
    # ranks r and s with P(B < r) <= tail and P(B >= s) <= tail, B binomial (n, q)
    below = math.floor(float(bdtrik(tail, n, q))) if (1 - q) ** n <= tail else -1
    low_rank = below + 1
    high_rank = math.ceil(float(bdtrik(1 - tail, n, q))) + 1

    def bin_of(r: int) -> int:
        return int(np.searchsorted(upto, r))

    k = bin_of(rank)
    within = (rank - (upto[k] - counts[k]) - 0.5) / counts[k]
    value = float(least * growth ** (k + within))
    first = bin_of(max(low_rank, 1))  # the first bin reaches down to 0
    low = 0.0 if low_rank < 1 or first == 0 else least * growth**first
    high = math.inf if high_rank > n else least * growth ** (bin_of(high_rank) + 1)
    return Estimate(value, low, high, confidence, f"order statistics in bins x {growth:g}", n)
