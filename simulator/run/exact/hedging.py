"""Copies of a request sent late (hedges), and requests that wait for the slowest of many calls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.run.exact.arguments import at_least_zero, share, whole

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = ["fan_out_quantile", "fan_out_slow", "hedge_copies", "hedged_quantile", "hedged_tail"]


def hedged_tail(latency: Distribution, *, after: float, t: float, copies: int = 2) -> float:
    """P(no answer within `t`) when a further copy is sent every `after` seconds without an answer.

    Copies are independent, so it is the product of their survivals (Dean and Barroso 2013).

    Parameters
    ----------
    latency : Distribution
        Of one copy, s.
    after : float
        Seconds between copies, at least 0; 0 = all at once.
    t : float
        Seconds since the first was sent.
    copies : int
        At most, the first included.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> from simulator import Exponential
    >>> round(hedged_tail(Exponential(1.0), after=1.0, t=3.0), 9)
    0.006737947
    """
    wait, at = at_least_zero(after, "after"), at_least_zero(t, "t")
    consumed = [
        latency.cumulative_hazard(at - k * wait)
        for k in range(whole(copies, "copies"))
        if at >= k * wait
    ]
    return math.exp(-math.fsum(consumed)) if all(map(math.isfinite, consumed)) else 0.0


def hedged_quantile(latency: Distribution, *, after: float, p: float, copies: int = 2) -> float:
    """Seconds within which a share `p` of hedged requests is answered; see :func:`hedged_tail`.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    left = 1.0 - share(p, "p", below_one=True)
    high = latency.quantile(p)
    if not math.isfinite(high):
        return math.inf
    low = 0.0
    for _ in range(200):  # halving: a latency with jumps has no root to find
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if hedged_tail(latency, after=after, t=middle, copies=copies) > left:
            low = middle
        else:
            high = middle
    return high


def hedge_copies(latency: Distribution, *, after: float, copies: int = 2) -> float:
    """Mean copies sent for each request: 1 and the chance of no answer by the time of each further one.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    wait, count = at_least_zero(after, "after"), whole(copies, "copies")
    sent = [hedged_tail(latency, after=wait, t=k * wait, copies=k) for k in range(1, count)]
    return 1.0 + math.fsum(sent)


def fan_out_slow(calls: int, slow: float) -> float:
    """P(at least one of `calls` independent calls is slow), each with probability `slow`.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> round(fan_out_slow(100, 0.01), 4)
    0.634
    """
    count, chance = whole(calls, "calls"), share(slow, "slow")
    return 1.0 if chance == 1.0 else -math.expm1(count * math.log1p(-chance))


def fan_out_quantile(latency: Distribution, *, calls: int, p: float) -> float:
    """Seconds within which a share `p` of requests has all of its independent `calls` answered.

    Parameters
    ----------
    latency : Distribution
        Of one call, s.
    calls : int
    p : float
        Share from 0 to below 1.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    count, wanted = whole(calls, "calls"), share(p, "p", below_one=True)
    if wanted == 0.0:
        return latency.quantile(0.0)
    one_slow = -math.expm1(math.log(wanted) / count)
    return latency.time_at_hazard(-math.log(one_slow))
