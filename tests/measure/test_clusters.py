"""Shares and quantiles of clustered things: SciPy where independent, coverage where not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.clusters import clustered_share, design_effect, quantile_estimate
from simulator.measure.estimates import proportion_estimate


def close(value: float, rel: float = 1e-12) -> object:
    return pytest.approx(value, rel=rel, abs=0)


def test_identical_trials_in_a_cluster_have_the_design_effect_of_its_size() -> None:
    """All or nothing in clusters of m: the variance is m times that of independent trials."""
    hits, sizes = np.tile([0.0, 12.0], 500), np.full(1000, 12.0)
    assert design_effect(hits, sizes) == close(12 * 1000 / 999)
    assert design_effect(np.full(1000, 6.0), sizes) == 1.0
    assert design_effect(np.zeros(3), np.ones(3)) == 1.0


def test_clusters_of_one_are_an_ordinary_wilson_interval() -> None:
    hits = np.zeros(2000)
    hits[:37] = 1
    got, plain = clustered_share(hits, np.ones(2000)), proportion_estimate(37, 2000)
    assert (got.low, got.high) == (close(plain.low, 1e-3), close(plain.high, 1e-3))


def test_the_interval_covers_where_trials_share_their_luck_and_the_naive_one_does_not() -> None:
    """1,000 runs: 200 replications of 12 windows, the chance drawn per replication (mean 0.1)."""
    covered, naive = [], []
    for run in range(1_000):
        rng = np.random.default_rng([run, 1])
        hits = rng.binomial(12, rng.beta(0.3, 2.7, 200))
        covered.append(clustered_share(hits, np.full(200, 12)).covers(0.1))
        naive.append(proportion_estimate(int(hits.sum()), 2400).covers(0.1))
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(naive) < 0.80


def test_all_or_none_are_one_sided_bounds_by_replication() -> None:
    none = clustered_share([0, 0, 0, 0], [12, 12, 12, 12])
    assert (none.side, none.high) == ("upper", close(1 - 0.05**0.25))
    every = clustered_share([12, 12], [12, 12])
    assert (every.side, every.low) == ("lower", close(0.05**0.5))


def test_a_single_replication_is_said_to_be_taken_as_independent() -> None:
    got = clustered_share([3], [12])
    assert "independence assumed" in got.method
    assert got.high == close(proportion_estimate(3, 12).high)


@pytest.mark.parametrize(("hits", "sizes"), [([2], [1]), ([1, 1], [2]), ([0], [0])])
def test_impossible_shares_are_refused(hits: list[int], sizes: list[int]) -> None:
    with pytest.raises(DescriptionError, match="hits must match sizes"):
        clustered_share(hits, sizes)


@pytest.mark.parametrize("n", [5, 20, 100, 3000])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_ranks_leave_at_most_half_the_error_on_each_side(n: int, p: float) -> None:
    """Values 1..n stand for their ranks; B, how many lie up to the true quantile, is binomial.

    P(B < low) <= 2.5 % and P(B >= high) <= 2.5 %, and the next rank inwards would break that.
    """
    got = quantile_estimate(np.arange(1.0, n + 1), p)
    law = stats.binom(n, p)
    if got.low >= 1:
        assert law.cdf(got.low - 1) <= 0.025
    assert law.cdf(max(got.low, 0)) > 0.025
    if math.isfinite(got.high):
        assert law.sf(got.high - 1) <= 0.025 + 1e-12
        assert law.sf(got.high - 2) > 0.025
    else:
        assert law.sf(n - 1) > 0.025
    assert got.value == max(1, math.ceil(p * n - 1e-12))


def test_quantile_covers_and_clusters_widen_it() -> None:
    """1,000 runs of 100 replications with 5 outages that share half of their luck; median known."""
    hits: dict[str, list[bool]] = {"clustered": [], "naive": []}
    owner = np.repeat(np.arange(100), 5)
    for run in range(1_000):
        rng = np.random.default_rng([run, 2])
        x = np.exp(rng.normal(size=100)[owner] + rng.normal(size=500))
        hits["clustered"].append(quantile_estimate(x, 0.5, clusters=owner).covers(1.0))
        hits["naive"].append(quantile_estimate(x, 0.5).covers(1.0))
    assert 0.93 <= np.mean(hits["clustered"]) <= 0.975
    assert np.mean(hits["naive"]) < 0.89


def test_ends_beyond_the_data_are_what_the_caller_says() -> None:
    got = quantile_estimate([1.0, 2.0, 3.0], 0.95, lowest=0.0, highest=720.0)
    assert (got.value, got.high) == (3.0, 720.0)
    assert quantile_estimate([1.0, 2.0, 3.0], 0.5).high == math.inf


def test_quantile_refuses() -> None:
    with pytest.raises(NotEnoughData, match="there are none"):
        quantile_estimate([], 0.5)
    with pytest.raises(DescriptionError, match="probability"):
        quantile_estimate([1.0], 1.0)
    with pytest.raises(DescriptionError, match="clusters has shape"):
        quantile_estimate([1.0, 2.0], 0.5, clusters=np.array([1]))
