"""Counts over the last so many seconds, kept in equal slices of time."""

from __future__ import annotations

__all__ = ["Slices"]


class Slices:
    """Whole-number counts of several kinds over a sliding window of time.

    The time axis is cut at multiples of ``seconds / slices``. The window holds the slice of the
    present and the ``slices - 1`` before it; entering a new slice drops the oldest one whole, so what
    was counted is forgotten after between ``seconds - seconds / slices`` and `seconds`.

    Parameters
    ----------
    seconds : float
        Length of the window.
    slices : int
    kinds : int
        How many kinds of things are counted; they are addressed as 0, 1, ...

    Attributes
    ----------
    totals : list of int
        For each kind, its count in the window at the time of the latest observation.

    Notes
    -----
    Times must not decrease. One that does is counted in the present slice.
    """

    __slots__ = ("_counts", "_latest", "_slices", "_width", "totals")

    def __init__(self, seconds: float, slices: int = 10, kinds: int = 1) -> None:
        self._width = seconds / slices
        self._slices = slices
        self._latest = 0
        self._counts = [[0] * slices for _ in range(kinds)]
        self.totals = [0] * kinds

    def add(self, now: float, kind: int, amount: int = 1) -> None:
        """Count `amount` (negative takes away) of `kind` at time `now`, seconds."""
        number = int(now / self._width)
        if number > self._latest:
            self._enter(number)
        self._counts[kind][self._latest % self._slices] += amount
        self.totals[kind] += amount

    def advance(self, now: float) -> None:
        """Forget what has left the window by time `now`, seconds."""
        number = int(now / self._width)
        if number > self._latest:
            self._enter(number)

    def advance_to_before(self, now: float) -> None:
        """Like `advance`, but if `now` begins a slice, stop in the one that ends there."""
        number = int(now / self._width)
        if number * self._width >= now:
            number -= 1
        if number > self._latest:
            self._enter(number)

    def clear(self) -> None:
        """Forget everything; the slices stay where they are."""
        for kind, counts in enumerate(self._counts):
            counts[:] = [0] * self._slices
            self.totals[kind] = 0

    def copy(self) -> Slices:
        """An independent object in the same state."""
        twin = object.__new__(Slices)
        twin._width, twin._slices, twin._latest = self._width, self._slices, self._latest
        twin._counts = [counts.copy() for counts in self._counts]
        twin.totals = self.totals.copy()
        return twin

    def _enter(self, number: int) -> None:
        passed = number - self._latest
        first = self._latest + 1
        self._latest = number
        if passed >= self._slices:
            self.clear()
            return
        for kind, counts in enumerate(self._counts):
            for slot in range(first, number + 1):
                self.totals[kind] -= counts[slot % self._slices]
                counts[slot % self._slices] = 0
