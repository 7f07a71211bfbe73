"""Which engine can answer a scenario, and why not."""

from __future__ import annotations

from simulator.describe.chain import Chain
from simulator.describe.faults import At
from simulator.describe.system import Scenario
from simulator.errors import NotSupported
from simulator.rules.features import FEATURES, features

__all__ = ["who_can"]


def who_can(scenario: Scenario) -> str:
    """What a scenario asks of an engine, and who can answer it, as text."""
    from simulator.rules.ideal import ideal
    from simulator.run.exact.solver import Solver
    from simulator.run.montecarlo.engine import job_of

    lines = ["what it has"]
    found = [f"  - {FEATURES[name]}" for name in sorted(features(scenario))]
    if scenario.sources:
        found.append(f"  - requests of {', '.join(source.name for source in scenario.sources)}")
    if any(isinstance(fault.when, At) for fault in scenario.faults):
        found.append("  - faults at stated times, which only runs of requests see")
    lines += found or ["  - independent faults only"]
    lines.append("who can answer")
    for engine, ask in (
        ("analytic", lambda: Solver(ideal(scenario)).unavailability()),
        ("exact", lambda: Solver(scenario).unavailability()),
        ("montecarlo", lambda: job_of(scenario, seed=0)),
    ):
        try:
            ask()
            lines.append(f"  - {engine}: yes")
        except NotSupported as error:
            lines.append(f"  - {engine}: no ({error})")
    lines.append(f"  - events (requests): {_traffic(scenario)}")
    lines.append(f"  - request availability over years: {_years(scenario)}")
    return "\n".join(lines)


def _traffic(scenario: Scenario) -> str:
    from simulator.run.events.plan import plan_traffic

    try:
        plan_traffic(scenario)
    except NotSupported as error:
        return f"no ({error})"
    return "yes"


def _years(scenario: Scenario) -> str:
    from simulator.episodes import pace_of

    if isinstance(scenario.system, Chain) or not scenario.sources:
        return "no (needs traffic: state a source)"
    try:
        pace_of(scenario)
    except NotSupported as error:
        return f"no ({error})"
    return "yes, by episodes"
