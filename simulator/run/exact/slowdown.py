"""Servers that get slower the more they have to do: garbage collection, locks, linear latency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError
from simulator.run.exact.arguments import positive, whole

__all__ = ["FallingCapacity", "LatencyLimits", "falling_capacity", "linear_latency_limits"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LatencyLimits:
    """Loads that a server whose latency grows with its work can carry, requests per second.

    Parameters
    ----------
    advertised : float
        Above it there is no healthy state.
    hidden : float
        Below it the failed state, in which all attempts are made, heals.
    """

    advertised: float
    hidden: float


def linear_latency_limits(
    *, base: float, per_request: float, timeout: float, attempts: int
) -> LatencyLimits:
    """Latency base + per_request * (requests in flight): at load L it is base / (1 - per_request L).

    Parameters
    ----------
    base, per_request : float
        Seconds.
    timeout : float
        Seconds a caller gives the server (less the way there and back), above `base`.
    attempts : int
        The first included.

    Returns
    -------
    LatencyLimits
        Mean field: what still succeeds in the failed state lifts the hidden limit a little.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> found = linear_latency_limits(base=1, per_request=0.01, timeout=2.8, attempts=3)
    >>> round(found.advertised, 1), round(found.hidden, 1)
    (64.3, 21.4)
    """
    start, slope, limit = (
        positive(base, "base"), positive(per_request, "per_request"), positive(timeout, "timeout"),
    )  # fmt: skip
    if limit <= start:
        raise DescriptionError(f"{timeout!r} is not above the base latency {base!r}", "timeout")
    most = (1.0 - start / limit) / slope
    return LatencyLimits(most, most / whole(attempts, "attempts"))


@dataclass(frozen=True, slots=True)
class FallingCapacity:
    """A server that gets slower the more it has in flight, at one load.

    Parameters
    ----------
    healthy : int or None
        Fewest requests in flight at which it keeps up; None: never.
    tips : int or None
        Requests in flight above the healthy state from which on it falls behind; None: it does not.
    heals : bool
        Whether it comes back from any backlog although all attempts are made.
    """

    healthy: int | None
    tips: int | None
    heals: bool


def falling_capacity(
    *, rate: float, capacity: Sequence[float] | Floats, attempts: int = 1
) -> FallingCapacity:
    """Healthy and tipping point of a capacity that depends on the number in flight (fluid).

    Parameters
    ----------
    rate : float
        First attempts per second.
    capacity : sequence of float, shape (n,)
        Requests served per second with 1, 2, ... n in flight; the last holds for more.
    attempts : int
        Attempts that every request makes in the failed state.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    fresh, m = positive(rate, "rate"), whole(attempts, "attempts")
    curve = np.asarray(capacity, dtype=np.float64)
    if curve.ndim != 1 or not curve.size or not (np.isfinite(curve) & (curve >= 0)).all():
        raise DescriptionError("a row of numbers of at least 0 is needed", "capacity")
    enough = np.flatnonzero(curve >= fresh)
    if not enough.size:
        return FallingCapacity(None, None, False)
    first = int(enough[0])
    short = np.flatnonzero(curve[first:] < fresh)
    tips = int(short[0]) + first + 1 if short.size else None
    return FallingCapacity(first + 1, tips, bool(m * fresh < curve[first:].min()))
