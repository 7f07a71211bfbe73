"""When has a run seen enough? Stop at a requested relative precision.

Looking again and again and stopping when the interval happens to be short makes it cover less than
it says. Three things keep that small: at least 16 failures, the longer arm of the interval is what
counts, and looks that are 10 % apart or more. What is left is tabulated in
tests/measure/test_stopping.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from simulator.errors import DescriptionError
from simulator.measure.availability import interval_of_mean
from simulator.measure.estimates import Estimate
from simulator.measure.inputs import check_confidence, check_positive, per_replication, same_length
from simulator.measure.skew import Moments

__all__ = ["Decision", "StopRule", "Totals", "decide"]

_STEP = 1.1
"""The next look comes after at least 10 % more replications."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the replications so far add up to.

    Attributes
    ----------
    moments : Moments
        Of the value per replication (share of time down).
    failures : int
        Failures in all of them.
    """

    moments: Moments = field(default_factory=Moments)
    failures: int = 0

    def add(self, values: ArrayLike, failures: ArrayLike) -> Totals:
        """Totals with a further batch.

        Parameters
        ----------
        values, failures : array_like
            Shape (B,) each: value (>= 0) and failures of each replication of the batch.
        """
        x = per_replication("values", values, lowest=0.0)
        counts = per_replication("failures", failures, lowest=0.0)
        same_length("values", x, "failures", counts)
        return Totals(self.moments.merge(Moments.of(x)), self.failures + int(counts.sum()))

    def estimate(self, confidence: float = 0.95) -> Estimate:
        """Mean and interval of what was seen (see `interval_of_mean`)."""
        return interval_of_mean(self.moments, self.failures, confidence)


@dataclass(frozen=True, slots=True)
class StopRule:
    """How certain is certain enough.

    Attributes
    ----------
    relative : float
        Largest distance from the value to the further end of its interval, over the value.
    confidence : float
        Of that interval.
    min_failures : int
        Never stop with fewer failures, at least 16.
    max_replications : int, optional
        Give up there.
    """

    relative: float
    confidence: float = 0.95
    min_failures: int = 16
    max_replications: int | None = None

    def __post_init__(self) -> None:
        check_positive("relative", self.relative)
        check_confidence(self.confidence)
        if self.min_failures < 16:
            raise DescriptionError(f"min_failures is {self.min_failures}: at least 16 is allowed")
        if self.max_replications is not None and self.max_replications < 2:
            raise DescriptionError(
                f"max_replications is {self.max_replications}: at least 2 is allowed"
            )


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do next.

    Attributes
    ----------
    stop : bool
        Whether to stop now.
    reached : bool
        Whether the precision asked for was reached.
    relative : float
        The relative precision now; infinite if nothing was seen.
    replications : int
        How many replications, in all, will probably be enough; what there is if `stop`.
    next_look : int
        At how many replications, in all, to ask again.
    reason : str
        In words.
    """

    stop: bool
    reached: bool
    relative: float
    replications: int
    next_look: int
    reason: str


def decide(totals: Totals, rule: StopRule) -> Decision:
    """Stop, or how many replications are still needed.

    Parameters
    ----------
    totals : Totals
        Of all replications so far.
    rule : StopRule
        What was asked for.

    Returns
    -------
    Decision
        The forecast grows with the square of the missing precision and with the missing failures.
    """
    n = totals.moments.n
    relative = _relative(totals, rule.confidence)
    enough = totals.failures >= rule.min_failures
    if enough and relative <= rule.relative:
        words = f"relative precision {relative:.3g} with {totals.failures} failures"
        return Decision(True, True, relative, n, n, words)
    needed = _forecast(totals, rule, relative)
    if rule.max_replications is not None and n >= rule.max_replications:
        words = f"{n} replications are the limit; about {needed} would reach {rule.relative:g}"
        return Decision(True, False, relative, needed, n, words)
    limit = rule.max_replications or needed
    look = min(max(math.ceil(_STEP * n), n + 1, min(needed, 4 * n)), max(limit, n + 1))
    if not enough:
        words = f"{totals.failures} of at least {rule.min_failures} failures seen"
    else:
        words = f"relative precision {relative:.3g}, wanted {rule.relative:g}"
    return Decision(False, False, relative, needed, look, words)


def _relative(totals: Totals, confidence: float) -> float:
    if totals.moments.n < 2 or totals.moments.mean <= 0.0:
        return math.inf
    estimate = totals.estimate(confidence)
    return max(estimate.high - estimate.value, estimate.value - estimate.low) / estimate.value


def _forecast(totals: Totals, rule: StopRule, relative: float) -> int:
    """Replications in all that will probably do; four times as many if nothing was seen."""
    n = max(totals.moments.n, 1)
    if totals.failures == 0 or not np.isfinite(relative):
        return 4 * n
    factor = max((relative / rule.relative) ** 2, rule.min_failures / totals.failures, _STEP)
    return math.ceil(n * factor)
