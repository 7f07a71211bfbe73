"""The rates of a chain as arrays: building, checking, cutting."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.errors import DescriptionError
from simulator.run.exact.generator import Generator, check_start, check_up


def test_duplicates_are_summed_and_zero_rates_dropped() -> None:
    g = Generator.from_triplets(3, [1, 0, 0, 2], [0, 1, 1, 0], [5.0, 1.0, 2.0, 0.0])
    assert g.dense().tolist() == [[0, 3, 0], [5, 0, 0], [0, 0, 0]]
    assert g.exit_rates().tolist() == [3, 5, 0]
    assert (g.sparse().toarray() == g.dense()).all()


def test_a_matrix_with_its_diagonal_is_the_same_chain() -> None:
    with_diagonal = Generator.from_dense([[-2.0, 2.0], [3.0, -3.0]])
    without = Generator.from_dense([[0.0, 2.0], [3.0, 0.0]])
    assert (with_diagonal.dense() == without.dense()).all()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Generator.from_triplets(2, [0], [1], [-1.0]), "rate -1 from state 0 to 1"),
        (lambda: Generator.from_triplets(2, [0], [1], [np.inf]), "finite"),
        (lambda: Generator.from_triplets(2, [0], [2], [1.0]), "target 2 is not a state 0 to 1"),
        (lambda: Generator.from_triplets(2, [1], [1], [1.0]), "state 1 has a rate to itself"),
        (lambda: Generator.from_triplets(2, [0, 1], [1], [1.0]), "one length"),
        (lambda: Generator.from_triplets(0, [], [], []), "at least one"),
        (lambda: Generator.from_dense([[-1.0, 2.0], [3.0, -3.0]]), "diagonal rate"),
        (lambda: Generator.from_dense([[0.0, 2.0]]), "square"),
    ],
)
def test_what_is_no_chain_is_refused_by_name(make: object, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        make()  # type: ignore[operator]


def test_cutting_and_absorbing() -> None:
    g = Generator.from_triplets(4, [0, 1, 2, 1, 3], [1, 2, 3, 0, 0], [1.0, 2.0, 3.0, 4.0, 5.0])
    keep = np.array([True, True, False, False])
    assert g.restricted(keep).dense().tolist() == [[0, 1], [4, 0]]
    assert g.absorbed(keep).dense().tolist() == [[0, 1, 0], [4, 0, 2], [0, 0, 0]]
    assert g.rates_into(~keep).tolist() == [0, 2, 3, 0]


def test_what_can_be_reached() -> None:
    g = Generator.from_triplets(4, [0, 1, 3], [1, 2, 2], [1.0, 1.0, 1.0])
    only = np.eye(4, dtype=bool)
    assert g.reachable_from(only[0]).tolist() == [True, True, True, False]
    assert g.can_reach(only[2]).tolist() == [True, True, True, True]
    assert g.can_reach(only[3]).tolist() == [False, False, False, True]


def test_starts_and_up_flags_are_checked() -> None:
    g = Generator.from_dense([[0.0, 2.0], [3.0, 0.0]])
    assert check_start(g, 1).tolist() == [0, 1]
    for bad in (2, [0.5, 0.4], [1.5, -0.5], [1.0]):
        with pytest.raises(DescriptionError):
            check_start(g, bad)
    for bad_up in ([True], [1.0, 0.0]):
        with pytest.raises(DescriptionError, match="2 booleans"):
            check_up(g, bad_up)
