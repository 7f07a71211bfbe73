"""What drives and what is driven: the few words that controllers and a traffic engine exchange.

Controllers know nothing of requests. They see :class:`Signals`, counted up to a time, and they say
:class:`~simulator.tables.changes.Change`. Any engine that speaks :class:`Driven` may be conducted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from simulator.tables.changes import Change

__all__ = ["Driven", "Gauge", "NoTraffic", "Signals"]


@dataclass(frozen=True, slots=True)
class Signals:
    """What has ended by a time, strictly before it.

    Parameters
    ----------
    time_s : float
    requests : dict of str to dict of str to int
        By source and outcome, since the start.
    attempts : dict of str to dict of str to int
        By call and outcome, since the start; an attempt counts once both sides have done with it.
    members : dict of str to list of (int, int)
        For the pools that are counted member by member: attempts served (ok or degraded), and others
        that reached the member, since the start.
    """

    time_s: float
    requests: dict[str, dict[str, int]] = field(default_factory=dict)
    attempts: dict[str, dict[str, int]] = field(default_factory=dict)
    members: dict[str, list[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A pool at one moment.

    Parameters
    ----------
    busy, of : list of int
        Cores (threads where a pool states no cores) that are busy, and how many there are, by member.
    waiting : list of int
        Requests that wait for a thread, by member.
    inside : list of int
        Requests that wait or are served, calls they wait for included, by member; nobody to count = empty.
    """

    busy: list[int]
    of: list[int]
    waiting: list[int]
    inside: list[int] = field(default_factory=list)


class Driven(Protocol):
    """A traffic engine as its conductor sees it."""

    def advance(self, until: float, watch: Iterable[str] = ()) -> Signals:
        """Let everything happen before `until` (s), or up to the end of a request of a watched source."""

    def apply(self, change: Change) -> None:
        """Let a change take effect now, before anything else that falls on this moment."""

    def send(self, source: str) -> None:
        """Let a source send a request now."""

    def gauge(self, pool: str) -> Gauge:
        """How busy a pool is now."""


class NoTraffic:
    """Stands in for an engine where nobody sends requests."""

    def advance(self, until: float, watch: Iterable[str] = ()) -> Signals:
        """Nothing happens."""
        return Signals(until)

    def apply(self, change: Change) -> None:
        """Nobody feels it."""

    def send(self, source: str) -> None:
        """There is no source."""
        raise AssertionError(f"{source}: no source without traffic")

    def gauge(self, pool: str) -> Gauge:
        """Nobody is busy."""
        return Gauge([0], [1], [0])
