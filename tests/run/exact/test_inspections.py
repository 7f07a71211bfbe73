"""Failures found at inspections: closed forms and plain sums (hours)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.describe.distributions import (
    Deterministic,
    Distribution,
    Exponential,
    Gamma,
    Lognormal,
    Never,
    Uniform,
    Weibull,
)
from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact import inspections as room
from simulator.run.exact.inspections import found_at_random, found_by_inspection
from tests.statistical import check_estimate


def test_exponential_life_in_closed_form() -> None:
    """Cycle tau / (1 - exp(-lam tau)) + repair (any textbook on periodic inspection)."""
    lam, tau, mend = 0.01, 30.0, 5.0
    cycle = tau / -math.expm1(-lam * tau) + mend
    found = found_by_inspection(Exponential(1 / lam), tau, Exponential(mend))
    assert found.mean_cycle_s == pytest.approx(cycle, rel=1e-13, abs=0)
    assert found.unavailability == pytest.approx(1 - 1 / lam / cycle, rel=1e-12, abs=0)
    assert found.undetected * cycle == pytest.approx(found.mean_undetected_s, rel=1e-13, abs=0)
    assert found.mean_down_s == pytest.approx(found.mean_undetected_s + mend, rel=1e-13, abs=0)
    assert found.frequency == pytest.approx(1 / cycle, rel=1e-13, abs=0)


def test_rare_failures_keep_their_digits() -> None:
    """lam tau / 2 (1 - lam tau / 3 ...) for small lam tau; a difference would have no digits."""
    found = found_by_inspection(Exponential(1e9), 1e-3)
    assert found.unavailability == pytest.approx(0.5e-12, rel=1e-11, abs=0)


@pytest.mark.parametrize("a", [0.01, 0.0999999, 0.1000001, 0.3, 5.0, 800.0])
def test_wait_by_quadrature(a: float) -> None:
    from scipy.integrate import quad

    inner = quad(lambda u: -math.expm1(-a * u), 0, 1, epsabs=0, epsrel=1e-13)[0]
    assert room._wait_share(a) == pytest.approx(inner / -math.expm1(-a), rel=1e-12, abs=0)


@pytest.mark.parametrize(
    "life",
    [Weibull(1.5, 1000.0), Weibull(0.6, 1000.0), Gamma(2.0, 100.0), Lognormal(1000.0, 0.5)],
)
def test_general_lives_by_the_plain_sum(life: Distribution) -> None:
    """tau times the expected number of inspections, minus the life: fine while lives are short."""
    tau = 7.0
    plain = tau * life.survival(np.arange(100_000) * tau).sum() - life.mean()
    assert found_by_inspection(life, tau).mean_undetected_s == pytest.approx(
        plain, rel=1e-11, abs=0
    )


def test_the_general_way_agrees_with_the_exponential_one() -> None:
    for tau in (0.5, 30.0, 5000.0):
        closed = found_by_inspection(Exponential(500.0), tau).mean_undetected_s
        assert room._waiting(Exponential(500.0), tau) == pytest.approx(closed, rel=1e-12, abs=0)


def test_uniform_life_within_one_interval() -> None:
    found = found_by_inspection(Uniform(2.0, 6.0), 10.0)
    assert found.mean_undetected_s == pytest.approx(6.0, rel=1e-2, abs=0)


def test_fixed_lives_and_a_failure_at_an_inspection() -> None:
    assert found_by_inspection(Deterministic(25.0), 10.0).mean_undetected_s == pytest.approx(
        5.0, rel=1e-14, abs=0
    )
    assert found_by_inspection(Deterministic(30.0), 10.0).mean_undetected_s == 0.0
    assert found_by_inspection(Deterministic(0.3), 0.1).mean_undetected_s < 1e-15


def test_random_inspections() -> None:
    found = found_at_random(Weibull(2.0, 100.0), 0.1, Deterministic(5.0))
    up = Weibull(2.0, 100.0).mean()
    assert found.mean_undetected_s == pytest.approx(10.0, rel=1e-14, abs=0)
    assert found.unavailability == pytest.approx(15 / (up + 15), rel=1e-14, abs=0)


def test_brute_simulation() -> None:
    """Would detect a relative bias of 3 %; twice that must fail."""
    life, tau = Weibull(2.0, 50.0), 40.0
    x = life.sample(np.random.default_rng(3), 40_000)
    waits = np.ceil(x / tau) * tau - x
    error = waits.std() / math.sqrt(waits.size)
    truth = found_by_inspection(life, tau).mean_undetected_s
    check_estimate(waits.mean(), error, truth, detects=0.03)
    with pytest.raises(AssertionError):
        check_estimate(waits.mean(), error, truth * 1.06, detects=0.03)


def test_refusals() -> None:
    with pytest.raises(DescriptionError, match="interval"):
        found_by_inspection(Exponential(1.0), 0.0)
    with pytest.raises(DescriptionError, match="rate"):
        found_at_random(Exponential(1.0), 0.0)
    with pytest.raises(DescriptionError, match="no finite mean"):
        found_by_inspection(Never(), 1.0)
    with pytest.raises(NotSupported, match="montecarlo"):
        found_by_inspection(Weibull(2.0, 1e9), 1.0)
