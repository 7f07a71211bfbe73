"""Mean times to failure and to data loss, digit by digit. Hours, as the cases give them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.generator import Generator
from simulator.run.exact.passage import DensePassage, first_passage, passage
from simulator.run.exact.sparse_passage import RefinedPassage, SweepPassage
from tests.run.exact.small_chains import independent, like_units, units


def mttf(g: Generator, up_states: int) -> float:
    return first_passage(g, np.arange(g.states) >= up_states, 0).mean_s


@pytest.mark.parametrize(
    ("n", "tolerate", "crews", "hours"),
    [
        (10, 2, 1, 2412307434876.543),  # D01 raid6-10-ser
        (3, 2, 3, 578752316648148.1),  # D01 repl3-par
        (3, 2, 1, 289379631462962.94),  # D01 repl3-ser
        (9, 3, 9, 1.435656006490612e17),  # D01 rs-6-3-par
        (14, 4, 14, 3.0122633378711156e20),  # D01 rs-10-4-par
        (14, 4, 1, 1.2553357690312477e19),  # D01 rs-10-4-ser
    ],
)
def test_time_to_data_loss(n: int, tolerate: int, crews: int, hours: float) -> None:
    g = like_units(n, 1e-6, 1 / 24, crews)
    assert mttf(g, tolerate + 1) == pytest.approx(hours, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("k", "n", "life", "repair", "crews", "hours"),
    [
        (1, 2, 1000.0, 10.0, 2, 51500.0),  # B13 1of2-ncrew
        (2, 3, 1000.0, 10.0, 3, 17500.0),  # B13 2of3-ncrew
        (2, 3, 1000.0, 10.0, 1, 17500.0),  # B13 2of3-1crew
        (2, 4, 500.0, 20.0, 4, 31791.666666666668),  # B13 2of4-ncrew
        (2, 4, 500.0, 20.0, 1, 16687.5),  # B13 2of4-1crew
        (2, 3, 2190.0, 4.0, 3, 201662.5),  # D10 quorum-3
        (3, 5, 2190.0, 4.0, 5, 22143710.5),  # D10 quorum-5
    ],
)
def test_time_to_failure_of_k_of_n(
    k: int, n: int, life: float, repair: float, crews: int, hours: float
) -> None:
    g = like_units(n, 1 / life, 1 / repair, crews)
    assert mttf(g, n - k + 1) == pytest.approx(hours, rel=1e-12, abs=0)


@pytest.mark.parametrize("dormancy", [0.1, 0.5, 1.0])
def test_warm_standby(dormancy: float) -> None:  # B27, closed form of the case
    lam, mu = 0.001, 0.1
    g = units(2, lambda i: lam * (1 + dormancy) if i == 0 else lam, lambda i: mu)
    expected = (lam * (2 + dormancy) + mu) / ((1 + dormancy) * lam**2)
    assert mttf(g, 2) == pytest.approx(expected, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("beta", "hours"),
    [(0.01, 34441.47157190635), (0.05, 14805.755395683453), (0.1, 8638.655462184874)],
)
def test_common_cause(beta: float, hours: float) -> None:  # B40
    lam, mu = 0.001, 0.1
    g = Generator.from_triplets(
        3, [0, 0, 1, 1, 2], [1, 2, 2, 0, 1], [2 * (1 - beta) * lam, beta * lam, lam, mu, 2 * mu]
    )
    assert mttf(g, 2) == pytest.approx(hours, rel=1e-12, abs=0)


def test_read_errors_during_rebuild() -> None:  # D06
    fail, mend, lost = 1e-6, 1 / 24, 0.361095315968084
    g = Generator.from_triplets(
        3, [0, 1, 1, 1], [1, 2, 2, 0], [8 * fail, 7 * fail, mend * lost, mend * (1 - lost)]
    )
    assert mttf(g, 2) == pytest.approx(346132.56999237416, rel=1e-12, abs=0)


def test_latent_errors_and_scrubbing() -> None:  # D07
    lam, mu, lse, scrub = 5e-6, 1 / 12, 1 / 8760, 1 / 168
    # 0, 1, 2: latent errors with both disks good; 3: rebuilding from a clean survivor; 4: lost.
    # A disk fails: the failed one may carry its latent error away.
    g = Generator.from_triplets(
        5,
        [0, 0, 1, 1, 1, 1, 2, 2, 3, 3],
        [1, 3, 0, 2, 3, 4, 1, 4, 0, 4],
        [2 * lse, 2 * lam, scrub, lse, lam, lam, 2 * scrub, 2 * lam, mu, lam + lse],
    )
    assert mttf(g, 4) == pytest.approx(4954207.748446222, rel=1e-12, abs=0)


def test_series_without_a_failed_state_in_between() -> None:  # B12
    g = independent([1 / 1000, 1 / 2000, 1 / 5000], [1 / 8, 1 / 24, 1 / 4])
    found = first_passage(g, np.arange(8) > 0, 0)
    assert found.mean_s == pytest.approx(1 / (1 / 1000 + 1 / 2000 + 1 / 5000), rel=1e-14, abs=0)


def test_shocks_that_hit_each_server_with_a_chance() -> None:  # C35
    lam, nu, p, mu = 0.001, 0.0005, 0.5, 0.1
    moves = [(k, k + 1, (4 - k) * lam) for k in range(4)] + [
        (k, k - 1, k * mu) for k in (1, 2, 3, 4)
    ]
    for k in range(4):
        for hit in range(1, 5 - k):
            chance = math.comb(4 - k, hit) * p**hit * (1 - p) ** (4 - k - hit)
            moves.append((k, k + hit, nu * chance))
    g = Generator.from_triplets(5, *zip(*moves, strict=True))
    assert mttf(g, 3) == pytest.approx(6115.715891960263, rel=1e-12, abs=0)


def test_a_plain_linear_solve_loses_the_digits() -> None:
    """Negative control: the same question with subtractions in the diagonal is visibly wrong."""
    g = like_units(14, 1e-6, 1 / 24, 14)
    q = g.dense()[:5, :5]
    np.fill_diagonal(q, -g.exit_rates()[:5])
    naive = float(np.linalg.solve(-q, np.ones(5))[0])
    assert abs(naive / 3.0122633378711156e20 - 1) > 1e-9


def test_an_escape_makes_the_mean_infinite_and_shows_its_chance() -> None:
    g = Generator.from_triplets(4, [0, 0, 1], [1, 2, 3], [1.0, 3.0, 1.0])
    found = first_passage(g, np.array([False, False, False, True]), 0)
    assert math.isinf(found.mean_s)
    assert found.probability == pytest.approx(0.25, rel=1e-15, abs=0)
    assert found.missed == pytest.approx(0.75, rel=1e-15, abs=0)


def test_a_trap_behind_the_set_does_not_matter() -> None:
    g = Generator.from_triplets(3, [0, 1], [1, 2], [2.0, 1.0])
    found = first_passage(g, np.array([False, True, False]), 0)
    assert (found.mean_s, found.probability, found.missed) == (0.5, 1.0, 0.0)


def test_starting_in_the_set_takes_no_time() -> None:
    g = like_units(2, 1.0, 1.0, 1)
    found = first_passage(g, np.array([False, False, True]), 2)
    assert (found.mean_s, found.probability) == (0.0, 1.0)
    spread = first_passage(g, np.array([False, False, True]), [0.0, 0.5, 0.5])
    from_one = first_passage(g, np.array([False, False, True]), 1)
    assert spread.mean_s == pytest.approx(from_one.mean_s / 2, rel=1e-15, abs=0)


def random_part(seed: int, states: int) -> tuple[Generator, np.ndarray]:
    rng = np.random.default_rng(seed)
    edges = 6 * states
    source, target = rng.integers(states, size=(2, edges))
    rate = 10.0 ** rng.uniform(-4, 4, edges)
    keep = source != target
    g = Generator.from_triplets(states, source[keep], target[keep], rate[keep])
    exits = np.where(rng.random(states) < 0.3, 10.0 ** rng.uniform(-4, 2, states), 0.0)
    return g, np.maximum(exits, 1e-6)


@pytest.mark.parametrize("solver", [RefinedPassage, SweepPassage])
def test_sparse_solvers_agree_with_elimination_in_every_component(solver: type) -> None:
    g, exits = random_part(1, 150)
    if solver is SweepPassage:  # sweeps are for sets that are left soon
        exits = exits + 0.2 * g.exit_rates()
    dense, sparse = DensePassage(g.dense(), exits), solver(g, exits)
    start = np.eye(150)[3]
    for ask in ("times", "rewards"):
        expected, got = getattr(dense, ask)(start), getattr(sparse, ask)(start)
        assert np.allclose(got, expected, rtol=1e-11, atol=0)
    assert sparse.relative_error < 1e-10


def test_times_and_rewards_are_each_others_transpose() -> None:
    g, exits = random_part(2, 60)
    solver = DensePassage(g.dense(), exits)
    rng = np.random.default_rng(3)
    start, costs = rng.random((2, 60))
    assert solver.times(start) @ costs == pytest.approx(
        solver.rewards(costs) @ start, rel=1e-11, abs=0
    )


def test_blocks_do_not_change_the_elimination() -> None:
    """130 states span several blocks; a birth-death chain has a closed form to compare with."""
    lam, mu = 0.3, 1.0
    g = units(130, lambda i: lam, lambda i: mu)
    found = first_passage(g, np.arange(131) == 130, 0).mean_s
    r = mu / lam
    expected = sum((r ** (i + 1) - 1) / (r - 1) / lam for i in range(130))
    assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_set_that_is_never_left_is_refused() -> None:
    g = Generator.from_triplets(3, [0, 1], [1, 0], [1.0, 1.0])
    with pytest.raises(DescriptionError, match="never leave"):
        passage(g, np.array([True, True, False]))


def test_too_many_states() -> None:
    g = units(20_002, lambda i: 1.0, lambda i: 2.0)
    with pytest.raises(NotSupported, match="montecarlo"):
        first_passage(g, np.arange(20_003) == 20_002, 0)
