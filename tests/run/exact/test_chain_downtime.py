"""Chance that a chain keeps its downtime budget: against Takacs, sums and simulation (hours)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.describe.distributions import Erlang, Exponential, Mixture
from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.chain_downtime import chain_downtime
from simulator.run.exact.downtime import unit_downtime
from simulator.run.exact.generator import Generator
from simulator.run.exact.intervals import downtime_moments
from simulator.run.exact.phase_chain import alternating_chain
from tests.run.exact.small_chains import independent, like_units
from tests.statistical import check_estimate

UP = np.array([True, False])


@pytest.mark.parametrize(
    ("life", "repair", "t", "x", "expected"),
    [
        (1000.0, 8.0, 8760.0, 8.76, 0.006092247782121683),  # B06
        (1000.0, 8.0, 8760.0, 87.6, 0.735403471121781),  # B06
        (8760.0, 1.0, 8760.0, 0.876, 0.6266361398686189),  # B07
    ],
)
def test_one_unit(life: float, repair: float, t: float, x: float, expected: float) -> None:
    g = like_units(1, 1 / life, 1 / repair, 1)
    found = chain_downtime(g, UP, 0, t, x)
    assert found.meets == pytest.approx(expected, rel=3e-12, abs=0)
    takacs = unit_downtime(Exponential(life), Exponential(repair), t, x)
    assert found.misses == pytest.approx(takacs.misses, rel=3e-12, abs=0)
    assert abs(found.meets - expected) <= found.error
    failed = chain_downtime(g, UP, 1, t, x)
    expected_down = unit_downtime(Exponential(life), Exponential(repair), t, x, "down")
    assert failed.meets == pytest.approx(expected_down.meets, rel=3e-12, abs=0)


@pytest.mark.parametrize("x", [0.0, 3.0, 40.0, 95.0])
def test_phases_against_gamma_sums(x: float) -> None:
    """Erlang lives and repairs have closed sums; generous budgets use every count."""
    life, repair = Erlang(3, 20.0), Erlang(2, 10.0)
    lives, repairs = life.phases(), repair.phases()
    assert lives is not None
    chain = alternating_chain(lives, repairs)
    found = chain_downtime(chain.generator, chain.up, chain.start, 100.0, x)
    expected = unit_downtime(life, repair, 100.0, x)
    assert found.meets == pytest.approx(expected.meets, rel=1e-12, abs=0)
    assert found.misses == pytest.approx(expected.misses, rel=1e-12, abs=0)


def test_rare_misses_keep_their_digits() -> None:
    g = like_units(1, 1e-9, 1.0, 1)
    found = chain_downtime(g, UP, 0, 100.0, 30.0)
    expected = unit_downtime(Exponential(1e9), Exponential(1.0), 100.0, 30.0).misses
    assert expected < 1e-19
    assert found.misses == pytest.approx(expected, rel=1e-11, abs=0)


def test_the_distribution_has_the_right_moments() -> None:
    """Mean and second moment from integrals of P(D > x), trapezium rule on a smooth curve."""
    g = independent([0.05, 0.03], [0.4, 0.9])
    up, t = np.array([True, True, True, False]), 20.0
    x, weights = np.polynomial.legendre.leggauss(24)
    # The second system state is rare: nearly all mass lies at D = 0 and the rest is smooth.
    budgets, weights = (1 + x) / 2 * t, weights * t / 2
    above = np.array([chain_downtime(g, up, 0, t, b).misses for b in budgets])
    moments = downtime_moments(g, up, 0, t)
    assert above @ weights == pytest.approx(moments.mean_s, rel=1e-9, abs=0)
    second = 2 * above @ (weights * budgets)
    assert second == pytest.approx(moments.variance_s2 + moments.mean_s**2, rel=1e-9, abs=0)


def simulated(g: Generator, up: np.ndarray, t: float, runs: int) -> np.ndarray:
    """Downtime of plain jump-by-jump runs from state 0."""
    rng = np.random.default_rng(11)
    jump = np.cumsum(g.dense() / g.exit_rates()[:, None], axis=1)
    state, clock, down = np.zeros(runs, dtype=int), np.zeros(runs), np.zeros(runs)
    while (clock < t).any():
        after = clock + rng.exponential(1 / g.exit_rates()[state])
        down += np.where(up[state], 0.0, np.clip(np.minimum(after, t) - clock, 0.0, None))
        clock, state = (
            after,
            (rng.random((runs, 1)) > jump[state]).sum(axis=1).clip(max=jump.shape[0] - 1),
        )
    return down


def test_brute_simulation_of_crews() -> None:
    """2-of-4 with one crew. Would detect a relative bias of 3 %; twice that must fail."""
    g, up = like_units(4, 0.01, 0.08, 1), np.arange(5) <= 2
    down = simulated(g, up, 400.0, 30_000)
    for budget in (0.0, 5.0, 40.0):
        found = chain_downtime(g, up, 0, 400.0, budget)
        kept = down <= budget
        error = kept.std() / math.sqrt(kept.size)
        check_estimate(kept.mean(), error, found.meets, detects=0.03)
        with pytest.raises(AssertionError):
            check_estimate(kept.mean(), error, found.meets * 1.06, detects=0.03)


def test_hundreds_of_states() -> None:
    """Eight independent units, 256 states, down while the first is: a single unit in disguise."""
    lam, mu = np.full(8, 0.01), np.full(8, 0.25)
    up = np.arange(256) % 2 == 0
    found = chain_downtime(independent(lam, mu), up, 0, 200.0, 10.0)
    expected = unit_downtime(Exponential(100.0), Exponential(4.0), 200.0, 10.0).meets
    assert found.meets == pytest.approx(expected, rel=1e-12, abs=0)


def test_mixture_from_equilibrium() -> None:
    life, repair = Exponential(100.0), Mixture((0.3, 0.7), (Exponential(1.0), Exponential(9.0)))
    lives, repairs = life.phases(), repair.phases()
    assert lives is not None
    chain = alternating_chain(lives, repairs)
    # Long-run phase shares by mean times: 100 up, 0.3 and 6.3 in the two repairs.
    shares = np.array([100.0, 0.3, 6.3]) / 106.6
    mixed = chain_downtime(chain.generator, chain.up, shares, 50.0, 3.0).meets
    parts = [chain_downtime(chain.generator, chain.up, k, 50.0, 3.0).meets for k in range(3)]
    assert mixed == pytest.approx(shares @ parts, rel=1e-13, abs=0)


def test_small_things() -> None:
    g = like_units(1, 0.1, 1.0, 1)
    assert chain_downtime(g, UP, 0, 5.0, 5.0).meets == 1.0
    still = Generator.from_triplets(2, [], [], [])
    assert chain_downtime(still, UP, [0.25, 0.75], 5.0, 1.0).misses == 0.75
    none = chain_downtime(g, UP, 0, 5.0, 0.0)
    assert none.meets == pytest.approx(math.exp(-0.5), rel=1e-13, abs=0)
    always = chain_downtime(g, np.array([True, True]), 0, 5.0, 0.0)
    assert always.meets == pytest.approx(1, rel=1e-13, abs=0)


def test_refusals() -> None:
    g = like_units(1, 0.1, 1.0, 1)
    with pytest.raises(DescriptionError, match="window"):
        chain_downtime(g, UP, 0, 0.0, 0.0)
    fast = like_units(1, 1.0, 1e6, 1)
    with pytest.raises(NotSupported, match="montecarlo"):
        chain_downtime(fast, UP, 0, 1e3, 1.0)
