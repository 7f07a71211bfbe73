"""Chance that one unit keeps its downtime budget: Takacs' sum and its relatives (hours)."""

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
    Weibull,
)
from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.downtime import unit_downtime
from tests.statistical import check_estimate


@pytest.mark.parametrize(
    ("life", "repair", "t", "x", "expected"),
    [
        (1000.0, 8.0, 8760.0, 8.76, 0.006092247782121683),  # B06
        (1000.0, 8.0, 8760.0, 87.6, 0.735403471121781),  # B06
        (8760.0, 1.0, 8760.0, 0.876, 0.6266361398686189),  # B07
        (720.0, 1 / 12, 8760.0, 0.876, 0.40456691680495116),  # B07
    ],
)
def test_takacs(life: float, repair: float, t: float, x: float, expected: float) -> None:
    found = unit_downtime(Exponential(life), Exponential(repair), t, x)
    assert found.meets == pytest.approx(expected, rel=1e-12, abs=0)
    assert found.meets + found.misses == pytest.approx(1, rel=1e-13, abs=0)


def test_the_closed_form_with_a_bessel_function() -> None:
    """Barlow & Hunter: e^-ly (1 + sqrt(l m y) int_0^x e^-mz z^-1/2 I1(2 sqrt(l m y z)) dz)."""
    from scipy.integrate import quad
    from scipy.special import i1

    lam, mu, t, x = 0.01, 0.5, 300.0, 7.0
    y = t - x

    def integrand(r: float) -> float:  # z = r^2
        return 2 * math.exp(-mu * r * r) * i1(2 * math.sqrt(lam * mu * y) * r)

    area = quad(integrand, 0, math.sqrt(x), epsabs=0, epsrel=1e-12)[0]
    expected = math.exp(-lam * y) * (1 + math.sqrt(lam * mu * y) * area)
    found = unit_downtime(Exponential(1 / lam), Exponential(1 / mu), t, x)
    assert found.meets == pytest.approx(expected, rel=1e-11, abs=0)


def test_no_budget_at_all_is_no_failure() -> None:
    found = unit_downtime(Exponential(100.0), Exponential(5.0), 50.0, 0.0)
    assert found.meets == pytest.approx(math.exp(-0.5), rel=1e-14, abs=0)
    smooth = unit_downtime(Exponential(100.0), Weibull(2.0, 5.0), 50.0, 0.0)
    assert smooth.meets == pytest.approx(math.exp(-0.5), rel=1e-14, abs=0)


def test_rare_misses_keep_their_digits() -> None:
    """One failure in the window is hardly likely, its repair longer than the budget less so."""
    life, repair, t, x = 1e9, 1.0, 100.0, 30.0
    found = unit_downtime(Exponential(life), Exponential(repair), t, x)
    m = (t - x) / life
    two_terms = math.exp(-m - x) * (m + m * m / 2 * (1 + x))  # a third one is 1e-11 of it
    assert found.misses == pytest.approx(two_terms, rel=1e-10, abs=0)


def test_fixed_repairs_count_failures() -> None:
    """D <= 10 with repairs of 4 h: at most two failures in 90 h of up time."""
    m = 90 / 50
    found = unit_downtime(Exponential(50.0), Deterministic(4.0), 100.0, 10.0)
    assert found.meets == pytest.approx(math.exp(-m) * (1 + m + m * m / 2), rel=1e-14, abs=0)
    exact = unit_downtime(Exponential(50.0), Deterministic(0.1), 100.0, 0.3)  # 3 x 0.1 > 0.3
    m = 99.7 / 50
    three = math.exp(-m) * sum(m**k / math.factorial(k) for k in range(4))
    assert exact.meets == pytest.approx(three, rel=1e-14, abs=0)


def test_fixed_lives() -> None:
    """Fails at 30, 60, 90 h of up time; 80 h of up time hold two failures, 60 h just one."""
    repair = Erlang(2, 8.0)
    two = unit_downtime(Deterministic(30.0), repair, 90.0, 10.0)
    z = 10 / 4
    four_stages = 1 - math.exp(-z) * sum(z**k / math.factorial(k) for k in range(4))
    assert two.meets == pytest.approx(four_stages, rel=1e-13, abs=0)
    one = unit_downtime(Deterministic(30.0), repair, 70.0, 10.0)
    assert one.meets == pytest.approx(1 - math.exp(-z) * (1 + z), rel=1e-13, abs=0)


def test_gamma_lives_of_whole_shape_are_erlang() -> None:
    for shape in (1, 3):
        a = unit_downtime(Gamma(float(shape), 40.0), Exponential(2.0), 200.0, 6.0)
        b = unit_downtime(Erlang(shape, 40.0 * shape), Exponential(2.0), 200.0, 6.0)
        assert a.meets == pytest.approx(b.meets, rel=1e-13, abs=0)
    near = unit_downtime(Gamma(3 + 1e-9, 40.0), Exponential(2.0), 200.0, 6.0)
    assert near.meets == pytest.approx(a.meets, rel=1e-8, abs=0)
    assert near.misses == pytest.approx(a.misses, rel=1e-8, abs=0)


@pytest.mark.parametrize("start", ["up", "down"])
def test_inversion_agrees_with_the_closed_sums(start: str) -> None:
    """A mixture of equal parts is exponential, but only inversion can take it as a mixture."""
    from simulator.run.exact.downtime import _by_inversion

    y, x = 8700.0, 60.0
    closed = unit_downtime(Exponential(1000.0), Erlang(2, 8.0), y + x, x, start)
    found = _by_inversion(y / 1000.0, Erlang(2, 8.0), x, 1 if start == "down" else 0)
    assert found.meets == pytest.approx(closed.meets, rel=1e-10, abs=0)
    assert found.misses == pytest.approx(closed.misses, rel=1e-10, abs=0)
    assert abs(found.meets - closed.meets) <= found.error


def simulated(
    life: Distribution, repair: Distribution, t: float, x: float, runs: int, first_down: bool
) -> np.ndarray:
    """1 where the budget is kept: plain alternating periods, summed until the window is over."""
    rng = np.random.default_rng(7)
    clock, down = np.zeros(runs), np.zeros(runs)
    is_down = first_down
    while (clock < t).any():
        length = (repair if is_down else life).sample(rng, runs)
        within = np.clip(np.minimum(clock + length, t) - clock, 0.0, None)
        down += within if is_down else 0.0
        clock, is_down = clock + length, not is_down
    return (down <= x).astype(float)


@pytest.mark.parametrize(
    ("life", "repair", "start"),
    [
        (Exponential(100.0), Lognormal(4.0, 1.2), "up"),
        (Exponential(100.0), Lognormal(4.0, 1.2), "down"),
        (Gamma(2.5, 40.0), Exponential(6.0), "up"),
    ],
)
def test_brute_simulation(life: Distribution, repair: Distribution, start: str) -> None:
    """Would detect a relative bias of 3 %; twice that must fail."""
    found = unit_downtime(life, repair, 300.0, 15.0, start)
    kept = simulated(life, repair, 300.0, 15.0, 60_000, start == "down")
    error = kept.std() / math.sqrt(kept.size)
    check_estimate(kept.mean(), error, found.meets, detects=0.03)
    with pytest.raises(AssertionError):
        check_estimate(kept.mean(), error, found.meets * 1.06, detects=0.03)


def test_equilibrium_is_a_mixture_of_starts() -> None:
    life, repair, t, x = Exponential(100.0), Exponential(6.0), 300.0, 15.0
    up, down, both = (unit_downtime(life, repair, t, x, s) for s in ("up", "down", "equilibrium"))
    q = 6 / 106
    assert both.meets == pytest.approx((1 - q) * up.meets + q * down.meets, rel=1e-13, abs=0)


def test_equilibrium_with_a_fixed_repair() -> None:
    """Integral over the moment of the running repair, by Gauss-Legendre in the test."""
    life, repair, t, x = Exponential(100.0), Deterministic(6.0), 100.0, 15.0
    found = unit_downtime(life, repair, t, x, "equilibrium")
    m, q = (t - x) / 100.0, 6 / 106
    poisson = [math.exp(-m) * m**k / math.factorial(k) for k in range(4)]
    # A rest r uniform on (0, 6) leaves 15 - r: two more repairs fit if r <= 3, one always.
    down = poisson[0] + poisson[1] + poisson[2] * 0.5
    expected = (1 - q) * sum(poisson[:3]) + q * down
    assert found.meets == pytest.approx(expected, rel=1e-13, abs=0)


def test_equilibrium_with_an_erlang_repair_lies_between() -> None:
    life, t, x = Exponential(100.0), 300.0, 15.0
    steps = [
        unit_downtime(life, r, t, x, "equilibrium").meets
        for r in (Exponential(6.0), Erlang(4, 6.0), Erlang(400, 6.0), Deterministic(6.0))
    ]
    assert steps[2] == pytest.approx(steps[3], rel=0.02, abs=0)
    assert Erlang(1, 6.0).mean() == 6.0
    one = unit_downtime(life, Erlang(1, 6.0), t, x, "equilibrium").meets
    assert one == pytest.approx(steps[0], rel=1e-13, abs=0)


def test_a_budget_as_long_as_the_window() -> None:
    assert unit_downtime(Exponential(1.0), Exponential(1.0), 5.0, 5.0).meets == 1.0


def test_refusals() -> None:
    one = Exponential(1.0)
    for window, budget, start in ((0.0, 0.0, "up"), (1.0, -1.0, "up"), (1.0, 0.5, "sideways")):
        with pytest.raises(DescriptionError):
            unit_downtime(one, one, window, budget, start)
    for life, repair, start in (
        (Weibull(2.0, 1.0), one, "up"),
        (Weibull(2.0, 1.0), Lognormal(1.0, 1.0), "up"),
        (Erlang(2, 1.0), one, "equilibrium"),
        (one, Lognormal(1.0, 1.0), "equilibrium"),
        (one, Empirical((0.2, 0.5)), "up"),
    ):
        with pytest.raises(NotSupported, match="montecarlo"):
            unit_downtime(life, repair, 3.0, 1.0, start)
