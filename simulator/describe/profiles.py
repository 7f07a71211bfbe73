"""How a rate changes over time: constant, ramp, spike, daily."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.describe.quantities import PerSecond, Seconds
from simulator.describe.valid import above, at_least, finite

__all__ = ["Daily", "Profile", "Ramp", "Spike"]

Array = npt.NDArray[np.float64]


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

    @abstractmethod
    def total(self, t: Array) -> Array:
        """Mean number of events in [0, t], for `t` in seconds."""

    def time_of(self, amounts: Array) -> Array:
        """Times (s) at which the mean number of events reaches `amounts`; infinite where it never does.

        Found by halving an interval that holds them, to the last bit but a few.
        """
        low = amounts / self.most
        high = np.maximum(2.0 * low, 1.0)
        for _ in range(60):
            short = self.total(high) < amounts
            if not short.any():
                break
            high = np.where(short, 2.0 * high, high)
        never = self.total(high) < amounts
        for _ in range(80):
            middle = 0.5 * (low + high)
            under = self.total(middle) < amounts
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.where(never, np.inf, high)


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

    def total(self, t: Array) -> Array:
        """Mean number of events in [0, t], for `t` in seconds."""
        length = self.ends - self.starts
        within = np.clip(t - self.starts, 0.0, length)
        after = np.maximum(t - self.ends, 0.0)
        climbed = (self.high - self.low) * (within * within / (2.0 * length) + after)
        return np.asarray(self.low * t + climbed)


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

    def total(self, t: Array) -> Array:
        """Mean number of events in [0, t], for `t` in seconds."""
        more = (self.peak - self.base) * np.clip(t - self.starts, 0.0, self.lasts)
        return np.asarray(self.base * t + more)


@dataclass(frozen=True, slots=True)
class Daily(Profile):
    """A cosine over each day between `low` and `high`.

    Parameters
    ----------
    low, high : float
        Lowest and highest rate, per second.
    peak : float
        Time of day of the highest rate, seconds after midnight; runs start at midnight.
    period : float
        Length of the day, seconds.
    """

    low: PerSecond
    high: PerSecond
    peak: Seconds = 64800.0
    period: Seconds = 86400.0

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

    def total(self, t: Array) -> Array:
        """Mean number of events in [0, t], for `t` in seconds."""
        turn = 2.0 * math.pi / self.period
        waves = (np.sin(turn * (t - self.peak)) - math.sin(-turn * self.peak)) / turn
        return np.asarray(self.low * t + (self.high - self.low) * (t + waves) / 2.0)
