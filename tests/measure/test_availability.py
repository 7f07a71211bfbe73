"""Unavailability and what a run without failure still says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.availability import no_failure_bounds, unavailability_estimate
from simulator.measure.estimates import mean_estimate
from tests.measure.compound import replications


def close(value: float, rel: float = 1e-12) -> object:
    return pytest.approx(value, rel=rel, abs=0)


def test_many_failures_give_the_t_interval_of_the_share() -> None:
    down, failures = replications(np.random.default_rng(1), 5_000, 500, "exponential")
    got, plain = unavailability_estimate(down, failures, 1000.0), mean_estimate(down / 1000.0)
    assert (got.value, got.low, got.high) == (
        close(plain.value),
        close(plain.low),
        close(plain.high),
    )
    assert (got.method, got.n) == ("t", 500)


def test_few_failures_give_an_interval_that_leans_to_the_right() -> None:
    down, failures = replications(np.random.default_rng(2), 20, 500, "exponential")
    got = unavailability_estimate(down, failures, 1000.0)
    assert got.value == close(down.sum() / 500 / 1000)
    assert got.high - got.value > 1.2 * (got.value - got.low) > 0
    assert got.method.startswith("skewed score interval")


def test_small_unavailability_keeps_its_digits() -> None:
    down = np.zeros(1000)
    down[::2] = 1e-9 * (1 + np.arange(500) / 500)
    got = unavailability_estimate(down, down > 0, 1000.0)
    assert got.value == close(down.mean() / 1000, 1e-14)
    assert got.low > 0


def test_a_system_always_down_has_no_more_than_one() -> None:
    got = unavailability_estimate([10.0, 10.0, 9.0], [1, 1, 1], 10.0)
    assert got.high == 1.0
    same = unavailability_estimate([2.0, 2.0], [200, 200], 10.0)
    assert (same.low, same.value, same.high, same.error) == (0.2, 0.2, 0.2, 0.0)


def test_no_failure_bounds_are_their_formulas() -> None:
    got = no_failure_bounds(100, 50.0)
    assert got.frequency.high == close(-math.log(0.05) / 5000)
    assert got.any_downtime.high == close(1 - 0.05**0.01, 1e-10)
    assert got.unavailability.high == got.any_downtime.high
    # At the bound, all replications stay clean with probability 5 %.
    assert (1 - got.any_downtime.high) ** 100 == close(0.05, 1e-10)
    assert math.exp(-got.frequency.high * 5000) == close(0.05)


def test_a_known_mean_outage_tightens_the_bound_and_a_long_one_does_not() -> None:
    tight = no_failure_bounds(100, 50.0, mean_outage_s=2.0)
    assert tight.unavailability.high == close(tight.frequency.high * 2.0)
    assert "Poisson" in tight.unavailability.method
    loose = no_failure_bounds(100, 50.0, mean_outage_s=1e6)
    assert loose.unavailability.high == loose.any_downtime.high


def test_without_downtime_a_bound_is_returned_not_a_zero() -> None:
    got = unavailability_estimate(np.zeros(100), np.zeros(100), 50.0)
    assert (got.side, got.high) == ("upper", close(1 - 0.05**0.01, 1e-10))
    assert str(got).startswith("at most 0.0295")
    known = unavailability_estimate(np.zeros(100), np.zeros(100), 50.0, mean_outage_s=0.1)
    assert known.high < got.high / 100


def test_downtime_in_a_single_replication_run_is_not_enough() -> None:
    with pytest.raises(NotEnoughData) as caught:
        unavailability_estimate([2.0], [1], 10.0)
    assert caught.value.estimate == close(0.2)


@pytest.mark.parametrize(
    ("down", "failures", "horizon", "culprit"),
    [
        ([11.0, 0.0], [1, 0], 10.0, "down_s reaches 11"),
        ([-1.0, 0.0], [1, 0], 10.0, r"down_s\[0\]"),
        ([1.0, 0.0], [-1, 0], 10.0, r"failures\[0\]"),
        ([1.0, 0.0], [1], 10.0, "2 replications and failures has 1"),
        ([1.0, 0.0], [1, 0], 0.0, "horizon_s"),
        ([1.0, 0.0], [1, 0], math.inf, "horizon_s"),
    ],
)
def test_impossible_input_is_named(
    down: list, failures: list, horizon: float, culprit: str
) -> None:
    with pytest.raises(DescriptionError, match=culprit):
        unavailability_estimate(down, failures, horizon)


def test_bounds_need_a_replication_and_a_positive_outage() -> None:
    with pytest.raises(DescriptionError, match="replications is 0"):
        no_failure_bounds(0, 1.0)
    with pytest.raises(DescriptionError, match="mean_outage_s"):
        no_failure_bounds(5, 1.0, mean_outage_s=-1.0)
