"""Circuit breakers whose calls fail independently: how soon they open, how long they stay open."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import NotSupported
from simulator.run.exact.arguments import positive, share, whole

__all__ = [
    "BreakerCycle", "breaker_cycle", "calls_to_consecutive_failures", "calls_to_full_window",
    "first_window_trip",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

_WIDEST = 20


def calls_to_consecutive_failures(*, failure: float, failures: int) -> float:
    """Mean calls until so many have failed in a row, from a fresh start: (p^-n - 1) / (1 - p).

    Parameters
    ----------
    failure : float
        p, probability that a call fails.
    failures : int
        n.

    Returns
    -------
    float
        Infinite if no call fails, or above the range of floating-point numbers.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> calls_to_consecutive_failures(failure=0.5, failures=5)
    62.0
    """
    p, n = share(failure, "failure"), whole(failures, "failures", 1, 1_000_000)
    if p == 1.0:
        return float(n)
    if p == 0.0 or -n * math.log(p) > 700.0:
        return math.inf
    if n > 64:
        return math.expm1(-n * math.log(p)) / (1.0 - p)
    return math.fsum(p**-k for k in range(1, n + 1))


@dataclass(frozen=True, slots=True)
class BreakerCycle:
    """Long-run shares of time of a breaker; see :func:`breaker_cycle`.

    Parameters
    ----------
    closed, open, half_open : float
        Shares of time; they sum to 1.
    trips : float
        Changes from closed to open per second.
    """

    closed: float
    open: float
    half_open: float
    trips: float


def breaker_cycle(
    *, failure: float, failures: int, rate: float, open_for: float, probes: int = 1
) -> BreakerCycle:
    """A breaker that opens at consecutive failures and closes after straight successful probes.

    Closed until `failures` in a row; open for `open_for`, everything rejected; then calls are
    probes, one at a time: a failing one opens it again, `probes` successes in a row close it.
    Renewal-reward over the cycle from closed to closed.

    Parameters
    ----------
    failure : float
        Probability that a call or probe fails, in every state.
    failures : int
        In a row, to open.
    rate : float
        Calls per second while closed, and probes per second while half open.
    open_for : float
        Seconds.
    probes : int
        In a row, to close.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> cycle = breaker_cycle(failure=0.2, failures=5, rate=10, open_for=30, probes=3)
    >>> round(cycle.open, 9)
    0.130332783
    """
    p, calls = share(failure, "failure"), positive(rate, "rate")
    pause, straight = positive(open_for, "open_for"), whole(probes, "probes")
    to_open = calls_to_consecutive_failures(failure=p, failures=failures)
    if math.isinf(to_open):
        return BreakerCycle(1.0, 0.0, 0.0, 0.0)
    closes = (1.0 - p) ** straight
    probing = math.fsum((1.0 - p) ** k for k in range(straight)) / calls
    closed = closes * to_open / calls  # each part of the cycle times the chance that it closes
    cycle = closed + pause + probing
    return BreakerCycle(closed / cycle, pause / cycle, probing / cycle, closes / cycle)


def calls_to_full_window(*, failure: float, window: int, threshold: int) -> float:
    """Mean calls until a full window of the last calls holds at least `threshold` failures.

    From an empty window, which is not judged before it is full; the chain of its 2^window contents.
    What leaves the chain is added up, never subtracted, so rare trips keep their digits; once the
    share that leaves settles, the rest is a geometric series.

    Parameters
    ----------
    failure : float
        Probability that a call fails.
    window : int
        Calls, up to 20.
    threshold : int
        Failures, from 1 to `window`.

    Returns
    -------
    float
        Infinite if no call fails.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    NotSupported
        If a trip is too rare for floating-point numbers.

    Examples
    --------
    >>> round(calls_to_full_window(failure=0.2, window=10, threshold=5), 6)
    117.770201
    """
    p, n = share(failure, "failure"), whole(window, "window", 1, _WIDEST)
    k = whole(threshold, "threshold", 1, n)
    if p == 0.0:
        return math.inf
    contents = np.arange(2**n)
    count = np.bitwise_count(contents)
    chance = p ** count.astype(float) * (1.0 - p) ** (n - count.astype(float))
    trips = count >= k
    alive, calls, settled, before = 1.0, float(n), 0, 0.0
    while True:
        leaves = float(chance[trips].sum())
        chance[trips] = 0.0
        stays = float(chance.sum())
        if stays == 0.0:
            return calls
        alive *= stays  # the chances are kept scaled to 1, so a share of them leaves at each call
        settled = settled + 1 if abs(leaves - before) <= 1e-14 * leaves else 0
        if settled >= n and not leaves:
            raise NotSupported("a trip of a chance below 1e-300", "exact", "it does not happen")
        if settled >= n:
            return calls + alive / leaves
        if alive < 1e-18 * calls:
            return calls
        calls, before, chance = calls + alive, leaves, _next(chance / stays, p)


def _next(chance: Floats, p: float) -> Floats:
    """One more call: the oldest (highest) bit leaves, the others move up, the new one comes in."""
    kept = chance.reshape(2, -1).sum(axis=0)
    return np.stack([kept * (1.0 - p), kept * p], axis=1).ravel()


def first_window_trip(*, failure: float, calls: int, ratio: float) -> float:
    """P(a breaker opens at its first evaluation): at least a share `ratio` of `calls` failed.

    Parameters
    ----------
    failure : float
        Probability that a call fails, each independently.
    calls : int
        Calls in the window when it is first judged.
    ratio : float
        Share of failures at or above which it opens, above 0.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> round(first_window_trip(failure=0.4, calls=20, ratio=0.5), 3)
    0.245
    """
    from scipy.special import betainc

    p, n = share(failure, "failure"), whole(calls, "calls")
    positive(ratio, "ratio")
    least = max(math.ceil(share(ratio, "ratio") * n - 1e-9), 1)  # 0.07 * 100 is 7.000000000000001
    return float(betainc(least, n - least + 1, p))
