"""How an amount that flows in and off moves on over one stretch of time: the inside of a backlog."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Self

from simulator.describe.backlogs import Backlog
from simulator.rules.flow import Arrivals, Capacity, first_time

__all__ = ["Fluid", "Members"]

_LEAST = 1e-9  # a stretch is not cut after a smaller share of it

Members = float | Callable[[float], float]
"""Members there are per one at time 0: a number, or a function of time in seconds."""


class Fluid:
    """Amounts first in, first out, without chance.

    What came is known in closed form, and so is the work that a stretch of time holds; what waits is
    their difference, never below 0. A stretch ends where a rate jumps, where something that jumped is
    just old enough to expire, where nothing is left, and where more comes again than can be done.

    Parameters
    ----------
    rule : Backlog
    step : float
        Longest stretch while a rate varies, seconds.

    Attributes
    ----------
    time : float
        Seconds.
    gone : float
        Units that wait no more: done, expired and dropped.
    done, expired, dropped : float
        Units worked off, thrown away for their age, and taken out by hand, so far.
    paused : bool
    expires_after : float or None
        Seconds.
    rate_factor : float
        By what the rate is multiplied.
    watched : float or None
        An age (s) that somebody waits for: stretches also end where something that jumped gets it.
    """

    __slots__ = (
        "arrivals", "capacity", "done", "dropped", "expired", "expires_after", "free", "gone", "members", "paused",
        "rate_factor", "step", "time", "watched",
    )  # fmt: skip

    def __init__(self, rule: Backlog, step: float) -> None:
        self.arrivals = Arrivals(rule.inflow, rule.starts)
        self.capacity = Capacity(rule.rate)
        self.time = self.done = self.expired = self.dropped = self.gone = 0.0
        self.members = self.rate_factor = 1.0
        self.step, self.free = step, rule.expired == "free"
        self.expires_after, self.paused = rule.expires_after, rule.paused
        self.watched: float | None = None

    @property
    def waiting(self) -> float:
        """Units that wait; 0 or more."""
        return max(0.0, self.arrivals.by(self.time) - self.gone)

    @property
    def rate(self) -> float:
        """Units per second that can be done at this time; 0 while paused."""
        if self.paused:
            return 0.0
        return self.rate_factor * self.capacity.at(self.time, self.members)

    def probe(self) -> Self:
        """A copy to look ahead with: it shares what came, so only time may be changed."""
        twin = object.__new__(type(self))
        for name in Fluid.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin

    def stride(self, until: float, members: Members) -> None:
        """Go on to `until` (s), or to the end of the stretch if that comes first."""
        end = min(until, self._next_break())
        if callable(members) or self._varies():
            end = min(end, self.time + self.step)
        middle = 0.5 * (self.time + end)
        self.members = members(middle) if callable(members) else members
        lag = self.expires_after
        part = -1 if lag is None else self.arrivals.part(middle - lag)
        self.throw_overdue(part)
        self._move(self._same_side(end), part)

    def throw_overdue(self, part: int | None = None) -> None:
        """Throw away at once what is too old, where that takes no time.

        `part` is the change of the inflow that held when the oldest that may stay came.
        """
        if self.expires_after is None or self.paused or not self.free:
            return
        if part is None:
            part = self.arrivals.part(self.time - self.expires_after)
        overdue = self._overdue(self.time, self.gone, part)
        if overdue > 0.0:
            self.expired += overdue
            self.gone += overdue

    def _overdue(self, t: float, gone: float, part: int) -> float:
        """Units that are too old at `t` and still wait; below 0: those that went before their time."""
        lag = self.expires_after
        return 0.0 if lag is None else self.arrivals.by(t - lag, part) - gone

    def _next_break(self) -> float:
        lags = {0.0, self.expires_after or 0.0, self.watched or 0.0}
        kinks = (t for t in self.capacity.kinks if t > self.time)
        return min(*(self.arrivals.next_break(self.time, lag) for lag in lags), *kinks, math.inf)

    def _varies(self) -> bool:
        """Whether the amounts are curves or, for somebody who looks ahead, have a corner in between."""
        lag = max(self.expires_after or 0.0, self.watched or 0.0)
        curved = max(self.capacity.curved_until, self.arrivals.flow.curved_until + lag)
        return self.time < curved or (self.free and self.expires_after is not None)

    def _work(self, end: float) -> float:
        """Units that could be done from now to `end`."""
        if self.paused:
            return 0.0
        return self.rate_factor * self.capacity.between(self.time, end, self.members)

    def _growth(self, t: float) -> float:
        """Units per second by which more comes than can be done at `t`."""
        rate = 0.0 if self.paused else self.rate_factor * self.capacity.at(t, self.members)
        return self.arrivals.factor * self.arrivals.flow.at(t) - rate

    def _same_side(self, end: float) -> float:
        """`end`, or the time before it at which the backlog gets empty or stops being empty."""
        if self.waiting <= 0.0 and self._growth(self.time) <= 0.0:
            if self._growth(end) <= 0.0:
                return end
            return first_time(lambda t: self._growth(t) > 0.0, self.time, end)

        def empty(t: float) -> bool:
            return self.arrivals.by(t) - self.gone <= self._work(t)

        if not empty(end):
            return end
        cut = first_time(empty, self.time, end)
        # Growth too small for the digits of the amounts would be cut off again and again.
        return cut if cut - self.time > _LEAST * (end - self.time) else end

    def _move(self, end: float, part: int) -> None:
        """Pass the time to `end`, within which the backlog is empty all the time or at its end only."""
        came, work = self.arrivals.by(end), self._work(end)
        emptied = came - self.gone <= work
        gone = came if emptied else self.gone + work
        taken = gone - self.gone
        if self.expires_after is not None and not self.paused:
            after = self._overdue(end, gone, part)
            if self.free:
                thrown = max(0.0, after)
                gone, taken = gone + thrown, taken + thrown
            else:
                thrown = taken * _share_above(self._overdue(self.time, self.gone, part), after)
            self.expired += thrown
            taken -= thrown
        self.done += taken
        self.gone, self.time = gone, end


def _share_above(start: float, end: float) -> float:
    """Share of a straight line from `start` to `end` that lies above 0."""
    if max(start, end) <= 0.0:
        return 0.0
    if min(start, end) >= 0.0:
        return 1.0
    return max(start, end) / abs(start - end)
