"""Queues of many servers with Poisson arrivals and exponential service, in the long run.

Erlang's loss and delay formulas (1917), M/M/c and M/M/c/K. Nothing is subtracted where digits matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.run.exact.arguments import at_least_zero, positive, share, steady, whole

__all__ = ["BoundedQueue", "ManyServers", "birth_death", "erlang_b", "erlang_c", "mmc", "mmck"]

Floats = npt.NDArray[np.float64]

_MOST_PLACES = 5_000_000


def erlang_b(servers: int, offered: float) -> float:
    """Probability that a request finds all servers busy and is lost (M/G/c/c).

    Parameters
    ----------
    servers : int
        At least 1; there is no place to wait.
    offered : float
        Arrival rate times mean service time (Erlang, no unit), at least 0.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> round(erlang_b(25, 20.0), 9)
    0.050221778
    """
    count, load = whole(servers, "servers"), at_least_zero(offered, "offered")
    blocked = 1.0
    for n in range(1, count + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """Probability that a request has to wait (M/M/c); parameters as in :func:`erlang_b`.

    Raises
    ------
    DescriptionError
        For an argument out of range, or `offered` not below `servers`.
    """
    used = steady(at_least_zero(offered, "offered"), whole(servers, "servers"), "offered")
    blocked = erlang_b(servers, offered)
    return blocked / (1.0 - used + used * blocked)


@dataclass(frozen=True, slots=True)
class ManyServers:
    """M/M/c in equilibrium, first come first served; see :func:`mmc`.

    Parameters
    ----------
    rate : float
        Arrivals per second.
    service : float
        Mean service time, s.
    servers : int
    waits : float
        Probability that a request has to wait.
    """

    rate: float
    service: float
    servers: int
    waits: float

    @property
    def utilisation(self) -> float:
        """Share of time that a server is busy."""
        return self.rate * self.service / self.servers

    @property
    def spare(self) -> float:
        """Capacity less arrivals, per second."""
        return self.servers / self.service - self.rate

    @property
    def mean_wait(self) -> float:
        """Mean time in the queue, s."""
        return self.waits / self.spare

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
        """Mean number in queue and service (Little)."""
        return self.rate * self.mean_time

    def wait_tail(self, t: float) -> float:
        """Probability to wait longer than `t` seconds."""
        return self.waits * math.exp(-self.spare * at_least_zero(t, "t"))

    def wait_quantile(self, p: float) -> float:
        """Seconds within which a share `p` of the requests is in service."""
        left = 1.0 - share(p, "p", below_one=True)
        return max(math.log(self.waits / left) / self.spare, 0.0) if self.waits else 0.0

    def time_tail(self, t: float) -> float:
        """Probability that wait and service together last longer than `t` seconds."""
        at = at_least_zero(t, "t")
        own = math.exp(-at / self.service)
        gap = (1.0 / self.service - self.spare) * at
        grown = -math.expm1(-gap) / gap if gap else 1.0
        return own + self.waits * at / self.service * math.exp(-self.spare * at) * grown

    def time_quantile(self, p: float) -> float:
        """Seconds within which a share `p` of the requests has been served."""
        from scipy.optimize import brentq

        left = 1.0 - share(p, "p", below_one=True)
        if left == 1.0:
            return 0.0
        end = self.mean_time
        while self.time_tail(end) > left:
            end *= 2.0
        found = brentq(
            lambda t: math.log(self.time_tail(t) / left), 0.0, end, xtol=1e-14 * end, rtol=1e-15
        )
        return float(found)


def mmc(*, rate: float, service: float, servers: int = 1) -> ManyServers:
    """M/M/c: Poisson arrivals, exponential service, one queue before `servers` servers.

    Parameters
    ----------
    rate : float
        Arrivals per second, at least 0.
    service : float
        Mean service time, s.
    servers : int

    Raises
    ------
    DescriptionError
        For an argument out of range, or arrivals at or above the capacity.

    Examples
    --------
    >>> round(mmc(rate=32, service=0.1, servers=4).mean_wait, 5)
    0.07455
    """
    arrivals, mean, count = (
        at_least_zero(rate, "rate"),
        positive(service, "service"),
        whole(servers, "servers"),
    )
    steady(arrivals * mean, count, "rate")
    return ManyServers(arrivals, mean, count, erlang_c(count, arrivals * mean))


@dataclass(frozen=True, slots=True)
class BoundedQueue:
    """M/M/c/K in equilibrium; see :func:`mmck`.

    Parameters
    ----------
    loss : float
        Share of the arrivals that find no place.
    throughput : float
        Accepted requests per second.
    mean_number, mean_waiting : float
        Mean number in the system and in the queue.
    mean_time, mean_wait : float
        Mean seconds in the system and in the queue, of the accepted requests.
    utilisation : float
        Share of time that a server is busy.
    shares : tuple of float
        Share of time with 0, 1, ... K requests in the system.
    """

    loss: float
    throughput: float
    mean_number: float
    mean_waiting: float
    mean_time: float
    mean_wait: float
    utilisation: float
    shares: tuple[float, ...]


def mmck(*, rate: float, service: float, servers: int = 1, places: int) -> BoundedQueue:
    """M/M/c/K: as M/M/c, but at most `places` requests in the system; more are lost.

    Parameters
    ----------
    rate, service, servers
        As in :func:`mmc`; the load may be above the capacity, `rate` is above 0.
    places : int
        Places in queue *and* service, at least `servers`.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    """
    arrivals, mean, count = (
        positive(rate, "rate"),
        positive(service, "service"),
        whole(servers, "servers"),
    )
    room = whole(places, "places", count, _MOST_PLACES)
    n = np.arange(room + 1)
    shares = birth_death(np.full(room, arrivals), np.minimum(n[1:], count) / mean)
    number, waiting = float(n @ shares), float(np.maximum(n - count, 0) @ shares)
    taken = arrivals * float(shares[:-1].sum())
    return BoundedQueue(
        loss=float(shares[-1]), throughput=taken, mean_number=number, mean_waiting=waiting,
        mean_time=number / taken, mean_wait=waiting / taken, utilisation=taken * mean / count,
        shares=tuple(shares.tolist()),
    )  # fmt: skip


def birth_death(births: Floats, deaths: Floats) -> Floats:
    """Long-run shares of 0, 1, ... n: products of birth over death, in logarithms.

    Parameters
    ----------
    births, deaths : float array, shape (n,)
        Rates from k to k + 1 and from k + 1 to k, per second, above 0.

    Returns
    -------
    float array, shape (n + 1,)
    """
    logs = np.concatenate([[0.0], np.cumsum(np.log(births) - np.log(deaths))])
    weights = np.exp(logs - logs.max())
    shares: Floats = weights / weights.sum()
    return shares
