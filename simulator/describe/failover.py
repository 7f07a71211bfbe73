"""Failover: a pool with one primary, who notices that it is gone, who decides, and who stops the old one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.valid import above, at_least, whole
from simulator.errors import DescriptionError

__all__ = ["Detect", "Failover"]

_AT_ONCE = Deterministic(0.0)


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
    voters : {"members"}, mapping of zone to votes, or None
        "members": a majority, `needed`, of the members must be up for a primary; when they are lost
        the primary steps down, and when they are back there is a new election. Zones: voters stand
        there, and whoever reaches a majority of the votes decides. None: whoever is up may serve, and
        the first member back after a total loss serves at once.
    repairs : {"during", "after"}
        Repairs of this pool go on during a failover, or begin after it.
    hold : float
        Seconds for which a failure must last beyond its detection before anything is done.
    cross_zone : bool
        A member of another zone than the primary's may be promoted.
    fences : bool
        The primary serves only while it reaches a majority of the votes; one that is cut off stops
        at once and has no writes of its own.
    lease : float or None
        Instead: it goes on until its lease has run out, seconds since it last reached a majority. A
        new primary is promoted only after the lease of the old one.
    drift : float
        The clock of a primary runs slow by this share, so it believes its lease lasts longer.
    kills_old : bool
        The old primary is switched off before another is promoted (STONITH); the switch reaches it
        whatever the network does, and takes `kill_takes`.
    kill_takes : float
        Seconds.
    again_after : float
        Seconds after a failover during which there is no other automatic one.
    first : int
        Number of the member that is primary at the start.
    name : str
    """

    pool: str
    detect: Detect = Detect()
    promote: Distribution = _AT_ONCE
    works: Share = 1.0
    by_hand: Distribution | None = None
    voters: Literal["members"] | tuple[tuple[str, int], ...] | None = None
    repairs: Literal["during", "after"] = "during"
    hold: Seconds = 0.0
    cross_zone: bool = True
    fences: bool = False
    lease: Seconds | None = None
    drift: Number = 0.0
    kills_old: bool = False
    kill_takes: Seconds = 0.0
    again_after: Seconds = 0.0
    first: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.works <= 1.0:
            raise DescriptionError(f"{self.works!r}: allowed is a share from 0 to 1", "works")
        if isinstance(self.voters, Mapping):
            object.__setattr__(self, "voters", tuple(self.voters.items()))
        if isinstance(self.voters, str) and self.voters != "members":
            raise DescriptionError(
                f'{self.voters!r}: allowed is "members", a table of zones and votes, or nothing',
                "voters",
            )
        for key in ("hold", "kill_takes", "again_after"):
            at_least(getattr(self, key), key)
        if self.lease is not None:
            above(self.lease, "lease")
        if not 0.0 <= self.drift < 1.0:
            raise DescriptionError(
                f"{self.drift!r}: allowed is a number from 0 to below 1", "drift"
            )
        whole(self.first, "first", 0)
        if self.fences and self.lease is not None:
            message = (
                f"{self.lease!r} beside fences = true: a primary that stops at once needs no lease, "
                "take one of the two out"
            )
            raise DescriptionError(message, "lease")
        if self.repairs not in ("during", "after"):
            raise DescriptionError(f"{self.repairs!r}: allowed are during, after", "repairs")
        if not self.name:
            object.__setattr__(self, "name", f"{self.pool}-failover")

    @property
    def zoned(self) -> bool:
        """Whether only a conducted run can act it out: zones, leases, fences, holds and old primaries."""
        plain = Failover(
            self.pool, self.detect, self.promote, self.works, self.by_hand,
            None if isinstance(self.voters, tuple) else self.voters, self.repairs, name=self.name,
        )  # fmt: skip
        return plain != self
