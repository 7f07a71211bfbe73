"""What is lost when the primary dies: snapshots, replication lag, a backlog of writes to apply."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.run.exact.arguments import at_least_zero, positive, share, steady, whole

__all__ = ["LostWrites", "SnapshotLoss", "backlog_loss", "lag_loss", "snapshot_loss"]


@dataclass(frozen=True, slots=True)
class SnapshotLoss:
    """Age of the newest safe snapshot at a failure, s: even between `least` and `most`.

    Parameters
    ----------
    least, most : float
        Seconds; `most` is the recovery point that can be promised.
    """

    least: float
    most: float

    @property
    def mean(self) -> float:
        """Mean seconds lost."""
        return (self.least + self.most) / 2.0

    def tail(self, t: float) -> float:
        """P(more than `t` seconds are lost)."""
        left = (self.most - at_least_zero(t, "t")) / (self.most - self.least)
        return min(max(left, 0.0), 1.0)

    def quantile(self, p: float) -> float:
        """Seconds that a share `p` of failures loses at most."""
        return self.least + share(p, "p") * (self.most - self.least)


def snapshot_loss(*, period: float, transfer: float = 0.0) -> SnapshotLoss:
    """Snapshots every `period` seconds, each safe `transfer` seconds later; failure at any time.

    Parameters
    ----------
    period : float
        Seconds from one snapshot to the next.
    transfer : float
        Seconds until one is safe; it may be longer than the period.

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> snapshot_loss(period=60, transfer=5).mean
    35.0
    """
    every, later = positive(period, "period"), at_least_zero(transfer, "transfer")
    return SnapshotLoss(later, later + every)


@dataclass(frozen=True, slots=True)
class LostWrites:
    """A geometric number of writes: P(at least k) = ratio^k.

    Parameters
    ----------
    none : float
        Probability that no write is lost.
    ratio : float
        Probability of one more; 1 - `none`.
    mean : float
        Mean writes lost.
    """

    none: float
    ratio: float
    mean: float

    def at_least(self, writes: int) -> float:
        """P(at least so many writes are lost)."""
        return float(self.ratio ** whole(writes, "writes", 0))


def lag_loss(*, lag: float, rate: float) -> LostWrites:
    """Writes of the last moments lost, with a lag that is exponential at the failure.

    Parameters
    ----------
    lag : float
        Mean replication lag, s.
    rate : float
        Committed writes per second (Poisson).

    Raises
    ------
    DescriptionError
        For an argument out of range.

    Examples
    --------
    >>> round(lag_loss(lag=0.2, rate=50).none, 9)
    0.090909091
    """
    mean = at_least_zero(lag, "lag") * at_least_zero(rate, "rate")
    return LostWrites(1.0 / (1.0 + mean), mean / (1.0 + mean), mean)


def backlog_loss(*, rate: float, service: float) -> LostWrites:
    """Writes that a replica has not applied yet, if it applies them one at a time (M/M/1).

    Parameters
    ----------
    rate : float
        Writes per second (Poisson).
    service : float
        Mean seconds to apply one (exponential).

    Raises
    ------
    DescriptionError
        For an argument out of range, or writes at or above what can be applied.
    """
    load = steady(at_least_zero(rate, "rate") * positive(service, "service"), 1.0, "rate")
    return LostWrites(1.0 - load, load, load / (1.0 - load))
