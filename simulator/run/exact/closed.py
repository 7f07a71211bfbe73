"""A fixed number of clients who think, send a request, wait for the answer, and think again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.errors import DescriptionError
from simulator.run.exact.arguments import at_least_zero, positive, whole

__all__ = ["ClosedLoop", "closed_loop"]


@dataclass(frozen=True, slots=True)
class ClosedLoop:
    """A closed loop in equilibrium.

    Parameters
    ----------
    throughput : float
        Requests per second.
    response_time : float
        Mean seconds from sending to the answer, all stations together.
    station_times : tuple of float
        Its parts, s, one for each station.
    mean_numbers : tuple of float
        Mean number of requests at each station.
    utilisations : tuple of float
        Share of time that each station is busy.
    """

    throughput: float
    response_time: float
    station_times: tuple[float, ...]
    mean_numbers: tuple[float, ...]
    utilisations: tuple[float, ...]


def closed_loop(*, clients: int, think: float, service: float | Sequence[float]) -> ClosedLoop:
    """Exact mean-value analysis of one class (Reiser and Lavenberg 1980).

    Parameters
    ----------
    clients : int
        How many, each with one request at a time.
    think : float
        Mean time between an answer and the next request, s, at least 0; any law.
    service : float or sequence of float
        Mean service a request needs at each single-server station, s, all visits together
        (exponential, first come first served; or any law with processor sharing).

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> round(closed_loop(clients=10, think=1.15, service=0.1).response_time, 9)
    0.241056808
    """
    count, pause = whole(clients, "clients"), at_least_zero(think, "think")
    needs = _stations(service)
    numbers = [0.0] * len(needs)
    times, rate = list(needs), 0.0
    for n in range(1, count + 1):
        times = [need * (1.0 + queue) for need, queue in zip(needs, numbers, strict=True)]
        rate = n / (pause + sum(times))
        numbers = [rate * time for time in times]
    return ClosedLoop(
        rate, sum(times), tuple(times), tuple(numbers), tuple(rate * need for need in needs)
    )


def _stations(service: float | Sequence[float]) -> tuple[float, ...]:
    if isinstance(service, int | float):
        return (positive(service, "service"),)
    found = tuple(positive(s, f"service[{i}]") for i, s in enumerate(service))
    if not found:
        raise DescriptionError("no station: at least one service time is needed", "service")
    return found
