"""Effects: what an active fault does to the members and links it covers."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.units import format_duration
from simulator.describe.valid import at_least, finite, share
from simulator.errors import DescriptionError

__all__ = ["Effect"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an active fault does to what it covers.

    Several at once add up: `up` only if all say so; `speed`, `threads` and `cores` multiply; `error`,
    `wrong` and `lost` are chances of independent causes; `delay` and `extra_work` add.

    Parameters
    ----------
    up : bool
        False takes the member down: the work inside it is lost. A link that is down loses requests.
    hidden : bool
        True: nobody notices, the member serves on, but it cannot stand in for another one: a pool
        with a member down counts a member with hidden damage as missing (latent sector errors).
    silent : bool
        With ``up=False``: the member does not refuse, it says nothing, and callers wait.
    speed : float
        Factor on the member's speed; 0 is a pause: the work inside waits.
    threads, cores : float
        Factors on the member's threads and cores: lost capacity (rounded down, at least 0).
    error, wrong : float
        Share of answers that are errors, or wrong.
    delay : float
        Added to every answer, without holding a thread, seconds; on a link, to each way.
    extra_work : float
        Added to every piece of work, seconds at speed 1.
    lost : float
        Share of requests, and of answers, that vanish.
    missing : float
        Share of keys whose data are not there: requests for them are errors, the same keys each time.
    forgets : bool
        The members' caches are emptied when the fault begins.
    """

    up: bool = True
    hidden: bool = False
    silent: bool = False
    speed: Number = 1.0
    threads: Share = 1.0
    cores: Share = 1.0
    error: Share = 0.0
    wrong: Share = 0.0
    delay: Seconds = 0.0
    extra_work: Seconds = 0.0
    lost: Share = 0.0
    missing: Share = 0.0
    forgets: bool = False

    def __post_init__(self) -> None:
        if self.hidden and not self.up:
            raise DescriptionError(
                "an effect cannot be hidden and take the member down at once", "effect"
            )
        if self.silent and self.up:
            raise DescriptionError("a silent member is down: set up = false, too", "silent")
        for key in ("speed", "delay", "extra_work"):
            at_least(getattr(self, key), key)
            finite(getattr(self, key), key)
        for key in ("threads", "cores", "error", "wrong", "lost", "missing"):
            share(getattr(self, key), key)

    def words(self) -> str:
        """What it does, for people: ``"down, silent"``, ``"speed 0.25, 20 % errors"``."""
        told = [] if self.up else ["down, silent" if self.silent else "down, refuses"]
        told += ["hidden"] if self.hidden else []
        told += (
            ["paused" if self.speed == 0 else f"speed {self.speed:g}"] if self.speed != 1 else []
        )
        for key, word in (("error", "errors"), ("wrong", "wrong answers"), ("lost", "lost"),
                          ("missing", "of the data missing")):  # fmt: skip
            if part := getattr(self, key):
                told.append(f"{100 * part:g} % {word}")
        for key in ("threads", "cores"):
            if (left := getattr(self, key)) != 1:
                told.append(f"{100 * left:g} % of its {key}")
        for key, word in (("delay", "later"), ("extra_work", "more work")):
            if seconds := getattr(self, key):
                told.append(f"{format_duration(seconds)} {word}")
        told += ["caches emptied"] if self.forgets else []
        return ", ".join(told) or "nothing"

    @property
    def on_traffic(self) -> bool:
        """Whether only requests can tell it from no fault at all."""
        return self.up and not self.hidden
