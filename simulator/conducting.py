"""Run a scenario in which people and controllers act: the timeline they make, and the requests that went through it.

>>> from simulator.describe import At, Note, Pool, Runbook, Scenario, Step, System
>>> book = Runbook("look", At(60.0), [Step(Note("looked"), after=30.0)])
>>> run = conduct(Scenario(System([Pool("db")]), controllers=[book], horizon=600.0))
>>> [(change.at, change.words()) for change in run.timeline.changes]
[(90.0, 'looked')]
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from simulator.describe.controllers import Crew
from simulator.describe.system import Scenario, System
from simulator.errors import NotSupported
from simulator.history import faults_of, for_requests, over_time, with_beliefs
from simulator.rules.backlog import BacklogHistory
from simulator.run.conductor import Conductor, counted_pools, with_access
from simulator.run.controllers.given import fixed
from simulator.run.controllers.lived import check_lived
from simulator.run.events.engine import Traffic
from simulator.run.spares import spares_of, with_spares
from simulator.run.touched import touched_pools
from simulator.tables.outcomes import Outcomes
from simulator.tables.timeline import Timeline

__all__ = ["Conducted", "conduct"]


@dataclass(frozen=True, slots=True, eq=False)
class Conducted:
    """What a conducted run has left.

    Parameters
    ----------
    scenario : Scenario
        As it was run: with spares as members, and with a source for each access that people need.
    timeline : Timeline
        Faults, and what was done about them.
    outcomes : Outcomes or None
        Requests; None without sources, or if nothing was kept of them.
    backlogs : dict of str to BacklogHistory
        Each backlog over time.
    """

    scenario: Scenario
    timeline: Timeline
    outcomes: Outcomes | None
    backlogs: dict[str, BacklogHistory]

    def first(self, cause: str, what: str | None = None) -> float:
        """When something was first done by `cause` (s); NaN if never."""
        found = (c.at for c in self.timeline.changes if c.cause == cause and what in (None, c.what))
        return next(found, float("nan"))


def conduct(
    scenario: Scenario, *, seed: int = 1, replication: int = 0, attempts: bool = True,
    faults: Literal["given", "lived"] | None = None,
) -> Conducted:  # fmt: skip
    """Run a scenario with its controllers, and its requests if there are any.

    Parameters
    ----------
    scenario : Scenario
    seed, replication : int
    attempts : bool
        Keep a row for each attempt, too; False keeps requests only.
    faults : {"given", "lived"}, optional
        Given: faults that bear on time are those of the Monte-Carlo engine, known before the run.
        Lived: lives, repairs and crews happen in the run. None: lived where repairs wait for a
        failover (which nobody can know before) or for the hours of a crew, given otherwise.

    Raises
    ------
    NotSupported
        For a stated chain; for faults that cannot be lived (hidden, inspected, data loss).
    """
    if not isinstance(scenario.system, System):
        raise NotSupported("controllers of a stated chain", "events", "describe pools and calls")
    first = {pool.name: pool.members for pool in scenario.system.pools}
    spares, whole = spares_of(scenario), with_access(with_spares(scenario))
    lived = lives_in_run(scenario) if faults is None else faults == "lived"
    if lived:
        check_lived(over_time(whole))
    before = for_requests(known(whole)) if lived else known(whole)
    (spells,) = faults_of(before, seed=seed, first=replication, count=1)
    given = with_beliefs(spells, whole, probes=False)
    assert isinstance(whole.system, System)  # as it was before
    traffic = None
    if whole.sources:
        traffic = Traffic(
            whole, Timeline(fixed(given.spells, whole)), seed=seed, replication=replication, attempts=attempts,
            touched=list(first) if lived else touched_pools(whole), counted=counted_pools(whole),
        )  # fmt: skip
    callee = (
        {site.name: whole.system.pools[site.plan.callee].name for site in traffic.sites}
        if traffic
        else {}
    )
    conductor = Conductor(
        whole, given.spells, seed=seed, replication=replication, driven=traffic, callee=callee,
        lived=replace(over_time(whole), sources=whole.sources) if lived else None,
    )  # fmt: skip
    for pool, count in spares.items():
        for member in range(first[pool], first[pool] + count):
            conductor.acts.send_away((pool, member), "not there yet")
    timeline = conductor.run()
    outcomes = None if traffic is None else traffic.finish()
    backlogs = {name: state.history for name, state in conductor.amounts.states.items()}
    return Conducted(whole, timeline, outcomes, backlogs)


def lives_in_run(scenario: Scenario) -> bool:
    """Whether repairs wait for a failover or for the hours of a crew, so that they cannot be known before."""
    hours = any(crew.on_call is not None for crew in scenario.crews)
    return hours or any(rule.repairs == "after" and not rule.zoned for rule in scenario.failovers)


def known(scenario: Scenario) -> Scenario:
    """The scenario without those who act during the run: its faults can be known before."""
    assert isinstance(scenario.system, System)
    pools = [
        replace(pool, on_shortage="down", restart=None) if pool.restart is not None else pool
        for pool in scenario.system.pools
    ]
    return replace(
        scenario, system=replace(scenario.system, pools=pools), backlogs=(),
        controllers=[c for c in scenario.controllers if isinstance(c, Crew)],
    )  # fmt: skip
