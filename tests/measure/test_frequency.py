"""Frequency, mean outage and time to first failure: formulas, SciPy, coverage with controls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simulator.describe.units import YEAR
from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.estimates import mean_estimate, ratio_estimate
from simulator.measure.frequency import (
    first_failure_estimate,
    frequency_estimate,
    mean_outage_estimate,
)
from tests.measure.compound import replications


def close(value: float, rel: float = 1e-10) -> object:
    return pytest.approx(value, rel=rel, abs=0)


def test_few_poisson_counts_give_garwoods_interval() -> None:
    counts = np.zeros(50)
    counts[[3, 9, 20, 44]] = 1
    got = frequency_estimate(counts, YEAR / 2)
    assert got.value == close(4 / 25)
    assert got.low == close(stats.chi2.ppf(0.025, 8) / 2 / 25)
    assert got.high == close(stats.chi2.ppf(0.975, 10) / 2 / 25)
    assert got.method == "exact Poisson"


def test_many_counts_give_t_and_the_unit_is_free() -> None:
    counts = np.random.default_rng(1).poisson(30, 200)
    got, plain = frequency_estimate(counts, 10.0, per_s=1.0), mean_estimate(counts / 10)
    assert (got.value, got.low, got.high) == (
        close(plain.value),
        close(plain.low),
        close(plain.high),
    )


def test_clustered_counts_get_a_wider_interval_than_poisson() -> None:
    """Eight failures, all in one replication, are one piece of luck, not eight."""
    counts = np.zeros(100)
    counts[0] = 8
    got = frequency_estimate(counts, YEAR)
    assert got.method.startswith("skewed")
    spread = np.zeros(100)
    spread[:8] = 1
    assert got.half_width > 3 * frequency_estimate(spread, YEAR).half_width


def test_regular_failures_get_a_shorter_interval_than_poisson() -> None:
    counts = np.array([3, 3, 3, 2, 3, 3, 3, 3, 4, 3] * 3)
    got = frequency_estimate(counts, YEAR)
    assert got.half_width < 0.5 * stats.chi2.ppf(0.975, 2 * counts.sum()) / 2 / 30 - 1


def test_no_failure_is_a_bound_and_one_replication_is_said_to_be_poisson() -> None:
    none = frequency_estimate(np.zeros(10), YEAR)
    assert (none.side, none.high) == ("upper", close(-math.log(0.05) / 10))
    assert "assumed" in frequency_estimate([7], YEAR).method


def test_counts_are_whole() -> None:
    with pytest.raises(DescriptionError, match="whole numbers"):
        frequency_estimate([1.5, 2.0], YEAR)


def test_mean_outage_with_many_is_the_ratio() -> None:
    down, failures = replications(np.random.default_rng(2), 3_000, 100, "exponential")
    got, plain = mean_outage_estimate(down, failures), ratio_estimate(down, failures)
    assert (got.value, got.low, got.high) == (plain.value, plain.low, plain.high)
    same = mean_outage_estimate([2.0, 4.0, 0.0], [1, 2, 0])
    assert (same.low, same.value, same.high) == (2.0, 2.0, 2.0)


def test_mean_outage_needs_two_replications_with_failures() -> None:
    with pytest.raises(NotEnoughData) as caught:
        mean_outage_estimate([6.0, 0.0], [3, 0])
    assert caught.value.estimate == 2.0
    with pytest.raises(NotEnoughData, match="0 failures"):
        mean_outage_estimate([0.0, 0.0], [0, 0])


def test_coverage_of_frequency_and_mean_outage() -> None:
    """1,000 runs with 20 and with 150 failures: 93-98 %; 30 % shorter intervals are found out."""
    for expected in (20, 150):
        frequency, outage, short = [], [], []
        for run in range(1_000):
            rng = np.random.default_rng([run, expected])
            down, failures = replications(rng, expected, 300, "exponential")
            f = frequency_estimate(failures, 1.0, per_s=1.0)
            m = mean_outage_estimate(down, failures)
            frequency.append(f.covers(expected / 300))
            outage.append(m.covers(1.0))
            short.append(
                m.value - 0.7 * (m.value - m.low) <= 1 <= m.value + 0.7 * (m.high - m.value)
            )
        assert 0.93 <= np.mean(frequency) <= 0.985
        assert 0.93 <= np.mean(outage) <= 0.98
        assert np.mean(short) < 0.92


def test_first_failure_without_censoring_is_the_mean() -> None:
    times = np.random.default_rng(3).exponential(5.0, 100)
    got, plain = first_failure_estimate(times, 1000.0), mean_estimate(times)
    assert (got.value, got.low, got.high) == (plain.value, plain.low, plain.high)


def test_first_failure_censored_is_time_on_test_over_failures() -> None:
    got = first_failure_estimate([2.0, math.inf, 7.0, math.inf], 10.0)
    assert got.value == close((2 + 10 + 7 + 10) / 2)
    assert got.low == close(29 / (stats.chi2.ppf(0.975, 6) / 2))
    assert got.high == close(29 / (stats.chi2.ppf(0.025, 4) / 2))
    assert "2 of 4 outlived" in got.method
    none = first_failure_estimate([math.inf] * 3, 10.0)
    assert (none.side, none.low, none.high) == ("lower", close(30 / -math.log(0.05)), math.inf)
    assert str(none).startswith("at least 10.01")


def test_first_failure_covers_censored_exponential_lives() -> None:
    hits = []
    for run in range(1_000):
        times = np.random.default_rng([run, 8]).exponential(100.0, 200)
        times[times > 20] = math.inf
        hits.append(first_failure_estimate(times, 20.0).covers(100.0))
    assert 0.93 <= np.mean(hits) <= 0.985


@pytest.mark.parametrize("bad", [[math.nan, 1.0], [-1.0, 2.0], [-math.inf, 1.0]])
def test_first_failure_refuses_times_that_are_none(bad: list[float]) -> None:
    with pytest.raises(DescriptionError, match="first_failure_s"):
        first_failure_estimate(bad, 10.0)
