"""What probes believe: from when a member was down to when it was out of rotation."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.describe.controllers import HealthCheck

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
    for k, (fails, silent) in _probes(down, check.every, horizon):
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
    down: Sequence[tuple[float, float, bool]], every: float, horizon: float
) -> list[tuple[int, tuple[bool, bool]]]:
    """Number, failure and silence of the probes that may change something.

    Good probes in a row are of no interest beyond the first few after a failure, so only those near
    the times down are listed.
    """
    found: dict[int, tuple[bool, bool]] = {}
    for start, end, silent in down:
        first = math.ceil(start / every)
        last = math.ceil(min(end, horizon) / every)
        for k in range(first, last):
            found[k] = (True, silent)
    wanted = dict(found)
    for k in found:
        for later in range(k + 1, k + 1 + _AFTER):
            if later not in found and later * every <= horizon:
                wanted.setdefault(later, (False, False))
    return sorted(wanted.items())


_AFTER = 100  # good probes looked at after a failed one; `passes` above it never come in practice
