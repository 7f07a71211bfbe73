"""What the SimPy web service keeps in plain objects: breaker, budget, cache, random numbers, results."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

TIERS = ("lb", "app", "cache", "db")


@dataclass(slots=True)
class Seen:
    """What became of the requests that have ended.

    Attributes
    ----------
    sent : int
    attempts : dict of str to int
        Made at each tier, those a breaker or a bulkhead rejected included.
    ended : dict of str to int
        Requests: ok, error, timeout and shed.
    latencies : list of float
        Of requests that ended well, seconds.
    """

    sent: int = 0
    attempts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TIERS, 0))
    ended: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("ok", "error", "timeout", "shed"), 0)
    )
    latencies: list[float] = field(default_factory=list)


def numbers(draw: Callable[[int], np.ndarray]) -> Iterator[float]:
    """Numbers one by one, drawn 4,096 at a time."""
    while True:
        yield from draw(4096).tolist()


def zipf_keys(rng: np.random.Generator, exponent: float, n: int) -> Iterator[float]:
    """Keys 0 to n - 1, by popularity."""
    sums = np.cumsum(np.arange(1, n + 1, dtype=float) ** -exponent)
    return numbers(lambda size: np.searchsorted(sums, rng.random(size) * sums[-1], side="right"))


def backoff(u: float, base_s: float, cap_s: float, retry: int) -> float:
    """Full jitter: uniform up to a wait that doubles, seconds; `retry` counts from 1."""
    return u * min(cap_s, base_s * 2.0 ** (retry - 1))


class Breaker:
    """Opens at half failures among the last 100 calls (20 at least) for 5 s; 10 good probes close it."""

    def __init__(self) -> None:
        self.state, self.period = "closed", 0
        self.last: deque[bool] = deque()
        self.failures = self.sent = self.ended = 0
        self.open_until = 0.0

    def admits(self, now: float) -> bool:
        """Whether a call may be made now."""
        if self.state == "closed":
            return True
        if self.state == "open":
            if now < self.open_until:
                return False
            self.become("half open")
        if self.sent == 10:
            return False
        self.sent += 1
        return True

    def gives_back(self, period: int) -> None:
        """An admitted call was not made after all."""
        if self.state == "half open" and period == self.period:
            self.sent -= 1

    def record(self, now: float, failed: bool, period: int) -> None:
        """The result of a call made in `period`; those of earlier ones count nothing."""
        if period != self.period:
            return
        if self.state == "closed":
            self.last.append(failed)
            self.failures += failed
            if len(self.last) > 100:
                self.failures -= self.last.popleft()
            if len(self.last) >= 20 and self.failures >= 0.5 * len(self.last):
                self.open(now)
        elif failed:
            self.open(now)
        else:
            self.ended += 1
            if self.ended == 10:
                self.become("closed")

    def open(self, now: float) -> None:
        """Let nothing through for a while."""
        self.open_until = now + 5.0
        self.become("open")

    def become(self, state: str) -> None:
        """Another state, with no evidence yet."""
        self.state = state
        self.period += 1
        self.last.clear()
        self.failures = self.sent = self.ended = 0


class Bucket:
    """A retry costs a token, a call earns a tenth of one, ten fit."""

    def __init__(self) -> None:
        self.tenths = 100

    def call(self) -> None:
        """A call starts."""
        self.tenths = min(100, self.tenths + 1)

    def spend(self) -> bool:
        """Whether a retry may be made; it is paid for at once."""
        if self.tenths < 10:
            return False
        self.tenths -= 10
        return True


class Lru:
    """Keys with a time to live; the one unused for longest makes place."""

    def __init__(self, size: int, ttl_s: float) -> None:
        self.size, self.ttl = size, ttl_s
        self.until: OrderedDict[int, float] = OrderedDict()

    def get(self, key: int, now: float) -> bool:
        """Whether the key is there."""
        until = self.until.get(key)
        if until is None:
            return False
        if until <= now:
            del self.until[key]
            return False
        self.until.move_to_end(key)
        return True

    def put(self, key: int, now: float) -> None:
        """Remember the key."""
        self.until[key] = now + self.ttl
        self.until.move_to_end(key)
        if len(self.until) > self.size:
            self.until.popitem(last=False)
