"""The Monte-Carlo engine: any scenario over years, replication by replication.

Faults that depend on no other are alternating renewals, in bulk; groups of dependent ones run in
lockstep. Both hand out spells, and one merge turns them into downtime, failures and causes.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.describe.chain import Chain
from simulator.describe.distributions import Distribution, Equilibrium, Exponential
from simulator.describe.faults import Life
from simulator.describe.system import Scenario
from simulator.errors import NotSupported
from simulator.rules.anatomy import BasicEvent, anatomy
from simulator.rules.features import FEATURES, LIVED, refuse_lived
from simulator.rules.groups import groups_of
from simulator.rules.plan import law_of, plan_of
from simulator.run.montecarlo.job import BulkJob, GroupedEvent
from simulator.run.montecarlo.renewals import RenewalEvent

__all__ = ["SUPPORTS", "job_of"]

SUPPORTS = frozenset(FEATURES) - LIVED - {"chain", "at stated times"}
"""Features this engine answers."""


def job_of(
    scenario: Scenario,
    *,
    seed: int,
    window_s: float | None = None,
    outages: bool = False,
    cuts: Sequence[frozenset[int]] | None = None,
    audit: bool = False,
) -> BulkJob:
    """Everything that decides the numbers of a run of `scenario`.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    window_s : float, optional
        Length of the windows whose downtime is wanted, seconds.
    outages : bool
        List the outages.
    cuts : sequence of frozenset of int, optional
        Minimal cut sets of the system over the basic events, to share downtime among causes.
    audit : bool
        Refuse to open an address of luck twice.

    Returns
    -------
    BulkJob

    Raises
    ------
    NotSupported
        For a stated chain, for faults at stated times, for what acts during the run, and for dependent
        parts that start in equilibrium.
    """
    if isinstance(scenario.system, Chain):
        raise NotSupported("a stated chain", "montecarlo", "exact can")
    refuse_lived(scenario, "montecarlo")
    body = anatomy(scenario)
    body.no_stated_times("montecarlo")
    groups = groups_of(plan_of(scenario))
    if groups.together and scenario.starts == "equilibrium":
        names = ", ".join(body.events[e].name for e in groups.together[0][:3])
        raise NotSupported(
            f"a start in equilibrium of parts that depend on each other ({names} ...)",
            "montecarlo",
            "exact can, if all laws are exponential",
        )
    dependent = {event for group in groups.together for event in group}
    return BulkJob(
        events=tuple(_event(e, i in dependent, scenario) for i, e in enumerate(body.events)),
        top=body.top,
        horizon_s=scenario.horizon,
        seed=seed,
        pools=dict(body.pools),
        window_s=window_s,
        outages=outages,
        cuts=None if cuts is None else tuple(cuts),
        audit=audit,
        groups=groups.together,
        scenario=scenario,
    )


def _event(event: BasicEvent, dependent: bool, scenario: Scenario) -> RenewalEvent | GroupedEvent:
    fault = event.fault
    if fault is None or not isinstance(fault.when, Life):
        return GroupedEvent(event.name, event.cause, scenario.horizon)
    life = fault.when.distribution
    repair = None if fault.repair is None else law_of(fault.repair)
    if dependent:
        return GroupedEvent(
            event.name, event.cause, life.mean() + (repair.mean() if repair else 0.0)
        )
    if scenario.starts == "equilibrium" and repair is None and life.mean() < float("inf"):
        what = f"a start in equilibrium of {event.name}, which nobody repairs"
        raise NotSupported(what, "montecarlo", 'start it "new"')
    if scenario.starts == "equilibrium" and repair is not None:
        return _settled(event, life, repair)
    first = life.residual(event.age) if event.age else None
    return RenewalEvent(event.name, life, repair, event.cause, first)


def _settled(event: BasicEvent, life: Distribution, repair: Distribution) -> RenewalEvent:
    """An alternating renewal process that has been running for ever."""
    if isinstance(life, Exponential) and isinstance(repair, Exponential):
        first, first_repair = None, None
    else:
        first, first_repair = Equilibrium(life), Equilibrium(repair)
    down = repair.mean() / (life.mean() + repair.mean())
    return RenewalEvent(event.name, life, repair, event.cause, first, down, first_repair)
