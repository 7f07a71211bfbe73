"""Downtime per window: budget, chance to meet an SLO, quantiles and the distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.describe.units import DAY, MIN, MONTH
from simulator.errors import DescriptionError
from simulator.measure.downtime import (
    SLO_WINDOW_S,
    budget_s,
    downtime_cdf,
    downtime_quantile,
    meets_slo_estimate,
)
from tests.measure.compound import replications
from tests.statistical import check_estimate


def close(value: float, rel: float = 1e-12) -> object:
    return pytest.approx(value, rel=rel, abs=0)


def windows(seed: int, count: int, columns: int, expected: float) -> np.ndarray:
    """Windows with Poisson failures and exponential outages of mean 1 s, independent."""
    rng = np.random.default_rng(seed)
    down, _ = replications(rng, expected * count * columns, count * columns, "exponential")
    return down.reshape(count, columns)


def test_budget_of_the_usual_objectives() -> None:
    """43.2 min in 30 days at 99.9 %, 43.8 min in a month of 730 h, 4.32 min at 99.99 %."""
    assert SLO_WINDOW_S == 30 * DAY
    assert budget_s(0.999) == close(43.2 * MIN, 1e-10)
    assert budget_s(0.999, MONTH) == close(43.8 * MIN, 1e-10)
    assert budget_s(0.9999) == close(4.32 * MIN, 1e-9)
    assert budget_s(1.0) == 0.0
    with pytest.raises(DescriptionError, match=r"slo is 99\.9"):
        budget_s(99.9)
    with pytest.raises(DescriptionError, match="window_s"):
        budget_s(0.9, -1.0)


def test_chance_to_meet_no_budget_is_that_of_no_failure() -> None:
    """P(no failure) = exp(-0.3); detects a bias of 3 % with 24,000 windows; control: exp(-0.4)."""
    got = meets_slo_estimate(windows(1, 2_000, 12, 0.3), 0.0)
    check_estimate(got.value, got.error, math.exp(-0.3), detects=0.03)
    with pytest.raises(AssertionError):
        check_estimate(got.value, got.error, math.exp(-0.4), detects=0.03)


def test_chance_to_meet_a_budget_is_the_compound_poisson_sum() -> None:
    """sum over n of Poisson(n; 0.3) times the Erlang probability of at most 2 s, from SciPy."""
    from scipy import special, stats

    truth = math.exp(-0.3) + sum(
        stats.poisson.pmf(n, 0.3) * special.gammainc(n, 2.0) for n in range(1, 40)
    )
    got = meets_slo_estimate(windows(2, 2_000, 12, 0.3), 2.0)
    check_estimate(got.value, got.error, truth, detects=0.01)


def test_exactly_the_budget_meets_it() -> None:
    got = meets_slo_estimate([[1.0, 2.0], [2.0, 3.0]], 2.0)
    assert got.value == 0.75


def test_nothing_missed_is_a_bound() -> None:
    got = meets_slo_estimate(np.zeros((50, 12)), 1.0)
    assert (got.side, got.low) == ("lower", close(0.05 ** (1 / 50)))


def test_quantile_of_windows_is_an_order_statistic_of_all() -> None:
    w = windows(3, 300, 4, 2.0)
    got = downtime_quantile(w, 0.95)
    assert got.value == np.quantile(w, 0.95, method="inverted_cdf")
    assert got.low in w
    assert got.high in w
    assert got.low <= got.value <= got.high


def test_a_quantile_beyond_what_was_seen_ends_at_the_window() -> None:
    assert downtime_quantile([[0.0, 1.0], [2.0, 3.0]], 0.99, window_s=720.0).high == 720.0


def test_cdf_rises_brackets_and_agrees_with_counting() -> None:
    w = windows(4, 400, 6, 0.5)
    cdf = downtime_cdf(w, size=40)
    assert cdf.downtime_s[0] == 0.0
    assert cdf.downtime_s[-1] == w.max()
    assert (np.diff(cdf.probability) > 0).all()
    assert (cdf.low <= cdf.probability).all()
    assert (cdf.probability <= cdf.high).all()
    assert cdf.probability == close([(w <= x).mean() for x in cdf.downtime_s])
    chosen = downtime_cdf(w, points_s=[3.0, 1.0, 1.0])
    assert chosen.downtime_s.tolist() == [1.0, 3.0]


def test_cdf_without_any_downtime_is_one_point() -> None:
    cdf = downtime_cdf(np.zeros((5, 2)))
    assert (cdf.downtime_s.tolist(), cdf.probability.tolist()) == ([0.0], [1.0])


@pytest.mark.parametrize("bad", [[], [1.0, 2.0], [[-1.0, 0.0]], [[math.nan]]])
def test_windows_that_are_none_are_refused(bad: list[float]) -> None:
    with pytest.raises(DescriptionError, match="windows_s"):
        meets_slo_estimate(bad, 1.0)


def test_budget_and_points_that_are_none_are_refused() -> None:
    with pytest.raises(DescriptionError, match="allowed_s"):
        meets_slo_estimate([[1.0]], -1.0)
    with pytest.raises(DescriptionError, match="points_s"):
        downtime_cdf([[1.0]], points_s=[math.inf])
    with pytest.raises(DescriptionError, match="size is 1"):
        downtime_cdf([[1.0]], size=1)
