"""People and automation: crews and health checks, and the union of all controllers. Engines act them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.describe.distributions import Distribution
from simulator.describe.failover import Detect, Failover
from simulator.describe.quantities import Seconds
from simulator.describe.rollouts import Autoscaler, Rollout
from simulator.describe.runbooks import Runbook
from simulator.describe.units import DAY
from simulator.describe.valid import above, at_least, one_of, whole
from simulator.errors import DescriptionError

__all__ = ["ACTING", "KINDS", "Controller", "Crew", "Detect", "Failover", "HealthCheck"]


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
    on_call : tuple of (float, float), or None
        Hours of the day, (start, end) in seconds since midnight of the first day, ascending; a night
        shift is two windows. Outside them nobody sets out: jobs that come then wait for the next
        window, and repairs under way go on. None = always. Faults at stated times, and those that only
        requests can feel, wait for no crew. Only a run day by day acts hours out.
    """

    name: str
    size: int = 1
    travel: Distribution | None = None
    order: Literal["first_come", "priority", "shared"] = "first_come"
    priority: tuple[str, ...] = ()
    preemptive: bool = False
    serves: tuple[str, ...] = ()
    on_call: tuple[tuple[Seconds, Seconds], ...] | None = None

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
        if self.on_call is not None:
            object.__setattr__(self, "on_call", _hours(self.on_call))


def _hours(windows: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    """Hours of the day, or an error if they overlap or leave the day."""
    before = 0.0
    for number, (start, end) in enumerate(windows):
        if not before <= start < end <= DAY:
            message = (
                f"{(start, end)!r}: allowed are windows of a day, 0 to 24 h, one after the other; "
                "a night shift is two of them"
            )
            raise DescriptionError(message, f"on_call[{number}]")
        before = end
    if not windows:
        raise DescriptionError("at least one window is needed; leave it out for always", "on_call")
    return tuple((float(start), float(end)) for start, end in windows)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Probes that take members out of rotation, and back in.

    A shallow probe asks only whether the member answers. A deep one is a request that the member itself
    has to serve, its own calls included: it sees a member that cannot reach its database, and takes all
    members out when the database they share is gone (``Pool.panic`` lets them serve then).

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
    probe : {"shallow", "deep"}
        Deep probes are requests of sources of their own, ``"NAME POOL MEMBER"``; one that is not served
        within `timeout` has failed. Availability over years knows nothing of them.
    as_ : str
        Class of the request that a deep probe makes.
    name : str
    """

    pool: str
    every: Seconds
    misses: int = 1
    timeout: Seconds = 1.0
    passes: int = 1
    probe: Literal["shallow", "deep"] = "shallow"
    as_: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        above(self.every, "every")
        whole(self.misses, "misses")
        at_least(self.timeout, "timeout")
        whole(self.passes, "passes")
        one_of(self.probe, "probe", "shallow", "deep")
        if self.as_ and self.probe == "shallow":
            raise DescriptionError(f"{self.as_!r}: only a deep probe asks for something", "as")
        if self.probe == "deep" and self.timeout <= 0.0:
            raise DescriptionError(f"{self.timeout!r}: a deep probe takes some time", "timeout")
        if not self.name:
            object.__setattr__(self, "name", f"{self.pool}-health")


Controller = Crew | Failover | HealthCheck | Runbook | Rollout | Autoscaler

ACTING = (Runbook, Rollout, Autoscaler)
"""Controllers that only a conducted run can act out."""

KINDS = (Crew, Failover, HealthCheck, Runbook, Rollout, Autoscaler)
"""Every class of controller."""
