"""Limits on requests at once that move with the answers (Netflix's concurrency-limits library).

Every state is told of each request that ended and changes one number, `limit`; a caller may have
``int(limit)`` requests under way. The library draws a jitter for the probes of Vegas; here nothing is
drawn. Its optional averaging over windows of a second is not part of the rules.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import ceil, inf
from typing import Self

from simulator.describe.guards import AimdLimit, ConcurrencyLimit, Gradient, Vegas

__all__ = ["LimitState", "new_limit"]

_WARM_UP = 10  # answers of which the long-term average is the plain mean, as in the library
_SAME = 1e-9  # share by which two measured times may differ and be the same, rounded


class LimitState(ABC):
    """A limit that moves.

    Attributes
    ----------
    limit : float
        ``int(limit)`` requests may be under way.
    """

    __slots__ = ("_rule", "limit")

    def __init__(self, rule: ConcurrencyLimit) -> None:
        self._rule = rule
        self.limit = float(rule.initial)

    @abstractmethod
    def ended(self, now: float, took: float, inflight: int, dropped: bool) -> None:
        """A request ended.

        Parameters
        ----------
        now : float
            Seconds. No rule here looks at it; it stands for rules with windows of time.
        took : float
            Seconds since the request was sent.
        inflight : int
            Requests under way when it was sent, itself included.
        dropped : bool
            It was refused by the callee or timed out. (What was refused before it was sent is none
            of the limit's affair, and neither is an error that says nothing about load.)
        """

    def copy(self) -> Self:
        """A limit in the same state that goes its own way."""
        twin = type(self)(self._rule)
        for cls in type(self).__mro__:
            for name in getattr(cls, "__slots__", ()):
                setattr(twin, name, getattr(self, name))
        return twin


class _Aimd(LimitState):
    """Whole numbers: one more if at least half the limit was used, ``int(limit * backs_off)`` if bad."""

    __slots__ = ("_backs_off", "_least", "_most", "_slow_after")

    def __init__(self, rule: AimdLimit) -> None:
        super().__init__(rule)
        self._least, self._most = float(rule.least), float(rule.most)
        self._slow_after, self._backs_off = rule.slow_after, rule.backs_off

    def ended(self, now: float, took: float, inflight: int, dropped: bool) -> None:
        limit = self.limit
        if dropped or took > self._slow_after:
            limit = float(int(limit * self._backs_off))
            self.limit = limit if limit > self._least else self._least
        elif inflight * 2 >= limit and limit < self._most:
            self.limit = limit + 1.0


class _Vegas(LimitState):
    """Keeps the queue, ``ceil(limit * (1 - best / took))``, between 3 and 6 times log10 of the limit.

    The logarithm is that of ``int(limit)``, rounded down, at least 1. An answer that is a new best one
    moves nothing, and neither does the one that is taken for the best because it is time to probe.
    Times that differ by a billionth are the same one, rounded: 0.7 - 0.6 is less than 0.1.
    """

    __slots__ = ("_answers", "_best", "_most", "_probes_every", "_smoothing")

    def __init__(self, rule: Vegas) -> None:
        super().__init__(rule)
        self._most, self._smoothing = float(rule.most), rule.smoothing
        self._probes_every = rule.probes_every
        self._answers = 0
        self._best = inf

    def ended(self, now: float, took: float, inflight: int, dropped: bool) -> None:
        self._answers += 1
        if self._answers >= self._probes_every * self.limit:
            self._answers = 0
            self._best = took
        elif took < self._best * (1.0 - _SAME):
            self._best = took
        else:
            self._move(took, inflight, dropped)

    def _move(self, took: float, inflight: int, dropped: bool) -> None:
        limit = self.limit
        step = _log10(int(limit))
        if dropped:
            target = limit - step
        elif inflight * 2 < limit:
            return
        else:
            share = 1.0 - self._best / took if took > 0.0 else 0.0
            queue = ceil(limit * (share - _SAME))
            if queue <= step:
                target = limit + 6 * step
            elif queue < 3 * step:
                target = limit + step
            elif queue > 6 * step:
                target = limit - step
            else:
                return
        target = max(1.0, min(self._most, target))
        self.limit = (1.0 - self._smoothing) * limit + self._smoothing * target


class _Gradient(LimitState):
    """``limit * clamp(tolerance * long / took, 0.5, 1) + queue``, of which a share is taken over.

    `long` is an exponential average of weight ``2 / (long_window + 1)``; of the first 10 answers it is
    the mean. It loses 5 % after each answer that took less than half as long (which the next mean
    of the first 10 makes good). A drop counts by how long it
    took, like any answer.
    """

    __slots__ = (
        "_answers",
        "_least",
        "_long",
        "_most",
        "_queue",
        "_smoothing",
        "_sum",
        "_tolerance",
        "_weight",
    )

    def __init__(self, rule: Gradient) -> None:
        super().__init__(rule)
        self._least, self._most = float(rule.least), float(rule.most)
        self._tolerance, self._queue = rule.tolerance, float(rule.queue)
        self._smoothing = rule.smoothing
        self._weight = 2.0 / (rule.long_window + 1)
        self._answers = 0
        self._long = self._sum = 0.0

    def ended(self, now: float, took: float, inflight: int, dropped: bool) -> None:
        if self._answers < _WARM_UP:
            self._answers += 1
            self._sum += took
            long = self._sum / self._answers
        else:
            long = self._long + (took - self._long) * self._weight
        self._long = 0.95 * long if long > 2.0 * took else long
        limit = self.limit
        if inflight < limit / 2.0:
            return
        gradient = min(1.0, max(0.5, self._tolerance * long / took)) if took > 0.0 else 1.0
        target = limit * gradient + self._queue
        target = (1.0 - self._smoothing) * limit + self._smoothing * target
        self.limit = max(self._least, min(self._most, target))


def _log10(limit: int) -> int:
    """The logarithm rounded down, at least 1; by digits, so that 1000 is 3 on every machine."""
    return max(1, len(str(limit)) - 1)


def new_limit(limit: ConcurrencyLimit) -> LimitState:
    """A limit as described, at its initial value.

    Notes
    -----
    Formulas and defaults are those of the library's ``AIMDLimit``, ``VegasLimit`` and
    ``Gradient2Limit`` with the logarithm of its later versions (earlier ones step by the square root
    from a limit of 1000 on). Two things differ. Vegas forgets its best round trip after
    ``probes_every * limit`` answers; the library multiplies that by a random number from 0.5 to 1.
    And a round trip of 0 s, which the library refuses, is one without a queue.
    """
    if isinstance(limit, AimdLimit):
        return _Aimd(limit)
    return _Vegas(limit) if isinstance(limit, Vegas) else _Gradient(limit)
