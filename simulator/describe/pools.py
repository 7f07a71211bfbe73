"""Pools: like members that serve, and the calls between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.describe.distributions import Distribution
from simulator.describe.faults import Fault
from simulator.describe.quantities import Seconds, Share
from simulator.errors import DescriptionError

__all__ = ["Call", "LoadSharing", "Pool", "Replication", "Standby", "Step", "Work"]


@dataclass(frozen=True, slots=True)
class Work:
    """A step in which a member works for a time of the given law, seconds."""

    work: Distribution


@dataclass(frozen=True, slots=True)
class Call:
    """A step in which a member calls another pool.

    Parameters
    ----------
    call : str
        The pool called.
    required : bool
        True: the caller cannot serve without an answer. False: it goes on, degraded.
    fallback : tuple of Call
        Asked in order when the call fails; the caller serves if any of them answers.
    after : {"", "ok", "miss"}
        Only after the step before it ended so; a call after a miss counts as needed.
    plane : {"data", "control"}
        A call on the control plane is not on the path of a request and does not count.
    name : str
        To address the step when a pool is called twice; default: the pool called.
    """

    call: str
    required: bool = True
    fallback: tuple[Call, ...] = ()
    after: Literal["", "ok", "miss"] = ""
    plane: Literal["data", "control"] = "data"
    name: str = ""

    def __post_init__(self) -> None:
        if self.after not in ("", "ok", "miss"):
            raise DescriptionError(f"{self.after!r}: allowed are ok, miss", "after")
        if self.plane not in ("data", "control"):
            raise DescriptionError(f"{self.plane!r}: allowed are data, control", "plane")


Step = Work | Call


@dataclass(frozen=True, slots=True)
class Standby:
    """Members beyond `needed` wait: they age at `dormancy` times the rate of an active one.

    Parameters
    ----------
    kind : {"cold", "warm", "hot"}
    dormancy : float or None
        Share of the active ageing; cold = 0, hot = 1, warm must state it.
    """

    kind: Literal["cold", "warm", "hot"]
    dormancy: Share | None = None

    def __post_init__(self) -> None:
        fixed = {"cold": 0.0, "hot": 1.0}
        if self.kind not in ("cold", "warm", "hot"):
            raise DescriptionError(f"{self.kind!r}: allowed are cold, warm, hot", "kind")
        if self.kind == "warm" and self.dormancy is None:
            raise DescriptionError(
                "a warm standby states its dormancy, a share from 0 to 1", "dormancy"
            )
        if self.dormancy is not None and not 0.0 <= self.dormancy <= 1.0:
            raise DescriptionError(f"{self.dormancy!r}: allowed is a share from 0 to 1", "dormancy")
        if self.kind in fixed and self.dormancy not in (None, fixed[self.kind]):
            raise DescriptionError(
                f"{self.dormancy!r}: {self.kind} means {fixed[self.kind]:g}", "dormancy"
            )

    @property
    def rate(self) -> float:
        """Ageing of a waiting member as a share of that of an active one."""
        return {"cold": 0.0, "hot": 1.0}.get(self.kind, self.dormancy or 0.0)


@dataclass(frozen=True, slots=True)
class LoadSharing:
    """Members age faster when fewer of them carry the load.

    Parameters
    ----------
    exponent : float or None
        With j of n members up each ages ``(n / j) ** exponent`` times as fast.
    factors : tuple of float
        Instead: the factor with 0, 1, 2, ... members down; the last one holds beyond.
    """

    exponent: float | None = None
    factors: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if (self.exponent is None) == (not self.factors):
            raise DescriptionError(
                "load sharing takes either an exponent or factors", "load_sharing"
            )
        if any(not f >= 0 for f in self.factors):
            raise DescriptionError(f"{self.factors!r}: every factor is 0 or more", "factors")

    def factor(self, up: int, members: int) -> float:
        """Speed of ageing with `up` of `members` members up."""
        if self.factors:
            return self.factors[min(members - up, len(self.factors) - 1)]
        assert self.exponent is not None  # one of the two is given
        return float((members / up) ** self.exponent) if up else 0.0


@dataclass(frozen=True, slots=True)
class Replication:
    """How copies of the data follow the primary.

    Parameters
    ----------
    mode : {"async", "semi_sync", "sync", "quorum"}
    lag : Distribution or None
        Time by which a copy is behind, seconds.
    acks : int or None
        Copies that must confirm a write; for quorum the default is a majority.
    """

    mode: Literal["async", "semi_sync", "sync", "quorum"] = "async"
    lag: Distribution | None = None
    acks: int | None = None

    def __post_init__(self) -> None:
        if self.mode not in ("async", "semi_sync", "sync", "quorum"):
            raise DescriptionError(
                f"{self.mode!r}: allowed are async, semi_sync, sync, quorum", "mode"
            )


@dataclass(frozen=True, slots=True)
class Pool:
    """`members` like members that serve: load balancer, app, cache, database, disk array.

    Parameters
    ----------
    name : str
    members : int
        At least 1.
    needed : int or "all"
        The pool counts as up while at least so many members are up: the analyst's claim.
    zones : tuple of (str, int)
        Zone and how many members stand in it, in order; a mapping is taken too. Empty = none stated.
    serve : tuple of Work and Call
        What a member does for a request; the calls give the structure.
    threads : int or None
        Requests a member handles at once (used by request traffic).
    standby : Standby or None
        Members beyond `needed` wait; None = all members work.
    load_sharing : LoadSharing or None
    on_shortage : {"down", "lost"}
        Below `needed` the pool is down until enough members are back, or its data are lost for good.
    ages : float or tuple of float
        Age of the members at the start, seconds: one for all, or one each.
    replication : Replication or None
    faults : tuple of Fault
    """

    name: str
    members: int = 1
    needed: int | Literal["all"] = 1
    zones: tuple[tuple[str, int], ...] = ()
    serve: Sequence[Step] = ()
    threads: int | None = None
    standby: Standby | None = None
    load_sharing: LoadSharing | None = None
    on_shortage: Literal["down", "lost"] = "down"
    ages: Seconds | tuple[Seconds, ...] = 0.0
    replication: Replication | None = None
    faults: Sequence[Fault] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "serve", tuple(self.serve))
        object.__setattr__(self, "faults", tuple(self.faults))
        if isinstance(self.zones, Mapping):
            object.__setattr__(self, "zones", tuple(self.zones.items()))
        if isinstance(self.standby, str):
            object.__setattr__(self, "standby", Standby(self.standby))
        _check_name(self.name)
        _check_members(self)

    @property
    def needed_members(self) -> int:
        """`needed` as a number."""
        return self.members if self.needed == "all" else int(self.needed)

    @property
    def start_ages(self) -> tuple[float, ...]:
        """Age of each member at the start, seconds."""
        if isinstance(self.ages, tuple):
            return self.ages
        return (float(self.ages),) * self.members

    def zone_of(self, member: int) -> str:
        """Zone of member number `member`; empty if none is stated."""
        for zone, count in self.zones:
            if member < count:
                return zone
            member -= count
        return ""

    @property
    def calls(self) -> tuple[Call, ...]:
        """The steps that are calls."""
        return tuple(step for step in self.serve if isinstance(step, Call))


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name or not all(c.isalnum() or c in "_-" for c in name):
        raise DescriptionError(f"{name!r}: a name has letters, digits, _ and - only", "name")


def _check_members(pool: Pool) -> None:
    if isinstance(pool.members, bool) or not isinstance(pool.members, int) or pool.members < 1:
        raise DescriptionError(f"{pool.members!r}: allowed is a whole number from 1", "members")
    if pool.needed != "all" and (
        isinstance(pool.needed, bool)
        or not isinstance(pool.needed, int)
        or not 1 <= pool.needed <= pool.members
    ):
        raise DescriptionError(
            f'{pool.needed!r}: allowed is "all" or a whole number from 1 to members = {pool.members}',
            "needed",
        )
    if pool.threads is not None and (not isinstance(pool.threads, int) or pool.threads < 1):
        raise DescriptionError(f"{pool.threads!r}: allowed is a whole number from 1", "threads")
    if pool.zones and sum(count for _, count in pool.zones) != pool.members:
        raise DescriptionError(
            f"zones hold {sum(c for _, c in pool.zones)} of {pool.members} members", "zones"
        )
    if pool.on_shortage not in ("down", "lost"):
        raise DescriptionError(f"{pool.on_shortage!r}: allowed are down, lost", "on_shortage")
    if len(pool.start_ages) != pool.members:
        raise DescriptionError(f"{len(pool.start_ages)} ages for {pool.members} members", "ages")
    if any(not age >= 0 for age in pool.start_ages):
        raise DescriptionError(f"{pool.ages!r}: an age is 0 or more", "ages")
    if pool.standby and pool.load_sharing:
        raise DescriptionError("a pool has a standby or load sharing, not both", "standby")
