"""Chance of being down, importance and frequency from the diagram, against enumeration."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from simulator.errors import DescriptionError, NotSupported
from simulator.rules.logic import Gate, all_of, any_of, needs
from simulator.run.exact import bdd as room
from simulator.run.exact import tree_compiler
from simulator.run.exact.bdd import birnbaum, compile_tree, frequency, p_down, p_up
from tests.fault_trees import BRIDGE_UP, bridge, brute_force, chances, trees, truth, weight


@given(node=trees(7, constants=True), u=chances(7))
@settings(max_examples=150, deadline=None)
def test_p_down_and_p_up_are_the_sums_over_states(node, u):
    up = math.fsum(weight(state, u) for state, is_it in truth(node, 7) if not is_it)
    assert p_down(node, u) == pytest.approx(brute_force(node, u), rel=1e-12, abs=0)
    assert p_up(node, u) == pytest.approx(up, rel=1e-12, abs=0)


@given(node=trees(12), u=chances(12))
@settings(max_examples=12, deadline=None)
def test_twelve_events(node, u):
    assert p_down(node, u) == pytest.approx(brute_force(node, u), rel=1e-12, abs=0)


def decisive(node, u):
    """Sum over the states of the others in which the event decides: no difference of sums."""
    n = len(u)
    table = dict(truth(node, n))
    out = [0.0] * n
    for state in table:
        for i in range(n):
            flipped = (*state[:i], True, *state[i + 1 :])
            if not state[i] and table[flipped] and not table[state]:
                rest = [k for k in range(n) if k != i]
                out[i] += weight([state[k] for k in rest], [u[k] for k in rest])
    return out


@given(node=trees(6, constants=True), u=chances(6))
@settings(max_examples=100, deadline=None)
def test_birnbaum_keeps_its_digits(node, u):
    assert birnbaum(node, u).tolist() == pytest.approx(decisive(node, u), rel=1e-11, abs=0)


@given(node=trees(6), u=chances(6))
@settings(max_examples=50, deadline=None)
def test_birnbaum_by_difference_where_the_positive_form_is_too_large(node, u):
    diagram = compile_tree(node)
    plain = tree_compiler.Diagram(diagram.rows, diagram.order, diagram.root, diagram.own, None)
    # a difference of two numbers in 0..1: right to 1e-15, which is not a relative statement
    assert np.abs(birnbaum(plain, u) - decisive(node, u)).max() < 1e-14


def test_the_difference_loses_what_the_positive_form_keeps():
    node, u = any_of((all_of((1, 2)), 0)), [0.3, 1e-15, 1e-15]
    diagram = compile_tree(node)
    plain = tree_compiler.Diagram(diagram.rows, diagram.order, diagram.root, diagram.own, None)
    assert birnbaum(diagram, u)[1] == pytest.approx(0.7e-15, rel=1e-12, abs=0)
    assert birnbaum(plain, u)[1] != pytest.approx(0.7e-15, rel=1e-3, abs=0)


@given(node=trees(6), u=chances(6))
@settings(max_examples=60, deadline=None)
def test_frequency_is_the_flow_from_up_to_down(node, u):
    """Independent two-state units: flow = sum over up states of chance x rate into down states."""
    w = np.linspace(1.0, 2.0, 6) * 1e-6
    expected = math.fsum(w_i * b_i for w_i, b_i in zip(w, decisive(node, u), strict=True))
    assert frequency(node, u, w) == pytest.approx(expected, rel=1e-11, abs=0)


# (k, n, mean life h, mean repair h, mean time between system failures h, mean down time h or None)
POOLS = [  # exact cases B13-*-ncrew-*: every unit has its own crew
    (1, 2, 1000.0, 10.0, None, 5.000000000000001),
    (2, 3, 1000.0, 10.0, 17171.68333333333, None),
    (2, 4, 500.0, 20.0, 30465.06666666667, None),
    (8, 10, 5000.0, 24.0, 632384.6107985011, 8.067588624542385),
]


@pytest.mark.parametrize(("k", "n", "life", "repair", "between", "outage"), POOLS)
def test_b13_time_between_failures_and_down_time(k, n, life, repair, between, outage):
    node = needs(k, range(n))
    u, w = np.full(n, repair / (life + repair)), np.full(n, 1 / (life + repair))
    often = frequency(node, u, w)
    if between is not None:
        assert 1 / often == pytest.approx(between, rel=1e-12, abs=0)
    if outage is not None:
        assert p_down(node, u) / often == pytest.approx(outage, rel=1e-12, abs=0)


def test_a03_two_of_three():
    assert p_up(needs(2, range(3)), [0.1] * 3) == pytest.approx(0.972, rel=1e-12, abs=0)


def test_a04_seven_of_ten():
    value = p_down(needs(7, range(10)), [0.05] * 10, [0.95] * 10)
    assert value == pytest.approx(0.001028497937890625, rel=1e-12, abs=0)


def test_a06_a07_bridge():
    assert p_up(bridge(), [0.1] * 5) == pytest.approx(0.97848, rel=1e-12, abs=0)
    u = 1 - np.array(BRIDGE_UP)
    assert p_up(bridge(), u) == pytest.approx(0.959435, rel=1e-12, abs=0)
    assert p_down(bridge(), u, BRIDGE_UP) == pytest.approx(0.040565, rel=1e-12, abs=0)


def test_a17_two_trains():
    trains = all_of((any_of((0, 1)), any_of((2, 3))))
    assert p_down(trains, [0.5, 0.7, 0.5, 0.7]) == pytest.approx(0.7225, rel=1e-12, abs=0)


def test_a_shared_fault_is_not_two_faults():
    """Beta factor: two members with one shared fault; the product of the members is wrong."""
    pair = all_of((any_of((0, 2)), any_of((1, 2))))
    u = [1e-4, 1e-4, 1e-6]
    exact = 1e-6 + (1 - 1e-6) * 1e-8
    member = 1 - (1 - 1e-4) * (1 - 1e-6)
    assert p_down(pair, u) == pytest.approx(exact, rel=1e-12, abs=0)
    assert p_down(pair, u) != pytest.approx(member**2, rel=0.5, abs=0)


def test_1e_minus_15_keeps_its_digits():
    tiny = 1.2345678e-15
    assert p_down(any_of((0, 1)), [tiny, tiny]) == pytest.approx(
        2 * tiny - tiny**2, rel=1e-12, abs=0
    )
    assert p_down(all_of((0, 1)), [tiny, tiny]) == pytest.approx(tiny**2, rel=1e-12, abs=0)
    assert p_up(all_of((0, 1)), [1.0, 1.0], [tiny, 0.0]) == pytest.approx(tiny, rel=1e-12, abs=0)
    assert 1 - p_up(any_of((0, 1)), [tiny, tiny]) != pytest.approx(2 * tiny, rel=1e-3, abs=0)


def test_events_are_fixed_by_zero_and_one():
    u = 1 - np.array(BRIDGE_UP)
    on, off = u.copy(), u.copy()
    on[4], off[4] = 1.0, 0.0
    parts = u[4] * p_down(bridge(), on) + (1 - u[4]) * p_down(bridge(), off)
    assert p_down(bridge(), u) == pytest.approx(parts, rel=1e-12, abs=0)
    difference = p_down(bridge(), on) - p_down(bridge(), off)
    assert birnbaum(bridge(), u)[4] == pytest.approx(difference, rel=1e-12, abs=0)


def test_many_times_at_once_and_in_blocks(monkeypatch):
    u = np.random.default_rng(5).random((5, 40))
    w = u * 1e-3
    whole = p_down(bridge(), u), birnbaum(bridge(), u), frequency(bridge(), u, w)
    assert [x.shape for x in whole] == [(40,), (5, 40), (40,)]
    for t in range(40):
        assert whole[0][t] == pytest.approx(p_down(bridge(), u[:, t]), rel=1e-14, abs=0)
        assert whole[1][:, t] == pytest.approx(birnbaum(bridge(), u[:, t]), rel=1e-14, abs=0)
        assert whole[2][t] == pytest.approx(frequency(bridge(), u[:, t], w[:, t]), rel=1e-14, abs=0)
    monkeypatch.setattr(room, "_CELLS", 100)
    blocks = p_down(bridge(), u), birnbaum(bridge(), u), frequency(bridge(), u, w)
    for one, other in zip(whole, blocks, strict=True):
        assert one == pytest.approx(other, rel=1e-15, abs=0)


def test_two_hundred_members_in_series_of_pools():
    pools = [needs(2, range(4 * i, 4 * i + 4)) for i in range(50)]
    diagram = compile_tree(any_of(pools))
    u = 1e-3
    pool = 4 * u**3 * (1 - u) + u**4
    assert p_down(diagram, np.full(200, u)) == pytest.approx(
        -math.expm1(50 * math.log1p(-pool)), rel=1e-11, abs=0
    )
    assert len(diagram.own) == 300  # six rows for each pool: linear in the members


def binomial_tail(least, n, u):
    return math.fsum(math.comb(n, m) * u**m * (1 - u) ** (n - m) for m in range(least, n + 1))


@pytest.mark.parametrize(("k", "n"), [(10, 20), (1, 30), (30, 30), (60, 100)])
def test_k_of_n(k, n):
    diagram = compile_tree(needs(k, range(n)))
    expected = binomial_tail(n - k + 1, n, 0.01)
    assert p_down(diagram, np.full(n, 0.01)) == pytest.approx(expected, rel=1e-11, abs=0)
    assert len(diagram.own) == k * (n - k + 1)


def test_zones_cut_across_pools():
    """Sixteen pools, seven of twelve, three zones and one bad build over all: 196 events."""
    pools = [
        needs(7, [any_of((12 * i + j, 192 + j % 3, 195)) for j in range(12)]) for i in range(16)
    ]
    u = np.full(196, 1e-2)
    one_zone = binomial_tail(2, 8, 1e-2)  # four members gone: two more of the other eight
    none = binomial_tail(6, 12, 1e-2)
    by_zones = (1 - 1e-2) ** 3 * -math.expm1(16 * math.log1p(-none))
    by_zones += 3 * 1e-2 * (1 - 1e-2) ** 2 * -math.expm1(16 * math.log1p(-one_zone))
    by_zones += 3 * 1e-4 * (1 - 1e-2) + 1e-6  # two zones: four members left of seven
    expected = 1e-2 + (1 - 1e-2) * by_zones
    assert p_down(any_of(pools), u) == pytest.approx(expected, rel=1e-11, abs=0)


def test_two_thousand_levels_do_not_exhaust_the_stack():
    node = 0
    for event in range(1, 2000):
        node = Gate(1 + event % 2, (event, node))
    expected = 1e-2
    for event in range(1, 2000):
        expected = 1e-2 * expected if event % 2 else 1e-2 + (1 - 1e-2) * expected
    assert p_down(node, np.full(2000, 1e-2)) == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_better_order_is_found():
    """Pairs (i, i + 12): the written order must keep all first halves in mind, 2**12 rows."""
    pairs = [all_of((i, i + 12)) for i in range(12)]
    diagram = compile_tree(any_of((all_of(range(12)), *pairs)))
    assert len(diagram.own) < 100


def test_too_large_is_refused_by_name():
    with pytest.raises(NotSupported, match=r"exact.*montecarlo"):
        compile_tree(needs(10, range(20)), most=50)


def test_bad_arguments_are_named():
    with pytest.raises(DescriptionError, match=r"u\[1\] = 1.5"):
        p_down(bridge(), [0.1, 1.5, 0.1, 0.1, 0.1])
    with pytest.raises(DescriptionError, match=r"a\[0\] = nan"):
        p_down(0, [0.1], [math.nan])
    with pytest.raises(DescriptionError, match="u has 4 events"):
        p_down(bridge(), [0.1] * 4)
    with pytest.raises(DescriptionError, match=r"\(2,\)"):
        p_down(all_of((0, 1)), [0.1, 0.1], [0.9])
    with pytest.raises(DescriptionError, match="no negative"):
        frequency(0, [0.1], [-1.0])
