"""Pools: like members that serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.describe.faults import Fault
from simulator.describe.guards import ConcurrencyLimit
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.recovery import Restart
from simulator.describe.redundancy import LoadSharing, Replication, Standby
from simulator.describe.serving import Cache, Outliers, Queue, Shedding, Slowdown
from simulator.describe.steps import All, Call, Step
from simulator.describe.valid import above, one_of, share, whole
from simulator.errors import DescriptionError

__all__ = ["LoadSharing", "Pool", "Replication", "Standby"]

_ENDLESS = Queue()
BALANCE = ("round_robin", "random", "weighted", "least_busy", "two_choices", "by_key", "nearest")


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
    serve : tuple of Work, Call and All
        What a member does for a request, in order; the calls give the structure. A mapping of classes
        of requests to steps is taken too; the class "" serves those not named.
    threads : int or None
        Requests a member handles at once, from admission to the answer; None = any number.
    cores : int or None
        Pieces of work a member does at once; a piece that finds none free waits. None = any number.
    queue : Queue
        Where requests wait for a thread.
    balance : {"round_robin", "random", "weighted", "least_busy", "two_choices", "by_key", "nearest"}
        Who gets a request among the members in rotation; one balancer serves all callers. Nearest: any
        member in the caller's zone, or of all if none there is in rotation.
    weights : tuple of float
        One for each member, for balance "weighted".
    shards : int
        Parts of the data: member m holds shard m modulo `shards`, and a key belongs to one shard.
    panic : float
        When fewer than this share of the members are in rotation, all of them are asked.
    cache : Cache or None
    slowdown : Slowdown or None
    limit : AimdLimit, Vegas, Gradient or None
        Requests a member takes at once, adapted to its answers; beyond it they are shed.
    sheds : Shedding or None
    outliers : Outliers or None
    standby : Standby or None
        Members beyond `needed` wait; None = all members work.
    load_sharing : LoadSharing or None
    on_shortage : {"down", "restart", "lost"}
        Below `needed` the pool is down until enough members are back, it must go through a full
        `restart` first, or its data are lost for good.
    restart : Restart or None
        With on_shortage "restart"; judged shard by shard.
    ages : float or tuple of float
        Age of the members at the start, seconds: one for all, or one each.
    replication : Replication or None
    checks_term : bool
        It refuses requests of a primary whose term is older than the latest it has seen (a fencing
        token).
    faults : tuple of Fault
    """

    name: str
    members: int = 1
    needed: int | Literal["all"] = 1
    zones: tuple[tuple[str, int], ...] = ()
    serve: Sequence[Step] | tuple[tuple[str, Sequence[Step]], ...] = ()
    threads: int | None = None
    cores: int | None = None
    queue: Queue = _ENDLESS
    balance: Literal[
        "round_robin", "random", "weighted", "least_busy", "two_choices", "by_key", "nearest"
    ] = "round_robin"
    weights: tuple[Number, ...] = ()
    shards: int = 1
    panic: Share = 0.0
    cache: Cache | None = None
    slowdown: Slowdown | None = None
    limit: ConcurrencyLimit | None = None
    sheds: Shedding | None = None
    outliers: Outliers | None = None
    standby: Standby | None = None
    load_sharing: LoadSharing | None = None
    on_shortage: Literal["down", "restart", "lost"] = "down"
    restart: Restart | None = None
    ages: Seconds | tuple[Seconds, ...] = 0.0
    replication: Replication | None = None
    checks_term: bool = False
    faults: Sequence[Fault] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "serve", _steps(self.serve))
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
    def served(self) -> dict[str, tuple[Step, ...]]:
        """The steps by class of request; "" is for those not named."""
        if self.serve and isinstance(self.serve[0], tuple):
            return {name: tuple(steps) for name, steps in self.serve}  # type: ignore[misc]
        return {"": tuple(self.serve)}  # type: ignore[arg-type]

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls of its members, those made side by side included."""
        found: list[Call] = []
        for steps in self.served.values():
            for step in steps:
                if isinstance(step, All):
                    found += step.all
                elif isinstance(step, Call) and step not in found:
                    found.append(step)
        return tuple(found)


def _steps(serve: object) -> tuple[object, ...]:
    """Steps as a tuple; by class as a tuple of (class, steps), in the order of the names."""
    named: list[tuple[str, tuple[object, ...]]] = []
    if isinstance(serve, Mapping):
        for classes, steps in serve.items():
            each = (classes,) if isinstance(classes, str) else classes
            named += [(name, tuple(steps)) for name in each]
    elif not isinstance(serve, Sequence):
        raise DescriptionError(f"{serve!r}: allowed is a list of steps", "serve")
    elif not any(isinstance(step, tuple) for step in serve):
        return tuple(serve)
    else:
        named = [(name, tuple(steps)) for name, steps in serve]
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1:
            raise DescriptionError(f"the class {name!r} stands twice", "serve")
    return tuple(sorted(named, key=lambda pair: pair[0]))


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
    for key in ("threads", "cores"):
        if getattr(pool, key) is not None:
            whole(getattr(pool, key), key)
    if pool.zones and sum(count for _, count in pool.zones) != pool.members:
        raise DescriptionError(
            f"zones hold {sum(c for _, c in pool.zones)} of {pool.members} members", "zones"
        )
    one_of(pool.on_shortage, "on_shortage", "down", "restart", "lost")
    if pool.restart is None and pool.on_shortage == "restart":
        message = (
            'is missing: on_shortage = "restart" needs it, such as restart = { takes = "1 h" }'
        )
        raise DescriptionError(message, "restart")
    if pool.restart is not None and pool.on_shortage != "restart":
        message = (
            f'beside on_shortage = {pool.on_shortage!r}: a restart needs on_shortage = "restart"'
        )
        raise DescriptionError(message, "restart")
    if len(pool.start_ages) != pool.members:
        raise DescriptionError(f"{len(pool.start_ages)} ages for {pool.members} members", "ages")
    if any(not age >= 0 for age in pool.start_ages):
        raise DescriptionError(f"{pool.ages!r}: an age is 0 or more", "ages")
    if pool.standby and pool.load_sharing:
        raise DescriptionError("a pool has a standby or load sharing, not both", "standby")
    _check_serving(pool)


def _check_serving(pool: Pool) -> None:
    one_of(pool.balance, "balance", *BALANCE)
    if bool(pool.weights) != (pool.balance == "weighted"):
        raise DescriptionError('balance "weighted" and a list `weights` go together', "weights")
    if pool.weights and len(pool.weights) != pool.members:
        raise DescriptionError(f"{len(pool.weights)} weights for {pool.members} members", "weights")
    for weight in pool.weights:
        above(weight, "weights")
    whole(pool.shards, "shards")
    if pool.shards > pool.members:
        message = f"{pool.shards!r}: allowed is a whole number from 1 to members = {pool.members}"
        raise DescriptionError(message, "shards")
    share(pool.panic, "panic")
