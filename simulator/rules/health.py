"""What probes believe: from when a member was down to when it was out of rotation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.describe.controllers import HealthCheck
from simulator.rules.probing import first_from

__all__ = ["Streak", "believed_out"]

Interval = tuple[float, float]


@dataclass(slots=True)
class Streak:
    """What probes of one member have said in a row, and whether it is out of rotation.

    Parameters
    ----------
    misses, passes : int
        Failed probes in a row that take it out; good ones that bring it back.
    """

    misses: int
    passes: int
    out: bool = False
    _missed: int = 0
    _passed: int = 0

    def hears(self, fails: bool) -> bool:
        """A probe has ended; True if the member leaves or comes back by it."""
        self._missed, self._passed = (self._missed + 1, 0) if fails else (0, self._passed + 1)
        turns = self._passed >= self.passes if self.out else self._missed >= self.misses
        self.out ^= turns
        return turns


def believed_out(
    down: Sequence[tuple[float, float, bool]], check: HealthCheck, horizon: float
) -> list[Interval]:
    """When a shallow health check holds a member out of rotation.

    Parameters
    ----------
    down : sequence of (float, float, bool)
        Start and end (s) of each time it does not answer, ascending and apart; True: it is silent,
        so that a probe fails only after its timeout.
    check : HealthCheck
        Probes go out at multiples of its period.
    horizon : float
        Seconds.

    Returns
    -------
    list of (float, float)
        Start and end (s), the end infinite if it is not back by the horizon.
    """
    out: list[Interval] = []
    since, streak = math.inf, Streak(check.misses, check.passes)
    for k, (fails, silent) in _probes(down, check, horizon):
        at = k * check.every
        if streak.hears(fails):
            if streak.out:
                since = at + (check.timeout if silent else 0.0)
            else:
                out.append((since, at))
    if streak.out:
        out.append((since, math.inf))
    return out


def _probes(
    down: Sequence[tuple[float, float, bool]], check: HealthCheck, horizon: float
) -> list[tuple[int, tuple[bool, bool]]]:
    """Number, failure and silence of the probes that may change something.

    Of each time down the first `misses` probes decide and the later ones tell nothing new; after it
    the first `passes` good ones decide. A day down at a probe a second costs no more than a minute.
    """
    every = check.every
    found: dict[int, tuple[bool, bool]] = {}
    for number, (start, end, silent) in enumerate(down):
        first, last = first_from(start, every), first_from(min(end, horizon), every)
        again = down[number + 1][0] if number + 1 < len(down) else horizon
        for k in range(first, min(last, first + check.misses)):
            found[k] = (True, silent)
        for k in range(last, min(last + check.passes, first_from(min(again, horizon), every))):
            found[k] = (False, False)
    return sorted(found.items())
