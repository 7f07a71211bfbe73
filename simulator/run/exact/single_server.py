"""One server and Poisson arrivals: the mean wait for any law of service, the tail for a constant one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulator.errors import NotSupported
from simulator.run.exact.arguments import at_least_zero, positive, steady

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = ["SingleServer", "md1_wait_tail", "mg1"]

Floats = npt.NDArray[np.float64]

_MOST_SERVICES = 20_000
_BAND = 200  # more arrivals in one service than this: below 1e-200 for a load below 1


@dataclass(frozen=True, slots=True)
class SingleServer:
    """M/G/1 in equilibrium, first come first served.

    Parameters
    ----------
    rate : float
        Arrivals per second.
    service : float
        Mean service time, s.
    utilisation : float
        Share of time that the server is busy.
    mean_wait : float
        Mean time in the queue, s.
    """

    rate: float
    service: float
    utilisation: float
    mean_wait: float

    @property
    def mean_time(self) -> float:
        """Mean time from arrival to departure, s."""
        return self.mean_wait + self.service

    @property
    def mean_waiting(self) -> float:
        """Mean number in the queue (Little)."""
        return self.rate * self.mean_wait

    @property
    def mean_number(self) -> float:
        """Mean number in the system (Little)."""
        return self.rate * self.mean_time


def mg1(*, rate: float, service: Distribution) -> SingleServer:
    """M/G/1: Poisson arrivals, one server, any law of service (Pollaczek and Khinchine 1930-32).

    Parameters
    ----------
    rate : float
        Arrivals per second, at least 0.
    service : Distribution
        Service time, s; a Mixture of Deterministic times is the bimodal case.

    Returns
    -------
    SingleServer
        Its wait is infinite if the service has no finite variance.

    Raises
    ------
    DescriptionError
        For a negative rate, or arrivals at or above the capacity.

    Examples
    --------
    >>> from simulator import Deterministic
    >>> round(mg1(rate=0.8, service=Deterministic(1.0)).mean_wait, 9)
    2.0
    """
    arrivals, mean = at_least_zero(rate, "rate"), positive(service.mean(), "service")
    used = steady(arrivals * mean, 1.0, "rate")
    square = service.variance() + mean * mean
    wait = arrivals * square / (2.0 * (1.0 - used)) if arrivals else 0.0
    return SingleServer(arrivals, mean, used, wait)


def md1_wait_tail(*, rate: float, service: float, t: float) -> float:
    """P(wait > t) in M/D/1, constant service; small values keep their digits.

    With t in [(k-1) D, k D) a request waits longer than t iff the queue it finds and the arrivals in
    k D - t together are at least k; all terms are positive (Franx 2001).

    Parameters
    ----------
    rate : float
        Arrivals per second, at least 0.
    service : float
        Constant service time D, s.
    t : float
        Seconds, at least 0.

    Raises
    ------
    DescriptionError
        For an argument out of range, or arrivals at or above the capacity.
    NotSupported
        If `t` is more than 20,000 services.
    """
    from scipy.special import gammainc, gammaln

    arrivals, length = at_least_zero(rate, "rate"), positive(service, "service")
    load, at = steady(arrivals * length, 1.0, "rate"), at_least_zero(t, "t") / length
    if at > _MOST_SERVICES:
        raise NotSupported(f"a wait of {at:.3g} services", "exact", f"up to {_MOST_SERVICES}")
    if load == 0.0:
        return 0.0
    k = math.floor(at) + 1
    late = load * (k - at)
    j = np.arange(k)
    arrived = np.exp(j * math.log(late) - late - gammaln(j + 1))
    queued = _md1_queue_tail(load, k)
    return float(arrived @ queued[k - 1 - j]) + float(gammainc(k, late))


def _md1_queue_tail(load: float, size: int) -> Floats:
    """P(more than n wait), n = 0 ... size - 1; beyond the last state the tail is geometric."""
    from scipy.optimize import brentq

    number = _md1_number(load, size + 60)
    low = top = 1.0 / load - 1.0
    while load * top <= math.log1p(top):
        top *= 2.0
    more = brentq(lambda y: load * y - math.log1p(y), low, top, xtol=1e-16, rtol=1e-15)
    beyond = number[-1] / more  # from there on each state has 1 / (1 + more) of the one before
    tail = np.cumsum(number[::-1])[::-1] + beyond  # P(number >= n)
    return np.asarray(tail[2 : size + 2], dtype=np.float64)


def _md1_number(load: float, size: int) -> Floats:
    """P(n in the system), n = 0 ... size, by the flow over the cut between n and n + 1."""
    from scipy.special import gammainc

    more = gammainc(np.arange(1, min(_BAND, size) + 2), load)  # P(more than 0, 1, ... arrive)
    p = np.zeros(size + 1)
    p[0] = 1.0 - load
    for n in range(size):
        first = max(1, n + 2 - more.size)
        inner = p[first : n + 1] @ more[n + 1 - np.arange(first, n + 1)]
        outer = more[n] if n < more.size else 0.0
        p[n + 1] = (p[0] * outer + inner) * math.exp(load)
    return p
