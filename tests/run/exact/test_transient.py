"""A chain at a given time: closed forms, binomials, and both routes against each other (hours)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact import transient as room
from simulator.run.exact.generator import Generator
from simulator.run.exact.transient import (
    expected_failures,
    mean_unavailability,
    reliability,
    transient,
)
from simulator.run.exact.uniformised import poisson_tails, poisson_window
from tests.run.exact.small_chains import independent, like_units, product_form, units

LAM, MU = 0.001, 0.125
ONE, UP = like_units(1, LAM, MU, 1), np.array([True, False])


def failed_at(lam: float, mu: float, t: float) -> float:
    return -lam / (lam + mu) * math.expm1(-(lam + mu) * t)


def test_point_availability() -> None:  # B02
    assert transient(ONE, 0, 1.0).probabilities[0, 0] == pytest.approx(
        0.9990604352919319, rel=1e-15, abs=0
    )


@pytest.mark.parametrize("route", [room._by_doubling, room._by_uniformisation])
def test_both_routes_keep_small_probabilities(route: object) -> None:
    times = np.array([1e-9, 1e-3, 1.0, 24.0, 8760.0])
    found = route(ONE, np.array([1.0, 0.0]), times, np.zeros(2))  # type: ignore[operator]
    expected = [failed_at(LAM, MU, t) for t in times]
    assert np.allclose(found.probabilities[:, 1], expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize(
    ("t", "expected"),
    [(24.0, 0.994560430830136), (720.0, 0.9921509756165842), (8760.0, 0.9920706824925134)],
)
def test_interval_mean(t: float, expected: float) -> None:  # B03
    assert 1 - mean_unavailability(ONE, UP, 0, t)[0] == pytest.approx(expected, rel=1e-14, abs=0)


def test_interval_mean_at_zero_is_the_start() -> None:
    assert mean_unavailability(ONE, UP, [0.25, 0.75], [0.0])[0] == 0.75


@pytest.mark.parametrize("t", [0.01, 10.0, 1e4, 1e7])
def test_independent_units_in_every_component(t: float) -> None:
    """Stiff (rates from 1e-5 to 60), probabilities down to 1e-30: product form."""
    lam, mu = np.array([1e-5, 1e-3, 2e-4, 1e-2]), np.array([60.0, 0.1, 0.01, 2.0])
    found = transient(independent(lam, mu), 0, t)
    q = [failed_at(a, b, t) for a, b in zip(lam, mu, strict=True)]
    assert np.allclose(found.probabilities[0], product_form(q), rtol=1e-12, atol=0)


def test_large_chain_by_uniformisation() -> None:
    """12 units, 4,096 states: too many for doubling."""
    lam, mu = np.geomspace(1e-4, 1e-2, 12), np.geomspace(0.05, 1.0, 12)
    found = transient(independent(lam, mu), 0, [0.0, 3.0, 200.0])
    assert found.method == "uniformisation"
    for row, t in zip(found.probabilities, (0.0, 3.0, 200.0), strict=True):
        q = [failed_at(a, b, t) for a, b in zip(lam, mu, strict=True)]
        assert np.allclose(row, product_form(q), rtol=1e-11, atol=0)


def test_routes_agree_on_many_times_and_rewards() -> None:
    g = like_units(6, 0.02, 0.3, 2)
    start, gains = np.eye(7)[2], np.arange(7.0)
    times = np.array([0.0, 50.0, 0.3, 7.0])
    a = room._by_doubling(g, start, times, gains)
    b = room._by_uniformisation(g, start, times, gains)
    assert np.allclose(a.probabilities, b.probabilities, rtol=1e-12, atol=0)
    assert np.allclose(a.reward, b.reward, rtol=1e-12, atol=0)


def test_settled_chain_stops_early_and_stays_right() -> None:
    found = room._by_uniformisation(
        ONE, np.array([1.0, 0.0]), np.array([1e5]), np.array([0.0, 1.0])
    )
    s = LAM + MU
    assert found.probabilities[0, 1] == pytest.approx(LAM / s, rel=1e-12, abs=0)
    assert found.reward[0] == pytest.approx(LAM / s * (1e5 - 1 / s), rel=1e-12, abs=0)


def test_annual_loss_of_a_raid() -> None:  # D04
    g = Generator.from_triplets(3, [0, 1, 1], [1, 2, 0], [8e-5, 7e-5, 1 / 72])
    found = reliability(g, np.array([True, True, False]), 0, [87600.0, 1e-3])
    assert found.failure[0] == pytest.approx(0.034312999978137894, rel=1e-12, abs=0)
    # Two failures in a time too short for a rebuild: lam1 lam2 t^2 / 2, next term about 1e-5 of it.
    assert found.failure[1] == pytest.approx(8e-5 * 7e-5 * 1e-6 / 2, rel=1e-4, abs=0)


def test_survival_far_out_keeps_its_digits() -> None:
    g = Generator.from_triplets(2, [0], [1], [1e-3])
    found = reliability(g, np.array([True, False]), 0, [5e5, 1e-6])
    assert found.survival[0] == pytest.approx(math.exp(-500), rel=1e-11, abs=0)
    assert found.failure[1] == pytest.approx(-math.expm1(-1e-9), rel=1e-14, abs=0)


def test_load_sharing() -> None:  # B36
    g = Generator.from_triplets(3, [0, 1], [1, 2], [0.002, 0.003])
    found = reliability(g, np.array([True, True, False]), 0, 500.0)
    assert found.survival[0] == pytest.approx(0.6573780032174674, rel=1e-13, abs=0)


def test_starting_failed_is_a_failure() -> None:
    found = reliability(ONE, UP, [0.5, 0.5], [0.0])
    assert (found.survival[0], found.failure[0]) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("t", "expected"), [(1000.0, 0.9988899277319172), (10000.0, 0.9988913525498828)]
)
def test_weak_and_strong_spares(t: float, expected: float) -> None:  # B47
    g = Generator.from_triplets(3, [0, 1, 2, 2], [2, 2, 0, 1], [1 / 100, 1 / 10000, 0.01, 0.09])
    found = transient(g, [0.1, 0.9, 0.0], t).probabilities[0]
    assert found[:2].sum() == pytest.approx(expected, rel=1e-13, abs=0)


def test_expected_failures() -> None:
    """One unit: integral of lam A(t)."""
    s, t = LAM + MU, 100.0
    expected = LAM * (MU / s * t - LAM / s**2 * math.expm1(-s * t))
    assert expected_failures(ONE, UP, 0, t)[0] == pytest.approx(expected, rel=1e-13, abs=0)


def test_a_chain_that_does_not_move() -> None:
    g = Generator.from_triplets(2, [], [], [])
    found = transient(g, [0.25, 0.75], [0.0, 5.0], [0.0, 2.0])
    assert found.probabilities.tolist() == [[0.25, 0.75]] * 2
    assert found.reward.tolist() == [0.0, 7.5]


def test_bad_times_and_rewards() -> None:
    for bad in (-1.0, math.inf):
        with pytest.raises(DescriptionError, match="times"):
            transient(ONE, 0, bad)
    with pytest.raises(DescriptionError, match="reward"):
        transient(ONE, 0, 1.0, [1.0, -1.0])


def test_too_large_and_too_fast() -> None:
    g = units(2_000, lambda i: 1.0, lambda i: 1e4)
    with pytest.raises(NotSupported, match="montecarlo"):
        transient(g, 0, 1e6)


@pytest.mark.parametrize("mean", [0.0, 1e-6, 0.7, 30.0, 1e4])
def test_poisson_weights(mean: float) -> None:
    from scipy.stats import poisson

    first, weights = poisson_window(mean)
    n = first + np.arange(weights.size)
    expected = poisson.pmf(n, mean)
    seen = expected > 1e-30
    assert np.allclose(weights[seen], expected[seen], rtol=1e-10, atol=0)
    assert weights.sum() == pytest.approx(1, rel=1e-14, abs=0)
    tails = poisson_tails(first, weights, first + weights.size)
    expected = poisson.sf(np.arange(tails.size), mean)
    seen = expected > 1e-30
    assert np.allclose(tails[seen], expected[seen], rtol=1e-10, atol=0)
