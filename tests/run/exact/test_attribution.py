"""Shares of downtime against the definition, state by state, and the bound where it is a bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DescriptionError, NotSupported
from simulator.rules.logic import Gate, all_of, any_of, is_down, needs
from simulator.run.exact import attribution as room
from simulator.run.exact import cut_counts
from simulator.run.exact.attribution import attribution
from simulator.run.exact.bdd import birnbaum, p_down
from simulator.run.exact.cut_counts import folded, leaf
from simulator.run.exact.tree_shape import independent_groups, normalised
from tests.fault_trees import BRIDGE_UP, blame, bridge, chances, trees

ONCE = np.ones(64)


@given(node=trees(7), u=chances(7))
@settings(max_examples=120, deadline=None)
def test_shares_are_the_definition(node, u):
    got, expected = attribution(node, u, ONCE[:7]), blame(node, u)
    assert got.neglected == 0
    assert got.shares.sum() == pytest.approx(1.0, rel=1e-12, abs=0)
    assert expected.sum() == pytest.approx(got.unavailability, rel=1e-11, abs=0)
    assert got.shares == pytest.approx(expected / expected.sum(), rel=1e-10, abs=0)


@given(node=trees(11), u=st.lists(st.floats(0.01, 0.9), min_size=11, max_size=11))
@settings(max_examples=10, deadline=None)
def test_eleven_events(node, u):
    expected = blame(node, u)
    shares = attribution(node, u, ONCE[:11]).shares
    assert shares == pytest.approx(expected / expected.sum(), rel=1e-10, abs=0)


@st.composite
def read_once(draw, events=9):
    """Trees in which no event repeats: the way by polynomials, at every kind of gate."""
    parts = list(range(events))
    while len(parts) > 1:
        width = draw(st.integers(2, min(5, len(parts))))
        inputs, parts = tuple(parts[:width]), parts[width:]
        parts.append(Gate(draw(st.integers(1, width)), inputs))
    return parts[0]


@given(node=read_once(), u=chances(9))
@settings(max_examples=60, deadline=None)
def test_independent_parts_at_every_kind_of_gate(node, u):
    expected = blame(node, u)
    shares = attribution(node, u, ONCE[:9]).shares
    assert shares == pytest.approx(expected / expected.sum(), rel=1e-10, abs=0)


@given(node=trees(7), u=st.lists(st.floats(0.05, 0.6), min_size=7, max_size=7))
@settings(max_examples=60, deadline=None)
def test_what_is_left_out_is_within_the_bound(node, u):
    expected = blame(node, u)
    expected /= expected.sum()
    for most in (1, 2, 5):
        got = attribution(node, u, ONCE[:7], most_states=most)
        assert got.shares.sum() == pytest.approx(1.0, rel=1e-12, abs=0)
        assert np.abs(got.shares - expected).max() <= got.neglected + 1e-12


@given(node=trees(7), u=st.lists(st.floats(0.05, 0.6), min_size=7, max_size=7))
@settings(max_examples=40, deadline=None)
def test_cut_sets_that_are_not_listed_are_within_the_bound(node, u):
    expected = blame(node, u)
    expected /= expected.sum()
    kept, room._MOST_CUTS = room._MOST_CUTS, 2
    try:
        got = attribution(node, u, ONCE[:7], most_states=10**6)
        assert np.abs(got.shares - expected).max() <= got.neglected + 1e-12
    except NotSupported:
        pass
    finally:
        room._MOST_CUTS = kept


def test_the_bound_is_not_always_zero():
    u = 1 - np.array(BRIDGE_UP)
    got = attribution(bridge(), u, ONCE[:5], most_states=3)
    expected = blame(bridge(), u)
    error = np.abs(got.shares - expected / expected.sum()).max()
    assert 1e-6 < error <= got.neglected < 1


def test_series_by_hand():
    """Two single points: while both are down each carries half."""
    got = attribution(any_of((0, 1)), [0.2, 0.1], [1.0, 1.0])
    down = 1 - 0.8 * 0.9
    expected = [(0.2 * 0.9 + 0.02 / 2) / down, (0.1 * 0.8 + 0.02 / 2) / down]
    assert got.shares == pytest.approx(expected, rel=1e-12, abs=0)
    assert got.unavailability == pytest.approx(down, rel=1e-12, abs=0)


def test_a_series_of_parts_is_not_shared_part_by_part():
    """Negative control: weighing each part by its own downtime ignores downtime in common."""
    pair, u = any_of((0, all_of((1, 2)))), [0.3, 0.5, 0.5]
    got = attribution(pair, u, ONCE[:3]).shares
    apart = np.array([0.3, 0.125, 0.125]) / 0.55
    expected = blame(pair, u)
    assert got == pytest.approx(expected / expected.sum(), rel=1e-12, abs=0)
    assert got != pytest.approx(apart, rel=1e-2, abs=0)


def test_completed_is_the_flow_of_each_event():
    u, w = 1 - np.array(BRIDGE_UP), np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    flow = birnbaum(bridge(), u) * w
    completed = attribution(bridge(), u, w).completed
    assert completed == pytest.approx(flow / flow.sum(), rel=1e-12, abs=0)
    assert attribution(bridge(), u, w * 0).completed.tolist() == [0.0] * 5


def test_like_members_carry_like_shares():
    u = np.full(200, 1e-3)
    pools = any_of([needs(2, range(4 * i, 4 * i + 4)) for i in range(50)])
    got = attribution(pools, u, u)
    assert got.neglected == 0
    assert got.shares == pytest.approx(np.full(200, 1 / 200), rel=1e-12, abs=0)
    large = attribution(needs(51, range(100)), np.full(100, 0.3), np.ones(100))
    assert large.shares == pytest.approx(np.full(100, 1 / 100), rel=1e-11, abs=0)


def test_a_shared_fault_over_a_large_pool():
    """Twenty members with two faults each and one bad build over all: 344,000,000 cut sets."""
    members = [any_of((2 * i, 2 * i + 1, 40)) for i in range(20)]
    u = np.full(41, 0.2)
    got = attribution(needs(10, members), u, np.ones(41))
    assert got.neglected == 0
    assert got.shares[:40] == pytest.approx(np.full(40, got.shares[0]), rel=1e-12, abs=0)
    rest = float(p_down(needs(10, [any_of((2 * i, 2 * i + 1)) for i in range(20)]), u))
    down = 0.2 + 0.8 * rest
    only_build, both = 0.2 * (1 - rest) / down, 0.2 * rest / down
    # with m members down beside the build there are C(m, 11) or more other cuts, at least one
    assert only_build < got.shares[40] <= only_build + both / 2


def test_parallel_sites_of_many_parts():
    """Two sites of a hundred members in series: ten thousand cut sets, none enumerated."""
    sites = all_of((any_of(range(100)), any_of(range(100, 200))))
    u = np.full(200, 1e-3)
    got = attribution(sites, u, u)
    assert got.neglected == 0
    assert got.shares == pytest.approx(np.full(200, 1 / 200), rel=1e-12, abs=0)


def test_zones_over_many_pools_against_sampling():
    """Shared faults across parts: a bound, and shares that random states agree with."""
    pools = [needs(2, [any_of((3 * i + j, 24 + j)) for j in range(3)]) for i in range(8)]
    node, u = any_of(pools), np.linspace(0.01, 0.03, 27)
    got = attribution(node, u, np.ones(27))
    assert 0 <= got.neglected < 1e-3
    rng = np.random.default_rng(11)
    active = rng.random((400_000, 27)) < u
    active = active[is_down(node, active.T)]
    cuts = sorted({frozenset(pair) for i in range(8) for pair in _pairs(i)}, key=sorted)
    full = np.stack([active[:, sorted(cut)].all(axis=1) for cut in cuts]).astype(float)
    full /= full.sum(axis=0)
    for event in (0, 11, 25):
        each = sum(row for row, cut in zip(full, cuts, strict=True) if event in cut) / 2
        error = each.std() / np.sqrt(len(each))
        assert abs(each.mean() - got.shares[event]) < 4.5 * error
        # negative control: with these numbers a share that is a quarter too large is found out
        assert abs(each.mean() - 1.25 * got.shares[event]) > 4.5 * error


def _pairs(i):
    """Pairs of faults that leave pool i with one member: crash or zone for two of its three."""
    own = [(3 * i + j, 24 + j) for j in range(3)]
    return [(a, b) for j in range(3) for k in range(j) for a in own[j] for b in own[k]]


def test_rare_cases_are_left_out_when_all_are_too_many(monkeypatch):
    pools = [needs(k, range(4 * i, 4 * i + 4)) for i, k in enumerate((1, 2, 3, 4))]
    node = all_of((any_of(pools), 16))
    u = np.full(17, 1e-2)
    exact = attribution(node, u, ONCE[:17])
    monkeypatch.setattr(cut_counts, "_CELLS", 4_000)
    monkeypatch.setattr(cut_counts, "_FEW", 1)
    monkeypatch.setattr(room._Expectation, "_enumerated", None)  # so that it is not the other way
    monkeypatch.setattr(room, "_RARE", 1e-4)
    got = attribution(node, u, ONCE[:17])
    assert exact.neglected == 0
    assert 0 < got.neglected < 1e-2
    assert np.abs(got.shares - exact.shares).max() <= got.neglected


def test_nothing_to_share():
    for node in (Gate(1), Gate(0), any_of((0, 1))):
        got = attribution(node, [0.0, 0.0], [0.0, 0.0])
        assert got.shares.tolist() == [0.0, 0.0]
        assert got.completed.tolist() == [0.0, 0.0]


def test_too_much_neglected_is_refused(monkeypatch):
    monkeypatch.setattr(room, "_MOST_CUTS", 1)
    with pytest.raises(NotSupported, match=r"exact.*montecarlo"):
        attribution(bridge(), 1 - np.array(BRIDGE_UP), ONCE[:5])


def test_bad_arguments_are_named():
    with pytest.raises(DescriptionError, match=r"w \(4,\)"):
        attribution(bridge(), [0.1] * 5, [1.0] * 4)


@given(node=trees(6, constants=True))
@settings(max_examples=100, deadline=None)
def test_the_plain_form_is_the_same_function(node):
    states = ((np.arange(64) >> np.arange(6)[:, None]) & 1).astype(bool)
    assert is_down(normalised(node), states).tolist() == is_down(node, states).tolist()


def test_a_common_fault_is_pulled_out():
    shared = normalised(needs(2, [any_of((i, 9)) for i in range(4)]))
    assert shared == Gate(1, (9, Gate(3, (0, 1, 2, 3))))
    site = normalised(any_of([all_of((i, 9)) for i in range(3)]))
    assert site == Gate(2, (9, Gate(1, (0, 1, 2))))


def test_groups_share_nothing():
    pair, other = all_of((0, 1)), all_of((2, 3))
    bond = all_of((1, 4))
    assert independent_groups([pair, 5, other, bond]) == [[pair, bond], [5], [other]]
    assert independent_groups([0, 2, all_of((0, 2)), 3]) == [[0, 2, all_of((0, 2))], [3]]


def test_polynomial_of_a_pool():
    """Two of three: with all three down there are three pairs, every member in two of them."""
    pool = folded([leaf(i, 0.5, 0.5) for i in range(3)], 2)
    assert pool.counts[:, 2].tolist() == [0.0, 1.0, 3.0]
    assert pool.chance.tolist() == pytest.approx([4 / 8, 3 / 8, 1 / 8], rel=1e-15, abs=0)
    assert pool.blame[2, :, 2].tolist() == pytest.approx([2 / 8] * 3, rel=1e-15, abs=0)
