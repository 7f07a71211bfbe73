"""Retry storms: does a blip become an outage that stays, how large must it be, how long is the way out?

First come first served, nothing is cancelled, callers are an open stream with one timeout and a fixed
number of attempts. With m attempts a request and h the work of an attempt that comes too late (over
that of one in time), the failed state has a load of h m rate: it drains if and only if that is below
the capacity. The size of trigger that leads there comes from the fluid of `storm_fluid`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.arguments import at_least_zero, positive, share, whole
from simulator.run.exact.storm_fluid import Storm, smallest_trigger

__all__ = ["RetryStorm", "largest_outage", "retry_storm"]

State = Literal["stable", "vulnerable", "overloaded"]


@dataclass(frozen=True, slots=True)
class RetryStorm:
    """What retries do to a server that has fallen behind; see :func:`retry_storm`.

    Parameters
    ----------
    rate, capacity : float
        First attempts and service, per second.
    attempts : int
        Attempts of a request at most, the first included.
    wasted : float
        Work of an attempt that comes too late, over that of one in time.
    timeout : float
        Seconds.
    critical_backlog_s : float
        Backlog, in seconds of work, above which the overload stays: infinite if it always heals, 0
        if it is there without a trigger, NaN if it is not known (0 < wasted < 1: the wait then
        sticks to the timeout, which a fluid cannot say).
    """

    rate: float
    capacity: float
    attempts: int
    wasted: float
    timeout: float
    critical_backlog_s: float

    @property
    def failed_load(self) -> float:
        """Work that arrives in the failed state, in requests per second: all attempts, all too late."""
        return self.rate * self.attempts * self.wasted

    @property
    def hidden_capacity(self) -> float:
        """Requests per second up to which the failed state heals: capacity / (wasted attempts)."""
        waste = self.attempts * self.wasted
        return self.capacity / waste if waste else math.inf

    @property
    def self_heals(self) -> bool:
        """Whether any backlog drains once its cause is over."""
        return self.state == "stable"

    @property
    def state(self) -> State:
        """Stable, vulnerable (well until a trigger that is large enough), or overloaded without one."""
        if self.rate >= self.capacity:
            return "overloaded"
        return "stable" if self.failed_load < self.capacity else "vulnerable"

    @property
    def headroom(self) -> float:
        """Retries per second below which a backlog drains: capacity less first attempts."""
        return max(self.capacity - self.rate, 0.0)

    @property
    def largest_retry_budget(self) -> float:
        """Retries per first attempt below which a backlog drains: capacity / rate - 1."""
        return self.headroom / self.rate

    @property
    def largest_safe_queue(self) -> float:
        """A queue cap below this many requests keeps every wait below the timeout."""
        return self.capacity * self.timeout

    def drain_time(self, backlog_s: float, *, rate: float) -> float:
        """Seconds until a backlog is gone after the load is shed to `rate`: V / (1 - m h rate / C).

        Parameters
        ----------
        backlog_s : float
            Backlog V when shedding begins, seconds of work.
        rate : float
            First attempts per second from then on.

        Returns
        -------
        float
            Infinite at or above the hidden capacity.

        Raises
        ------
        DescriptionError
            For a negative argument.
        """
        kept, left = at_least_zero(rate, "rate"), at_least_zero(backlog_s, "backlog_s")
        spare = 1.0 - kept * self.attempts * self.wasted / self.capacity
        return left / spare if spare > 0 else (math.inf if left else 0.0)


def retry_storm(
    *, rate: float, capacity: float, attempts: int, timeout: float, wasted: float = 1.0
) -> RetryStorm:
    """Whether a server heals from a backlog although its callers retry, and how large a one it survives.

    For two attempts and r = rate / capacity > 1/2 the critical backlog is
    timeout (1 + (1-r) y), y = r (1-r) / (1 - 3 r (1-r)); for more a fluid is solved numerically.

    Parameters
    ----------
    rate : float
        First attempts per second.
    capacity : float
        Requests served per second.
    attempts : int
        Attempts of a request at most, the first included; the next is sent when one times out.
    timeout : float
        Seconds a caller waits for an attempt; the server goes on with it all the same.
    wasted : float
        Work of an attempt that comes too late, over that of one in time: 1 without cancellation,
        about 0 if such work is thrown away unseen, above 1 if errors cost more than answers.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> storm = retry_storm(rate=280, capacity=300, attempts=2, wasted=1.0, timeout=1.0)
    >>> storm.self_heals, storm.hidden_capacity, round(storm.critical_backlog_s, 4)
    (False, 150.0, 1.0051)
    """
    fresh, served = positive(rate, "rate"), positive(capacity, "capacity")
    count, limit = whole(attempts, "attempts"), positive(timeout, "timeout")
    waste = at_least_zero(wasted, "wasted")
    critical = limit * _critical(fresh / served, count, waste)
    return RetryStorm(fresh, served, count, waste, limit, critical)


def _critical(load: float, attempts: int, wasted: float) -> float:
    """Critical backlog in timeouts."""
    if load >= 1.0:
        return 0.0
    if load * attempts * wasted < 1.0:
        return math.inf
    if load * wasted >= 1.0:  # what waits too long is more than the server can do, even unrepeated
        return 1.0
    if wasted < 1.0:
        return math.nan
    if attempts == 2 and wasted == 1.0:
        product = load * (1.0 - load)
        return 1.0 + (1.0 - load) * product / (1.0 - 3.0 * product)
    return smallest_trigger(lambda work: Storm(load, attempts, wasted, backlog=work), 1.0)


def largest_outage(
    *, rate: float, capacity: float, attempts: int, timeout: float, lost: float = 1.0,
    surge: float = 1.0,
) -> float:  # fmt: skip
    """Length of a trigger above which the overload stays when the trigger is over, seconds.

    The deterministic fluid: idle before, nothing cancelled (wasted = 1). An outage as long as the
    timeout always heals, because nobody waits longer.

    Parameters
    ----------
    rate, capacity, attempts, timeout
        As in :func:`retry_storm`.
    lost : float
        Share of the capacity that is gone during the trigger; 1 = a pause that keeps the queue.
    surge : float
        First attempts during the trigger, as a multiple of `rate`, at least 1; with `lost=0` a
        plain load spike.

    Returns
    -------
    float
        Infinite if no length does harm: the failed state drains, or the trigger leaves enough.

    Raises
    ------
    DescriptionError
        For an argument out of range, or `rate` not below `capacity`.
    NotSupported
        If the edge is not found.

    Examples
    --------
    >>> round(largest_outage(rate=280, capacity=300, attempts=2, timeout=1.0), 3)
    1.005
    """
    fresh, served = positive(rate, "rate"), positive(capacity, "capacity")
    count, limit = whole(attempts, "attempts"), positive(timeout, "timeout")
    gone, more = share(lost, "lost"), positive(surge, "surge")
    load = fresh / served
    if load >= 1.0:
        raise DescriptionError(f"{rate!r} is not below the capacity of {capacity!r}", "rate")
    if more < 1.0:
        raise DescriptionError(f"{surge!r}: a multiple of at least 1 is needed", "surge")
    if load * count < 1.0 or load * more <= 1.0 - gone:
        return math.inf
    found = smallest_trigger(
        lambda lasts: Storm(load, count, lasts=lasts, speed=1.0 - gone, surge=more)
    )
    if math.isinf(found):
        raise NotSupported("a trigger of a million timeouts", "exact", "make it more severe")
    return limit * found
