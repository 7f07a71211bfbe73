"""Links: what lies between pools, and what a partition cuts."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.quantities import Seconds, Share
from simulator.describe.valid import at_least, share

__all__ = ["Link"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two pools or sources, both ways.

    Parameters
    ----------
    a, b : str
        Name of a pool or source, ``"zone:NAME"`` or ``"*"`` for any. Of several links that fit a call
        the first in the list counts.
    delay : Distribution or float
        One way, seconds; drawn for each direction of each attempt.
    loss : float
        Share of requests, and of answers, that vanish.
    name : str
        For faults (``on = "link:NAME"``); default ``a-b``.
    """

    a: str
    b: str
    delay: Distribution | Seconds = 0.0
    loss: Share = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.delay, Distribution):
            at_least(self.delay, "delay")
            object.__setattr__(self, "delay", Deterministic(float(self.delay)))
        share(self.loss, "loss")
        if not self.name:
            object.__setattr__(self, "name", f"{self.a}-{self.b}")
