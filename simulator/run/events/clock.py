"""Time: SimPy's environment, and events that cost as little as SimPy allows.

SimPy's price is not its heap but an event object with its own list of callbacks, a generator resumed
for each wait, and a method call for each step. Here all events of one kind share one tuple of
callbacks, nothing is resumed, and the loop is written out. SimPy's own events and processes run in the
same heap, in order of time.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import simpy

__all__ = ["ARRIVAL", "COMPLETION", "CONTROL", "FAILURE", "REPAIR", "TIMEOUT", "Clock", "Due"]

# Order of what falls on one instant; SimPy's own processes come first (0 and 1).
FAILURE, REPAIR, CONTROL, COMPLETION, TIMEOUT, ARRIVAL = 2, 3, 4, 5, 6, 7


class _Stop(Exception):
    """Raised by an event of its own, so that no other callback is cut short."""


class Due:
    """Something that falls due; whoever holds it can let it lapse by forgetting it.

    Parameters
    ----------
    callbacks : tuple of callable
        Shared by all events of a kind.
    about : object
        What it is about.
    """

    __slots__ = ("_ok", "about", "callbacks")

    def __init__(self, callbacks: tuple[Callable[[Any], None], ...], about: Any) -> None:
        self.callbacks = callbacks
        self.about = about
        self._ok = True


class Clock(simpy.Environment):
    """SimPy's environment with events at absolute times and a loop that stops before a time."""

    def at(
        self, time: float, order: int, callbacks: tuple[Callable[[Any], None], ...], about: Any
    ) -> Due:
        """Let `callbacks` be called with a :class:`Due` at `time` (s); `order` settles ties."""
        due = Due(callbacks, about)
        heappush(self._queue, (time, order, next(self._eid), due))  # type: ignore[misc]
        return due

    def stop(self) -> None:
        """Let `advance` return after the event that is happening now."""

        def stops(due: Due) -> None:
            raise _Stop

        self.at(self._now, 0, (stops,), None)

    def advance(self, until: float) -> None:
        """Let everything happen that falls strictly before `until` (s); then it is `until`.

        After `stop` the clock stays at the event that asked for it.
        """
        queue: list[Any] = self._queue
        try:
            while queue and queue[0][0] < until:
                self._now, _, _, event = heappop(queue)
                callbacks, event.callbacks = event.callbacks, None
                for callback in callbacks:
                    callback(event)
                if not event._ok and not hasattr(event, "_defused"):
                    raise event._value
        except _Stop:
            return
        if until != float("inf"):
            self._now = until
