"""A backlog over time: how much waits, how old its oldest part is, what was done and what expired.

What is done to it from outside, what can be read from it, and when it will pass a level; how it moves
on is in :mod:`simulator.rules.fluid`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulator.describe.backlogs import Backlog
from simulator.describe.valid import above, at_least, finite
from simulator.rules.flow import first_time
from simulator.rules.fluid import Fluid, Members

__all__ = ["BacklogHistory", "BacklogState"]

Array = npt.NDArray[np.float64]
Quantity = Literal["waiting", "expired", "age"]


@dataclass(frozen=True, slots=True)
class BacklogHistory:
    """What a backlog looked like at each step; arrays of one length, in order of time.

    A time stands twice where something happened at once.

    Parameters
    ----------
    time : array
        Seconds.
    waiting, expired : array
        Units that wait, and units thrown away so far for their age.
    rate : array
        Units per second that can be done; 0 while paused.
    """

    time: Array
    waiting: Array
    rate: Array
    expired: Array


class BacklogState(Fluid):
    """What waits in a :class:`Backlog`, told how time passes and what is done to it.

    With constant and piecewise constant rates all figures are exact but for rounding. Under a rate that
    varies they still are, whatever the step, with two exceptions: what the inflow and the rate do to each
    other if they change places twice within a step, and what expires, found by a straight line over each
    step. Either is off by about an eighth of the step squared times the slope of the rate, each time.

    Parameters
    ----------
    rule : Backlog
    step : float
        Longest step while a rate varies, seconds.

    Attributes
    ----------
    time : float
        Seconds.
    done, expired, dropped : float
        Units worked off, thrown away for their age, and taken out by `drop`, so far.
    paused : bool
    expires_after : float or None
        Seconds.
    rate_factor : float
        By what the rate is multiplied.

    Raises
    ------
    DescriptionError
        If `step` is not above 0.
    """

    __slots__ = ("_log",)

    def __init__(self, rule: Backlog, step: float = 10.0) -> None:
        above(step, "step")
        super().__init__(rule, step)
        self._log: list[tuple[float, float, float, float]] = []
        self._note()

    @property
    def arrived(self) -> float:
        """Units that ever came, those of the start included: waiting + done + expired + dropped."""
        return self.arrivals.by(self.time)

    @property
    def age(self) -> float:
        """Seconds since the oldest unit that waits came; 0 if none waits."""
        if self.waiting <= 0.0:
            return 0.0
        return self.time - self.arrivals.time_of(self.gone, self.time)

    @property
    def inflow_factor(self) -> float:
        """By what the inflow is multiplied."""
        return self.arrivals.factor

    @property
    def history(self) -> BacklogHistory:
        """Every step so far."""
        table = np.array(self._log, dtype=np.float64).reshape(-1, 4)
        return BacklogHistory(*(table[:, i].copy() for i in range(4)))

    def advance(self, until: float, members: Members = 1.0) -> None:
        """Let time pass.

        Parameters
        ----------
        until : float
            Seconds, not before `time`.
        members : float or callable
            For :class:`Spare`: members there are per one at time 0; a function of time (s) is asked in
            the middle of each step, so a jump of it should end a call.

        Raises
        ------
        DescriptionError
            If `until` lies in the past or is not finite.
        """
        at_least(until, "until", self.time)
        finite(until, "until")
        while self.time < until:
            self.stride(until, members)
            self._note()

    def pause(self) -> None:
        """Stop doing and throwing away; the inflow goes on."""
        self.paused = True
        self._note()

    def resume(self) -> None:
        """Go on after `pause`."""
        self.paused = False
        self._changed()

    def set(
        self,
        expires_after: float | Literal["same"] | None = "same",
        rate_factor: float | None = None,
        inflow_factor: float | None = None,
    ) -> None:
        """Change the age (s) at which things expire (None = never), or multiply the rule's rates.

        The new age counts for all that waits. What is not given stays as it is; factors do not pile up.

        Raises
        ------
        DescriptionError
            For an age that is not above 0 or a factor below 0.
        """
        if expires_after != "same":
            if expires_after is not None:
                above(expires_after, "expires_after")
            self.expires_after = expires_after
        if rate_factor is not None:
            at_least(rate_factor, "rate_factor")
            finite(rate_factor, "rate_factor")
            self.rate_factor = rate_factor
        if inflow_factor is not None:
            at_least(inflow_factor, "inflow_factor")
            finite(inflow_factor, "inflow_factor")
            self.arrivals.change(self.time, factor=inflow_factor)
        self._changed()

    def add(self, amount: float) -> None:
        """`amount` units (0 or more) come now, at once, behind all others."""
        at_least(amount, "amount")
        finite(amount, "amount")
        self.arrivals.change(self.time, more=amount)
        self._changed()

    def drop(self, amount: float | Literal["all"] = "all") -> float:
        """Take the oldest `amount` units out, undone; gives the units that were there to take."""
        there = self.waiting
        if amount != "all":
            at_least(amount, "amount")
            there = min(there, amount)
        self.dropped += there
        self.gone = self.arrivals.by(self.time) if there == self.waiting else self.gone + there
        self._changed()
        return there

    def copy(self) -> BacklogState:
        """An independent object in the same state."""
        twin = self.probe()
        twin.arrivals, twin._log = self.arrivals.copy(), list(self._log)
        return twin

    def time_until(
        self,
        quantity: Quantity,
        *,
        below: float | None = None,
        above: float | None = None,
        before: float,
        members: float = 1.0,
    ) -> float:
        """When something passes a level, if nothing is done to the backlog until then.

        Parameters
        ----------
        quantity : {"waiting", "expired", "age"}
            Units, units, seconds.
        below, above : float
            The level, exactly one of them: the time from which on the quantity is truly below or above.
        before : float
            How far to look, seconds, finite.
        members : float
            As in `advance`, the same all the time.

        Returns
        -------
        float
            Seconds: `time` itself if it is past the level now, infinite if it is not by `before`.
        """
        if (below is None) == (above is None):
            raise ValueError("time_until needs either below or above")
        finite(before, "before")
        level, up = (below or 0.0, False) if above is None else (above, True)
        at_least(level, "below" if above is None else "above")
        ahead = self.probe()
        ahead.watched = level if quantity == "age" else None

        def past(fluid: Fluid) -> bool:
            return _past(fluid, quantity, level, up)

        if past(ahead):
            return self.time
        while ahead.time < before:
            start = ahead.probe()
            ahead.stride(before, members)
            if past(ahead):
                return _first(past, start, ahead.time, members)
        return math.inf

    def _changed(self) -> None:
        """Something was done at this time: what may go now goes, and it is written down."""
        self.throw_overdue()
        self._note()

    def _note(self) -> None:
        self._log.append((self.time, self.waiting, self.rate, self.expired))


def _past(fluid: Fluid, quantity: Quantity, level: float, up: bool) -> bool:
    """Whether a quantity is above (`up`) or below a level."""
    if quantity == "age":  # asked without the inverse: is what came so long ago still there?
        came = fluid.time - level
        older = fluid.arrivals.by(came, fluid.arrivals.part(came)) > fluid.gone
        return older if up else not older and level > 0.0
    value = fluid.waiting if quantity == "waiting" else fluid.expired
    return value > level if up else value < level


def _first(past: Callable[[Fluid], bool], start: Fluid, end: float, members: float) -> float:
    """The time (s) in the stretch from `start` to `end` from which on `past` holds."""

    def holds(t: float) -> bool:
        fluid = start.probe()
        while fluid.time < t:
            fluid.stride(t, members)
        return past(fluid)

    return first_time(holds, start.time, end)
