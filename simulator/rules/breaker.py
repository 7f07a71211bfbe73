"""The circuit breaker: closed, open, half open, and what moves it from one to the other."""

from __future__ import annotations

import math
from collections.abc import Callable

from simulator.describe.guards import Breaker
from simulator.rules.windows import new_window

__all__ = ["CircuitBreaker"]

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"


class CircuitBreaker:
    """A breaker that is told the time and the results; it reads no clock and draws no number.

    Before a call ask `admits`; if it says yes, keep `epoch` and, when the call has ended, hand it to
    `record` with the result, or to `gives_back` if the call says nothing about the callee.

    Parameters
    ----------
    rule : Breaker
    draw : callable or None
        ``draw(k)`` is the uniform number on [0, 1) that stretches opening k = 0, 1, ...; needed if
        ``rule.jitter`` is above 0.

    Attributes
    ----------
    state : {"closed", "open", "half_open"}
        As of the latest observation; `state_at` says what an observation would find now.
    epoch : int
        Goes up by one at each change of state.
    openings : int
        How often it has opened.
    open_until : float
        Seconds; from then on probes are let through. Minus infinity before the first opening.

    Raises
    ------
    ValueError
        If the rule has jitter and there is no `draw`.

    Notes
    -----
    Times are in seconds and must not decrease. The half-open state is entered by the first `admits`
    at or after `open_until`, not by itself; a result that ends in between finds the breaker open.
    With ``judged_every`` the evidence is judged as it stood at each multiple of that time, by the
    first observation after it, and the opening dates from that multiple.
    """

    __slots__ = (
        "_admitted",
        "_draw",
        "_ended",
        "_every",
        "_failed",
        "_ignores_late",
        "_judged",
        "_length",
        "_only_failures",
        "_slow",
        "_slow_after",
        "_under_way",
        "_window",
        "epoch",
        "open_until",
        "openings",
        "rule",
        "state",
    )

    def __init__(self, rule: Breaker, draw: Callable[[int], float] | None = None) -> None:
        if rule.jitter and draw is None:
            raise ValueError("a breaker with jitter needs draw, a source of uniform numbers")
        self.rule = rule
        self.state = CLOSED
        self.epoch = 0
        self.openings = 0
        self.open_until = -math.inf
        self._draw = draw
        self._length = 0.0
        self._window = new_window(rule)
        self._admitted = self._under_way = 0  # probes
        self._ended = self._failed = self._slow = 0  # results in the half-open state
        self._judged = 0
        self._every = rule.judged_every
        self._slow_after = math.inf if rule.slow_after is None else rule.slow_after
        self._ignores_late = rule.late == "ignored"
        self._only_failures = rule.judged == "on_failure"

    def admits(self, now: float) -> bool:
        """Whether a call may be sent at `now`; a half-open breaker counts it as one of its probes."""
        if self._every:
            self._judge_until(now)
        if self.state == CLOSED:
            return True
        if self.state == OPEN:
            if now < self.open_until:
                return False
            self._become(HALF_OPEN)
        if self._admitted >= self.rule.probes or (self.rule.one_at_a_time and self._under_way):
            return False
        self._admitted += 1
        self._under_way += 1
        return True

    def record(self, now: float, failed: bool, took: float, epoch: int) -> None:
        """Take note of the result of an admitted call.

        Parameters
        ----------
        now : float
            When it ended, seconds.
        failed : bool
            Whether its outcome is one that the rule counts as a failure.
        took : float
            Seconds from its start to its end.
        epoch : int
            `epoch` when it was admitted.
        """
        if self._every:
            self._judge_until(now)
        if epoch != self.epoch and self._ignores_late:
            return
        if self.state == CLOSED:
            window = self._window
            window.add(now, failed, took > self._slow_after)
            if self._every or (self._only_failures and not failed):
                return
            if window.trips():
                self._open(now)
        elif self.state == HALF_OPEN:
            self._under_way -= epoch == self.epoch
            self._probed(now, failed, took > self._slow_after)
        elif failed and self.rule.late_restarts:
            self.open_until = now + self._length

    def gives_back(self, now: float, epoch: int) -> None:
        """An admitted call ended without evidence (no permit, cancelled): its probe place is free."""
        if self.state == HALF_OPEN and epoch == self.epoch:
            self._admitted -= 1
            self._under_way -= 1

    def state_at(self, now: float) -> str:
        """The state an observation at `now` would find; nothing changes."""
        if self._every and self.state == CLOSED and int(now / self._every) > self._judged:
            later = self.copy()
            later._judge_until(now)
            if later.state == OPEN:
                return later.state_at(now)
        return HALF_OPEN if self.state == OPEN and now >= self.open_until else self.state

    def copy(self) -> CircuitBreaker:
        """An independent object in the same state; rule and draw are shared."""
        twin = object.__new__(CircuitBreaker)
        for name in CircuitBreaker.__slots__:
            setattr(twin, name, getattr(self, name))
        twin._window = self._window.copy()
        return twin

    def _probed(self, now: float, failed: bool, slow: bool) -> None:
        """A result in the half-open state: does it decide?"""
        rule = self.rule
        self._ended += 1
        self._failed += failed
        self._slow += slow
        if rule.half_open == "rate":
            decided = self._ended >= (rule.awaited or rule.probes)
            bad = (
                self._failed / self._ended >= rule.opens_at
                or self._slow / self._ended >= rule.slow_at
            )
        else:
            decided = failed or rule.half_open == "first" or self._ended >= rule.probes
            bad = failed
        if decided:
            if bad:
                self._open(now)
            else:
                self._become(CLOSED)

    def _open(self, now: float) -> None:
        length = self.rule.stays_open
        if self._draw is not None and self.rule.jitter:
            length *= 1.0 + self.rule.jitter * self._draw(self.openings)
        self._length = length
        self.open_until = now + length
        self.openings += 1
        self._become(OPEN)

    def _become(self, state: str) -> None:
        self.state = state
        self.epoch += 1
        self._admitted = self._under_way = 0
        self._ended = self._failed = self._slow = 0
        self._window.clear()

    def _judge_until(self, now: float) -> None:
        """Judge the evidence as it stood at each multiple of `judged_every` since the last one."""
        last = int(now / self._every)
        while self._judged < last:
            self._judged += 1
            if self.state != CLOSED:
                break
            if self._window.judged_at(self._judged * self._every):
                self._open(self._judged * self._every)
            if not self._window.ages:
                break
        self._judged = max(self._judged, last)
