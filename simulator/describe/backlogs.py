"""Amounts that pile up: a replication lag, a queue of millions of events, bytes to restore."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from simulator.describe.profiles import Profile
from simulator.describe.quantities import Number, PerSecond, Seconds
from simulator.describe.valid import above, at_least, finite, one_of
from simulator.describe.wording import NAME, shown
from simulator.errors import DescriptionError

__all__ = ["Backlog", "Spare"]


@dataclass(frozen=True, slots=True)
class Spare:
    """A rate of work that is left over by a load: ``of * max(0, 1 - load(t) * n0 / n(t))``.

    The load is shared by the members of a pool, and what it does not use of each is there for the
    backlog. Every member does all the work of the backlog (each replica replays every write), so more
    members raise the rate by making room, not by their number.

    Parameters
    ----------
    of : float
        Rate if there were no load, in units of the backlog per second.
    load : Profile or float
        Share of the members' time that the load takes, with as many members as at time 0; 1 and more
        leave nothing.
    pool : str
        Whose members: n(t) are there now, n0 were there at time 0. Empty = n0 / n is 1 at all times.
    counted : {"present", "up"}
        Whether n(t) counts all members the pool has, or those that are up.
    """

    of: Number
    load: Profile | Number
    pool: str = ""
    counted: Literal["present", "up"] = "up"

    def __post_init__(self) -> None:
        at_least(self.of, "of")
        finite(self.of, "of")
        _rate(self.load, "load", "a share or a profile of shares over time")
        one_of(self.counted, "counted", "present", "up")
        if self.counted != "up" and not self.pool:
            message = f"{shown(self.counted)}: only the members of a pool can be counted, name one in pool"
            raise DescriptionError(message, "counted")


@dataclass(frozen=True, slots=True)
class Backlog:
    """Work that waits as an amount, first in, first out: it flows in at one rate and off at another.

    The unit is the user's, the same in all fields: events, bytes, seconds of writes.

    Parameters
    ----------
    name : str
    inflow : float or Profile
        Units that come per second.
    rate : float, Profile or Spare
        Units that can be done per second.
    starts : float
        Units that wait at time 0; they count as having come at time 0.
    expires_after : float or None
        What is older than so many seconds when its turn comes is thrown away; None = nothing is.
    expired : {"free", "costs_service"}
        Whether throwing away takes no time, or as much of the rate as doing it.
    paused : bool
        Whether it is paused at the start: nothing is done or thrown away, but more flows in.
    """

    name: str
    inflow: PerSecond | Profile = 0.0
    rate: PerSecond | Profile | Spare = 0.0
    starts: Number = 0.0
    expires_after: Seconds | None = None
    expired: Literal["free", "costs_service"] = "costs_service"
    paused: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(NAME, self.name):
            message = f"{shown(self.name)}: a name has letters, digits, spaces, _ and - only"
            raise DescriptionError(message, "name")
        _rate(self.inflow, "inflow", "a rate or a profile")
        if not isinstance(self.rate, Spare):
            _rate(self.rate, "rate", "a rate, a profile or what a load leaves over (spare)")
        at_least(self.starts, "starts")
        finite(self.starts, "starts")
        if self.expires_after is not None:
            above(self.expires_after, "expires_after")
            finite(self.expires_after, "expires_after")
        one_of(self.expired, "expired", "free", "costs_service")
        if not isinstance(self.paused, bool):
            raise DescriptionError(f"{shown(self.paused)}: allowed are true, false", "paused")


def _rate(value: object, key: str, wanted: str) -> None:
    """Raise :class:`DescriptionError` unless `value` is a profile or a finite number of 0 or more."""
    if isinstance(value, Profile):
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DescriptionError(f"{shown(value)}: needed is {wanted}", key)
    at_least(value, key)
    finite(value, key)
