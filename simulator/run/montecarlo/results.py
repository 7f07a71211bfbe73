"""What a Monte-Carlo run hands on: values per replication, and the outages if asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.run.montecarlo.spells import BoolArray, FloatArray, IntArray

__all__ = ["BulkResult", "CauseTally", "OutageList", "OutageLog", "Tally"]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Down times of the system, or of one pool, per replication.

    Parameters
    ----------
    down_s : float64 array, shape (replications,)
        Time down within the horizon, seconds.
    failures : int64 array, shape (replications,)
        Changes from up to down; being down at time 0 is none.
    first_s : float64 array, shape (replications,)
        When it is down for the first time, seconds; 0 if it starts down, infinite if never.
    """

    down_s: FloatArray
    failures: IntArray
    first_s: FloatArray

    @classmethod
    def blank(cls, replications: int) -> Tally:
        """Never down."""
        return cls(
            np.zeros(replications), np.zeros(replications, np.int64), np.full(replications, np.inf)
        )


@dataclass(frozen=True, slots=True, eq=False)
class OutageList:
    """Every outage of the system, by replication, then by start.

    Parameters
    ----------
    replication : int64 array, shape (n,)
    start_s, end_s : float64 array, shape (n,)
        Seconds; an outage that lasts beyond the horizon ends at the horizon.
    completed_by : int32 array, shape (n,)
        Index of the event whose failure brought the system down, -1 if nothing can keep it up. Of
        failures at the same instant it is the one that tipped the scale, taken by index.
    active : uint8 array, shape (n, ceil(events / 8))
        Which events were active at the start, packed; `active_events` unpacks.
    events : int
        Number of events.
    """

    replication: IntArray
    start_s: FloatArray
    end_s: FloatArray
    completed_by: npt.NDArray[np.int32]
    active: npt.NDArray[np.uint8]
    events: int

    def __len__(self) -> int:
        return len(self.start_s)

    def active_events(self) -> BoolArray:
        """Which events were active when each outage began, shape (n, events)."""
        bits = np.unpackbits(self.active, axis=1, count=self.events, bitorder="little")
        return bits.view(np.bool_)


class OutageLog:
    """Outage lists, collected block by block into arrays made for all that are to be expected.

    So nothing is in memory twice: what is reserved but never written costs none.

    Parameters
    ----------
    events : int
        Number of events.
    replications : int
        How many are to come in all.
    """

    __slots__ = ("_columns", "_count", "_done", "_events", "_replications")

    def __init__(self, events: int, replications: int) -> None:
        self._events, self._replications = events, replications
        self._count = self._done = 0
        self._columns: list[npt.NDArray[Any]] = [
            np.empty(0, np.int64),
            np.empty(0),
            np.empty(0),
            np.empty(0, np.int32),
            np.empty((0, (events + 7) // 8), np.uint8),
        ]

    def append(self, part: OutageList, replications: int) -> None:
        """Add the outages of the next `replications` replications."""
        given = (part.replication, part.start_s, part.end_s, part.completed_by, part.active)
        self._done += replications
        last = self._count + len(part)
        if last > len(self._columns[0]):
            expected = last * max(self._replications / self._done, 1.0)
            self._columns = [_grown(c, self._count, int(1.1 * expected)) for c in self._columns]
        for column, array in zip(self._columns, given, strict=True):
            column[self._count : last] = array
        self._count = last

    def listed(self) -> OutageList:
        """All of them."""
        replication, start, end, by, active = (column[: self._count] for column in self._columns)
        return OutageList(replication, start, end, by, active, self._events)


def _grown(column: npt.NDArray[Any], used: int, capacity: int) -> npt.NDArray[Any]:
    out = np.empty((capacity + 16, *column.shape[1:]), dtype=column.dtype)
    out[:used] = column[:used]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class CauseTally:
    """System downtime by cause, per replication.

    Parameters
    ----------
    causes : tuple of str
        In order of first appearance among the events.
    shared_s : float64 array, shape (replications, causes), or None
        Downtime shared at every instant among the minimal cut sets that are down, seconds; None if
        no cut sets were given. Rows sum to the downtime.
    completed_s : float64 array, shape (replications, causes)
        Downtime of the outages that an event of this cause completed, seconds.
    completed : int64 array, shape (replications, causes)
        Number of those outages that began after time 0.
    """

    causes: tuple[str, ...]
    shared_s: FloatArray | None
    completed_s: FloatArray
    completed: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class BulkResult:
    """Outcome of consecutive replications.

    Parameters
    ----------
    first : int
        Number of the first replication.
    horizon_s : float
        Seconds.
    system : Tally
    pools : dict of str to Tally
    windows_s : float64 array, shape (replications, windows), or None
        Downtime of the system in each full window, seconds.
    outages : OutageList or None
    causes : CauseTally or None
    """

    first: int
    horizon_s: float
    system: Tally
    pools: dict[str, Tally]
    windows_s: FloatArray | None = None
    outages: OutageList | None = None
    causes: CauseTally | None = None

    @property
    def replications(self) -> int:
        """Number of replications."""
        return len(self.system.down_s)

    @classmethod
    def join(cls, pieces: Sequence[BulkResult]) -> BulkResult:
        """One result of consecutive pieces of one job, given in order."""
        if len(pieces) == 1:
            return pieces[0]
        head = pieces[0]
        return cls(
            head.first,
            head.horizon_s,
            _join_tallies([p.system for p in pieces]),
            {name: _join_tallies([p.pools[name] for p in pieces]) for name in head.pools},
            _stack([p.windows_s for p in pieces]),
            _join_outages(pieces),
            _join_causes([p.causes for p in pieces if p.causes is not None]),
        )


def _stack(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    given = [p for p in parts if p is not None]
    return np.concatenate(given) if given else None


def _join_tallies(parts: Sequence[Tally]) -> Tally:
    return Tally(
        np.concatenate([p.down_s for p in parts]),
        np.concatenate([p.failures for p in parts]),
        np.concatenate([p.first_s for p in parts]),
    )


def _join_outages(pieces: Sequence[BulkResult]) -> OutageList | None:
    first = pieces[0].outages
    if first is None:
        return None
    log = OutageLog(first.events, sum(piece.replications for piece in pieces))
    for piece in pieces:
        if piece.outages is not None:
            log.append(piece.outages, piece.replications)
    return log.listed()


def _join_causes(parts: Sequence[CauseTally]) -> CauseTally | None:
    if not parts:
        return None
    return CauseTally(
        parts[0].causes,
        _stack([p.shared_s for p in parts]),
        np.concatenate([p.completed_s for p in parts]),
        np.concatenate([p.completed for p in parts]),
    )
