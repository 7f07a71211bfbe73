"""Request availability by episodes equals every request of the whole horizon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator import (
    Call,
    Effect,
    Exponential,
    Fault,
    HealthCheck,
    Life,
    Poisson,
    Pool,
    Ramp,
    Retry,
    Scenario,
    Source,
    System,
    TokenBucket,
    Work,
    crash,
)
from simulator.episodes import cut, pace_of, run_episodes
from simulator.errors import NotEnoughData, NotSupported
from simulator.history import faults_of, with_beliefs
from simulator.measure.episodes import Episodes, unavailability
from simulator.measure.estimates import Estimate
from simulator.request_line import request_availability
from simulator.run.events.engine import Traffic
from tests.statistical import Z_LIMIT

REPLICATIONS = 20


def system(retry: Retry | None) -> Scenario:
    """One server that pauses for 20 s every few minutes; the line it leaves is longer than callers wait."""
    pause = Fault(
        when=Life(Exponential(500.0)), lasts=20.0, effect=Effect(speed=0.0), needs_crew=False, name="pause"
    )
    pool = Pool("db", threads=1, serve=[Work(0.1)], faults=[pause])
    source = Source("users", Poisson(7.0), to=Call("db", timeout=2.0, retry=retry))
    return Scenario(System([pool]), sources=[source], horizon=4000.0)


SYSTEMS = {
    "plain": system(None),
    # What timed out is asked again and served all the same: the overload lasts longer than the fault.
    "retry storm": system(Retry(2, on=("timeout",), budget=TokenBucket(0.15, 10))),
}


def whole(scenario: Scenario, replications: int) -> np.ndarray:
    """Share of requests that failed in each replication, all of them run."""
    shares = []
    for r, faults in enumerate(faults_of(scenario, seed=1, first=0, count=replications)):
        run = Traffic(scenario, with_beliefs(faults, scenario), seed=1, replication=r, rows=False)
        run.finish()
        row = run.record.requests[0]
        shares.append(sum(row[2:6]) / sum(row))
    return np.array(shares)


def paired_z(scenario: Scenario, direct: np.ndarray, after_effects: bool) -> tuple[float, float]:
    """z of episodes against the whole, on the same faults, and the relative bias that 4.5 of it are."""
    pace = pace_of(scenario)
    faults = faults_of(scenario, seed=1, first=0, count=len(direct))
    episodes = cut(scenario, faults, pace)
    sample = run_episodes(
        scenario, faults, episodes, pace, seed=1, effort=300, after_effects=after_effects, same_luck=True,
    )  # fmt: skip
    per, sampling = sample.episodes.totals()
    shares = per / sample.episodes.requests + sample.healthy.value
    gap = shares - direct
    error = np.sqrt(gap.var(ddof=1) / len(gap) + sampling / sample.episodes.requests**2)
    error = float(np.hypot(error, sample.healthy.error))
    return float(gap.mean()) / error, Z_LIMIT * error / float(direct.mean())


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_episodes_equal_the_whole_horizon(name):
    """Detects a bias of 5 %; without the after-effects the same check fails."""
    scenario = SYSTEMS[name]
    direct = whole(scenario, REPLICATIONS)
    z, detects = paired_z(scenario, direct, after_effects=True)
    print(f"\n{name}: {direct.mean():.4f} by all requests, z = {z:.2f}, detects {100 * detects:.1f} %")
    assert abs(z) < Z_LIMIT
    assert detects < 0.05
    z, _ = paired_z(scenario, direct, after_effects=False)
    print(f"{name}: without the after-effects z = {z:.2f}")
    assert abs(z) > Z_LIMIT


def test_without_traffic_there_is_no_line():
    with pytest.raises(NotSupported, match="needs traffic"):
        request_availability(replace(SYSTEMS["plain"], sources=[]))


def test_a_rate_that_changes_is_refused_by_name():
    source = Source("users", Poisson(Ramp(1.0, 2.0, 0.0, 10.0)), to=Call("db"))
    with pytest.raises(NotSupported, match="users"):
        request_availability(replace(SYSTEMS["plain"], sources=[source]))


def test_without_faults_there_is_nothing_to_sample():
    scenario = Scenario(
        System([Pool("db", serve=[Work(0.001)])]),
        sources=[Source("users", Poisson(10.0), to=Call("db"))],
        horizon=100.0,
    )
    with pytest.raises(NotEnoughData, match="no fault happened"):
        request_availability(scenario, replications=2)


def test_an_outage_of_the_only_member_costs_what_it_lasts():
    """One member, no queue behind it, callers that do not wait: failed = sent while down."""
    pool = Pool("db", serve=[Work(0.001)], faults=[crash(Exponential(400.0), Exponential(20.0))])
    source = Source("users", Poisson(5.0), to=Call("db", timeout=1.0))
    scenario = Scenario(System([pool]), sources=[source], horizon=4000.0)
    line = request_availability(scenario, replications=20, effort=60)
    assert abs(line.steps[0].effect.value) < 0.1 * line.by_time.value
    assert line.estimate.value == pytest.approx(line.by_time.value, rel=0.1, abs=0)
    assert [step.name for step in line.steps] == ["requests under way"]


def test_detection_costs_requests():
    """With probes every 20 s, a dead one of two is asked on: half of the requests of up to 20 s fail."""
    pool = Pool("db", 2, serve=[Work(0.001)], faults=[crash(Exponential(500.0), Exponential(60.0))])
    source = Source("users", Poisson(5.0), to=Call("db", timeout=1.0))
    check = HealthCheck("db", every=20.0, misses=1, timeout=1.0)
    scenario = Scenario(System([pool]), controllers=[check], sources=[source], horizon=3000.0)
    line = request_availability(scenario, replications=20, effort=60)
    step = line.steps[-1]
    assert step.name == "detection"
    # Mean delay 10 s (uniform on a period), half of the traffic, 2 members with 3000 / 560 failures each.
    expected = 2 / 560.0 * 10.0 * 0.5
    assert step.effect.value == pytest.approx(expected, rel=0.3, abs=0)
    assert step.effect.low > 0


def test_the_difference_estimator_by_hand():
    """Two kinds; of kind 0 two of four are run and fail 10 more than expected on average."""
    episodes = Episodes(
        replication=np.array([0, 0, 1, 1, 1]),
        kind=np.array([0, 0, 0, 0, 1]),
        expected=np.array([100.0, 200.0, 300.0, 400.0, 50.0]),
        chosen=np.array([0, 3, 4]),
        failed=np.array([105.0, 415.0, 60.0]),
        replications=2,
        requests=1e5,
    )
    per, variance = episodes.totals()
    assert per == pytest.approx([105.0 + 210.0, 310.0 + 415.0 + 60.0], rel=1e-12, abs=0)
    # n^2 (1 - m/n) s^2 / m with n = 4, m = 2 and s^2 of (5, 15) = 50, and n - m times s^2 for the
    # scatter that a mean in place of an episode hides; kind 1 is run whole; 2 replications.
    assert variance == pytest.approx((16 * 0.5 * 50 / 2 + 2 * 50) / 4, rel=1e-12, abs=0)
    none = Estimate(0.0, 0.0, 0.0, 0.95, "", 2, 0.0)
    found = unavailability(episodes, none)
    assert found.value == pytest.approx((315 + 785) / 2 / 1e5, rel=1e-12, abs=0)
    known = unavailability(episodes, none, known=0.004)
    assert known.value == pytest.approx(0.004 + (20 + 30) / 2 / 1e5, rel=1e-12, abs=0)
    assert known.error < found.error
