"""Rates over time as amounts: what has come by a time, and how much work a stretch of time holds."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from simulator.describe.backlogs import Spare
from simulator.describe.profiles import Profile, Ramp, Spike

__all__ = ["Arrivals", "Capacity", "Flow", "first_time"]


def first_time(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The time from which on something holds, by halving until two neighbouring numbers are left.

    Parameters
    ----------
    holds : callable
        Of a time, seconds.
    low, high : float
        Taken not to hold, and to hold; neither is asked.

    Returns
    -------
    float
        Above `low`, at most `high`.
    """
    while True:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            return high
        if holds(middle):
            high = middle
        else:
            low = middle


class Flow:
    """A constant rate or a profile.

    Parameters
    ----------
    rate : float or Profile

    Attributes
    ----------
    kinks : tuple of float
        Times (s) at which the rate jumps or bends.
    curved_until : float
        From this time on (s) the rate is constant between kinks.
    """

    __slots__ = ("_constant", "_known", "_profile", "curved_until", "kinks")

    def __init__(self, rate: float | Profile) -> None:
        self._profile = rate if isinstance(rate, Profile) else None
        self._constant = 0.0 if isinstance(rate, Profile) else float(rate)
        self._known: dict[float, float] = {}
        self.kinks: tuple[float, ...] = ()
        self.curved_until = -math.inf if self._profile is None else math.inf
        if isinstance(rate, Spike):
            self.kinks, self.curved_until = (rate.starts, rate.starts + rate.lasts), -math.inf
        elif isinstance(rate, Ramp):
            self.kinks, self.curved_until = (rate.starts, rate.ends), rate.ends

    def at(self, t: float) -> float:
        """Rate at `t` (s), per second."""
        return self._constant if self._profile is None else self._profile.at(t)

    def total(self, t: float) -> float:
        """Amount in [0, t]."""
        if self._profile is None:
            return self._constant * t
        if t not in self._known:  # both ends of a stretch are asked for several times over
            if len(self._known) >= 8:
                self._known.clear()
            self._known[t] = float(self._profile.total(np.asarray(t)))
        return self._known[t]


class Capacity:
    """The rate at which a backlog can be worked off.

    Parameters
    ----------
    rate : float, Profile or Spare
    """

    __slots__ = ("_flow", "_of")

    def __init__(self, rate: float | Profile | Spare) -> None:
        self._of = rate.of if isinstance(rate, Spare) else None
        self._flow = Flow(rate.load if isinstance(rate, Spare) else rate)

    @property
    def kinks(self) -> tuple[float, ...]:
        """Times (s) at which the rate jumps or bends, those where a load leaves nothing aside."""
        return self._flow.kinks

    @property
    def curved_until(self) -> float:
        """From this time on (s) the rate is constant between kinks."""
        return self._flow.curved_until

    def at(self, t: float, members: float) -> float:
        """Units per second at `t` (s); `members`: how many there are per one at time 0."""
        if self._of is None:
            return self._flow.at(t)
        return self._of * max(0.0, self._room(t, members))

    def between(self, start: float, end: float, members: float) -> float:
        """Units that can be done from `start` to `end` (s).

        Exact if the load passes what the members can carry at most once in between.
        """
        if self._of is None:
            return self._flow.total(end) - self._flow.total(start)
        at_start, at_end = self._room(start, members), self._room(end, members)
        if at_start < 0.0 < at_end:
            start = first_time(lambda t: self._room(t, members) > 0.0, start, end)
        elif at_end < 0.0 < at_start:
            end = first_time(lambda t: self._room(t, members) < 0.0, start, end)
        if members <= 0.0:
            return 0.0
        load = (self._flow.total(end) - self._flow.total(start)) / members
        return self._of * max(0.0, end - start - load)

    def _room(self, t: float, members: float) -> float:
        """Share of the members' time that the load leaves; below 0 if it wants more than there is."""
        return 1.0 - self._flow.at(t) / members if members > 0.0 else -math.inf


class Arrivals:
    """All that ever came, in the order of its coming; the inverse gives the time a unit came.

    The total is the profile's own, without steps; only what is done to it (an amount added, the
    inflow made stronger) is written down.

    Parameters
    ----------
    inflow : float or Profile
    starts : float
        Units that come at time 0 at once.
    """

    __slots__ = ("_at", "_before", "_factor", "_level", "flow")

    def __init__(self, inflow: float | Profile, starts: float) -> None:
        self.flow = Flow(inflow)
        self._at, self._level, self._before, self._factor = [0.0], [float(starts)], [0.0], [1.0]

    @property
    def factor(self) -> float:
        """By what the inflow is multiplied now."""
        return self._factor[-1]

    def change(self, now: float, more: float = 0.0, factor: float | None = None) -> None:
        """At `now` (s) `more` units come at once; from now on the inflow is `factor` times its own."""
        level = self.by(now) + more
        self._at.append(now)
        self._level.append(level)
        self._before.append(self.flow.total(now))
        self._factor.append(self.factor if factor is None else factor)

    def part(self, t: float) -> int:
        """Number of the last change up to `t` (s), the start being 0; -1 before time 0."""
        return bisect_right(self._at, t) - 1

    def by(self, t: float, part: int | None = None) -> float:
        """Units that came up to `t` (s), as if the change number `part` (default: the last) held on."""
        k = len(self._at) - 1 if part is None else part
        if k < 0:
            return 0.0
        return self._level[k] + self._factor[k] * (self.flow.total(t) - self._before[k])

    def time_of(self, amount: float, now: float) -> float:
        """When the unit came (s, at most `now`) before which `amount` units had come."""
        k = bisect_right(self._level, amount) - 1
        if k < 0:
            return self._at[0]
        last = k + 1 == len(self._at)
        end = now if last else self._at[k + 1]
        if self.by(end, k) <= amount:
            return end
        return first_time(lambda t: self.by(t, k) > amount, self._at[k], end)

    def next_break(self, now: float, lag: float) -> float:
        """First time after `now` (s) that lies `lag` seconds after a change or a kink; may be infinite."""
        kinks = (t + lag for t in self.flow.kinks if t + lag > now)
        k = max(bisect_right(self._at, now - lag) - 1, 0)
        while k < len(self._at) and self._at[k] + lag <= now:
            k += 1
        change = self._at[k] + lag if k < len(self._at) else math.inf
        return min(change, *kinks, math.inf)

    def copy(self) -> Arrivals:
        """An independent object in the same state."""
        twin = object.__new__(Arrivals)
        twin.flow = self.flow
        twin._at, twin._level = list(self._at), list(self._level)
        twin._before, twin._factor = list(self._before), list(self._factor)
        return twin
