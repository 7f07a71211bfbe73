"""People and automation: crews, failover, health checks. Here they are described; engines act them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.quantities import Seconds, Share
from simulator.describe.valid import above, at_least, one_of, whole
from simulator.errors import DescriptionError

__all__ = ["Controller", "Crew", "Detect", "Failover", "HealthCheck"]

_AT_ONCE = Deterministic(0.0)


@dataclass(frozen=True, slots=True)
class Crew:
    """People who repair: every fault with ``needs_crew`` waits for one of them.

    Parameters
    ----------
    name : str
    size : int
        Repairs that can go on at once.
    travel : Distribution or None
        Time from taking a job to starting on it, seconds; None = already there.
    order : {"first_come", "priority", "shared"}
        Who is served when all are busy: the fault that came first; the pool that stands first in
        `priority`, first come first served within a pool; or everybody at once, the crew's effort
        shared equally.
    priority : tuple of str
        Pools (or scenario faults), most urgent first; those not named come last.
    preemptive : bool
        With order "priority": a more urgent fault interrupts a repair, which goes on later.
    serves : tuple of str
        Pools (or scenario faults) this crew is for; empty = all.
    """

    name: str
    size: int = 1
    travel: Distribution | None = None
    order: Literal["first_come", "priority", "shared"] = "first_come"
    priority: tuple[str, ...] = ()
    preemptive: bool = False
    serves: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 1:
            raise DescriptionError(f"{self.size!r}: allowed is a whole number from 1", "size")
        if self.order not in ("first_come", "priority", "shared"):
            raise DescriptionError(
                f"{self.order!r}: allowed are first_come, priority, shared", "order"
            )
        if bool(self.priority) != (self.order == "priority"):
            raise DescriptionError('order "priority" and a list `priority` go together', "priority")
        if self.preemptive and self.order != "priority":
            raise DescriptionError('preemptive goes with order "priority"', "preemptive")
        if self.order == "shared" and self.travel is not None:
            raise DescriptionError(
                'a crew of order "shared" is everywhere at once: no travel', "travel"
            )


@dataclass(frozen=True, slots=True)
class Detect:
    """How long until a failure is believed: `misses` probes in a row, one `every` so many seconds.

    A failure falls anywhere between two probes, so the delay is uniform between
    ``(misses - 1) * every + timeout`` and ``misses * every + timeout``.

    Parameters
    ----------
    every : float
        Seconds between two probes.
    misses : int
        Probes in a row that must fail.
    timeout : float
        Seconds after which an unanswered probe has failed.
    """

    every: Seconds = 0.0
    misses: int = 1
    timeout: Seconds = 0.0

    def __post_init__(self) -> None:
        if not self.every >= 0:
            raise DescriptionError(f"{self.every!r}: a time is 0 or more", "every")
        if isinstance(self.misses, bool) or not isinstance(self.misses, int) or self.misses < 1:
            raise DescriptionError(f"{self.misses!r}: allowed is a whole number from 1", "misses")
        if not self.timeout >= 0:
            raise DescriptionError(f"{self.timeout!r}: a time is 0 or more", "timeout")

    @classmethod
    def instant(cls) -> Detect:
        """A failure is known the moment it happens."""
        return cls()

    @property
    def earliest(self) -> float:
        """Shortest delay, seconds."""
        return (self.misses - 1) * self.every + self.timeout

    @property
    def latest(self) -> float:
        """Longest delay, seconds."""
        return self.misses * self.every + self.timeout


@dataclass(frozen=True, slots=True)
class Failover:
    """A pool with one primary: when it fails, another member is made primary; until then the pool is down.

    An old primary that is repaired before the failover ends does not serve until it ends.

    Parameters
    ----------
    pool : str
    detect : Detect
        Time until the failure of the primary is believed.
    promote : Distribution
        Time to make another member primary, seconds.
    works : float
        Coverage: probability that the automatic failover succeeds.
    by_hand : Distribution or None
        Otherwise people do it, seconds; None = the pool stays down for ever.
    voters : {"members"} or None
        "members": a majority, `needed`, of the members must be up for a primary; when they are lost
        the primary steps down, and when they are back there is a new election. None: whoever is up
        may serve, and the first member back after a total loss serves at once.
    repairs : {"during", "after"}
        Repairs of this pool go on during a failover, or begin after it.
    name : str
    """

    pool: str
    detect: Detect = Detect()
    promote: Distribution = _AT_ONCE
    works: Share = 1.0
    by_hand: Distribution | None = None
    voters: Literal["members"] | None = None
    repairs: Literal["during", "after"] = "during"
    name: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.works <= 1.0:
            raise DescriptionError(f"{self.works!r}: allowed is a share from 0 to 1", "works")
        if self.voters not in (None, "members"):
            raise DescriptionError(f'{self.voters!r}: allowed is "members" or nothing', "voters")
        if self.repairs not in ("during", "after"):
            raise DescriptionError(f"{self.repairs!r}: allowed are during, after", "repairs")
        if not self.name:
            object.__setattr__(self, "name", f"{self.pool}-failover")


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Probes that take members out of rotation, and back in.

    Probes go out at times 0, `every`, 2 `every` ...; a member that is down fails one after `timeout`
    when it is silent, at once when it refuses. A pause (speed 0) lets probes time out.

    Parameters
    ----------
    pool : str
    every : float
        Seconds between two probes of a member.
    misses : int
        Failed probes in a row that take a member out.
    timeout : float
        Seconds after which an unanswered probe has failed.
    passes : int
        Good probes in a row that bring it back.
    probe : {"shallow"}
        A shallow probe asks only whether the member answers.
    name : str
    """

    pool: str
    every: Seconds
    misses: int = 1
    timeout: Seconds = 1.0
    passes: int = 1
    probe: Literal["shallow"] = "shallow"
    name: str = ""

    def __post_init__(self) -> None:
        above(self.every, "every")
        whole(self.misses, "misses")
        at_least(self.timeout, "timeout")
        whole(self.passes, "passes")
        one_of(self.probe, "probe", "shallow")
        if not self.name:
            object.__setattr__(self, "name", f"{self.pool}-health")


Controller = Crew | Failover | HealthCheck
