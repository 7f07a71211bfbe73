"""How a pool takes requests: queues, caches and the popularity of keys, slow-down, shedding, outlier ejection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulator.describe.distributions import Distribution
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.valid import above, at_least, finite, one_of, share, whole
from simulator.errors import DescriptionError

__all__ = ["Cache", "Outliers", "Queue", "Shedding", "Slowdown", "Zipf"]


@dataclass(frozen=True, slots=True)
class Queue:
    """Where requests wait for a thread.

    Parameters
    ----------
    cap : int or None
        Requests that may wait; one more is shed. None = any number.
    order : {"fifo", "lifo", "priority"}
        Who is served next; by priority: the class that stands first in `first`, then in order of arrival.
    first : tuple of str
        Request classes, most urgent first; those not named come last.
    expires_after : float or None
        A request that reaches the head after so many seconds is not served, but shed.
    expired : {"free", "costs_service"}
        Whether an expired request is dropped at once or takes the thread for its service all the same.
    patience : Distribution or None
        A request leaves the line by itself after a time of this law, and is shed; None = it stays.
    """

    cap: int | None = None
    order: Literal["fifo", "lifo", "priority"] = "fifo"
    first: tuple[str, ...] = ()
    expires_after: Seconds | None = None
    expired: Literal["free", "costs_service"] = "free"
    patience: Distribution | None = None

    def __post_init__(self) -> None:
        if self.cap is not None:
            whole(self.cap, "cap", 0)
        one_of(self.order, "order", "fifo", "lifo", "priority")
        object.__setattr__(self, "first", tuple(self.first))
        if bool(self.first) != (self.order == "priority"):
            raise DescriptionError('order "priority" and a list `first` go together', "first")
        if self.expires_after is not None:
            above(self.expires_after, "expires_after")
        one_of(self.expired, "expired", "free", "costs_service")


@dataclass(frozen=True, slots=True)
class Zipf:
    """Keys 0 to n - 1, key i asked for with a probability proportional to (i + 1) ** -exponent.

    Parameters
    ----------
    exponent : float
        0 = all alike.
    n : int
        Number of keys, at most 10,000,000.
    """

    exponent: Number
    n: int

    def __post_init__(self) -> None:
        at_least(self.exponent, "exponent")
        finite(self.exponent, "exponent")
        whole(self.n, "n")
        if self.n > 10_000_000:
            raise DescriptionError(f"{self.n!r}: at most 10,000,000 keys are allowed", "n")

    def probabilities(self) -> npt.NDArray[np.float64]:
        """Chance of each key, shape (n,), summing to 1."""
        weights = np.arange(1, self.n + 1, dtype=np.float64) ** -self.exponent
        return np.asarray(weights / weights.sum())


@dataclass(frozen=True, slots=True)
class Cache:
    """What the members of a pool remember; a call to them ends as a hit or a miss.

    Parameters
    ----------
    hits : float or None
        Share of calls that hit, whatever their key; None: the keys decide.
    size : int or None
        Keys each member holds; None = any number.
    ttl : float or None
        Seconds after which a key is forgotten; None = never.
    ttl_from : {"fill", "use"}
        The time to live counts from the fill, or from the last use.
    eviction : {"lru", "lfu", "fifo"}
        Which key makes place for a new one.
    fills : {"when_caller_still_waits", "always"}
        Whether an answer that comes after the caller's timeout is still stored.
    single_flight : bool
        Of many misses of one key at once only the first is passed on; the others wait for its answer.
    warm : int
        Keys, from the most popular, held by every member at the start.
    """

    hits: Share | None = None
    size: int | None = None
    ttl: Seconds | None = None
    ttl_from: Literal["fill", "use"] = "fill"
    eviction: Literal["lru", "lfu", "fifo"] = "lru"
    fills: Literal["when_caller_still_waits", "always"] = "when_caller_still_waits"
    single_flight: bool = False
    warm: int = 0

    def __post_init__(self) -> None:
        if self.hits is not None:
            share(self.hits, "hits")
        if self.size is not None:
            whole(self.size, "size")
        if self.ttl is not None:
            above(self.ttl, "ttl")
        one_of(self.ttl_from, "ttl_from", "fill", "use")
        one_of(self.eviction, "eviction", "lru", "lfu", "fifo")
        one_of(self.fills, "fills", "when_caller_still_waits", "always")
        whole(self.warm, "warm", 0)
        keyed = self.size is not None or self.ttl is not None or self.single_flight or self.warm
        if self.hits is not None and keyed:
            raise DescriptionError(
                "a stated share of hits has no keys: leave size, ttl, single_flight and warm out",
                "hits",
            )
        if self.size is not None and self.warm > self.size:
            raise DescriptionError(f"{self.warm!r}: at most size = {self.size} keys fit", "warm")


@dataclass(frozen=True, slots=True)
class Slowdown:
    """Work takes longer the more requests a member handles: Gunther's universal scalability law.

    With n requests in handling, the one that starts included, a piece of work takes
    ``1 + contention (n - 1) + coherency n (n - 1)`` times as long.

    Parameters
    ----------
    contention, coherency : float
        The coefficients sigma and kappa of the law.
    """

    contention: Number = 0.0
    coherency: Number = 0.0

    def __post_init__(self) -> None:
        for key in ("contention", "coherency"):
            at_least(getattr(self, key), key)
            finite(getattr(self, key), key)


@dataclass(frozen=True, slots=True)
class Shedding:
    """A member refuses requests when those before them have waited too long.

    Parameters
    ----------
    wait_above : float
        Seconds: when the request at the head of the queue has waited longer, new ones are shed.
    spares : tuple of str
        Request classes that are never shed.
    """

    wait_above: Seconds
    spares: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        above(self.wait_above, "wait_above")
        object.__setattr__(self, "spares", tuple(self.spares))


@dataclass(frozen=True, slots=True)
class Outliers:
    """Members that fail are taken out of rotation for a while (Envoy's outlier detection).

    Parameters
    ----------
    consecutive : int or None
        Failures in a row that eject a member at once; None = not by this.
    interval : float
        Seconds between two looks at success rates and at the end of ejections.
    base : float
        A member is ejected for `base` times the number of its ejections so far, seconds; each
        interval that it then spends in rotation takes one off that number.
    longest : float
        Longest ejection, seconds.
    most : float
        Share of the members that may be ejected at once (at least one may).
    deviations : float or None
        Eject at an interval's end those whose success rate lies so many standard deviations below
        the mean of all; None = not by this.
    volume : int
        Requests in an interval for a success rate to count.
    hosts : int
        Members with that volume for rates to be compared.
    """

    consecutive: int | None = 5
    interval: Seconds = 10.0
    base: Seconds = 30.0
    longest: Seconds = 300.0
    most: Share = 0.1
    deviations: Number | None = 1.9
    volume: int = 100
    hosts: int = 5

    def __post_init__(self) -> None:
        if self.consecutive is not None:
            whole(self.consecutive, "consecutive")
        for key in ("interval", "base"):
            above(getattr(self, key), key)
        at_least(self.longest, "longest", self.base)
        share(self.most, "most")
        if self.deviations is not None:
            above(self.deviations, "deviations")
        whole(self.volume, "volume")
        whole(self.hosts, "hosts", 2)
