"""Loads that reproduce themselves: mean-field equilibria of servers whose callers retry.

All of these are fixed points of an approximation (retries as independent Poisson traffic, or a
fluid), not laws of a finite system; close to a fold a real system leaves them early.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.run.exact.arguments import at_least_zero, positive, steady, whole

__all__ = [
    "RetryEquilibria", "WasteEquilibrium", "collapse_time", "retry_equilibria", "waste_equilibria",
]  # fmt: skip

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RetryEquilibria:
    """Total load at an M/M/1 server whose callers retry on timeout; see :func:`retry_equilibria`.

    Parameters
    ----------
    stable : float
        Attempts per second in the healthy state; NaN above the fold: there is none.
    unstable : float
        Attempts per second above which the load runs away; NaN above the fold, infinite if
        even all attempts of all requests are below the capacity.
    fold : float
        First attempts per second above which there is no healthy state.
    """

    stable: float
    unstable: float
    fold: float


def retry_equilibria(
    *, rate: float, service: float, timeout: float, attempts: int
) -> RetryEquilibria:
    """Fixed points of L = rate (1 + p + ... + p^(m-1)), p = exp(-(mu - L) timeout).

    An attempt at total load L lasts longer than the timeout with probability p as in M/M/1; none is
    cancelled. Good up to about 0.9 of the fold.

    Parameters
    ----------
    rate : float
        First attempts per second.
    service : float
        Mean service time 1 / mu, s.
    timeout : float
        Seconds.
    attempts : int
        m, the first included.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> found = retry_equilibria(rate=5, service=0.1, timeout=1, attempts=5)
    >>> round(found.stable, 5), round(found.unstable, 5), round(found.fold, 3)
    (5.03514, 9.24945, 6.936)
    """
    from scipy.optimize import brentq

    fresh, mu = positive(rate, "rate"), 1.0 / positive(service, "service")
    limit, count = positive(timeout, "timeout"), whole(attempts, "attempts")

    def carried(load: float) -> float:
        """First attempts per second that make this load."""
        return load / float(_powers(load, mu, limit, count).sum())

    def growth(load: float) -> float:
        terms = _powers(load, mu, limit, count)
        return 1.0 - load * limit * float(terms @ np.arange(count)) / float(terms.sum())

    top = brentq(growth, 1e-12 * mu, mu, xtol=1e-15 * mu, rtol=1e-15) if growth(mu) < 0 else mu
    fold = carried(top)
    if fresh > fold or (top == mu and fresh >= fold):
        return RetryEquilibria(math.nan, math.nan, fold)
    off = {"xtol": 1e-15 * mu, "rtol": 1e-15}
    stable = brentq(lambda load: carried(load) - fresh, fresh * (1.0 - 1e-12), top, **off)
    if carried(mu) >= fresh:
        return RetryEquilibria(stable, math.inf, fold)
    return RetryEquilibria(stable, brentq(lambda load: carried(load) - fresh, top, mu, **off), fold)


def _powers(load: float, mu: float, timeout: float, attempts: int) -> Floats:
    """1, p, ... p^(m-1): the share of requests that make each attempt."""
    powers: Floats = np.exp(-np.arange(attempts) * (mu - load) * timeout)
    return powers


def collapse_time(*, rate: float, service: float, timeout: float) -> float:
    """Mean seconds until chance alone fills an M/M/1 queue to ceil(timeout / service) requests.

    From empty; a rough life of the healthy state of a server whose callers retry (simulated lives
    are 0.6 to 1.2 of it): from there on what comes in is answered too late.

    Parameters
    ----------
    rate : float
        Attempts per second.
    service : float
        Mean service time, s.
    timeout : float
        Seconds.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    arrivals, mean = positive(rate, "rate"), positive(service, "service")
    full = math.ceil(positive(timeout, "timeout") / mean * (1.0 - 1e-12))
    total = step = 0.0
    for _ in range(full):  # mean time from k to k + 1 requests: one wait, or down and up again
        step = 1.0 / arrivals + step / (mean * arrivals)
        total += step
    return total


@dataclass(frozen=True, slots=True)
class WasteEquilibrium:
    """A share of failed attempts that keeps the server just busy.

    Parameters
    ----------
    failing : float
        Probability that an attempt fails.
    stable : bool
        Whether the system comes back to it; the others are edges between two states.
    """

    failing: float
    stable: bool


def waste_equilibria(
    *, rate: float, capacity: float, attempts: int, wasted: float
) -> tuple[WasteEquilibrium, ...]:
    """Where (1 - q^m) + h (q + ... + q^m) = capacity / rate, with both ends of q from 0 to 1.

    q is the probability that an attempt fails and h the work of a failed one. 0 is the healthy
    state; 1 is the collapse and there only if h m rate is above the capacity; a stable one in
    between is degraded but alive.

    Parameters
    ----------
    rate, capacity, attempts, wasted
        As in :func:`~simulator.run.exact.storms.retry_storm`.

    Returns
    -------
    tuple of WasteEquilibrium
        In increasing order of `failing`.

    Raises
    ------
    DescriptionError
        For an argument out of range, or `rate` not below `capacity`.

    Examples
    --------
    >>> found = waste_equilibria(rate=0.8, capacity=1.0, attempts=4, wasted=0.3)
    >>> [(round(e.failing, 3), e.stable) for e in found]
    [(0.0, True), (0.57, False), (0.94, True)]
    """
    from scipy.optimize import brentq

    load = steady(positive(rate, "rate"), positive(capacity, "capacity"), "rate")
    m, h = whole(attempts, "attempts"), at_least_zero(wasted, "wasted")
    turns = _turns(m, h)

    def surplus(q: float) -> float:
        return 1.0 - q**m + h * math.fsum(q**k for k in range(1, m + 1)) - 1.0 / load

    found = [WasteEquilibrium(0.0, True)]
    for low, high in itertools.pairwise(turns):
        if surplus(low) * surplus(high) < 0:
            root = float(brentq(surplus, low, high, xtol=1e-15, rtol=1e-15))
            found.append(WasteEquilibrium(root, surplus(low) > 0))
    if surplus(1.0) > 0:
        found.append(WasteEquilibrium(1.0, True))
    return tuple(found)


def _turns(m: int, h: float) -> list[float]:
    """0, the place where the demand is largest (if there is one within), and 1.

    Its slope h (1 + 2 q + ... + m q^(m-1)) - m q^(m-1) changes sign at most once: divided by
    q^(m-1) it falls.
    """
    from scipy.optimize import brentq

    def slope(q: float) -> float:
        return h * math.fsum(k * q ** (k - 1) for k in range(1, m + 1)) - m * q ** (m - 1)

    if slope(0.0) <= 0 or slope(1.0) >= 0:
        return [0.0, 1.0]
    return [0.0, float(brentq(slope, 0.0, 1.0, xtol=1e-15, rtol=1e-15)), 1.0]
