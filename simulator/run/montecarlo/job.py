"""A bulk run, described: events, trees, horizon, seed, and what is wanted of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.describe.system import Scenario
from simulator.errors import DescriptionError
from simulator.rules.logic import Node, events_of
from simulator.run.montecarlo.renewals import RenewalEvent

__all__ = ["BulkJob", "GroupedEvent"]


@dataclass(frozen=True, slots=True)
class GroupedEvent:
    """An event that is followed together with others it depends on.

    Parameters
    ----------
    name : str
    cause : str
        Name under which like events are summed.
    every_s : float
        About how often it becomes active, seconds: sizes the working memory.
    """

    name: str
    cause: str
    every_s: float

    @property
    def summed_as(self) -> str:
        """Name under which its downtime is summed."""
        return self.cause or self.name

    def cycle_s(self) -> float:
        """About the time from one activity to the next, seconds."""
        return self.every_s


@dataclass(frozen=True, slots=True)
class BulkJob:
    """Everything that decides the numbers of a bulk run, except which replications.

    Parameters
    ----------
    events : tuple of RenewalEvent and GroupedEvent
        The basic events, by index.
    top : Gate or int
        The system over the events.
    horizon_s : float
        Length of each replication, seconds.
    seed : int
    pools : mapping of str to Gate or int
        Trees whose own downtime is wanted.
    window_s : float or None
        Length of the windows whose downtime is wanted, seconds. A rest shorter than that at the
        end of the horizon belongs to no window.
    outages : bool
        List the outages, and sum them by the cause that completed them.
    cuts : tuple of frozensets of int, or None
        Minimal cut sets of `top`: downtime is shared among them. Includes the sums by completion.
    audit : bool
        Refuse to open an address of luck twice.
    groups : tuple of tuple of int
        Events that depend on each other: the grouped ones, each in one group.
    scenario : Scenario or None
        What the groups are followed by.

    Raises
    ------
    DescriptionError
        If names are not unique, a tree names an unknown event, or a length of time is not positive.
    """

    events: tuple[RenewalEvent | GroupedEvent, ...]
    top: Node
    horizon_s: float
    seed: int
    pools: Mapping[str, Node] = field(default_factory=dict)
    window_s: float | None = None
    outages: bool = False
    cuts: tuple[frozenset[int], ...] | None = None
    audit: bool = False
    groups: tuple[tuple[int, ...], ...] = ()
    scenario: Scenario | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.horizon_s) and self.horizon_s > 0):
            raise DescriptionError(f"horizon is {self.horizon_s} s: must be finite and above 0")
        if self.window_s is not None and not 0 < self.window_s <= self.horizon_s:
            raise DescriptionError(
                f"window is {self.window_s} s: must be above 0 and at most the horizon, "
                f"{self.horizon_s} s"
            )
        names = [event.name for event in self.events]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DescriptionError(f"{', '.join(twice)}: the names of events must be unique")
        for name, tree in {**self.pools, "the system": self.top}.items():
            wrong = [i for i in events_of(tree) if not 0 <= i < len(names)]
            if wrong:
                allowed = f"0..{len(names) - 1}"
                raise DescriptionError(f"{name} names event {wrong[0]}: must lie in {allowed}")

    @property
    def windows(self) -> int:
        """Number of full windows within the horizon."""
        return 0 if self.window_s is None else int(self.horizon_s / self.window_s * (1 + 1e-12))
