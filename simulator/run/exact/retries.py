"""What retries cost and what they buy while attempts fail independently: counts and latencies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import DescriptionError
from simulator.run.exact.arguments import at_least_zero, positive, share, whole

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = ["Amplification", "RetryLatency", "retry_amplification", "retry_latency"]

_LEVELS = np.concatenate([np.geomspace(1e-18, 0.5, 25), np.linspace(1.0, 40.0, 27)])


@dataclass(frozen=True, slots=True)
class Amplification:
    """Calls at the bottom of a stack of callers that all retry.

    Parameters
    ----------
    calls : float
        Mean calls to the lowest callee for each request at the top.
    failure : float
        Probability that the request at the top fails all the same.
    attempts : tuple of float
        Mean attempts for each call, lowest layer first; their product is `calls`.
    """

    calls: float
    failure: float
    attempts: tuple[float, ...]


def retry_amplification(
    *, failure: float, attempts: int | Sequence[int], layers: int | None = None
) -> Amplification:
    """Attempts pile up as a product over the layers: m^layers when nothing below answers.

    Parameters
    ----------
    failure : float
        Probability that an attempt at the lowest callee fails, each independently.
    attempts : int or sequence of int
        Attempts at most, the first included: of every layer, or of each, lowest first.
    layers : int, optional
        How many callers stand above each other, if `attempts` is one number; default 1.

    Raises
    ------
    DescriptionError
        For an argument out of range, or `layers` that is not the number of `attempts`.

    Examples
    --------
    >>> retry_amplification(failure=1.0, attempts=3, layers=5).calls
    243.0
    """
    failing, each = share(failure, "failure"), []
    for count in _per_layer(attempts, layers):
        each.append(math.fsum(failing**k for k in range(count)))
        failing = failing**count
    return Amplification(math.prod(each), failing, tuple(each))


def _per_layer(attempts: int | Sequence[int], layers: int | None) -> list[int]:
    if isinstance(attempts, int | float):
        return [whole(attempts, "attempts", 1, 10_000)] * whole(
            1 if layers is None else layers, "layers"
        )
    counts = [whole(m, f"attempts[{i}]", 1, 10_000) for i, m in enumerate(attempts)]
    if not counts or (layers is not None and layers != len(counts)):
        raise DescriptionError(
            f"{len(counts)} numbers of attempts for {layers!r} layers", "attempts"
        )
    return counts


@dataclass(frozen=True, slots=True)
class RetryLatency:
    """Latency of a request whose attempts are given up after a timeout; see :func:`retry_latency`.

    Parameters
    ----------
    latency : Distribution
        Of an attempt, s.
    timeout, pause : float
        Seconds.
    attempts : int
    in_time : float
        Probability that an attempt answers in time.
    success : float
        Probability that one of them does.
    mean_attempts : float
    mean_given_success : float
        Mean seconds from the first sending to the answer that is taken.
    """

    latency: Distribution
    timeout: float
    pause: float
    attempts: int
    in_time: float
    success: float
    mean_attempts: float
    mean_given_success: float

    def tail(self, t: float) -> float:
        """P(latency > `t` seconds), given success."""
        at, period = at_least_zero(t, "t"), self.timeout + self.pause
        late = 0.0
        for k in range(self.attempts):
            since = at - k * period
            left = (
                self.in_time
                if since < 0
                else self.latency.cdf(self.timeout) - self.latency.cdf(since)
            )
            late += (1.0 - self.in_time) ** k * max(left, 0.0)
        return late / self.success


def retry_latency(
    latency: Distribution, *, timeout: float, attempts: int, pause: float = 0.0
) -> RetryLatency:
    """Latency of a request: each attempt independent, given up and ignored after the timeout.

    Parameters
    ----------
    latency : Distribution
        Time of an attempt to its answer, s.
    timeout : float
        Seconds; an answer exactly then counts.
    attempts : int
        At most, the first included.
    pause : float
        Seconds between giving up and the next attempt.

    Raises
    ------
    DescriptionError
        For an argument out of range, or if no attempt ever answers in time.

    Examples
    --------
    >>> from simulator import Exponential
    >>> round(retry_latency(Exponential(1.0), timeout=2, attempts=3).mean_given_success, 9)
    0.98509053
    """
    limit, wait = positive(timeout, "timeout"), at_least_zero(pause, "pause")
    count, late = whole(attempts, "attempts", 1, 100_000), latency.survival(limit)
    in_time = latency.cdf(limit)
    if in_time == 0.0:
        raise DescriptionError(
            f"{latency.describe()} never answers within {timeout!r} s", "timeout"
        )
    missed = late ** np.arange(count)
    total = float(missed.sum())
    lost = float(missed @ np.arange(count)) / total * (limit + wait)
    answer = (_up_to(latency, limit) - limit * late) / in_time
    return RetryLatency(latency, limit, wait, count, in_time, in_time * total, total, lost + answer)


def _up_to(latency: Distribution, limit: float) -> float:
    """Mean of the time of an attempt or the timeout, whichever is first: integral of the survival.

    Panels end at quantiles, so that a jump lies on an edge.
    """
    from simulator.describe.distributions.moments import integral

    ends = latency.time_at_hazard(_LEVELS)
    inner = np.unique(ends[(ends > limit * 1e-15) & (ends < limit)])
    edges = np.concatenate([[limit * 1e-15], inner, [limit]])
    return float(edges[0]) + integral(latency.survival, edges)
