"""The evidence a circuit breaker judges by: failures in a row, in the last calls, in the last seconds."""

from __future__ import annotations

from abc import ABC, abstractmethod

from simulator.describe.guards import Breaker, Consecutive, Count, Rolling
from simulator.rules.slices import Slices

__all__ = ["CountWindow", "RollingWindow", "RowWindow", "Window", "new_window"]


class Window(ABC):
    """Completed calls, of which some failed and some were slow."""

    __slots__ = ()

    @abstractmethod
    def add(self, now: float, failed: bool, slow: bool) -> None:
        """Take note of a call that ended at `now`, seconds."""

    @abstractmethod
    def trips(self) -> bool:
        """Whether the evidence noted so far opens a breaker."""

    @abstractmethod
    def clear(self) -> None:
        """Forget everything."""

    @abstractmethod
    def copy(self) -> Window:
        """An independent object in the same state."""

    def judged_at(self, now: float) -> bool:
        """Whether the evidence of the time up to (not including) `now` opens a breaker."""
        return self.trips()

    @property
    def ages(self) -> bool:
        """Whether passing time alone changes the evidence there still is."""
        return False


class RowWindow(Window):
    """Failures in a row.

    Parameters
    ----------
    failures : int
        A row this long trips.
    """

    __slots__ = ("failures", "row")

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.row = 0

    def add(self, now: float, failed: bool, slow: bool) -> None:
        self.row = self.row + 1 if failed else 0

    def trips(self) -> bool:
        return self.row >= self.failures

    def clear(self) -> None:
        self.row = 0

    def copy(self) -> RowWindow:
        twin = RowWindow(self.failures)
        twin.row = self.row
        return twin


class CountWindow(Window):
    """The last `size` completed calls, in a ring with running sums.

    Parameters
    ----------
    size : int
    minimum : int
        Calls that must be in the window for it to trip; more than `size` means `size`.
    opens_at, slow_at : float
        It trips at this share of failed or of slow calls, or more.
    """

    __slots__ = (
        "_next",
        "_ring",
        "calls",
        "failures",
        "minimum",
        "opens_at",
        "size",
        "slow",
        "slow_at",
    )

    def __init__(self, size: int, minimum: int, opens_at: float, slow_at: float) -> None:
        self.size = size
        self.minimum = min(minimum, size)
        self.opens_at = opens_at
        self.slow_at = slow_at
        self._ring = bytearray(size)
        self._next = self.calls = self.failures = self.slow = 0

    def add(self, now: float, failed: bool, slow: bool) -> None:
        place = self._next
        ring = self._ring
        if self.calls == self.size:
            if leaving := ring[place]:  # bit 0: failed, bit 1: slow
                self.failures -= leaving & 1
                self.slow -= leaving >> 1
        else:
            self.calls += 1
        if failed or slow:
            ring[place] = failed | slow << 1
            self.failures += failed
            self.slow += slow
        else:
            ring[place] = 0
        place += 1
        self._next = place if place < self.size else 0

    def trips(self) -> bool:
        if not (self.failures or self.slow):
            return False  # the common case, fast: no share to reach is 0
        # A quotient, not opens_at * calls: 7 / 100 is 0.07, but 0.07 * 100 is more than 7.
        calls = self.calls
        return calls >= self.minimum and (
            self.failures / calls >= self.opens_at or self.slow / calls >= self.slow_at
        )

    def clear(self) -> None:
        self._next = self.calls = self.failures = self.slow = 0

    def copy(self) -> CountWindow:
        twin = CountWindow(0, 0, self.opens_at, self.slow_at)
        twin.size, twin.minimum, twin._ring = self.size, self.minimum, self._ring[:]
        twin._next, twin.calls = self._next, self.calls
        twin.failures, twin.slow = self.failures, self.slow
        return twin


_CALLS, _FAILURES, _SLOW = 0, 1, 2


class RollingWindow(Window):
    """The calls completed in the last `seconds`, in `slices` (see :class:`Slices`).

    Parameters
    ----------
    seconds : float
    slices : int
    minimum : int
        Calls that must be in the window for it to trip.
    opens_at, slow_at : float
        It trips at this share of failed or of slow calls, or more.
    """

    __slots__ = ("counts", "minimum", "opens_at", "slow_at")

    def __init__(
        self, seconds: float, slices: int, minimum: int, opens_at: float, slow_at: float
    ) -> None:
        self.counts = Slices(seconds, slices, kinds=3)
        self.minimum = minimum
        self.opens_at = opens_at
        self.slow_at = slow_at

    def add(self, now: float, failed: bool, slow: bool) -> None:
        add = self.counts.add
        add(now, _CALLS)
        if failed:
            add(now, _FAILURES)
        if slow:
            add(now, _SLOW)

    def trips(self) -> bool:
        calls, failures, slow = self.counts.totals
        return calls >= self.minimum and (
            failures / calls >= self.opens_at or slow / calls >= self.slow_at
        )

    def judged_at(self, now: float) -> bool:
        self.counts.advance_to_before(now)
        return self.trips()

    @property
    def ages(self) -> bool:
        return self.counts.totals[_CALLS] > 0

    def clear(self) -> None:
        self.counts.clear()

    def copy(self) -> RollingWindow:
        twin = object.__new__(RollingWindow)
        twin.counts, twin.minimum = self.counts.copy(), self.minimum
        twin.opens_at, twin.slow_at = self.opens_at, self.slow_at
        return twin


def new_window(rule: Breaker) -> Window:
    """The empty window that `rule` describes."""
    kind = rule.window
    if isinstance(kind, Consecutive):
        return RowWindow(kind.failures)
    if isinstance(kind, Count):
        return CountWindow(kind.calls, rule.minimum, rule.opens_at, rule.slow_at)
    assert isinstance(kind, Rolling)
    return RollingWindow(kind.seconds, kind.slices, rule.minimum, rule.opens_at, rule.slow_at)
