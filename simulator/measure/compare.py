"""Designs compared on the same luck: each replication is a pair, and only differences count."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.clusters import equal_weights
from simulator.measure.estimates import Estimate, mean_estimate
from simulator.measure.inputs import (
    Floats,
    check_confidence,
    check_positive,
    per_replication,
    same_length,
)
from simulator.measure.quantiles import poisson_interval
from simulator.measure.skew import FEW_FAILURES, Moments, skewed_interval

__all__ = ["Comparison", "compare_designs", "paired_difference"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One design against the baseline.

    Attributes
    ----------
    name : str
        The design.
    value : float
        Its mean over replications.
    difference : Estimate
        Mean of design minus baseline, paired by replication.
    pairing_gain : float
        How many times more replications independent luck would have needed: variance of the
        difference without pairing over that with it. NaN if nothing differed.
    """

    name: str
    value: float
    difference: Estimate
    pairing_gain: float

    @property
    def visible(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return not self.difference.covers(0.0)


def paired_difference(
    a: ArrayLike, b: ArrayLike, confidence: float = 0.95, largest: float | None = None
) -> Estimate:
    """Mean of a - b over replications that shared their luck.

    Parameters
    ----------
    a, b : array_like
        Shape (R,) each, the same replication at the same place.
    confidence : float
        Nominal coverage.
    largest : float, optional
        The largest distance of a and b possible in a replication (1 for shares of time). Gives a
        bound if no pair differed.

    Returns
    -------
    Estimate
        By paired t. If few pairs differ, increases and decreases get a skewed score interval each
        and their ends are combined (square-and-add, Zou and Donner 2008); a direction never seen
        counts with the Poisson bound of no event. If no pair differs: -bound .. bound, by the
        probability that a pair differs.

    Raises
    ------
    NotEnoughData
        With a single pair, or if no pair differs and `largest` is not given.
    """
    first, second = per_replication("a", a), per_replication("b", b)
    same_length("a", first, "b", second)
    check_confidence(confidence)
    d = first - second
    if d.size < 2:
        raise NotEnoughData("one pair shows no spread: run at least 2 replications", float(d[0]))
    if not d.any():
        return _nothing_differs(d.size, confidence, largest)
    if equal_weights(np.abs(d)) >= min(FEW_FAILURES, d.size / 3):
        plain = mean_estimate(d, confidence)
        return replace(plain, method="paired t")
    return _few_differ(d, confidence)


def _nothing_differs(pairs: int, confidence: float, largest: float | None) -> Estimate:
    if largest is None:
        raise NotEnoughData(f"none of {pairs} pairs differs: say the largest possible", 0.0)
    bound = -math.expm1(math.log1p(-confidence) / pairs) * check_positive("largest", largest)
    return Estimate(0.0, -bound, bound, confidence, f"bound: none of {pairs} pairs differs", pairs)


def _few_differ(d: Floats, confidence: float) -> Estimate:
    """Square-and-add of the intervals of increases and decreases, which are nearly independent."""
    up = _one_direction(np.maximum(d, 0.0), d, confidence)
    down = _one_direction(np.maximum(-d, 0.0), d, confidence)
    value = float(d.mean())
    low = value - math.hypot(up[0] - up[1], down[2] - down[0])
    high = value + math.hypot(up[2] - up[0], down[0] - down[1])
    error = float(d.std(ddof=1)) / math.sqrt(d.size)
    words = f"paired, skewed score interval, {np.count_nonzero(d)} pairs differ"
    return Estimate(value, low, high, confidence, words, d.size, error)


def _one_direction(part: Floats, d: Floats, confidence: float) -> tuple[float, float, float]:
    """Mean, low and high of the differences of one sign, taken as positive."""
    if part.any():
        moments = Moments.of(part)
        return (moments.mean, *skewed_interval(moments, confidence))
    typical = float((d**2).sum() / np.abs(d).sum())
    return 0.0, 0.0, poisson_interval(0, confidence)[1] * typical / d.size


def compare_designs(
    designs: Mapping[str, ArrayLike], baseline: str, confidence: float = 0.95,
    largest: float | None = None, together: bool = False,
) -> tuple[Comparison, ...]:  # fmt: skip
    """Every design against the baseline, paired by replication.

    Parameters
    ----------
    designs : mapping of str to array_like
        Shape (R,) each: one value per replication, all on the same luck.
    baseline : str
        The design to subtract.
    confidence : float
        Of each interval; with `together` of all of them at once (Bonferroni).
    largest : float, optional
        The largest difference possible in a replication, see `paired_difference`.
    together : bool
        Whether all intervals must hold at the same time.

    Returns
    -------
    tuple of Comparison
        In the order given, without the baseline.
    """
    check_confidence(confidence)
    if baseline not in designs or len(designs) < 2:
        raise DescriptionError(
            f"baseline is {baseline!r}: one of at least 2 designs, {list(designs)}"
        )
    base = per_replication(baseline, designs[baseline])
    others = {name: per_replication(name, v) for name, v in designs.items() if name != baseline}
    level = 1 - (1 - confidence) / len(others) if together else confidence
    rows = []
    for name, values in others.items():
        difference = paired_difference(values, base, level, largest)
        rows.append(Comparison(name, float(values.mean()), difference, _gain(values, base)))
    return tuple(rows)


def _gain(a: Floats, b: Floats) -> float:
    paired = float((a - b).var())
    return (float(a.var()) + float(b.var())) / paired if paired > 0 else math.nan
