"""Many clients that come back at once: how high the backlog gets, and when it is gone."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.run.exact.arguments import at_least_zero, positive, steady

__all__ = ["Herd", "thundering_herd"]


@dataclass(frozen=True, slots=True)
class Herd:
    """A herd of clients on top of the usual load (fluid); see :func:`thundering_herd`.

    Parameters
    ----------
    peak_backlog : float
        Requests that wait when it is worst.
    peak_wait_s : float
        How long one that arrives then waits.
    drained_s : float
        Seconds from the first of the herd until nobody waits and all of it has been served.
    harmless_spread_s : float
        Spread from which on nobody waits at all.
    """

    peak_backlog: float
    peak_wait_s: float
    drained_s: float
    harmless_spread_s: float


def thundering_herd(*, clients: float, spread: float, capacity: float, rate: float = 0.0) -> Herd:
    """`clients` requests, spread evenly over `spread` seconds, on top of `rate`.

    Parameters
    ----------
    clients : float
        How many, each with one request.
    spread : float
        Seconds (the jitter of a reconnect); 0 = all at once.
    capacity : float
        Requests served per second.
    rate : float
        Requests per second that come anyhow.

    Raises
    ------
    DescriptionError
        For an argument out of range, or `rate` not below `capacity`.

    Examples
    --------
    >>> thundering_herd(clients=10_000, spread=5, capacity=1000, rate=700).peak_wait_s
    8.5
    """
    herd, over = at_least_zero(clients, "clients"), at_least_zero(spread, "spread")
    served, usual = positive(capacity, "capacity"), at_least_zero(rate, "rate")
    steady(usual, served, "rate")
    alone = herd / (served - usual)
    peak = max(herd - (served - usual) * over, 0.0)
    return Herd(peak, peak / served, max(alone, over), alone)
