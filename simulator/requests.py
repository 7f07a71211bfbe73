"""Push requests through a scenario: what became of each, and why.

>>> from simulator import Call, Exponential, Poisson, Pool, Scenario, Source, System, Work
>>> db = Pool("db", threads=4, serve=[Work(Exponential(0.01))])
>>> users = Source("users", Poisson(100.0), to=Call("db", timeout=1.0))
>>> run = traffic(Scenario(System([db]), sources=[users], horizon=10.0), seed=1)
>>> run.outcomes.counts()["timeout"]
0
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.describe.system import Scenario
from simulator.history import timeline_of
from simulator.run.events.engine import Traffic
from simulator.tables.outcomes import Outcomes
from simulator.tables.timeline import Timeline

__all__ = ["TrafficRun", "traffic"]


@dataclass(frozen=True, slots=True, eq=False)
class TrafficRun:
    """What a run of requests has left.

    Parameters
    ----------
    scenario : Scenario
    timeline : Timeline
        The faults it went through.
    outcomes : Outcomes
        A row for each request and attempt.
    seed, replication : int
    """

    scenario: Scenario
    timeline: Timeline
    outcomes: Outcomes
    seed: int
    replication: int


def traffic(
    scenario: Scenario, *, seed: int = 1, replication: int = 0, timeline: Timeline | None = None
) -> TrafficRun:
    """Every request of one history.

    Parameters
    ----------
    scenario : Scenario
        With sources; its horizon is the length of the run.
    seed, replication : int
        Same numbers, same rows.
    timeline : Timeline, optional
        Faults to go through; default: those of the scenario, drawn by their addresses.

    Returns
    -------
    TrafficRun

    Raises
    ------
    NotSupported
        For a stated chain or a scenario without sources.
    """
    faults = timeline_of(scenario, seed=seed, replication=replication) if timeline is None else timeline
    outcomes = Traffic(scenario, faults, seed=seed, replication=replication).finish()
    return TrafficRun(scenario, faults, outcomes, seed, replication)
