"""Moving labels apart: against SciPy's general optimiser."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from simulator.show.labels import row_places, spread, wrapped


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.001, 0.5))
@settings(deadline=None)
def test_spread_keeps_order_distance_and_limits(wanted: list[float], gap: float) -> None:
    got = spread(wanted, gap, 0.0, 1.0)
    order = np.argsort(wanted, kind="stable")
    least = min(gap, 1 / max(len(wanted) - 1, 1))
    assert (np.diff(got[order]) >= least - 1e-9).all()
    assert got.min() >= -1e-9
    assert got.max() <= 1 + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_spread_is_the_least_squares_answer(seed: int) -> None:
    wanted = np.random.default_rng(seed).random(5) * 0.6 + 0.2
    got = spread(wanted, 0.12, -9.0, 9.0)
    order = np.argsort(wanted)
    rules = [
        {"type": "ineq", "fun": lambda y, a=a, b=b: y[b] - y[a] - 0.12}
        for a, b in itertools.pairwise(order)
    ]
    best = minimize(lambda y: ((y - wanted) ** 2).sum(), wanted, constraints=rules, tol=1e-14)
    np.testing.assert_allclose(got, best.x, rtol=1e-5, atol=0)


def test_spread_leaves_what_has_room() -> None:
    np.testing.assert_array_equal(spread([0.9, 0.1, 0.5], 0.2, 0.0, 1.0), [0.9, 0.1, 0.5])


def test_wrapped_names() -> None:
    assert wrapped("db") == "db"
    assert wrapped("") == " "
    long = wrapped("x" * 50 + "end" * 60, 20, 3)
    assert long.count("\n") <= 2
    assert "…" in long
    assert long.endswith("end")
    assert all(len(line) <= 20 for line in long.split("\n"))


def test_rows_are_as_tall_as_their_names() -> None:
    heights = np.diff(row_places(["a", "a\nb", "a\nb\nc"]))
    np.testing.assert_allclose(heights[2] - heights[1], heights[1] - heights[0], rtol=1e-12)
    assert heights[0] > 0.165
