"""Moments that add over batches, and the score interval against its defining equation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from simulator.measure.skew import Moments, leans, score_interval, skewed_interval


def close(value: float, rel: float = 1e-9) -> object:
    return pytest.approx(value, rel=rel, abs=0)


@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 60))
def test_batches_merge_to_the_moments_of_all(seed: int, a: int, b: int) -> None:
    x = np.random.default_rng(seed).exponential(1.0, a + b) ** 2
    got = Moments.of(x[:a]).merge(Moments.of(x[a:]))
    away = x - x.mean()
    assert got.n == a + b
    assert got.mean == close(x.mean())
    assert got.m2 == close((away**2).sum())
    assert got.m3 == pytest.approx(
        (away**3).sum(), rel=1e-9, abs=1e-9 * float((np.abs(away) ** 3).sum())
    )


def test_an_empty_batch_changes_nothing() -> None:
    x = Moments.of(np.array([1.0, 4.0]))
    assert x.merge(Moments()) == x == Moments.of(np.array([])).merge(x)
    assert math.isnan(Moments.of(np.array([1.0])).error)


def test_error_is_scipys_and_effective_counts_equal_events() -> None:
    x = np.random.default_rng(1).exponential(1.0, 50)
    assert Moments.of(x).error == close(stats.sem(x))
    counts = np.zeros(100_000)
    counts[:70] = 3.0  # 70 equal outages in different replications weigh as 70
    assert Moments.of(counts).effective == close(70.0, 1e-3)
    assert Moments.of(np.ones(5)).effective == math.inf


def test_the_ends_solve_the_score_equation() -> None:
    """Each end is found again by root search of (total - m)^2 = t^2 variance m / total."""
    total, variance, third, t_low, t_high = 20.0, 37.0, 90.0, 2.2, 1.97
    low, high = score_interval(total, variance, third, t_low, t_high)
    extra = third / variance
    lower = optimize.brentq(
        lambda m: (total - m) ** 2 - t_low**2 * variance * m / total, 1e-9, total, xtol=1e-14
    )
    s, v = total + extra, variance + extra**2
    upper = optimize.brentq(lambda m: (s - m) ** 2 - t_high**2 * v * m / s, s, 100 * s, xtol=1e-12)
    assert (low, high) == (close(lower), close(upper))


def test_equal_outages_give_nearly_the_exact_poisson_interval() -> None:
    """20 equal outages, sparse: Garwood's interval is (12.22, 30.89)."""
    x = np.zeros(100_000)
    x[:20] = 1.0
    low, high = (end * x.size for end in skewed_interval(Moments.of(x), 0.95))
    assert low == pytest.approx(12.22, rel=0.05, abs=0)
    assert high == pytest.approx(30.89, rel=0.05, abs=0)


@given(st.integers(0, 10**6), st.integers(2, 40), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_the_interval_is_ordered_positive_and_scales(seed: int, n: int, confidence: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.exponential(1.0, n) * (rng.random(n) < 0.5)
    x[0] = 1.0
    m = Moments.of(x)
    low, high = skewed_interval(m, confidence)
    assert 0 < low <= m.mean <= high
    scaled = skewed_interval(Moments.of(x * 1e-9), confidence)
    assert scaled == (close(low * 1e-9, 1e-7), close(high * 1e-9, 1e-7))


def test_it_becomes_the_t_interval_with_many_outages() -> None:
    rng = np.random.default_rng(5)
    x = rng.gamma(4.0, 1.0, 40_000)
    m = Moments.of(x)
    low, high = skewed_interval(m, 0.95)
    half = stats.t.ppf(0.975, x.size - 1) * m.error
    assert m.mean - low == close(half, 0.02)
    assert high - m.mean == close(half, 0.02)


def test_what_leans() -> None:
    many = Moments.of(np.random.default_rng(6).gamma(50.0, 1.0, 1000))
    assert not leans(many, 1000)
    assert leans(many, 99)
    uneven = np.zeros(10_000)
    uneven[:150] = np.random.default_rng(7).lognormal(0, 1.2, 150)
    assert leans(Moments.of(uneven), 150)
