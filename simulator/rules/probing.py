"""Probes at whole multiples of a period, reckoned without sending them: only changes cost anything.

A probe sees what is so at the moment it is sent; one sent at the very moment of a change sees what
comes after it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Probes", "first_from"]


def first_from(time: float, every: float) -> int:
    """Number of the first probe at or after `time` (s), as ``k * every`` is rounded.

    Parameters
    ----------
    time, every : float
        Seconds; `every` above 0.
    """
    k = math.ceil(time / every)
    if (k - 1) * every >= time:
        return k - 1
    return k + 1 if k * every < time else k


@dataclass(slots=True)
class Probes:
    """What the probes of one target have said so far, and what they will say if nothing changes.

    Parameters
    ----------
    every : float
        Seconds between two probes, at times 0, `every`, 2 `every` ...; 0 = somebody looks all the time.
    fails : bool
        Whether a probe that is sent now fails.

    Attributes
    ----------
    since : int
        Number of the first probe that sees what is so now.
    alike : int
        Probes before it, in a row, that have said the same.
    """

    every: float
    fails: bool = False
    since: int = 0
    alike: int = 0
    _before: bool = False  # what the last probes before `since` said

    def change(self, time: float, fails: bool) -> None:
        """From `time` (s) on probes fail, or pass; the same again is nothing."""
        if fails == self.fails:
            return
        if self.every <= 0.0:
            self.fails, self.alike = fails, 0
            return
        number = first_from(time, self.every)
        seen = number - self.since
        if seen > 0:  # somebody has seen the state that ends now
            self._before, self.alike = self.fails, seen + (self.alike if self._agrees else 0)
        self.fails, self.since = fails, number

    @property
    def _agrees(self) -> bool:
        return self._before == self.fails

    def decides(self, time: float, many: int) -> float:
        """When the last of `many` equal answers in a row is asked for, if all stays as it is.

        Parameters
        ----------
        time : float
            Now, seconds; answers that are already there decide now.
        many : int
            At least 1.
        """
        if self.every <= 0.0:
            return time
        missing = many - (self.alike if self._agrees else 0)
        return max(time, (self.since + missing - 1) * self.every)
