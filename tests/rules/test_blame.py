"""Blame for one instant: by hand, and by the definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DescriptionError
from simulator.rules import blame as room
from simulator.rules.blame import active_cuts, cut_matrix, shares_of
from tests.fault_trees import bridge, down, minimal, trees


def test_by_hand():
    cuts = cut_matrix([{0}, {1, 2}], 4)
    active = np.array(
        [
            [True, False, False, True],  # the single point alone; 3 matters to nothing
            [False, True, True, False],  # the pair
            [True, True, True, True],  # both cuts: half for 0, a quarter for each of the pair
            [True, True, False, False],  # half a pair carries nothing
            [False, True, False, True],  # up
        ]
    )
    expected = [[1, 0, 0, 0], [0, 0.5, 0.5, 0], [0.5, 0.25, 0.25, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert shares_of(active, cuts).tolist() == expected
    assert active_cuts(active, cuts).tolist() == [
        [True, False], [False, True], [True, True], [True, False], [False, False],
    ]  # fmt: skip


def test_bridge_with_all_links_down():
    cuts = cut_matrix([sorted(cut) for cut in minimal(bridge(), 5)], 5)
    shares = shares_of(np.ones((1, 5), dtype=bool), cuts)[0]
    # s-u stands in one pair and one triple of four cuts: (1/2 + 1/3) / 4; u-v in two triples
    assert shares.tolist() == pytest.approx([5 / 24] * 4 + [1 / 6], rel=1e-15, abs=0)


def naive(state, cuts):
    full = [cut for cut in cuts if all(state[i] for i in cut)]
    return [sum(1 / len(full) / len(c) for c in full if i in c) for i in range(len(state))]


@given(node=trees(6))
@settings(max_examples=60, deadline=None)
def test_definition_and_sum(node):
    cuts = sorted(minimal(node, 6), key=sorted)
    states = np.array(list(itertools.product((False, True), repeat=6)))
    shares = shares_of(states, cut_matrix(cuts, 6))
    for state, row in zip(states, shares, strict=True):
        assert row.tolist() == pytest.approx(naive(state, cuts), rel=1e-12, abs=0)
        assert row.sum() == pytest.approx(float(down(node, state)), rel=1e-12, abs=0)


@given(seed=st.integers(0, 100))
@settings(max_examples=10, deadline=None)
def test_blocks_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    active, cuts = rng.random((50, 9)) < 0.7, rng.random((12, 9)) < 0.3
    whole = shares_of(active, cuts)
    kept, room._CELLS = room._CELLS, 40
    try:
        assert shares_of(active, cuts).tolist() == pytest.approx(whole, rel=1e-15, abs=0)
    finally:
        room._CELLS = kept


def test_nobody_is_to_blame_for_a_system_that_cannot_be_up_or_down():
    active = np.ones((2, 3), dtype=bool)
    assert not shares_of(active, cut_matrix([[]], 3)).any()
    assert not shares_of(active, cut_matrix([], 3)).any()


def test_bad_arguments_are_named():
    with pytest.raises(DescriptionError, match="event 3"):
        cut_matrix([{0, 3}], 3)
    with pytest.raises(DescriptionError, match=r"\(2, 3\)"):
        shares_of(np.ones((2, 3), dtype=bool), cut_matrix([{0}], 4))
