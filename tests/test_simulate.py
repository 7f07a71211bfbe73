"""The public call: what a report holds, who answers, when a run stops, what counts as down."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from models import get
from simulator import (
    DAY,
    FOREVER,
    HOUR,
    MONTH,
    YEAR,
    Chain,
    Crew,
    Exponential,
    Pool,
    Report,
    Scenario,
    System,
    availability,
    crash,
    exact,
)
from simulator.errors import DescriptionError, NotSupported
from simulator.replicate import replicate
from tests.histories_by_hand import birth_death
from tests.run.montecarlo.bulk_jobs import same_bytes
from tests.statistical import check_estimate, check_mean

MTTF_H, MTTR_H = 100.0, 10.0
U = MTTR_H / (MTTF_H + MTTR_H)  # share of time down of one member


def pool(name: str, members: int = 1, *, needed: int = 1, **more: Any) -> Pool:
    fault = crash(Exponential(MTTF_H * HOUR), Exponential(MTTR_H * HOUR))
    return Pool(name, members, needed=needed, faults=[fault], **more)


def settled(*pools: Pool, **more: Any) -> Scenario:
    """A year of a system that has been running for ever: the long-run formulas hold exactly."""
    return Scenario(System(pools, **more), horizon=YEAR, starts="equilibrium")


# --- what a report holds --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair_report() -> Report:
    """A pair for 2,000 h, from new, 1,000 histories."""
    scenario = Scenario(System([pool("pair", 2)]), horizon=2000 * HOUR, name="a pair")
    return availability(scenario, seed=3, replications=1000)


def test_the_system_comes_first_then_the_pools_in_order():
    report = availability(get("web_service").build(), engines=("exact",))
    assert [line.part for line in report.lines] == ["system", "lb", "app", "cache", "db"]
    assert report.system is report.lines[0]
    assert report.pool("cache") is report.lines[3]
    with pytest.raises(DescriptionError, match="'disk': there is lb, app, cache, db"):
        report.pool("disk")


def test_every_engine_beside_a_chain_by_hand(pair_report: Report):
    by_hand = birth_death([2 / MTTF_H, 1 / MTTF_H], [1 / MTTR_H, 2 / MTTR_H], 1, 2000)
    line = pair_report.system
    assert line.analytic == pytest.approx(U**2, rel=1e-12, abs=0)
    assert line.exact == pytest.approx(U**2, rel=1e-12, abs=0)
    assert line.exact_over_horizon == pytest.approx(by_hand.share_down, rel=1e-9, abs=0)
    assert line.montecarlo is not None
    z = check_estimate(line.montecarlo.value, line.montecarlo.error, by_hand.share_down, 0.2)
    assert line.z == pytest.approx(z, rel=1e-6, abs=0)
    with pytest.raises(AssertionError, match="z ="):
        check_estimate(line.montecarlo.value, line.montecarlo.error, 1.4 * by_hand.share_down, 0.2)
    rate, samples = pair_report.frequency, pair_report.samples
    assert rate is not None
    assert samples is not None
    check_mean(samples.system.failures, by_hand.failures, detects=0.12)
    assert rate.value == pytest.approx(
        samples.system.failures.mean() * YEAR / (2000 * HOUR), rel=1e-12, abs=0
    )
    long_run_h = 2 * U * (1 - U) / MTTF_H  # one is down, the other fails
    assert pair_report.exact_frequency == pytest.approx(long_run_h * 8760, rel=1e-12, abs=0)


def test_the_other_fields(pair_report: Report):
    samples = pair_report.samples
    assert samples is not None
    assert pair_report.scenario.name == "a pair"
    assert (pair_report.seed, pair_report.replications) == (3, 1000)
    assert samples.replications == 1000
    assert samples.horizon_s == 2000 * HOUR
    assert samples.windows_s is None
    assert samples.outages is None
    assert samples.causes is None
    outage = pair_report.mean_outage
    assert outage is not None
    mean = samples.system.down_s.sum() / samples.system.failures.sum()
    assert outage.value == pytest.approx(mean, rel=1e-12, abs=0)
    assert outage.low < MTTR_H / 2 * HOUR < outage.high  # two repairs under way: half as long
    assert pair_report.assumptions
    assert pair_report.elapsed_s > 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        pair_report.seed = 4  # type: ignore[misc]


def test_one_pool_alone_is_the_system(pair_report: Report):
    samples = pair_report.samples
    assert samples is not None
    assert same_bytes(samples.system, samples.pools["pair"])
    assert dataclasses.replace(pair_report.pool("pair"), part="system") == pair_report.system


# --- engines --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked", [("analytic",), ("exact",), ("montecarlo",), ("exact", "montecarlo")]
)
def test_only_the_engines_asked_for_answer(asked: tuple[str, ...]):
    report = availability(settled(pool("a", 2)), engines=asked, replications=64)
    line = report.system
    assert (line.analytic is not None) == ("analytic" in asked)
    assert (line.exact is not None) == (line.exact_over_horizon is not None) == ("exact" in asked)
    assert (line.montecarlo is not None) == (report.samples is not None) == ("montecarlo" in asked)
    assert (line.z is not None) == (len(asked) == 2)
    assert report.replications == (64 if "montecarlo" in asked else 0)
    assert not line.reasons, "what was not asked for needs no reason"


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"engines": ("magic",)}, "'magic': allowed are analytic, exact, montecarlo"),
        ({"replications": 0}, "replications: 0: allowed is a whole number from 1"),
        ({"replications": 2.5}, r"replications: 2\.5: allowed"),
        ({"replications": True}, "replications: True: allowed"),
        ({"jobs": 0}, "jobs: 0: allowed is a whole number from 1"),
        ({"precision": 0.0}, r"precision: 0\.0: allowed is a share above 0"),
        ({"precision": 1.5}, r"precision: 1\.5: allowed"),
        ({"seed": -1}, "seed is -1: it must be a whole number of at least 0"),
        ({"window_s": 2 * YEAR}, r"window is 63072000\.0 s: must be above 0 and at most the horizon"),
        ({"window_s": 0.0}, r"window is 0\.0 s"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name(asked: dict[str, Any], match: str):
    with pytest.raises(DescriptionError, match=match):
        availability(settled(pool("a")), **asked)


def test_a_stated_chain_is_answered_exactly_and_the_rest_says_why():
    rates = {("up", "down"): 1 / (MTTF_H * HOUR), ("down", "up"): 1 / (MTTR_H * HOUR)}
    chain = Chain(rates, up=("up",), start="up")
    report = availability(Scenario(chain, horizon=500 * HOUR), replications=10)
    assert [line.part for line in report.lines] == ["system"]
    by_hand = birth_death([1 / MTTF_H], [1 / MTTR_H], 0, 500)
    assert report.system.exact == pytest.approx(U, rel=1e-12, abs=0)
    assert report.system.exact_over_horizon == pytest.approx(by_hand.share_down, rel=1e-9, abs=0)
    assert report.system.analytic is None
    assert report.system.montecarlo is None
    assert report.samples is None
    assert report.replications == 0
    assert "stated chain" in report.system.reasons["montecarlo"]
    assert "exact can" in report.system.reasons["montecarlo"]
    assert "stated chain" in report.system.reasons["analytic"]
    with pytest.raises(NotSupported, match="exact can"):
        replicate(Scenario(chain), seed=1, replications=2)


def test_dependent_parts_in_equilibrium_are_refused_with_a_reason():
    scenario = dataclasses.replace(settled(pool("a", 2)), controllers=(Crew("crew"),))
    report = availability(scenario, replications=10)
    assert report.system.montecarlo is None
    assert "equilibrium" in report.system.reasons["montecarlo"]
    # one crew: 0, 1, 2 failed as 1 : 2r : 2r^2
    r = MTTR_H / MTTF_H
    expected = 2 * r**2 / (1 + 2 * r + 2 * r**2)
    assert report.system.exact == pytest.approx(expected, rel=1e-12, abs=0)
    assert report.system.exact_over_horizon == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_system_without_faults_is_never_down():
    report = availability(Scenario(System([Pool("a", 2)]), horizon=YEAR), replications=100)
    line = report.system
    assert (line.analytic, line.exact, line.exact_over_horizon) == (0.0, 0.0, 0.0)
    assert line.montecarlo is not None
    assert line.montecarlo.is_bound
    assert line.montecarlo.value == 0.0
    assert line.montecarlo.high == pytest.approx(1 - 0.05**0.01, rel=1e-12, abs=0)
    assert report.exact_frequency == 0.0
    assert report.mean_outage is None
    assert line.z is None


@pytest.mark.xfail(strict=True, reason="without an outage the frequency goes the way of its length")
def test_without_a_failure_the_frequency_has_a_bound():
    """-ln(0.05) failures in all the years there were: the rule of three."""
    report = availability(Scenario(System([Pool("a", 2)]), horizon=YEAR), replications=100)
    assert report.frequency is not None
    assert report.frequency.is_bound
    assert report.frequency.high == pytest.approx(-np.log(0.05) / 100, rel=1e-12, abs=0)


def test_one_history_is_handed_over_without_an_interval():
    report = availability(settled(pool("a")), replications=1)
    assert report.system.montecarlo is None
    assert "at least 2" in report.system.reasons["montecarlo"]
    assert report.samples is not None
    assert report.samples.replications == 1


def test_a_unit_nobody_repairs_ends_down():
    """Share down of [0, T] is 1 - (1 - exp(-T/m)) m / T."""
    unit = Pool("a", faults=[crash(Exponential(YEAR), FOREVER)])
    report = availability(Scenario(System([unit]), horizon=YEAR), replications=4096)
    line = report.system
    assert line.exact == 1.0
    assert line.exact_over_horizon == pytest.approx(np.exp(-1), rel=1e-9, abs=0)
    assert line.montecarlo is not None
    check_estimate(line.montecarlo.value, line.montecarlo.error, np.exp(-1), detects=0.08)
    assert report.samples is not None
    assert report.samples.system.failures.max() == 1


# --- until it is precise enough -------------------------------------------------------------------


@pytest.mark.parametrize("precision", [0.2, 0.05])
def test_a_run_goes_on_until_the_interval_is_short_enough(precision: float):
    report = availability(settled(pool("a", 2)), precision=precision, engines=("montecarlo",))
    found = report.system.montecarlo
    assert found is not None
    assert max(found.high - found.value, found.value - found.low) <= precision * found.value
    assert report.samples is not None
    assert report.samples.system.failures.sum() >= 16
    assert report.replications == report.samples.replications


def test_precision_decides_how_many_histories_and_nothing_else():
    scenario = Scenario(System([pool("a", 4)]), horizon=YEAR)
    found = replicate(scenario, seed=5, replications=1, precision=0.1)
    assert found.replications > 512, "several looks, or this proves nothing"
    assert same_bytes(found, replicate(scenario, seed=5, replications=found.replications))
    assert same_bytes(found, replicate(scenario, seed=5, replications=1, precision=0.1, jobs=2))


def test_progress_is_told_in_histories():
    said: list[tuple[int, int]] = []
    scenario = settled(pool("a", 2))
    replicate(scenario, seed=1, replications=1300, jobs=2, progress=lambda *told: said.append(told))
    assert said[-1] == (1300, 1300)
    assert [done for done, _ in said] == sorted(done for done, _ in said)
    said.clear()
    found = replicate(
        scenario, seed=1, replications=1, precision=0.01, progress=lambda *told: said.append(told)
    )
    assert said[-1][0] == found.replications
    assert all(done <= total for done, total in said)


# --- windows --------------------------------------------------------------------------------------


def test_windows_add_up_to_the_downtime_and_a_rest_belongs_to_none():
    scenario = settled(pool("a", 2))
    months = replicate(scenario, seed=1, replications=300, window_s=MONTH).windows_s
    plain = replicate(scenario, seed=1, replications=300).system.down_s
    assert months is not None
    assert months.shape == (300, 12)
    np.testing.assert_allclose(months.sum(axis=1), plain, rtol=1e-9, atol=0)
    assert months.max() <= MONTH
    weeks = replicate(scenario, seed=1, replications=300, window_s=100 * DAY).windows_s
    assert weeks is not None
    assert weeks.shape == (300, 3)
    assert (weeks.sum(axis=1) <= plain * (1 + 1e-9)).all()


def test_the_chance_to_keep_a_monthly_budget_is_the_exact_one():
    """Detects a bias of 6 %; a budget a sixth smaller is told apart."""
    scenario = settled(pool("a"))
    months = replicate(scenario, seed=1, replications=1024, window_s=MONTH).windows_s
    assert months is not None
    meets = (months <= 60 * HOUR).mean(axis=1)
    check_mean(meets, exact.downtime_probability(scenario, MONTH, 60 * HOUR), detects=0.06)
    with pytest.raises(AssertionError, match="z ="):
        check_mean(meets, exact.downtime_probability(scenario, MONTH, 50 * HOUR), detects=0.07)
