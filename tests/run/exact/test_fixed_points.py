"""Mean-field equilibria: published values, and each put back into its equation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.run.exact.fixed_points import collapse_time, retry_equilibria, waste_equilibria


def load_made(load: float, rate: float, mu: float, timeout: float, attempts: int) -> float:
    p = math.exp(-(mu - load) * timeout)
    return rate * sum(p**i for i in range(attempts))


def test_published_equilibria():
    found = retry_equilibria(rate=5, service=0.1, timeout=1, attempts=5)
    assert found.stable == pytest.approx(5.03514, rel=0, abs=5e-6)
    assert found.unstable == pytest.approx(9.24945, rel=0, abs=5e-6)
    for load in (found.stable, found.unstable):
        assert load_made(load, 5, 10, 1, 5) == pytest.approx(load, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("timeout", "attempts", "stated"),
    [(9, 4, 9.3946), (3, 5, 8.5718), (1, 4, 6.9372), (0.5, 6, 5.4388), (0.5, 5, 5.441)],
)
def test_published_folds(timeout, attempts, stated):
    found = retry_equilibria(rate=1, service=0.1, timeout=timeout, attempts=attempts)
    assert found.fold == pytest.approx(stated, rel=0, abs=6e-4 if stated == 5.441 else 6e-5)
    loads = np.linspace(0.01, 10, 200_001)
    p = np.exp(-(10 - loads) * timeout)
    scanned = (loads / sum(p**i for i in range(attempts))).max()
    assert found.fold == pytest.approx(scanned, rel=1e-8, abs=0)


def test_beyond_the_fold_and_below_the_hidden_capacity():
    beyond = retry_equilibria(rate=7, service=0.1, timeout=1, attempts=4)
    assert math.isnan(beyond.stable)
    assert math.isnan(beyond.unstable)
    safe = retry_equilibria(rate=2.4, service=0.1, timeout=1, attempts=4)
    assert math.isinf(safe.unstable)
    assert load_made(safe.stable, 2.4, 10, 1, 4) == pytest.approx(safe.stable, rel=1e-12, abs=0)
    alone = retry_equilibria(rate=6, service=0.1, timeout=1, attempts=1)
    assert alone.stable == pytest.approx(6.0, rel=1e-12, abs=0)
    assert alone.fold == pytest.approx(10.0, rel=1e-12, abs=0)


def test_a_low_branch_as_published():
    assert retry_equilibria(rate=60, service=0.01, timeout=0.2, attempts=4).stable == pytest.approx(
        60.02, rel=0, abs=5e-3
    )


@pytest.mark.parametrize(("rate", "stated"), [(55, 7697), (60, 1709), (65, 450), (70, 138)])
def test_published_lives_of_the_healthy_state(rate, stated):
    """First passage to 20 requests; also by solving the linear equations of the chain."""
    found = collapse_time(rate=rate, service=0.01, timeout=0.2)
    assert found == pytest.approx(stated, rel=2e-2, abs=0)
    q = np.diag([rate + 100.0] * 20) - np.diag([rate] * 19, 1) - np.diag([100.0] * 19, -1)
    q[0, 0] = rate
    assert found == pytest.approx(np.linalg.solve(q, np.ones(20))[0], rel=1e-8, abs=0)


@pytest.mark.parametrize(
    ("wasted", "stated"),
    [
        (1.0, [(0, True), (0.201, False), (1, True)]),
        (0.5, [(0, True), (0.350, False), (1, True)]),
        (0.3, [(0, True), (0.570, False), (0.940, True)]),
        (0.25, [(0, True)]),
    ],
)
def test_published_shares_of_wasted_work(wasted, stated):
    found = waste_equilibria(rate=0.8, capacity=1, attempts=4, wasted=wasted)
    assert [e.stable for e in found] == [stable for _, stable in stated]
    np.testing.assert_allclose(
        [e.failing for e in found], [q for q, _ in stated], rtol=0, atol=6e-4
    )


@pytest.mark.parametrize("attempts", [1, 2, 3, 6])
@pytest.mark.parametrize("wasted", [0.0, 0.2, 0.45, 1.0, 3.0])
@pytest.mark.parametrize("load", [0.3, 0.8, 0.97])
def test_equilibria_are_the_roots_of_the_polynomial(attempts, wasted, load):
    row = [wasted - 1.0] + [wasted] * (attempts - 1) + [1.0 - 1.0 / load]
    roots = np.roots(row)
    inner = sorted(r.real for r in roots if abs(r.imag) < 1e-9 and 1e-9 < r.real < 1 - 1e-9)
    found = waste_equilibria(rate=load, capacity=1, attempts=attempts, wasted=wasted)
    np.testing.assert_allclose([e.failing for e in found if 0 < e.failing < 1], inner, rtol=1e-7)
    assert (found[-1].failing == 1.0) == (wasted * attempts * load > 1)
    assert [e.stable for e in found] == [i % 2 == 0 for i in range(len(found))]
