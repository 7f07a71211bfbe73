"""A run of the request engine, with all that laws need to know about it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from simulator.describe.steps import Call
from simulator.describe.system import Scenario
from simulator.history import timeline_of
from simulator.run.events import sites
from simulator.run.events.engine import Traffic
from simulator.tables.outcomes import CAUSES, OUTCOMES
from simulator.tables.timeline import Spell, Timeline
from tests.run.events.roles import Role, roles
from tests.run.events.spies import SpyBreaker, spied_budget

__all__ = ["EPS", "Seen", "Stop", "cause", "observe", "outcome", "watched"]

EPS = 1e-9
"""Seconds by which times that are the same in theory may differ by rounding; runs last a few seconds."""

Group = tuple[int, int, int, int]


def outcome(*words: str) -> list[int]:
    """Numbers of outcomes."""
    return [OUTCOMES.index(word) for word in words]


def cause(*words: str) -> list[int]:
    """Numbers of causes."""
    return [CAUSES.index(word) for word in words]


@contextmanager
def watched() -> Iterator[None]:
    """Breakers and budgets made meanwhile remember what they were told."""
    breaker, budget = sites.CircuitBreaker, sites.new_budget
    sites.CircuitBreaker, sites.new_budget = SpyBreaker, spied_budget  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        sites.CircuitBreaker, sites.new_budget = breaker, budget  # type: ignore[misc]


@dataclass(frozen=True)
class Stop:
    """What the engine held at a moment at which it was stopped."""

    time: float
    under_way: tuple[int, ...]
    busy: dict[tuple[int, int], int]
    cores: dict[tuple[int, int], int]


@dataclass
class Seen:
    """A run that is over.

    Parameters
    ----------
    number : int
        Of the scenario.
    scenario : Scenario
    timeline : Timeline
    traffic : Traffic
    stops : list of Stop
    """

    number: int
    scenario: Scenario
    timeline: Timeline
    traffic: Traffic
    stops: list[Stop] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outcomes = self.traffic.finish()
        self.r: dict[str, Any] = dict(self.outcomes.requests)
        self.a: dict[str, Any] = dict(self.outcomes.attempts)
        self.plan = self.traffic.plan
        self.calls: list[Call] = [site.call for site in self.plan.sites]
        self.roles: list[Role] = roles(self.plan)
        self.callee = np.array([site.callee for site in self.plan.sites])[self.a["site"]]
        self.horizon = self.scenario.horizon

    # --- columns beside those of the rows ---------------------------------------------------------

    @cached_property
    def pair(self) -> Any:
        """For each attempt: its member was chosen before it was sent, as a policy is kept by pairs."""
        return np.array([site.pair for site in self.traffic.sites])[self.a["site"]]

    @cached_property
    def wired(self) -> Any:
        """For each attempt: it surely went on the wire."""
        a = self.a
        told = np.isin(a["outcome"], outcome("ok", "degraded", "error", "shed"))
        nobody = np.isin(a["cause"], cause("nobody in rotation"))
        sure = ~self.pair | ~np.isnan(a["started_s"]) | (told & ~nobody)
        return (a["member"] >= 0) & sure & (a["outcome"] != outcome("rejected")[0])

    @cached_property
    def request(self) -> Any:
        """For each attempt: row of its request."""
        place = {(s, n): i for i, (s, n) in enumerate(zip(self.r["source"], self.r["number"]))}
        a = self.a
        return np.array([place[who] for who in zip(a["source"], a["number"])], dtype=int)

    @cached_property
    def kind(self) -> list[int]:
        """For each attempt: class as which it was sent; a call that states none hands on its own."""
        found: list[int] = []
        classes = self.r["class"][self.request]
        for j, (site, parent) in enumerate(zip(self.a["site"], self.a["parent"])):
            stated = self.calls[site].as_
            if stated:
                found.append(self.plan.classes.index(stated))
            else:
                found.append(int(classes[j]) if parent < 0 else found[parent])
        return found

    @cached_property
    def link(self) -> Any:
        """For each attempt: number of the link it crosses, -1 for none (or no member)."""
        known: dict[tuple[int, int, int], int] = {}
        found = []
        for site, caller, member in zip(self.a["site"], self.a["caller"], self.a["member"]):
            key = (int(site), int(caller), int(member))
            if member >= 0 and key not in known:
                plan = self.plan.sites[site]
                known[key] = self.plan.link_between(plan.caller, key[1], plan.callee, key[2])
            found.append(known.get(key, -1))
        return np.array(found, dtype=int)

    @cached_property
    def left(self) -> Any:
        """For each attempt: when its thread was free again, s; NaN if it never had one."""
        a = self.a
        found = a["served_s"].copy()
        for j in np.flatnonzero(~np.isnan(a["started_s"]) & np.isnan(found)):
            who = (int(self.callee[j]), int(a["member"][j]))
            starts = [s.start for s in self.spells(*who) if not s.effect.up]
            starts = [t for t in starts if t >= a["started_s"][j] - EPS]
            found[j] = min([*starts, self.horizon])
        found[np.isnan(a["started_s"])] = np.nan
        return found

    @cached_property
    def groups(self) -> dict[Group, list[int]]:
        """Attempts by call: (site, parent, source, number) -> rows, in order of being made."""
        found: dict[Group, list[int]] = {}
        a = self.a
        keys = zip(*(a[c].tolist() for c in ("site", "parent", "source", "number")))
        for j, key in enumerate(keys):
            found.setdefault(key, []).append(j)
        return found

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """Attempts that a job has made: parent -> rows."""
        found: dict[int, list[int]] = {}
        for j, parent in enumerate(self.a["parent"].tolist()):
            found.setdefault(parent, []).append(j)
        return found

    @cached_property
    def at_member(self) -> dict[tuple[int, int], Any]:
        """Attempts that went to each member: (pool, member) -> rows."""
        found: dict[tuple[int, int], list[int]] = {}
        for j in np.flatnonzero(self.a["member"] >= 0).tolist():
            who = (int(self.callee[j]), int(self.a["member"][j]))
            found.setdefault(who, []).append(j)
        return {who: np.array(rows) for who, rows in found.items()}

    # --- the weather ------------------------------------------------------------------------------

    @cached_property
    def _spells(self) -> dict[tuple[int, int], list[Spell]]:
        numbers = {pool.pool.name: pool.index for pool in self.plan.pools}
        found: dict[tuple[int, int], list[Spell]] = {}
        for spell in self.timeline.spells:
            for name, member in spell.members:
                found.setdefault((numbers[name], member), []).append(spell)
        return found

    def spells(self, pool: int, member: int) -> list[Spell]:
        """What befell a member."""
        return self._spells.get((pool, member), [])

    def threads(self, pool: int, member: int, time: float) -> float:
        """Threads a member has at a time."""
        most = self.plan.pools[pool].pool.threads
        if most is None:
            return math.inf
        share = 1.0
        for spell in self.spells(pool, member):
            if spell.start <= time < spell.end:
                share *= spell.effect.threads
        return math.floor(most * share)


def observe(scenario: Scenario, number: int = 0, *, seed: int = 1, stops: int = 5) -> Seen:
    """Run a scenario, looking into the engine at some moments, and keep what there is to see."""
    with watched():
        timeline = timeline_of(scenario, seed=seed)
        traffic = Traffic(scenario, timeline, seed=seed)
        looks = []
        for k in range(1, stops + 1):
            traffic.advance(scenario.horizon * (k - 0.37) / stops)
            looks.append(_look(traffic))
        return Seen(number, scenario, timeline, traffic, looks)


def _look(traffic: Traffic) -> Stop:
    record = traffic.record
    members = [m for station in traffic.stations for m in station.members]
    return Stop(
        traffic.clock.now,
        tuple(sent - sum(ended) for sent, ended in zip(record.started, record.requests)),
        {(m.station.index, m.index): m.busy for m in members},
        {(m.station.index, m.index): m.busy_cores for m in members},
    )
