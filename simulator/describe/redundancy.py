"""How the members of a pool stand in for each other: standby, load sharing, copies of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.describe.distributions import Distribution
from simulator.describe.quantities import Share
from simulator.errors import DescriptionError

__all__ = ["LoadSharing", "Replication", "Standby"]


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
