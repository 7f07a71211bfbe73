"""The yardsticks measure the system they claim: against closed forms, with a control that fails."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from tests.benchmarks.baseline import limit_w4, simpy_tutorial
from tests.statistical import check_estimate, check_mean

HORIZON_H = simpy_tutorial.TEN_YEARS_H
SEED = 20260101


def mean_down_h(blocks: list[tuple[float, int]], horizon_h: float = HORIZON_H) -> float:
    """Expected hours down of blocks in series, each (mean life, like members in parallel).

    Members are new at 0 with exponential lives and repairs of 4 h: a member is down at t with
    probability l/(l+m) (1 - exp(-(l+m) t)). The start, 20 repair times, is integrated by
    Gauss-Legendre; what follows is stationary to exp(-80).
    """
    nodes, weights = np.polynomial.legendre.leggauss(60)
    start_h = 80.0
    times = np.append((nodes + 1) * start_h / 2, np.inf)
    up = np.ones_like(times)
    for life_h, members in blocks:
        down_rate, up_rate = 1 / life_h, 1 / 4.0
        q = down_rate / (down_rate + up_rate) * -np.expm1(-(down_rate + up_rate) * times)
        up *= 1 - q**members
    return float((1 - up[:-1]) @ weights * start_h / 2 + (1 - up[-1]) * (horizon_h - start_h))


WEB_SERVICE_DOWN_H = mean_down_h([(39996.0, 1), (3996.0, 3), (3996.0, 2), (7996.0, 1)])


def one_crew_down_h(horizon_h: float = HORIZON_H) -> float:
    """Expected hours with 2 or 3 of 3 down, one crew, from the chain on the number of failed."""
    generator = np.zeros((4, 4))
    for failed in range(3):
        generator[failed, failed + 1] = (3 - failed) / 1000.0
        generator[failed + 1, failed] = 1 / 10.0
    generator -= np.diag(generator.sum(axis=1))
    with_clock = np.zeros((5, 5))  # a fifth column adds up the time spent in the down states
    with_clock[:4, :4] = generator
    with_clock[2:4, 4] = 1.0
    return float(expm(with_clock * horizon_h)[0, 4])


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    built = limit_w4.build(tmp_path_factory.mktemp("limit"))
    if built is None:
        pytest.skip(limit_w4.NO_COMPILER)
    return built


def test_the_c_program_has_the_downtime_of_the_closed_form(binary):
    run = limit_w4.run_limit(binary, 5_000, SEED)
    error = run.sd_down_h / np.sqrt(run.replications)
    check_estimate(run.mean_down_h, error, WEB_SERVICE_DOWN_H, detects=0.03)


def test_the_c_program_would_be_found_out_without_a_second_cache(binary):
    run = limit_w4.run_limit(binary, 5_000, SEED)
    wrong = mean_down_h([(39996.0, 1), (3996.0, 3), (3996.0, 1), (7996.0, 1)])
    with pytest.raises(AssertionError):
        check_estimate(run.mean_down_h, run.sd_down_h / np.sqrt(5_000), wrong, detects=0.03)


def test_the_c_program_counts_every_change(binary):
    run = limit_w4.run_limit(binary, 5_000, SEED)
    # A member changes twice per cycle; the first cycle starts up, hence half a change fewer on
    # average for short repairs: per member 2 T / (life + repair), less at most one.
    cycles = sum(1 / (life + 4.0) for life in simpy_tutorial.WEB_SERVICE_LIVES_H.values())
    expected = 2 * HORIZON_H * cycles * run.replications
    assert expected * 0.995 < run.changes < expected * 1.005
    assert limit_w4.run_limit(binary, 5_000, SEED).changes == run.changes


def test_the_c_program_refuses_nonsense(binary):
    with pytest.raises(RuntimeError, match="code 2"):
        limit_w4.run_limit(binary, 0, SEED)


def test_without_a_compiler_nothing_is_built(monkeypatch, tmp_path):
    monkeypatch.setenv("CC", "no-such-compiler-here")
    assert limit_w4.build(tmp_path) is None


def test_simpy_web_service_has_the_downtime_of_the_closed_form():
    seen = simpy_tutorial.web_service(600, np.random.default_rng(SEED))
    check_mean(seen.down_h, WEB_SERVICE_DOWN_H, detects=0.08)
    with pytest.raises(AssertionError):
        check_mean(seen.down_h, 1.15 * WEB_SERVICE_DOWN_H, detects=0.08)


def test_simpy_one_crew_has_the_downtime_of_the_chain():
    seen = simpy_tutorial.two_of_three_one_crew(400, np.random.default_rng(SEED))
    check_mean(seen.down_h, one_crew_down_h(), detects=0.15)
    own_repairers = 87600 * (3 * (1 / 101) ** 2 - 2 * (1 / 101) ** 3)
    with pytest.raises(AssertionError):  # the crew must matter
        check_mean(seen.down_h, own_repairers, detects=0.15)


def test_simpy_counts_the_outage_open_at_the_horizon():
    seen = simpy_tutorial.web_service(50, np.random.default_rng(SEED), horizon_h=2.0)
    assert np.all((seen.down_h > 0) == (seen.failures > 0))
    assert np.all(seen.down_h <= 2.0)
