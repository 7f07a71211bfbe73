"""Cdfs with jumps, lives that never end, merged causes, far tails, phase types."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from simulator.describe.distributions import (
    CompetingRisks,
    Deterministic,
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Lognormal,
    Mixture,
    Never,
    PiecewiseHazard,
    Uniform,
    Weibull,
)
from tests.describe.lives import BODY, TUB


def test_empirical_is_the_staircase_of_its_values() -> None:
    life = Empirical((4.0, 1.0, 2.0, 2.0))
    t = np.array([0.5, 1.0, 1.5, 2.0, 3.9, 4.0, 9.0])
    np.testing.assert_array_equal(life.cdf(t), [0, 0.25, 0.25, 0.75, 0.75, 1, 1])
    np.testing.assert_array_equal(life.survival(t), [1, 0.75, 0.75, 0.25, 0.25, 0, 0])
    np.testing.assert_array_equal(
        life.quantile(np.array([0, 0.25, 0.26, 0.75, 0.76, 1])), [1, 1, 2, 2, 4, 4]
    )
    assert (life.mean(), life.variance()) == (2.25, 1.1875)
    assert life == Empirical((1.0, 2.0, 2.0, 4.0))


@given(st.integers(1, 400), st.integers(0, 2**32))
def test_quantile_of_the_cdf_of_a_value_is_the_value(n: int, seed: int) -> None:
    values = np.unique(np.random.default_rng(seed).exponential(1.0, n))
    life = Empirical(tuple(values))
    np.testing.assert_array_equal(life.quantile(life.cdf(values)), values)


def test_mixture_with_jumps_returns_them_exactly() -> None:
    life = Mixture((0.5, 0.3, 0.2), (Deterministic(0.0), Deterministic(30.0), Exponential(600.0)))
    p = np.array([0.2, 0.5, 0.6, 0.8, 0.805, 0.999])
    t = life.quantile(p)
    np.testing.assert_array_equal(t[:2], 0.0)
    # By 30 s the exponential part has lost 4.9 % of 0.2: levels 0.5098 to 0.8098 are the jump.
    np.testing.assert_array_equal(t[2:5], 30.0)
    assert t[5] == pytest.approx(-600 * math.log(0.001 / 0.2), rel=1e-9, abs=0)
    assert life.mean() == pytest.approx(9 + 120, rel=1e-13, abs=0)
    mean, variance = life._moments()
    assert (mean, variance) == pytest.approx((life.mean(), life.variance()), rel=1e-11, abs=0)


def test_deterministic_cuts_competing_risks_exactly() -> None:
    life = CompetingRisks((Weibull(2.0, 100.0), Deterministic(50.0), Never()))
    t = life.time_at_hazard(np.array([0.1, 0.25, 0.3, 5.0]))
    np.testing.assert_allclose(t, [100 * math.sqrt(0.1), 50, 50, 50], rtol=1e-14, atol=0)
    assert life.survival(50.0) == 0.0
    assert CompetingRisks((Never(), Deterministic(7.0))).mean() == 7.0
    assert CompetingRisks((Never(),)).mean() == math.inf


def test_competing_weibulls_of_two_shapes_solve_their_quadratic() -> None:
    life = CompetingRisks((Exponential(100.0), Weibull(2.0, 100.0)))  # x + x^2 = e
    e = np.concatenate([BODY, [1e-300, 1e-100, 700.0]])
    exact = 200 * e / (1 + np.sqrt(1 + 4 * e))
    np.testing.assert_allclose(life.time_at_hazard(e), exact, rtol=1e-11, atol=0)


def test_parts_that_merge_are_merged() -> None:
    nested = CompetingRisks((Exponential(2.0), CompetingRisks((Exponential(2.0), Never()))))
    assert nested.mean() == pytest.approx(1.0, rel=1e-15, abs=0)
    assert nested.residual(5.0) == Exponential(1.0)


def test_some_lives_never_end() -> None:
    life = PiecewiseHazard((0.0, 10.0), (0.05, 0.0))
    np.testing.assert_array_equal(
        np.isinf(life.time_at_hazard(np.array([0.4, 0.5, 0.51]))), [0, 0, 1]
    )
    assert (life.mean(), life.variance()) == (math.inf, math.inf)
    both = Mixture((0.5, 0.5), (Exponential(1.0), Never()))
    assert (both.mean(), both.variance()) == (math.inf, math.inf)
    assert both.quantile(0.6) == math.inf
    assert both.quantile(0.25) == pytest.approx(math.log(2), rel=1e-10, abs=0)
    assert Never().survival(1e300) == 1.0


def test_lognormal_and_gamma_tails_against_asymptotic_facts() -> None:
    log_tail = Lognormal(1.0, 1.0)
    z = 36.0  # Q(36) from the asymptotic series phi(z)/z (1 - 1/z^2 + 3/z^4 - 15/z^6 + 105/z^8)
    series = 1 - z**-2 + 3 * z**-4 - 15 * z**-6 + 105 * z**-8
    exact = z * z / 2 + 0.5 * math.log(2 * math.pi) + math.log(z) - math.log(series)
    assert log_tail.cumulative_hazard(math.exp(z)) == pytest.approx(exact, rel=1e-13, abs=0)
    for x in (5.0, 300.0, 690.0, 2000.0, 1e6):  # Erlang: Q = exp(-x)(1 + x + x^2/2)
        exact = x - math.log1p(x + x * x / 2)
        assert Erlang(3, 3.0).cumulative_hazard(x) == pytest.approx(exact, rel=1e-13, abs=0)
    assert Gamma(2.5, 1.0).cdf(1e-100) == pytest.approx(1e-250 / math.gamma(3.5), rel=1e-12, abs=0)


@pytest.mark.parametrize(
    "life",
    [
        Exponential(3.0),
        Erlang(4, 8.0),
        Gamma(3.0, 2.0),
        Weibull(1.0, 5.0),
        Mixture((0.2, 0.0, 0.8), (Exponential(1.0), Uniform(1.0, 2.0), Erlang(2, 9.0))),
        CompetingRisks((Exponential(3.0), Exponential(6.0))),
        CompetingRisks((Erlang(2, 4.0), Erlang(3, 5.0))),
        PiecewiseHazard((0.0,), (0.4,)),
        Erlang(4, 8.0).residual(5.0),
        Mixture((0.2, 0.8), (Exponential(1.0), Erlang(2, 9.0))).residual(2.0),
    ],
    ids=lambda d: d.describe(),
)
def test_phases_have_the_same_survival(life: Distribution) -> None:
    phases = life.phases()
    assert phases is not None
    rates = np.array(phases.rates)
    assert math.fsum(phases.start) == pytest.approx(1.0, rel=1e-14, abs=0)
    assert min(phases.exits()) >= 0
    for t in (0.01, 1.0, 4.0, 20.0):
        left = float((np.array(phases.start) @ expm(rates * t)).sum())
        assert life.survival(t) == pytest.approx(left, rel=1e-11, abs=0)


@pytest.mark.parametrize(
    "life",
    [Weibull(1.1, 5.0), Lognormal(1.0, 1.0), Gamma(2.5, 1.0), Deterministic(1.0), Never(), TUB,
     CompetingRisks((Exponential(3.0), Deterministic(6.0))),
     Mixture((0.5, 0.5), (Exponential(1.0), Uniform(0.0, 1.0)))],
    ids=lambda d: d.describe(),
)  # fmt: skip
def test_what_is_not_phase_type_says_none(life: Distribution) -> None:
    assert life.phases() is None
