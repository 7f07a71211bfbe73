"""Signals: quantities that controllers and people watch, and the level at which they act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.describe.quantities import Number, Seconds
from simulator.describe.valid import above, at_least, finite, one_of, whole
from simulator.errors import DescriptionError

__all__ = ["QUANTITIES", "Signal"]

Quantity = Literal[
    "ok_share", "error_share", "ok_per_s", "sent_per_s", "utilisation", "queue", "up_share",
    "waiting", "expired", "age",
]  # fmt: skip

QUANTITIES = {
    "ok_share": "share of what ended in the window that was served (ok or degraded); of a pool or source",
    "error_share": "share of what ended in the window that was not served; of a pool or source",
    "ok_per_s": "served in the window, per second; of a pool or source",
    "sent_per_s": "ended in the window, per second; of a pool or source",
    "utilisation": "busy cores (threads where a pool states no cores) as a share, at the moment; of a pool",
    "queue": "requests waiting for a thread of a pool, at the moment",
    "up_share": "members that serve as a share of all; of a pool",
    "waiting": "amount of a backlog that waits",
    "expired": "amount of a backlog dropped so far",
    "age": "age of the head of a backlog, seconds",
}
"""What each quantity means."""

TRAFFIC = ("ok_share", "error_share", "ok_per_s", "sent_per_s", "utilisation", "queue")


@dataclass(frozen=True, slots=True)
class Signal:
    """A quantity that crosses a level, looked at every so often.

    It is *on* once the quantity has been beyond the level at every look for `for_` seconds. A window
    with fewer than `least` observations says nothing and changes nothing.

    Parameters
    ----------
    quantity : str
        One of `QUANTITIES`.
    of : str
        A pool, a source or a backlog; ``"app[new]"`` and ``"app[old]"`` are the members of a pool with
        and without the build of its rollout; ``"app[new] - app[old]"`` is the difference.
    above, below : float or None
        The level: exactly one of them.
    window : float
        Length of the window of what counts what ended, seconds. People who begin to watch during the run
        wait until they have seen a whole one.
    for_ : float
        Seconds for which it must stay beyond the level.
    every : float
        Seconds between two looks.
    least : int
        Fewest observations in a window (on each side of a difference) that say something.
    """

    quantity: Quantity
    of: str
    above: Number | None = None
    below: Number | None = None
    window: Seconds = 60.0
    for_: Seconds = 0.0
    every: Seconds = 10.0
    least: int = 1

    def __post_init__(self) -> None:
        one_of(self.quantity, "quantity", *QUANTITIES)
        if self.above is None and self.below is None:
            raise DescriptionError("no level: a signal has one, either above or below", "above")
        if self.above is not None and self.below is not None:
            message = (
                f"{self.below!r} beside above = {self.above!r}: a signal has one level, not both"
            )
            raise DescriptionError(message, "below")
        for key in ("above", "below"):
            if (level := getattr(self, key)) is not None:
                finite(level, key)
        above(self.window, "window")
        at_least(self.for_, "for")
        above(self.every, "every")
        whole(self.least, "least")

    @property
    def feeds_back(self) -> bool:
        """Whether it is measured on requests, so that traffic must run in step with the controllers."""
        return self.quantity in TRAFFIC

    @property
    def parts(self) -> tuple[str, ...]:
        """What is measured: one name, or the two of a difference."""
        return tuple(part.strip() for part in self.of.split(" - "))

    def beyond(self, value: float) -> bool:
        """Whether a value is beyond the level; NaN (nothing to say) never is."""
        if self.above is not None:
            return value > self.above
        assert self.below is not None  # one of the two is stated
        return value < self.below

    def words(self) -> str:
        """For people: ``"error_share of app above 0.02 for 60 s"``."""
        side, level = ("above", self.above) if self.above is not None else ("below", self.below)
        lasting = f" for {self.for_:g} s" if self.for_ else ""
        return f"{self.quantity} of {self.of} {side} {level:g}{lasting}"
