"""Renewal functions and availability over time of general lives and repairs (hours)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.describe.distributions import (
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
from simulator.errors import DescriptionError
from simulator.run.exact import renewal as room
from simulator.run.exact.laplace import Estimate
from simulator.run.exact.renewal import (
    expected_failures,
    expected_minimal_repairs,
    long_run_of,
    mean_unavailability,
    no_failure_probability,
    unavailability,
)
from simulator.run.exact.renewal_grid import on_grid
from tests.statistical import check_estimate


def holds(found: Estimate, expected: float, rel: float) -> None:
    """Right to `rel`, and the error estimate (with the digits of the case itself) not too small."""
    assert found.value == pytest.approx(expected, rel=rel, abs=0)
    assert abs(found.value - expected) <= found.error + 2e-15 * abs(expected)


@pytest.mark.parametrize(
    ("shape", "x", "expected"),
    [
        (0.7, 0.5, 0.676648990616297),
        (1.5, 1.0, 0.8415781366496907),
        (2.0, 1.0, 0.7536912775370401),
        (2.0, 2.0, 1.8940393467870953),
        (3.0, 1.5, 1.2552351325349702),
    ],
)
def test_renewals_of_weibull_lives(shape: float, x: float, expected: float) -> None:  # C09
    holds(expected_failures(Weibull(shape, 1000.0), None, 1000.0 * x), expected, 1e-11)
    holds(on_grid(Weibull(shape, 1000.0), None, 1000.0 * x, "failures"), expected, 1e-8)


@pytest.mark.parametrize(
    ("t", "expected"), [(100.0, 0.2838338208091532), (500.0, 2.2500113499824406)]
)
def test_renewals_of_gamma_lives(t: float, expected: float) -> None:  # C08
    found = expected_failures(Gamma(2.0, 100.0), None, t)
    assert found.method == "sums in closed form"
    holds(found, expected, 1e-14)
    by_phases = room._by_phases(Gamma(2.0, 100.0), None, t, "failures")
    assert by_phases is not None
    holds(by_phases, expected, 1e-12)


@pytest.mark.parametrize(("t", "up"), [(10.0, 0.8333003130073287), (30.0, 0.8333333333208488)])
def test_fixed_repairs(t: float, up: float) -> None:  # C07
    assert 1 - unavailability(Exponential(20.0), Deterministic(4.0), t).value == pytest.approx(
        up, rel=1e-14, abs=0
    )


def test_variance_rate() -> None:  # C04
    found = long_run_of(Weibull(0.7, 2000.0), Lognormal(4.0, 1.2))
    assert found.variance_rate_s == pytest.approx(0.14157717408118306, rel=1e-12, abs=0)
    x, y = 2531.647012114567, 8.21773284257555  # C01, C02
    assert found.unavailability == pytest.approx(y / (x + y), rel=1e-12, abs=0)
    assert found.frequency == pytest.approx(1 / (x + y), rel=1e-12, abs=0)


def test_minimal_repair() -> None:  # C10, C11
    life = Weibull(2.5, 1000.0)
    assert expected_minimal_repairs(life, 0, 3000) == pytest.approx(
        15.588457268119896, rel=1e-14, abs=0
    )
    assert no_failure_probability(life, 1000, 2000) == pytest.approx(
        0.0094962884186239, rel=1e-12, abs=0
    )
    with pytest.raises(DescriptionError):
        expected_minimal_repairs(life, 2.0, 1.0)


def test_exponential_life_and_repair() -> None:
    lam, mu = 1e-3, 0.125
    s = lam + mu
    for t in (1e-6, 3.0, 1e5):
        down = -lam / s * math.expm1(-s * t)
        holds(unavailability(Exponential(1 / lam), Exponential(1 / mu), t), down, 1e-12)
    t = 100.0
    mean = lam / s * (1 + math.expm1(-s * t) / (s * t))
    holds(mean_unavailability(Exponential(1 / lam), Exponential(1 / mu), t), mean, 1e-12)


PAIRS = {
    "Erlang and mixture": (
        Erlang(3, 1000.0), Mixture((0.3, 0.7), (Exponential(2.0), Exponential(20.0))),
    ),
    "equal stages": (Erlang(2, 60.0), Erlang(1, 30.0)),
    "exponential": (Exponential(100.0), Exponential(5.0)),
}  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("wanted", ["failures", "unavailability", "mean unavailability"])
@pytest.mark.parametrize("t", [1e-3, 10.0, 1000.0, 20000.0])
def test_inversion_against_chains_of_phases(
    pair: tuple[Distribution, Distribution], wanted: str, t: float
) -> None:
    """Two implementations that share nothing; the estimate of the error must cover."""
    life, repair = pair
    expected = room._by_phases(life, repair, t, wanted)
    recipe = room._recipe(life, repair, wanted)
    found = room.inverted(recipe, t)
    assert expected is not None
    unit = t if wanted == "mean unavailability" else 1.0
    assert found.value / unit == pytest.approx(expected.value, rel=1e-10, abs=0)
    assert abs(found.value / unit - expected.value) <= found.error / unit + expected.error


@pytest.mark.parametrize("t", [35.0, 200.0])
def test_grid_against_chains_of_phases(t: float) -> None:
    life, repair = PAIRS["exponential"]
    for wanted in ("failures", "unavailability", "mean unavailability"):
        expected = room._by_phases(life, repair, t, wanted)
        assert expected is not None
        holds(on_grid(life, repair, t, wanted), expected.value, 1e-6)


@pytest.mark.parametrize("t", [100.0, 200.0])
def test_series_of_inverted_sums_against_closed_sums(t: float) -> None:
    """Gamma lives with fixed repairs, and the other way round, by both series."""
    for life, repair in (
        (Gamma(1.5, 1000.0), Deterministic(50.0)),
        (Deterministic(80.0), Gamma(1.5, 40.0)),
    ):
        law = room.sum_law(life, repair)
        assert law is not None
        fixed = 50.0 if isinstance(repair, Deterministic) else 80.0
        other = life if isinstance(repair, Deterministic) else repair
        folds = room._FoldsByInversion(other, fixed, other is repair)
        n = np.arange(1.0, 4.0)
        for a, b in ((n, n - 1), (n, n)):
            assert np.allclose(folds.cdf(a, b, t), law.cdf(a, b, t), rtol=1e-8, atol=1e-11)
            assert np.allclose(folds.area(a, b, t), law.area(a, b, t), rtol=1e-8, atol=1e-11 * t)


def test_weibull_life_and_fixed_repair_before_the_second_failure() -> None:
    """Up to one repair time, down means failed once; then once, not twice, by quadrature."""
    from scipy.integrate import quad

    life, d = Weibull(1.5, 1000.0), 50.0
    holds(unavailability(life, Deterministic(d), 40.0), life.cdf(40.0), 1e-14)
    t = 90.0  # F(t) - F(t - d) + F*F(t - d), the last for a second failure after the first repair
    folded = quad(
        lambda u: life.density(u) * life.cdf(t - d - u), 0, t - d, epsabs=0, epsrel=1e-12
    )[0]
    expected = life.cdf(t) - life.cdf(t - d) + folded
    holds(unavailability(life, Deterministic(d), t), expected, 1e-9)


def test_fixed_life_and_fixed_repair() -> None:
    """Up 100, down 10, up 100 ..."""
    life, repair = Deterministic(100.0), Deterministic(10.0)
    values = [unavailability(life, repair, t).value for t in (99.0, 100.5, 109.0, 111.0, 215.0)]
    assert values == [0, 1, 1, 0, 1]
    assert mean_unavailability(life, repair, 215.0).value == pytest.approx(
        15 / 215, rel=1e-13, abs=0
    )
    assert expected_failures(life, repair, 215.0).value == 2


def test_uniform_lives_before_the_second_renewal() -> None:
    """M(t) = F + F*F for t below three times the least life; F*F in closed form."""
    t = 250.0
    found = expected_failures(Uniform(100.0, 200.0), None, t)
    assert found.value == pytest.approx(1 + (t - 200.0) ** 2 / (2 * 100.0**2), rel=1e-5, abs=0)
    assert abs(found.value - 1.125) <= found.error


def test_hazard_in_pieces() -> None:
    """Constant hazard before 100 h: nothing differs from an exponential life until then."""
    pieces = PiecewiseHazard((0.0, 100.0), (1e-3, 1e-2))
    expected = unavailability(Exponential(1000.0), Exponential(5.0), 60.0).value
    assert unavailability(pieces, Exponential(5.0), 60.0).value == pytest.approx(
        expected, rel=1e-9, abs=0
    )
    settled = unavailability(pieces, Lognormal(4.0, 1.0), 50_000.0).value
    assert settled == pytest.approx(
        long_run_of(pieces, Lognormal(4.0, 1.0)).unavailability, rel=1e-9, abs=0
    )


@pytest.mark.parametrize(
    ("life", "repair"),
    [
        (Weibull(3.0, 1000.0), Lognormal(4.0, 1.2)),
        (Empirical((100.0, 300.0, 777.0)), Exponential(5.0)),
        (Deterministic(100.0), Lognormal(4.0, 1.2)),
        (Weibull(1.5, 1000.0), Deterministic(50.0)),
        (Lognormal(1000.0, 0.5), Uniform(1.0, 9.0)),
    ],
)
def test_every_pair_settles_at_the_long_run_share(life: Distribution, repair: Distribution) -> None:
    found = unavailability(life, repair, 200 * life.mean())
    expected = long_run_of(life, repair).unavailability
    assert found.value == pytest.approx(expected, rel=1e-8, abs=0)


def test_steep_lives_early_on() -> None:
    """Weibull of shape 10 at a twentieth of its scale: M = F but for F^2, F = 1e-13."""
    life = Weibull(10.0, 1000.0)
    found = expected_failures(life, None, 50.0)
    assert found.value == pytest.approx(life.cdf(50.0), rel=1e-6, abs=0)
    assert abs(found.value - life.cdf(50.0)) <= found.error


def simulated_failures(life: Distribution, repair: Distribution, t: float, runs: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    count, clock = np.zeros(runs), life.sample(rng, runs)
    while (clock <= t).any():
        count += clock <= t
        clock = clock + repair.sample(rng, runs) + life.sample(rng, runs)
    return count


def test_brute_simulation_of_a_kinked_pair() -> None:
    """Would detect a relative bias of 2 %; twice that must fail."""
    life, repair = Uniform(20.0, 60.0), Empirical((1.0, 2.0, 9.0))
    found = expected_failures(life, repair, 100.0)
    counts = simulated_failures(life, repair, 100.0, 30_000)
    error = counts.std() / math.sqrt(counts.size)
    check_estimate(counts.mean(), error, found.value, detects=0.02)
    with pytest.raises(AssertionError):
        check_estimate(counts.mean(), error, found.value * 1.04, detects=0.02)


def test_nothing_happens_too_early_or_to_who_never_fails() -> None:
    for life in (Never(), Deterministic(10.0)):
        for ask in (unavailability, mean_unavailability, expected_failures):
            assert ask(life, Exponential(1.0), 5.0).value == 0.0
    assert unavailability(Exponential(1.0), Exponential(1.0), 0.0).value == 0.0


def test_no_repair_ends_in_time() -> None:
    found = unavailability(Weibull(2.0, 10.0), Deterministic(50.0), 8.0)
    assert found.value == pytest.approx(Weibull(2.0, 10.0).cdf(8.0), rel=1e-15, abs=0)
    lost = unavailability(Weibull(2.0, 10.0), Never(), 8.0)
    assert lost.value == found.value


def test_bad_times_and_lives() -> None:
    for bad in (-1.0, math.inf, math.nan):
        with pytest.raises(DescriptionError, match="time"):
            unavailability(Exponential(1.0), Exponential(1.0), bad)
    with pytest.raises(DescriptionError, match="last a while"):
        expected_failures(Deterministic(0.0), None, 1.0)
    with pytest.raises(DescriptionError, match="long run"):
        long_run_of(Never(), Never())
    assert long_run_of(Never(), Exponential(1.0)).unavailability == 0.0
    assert long_run_of(Exponential(1.0), Never()).unavailability == 1.0
