"""The time left at an age: ratios of survival, small probabilities, simplest forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.describe.distributions import (
    Deterministic,
    Empirical,
    Exponential,
    Mixture,
    Never,
    PiecewiseHazard,
    Residual,
    Uniform,
    Weibull,
)
from tests.describe.lives import ALL, SMOOTH, TUB


@pytest.mark.parametrize("name", ALL)
def test_residual_survival_is_a_ratio(name: str) -> None:
    life = ALL[name]
    age = life.quantile(0.3)
    left = life.residual(age)
    t = life.quantile(np.array([0.35, 0.5, 0.9, 0.99])) - age
    np.testing.assert_allclose(
        left.survival(t), life.survival(age + t) / life.survival(age), rtol=1e-11, atol=0
    )
    np.testing.assert_allclose(left.hazard(t), life.hazard(age + t), rtol=1e-9, atol=0)
    np.testing.assert_allclose(
        left.residual(t[0]).survival(t), life.residual(age + t[0]).survival(t), rtol=1e-10, atol=0
    )


@pytest.mark.parametrize("name", SMOOTH)
def test_small_residual_probabilities_keep_their_digits(name: str) -> None:
    life = SMOOTH[name]
    age = life.quantile(0.6)
    t = age * 1e-13
    expected = life.hazard(age) * t
    assert life.hazard_between(age, t) == pytest.approx(expected, rel=1e-10, abs=0)
    assert life.residual(age).cdf(t) == pytest.approx(expected, rel=1e-10, abs=0)
    assert life.time_after(age, expected) == pytest.approx(t, rel=1e-10, abs=0)


@pytest.mark.parametrize("name", ALL)
def test_time_after_takes_an_array_of_ages(name: str) -> None:
    life = ALL[name]
    ages = life.quantile(np.array([0.01, 0.2, 0.5, 0.9]))
    e = np.array([2.0, 0.7, 1e-3, 0.4])
    t = life.time_after(ages, e)
    np.testing.assert_allclose(life.hazard_between(ages, t), e, rtol=1e-9, atol=0)
    one_by_one = [life.time_after(float(a), float(x)) for a, x in zip(ages, e, strict=True)]
    np.testing.assert_array_equal(t, one_by_one)
    np.testing.assert_allclose(
        [life.residual(float(a)).time_at_hazard(float(x)) for a, x in zip(ages, e, strict=True)],
        t, rtol=1e-9, atol=0,
    )  # fmt: skip


def test_residual_takes_the_simplest_form() -> None:
    assert Exponential(5.0).residual(3.0) == Exponential(5.0)
    assert Uniform(2.0, 6.0).residual(3.0) == Uniform(0.0, 3.0)
    assert Deterministic(6.0).residual(2.0) == Deterministic(4.0)
    assert Empirical((1.0, 3.0, 9.0)).residual(2.0) == Empirical((1.0, 7.0))
    assert Never().residual(1e9) == Never()
    assert PiecewiseHazard((0.0, 5.0), (1.0, 2.0)).residual(3.0) == PiecewiseHazard(
        (0.0, 2.0), (1.0, 2.0)
    )
    assert Weibull(2.0, 9.0).residual(1.0).residual(2.0) == Residual(Weibull(2.0, 9.0), 3.0)
    hyper = Mixture((0.5, 0.5), (Exponential(1.0), Exponential(10.0))).residual(1.0)
    assert isinstance(hyper, Mixture)
    weak = math.exp(-1) / (math.exp(-1) + math.exp(-0.1))
    assert hyper.weights[0] == pytest.approx(weak, rel=1e-13, abs=0)
    assert TUB.residual(0.0) is TUB
