"""An empty cache in front of an origin that can only bring so many entries per second.

Fluid limit. A virtual clock tau counts the requests that would have been made if every miss could be
served. After tau requests, the missing share is M = sum p exp(-p tau) and N = sum 1 - exp(-p tau)
keys are cached. While misses exceed what the origin takes, its limit sets the pace: N / limit
seconds have passed; after that the two clocks run alike. Nothing is evicted; misses beyond the limit
are dropped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError
from simulator.run.exact.arguments import at_least_zero, positive, probabilities, share

__all__ = ["Rewarming", "rewarm_hit_ratio", "rewarm_time"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rewarming:
    """When a cold cache is warm enough.

    Parameters
    ----------
    seconds : float
        Time from empty to the hit ratio asked for.
    keys : float
        Entries cached by then.
    requests : float
        Requests that an origin without limit would have needed for it.
    origin_limited : bool
        Whether the origin is still at its limit then.
    """

    seconds: float
    keys: float
    requests: float
    origin_limited: bool


def rewarm_time(
    popularity: Sequence[float] | Floats, *, rate: float, origin_limit: float, hit_ratio: float
) -> Rewarming:
    """Time until a cold cache reaches `hit_ratio`; a fluid limit, a few percent off for few keys.

    Parameters
    ----------
    popularity : sequence of float, shape (keys,)
        Probability that a request asks for each key.
    rate : float
        Requests per second.
    origin_limit : float
        Entries per second that the origin can bring.
    hit_ratio : float
        Share from 0 to below 1.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> round(rewarm_time([0.5, 0.5], rate=10, origin_limit=1, hit_ratio=0.5).seconds, 9)
    1.0
    """
    p, asked, limit = _checked(popularity, rate, origin_limit)
    wanted = share(hit_ratio, "hit_ratio", below_one=True)
    tau = _solve(lambda x: _missing(p, x) - (1.0 - wanted), p)
    free = _pace_ends(p, asked, limit)
    if tau <= free:
        return Rewarming(_cached(p, tau) / limit, _cached(p, tau), tau, origin_limited=tau < free)
    seconds = _cached(p, free) / limit + (tau - free) / asked
    return Rewarming(seconds, _cached(p, tau), tau, origin_limited=False)


def rewarm_hit_ratio(
    popularity: Sequence[float] | Floats, *, rate: float, origin_limit: float, at: float
) -> float:
    """Hit ratio `at` seconds after the cache was emptied; the rest as in :func:`rewarm_time`.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    p, asked, limit = _checked(popularity, rate, origin_limit)
    now = at_least_zero(at, "at")
    free = _pace_ends(p, asked, limit)
    paced = _cached(p, free) / limit
    if now >= paced:
        return 1.0 - _missing(p, free + (now - paced) * asked)
    return 1.0 - _missing(p, _solve(lambda x: limit * now - _cached(p, x), p))


def _checked(
    popularity: Sequence[float] | Floats, rate: float, origin_limit: float
) -> tuple[Floats, float, float]:
    p = probabilities(popularity, "popularity")
    if not p.size:
        raise DescriptionError("no key is ever asked for", "popularity")
    return p, positive(rate, "rate"), positive(origin_limit, "origin_limit")


def _missing(p: Floats, tau: float) -> float:
    return float(p @ np.exp(-p * tau))


def _cached(p: Floats, tau: float) -> float:
    return float(-np.expm1(-p * tau).sum())


def _pace_ends(p: Floats, rate: float, limit: float) -> float:
    """Virtual time at which misses come down to what the origin takes; 0 if they never exceed it."""
    if rate <= limit:
        return 0.0
    return _solve(lambda x: rate * _missing(p, x) - limit, p)


def _solve(falling: Callable[[float], float], p: Floats) -> float:
    """Where a falling function of virtual time, not negative at 0, is zero."""
    from scipy.optimize import brentq

    if falling(0.0) <= 0.0:
        return 0.0
    high = 1.0 / float(p.max())
    while falling(high) > 0.0:
        high *= 4.0
    low = high / 4.0 if falling(high / 4.0) > 0.0 else high * 1e-12
    root = brentq(
        lambda x: falling(math.exp(x)), math.log(low), math.log(high), xtol=1e-14, rtol=1e-14
    )
    return math.exp(root)
