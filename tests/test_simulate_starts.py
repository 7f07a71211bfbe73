"""How a history begins: in equilibrium, with parts of a given age, or new."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator import (
    FOREVER,
    HOUR,
    YEAR,
    Crew,
    Erlang,
    Exponential,
    Lognormal,
    Mixture,
    Pool,
    Scenario,
    System,
    Weibull,
    availability,
    crash,
    exact,
)
from simulator.replicate import replicate
from tests.statistical import check_mean, check_proportion


def general(starts: Any) -> Scenario:
    """A pair whose lives wear out and whose repairs have a long tail, for one mean life only."""
    fault = crash(Weibull(2.5, 100 * HOUR), Lognormal(10 * HOUR, 1.0))
    return Scenario(System([Pool("node", 2, faults=[fault])]), horizon=100 * HOUR, starts=starts)


def test_a_start_in_equilibrium_stays_there() -> None:
    """Mean over a short horizon = the long run, m / (l + m) each; detects 14 %. New does not."""
    life, repair = Weibull(2.5, 100 * HOUR).mean(), Lognormal(10 * HOUR, 1.0).mean()
    long_run = (repair / (life + repair)) ** 2
    report = availability(general("equilibrium"), replications=8192)
    assert report.system.exact == pytest.approx(long_run, rel=1e-12, abs=0)
    assert report.system.exact_over_horizon == pytest.approx(long_run, rel=1e-12, abs=0)
    assert report.samples is not None
    check_mean(report.samples.system.down_s / (100 * HOUR), long_run, detects=0.14)
    per_horizon = 2 * (repair / (life + repair)) * 100 * HOUR / (life + repair)
    check_mean(report.samples.system.failures, per_horizon, detects=0.12)
    fresh = replicate(general("new"), seed=1, replications=8192)
    with pytest.raises(AssertionError, match="z ="):
        check_mean(fresh.system.down_s / (100 * HOUR), long_run, detects=0.9)


def test_ages_at_the_start() -> None:
    """P(a part of age a fails by t) = 1 - S(a + t) / S(a); detects 6 %. A new one fails less."""
    life, age, t = Weibull(2.5, 100 * HOUR), 60 * HOUR, 40 * HOUR
    aged = Pool("node", ages=age, faults=[crash(life, FOREVER)])
    scenario = Scenario(System([aged]), horizon=t)
    failed = int(replicate(scenario, seed=1, replications=16_384).system.failures.sum())
    old = 1 - np.exp(0.6**2.5 - 1.0**2.5)  # the cumulative hazard of a Weibull is (t / scale)^shape
    check_proportion(failed, 16_384, old, detects=0.06)
    with pytest.raises(AssertionError, match="z ="):
        check_proportion(failed, 16_384, 1 - np.exp(-(0.4**2.5)), detects=0.2)


def test_an_age_each() -> None:
    """Both of two must fail; detects 12 %."""
    ages = (0.0, 60 * HOUR)
    pair = Pool("node", 2, ages=ages, faults=[crash(Weibull(2.5, 100 * HOUR), FOREVER)])
    scenario = Scenario(System([pair]), horizon=40 * HOUR)
    failed = int(replicate(scenario, seed=1, replications=32_768).system.failures.sum())
    both = (1 - np.exp(-(0.4**2.5))) * (1 - np.exp(0.6**2.5 - 1.0))
    check_proportion(failed, 32_768, both, detects=0.12)
    assert exact.unavailability(scenario, at=40 * HOUR) == pytest.approx(both, rel=1e-12, abs=0)


def agree_or_refuse(scenario: Scenario, detects: float, seed: int = 1) -> None:
    """The exact mean over the horizon is what Monte-Carlo finds, or one of the two says why not."""
    report = availability(scenario, seed=seed, replications=4096)
    line = report.system
    if report.samples is None or line.exact_over_horizon is None:
        assert line.reasons
        return
    share = report.samples.system.down_s / scenario.horizon
    check_mean(share, line.exact_over_horizon, detects)


PHASES = {
    "Erlang": Erlang(3, 100 * HOUR),
    "hyperexponential": Mixture((0.5, 0.5), (Exponential(20 * HOUR), Exponential(300 * HOUR))),
}


@pytest.mark.parametrize("life", PHASES)
@pytest.mark.parametrize("crew", [(), (Crew("crew"),)], ids=["alone", "one crew"])
def test_ages_of_laws_made_of_phases(life: str, crew: tuple[Crew, ...]) -> None:
    """A used part is in a later phase already; new ones are down a third less, or twice as much."""
    fault = crash(PHASES[life], Exponential(10 * HOUR))
    used = Pool("node", 1 if not crew else 2, ages=80 * HOUR, needed="all", faults=[fault])
    agree_or_refuse(Scenario(System([used]), controllers=crew, horizon=200 * HOUR), 0.1)


def test_equilibrium_of_a_part_nobody_repairs() -> None:
    """It has none but to be down: Monte-Carlo must not start it new."""
    unit = Pool("node", faults=[crash(Exponential(YEAR), FOREVER)])
    agree_or_refuse(Scenario(System([unit]), horizon=YEAR, starts="equilibrium"), 0.1)


@pytest.mark.parametrize("life_h", [1000.0, 10.0])
def test_a_short_life_in_a_long_history(life_h: float) -> None:
    """Never repaired: up for m (1 - exp(-T/m)) of T. Asked of the share of time up."""
    unit = Pool("node", faults=[crash(Exponential(life_h * HOUR), FOREVER)])
    scenario = Scenario(System([unit]), horizon=10 * YEAR)
    found = availability(scenario, engines=("exact",)).system.exact_over_horizon
    assert found is not None
    up = -life_h / 87_600 * np.expm1(-87_600 / life_h)
    assert 1 - found == pytest.approx(up, rel=1e-9, abs=0)


def test_a_large_chain_that_ends_somewhere() -> None:
    """1,458 states and one part nobody repairs, whose share down is 1 - (1 - exp(-T/m)) m / T."""
    repaired = [
        Pool(f"p{i}", 2, faults=[crash(Exponential((100 + i) * HOUR), Exponential(10 * HOUR))])
        for i in range(6)
    ]
    last = Pool("last", faults=[crash(Exponential(200 * HOUR), FOREVER)])
    crew = Crew("crew", order="shared")
    scenario = Scenario(System([*repaired, last]), controllers=[crew], horizon=200 * HOUR)
    line = availability(scenario, engines=("exact",)).pool("last")
    if line.exact_over_horizon is None:
        assert "exact_over_horizon" in line.reasons
    else:
        assert line.exact_over_horizon == pytest.approx(np.exp(-1), rel=1e-6, abs=0)
