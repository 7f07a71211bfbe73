"""Shares and quantiles of things that come in clusters: the windows or outages of one replication.

What happens in one replication shares its luck, so n things say less than n independent ones. The
design effect (Kish 1965) is how many times the variance of a share exceeds that of independent
trials; interval methods for independent trials are then used at the size n / design effect.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.estimates import Estimate, wilson_interval
from simulator.measure.inputs import Floats, check_confidence, per_replication

__all__ = ["clustered_share", "design_effect", "equal_weights", "quantile_estimate"]


def design_effect(hits: Floats, sizes: Floats) -> float:
    """Variance of a clustered share over that of independent trials, at least 1.

    Parameters
    ----------
    hits, sizes : ndarray
        Shape (G,): successes and trials in each cluster; at least 2 clusters to see anything.

    Returns
    -------
    float
        1 for a single cluster, or if all or none of the trials succeeded.
    """
    total = float(sizes.sum())
    share = float(hits.sum()) / total
    plain = total * share * (1 - share)
    if hits.size < 2 or plain <= 0:
        return 1.0
    between = float(((hits - share * sizes) ** 2).sum()) * hits.size / (hits.size - 1)
    return max(1.0, between / plain)


def equal_weights(amounts: Floats) -> float:
    """How many equal amounts would weigh as much as these (Kish): (sum)^2 / sum of squares.

    Parameters
    ----------
    amounts : ndarray
        Shape (R,), not negative, at least one above 0.
    """
    scaled = amounts / amounts.max()
    return float(scaled.sum() ** 2 / (scaled**2).sum())


def clustered_share(hits: ArrayLike, sizes: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Share of successes among trials that are clustered by replication.

    Parameters
    ----------
    hits, sizes : array_like
        Shape (R,) each: successes and trials in each replication.
    confidence : float
        Nominal coverage.

    Returns
    -------
    Estimate
        Wilson's interval at the effective size, with a t quantile for the few replications that the
        rarer outcome is seen in. If all or none succeeded, a one-sided bound in
        which a replication counts as one trial: no assumption about the trials inside it. A single
        replication is taken as independent trials, and says so.
    """
    k, n = per_replication("hits", hits, lowest=0.0), per_replication("sizes", sizes, lowest=0.0)
    if k.shape != n.shape or (k > n).any() or n.sum() == 0:
        raise DescriptionError("hits must match sizes: 0 <= hits <= sizes, at least one trial")
    check_confidence(confidence)
    clusters = int(np.count_nonzero(n))
    share = float(k.sum() / n.sum())
    if share in (0.0, 1.0):
        slack = -math.expm1(math.log1p(-confidence) / clusters)
        words = f"bound: {'none' if share == 0 else 'all'} in {clusters} independent replications"
        if share == 0.0:
            return Estimate(0.0, 0.0, slack, confidence, words, clusters, side="upper")
        return Estimate(1.0, 1 - slack, 1.0, confidence, words, clusters, side="lower")
    effect = design_effect(k[n > 0], n[n > 0])
    size = float(n.sum()) / effect
    df = math.inf if n.max() <= 1 else min(clusters - 1.0, equal_weights(k), equal_weights(n - k))
    low, high = wilson_interval(share, size, confidence, max(df, 1.0))
    words = f"wilson, clustered by replication (design effect {effect:.3g})"
    if clusters == 1:
        low, high = wilson_interval(share, size, confidence)
        words = "wilson, independence assumed: one replication"
    error = math.sqrt(share * (1 - share) / size)
    return Estimate(share, low, high, confidence, words, clusters, error)


def quantile_estimate(
    values: ArrayLike, probability: float, confidence: float = 0.95,
    clusters: NDArray[np.integer[Any]] | None = None, lowest: float = 0.0,
    highest: float = math.inf,
) -> Estimate:  # fmt: skip
    """Quantile with an interval between two order statistics.

    Parameters
    ----------
    values : array_like
        Shape (n,).
    probability : float
        Which quantile, between 0 and 1.
    confidence : float
        Nominal coverage; exact for independent values (up to the steps of the ranks).
    clusters : ndarray of int, optional
        Shape (n,): the replication of each value; ranks are widened by its design effect.
    lowest, highest : float
        What stands for an end beyond the smallest or the largest value seen.

    Raises
    ------
    NotEnoughData
        Without values.
    """
    if np.size(values) == 0:
        raise NotEnoughData("a quantile needs values, and there are none", math.nan)
    x = per_replication("values", values)
    check_confidence(confidence)
    if not 0.0 < probability < 1.0:
        raise DescriptionError(f"probability is {probability!r}: between 0 and 1 is allowed")
    order = np.argsort(x, kind="stable")
    ranked = x[order]
    value = float(ranked[max(0, math.ceil(probability * x.size) - 1)])
    effect = 1.0 if clusters is None else _effect_at(x, value, np.asarray(clusters))
    first, last = _ranks(x.size, probability, confidence, effect)
    low = float(ranked[first - 1]) if first >= 1 else min(lowest, value)
    high = float(ranked[last - 1]) if last <= x.size else max(highest, value)
    words = "order statistics" if effect == 1.0 else f"order statistics, design effect {effect:.3g}"
    return Estimate(value, low, high, confidence, words, x.size)


def _effect_at(x: Floats, value: float, clusters: NDArray[np.integer[Any]]) -> float:
    if clusters.shape != x.shape:
        raise DescriptionError(f"clusters has shape {clusters.shape}: {x.shape} is needed")
    _, index = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(index).astype(np.float64)
    hits = np.bincount(index, weights=x <= value).astype(np.float64)
    return design_effect(hits, sizes)


def _ranks(n: int, p: float, confidence: float, effect: float) -> tuple[int, int]:
    """Ranks (from 1) that enclose the p-quantile; 0 and n + 1 stand for no such order statistic.

    With B binomial (n, p), the value of rank r exceeds the quantile with P(B < r) and is at most it
    with P(B >= r). A design effect widens the distance of both ranks from n p by its root.
    """
    from scipy.special import bdtr

    tail = (1 - confidence) / 2
    first = _largest(lambda r: float(bdtr(r - 1, n, p)) <= tail, n) if n else 0
    last = 1 + _largest(lambda r: float(bdtr(r - 1, n, p)) < 1 - tail, n)
    stretch, centre = math.sqrt(effect), n * p
    if effect > 1.0:
        first = math.floor(centre - stretch * (centre - first))
        last = math.ceil(centre + stretch * (last - centre))
    return max(0, first), min(n + 1, last)


def _largest(holds: Callable[[int], bool], n: int) -> int:
    """The largest r in 0..n for which a condition that turns false once still holds (0: never)."""
    low, high = 0, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
