"""Requests that failed over years, from a sample of the episodes in which faults were active.

Two-phase sampling. Of every episode its time down is known; of some of each kind the requests were
run. What the time down does not explain is estimated kind by kind and added to it (the difference
estimator of survey sampling: Cochran, Sampling Techniques, 3rd ed., section 7.2 with slope 1), so a
kind that merely is an outage costs no accuracy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.measure.estimates import Estimate
from simulator.measure.quantiles import student_quantile

__all__ = ["Episodes", "difference", "unavailability"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """What is known of all episodes, and what was seen of some.

    Parameters
    ----------
    replication, kind : int arrays, shape (n,)
        Of every episode.
    expected : float array, shape (n,)
        Requests that fail if they fail while the system is down, and only then.
    chosen : int array, shape (m,)
        Episodes of which the requests were run.
    failed : float array, shape (m,)
        Requests that failed, beyond those that fail in health.
    replications : int
    requests : float
        Requests in one replication.
    """

    replication: Ints
    kind: Ints
    expected: Floats
    chosen: Ints
    failed: Floats
    replications: int
    requests: float

    def by_kind(self) -> dict[int, tuple[int, int, float, float]]:
        """For each kind: episodes, of which run, mean and variance of failed minus expected."""
        rest = self.failed - self.expected[self.chosen]
        found = {}
        for kind in np.unique(self.kind):
            mine = rest[self.kind[self.chosen] == kind]
            spread = float(mine.var(ddof=1)) if len(mine) > 1 else math.nan
            mean = float(mine.mean()) if len(mine) else math.nan
            found[int(kind)] = (int((self.kind == kind).sum()), len(mine), mean, spread)
        return found

    def totals(self) -> tuple[Floats, float]:
        """Failed requests of each replication, and the variance of their mean from not running all.

        Returns
        -------
        float array, shape (replications,)
        float
        """
        kinds = self.by_kind()
        means = {kind: mean for kind, (_, _, mean, _) in kinds.items()}
        estimate = self.expected + np.array([means[int(k)] for k in self.kind])
        estimate[self.chosen] = self.failed  # what was seen needs no mean; the sum is the same
        per = np.bincount(self.replication, weights=estimate, minlength=self.replications)
        variance = 0.0
        for many, run, _, spread in kinds.values():
            if run < many:
                variance += many * many * (1.0 - run / many) * spread / run
                variance += (many - run) * spread  # a mean put in for an episode has no scatter of its own
        return per.astype(np.float64), variance / self.replications**2


def unavailability(
    episodes: Episodes,
    healthy: Estimate,
    confidence: float = 0.95,
    bound: bool = False,
    known: float | None = None,
) -> Estimate:
    """Share of requests that fail over the years.

    Parameters
    ----------
    episodes : Episodes
    healthy : Estimate
        Share that fails while nothing is wrong.
    confidence : float
    bound : bool
        Episodes were still going on when they were left: the value is a lower bound of the share.
    known : float or None
        Mean share of time down, if it is known exactly: then only what requests add is estimated.

    Returns
    -------
    Estimate
        Clustered by replication, the sampling of episodes and of healthy windows included.
    """
    per, sampling = episodes.totals()
    n = episodes.replications
    if known is not None:  # a control variate with slope 1 and a known mean
        down = np.bincount(episodes.replication, weights=episodes.expected, minlength=n)
        per = per - down + known * episodes.requests
    between = float(per.var(ddof=1)) / n if n > 1 else math.nan
    # The spread between replications is that of estimates; the sampling of episodes comes on top.
    share = float(per.mean()) / episodes.requests
    error = math.sqrt(between + sampling) / episodes.requests
    value, error = share + healthy.value, math.hypot(error, healthy.error)
    beside = ", added to the exact time down" if known is not None else ""
    method = f"{len(episodes.chosen)} of {len(episodes.kind)} episodes run, clustered by replication{beside}"
    half = student_quantile(0.5 + confidence / 2, n - 1) * error
    low, high = max(value - half, 0.0), min(value + half, 1.0)
    if bound:
        return Estimate(value, low, 1.0, confidence, f"{method}; stuck", n, error, side="lower")
    return Estimate(value, low, high, confidence, method, n, error)


def difference(first: Episodes, second: Episodes, confidence: float = 0.95) -> Estimate:
    """What a change of the scenario does to the share that fails in episodes: second minus first.

    Both ran the same episodes on the same luck, so only their differences count.
    """
    change = Episodes(
        second.replication, second.kind, second.expected - first.expected, second.chosen,
        second.failed - first.failed, second.replications, second.requests,
    )  # fmt: skip
    per, sampling = change.totals()
    n = change.replications
    error = math.sqrt(float(per.var(ddof=1)) / n + sampling) / change.requests
    value = float(per.mean()) / change.requests
    half = student_quantile(0.5 + confidence / 2, n - 1) * error
    return Estimate(
        value, value - half, value + half, confidence, "paired on the same episodes", n, error
    )
