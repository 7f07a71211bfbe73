"""What several faults do together to one member."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from simulator.describe.faults import Effect

__all__ = ["NEUTRAL", "combined"]

NEUTRAL = Effect()
"""No effect at all."""


def combined(effects: Iterable[Effect]) -> Effect:
    """The one effect that equals all of these at once; the order does not matter.

    Up only if all leave it up. Speed, threads and cores multiply. Each source of errors, wrong
    answers and lost requests strikes on its own: ``1 - prod(1 - x)``. Delays and extra work add.
    The larger share of missing data holds. Silent, or losing what it remembers, if one of them makes
    it so. Hidden damage shows only while the member is up: on one that is down there is nothing left to hide.

    Parameters
    ----------
    effects : iterable of Effect
        Of the faults that cover the member now; none = `NEUTRAL`.

    Notes
    -----
    Chances are summed up as ``p + x (1 - p)``, which keeps the digits of small ones, and times by
    `math.fsum`. Orders differ by rounding alone, a few units in the last place.
    """
    several = tuple(effects)
    if len(several) < 2:
        return several[0] if several else NEUTRAL
    up = all(effect.up for effect in several)
    speed = threads = cores = 1.0
    error = wrong = lost = missing = 0.0
    for effect in several:
        speed *= effect.speed
        threads *= effect.threads
        cores *= effect.cores
        error += effect.error * (1.0 - error)
        wrong += effect.wrong * (1.0 - wrong)
        lost += effect.lost * (1.0 - lost)
        missing = max(missing, effect.missing)
    return Effect(
        up=up,
        hidden=up and any(effect.hidden for effect in several),
        silent=any(effect.silent for effect in several),
        speed=speed,
        threads=threads,
        cores=cores,
        error=error,
        wrong=wrong,
        delay=fsum(effect.delay for effect in several),
        extra_work=fsum(effect.extra_work for effect in several),
        lost=lost,
        missing=missing,
        forgets=any(effect.forgets for effect in several),
    )
