"""Minimal cut and path sets against their definition, and where they are too many to list."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from simulator.errors import DescriptionError, NotSupported
from simulator.rules.logic import Gate, all_of, any_of, needs
from simulator.run.exact.cut_sets import minimal_cut_sets, minimal_path_sets
from simulator.run.exact.set_family import Family
from simulator.run.exact.tree_compiler import compile_tree
from tests.fault_trees import bridge, chances, minimal, trees


@given(node=trees(7, constants=True), u=chances(7))
@settings(max_examples=120, deadline=None)
def test_they_are_the_minimal_ones(node, u):
    found = minimal_cut_sets(node, u)
    assert set(found.sets) == minimal(node, 7)
    assert len(set(found.sets)) == len(found.sets) == found.total
    assert not found.truncated
    paths = minimal_path_sets(node)
    assert set(paths.sets) == minimal(node, 7, path=True)


@given(node=trees(10))
@settings(max_examples=15, deadline=None)
def test_ten_events(node):
    assert set(minimal_cut_sets(node).sets) == minimal(node, 10)
    assert set(minimal_path_sets(node).sets) == minimal(node, 10, path=True)


@given(node=trees(7), u=chances(7))
@settings(max_examples=60, deadline=None)
def test_order_counts_and_expected_number(node, u):
    found = minimal_cut_sets(node, u)
    by_hand = [math.prod(u[i] for i in cut) for cut in found.sets]
    assert list(found.probabilities) == pytest.approx(by_hand, rel=1e-12, abs=0)
    keys = [(len(cut), -p) for cut, p in zip(found.sets, found.probabilities, strict=True)]
    assert keys == sorted(keys)
    sizes = [len(cut) for cut in found.sets]
    assert list(found.counts) == [sizes.count(k) for k in range(len(found.counts))]
    assert found.expected == pytest.approx(math.fsum(by_hand), rel=1e-12, abs=0)


@given(node=trees(7), u=chances(7))
@settings(max_examples=60, deadline=None)
def test_a_cap_keeps_the_smallest_and_most_probable(node, u):
    whole = minimal_cut_sets(node, u)
    for most in (0, 1, 2, 3):
        part = minimal_cut_sets(node, u, most=most)
        assert part.truncated == (whole.total > most)
        assert part.counts == whole.counts
        keys = [(len(cut), p) for cut, p in zip(part.sets, part.probabilities, strict=True)]
        best = [(len(cut), p) for cut, p in zip(whole.sets, whole.probabilities, strict=True)]
        assert [k for k, _ in keys] == [k for k, _ in best[:most]]
        expected = [p for _, p in best[:most]]
        assert [p for _, p in keys] == pytest.approx(expected, rel=1e-9, abs=0)
    pairs = minimal_cut_sets(node, u, max_order=2)
    assert set(pairs.sets) == {cut for cut in whole.sets if len(cut) <= 2}
    assert pairs.truncated == (len(pairs.sets) < whole.total)


def test_bridge():
    assert minimal_cut_sets(bridge()).sets == tuple(
        map(frozenset, ({0, 1}, {2, 3}, {0, 3, 4}, {1, 2, 4}))
    )
    assert minimal_path_sets(bridge()).sets == tuple(
        map(frozenset, ({0, 2}, {1, 3}, {0, 3, 4}, {1, 2, 4}))
    )


def test_a_shared_fault_stands_alone():
    pair = all_of((any_of((0, 2)), any_of((1, 2))))
    assert minimal_cut_sets(pair).sets == (frozenset({2}), frozenset({0, 1}))


def test_always_and_never_down():
    assert minimal_cut_sets(Gate(0)).sets == (frozenset(),)
    assert minimal_cut_sets(Gate(1)).sets == ()
    assert minimal_path_sets(Gate(0)).sets == ()
    assert minimal_path_sets(Gate(1)).sets == (frozenset(),)


def test_more_than_can_be_listed_are_counted():
    pools = any_of([needs(2, range(4 * i, 4 * i + 4)) for i in range(50)])
    cuts = minimal_cut_sets(pools)
    assert cuts.counts == (0, 0, 0, 200)
    paths = minimal_path_sets(pools, np.full(200, 0.5), most=10)
    assert paths.truncated
    assert len(paths.sets) == 10
    assert paths.counts[-1] == 6**50  # two of four members of each of fifty pools
    assert minimal_cut_sets(needs(10, range(20)), most=5).total == math.comb(20, 11)


def test_fifteen_hundred_levels():
    node = 0
    for event in range(1, 1500):
        node = Gate(1 + event % 2, (event, node))
    sizes = minimal_cut_sets(node, most=3)
    # each OR event is enough with all AND events above it: sizes 1, 2, 3, ... once each
    assert sizes.counts[2] == 1
    assert sizes.total == 750


def test_limits_and_bad_caps_are_named():
    with pytest.raises(NotSupported, match="minimal cut sets"):
        Family(compile_tree(needs(10, range(20))), most=10)
    with pytest.raises(DescriptionError, match="-1"):
        minimal_cut_sets(bridge(), most=-1)
    with pytest.raises(DescriptionError, match=r"\(5, 2\)"):
        minimal_cut_sets(bridge(), np.full((5, 2), 0.1))
