"""Long-run probabilities: small ones too, several ends, and the measures read off them (hours)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.generator import Generator
from simulator.run.exact.stationary import LongRun, long_run, stationary, variance_rate
from tests.run.exact.small_chains import independent, like_units, product_form, units


def measures(g: Generator, up: np.ndarray) -> LongRun:
    return long_run(g, stationary(g).probabilities, up)


@pytest.mark.parametrize(
    ("k", "n", "life", "repair", "crews", "quantity", "expected"),
    [
        (1, 2, 1000.0, 10.0, 2, "unavailability", 9.80296049406921e-05),  # B13
        (1, 2, 1000.0, 10.0, 2, "mean_down_s", 5.0),
        (1, 2, 1000.0, 10.0, 1, "unavailability", 0.00019603999215840032),
        (1, 2, 1000.0, 10.0, 1, "mean_cycle_s", 51010.0),
        (2, 3, 1000.0, 10.0, 3, "unavailability", 0.000292147634526221),
        (2, 3, 1000.0, 10.0, 3, "mean_cycle_s", 17171.68333333333),
        (2, 3, 1000.0, 10.0, 1, "mean_cycle_s", 17176.766666666663),
        (2, 3, 1000.0, 10.0, 1, "mean_down_s", 10.1),
        (2, 4, 500.0, 20.0, 4, "unavailability", 0.00022101817163264588),
        (2, 4, 500.0, 20.0, 4, "mean_cycle_s", 30465.06666666667),
        (2, 3, 2190.0, 4.0, 3, "unavailability", 9.9595522117151e-06),  # D09
        (3, 5, 2190.0, 4.0, 5, "unavailability", 6.04340454966178e-08),  # D09
        (5, 6, 200.0, 10.0, 2, "unavailability", 0.03096850534083979),  # B31
    ],
)
def test_k_of_n(
    k: int, n: int, life: float, repair: float, crews: int, quantity: str, expected: float
) -> None:
    g = like_units(n, 1 / life, 1 / repair, crews)
    found = measures(g, np.arange(n + 1) <= n - k)
    assert getattr(found, quantity) == pytest.approx(expected, rel=1e-12, abs=0)


def test_mean_number_failed() -> None:  # B32
    p = stationary(like_units(6, 1 / 200, 1 / 10, 2)).probabilities
    assert p @ np.arange(7) == pytest.approx(0.28880673409336105, rel=1e-13, abs=0)


def test_single_unit() -> None:  # B01
    found = measures(like_units(1, 1 / 1000, 1 / 8, 1), np.array([True, False]))
    assert found.availability == pytest.approx(0.9920634920634921, rel=1e-15, abs=0)
    assert found.mean_up_s == pytest.approx(1000, rel=1e-13, abs=0)


def test_series_frequency() -> None:  # B08, B10
    g = independent([1 / 1000, 1 / 2000, 1 / 5000], [1 / 8, 1 / 24, 1 / 4])
    found = measures(g, np.arange(8) == 0)
    assert found.availability == pytest.approx(0.9795162803191164, rel=1e-13, abs=0)
    assert found.frequency * 8760 == pytest.approx(14.586956446512284, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("coverage", "quantity", "expected"),
    [
        (0.9, "unavailability", 0.0002792218611696733),  # B25
        (0.9, "frequency", 12.16326946735577 / 8760),  # B26
        (0.99, "unavailability", 0.00021966254446226317),  # B25
    ],
)
def test_failover(coverage: float, quantity: str, expected: float) -> None:
    lam, mu, auto, manual = 1 / 720, 1 / 10, 60.0, 2.0
    # 0: both good, 1: automatic failover, 2: manual failover, 3: one serves, 4: none.
    g = Generator.from_triplets(
        5,
        [0, 0, 1, 2, 3, 3, 4],
        [1, 2, 3, 3, 0, 4, 3],
        [coverage * lam, (1 - coverage) * lam, auto, manual, mu, lam, mu],
    )
    found = measures(g, np.array([True, False, False, True, False]))
    assert getattr(found, quantity) == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("beta", "expected"),
    [(0.0, 9.80296049406921e-05), (0.05, 0.0003407372180644655), (0.1, 0.0005835650429827531)],
)
def test_common_cause(beta: float, expected: float) -> None:  # B39
    lam, mu = 0.001, 0.1
    g = Generator.from_triplets(
        3, [0, 0, 1, 1, 2], [1, 2, 2, 0, 1], [2 * (1 - beta) * lam, beta * lam, lam, mu, 2 * mu]
    )
    found = measures(g, np.array([True, True, False]))
    assert found.unavailability == pytest.approx(expected, rel=1e-12, abs=0)


def test_overload_cascade() -> None:  # B38
    g = units(5, lambda i: (5 - i) * 0.001 * (5 / (5 - i)) ** 2, lambda i: 0.5 * i)
    found = measures(g, np.arange(6) <= 2)
    assert found.unavailability == pytest.approx(3.459329909051651e-07, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("first", "up", "expected"),
    [("A", [0, 1, 2], 0.0030167456954268337), ("B", [0], 0.05482434705934954)],
)
def test_priorities(first: str, up: list[int], expected: float) -> None:  # B34
    fail, mend = (1 / 500, 1 / 300), (1 / 20, 1 / 5)
    moves = [(0, 1, fail[0]), (0, 2, fail[1]), (1, 3, fail[1]), (2, 3, fail[0])]
    moves += [(1, 0, mend[0]), (2, 0, mend[1])]
    moves += [(3, 2, mend[0])] if first == "A" else [(3, 1, mend[1])]
    g = Generator.from_triplets(4, *zip(*moves, strict=True))
    found = measures(g, np.isin(np.arange(4), up))
    assert found.unavailability == pytest.approx(expected, rel=1e-12, abs=0)


def test_leader_election() -> None:  # D11
    lam, mu, elect, n = 1 / 2190, 1 / 4, 360.0, 5
    states = [(k, s) for k in range(n + 1) for s in ("OE" if k >= 3 else "N")]
    index = {state: i for i, state in enumerate(states)}
    moves = []
    for k, s in states:
        lost = "N" if k - 1 < 3 else "E"
        if s == "O":
            moves.append(((k, s), (k - 1, lost), lam))
            moves.append(((k, s), (k - 1, "O" if k - 1 >= 3 else "N"), (k - 1) * lam))
        elif k > 0:
            moves.append(((k, s), (k - 1, lost), k * lam))
        if s == "E":
            moves.append(((k, s), (k, "O"), elect))
        if k < n:
            moves.append(((k, s), (k + 1, "E" if k == 2 else s), (n - k) * mu))
    source, target, rate = zip(*((index[a], index[b], r) for a, b, r in moves), strict=True)
    found = measures(
        Generator.from_triplets(len(states), source, target, rate),
        np.array([s == "O" for _, s in states]),
    )
    assert found.unavailability == pytest.approx(1.3289078694255953e-06, rel=1e-12, abs=0)


@pytest.mark.parametrize("units_", [8, 11])
def test_every_component_of_a_product_form(units_: int) -> None:
    """8 units: elimination; 11 units (2,048 states): sparse. Probabilities down to 1e-40."""
    rng = np.random.default_rng(units_)
    lam, mu = 10.0 ** rng.uniform(-5, -3, units_), 10.0 ** rng.uniform(-1, 0, units_)
    found = stationary(independent(lam, mu))
    expected = product_form(lam / (lam + mu))
    assert np.allclose(found.probabilities, expected, rtol=1e-12, atol=0)
    assert expected.min() < 1e-25
    assert found.relative_error < 1e-11
    assert found.residual < 1e-13
    assert found.method == ("GTH elimination" if units_ == 8 else "sweeps over paths")


def test_sparse_factorisation_where_sweeps_are_too_slow() -> None:
    rng = np.random.default_rng(12)
    lam, mu = 10.0 ** rng.uniform(-2, 1, 11), 10.0 ** rng.uniform(-2, 0, 11)
    lam[0], mu[0] = 1e-6, 1e-6  # one unit that hardly ever moves
    found = stationary(independent(lam, mu))
    assert found.method == "sparse LU, refined"
    up = product_form(lam / (lam + mu))
    assert np.allclose(found.probabilities, up, rtol=1e-11, atol=0)


def test_nearly_separate_halves() -> None:
    """Two pairs of states joined at 1e-15 of their own rates; detailed balance is the answer."""
    e = 1e-15
    g = Generator.from_triplets(
        4, [0, 1, 2, 3, 1, 2], [1, 0, 3, 2, 2, 1], [1.0, 2.0, 3.0, 5.0, e, 4 * e]
    )
    weights = np.array([2.0, 1.0, 0.25, 0.15])
    found = stationary(g).probabilities
    assert np.allclose(found, weights / weights.sum(), rtol=1e-14, atol=0)


def test_tiny_unavailability_keeps_its_digits() -> None:
    g = like_units(5, 1e-4, 1.0, 5)
    u = 1e-4 / (1 + 1e-4)
    found = measures(g, np.arange(6) < 5)
    assert found.unavailability == pytest.approx(u**5, rel=1e-14, abs=0)


def test_the_start_decides_between_several_ends() -> None:
    g = Generator.from_triplets(4, [0, 0, 2, 3], [1, 2, 3, 2], [1.0, 3.0, 1.0, 2.0])
    with pytest.raises(DescriptionError, match="2 closed classes"):
        stationary(g)
    found = stationary(g, 0)
    assert np.allclose(found.probabilities, [0, 0.25, 0.75 * 2 / 3, 0.75 / 3], rtol=1e-15, atol=0)
    assert found.classes == 2
    assert stationary(g, 1).probabilities.tolist() == [0, 1, 0, 0]


def test_transient_states_have_no_share() -> None:
    g = Generator.from_triplets(3, [0, 1, 2], [1, 2, 1], [1.0, 2.0, 4.0])
    assert np.allclose(stationary(g).probabilities, [0, 2 / 3, 1 / 3], rtol=1e-15, atol=0)


def test_never_down_and_always_down() -> None:
    g = like_units(1, 1.0, 1.0, 1)
    calm = measures(g, np.array([True, True]))
    assert (calm.unavailability, calm.frequency, calm.mean_up_s) == (0.0, 0.0, math.inf)
    dead = measures(g, np.array([False, False]))
    assert (dead.unavailability, dead.frequency, dead.mean_down_s) == (1.0, 0.0, math.inf)


def test_variance_rate_of_one_unit() -> None:  # B05
    g = like_units(1, 0.001, 0.125, 1)
    rate = variance_rate(g, np.array([True, False]))
    assert rate == pytest.approx(0.12497650441716958, rel=1e-13, abs=0)


def test_variance_rate_of_a_series_is_that_of_its_renewals() -> None:
    """Two states of failure with one way back each: an alternating renewal process."""
    lam, a, b = 0.01, 0.5, 2.0
    g = Generator.from_triplets(3, [0, 0, 1, 2], [1, 2, 0, 0], [lam, 3 * lam, a, b])
    ex, ey = 1 / (4 * lam), 0.25 / a + 0.75 / b
    vx, vy = ex**2, 0.25 * 2 / a**2 + 0.75 * 2 / b**2 - ey**2
    expected = (ey**2 * vx + ex**2 * vy) / (ex + ey) ** 3
    rate = variance_rate(g, np.array([True, False, False]))
    assert rate == pytest.approx(expected, rel=1e-12, abs=0)


def test_variance_rate_needs_one_end() -> None:
    g = Generator.from_triplets(3, [0, 0], [1, 2], [1.0, 1.0])
    with pytest.raises(NotSupported, match="closed classes"):
        variance_rate(g, np.array([True, True, False]), 0)


def test_too_many_states() -> None:
    with pytest.raises(NotSupported, match="montecarlo"):
        stationary(units(20_001, lambda i: 1.0, lambda i: 2.0))
