"""Restart: what a pool must go through when it has lost its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.faults import Drain
from simulator.describe.quantities import Seconds, Share
from simulator.describe.valid import above, at_least, share, whole

__all__ = ["Restart"]


@dataclass(frozen=True, slots=True)
class Restart:
    """A full restart: decide, stop and boot; then check the data; open when enough is checked.

    It begins when a pool (or a shard of it) with ``on_shortage = "restart"`` falls below `needed`;
    servers that are put back earlier do not end it, and those still away are put back when it opens.
    While data are being checked, those that are ready are served: a key whose part is not ready is an
    error.

    Parameters
    ----------
    takes : Distribution, Drain or float
        From boot until all data are ready, seconds; a drain is an amount, of which a shard has
        its part, at the same rate for each shard.
    boots : Distribution or float
        Before that: to decide, to stop, to boot, seconds.
    opens_at : float
        Share of the data that must be ready before anything is served.
    after : sequence of str
        Pools whose own restart must be over before the check begins: the order of the start-up.
    parts : int
        Into so many equal parts the data are divided, ready one after the other.
    """

    takes: Distribution | Drain | Seconds
    boots: Distribution | Seconds = 0.0
    opens_at: Share = 1.0
    after: Sequence[str] = ()
    parts: int = 100

    def __post_init__(self) -> None:
        object.__setattr__(self, "after", tuple(self.after))
        for key in ("takes", "boots"):
            value = getattr(self, key)
            if isinstance(value, int | float):
                at_least(value, key)
                object.__setattr__(self, key, Deterministic(float(value)))
        share(self.opens_at, "opens_at")
        above(self.opens_at, "opens_at")
        whole(self.parts, "parts")
