"""Time: SimPy's environment, and events that cost as little as SimPy's heap allows.

SimPy's price is not its heap but an event object with its own list of callbacks, a generator resumed
for each wait, and a method call for each step. Here an event is its entry in the heap: whom to call,
and about what. Nothing is resumed, and the loop is written out. SimPy's own events and processes run
in the same heap, in order of time.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.core import EmptySchedule
from simpy.events import NORMAL, Event

__all__ = ["ARRIVAL", "COMPLETION", "CONTROL", "FAILURE", "REPAIR", "TIMEOUT", "Clock"]

# Order of what falls on one instant; SimPy's own processes come first (0 and 1).
FAILURE, REPAIR, CONTROL, COMPLETION, TIMEOUT, ARRIVAL = 2, 3, 4, 5, 6, 7
_BEFORE_ALL = -1


class _Stop(Exception):
    """Raised by an event of its own, so that no other callback is cut short."""


class Clock(simpy.Environment):
    """SimPy's environment with events at absolute times and a loop that stops before a time.

    An entry of its heap is (time, order, number, call, about).

    Parameters
    ----------
    initial_time : float
        Seconds.
    """

    def __init__(self, initial_time: float = 0.0) -> None:
        super().__init__(initial_time)
        self._until: float | None = None  # where the present `advance` ends
        self._marks: set[float] = set()  # times at which an event waits that may end one

    def at(self, time: float, order: int, call: Callable[[Any, int], None], about: Any) -> int:
        """Let ``call(about, number)`` happen at `time` (s); `order` settles ties.

        Returns
        -------
        int
            The number of the event. Nothing can be taken out of the heap: whoever may change its
            mind keeps the number of the event it waits for, and ignores all others.
        """
        number = next(self._eid)
        heappush(self._queue, (time, order, number, call, about))  # type: ignore[misc]
        return number

    def schedule(self, event: Event, priority: int = NORMAL, delay: float = 0.0) -> None:
        """Let an event of SimPy's happen after `delay` (s)."""
        self.at(self._now + delay, priority, _happens, event)

    def step(self) -> None:
        """Let the next event happen, SimPy's or ours.

        Raises
        ------
        EmptySchedule
            Nothing is to come.
        """
        if not self._queue:
            raise EmptySchedule
        self._now, _, number, call, about = heappop(self._queue)  # type: ignore[misc]
        call(about, number)

    def stop(self) -> None:
        """Let `advance` return after the event that is happening now."""
        self.at(self._now, 0, _stops, None)

    def advance(self, until: float) -> None:
        """Let everything happen that falls strictly before `until` (s); then it is `until`.

        After `stop` the clock stays at the event that asked for it.
        """
        queue: list[Any] = self._queue
        self._until = until
        if until not in self._marks:  # one that was stopped may have left its own
            self._marks.add(until)
            self.at(until, _BEFORE_ALL, self._reaches, until)
        try:
            while True:  # a test of the time at each event would cost a tenth of the loop
                self._now, _, number, call, about = heappop(queue)
                call(about, number)
        except _Stop:
            return
        finally:
            self._until = None

    def _reaches(self, mark: float, number: int) -> None:
        self._marks.remove(mark)
        if mark == self._until:
            raise _Stop


def _stops(about: None, number: int) -> None:
    raise _Stop


def _happens(event: Event, number: int) -> None:
    """Call back whoever waits for an event of SimPy's."""
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
    for callback in callbacks:
        callback(event)
    if not event._ok and not event.defused:
        raise event._value
