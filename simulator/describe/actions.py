"""Actions: what a step of a runbook does to the system, each a change of the timeline."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.valid import above, at_least, share, whole
from simulator.errors import DescriptionError

__all__ = [
    "ACTIONS", "Action", "Add", "Drop", "Ends", "Note", "Pause", "Promote", "Remove", "Restore", "Resume", "RollBack",
    "SetQueue", "Switch",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remove:
    """Members are taken away, by a command that may be wrong.

    Parameters
    ----------
    on : str
        A pool or zone; members go in the order of their numbers.
    share : float
        Of those that are there when it begins, rounded to the nearest whole number.
    per_min : float or None
        Members a minute; None = all at once.
    floor : bool
        The tool refuses to go below what the pool says it needs.
    stops_after : float or None
        Seconds after the first alarm (the pool is below `alarm`) at which somebody stops it; None = nobody.
    alarm : float
        Share of the members below which the alarm rings.
    from_shard : int or None
        Only members of this shard (a cell).
    """

    on: str
    share: Share = 1.0
    per_min: Number | None = None
    floor: bool = False
    stops_after: Seconds | None = None
    alarm: Share = 1.0
    from_shard: int | None = None

    def __post_init__(self) -> None:
        share(self.share, "share")
        share(self.alarm, "alarm")
        if self.per_min is not None:
            above(self.per_min, "per_min")
        if self.stops_after is not None:
            at_least(self.stops_after, "stops_after")
        if self.from_shard is not None:
            whole(self.from_shard, "from_shard", 0)


@dataclass(frozen=True, slots=True)
class Restore:
    """Members that were removed, or are down for good, are put back.

    Parameters
    ----------
    on : str
        A pool, member or zone.
    """

    on: str


@dataclass(frozen=True, slots=True)
class Add:
    """Members are added to a pool.

    Parameters
    ----------
    on : str
        A pool.
    members : int or None
    share : float or None
        Instead: so many of the members at the start, rounded to the nearest whole number.
    """

    on: str
    members: int | None = None
    share: Number | None = None

    def __post_init__(self) -> None:
        if self.members is None and self.share is None:
            message = "is missing: say how many are added, either members or share"
            raise DescriptionError(message, "members")
        if self.members is not None and self.share is not None:
            message = (
                f"{self.share!r} beside members = {self.members!r}: one of the two says how many"
            )
            raise DescriptionError(message, "share")
        if self.members is not None:
            whole(self.members, "members", 0)
        if self.share is not None:
            at_least(self.share, "share")


@dataclass(frozen=True, slots=True)
class Pause:
    """A pool takes nothing from its queue, or a backlog is not worked off; both go on growing.

    Parameters
    ----------
    of : str
    """

    of: str


@dataclass(frozen=True, slots=True)
class Resume:
    """The end of a :class:`Pause`.

    Parameters
    ----------
    of : str
    """

    of: str


@dataclass(frozen=True, slots=True)
class SetQueue:
    """Another age at which what waits is dropped when its turn comes.

    Parameters
    ----------
    of : str
        A pool or a backlog.
    expires_after : float or None
        Seconds; None = never.
    """

    of: str
    expires_after: Seconds | None = None

    def __post_init__(self) -> None:
        if self.expires_after is not None:
            above(self.expires_after, "expires_after")


@dataclass(frozen=True, slots=True)
class Drop:
    """Whatever waits in a pool's queue or in a backlog is thrown away; requests are shed.

    Parameters
    ----------
    of : str
    """

    of: str


@dataclass(frozen=True, slots=True)
class Promote:
    """Another primary, by hand.

    Parameters
    ----------
    pool : str
    zone : str
        The first member in this zone that is up; empty = the first that is up.
    """

    pool: str
    zone: str = ""


@dataclass(frozen=True, slots=True)
class RollBack:
    """A rollout is taken back: stopped, and the old build put on every member that has the new one.

    Parameters
    ----------
    of : str
        Name of the rollout.
    member_takes : Distribution or float
        From the command until a member has the old build, seconds; all of them at once. 0 = as the
        rollout itself goes back (`back`).
    """

    of: str
    member_takes: Distribution | Seconds = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.member_takes, Distribution):
            at_least(self.member_takes, "member_takes")
            object.__setattr__(self, "member_takes", Deterministic(float(self.member_takes)))


@dataclass(frozen=True, slots=True)
class Ends:
    """A fault of the scenario ends now: its cause was found and taken away.

    Parameters
    ----------
    fault : str
        Name of a fault of the scenario.
    """

    fault: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A feature flag: a call is left out from now on, or made again.

    Parameters
    ----------
    call : str
        ``"app>recommendations"``: caller and callee (or the name of the step).
    on : bool
    """

    call: str
    on: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Nothing but a row in the timeline.

    Parameters
    ----------
    text : str
    """

    text: str


Action = (
    Remove | Restore | Add | Pause | Resume | SetQueue | Drop | Promote | RollBack | Ends | Switch | Note
)  # fmt: skip

ACTIONS: tuple[type, ...] = (
    Remove, Restore, Add, Pause, Resume, SetQueue, Drop, Promote, RollBack, Ends, Switch, Note,
)  # fmt: skip
