"""A deterministic fluid of requests that are sent again when they wait too long, event by event.

First come first served, nothing is cancelled, and an attempt that waits longer than the timeout is
followed by another one exactly one timeout after it was sent, up to a number of attempts. The time in
units of the timeout and work in units of what the server does in one: arrivals and service are
piecewise constant, the backlog is piecewise linear, so the times at which the wait crosses the
timeout are found exactly, without a grid.

Two facts end every run. If the wait was below the timeout for a whole timeout after the trigger, no
retry is on its way and none will be: healed. If it was above for (attempts - 1) timeouts, every
request now comes with all its attempts; if those are more than the server can do, it stays above.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.errors import NotSupported

__all__ = ["Storm", "smallest_trigger"]

_MOST_STEPS = 200_000
_LARGEST = 1e6
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Storm:
    """A load, what callers do about slow answers, and a trigger at time 0; times in timeouts.

    Parameters
    ----------
    load : float
        First attempts over capacity.
    attempts : int
        The first included.
    wasted : float
        Work of an attempt that comes too late, over that of one in time; at least 1.
    backlog : float
        Work that is there at time 0 and sends no retries.
    lasts : float
        Length of the trigger.
    speed : float
        Capacity during the trigger, as a share; 0 = a pause that keeps the queue.
    surge : float
        First attempts during the trigger, as a multiple of the load.
    """

    load: float
    attempts: int
    wasted: float = 1.0
    backlog: float = 0.0
    lasts: float = 0.0
    speed: float = 1.0
    surge: float = 1.0

    def heals(self) -> bool:
        """Whether the backlog drains once the trigger is over.

        Raises
        ------
        NotSupported
            If a decision takes more than some 100,000 changes: at the edge between the two.
        """
        return _Run(self).heals()


def smallest_trigger(storm_of: Callable[[float], Storm], least: float = 0.0) -> float:
    """The trigger size above which a storm does not heal, by halving to 1e-13 of itself.

    Parameters
    ----------
    storm_of : callable
        The storm that a trigger of a size sets off; larger ones heal less.
    least : float
        A size that heals.

    Returns
    -------
    float
        Infinite if a trigger a million times as large still heals.
    """
    low, high = least, max(2.0 * least, 1.0)
    while storm_of(high).heals():
        low, high = high, 2.0 * high
        if high > _LARGEST:
            return math.inf
    while high - low > 1e-13 * high:
        middle = (low + high) / 2.0
        if storm_of(middle).heals():
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


@dataclass(slots=True)
class _Run:
    """The state of one run: time, work, and when the wait crossed the timeout so far."""

    storm: Storm
    now: float = 0.0
    work: float = field(init=False)
    crossings: list[float] = field(default_factory=list)
    """Times at which the wait went above (even places) and came back (odd places)."""

    def __post_init__(self) -> None:
        self.work = self.storm.backlog
        if self.work > self._allowed(0.0):
            self.crossings.append(0.0)

    def heals(self) -> bool:
        storm = self.storm
        grows = storm.load * storm.attempts * storm.wasted >= 1.0
        for _ in range(_MOST_STEPS):
            over = len(self.crossings) % 2 == 1
            since = max(self.crossings[-1] if self.crossings else 0.0, storm.lasts)
            for_so_long = self.now - since + _ROUNDING
            if over and grows and for_so_long >= storm.attempts - 1:
                return False
            if not over and for_so_long >= 1.0:
                return True
            self._advance(over, self._next_change(over, since))
        raise NotSupported("a storm at the edge of healing", "exact", "ask a little further away")

    def _advance(self, over: bool, end: float) -> None:
        """On to `end`, where a rate changes, or to where the wait crosses the timeout before."""
        middle = (self.now + end) / 2.0  # the rates hold from now to the end: read them in between
        slope, allowed_slope = self._slope(over, middle), self._allowed_slope(middle)
        span = end - self.now
        if self.work <= 0.0 and slope < 0.0:
            slope = 0.0
        elif self.work + slope * span < 0.0:
            span = self.work / -slope
        gap, drift = self.work - self._allowed(self.now), slope - allowed_slope
        crosses = max(-gap / drift, 0.0) if (drift < 0.0 if over else drift > 0.0) else math.inf
        if crosses <= span:
            self.crossings.append(self.now + crosses)
        step = min(crosses, span)
        self.work = max(self.work + slope * step, 0.0)
        self.now = end if step == end - self.now else self.now + step

    def _slope(self, over: bool, at: float) -> float:
        """Work that comes in less work done, per unit of time."""
        storm = self.storm
        coming = self._fresh(at)
        for back in range(1, storm.attempts):
            if not self._was_over(at - back):
                break
            coming += self._fresh(at - back)
        speed = storm.speed if at < storm.lasts else 1.0
        return coming * (storm.wasted if over else 1.0) - speed

    def _fresh(self, at: float) -> float:
        """First attempts at a time."""
        return self.storm.load * (self.storm.surge if 0.0 <= at < self.storm.lasts else 1.0)

    def _was_over(self, at: float) -> bool:
        return bisect.bisect_right(self.crossings, at) % 2 == 1

    def _allowed(self, at: float) -> float:
        """Work that the server does in the timeout from `at` on: more means a wait above it."""
        left = min(max(self.storm.lasts - at, 0.0), 1.0)
        return 1.0 - left * (1.0 - self.storm.speed)

    def _allowed_slope(self, at: float) -> float:
        return 1.0 - self.storm.speed if 0.0 < self.storm.lasts - at < 1.0 else 0.0

    def _next_change(self, over: bool, since: float) -> float:
        """The next time at which a rate may change, whatever the wait does."""
        storm = self.storm
        lags = range(1, storm.attempts)
        recent = bisect.bisect_left(self.crossings, self.now - storm.attempts)
        ends = [storm.lasts - 1.0, since + (storm.attempts - 1 if over else 1)]
        ends += [start + back for start in (0.0, storm.lasts) for back in (0, *lags)]
        ends += [crossing + back for crossing in self.crossings[recent:] for back in lags]
        return min((end for end in ends if end > self.now), default=self.now + 1.0)
