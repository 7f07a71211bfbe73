"""The gate that says it all, against its definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from simulator.errors import DescriptionError
from simulator.rules.logic import (
    Gate,
    all_of,
    any_of,
    events_of,
    is_down,
    is_down_table,
    needs,
)
from tests.fault_trees import down, trees


@given(node=trees(6, constants=True))
@settings(max_examples=150, deadline=None)
def test_is_down_is_the_definition(node):
    states = np.array(list(itertools.product((False, True), repeat=6))).T
    expected = [down(node, state) for state in states.T]
    assert is_down(node, states).tolist() == expected


@given(node=trees(6, constants=True))
@settings(max_examples=100, deadline=None)
def test_table_entry_is_the_state_of_its_bits(node):
    table = is_down_table(node, 6)
    for mask in range(64):
        assert table[mask] == down(node, [bool(mask >> i & 1) for i in range(6)])


@pytest.mark.parametrize(("k", "n"), [(1, 1), (1, 4), (2, 3), (3, 5), (5, 5)])
def test_needs_is_up_while_k_are_up(k, n):
    node = needs(k, range(n))
    for state in itertools.product((False, True), repeat=n):
        assert down(node, state) == (n - sum(state) < k)


def test_series_and_parallel():
    states = np.array(list(itertools.product((False, True), repeat=3))).T
    assert is_down(any_of((0, 1, 2)), states).tolist() == states.any(axis=0).tolist()
    assert is_down(all_of((0, 1, 2)), states).tolist() == states.all(axis=0).tolist()
    assert any_of([4]) == 4
    assert all_of([4]) == 4


def test_constant_gates():
    nothing = np.zeros((0, 5), dtype=bool)
    assert is_down(Gate(0), nothing).all()
    assert not is_down(Gate(1), nothing).any()
    assert not is_down(any_of([]), nothing).any()


def test_trailing_axes_are_states():
    active = np.zeros((2, 3, 4), dtype=bool)
    active[0, 1, 2] = active[1, 1, 2] = True
    assert np.argwhere(is_down(all_of((0, 1)), active)).tolist() == [[1, 2]]


def test_events_of_counts_a_shared_event_once():
    assert events_of(Gate(2, (Gate(1, (0, 7)), Gate(1, (3, 7)), 5))) == {0, 3, 5, 7}


@pytest.mark.parametrize("least", [-1, 4])
def test_a_gate_cannot_wait_for_more_than_never(least):
    with pytest.raises(DescriptionError, match=f"2 inputs cannot wait for {least}"):
        Gate(least, (0, 1))


def test_a_table_of_too_many_events_is_refused():
    with pytest.raises(DescriptionError, match="25"):
        is_down_table(0, 25)
