"""Systems without chance: one history says everything (cases F)."""

from __future__ import annotations

from typing import Any, Literal

from simulator import HOUR, Deterministic, Pool, Scenario, System, availability, crash
from tests.cases.catalogue import CASES, Answer, Parameters


def fixed(name: str, life: float, repair: float, ages: Literal["always", "while_serving"]) -> Pool:
    """A member whose lives and repairs all take the same hours."""
    law, mending = Deterministic(life * HOUR), Deterministic(repair * HOUR)
    return Pool(name, faults=[crash(law, mending, ages=ages)])


def hours_up(system: System, horizon: float, seed: int = 1) -> Any:
    """Hours up in each of some histories: they must all be the same."""
    scenario = Scenario(system, horizon=horizon * HOUR)
    samples = availability(scenario, seed=seed, replications=3, engines=("montecarlo",)).samples
    assert samples is not None
    return horizon - samples.system.down_s / HOUR


def pair(p: Parameters) -> System:
    """Two components in series that age on, or stand still, while the other is in repair."""
    ages: Literal["always", "while_serving"] = (
        "always" if p["ageing_when_down"] else "while_serving"
    )
    parts = zip("AB", p["life"], p["repair"])
    return System([fixed(name, life, repair, ages) for name, life, repair in parts])


def _single(p: Parameters) -> Any:
    return hours_up(System([fixed("unit", p["life"], p["repair"], "always")]), p["T"])


WALKS: dict[str, Answer] = {
    **{case: lambda p: hours_up(pair(p), p["T"]) for case in CASES if case.startswith("F02-")},
    "F03-det-single": _single,
}
