"""Client-side throttling: a caller refuses its own requests when too few of them are accepted."""

from __future__ import annotations

from simulator.describe.guards import AdaptiveThrottle
from simulator.rules.slices import Slices

__all__ = ["Throttle"]

_REQUESTS, _ACCEPTS = 0, 1


class Throttle:
    """The adaptive throttle of the SRE book, chapter "Handling Overload", as a pure rule.

    For each request: reject it if a uniform number is below `chance`; call `asked` either way; call
    `accepted` when the callee has accepted it.

    Parameters
    ----------
    rule : AdaptiveThrottle

    Notes
    -----
    Times are in seconds and must not decrease. A callee that can accept C requests per second, and is
    asked for more than k C, gets k C in the long run.
    """

    __slots__ = ("_counts", "_k", "rule")

    def __init__(self, rule: AdaptiveThrottle) -> None:
        self.rule = rule
        self._k = rule.k
        self._counts = Slices(rule.window, kinds=2)

    def chance(self, now: float) -> float:
        """Probability to reject a request at `now`: max(0, (requests - k accepts) / (requests + 1))."""
        counts = self._counts
        counts.advance(now)
        requests, accepts = counts.totals
        excess = requests - self._k * accepts
        return excess / (requests + 1) if excess > 0.0 else 0.0

    def asked(self, now: float) -> None:
        """Count a request, sent or rejected, when it is made."""
        self._counts.add(now, _REQUESTS)

    def accepted(self, now: float) -> None:
        """Count a request that the callee accepted, when the caller learns of it."""
        self._counts.add(now, _ACCEPTS)

    def copy(self) -> Throttle:
        """An independent object in the same state."""
        twin = object.__new__(Throttle)
        twin.rule, twin._k, twin._counts = self.rule, self._k, self._counts.copy()
        return twin
