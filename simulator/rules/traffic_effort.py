"""How many requests a run would push, so that ten years of them are asked for by nobody by accident."""

from __future__ import annotations

import math

import numpy as np

from simulator.describe.faults import Every, Poisson
from simulator.describe.profiles import Profile
from simulator.describe.sources import Closed, Source, Trace
from simulator.describe.system import Scenario
from simulator.describe.units import format_duration
from simulator.errors import DescriptionError

__all__ = ["MAX_REQUESTS", "check_requests", "requests_expected", "run_whole"]

MAX_REQUESTS = 50_000_000
"""Requests of one run beyond which it is refused: hours."""

RUN_WHOLE = 2_000_000
"""Requests up to which a scenario is taken to ask what happens to each of them."""


def requests_expected(scenario: Scenario) -> float:
    """Requests that the sources of a scenario send within its horizon, roughly."""
    return sum(_expected(source, scenario.horizon) for source in scenario.sources)


def _expected(source: Source, horizon: float) -> float:
    arrivals = source.arrivals
    if isinstance(arrivals, Trace):
        return float(sum(t < horizon for t in arrivals.times))
    if isinstance(arrivals, Every):
        return horizon / arrivals.period
    if isinstance(arrivals, Poisson):
        rate = arrivals.rate
        if isinstance(rate, Profile):
            return float(rate.total(np.array([horizon]))[0])
        return rate * horizon
    assert isinstance(arrivals, Closed)
    think = arrivals.think if isinstance(arrivals.think, float) else arrivals.think.mean()
    return arrivals.clients * horizon / max(think, 0.001)


def run_whole(scenario: Scenario) -> bool:
    """Whether a scenario asks what happens to every request: it has some, and few enough."""
    return 0.0 < requests_expected(scenario) <= RUN_WHOLE


def check_requests(scenario: Scenario, where: str) -> None:
    """Raise :class:`DescriptionError` if a run would push more requests than anybody waits for."""
    many = requests_expected(scenario)
    if many > MAX_REQUESTS:
        shorter = math.floor(scenario.horizon * MAX_REQUESTS / many)
        raise DescriptionError(
            f"{many:.3g} requests in {format_duration(scenario.horizon)}: at most {MAX_REQUESTS:,} are run one by "
            f"one; say --horizon \"{format_duration(float(shorter))}\" or less, or ask for the years without "
            "--engine events",
            where,
        )
