"""The assumptions behind the serial and parallel formulas, one by one, and how to make each true.

The formulas multiply: every fault strikes each member on its own, is noticed at once, its repair
begins at once, and a member that is up serves. Each :class:`Assumption` here is one way in which a
scenario departs from that; `remove` takes the departure away and leaves everything else as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from simulator.describe.controllers import ACTING, Controller, Crew, Failover
from simulator.describe.distributions import Exponential
from simulator.describe.faults import Effect, Fault, Life, On
from simulator.describe.pools import Pool
from simulator.describe.system import Scenario, System
from simulator.errors import NotSupported
from simulator.rules.features import LIVED, features

__all__ = ["ASSUMPTIONS", "Assumption", "departures", "ideal", "keeping"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption of the formulas.

    Parameters
    ----------
    name : str
        What the scenario has instead, such as ``"repair crew"``.
    assumed : str
        What the formulas assume, as a sentence.
    remove : callable
        The scenario with the assumption made true; the same scenario if it is true already.
    """

    name: str
    assumed: str
    remove: Callable[[Scenario], Scenario]


def departures(scenario: Scenario) -> tuple[Assumption, ...]:
    """Assumptions that the scenario breaks, in the order in which they are switched on."""
    return tuple(a for a in ASSUMPTIONS if a.remove(scenario) != scenario)


def keeping(scenario: Scenario, kept: tuple[Assumption, ...]) -> Scenario:
    """The scenario that breaks only the assumptions `kept`, with nothing that acts during a run."""
    scenario = _unmanned(scenario)
    for assumption in ASSUMPTIONS:
        if assumption not in kept:
            scenario = assumption.remove(scenario)
    return scenario


def ideal(scenario: Scenario) -> Scenario:
    """The scenario with every assumption of the formulas made true.

    Raises
    ------
    NotSupported
        For a stated chain: it has no parts.
    """
    if not isinstance(scenario.system, System):
        raise NotSupported(
            "the serial and parallel formulas of a stated chain", "analytic", "exact answers it"
        )
    return keeping(scenario, ())


def _each_pool(change: Callable[[Pool], Pool]) -> Callable[[Scenario], Scenario]:
    def remove(scenario: Scenario) -> Scenario:
        assert isinstance(scenario.system, System)  # ideal() has checked it
        pools = tuple(change(pool) for pool in scenario.system.pools)
        return replace(scenario, system=replace(scenario.system, pools=pools))

    return remove


def _each_fault(change: Callable[[Fault], Fault | None]) -> Callable[[Scenario], Scenario]:
    def kept(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        return tuple(new for fault in faults if (new := change(fault)) is not None)

    def remove(scenario: Scenario) -> Scenario:
        inner = _each_pool(lambda pool: replace(pool, faults=kept(tuple(pool.faults))))(scenario)
        return replace(inner, faults=kept(tuple(inner.faults)))

    return remove


def _controllers(
    change: Callable[[Controller], Controller | None],
) -> Callable[[Scenario], Scenario]:
    def remove(scenario: Scenario) -> Scenario:
        kept = (change(controller) for controller in scenario.controllers)
        return replace(scenario, controllers=tuple(c for c in kept if c is not None))

    return remove


def _split(fault: Fault) -> Fault:
    """Each covered member gets its own copy of a shared fault; a shock its share of strikes."""
    if not fault.together:
        return fault
    when = fault.when
    if fault.chance < 1.0 and isinstance(when, Life):
        when = replace(when, distribution=Exponential(when.distribution.mean() / fault.chance))
    return replace(fault, together=False, repaired="together", chance=1.0, when=when)


def _ages_always(fault: Fault) -> Fault:
    if isinstance(fault.when, Life) and fault.when.ages != "always":
        return replace(fault, when=replace(fault.when, ages="always"))
    return fault


def _renews(fault: Fault) -> Fault:
    if isinstance(fault.when, Life) and fault.when.keeps:
        return replace(fault, when=replace(fault.when, renews="new"))
    return fault


def _unchained(fault: Fault) -> Fault | None:
    return None if isinstance(fault.when, On) else fault


def _seen(fault: Fault) -> Fault | None:
    if fault.effect.hidden:
        return None
    if fault.found_by is None or fault.effect != Effect(up=False):
        return fault
    return replace(fault, found_by=None)


def _many(controller: Controller) -> Controller:
    """A crew of any size: nobody waits."""
    if isinstance(controller, Crew):
        return replace(
            controller, size=1_000_000, order="first_come", priority=(), preemptive=False
        )
    return controller


def _there(controller: Controller) -> Controller:
    return replace(controller, travel=None) if isinstance(controller, Crew) else controller


def _alike(pool: Pool) -> Pool:
    return replace(pool, load_sharing=None)


def _returns(pool: Pool) -> Pool:
    return replace(pool, on_shortage="down") if pool.on_shortage == "lost" else pool


def _unmanned(scenario: Scenario) -> Scenario:
    """Without what only a run day by day acts out: the formulas know of no such thing."""
    if not features(scenario) & LIVED:
        return scenario
    assert isinstance(scenario.system, System)  # a chain has no controllers
    pools = [
        replace(pool, on_shortage="down", restart=None) if pool.restart is not None else pool
        for pool in scenario.system.pools
    ]
    kept = [
        replace(c, on_call=None) if isinstance(c, Crew) else c
        for c in scenario.controllers
        if not isinstance(c, ACTING) and not (isinstance(c, Failover) and c.zoned)
    ]
    return replace(
        scenario, system=replace(scenario.system, pools=pools), controllers=kept, backlogs=()
    )


def _no_failover(controller: Controller) -> Controller | None:
    return None if isinstance(controller, Failover) else controller


ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption("shared faults", "faults strike each member independently", _each_fault(_split)),
    Assumption("chained faults", "no fault sets off another", _each_fault(_unchained)),
    Assumption("hidden faults", "every fault is noticed at once", _each_fault(_seen)),
    Assumption("imperfect repair", "a repaired part is as good as new", _each_fault(_renews)),
    Assumption("ageing stops", "parts age all the time", _each_fault(_ages_always)),
    Assumption("standby", "all members work and age alike", _each_pool(lambda p: replace(p, standby=None))),
    Assumption("load sharing", "members age alike whatever the load", _each_pool(_alike)),
    Assumption("failover", "another member takes over at once and always", _controllers(_no_failover)),
    Assumption("crew travel", "repair begins the moment a part fails", _controllers(_there)),
    Assumption("repair crew", "no repair waits for another", _controllers(_many)),
    Assumption("data loss", "a pool that was short of members comes back", _each_pool(_returns)),
    Assumption("ages at start", "parts are new at the start", _each_pool(lambda p: replace(p, ages=0.0))),
)  # fmt: skip
"""Every assumption, in the order in which a gap is explained."""
