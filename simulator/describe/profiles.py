"""How a rate changes over time: constant, ramp, spike, daily."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from simulator.describe.quantities import Number, PerSecond, Seconds
from simulator.describe.valid import above, at_least, finite

__all__ = ["Daily", "Profile", "Ramp", "Spike"]


class Profile(ABC):
    """A rate per second as a function of time since the start, seconds."""

    __slots__ = ()

    @abstractmethod
    def at(self, t: float) -> float:
        """Rate at time `t`, per second."""

    @property
    @abstractmethod
    def most(self) -> float:
        """Highest rate at any time, per second."""


@dataclass(frozen=True, slots=True)
class Ramp(Profile):
    """From one rate to another, in a straight line between two times.

    Parameters
    ----------
    low, high : float
        Rate before `starts` and after `ends`, per second.
    starts, ends : float
        Seconds.
    """

    low: PerSecond
    high: PerSecond
    starts: Seconds
    ends: Seconds

    def __post_init__(self) -> None:
        at_least(self.low, "low")
        at_least(self.high, "high")
        at_least(self.starts, "starts")
        above(self.ends, "ends", self.starts)

    def at(self, t: float) -> float:
        """Rate at time `t`, per second."""
        share = min(max((t - self.starts) / (self.ends - self.starts), 0.0), 1.0)
        return self.low + (self.high - self.low) * share

    @property
    def most(self) -> float:
        """Highest rate, per second."""
        return max(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Spike(Profile):
    """`base`, but `peak` from `starts` for `lasts` seconds.

    Parameters
    ----------
    base, peak : float
        Per second.
    starts, lasts : float
        Seconds.
    """

    base: PerSecond
    peak: PerSecond
    starts: Seconds
    lasts: Seconds

    def __post_init__(self) -> None:
        at_least(self.base, "base")
        at_least(self.peak, "peak")
        at_least(self.starts, "starts")
        above(self.lasts, "lasts")

    def at(self, t: float) -> float:
        """Rate at time `t`, per second."""
        return self.peak if self.starts <= t < self.starts + self.lasts else self.base

    @property
    def most(self) -> float:
        """Highest rate, per second."""
        return max(self.base, self.peak)


@dataclass(frozen=True, slots=True)
class Daily(Profile):
    """A cosine over each day between `low` and `high`.

    Parameters
    ----------
    low, high : float
        Lowest and highest rate, per second.
    peak : float
        Time of day of the highest rate, seconds after midnight; runs start at midnight.
    """

    low: PerSecond
    high: PerSecond
    peak: Seconds = 64800.0
    period: Number = 86400.0

    def __post_init__(self) -> None:
        at_least(self.low, "low")
        at_least(self.high, "high", self.low)
        at_least(self.peak, "peak")
        finite(self.peak, "peak")
        above(self.period, "period")

    def at(self, t: float) -> float:
        """Rate at time `t`, per second."""
        angle = 2.0 * math.pi * (t - self.peak) / self.period
        return self.low + (self.high - self.low) * (1.0 + math.cos(angle)) / 2.0

    @property
    def most(self) -> float:
        """Highest rate, per second."""
        return self.high
