"""Triggers: when a fault happens, when somebody looks, when requests come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.describe.distributions import Distribution
from simulator.describe.profiles import Profile
from simulator.describe.quantities import PerSecond, Seconds, Share
from simulator.describe.valid import at_least, finite
from simulator.errors import DescriptionError

__all__ = ["At", "Every", "Life", "On", "Poisson", "steady"]


OF_MEMBERS = ("repaired", "failed")
OF_CONTROLLERS = ("promoted", "restarted", "halted", "done")


@dataclass(frozen=True, slots=True)
class Life:
    """The fault occurs when a life of the given law is used up.

    Parameters
    ----------
    distribution : Distribution
        Law of the life, seconds.
    ages : {"always", "while_up", "while_serving"}
        When the clock of this life runs: always; while no other fault holds the member down; or
        only while the member is up, takes load and the whole system serves (suspended animation).
    renews : {"new", "as_was"} or float
        After the repair the part is as good as new, as bad as old, or has kept the share q of the
        age it gained since the last repair (Kijima's first model; 0 = new, 1 = as it was).
    """

    distribution: Distribution
    ages: Literal["always", "while_up", "while_serving"] = "always"
    renews: Literal["new", "as_was"] | float = "new"

    def __post_init__(self) -> None:
        if self.ages not in ("always", "while_up", "while_serving"):
            raise DescriptionError(
                f"{self.ages!r}: allowed are always, while_up, while_serving", "ages"
            )
        named = isinstance(self.renews, str)
        if (named and self.renews not in ("new", "as_was")) or (
            not named and not 0.0 <= float(self.renews) <= 1.0
        ):
            raise DescriptionError(
                f"{self.renews!r}: allowed are new, as_was or a share from 0 to 1", "renews"
            )

    @property
    def keeps(self) -> float:
        """Share of the gained age that a repair leaves: 0 (new) to 1 (as it was)."""
        if isinstance(self.renews, str):
            return 0.0 if self.renews == "new" else 1.0
        return float(self.renews)


@dataclass(frozen=True, slots=True)
class On:
    """The fault follows an event of another pool or fault, with a chance.

    Parameters
    ----------
    event : str
        ``"repaired:POOL"`` (a member's repair ends) or ``"failed:POOL"`` (a member goes down). For
        runbooks also ``"promoted:POOL"`` (a failover ends), ``"restarted:POOL"`` (a full restart ends),
        ``"halted:ROLLOUT"`` and ``"done:RUNBOOK"``.
    chance : float
        Probability that the event sets the fault off.
    no_redundancy : bool
        Only if at that moment the pool had not one member to spare (a rebuild that must read all
        that is left).
    """

    event: str
    chance: Share = 1.0
    no_redundancy: bool = False

    def __post_init__(self) -> None:
        kind, colon, pool = self.event.partition(":")
        if kind not in (*OF_MEMBERS, *OF_CONTROLLERS) or not colon or not pool:
            allowed = ", ".join(f"{k}:NAME" for k in (*OF_MEMBERS, *OF_CONTROLLERS))
            raise DescriptionError(f"{self.event!r}: allowed are {allowed}", "event")
        if not 0.0 <= self.chance <= 1.0:
            raise DescriptionError(f"{self.chance!r}: a chance is a share from 0 to 1", "chance")


@dataclass(frozen=True, slots=True)
class At:
    """At stated times.

    Parameters
    ----------
    times : float or tuple of float
        Seconds after the start, ascending.
    """

    times: Seconds | tuple[Seconds, ...]

    def __post_init__(self) -> None:
        times = self.times if isinstance(self.times, Sequence) else (self.times,)
        object.__setattr__(self, "times", tuple(float(t) for t in times))
        if not self.all:
            raise DescriptionError("at least one time is needed", "times")
        for before, after in zip((0.0, *self.all), self.all):
            at_least(after, "times", before)
            finite(after, "times")

    @property
    def all(self) -> tuple[float, ...]:
        """The times as a tuple, seconds."""
        assert isinstance(self.times, tuple)  # made so at the start
        return self.times


@dataclass(frozen=True, slots=True)
class Every:
    """In equal steps: inspections from the start of each life, or requests from time 0 on.

    Parameters
    ----------
    period : float
        Seconds.
    """

    period: Seconds

    def __post_init__(self) -> None:
        if not self.period > 0:
            raise DescriptionError(f"{self.period!r}: a period is above 0", "period")


@dataclass(frozen=True, slots=True)
class Poisson:
    """At random instants.

    Parameters
    ----------
    rate : float, Ramp, Spike or Daily
        Per second on average; for requests it may change over time.
    """

    rate: PerSecond | Profile

    def __post_init__(self) -> None:
        if not self.most > 0:
            raise DescriptionError(f"{self.rate!r}: a rate is above 0", "rate")
        finite(self.most, "rate")

    @property
    def most(self) -> float:
        """Highest rate at any time, per second."""
        return self.rate.most if isinstance(self.rate, Profile) else self.rate

    def at(self, t: float) -> float:
        """Rate at time `t` (s), per second."""
        return self.rate.at(t) if isinstance(self.rate, Profile) else self.rate


def steady(when: object, key: str) -> None:
    """Raise :class:`DescriptionError` if `when` is random with a rate that changes over time."""
    if isinstance(when, Poisson) and isinstance(when.rate, Profile):
        message = f"{when.rate!r}: only requests come at a rate that changes, here it is steady"
        raise DescriptionError(message, f"{key}.poisson.rate")
