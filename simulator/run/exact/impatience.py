"""Customers who leave when they have waited too long: with random patience, or all alike.

Erlang A (Palm 1943; Garnett, Mandelbaum and Reiman 2002) and M/M/1 with a fixed limit on the wait
(Barrer 1957).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.arguments import at_least_zero, positive, whole
from simulator.run.exact.queues import birth_death

__all__ = ["ImpatientQueue", "erlang_a", "fixed_patience_loss"]

_MOST_PLACES = 5_000_000
_NEGLIGIBLE = 1e-22


@dataclass(frozen=True, slots=True)
class ImpatientQueue:
    """Erlang A in equilibrium; see :func:`erlang_a`.

    Parameters
    ----------
    abandons : float
        Share of the arrivals that leave unserved.
    waits : float
        Share of the arrivals that find all servers busy.
    mean_wait : float
        Mean seconds in the queue over *all* arrivals: served, gone, and those who need not wait.
    mean_waiting : float
        Mean number in the queue.
    utilisation : float
        Share of time that a server is busy.
    """

    abandons: float
    waits: float
    mean_wait: float
    mean_waiting: float
    utilisation: float


def erlang_a(*, rate: float, service: float, servers: int, patience: float) -> ImpatientQueue:
    """M/M/c+M: who waits longer than an exponential patience leaves; nobody leaves in service.

    Parameters
    ----------
    rate, service, servers
        As in :func:`~simulator.run.exact.queues.mmck`; any load.
    patience : float
        Mean patience, s.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    NotSupported
        If more than some millions may wait.
    """
    arrivals, mean, count = (
        positive(rate, "rate"),
        positive(service, "service"),
        whole(servers, "servers"),
    )
    leaves = 1.0 / positive(patience, "patience")
    size = 2 * count + 64
    while True:
        n = np.arange(1, size + 1)
        deaths = np.minimum(n, count) / mean + np.maximum(n - count, 0) * leaves
        shares = birth_death(np.full(size, arrivals), deaths)
        if shares[-1] < _NEGLIGIBLE and deaths[-1] > arrivals:
            break
        if size > _MOST_PLACES:
            raise NotSupported("a queue of millions", "exact", "a shorter patience can be answered")
        size *= 2
    waiting = float(np.maximum(np.arange(size + 1) - count, 0) @ shares)
    gone = waiting * leaves / arrivals
    served = float(np.minimum(np.arange(size + 1), count) @ shares)
    return ImpatientQueue(
        gone, float(shares[count:].sum()), waiting / arrivals, waiting, served / count
    )


def fixed_patience_loss(*, rate: float, service: float, patience: float) -> float:
    """Share of the requests that leave M/M/1 because service has not begun within `patience`.

    Barrer (1957): r (1-r) e / (1 - r^2 e) with r the load and e = exp(-(mu - rate) patience); also
    above capacity. Who will leave keeps the place in the queue until then.

    Parameters
    ----------
    rate : float
        Arrivals per second, at least 0; any load.
    service : float
        Mean service time, s (exponential).
    patience : float
        Fixed, s, at least 0; 0 is a loss system.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> round(fixed_patience_loss(rate=1.2, service=1.0, patience=5.0), 8)
    0.22385542
    """
    mean, limit = positive(service, "service"), at_least_zero(patience, "patience") / service
    load = at_least_zero(rate, "rate") * mean
    if not math.isfinite(load):
        raise DescriptionError(f"{rate!r}: too large", "rate")
    if load == 0.0:
        return 0.0
    idle = 1.0 - load
    if idle == 0.0:
        return 1.0 / (2.0 + limit)
    power = 2.0 * math.log(load) - idle * limit  # of r^2 e
    if idle > 0:
        return load * idle * math.exp(-idle * limit) / -math.expm1(power)
    return idle / (load * math.expm1(-power))
