"""When a rollout begins: at stated times, in equal steps, at random."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.describe.distributions import Exponential
from simulator.describe.triggers import At, Every, Poisson
from simulator.run.controllers.world import World

__all__ = ["occasions"]


def occasions(when: At | Every | Poisson, world: World, who: str) -> Iterator[float]:
    """Times (s) at which something is set off, without end for the latter two.

    At random with a rate that changes: by thinning the highest rate.

    Parameters
    ----------
    when : At, Every or Poisson
        Equal steps begin one step after the start.
    world : World
        For the luck.
    who : str
        Whose luck.
    """
    if isinstance(when, At):
        yield from when.all
        return
    time, count = 0.0, 0
    while True:
        count += 1
        if isinstance(when, Every):
            yield count * when.period
            continue
        time += world.draw("occasion", who, Exponential(1.0 / when.most))
        if world.uniform("thinning", who) * when.most < when.at(time):
            yield time
