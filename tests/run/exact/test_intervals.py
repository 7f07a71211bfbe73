"""Mean and variance of downtime in an interval (hours)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.generator import Generator
from simulator.run.exact.intervals import downtime_moments
from simulator.run.exact.stationary import variance_rate
from simulator.run.exact.transient import mean_unavailability
from tests.run.exact.small_chains import independent, like_units, units

LAM, MU = 0.001, 0.125
ONE, UP = like_units(1, LAM, MU, 1), np.array([True, False])


@pytest.mark.parametrize(
    ("t", "variance"), [(24.0, 0.0021886958646081573), (8760.0, 1.4240924816049948e-05)]
)
def test_variance_of_interval_availability(t: float, variance: float) -> None:  # B04
    assert downtime_moments(ONE, UP, 0, t).variance_s2 / t**2 == pytest.approx(
        variance, rel=1e-12, abs=0
    )


def test_mean_agrees_with_the_other_route() -> None:
    g = like_units(5, 0.03, 0.2, 2)
    up = np.arange(6) < 2
    for t in (0.1, 30.0, 1e4):
        mean = downtime_moments(g, up, 0, t).mean_s
        assert mean / t == pytest.approx(mean_unavailability(g, up, 0, t)[0], rel=1e-12, abs=0)


def test_no_repair_in_closed_form() -> None:
    """Down from an exponential moment on: D = max(t - X, 0)."""
    lam, t = 0.02, 30.0
    g = Generator.from_triplets(2, [0], [1], [lam])
    found = downtime_moments(g, UP, 0, t)
    mean = t + math.expm1(-lam * t) / lam
    second = t**2 - 2 * t / lam - 2 * math.expm1(-lam * t) / lam**2
    assert found.mean_s == pytest.approx(mean, rel=1e-12, abs=0)
    assert found.variance_s2 == pytest.approx(second - mean**2, rel=1e-10, abs=0)


def test_a_pair_in_series_by_an_augmented_matrix() -> None:
    """A pair in series, four states; the moments by Van Loan's augmented matrix in the test."""
    from scipy.linalg import expm

    g = independent([0.05, 0.02], [0.3, 1.0])
    up, t = np.array([True, False, False, False]), 17.0
    q = g.dense() - np.diag(g.exit_rates())
    d = np.diag((~up).astype(float))
    big = np.zeros((12, 12))
    for k in range(3):
        big[4 * k : 4 * k + 4, 4 * k : 4 * k + 4] = q
    big[:4, 4:8] = big[4:8, 8:] = d
    e = expm(big * t)
    mean, second = e[0, 4:8].sum(), 2 * e[0, 8:].sum()
    found = downtime_moments(g, up, 0, t)
    assert found.mean_s == pytest.approx(mean, rel=1e-12, abs=0)
    assert found.variance_s2 == pytest.approx(second - mean**2, rel=1e-10, abs=0)


def test_a_spread_start_adds_the_spread_of_means() -> None:
    a, b = (downtime_moments(ONE, UP, s, 40.0) for s in (0, 1))
    both = downtime_moments(ONE, UP, [0.3, 0.7], 40.0)
    among = 0.3 * 0.7 * (a.mean_s - b.mean_s) ** 2
    expected = 0.3 * a.variance_s2 + 0.7 * b.variance_s2 + among
    assert both.variance_s2 == pytest.approx(expected, rel=1e-13, abs=0)


@pytest.mark.parametrize("t", [1e7, 1e12])
def test_long_intervals_come_to_the_variance_rate(t: float) -> None:
    """A subtraction of moments would have lost 5 to 10 digits here; the rest is about 16 h / t."""
    rate = variance_rate(ONE, UP)
    found = downtime_moments(ONE, UP, 0, t).variance_s2 / t
    assert found == pytest.approx(rate, rel=max(1e-12, 20 / t), abs=0)


def test_stiff_chain() -> None:
    """A failover of a second every 1,000 h and a repair of 10 h: the rate is found both ways."""
    g = Generator.from_triplets(4, [0, 1, 2, 2, 3], [1, 2, 0, 3, 2], [1e-3, 3600.0, 0.1, 1e-3, 0.1])
    up = np.array([True, False, True, False])
    found = downtime_moments(g, up, 0, 1e9).variance_s2 / 1e9
    assert found == pytest.approx(variance_rate(g, up), rel=1e-6, abs=0)


def test_a_start_that_stays() -> None:
    g = Generator.from_triplets(2, [], [], [])
    found = downtime_moments(g, UP, [0.5, 0.5], 10.0)
    assert (found.mean_s, found.variance_s2) == (5.0, 25.0)


def test_refusals() -> None:
    with pytest.raises(DescriptionError, match="interval"):
        downtime_moments(ONE, UP, 0, 0.0)
    g = units(601, lambda i: 1.0, lambda i: 1.0)
    with pytest.raises(NotSupported, match="montecarlo"):
        downtime_moments(g, np.arange(602) < 5, 0, 1.0)
