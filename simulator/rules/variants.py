"""A scenario with assumptions about traffic made true: what remains is easier to explain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from simulator.describe.pools import Pool
from simulator.describe.serving import Queue
from simulator.describe.steps import All, Call, Step
from simulator.describe.system import Scenario, System

__all__ = ["Variant", "bare_calls", "enough_capacity", "known_at_once", "variants"]


@dataclass(frozen=True, slots=True)
class Variant:
    """A scenario on the way from the ideal to what is described.

    Parameters
    ----------
    name : str
        What this step takes into account.
    assumed : str
        What the step before took for granted.
    scenario : Scenario
    """

    name: str
    assumed: str
    scenario: Scenario


def variants(scenario: Scenario) -> list[Variant]:
    """From callers that ask once, members without limits and balancers that know all, to the scenario itself.

    Steps that change nothing are left out; the first is always there.
    """
    known = known_at_once(scenario)
    roomy = enough_capacity(known)
    steps = [
        Variant(
            "requests under way", "a request fails if and only if the system is down when it comes", bare_calls(roomy)
        ),
        Variant("what callers do", "nobody repeats, waits for permits or gives up early", roomy),
        Variant("capacity", "however few members are up, they carry the load", known),
        Variant("detection", "a member that is down is asked no more, at once", scenario),
    ]  # fmt: skip
    kept = steps[:1]
    for step in steps[1:]:
        if step.scenario != kept[-1].scenario:
            kept.append(step)
    return kept


def known_at_once(scenario: Scenario) -> Scenario:
    """Without health checks: balancers know at once who is down."""
    kept = [c for c in scenario.controllers if c not in scenario.health_checks]
    return replace(scenario, controllers=kept)


def enough_capacity(scenario: Scenario) -> Scenario:
    """With as many threads and cores as are asked for."""

    def roomy(pool: Pool) -> Pool:
        return replace(
            pool, threads=None, cores=None, queue=Queue(), limit=None, sheds=None, slowdown=None
        )

    return _with_pools(scenario, roomy)


def bare_calls(scenario: Scenario) -> Scenario:
    """With one attempt for each call and nothing that rejects it; timeouts and fallbacks stay."""

    def bare(pool: Pool) -> Pool:
        served = {name: tuple(_bare(s) for s in steps) for name, steps in pool.served.items()}
        plain = served[""] if list(served) == [""] else tuple(served.items())
        return replace(pool, serve=plain)

    changed = _with_pools(scenario, bare)
    return replace(changed, sources=[replace(s, to=_bare_call(s.to)) for s in scenario.sources])


def _with_pools(scenario: Scenario, change: Callable[[Pool], Pool]) -> Scenario:
    system = scenario.system
    assert isinstance(system, System)  # chains have no traffic
    return replace(scenario, system=replace(system, pools=[change(p) for p in system.pools]))


def _bare(step: Step) -> Step:
    if isinstance(step, Call):
        return _bare_call(step)
    if isinstance(step, All):
        return replace(step, all=tuple(_bare_call(call) for call in step.all))
    return step


def _bare_call(call: Call) -> Call:
    fallback = tuple(_bare_call(f) if isinstance(f, Call) else f for f in call.fallback)
    return replace(
        call, retry=None, hedge=None, throttle=None, rate_limit=None, breaker=None, bulkhead=None,
        fallback=fallback,
    )  # fmt: skip
