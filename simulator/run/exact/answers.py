"""Questions to the exact engine: each function answers one, and says in its name which.

Every function takes a :class:`~simulator.describe.system.Scenario`, a System or a Chain. Times are in
seconds. What has no exact answer raises :class:`~simulator.errors.NotSupported`, naming the engine
that can.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.chain import Chain
from simulator.describe.system import Scenario, System
from simulator.describe.units import YEAR
from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.solver import Solver

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = [
    "Described", "Interval", "annual_loss", "availability", "downtime_probability",
    "downtime_variance_rate", "expected_failures", "frequency", "interval_unavailability",
    "loss_probability", "mean_down_time", "mean_members_down", "mean_time_to_loss",
    "mean_unavailability", "mean_up_time", "mtbf", "mttf", "reliability", "unavailability",
    "unreliability",
]  # fmt: skip

Described = Scenario | System | Chain


def _solver(described: Described) -> Solver:
    return Solver(Scenario.of(described))


def unavailability(
    described: Described, *, at: float | None = None, pool: str | None = None
) -> float:
    """Share of time down in the long run, or probability to be down at time `at` (seconds).

    Parameters
    ----------
    described : Scenario, System or Chain
    at : float, optional
        A time since the start, seconds; None = the long run.
    pool : str, optional
        One pool on its own instead of the system.

    Returns
    -------
    float
        Small values keep their digits.
    """
    solver = _solver(described)
    if at is None:
        return solver.unavailability(pool)
    return float(solver.unavailability_at(np.array([_time(at, "at")]), pool)[0])


def availability(
    described: Described, *, at: float | None = None, pool: str | None = None
) -> float:
    """Share of time up: ``1 - unavailability``; see :func:`unavailability`."""
    return 1.0 - unavailability(described, at=at, pool=pool)


def frequency(described: Described, *, pool: str | None = None) -> float:
    """Long-run rate of failures (changes from up to down), per second."""
    return _solver(described).frequency(pool)


def mtbf(described: Described, *, pool: str | None = None) -> float:
    """Mean time from one failure to the next, up and down together, seconds: ``1 / frequency``."""
    rate = frequency(described, pool=pool)
    return 1.0 / rate if rate else math.inf


def mean_up_time(described: Described, *, pool: str | None = None) -> float:
    """Long-run mean length of an up period, seconds (not the MTTF from new)."""
    solver = _solver(described)
    rate = solver.frequency(pool)
    return (1.0 - solver.unavailability(pool)) / rate if rate else math.inf


def mean_down_time(described: Described, *, pool: str | None = None) -> float:
    """Long-run mean length of an outage, seconds: unavailability over frequency."""
    solver = _solver(described)
    rate = solver.frequency(pool)
    return solver.unavailability(pool) / rate if rate else math.nan


def mttf(described: Described, *, pool: str | None = None) -> float:
    """Mean time from the start to the first failure, seconds; repairs go on meanwhile.

    Started in equilibrium it may begin down, which counts as a failure at once.
    """
    return _solver(described).mttf(pool)


def reliability(described: Described, at: float, *, pool: str | None = None) -> float:
    """Probability of never being down up to time `at` (seconds), the start included."""
    return float(_solver(described).reliability(np.array([_time(at, "at")]), pool)[0])


def unreliability(described: Described, at: float, *, pool: str | None = None) -> float:
    """Probability of at least one failure up to time `at` (seconds); small values keep their digits."""
    return float(_solver(described).unreliability(np.array([_time(at, "at")]), pool)[0])


@dataclass(frozen=True, slots=True)
class Interval:
    """Share of an interval spent down.

    Parameters
    ----------
    mean : float
        Expected share, 0-1.
    variance : float
        Its variance; NaN if only the mean was asked for.
    """

    mean: float
    variance: float

    @property
    def standard_deviation(self) -> float:
        """Square root of the variance."""
        return math.sqrt(self.variance)


def interval_unavailability(described: Described, horizon: float | None = None) -> Interval:
    """Mean and variance of the share of [0, horizon] spent down.

    The variance of the share of time up is the same.

    Parameters
    ----------
    described : Scenario, System or Chain
    horizon : float, optional
        Seconds; default: the scenario's.

    Raises
    ------
    NotSupported
        If the system has no Markov chain of up to 600 states.
    """
    from simulator.run.exact.intervals import downtime_moments

    scenario = Scenario.of(described)
    length = _time(scenario.horizon if horizon is None else horizon, "horizon")
    solver = Solver(scenario)
    found = downtime_moments(solver.space.generator, solver.space.up, solver.begin, length)
    return Interval(found.mean_s / length, found.variance_s2 / length**2)


def mean_unavailability(described: Described, horizon: float | None = None) -> float:
    """Expected share of [0, horizon] spent down; for any number of states, unlike its variance.

    Parameters
    ----------
    described : Scenario, System or Chain
    horizon : float, optional
        Seconds; default: the scenario's.
    """
    scenario = Scenario.of(described)
    length = _time(scenario.horizon if horizon is None else horizon, "horizon")
    return Solver(scenario).mean_unavailability(length)


def downtime_variance_rate(described: Described) -> float:
    """Limit of Var[downtime in t] / t for long t, seconds.

    One part that alternates between up and down may have any laws; other systems need a chain.
    """
    solver = _solver(described)
    if solver.independent and len(solver.laws) == 1 and solver.laws[0].found_by is None:
        from simulator.run.exact.renewal import long_run_of

        law = solver.laws[0]
        if law.repair is not None:
            return long_run_of(law.life, law.repair).variance_rate_s
    from simulator.run.exact.stationary import variance_rate

    space = solver.space
    return float(variance_rate(space.generator, space.up, space.start))


def downtime_probability(described: Described, window: float, budget: float) -> float:
    """P(downtime in [0, window] <= budget), both in seconds.

    One part that alternates is answered by Takacs' sum, a chain of up to some hundred states by
    uniformisation.

    Raises
    ------
    NotSupported
        For anything else; montecarlo can.
    """
    scenario = Scenario.of(described)
    solver = Solver(scenario)
    length, allowed = _time(window, "window"), _time(budget, "budget")
    settled = scenario.starts == "equilibrium"
    if solver.independent and len(solver.laws) == 1 and solver.laws[0].found_by is None:
        from simulator.run.exact.downtime import unit_downtime

        law = solver.laws[0]
        if law.repair is not None and not law.age and not law.keeps:
            return unit_downtime(
                law.life, law.repair, length, allowed, "equilibrium" if settled else "up"
            ).meets
    from simulator.run.exact.chain_downtime import chain_downtime

    space = solver.space
    return chain_downtime(space.generator, space.up, solver.begin, length, allowed).meets


def mean_members_down(described: Described, pool: str) -> float:
    """Long-run mean number of members of `pool` that are down (waiting or in repair)."""
    return _solver(described).mean_members_down(pool)


def expected_failures(
    life: Distribution, at: float, *, repair: Distribution | None = None, renews: str = "new"
) -> float:
    """Expected failures of one part in [0, at], new at 0.

    Parameters
    ----------
    life : Distribution
    at : float
        Seconds.
    repair : Distribution, optional
        None = replaced in no time (the renewal function).
    renews : {"new", "as_was"}
        "as_was": minimal repair in no time; the mean is then the cumulative hazard.
    """
    from simulator.run.exact.renewal import expected_failures as renewals

    if renews == "as_was":
        if repair is not None:
            raise NotSupported(
                "failures under minimal repairs that take time", "exact", "montecarlo can"
            )
        return float(life.cumulative_hazard(_time(at, "at")))
    if renews != "new":
        raise DescriptionError(f"{renews!r}: allowed are new, as_was", "renews")
    return renewals(life, repair, _time(at, "at")).value


def mean_time_to_loss(described: Described, pool: str | None = None) -> float:
    """Mean time until data are lost (MTTDL), seconds: until a pool with on_shortage = "lost" loses them."""
    return mttf(described, pool=pool)


def loss_probability(described: Described, at: float, pool: str | None = None) -> float:
    """Probability that data are lost by time `at` (seconds)."""
    return unreliability(described, at, pool=pool)


def annual_loss(described: Described, pool: str | None = None) -> float:
    """``1 - exp(-year / MTTDL)``: probability of loss in a year, as if losses came at a constant rate."""
    return -math.expm1(-YEAR / mean_time_to_loss(described, pool))


def _time(seconds: float, name: str) -> float:
    if not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
        raise DescriptionError(
            f"{seconds!r}: a time is a finite number of seconds of at least 0", name
        )
    return float(seconds)
