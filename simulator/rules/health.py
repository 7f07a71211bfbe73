"""What probes believe: from when a member was down to when it was out of rotation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.describe.controllers import HealthCheck
from simulator.rules.probing import first_from

__all__ = ["believed_out"]

Interval = tuple[float, float]


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
    since: float | None = None
    missed = passed = 0
    for k, (fails, silent) in _probes(down, check, horizon):
        at = k * check.every
        missed, passed = (missed + 1, 0) if fails else (0, passed + 1)
        if since is None and missed >= check.misses:
            since = at + (check.timeout if silent else 0.0)
        elif since is not None and passed >= check.passes:
            out.append((since, at))
            since = None
    if since is not None:
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
