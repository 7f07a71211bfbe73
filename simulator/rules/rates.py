"""Rate limits of a caller: which attempt may leave now, later, or not at all.

The times that are handed in never fall. An attempt may come a millionth of a turn early, which is
then missing from the next one: without that, callers that keep to the rate exactly would be refused
at random, because 3 times 0.1 s is a little more than 0.3 s to a computer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import inf
from typing import Self

from simulator.describe.guards import AimdRate, LeakyBucket, RateLimit, TokenRate

__all__ = ["RateState", "new_rate"]

_SLACK = 1e-6


class RateState(ABC):
    """Decides about one attempt after the other."""

    __slots__ = ("_rule",)

    def __init__(self, rule: RateLimit) -> None:
        self._rule = rule

    @abstractmethod
    def take(self, now: float, longest: float = inf) -> float | None:
        """An attempt asks to leave.

        Parameters
        ----------
        now : float
            Seconds.
        longest : float
            It does not wait so long or longer, seconds.

        Returns
        -------
        float or None
            0.0: it goes now. More: it goes after so many seconds, and has taken its turn, which is
            lost if it gives up meanwhile. None: rejected, and no trace is left.
        """

    def ended(self, now: float, ok: bool) -> None:  # noqa: B027 - most limits do not listen
        """An attempt ended; only a limit that adapts listens.

        Parameters
        ----------
        now : float
            Seconds.
        ok : bool
            False: a failure that says the callee cannot keep up.
        """

    def copy(self) -> Self:
        """A limit in the same state that goes its own way."""
        twin = type(self)(self._rule)
        for cls in type(self).__mro__:
            for name in getattr(cls, "__slots__", ()):
                setattr(twin, name, getattr(self, name))
        return twin


class _Tokens(RateState):
    __slots__ = ("_burst", "_rate", "_since", "_tokens")

    def __init__(self, rule: TokenRate) -> None:
        super().__init__(rule)
        self._rate, self._burst = rule.rate, float(rule.burst)
        self._tokens = self._burst
        self._since = 0.0

    def take(self, now: float, longest: float = inf) -> float | None:
        tokens = self._tokens + (now - self._since) * self._rate
        if tokens > self._burst:
            tokens = self._burst
        self._since = now
        if tokens < 1.0 - _SLACK:
            self._tokens = tokens
            return None
        self._tokens = tokens - 1.0
        return 0.0


class _Leaky(RateState):
    __slots__ = ("_every", "_rate", "_turn", "_waiting")

    def __init__(self, rule: LeakyBucket) -> None:
        super().__init__(rule)
        self._rate, self._every = rule.rate, 1.0 / rule.rate
        self._waiting = rule.waiting + _SLACK
        self._turn = 0.0  # the first turn that nobody has taken

    def take(self, now: float, longest: float = inf) -> float | None:
        turn = self._turn
        if now >= turn:
            self._turn = now + self._every
            return 0.0
        # Turns lie 1 / rate apart, so those taken and still to come are this many, rounded up, less 1.
        ahead = (turn - now) * self._rate
        if ahead > self._waiting or turn - now >= longest:
            return None
        self._turn = turn + self._every
        return turn - now if ahead > _SLACK else 0.0


class _AimdRate(RateState):
    """A token bucket whose rate climbs along a straight line between failures.

    Attributes
    ----------
    rate : float
        Attempts per second at the last observation.
    """

    __slots__ = ("_adds", "_backs_off", "_burst", "_least", "_most", "_since", "_tokens", "rate")

    def __init__(self, rule: AimdRate) -> None:
        super().__init__(rule)
        self._least, self._most = rule.least, rule.most
        self._adds, self._backs_off = rule.adds, rule.backs_off
        self._burst = self._tokens = float(rule.burst)
        self._since = 0.0
        self.rate = float(rule.initial)

    def take(self, now: float, longest: float = inf) -> float | None:
        self._climb(now)
        if self._tokens < 1.0 - _SLACK:
            return None
        self._tokens -= 1.0
        return 0.0

    def ended(self, now: float, ok: bool) -> None:
        if ok:
            return
        self._climb(now)
        self.rate = max(self._least, self.rate * self._backs_off)

    def _climb(self, now: float) -> None:
        """Bring rate and tokens to `now`: the tokens are the area under the rate."""
        passed = now - self._since
        self._since = now
        low, top = self.rate, self._most
        if passed * self._adds < top - low:
            self.rate = low + passed * self._adds
            earned = passed * (low + self.rate) / 2.0
        elif low < top:  # it reaches the top on the way (only if it climbs at all)
            climbing = (top - low) / self._adds
            self.rate = top
            earned = climbing * (low + top) / 2.0 + (passed - climbing) * top
        else:
            earned = passed * top
        self._tokens = min(self._burst, self._tokens + earned)


def new_rate(rate: RateLimit) -> RateState:
    """A rate limit as described, at time 0 with a full bucket.

    Notes
    -----
    A leaky bucket lets an attempt leave at once if the last one left at least ``1 / rate`` seconds
    ago. An adaptive rate climbs continuously, `adds` per second in a second, never above `most`, and
    is multiplied by `backs_off`, never below `least`, at every failed attempt.
    """
    if isinstance(rate, TokenRate):
        return _Tokens(rate)
    return _Leaky(rate) if isinstance(rate, LeakyBucket) else _AimdRate(rate)
