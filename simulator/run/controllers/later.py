"""Things to do later that may be called off, and time that runs at a speed which may change."""

from __future__ import annotations

import math
from collections.abc import Callable

import simpy
from simpy.events import EventPriority

__all__ = ["FIRST", "LAST", "Later", "Operating", "at_last"]

FIRST = 0
"""Priority of faults: before everybody who acts at that moment."""
LAST = 2
"""Priority of what is decided at a moment: after everything else that falls on it."""


class Later:
    """One thing to do, at a time that may change.

    Parameters
    ----------
    env : simpy.Environment
    does : callable
    priority : int
        Order among what falls on one moment; see :data:`LAST`.
    """

    __slots__ = ("_does", "_env", "_number", "_priority", "at")

    def __init__(
        self, env: simpy.Environment, does: Callable[[], None], priority: int = LAST
    ) -> None:
        self._env, self._does, self._priority = env, does, priority
        self._number, self.at = 0, math.inf

    def set(self, time: float) -> None:
        """Do it at `time` (s) and at no other; infinity calls it off."""
        if time == self.at:
            return
        self._number, self.at = self._number + 1, time
        if time == math.inf:
            return
        event = simpy.Event(self._env)
        event._ok, event._value = True, None
        number = self._number
        event.callbacks.append(lambda _: self._happens(number))
        self._env.schedule(event, EventPriority(self._priority), max(time - self._env.now, 0.0))

    def cancel(self) -> None:
        """It is not done."""
        self.set(math.inf)

    def _happens(self, number: int) -> None:
        if number == self._number:
            self._number, self.at = self._number + 1, math.inf
            self._does()


def at_last(env: simpy.Environment, time: float) -> simpy.Event:
    """The end of a run at `time` (s): nothing that falls on it happens."""
    event = simpy.Event(env)
    event._ok, event._value = True, None
    env.schedule(event, EventPriority(FIRST - 1), max(time - env.now, 0.0))
    return event


class Operating:
    """A duration on a clock of its own, which may run slower, or stand still.

    Parameters
    ----------
    env : simpy.Environment
    does : callable
        What happens when it is over.
    """

    __slots__ = ("_env", "_later", "_left", "_since", "speed")

    def __init__(self, env: simpy.Environment, does: Callable[[], None]) -> None:
        self._env = env
        self._later = Later(env, does, priority=FIRST)
        self._left, self._since, self.speed = math.inf, 0.0, 1.0

    @property
    def running(self) -> bool:
        """Whether there is an end to come."""
        return self._left < math.inf

    def start(self, seconds: float, speed: float = 1.0) -> None:
        """Begin anew with so many operating seconds."""
        self._left, self._since, self.speed = seconds, float(self._env.now), speed
        self._plan()

    def stop(self) -> None:
        """There is no end to come."""
        self._left = math.inf
        self._later.cancel()

    def run_at(self, speed: float) -> None:
        """From now on at `speed` operating seconds a second."""
        if speed == self.speed:
            return
        now = float(self._env.now)
        if self._left < math.inf:
            self._left = max(self._left - self.speed * (now - self._since), 0.0)
        self._since, self.speed = now, speed
        self._plan()

    def _plan(self) -> None:
        if self._left == math.inf or self.speed == 0.0:
            self._later.cancel()
        else:
            self._later.set(float(self._env.now) + self._left / self.speed)
