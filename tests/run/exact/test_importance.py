"""Importance measures against the bridge of the textbooks and against enumeration."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from simulator.errors import DescriptionError
from simulator.rules.logic import Gate, all_of, any_of
from simulator.run.exact.importance import fussell_vesely, importance
from tests.fault_trees import BRIDGE_UP, bridge, brute_force, chances, minimal, trees, truth, weight


@pytest.fixture(scope="module")
def table():
    return importance(bridge(), 1 - np.array(BRIDGE_UP), BRIDGE_UP)


CASES = [  # exact cases A08 to A13
    ("birnbaum", 0, 0.13929999999999998),
    ("raw", 0, 4.2622950819672125),
    ("rrw", 0, 1.2072916666666709),
    ("criticality", 4, 0.14088499938370538),
    ("fussell_vesely", 0, 0.18981880931837822),
    ("fussell_vesely", 4, 0.18377911993097523),
    ("structural", 4, 0.125),
]


@pytest.mark.parametrize(("name", "event", "expected"), CASES)
def test_a08_to_a13_bridge(table, name, event, expected):
    assert table.as_dict()[name][event] == pytest.approx(expected, rel=1e-12, abs=0)


def test_unavailability_of_the_bridge(table):
    assert table.unavailability == pytest.approx(0.040565, rel=1e-12, abs=0)


def union_with(node, u, event):
    cuts = [cut for cut in minimal(node, len(u)) if event in cut]
    return math.fsum(
        weight(state, u)
        for state, _ in truth(node, len(u))
        if any(all(state[i] for i in cut) for cut in cuts)
    )


def fixed(u, event, to):
    return [to if i == event else p for i, p in enumerate(u)]


@given(node=trees(6), u=chances(6))
@settings(max_examples=60, deadline=None)
def test_definitions(node, u):
    got, whole = importance(node, u), brute_force(node, u)
    for i in range(6):
        active, never = brute_force(node, fixed(u, i, 1.0)), brute_force(node, fixed(u, i, 0.0))
        assert got.raw[i] == pytest.approx(active / whole, rel=1e-11, abs=0)
        assert got.rrw[i] == pytest.approx(whole / never if never else math.inf, rel=1e-11, abs=0)
        assert got.fussell_vesely[i] == pytest.approx(
            union_with(node, u, i) / whole, rel=1e-11, abs=0
        )
        assert abs(got.birnbaum[i] - (active - never)) < 1e-14
        half = [0.5] * 6
        difference = brute_force(node, fixed(half, i, 1.0)) - brute_force(node, fixed(half, i, 0.0))
        assert got.structural[i] == pytest.approx(difference, rel=1e-11, abs=0)
    assert got.criticality == pytest.approx(got.birnbaum * u / whole, rel=1e-12, abs=0)
    assert fussell_vesely(node, u) == pytest.approx(got.fussell_vesely, rel=1e-15, abs=0)


def test_fussell_vesely_is_not_the_sum_over_cuts(table):
    """Negative control: the rare-event sum for s-u is larger than the exact union."""
    q = 1 - np.array(BRIDGE_UP)
    rare = (q[0] * q[1] + q[0] * q[3] * q[4]) / 0.040565
    assert table.fussell_vesely[0] != pytest.approx(rare, rel=1e-3, abs=0)


def test_tiny_probabilities_keep_their_digits():
    u = np.array([1e-3, 1e-14, 1e-14])
    got = importance(any_of((all_of((1, 2)), 0)), u)
    assert got.birnbaum[1] == pytest.approx(1e-14 * (1 - 1e-3), rel=1e-12, abs=0)
    assert got.criticality[1] == pytest.approx(1e-28 * (1 - 1e-3) / 1e-3, rel=1e-9, abs=0)
    assert got.fussell_vesely[1] == pytest.approx(1e-28 / 1e-3, rel=1e-9, abs=0)


def test_an_event_outside_the_tree_does_not_matter():
    got = importance(all_of((0, 2)), [0.1, 0.5, 0.2])
    values = [column[1] for column in got.as_dict().values()]
    assert values == pytest.approx([0.0, 0.0, 0.0, 1.0, 1.0, 0.0], rel=1e-15, abs=0)


def test_no_risk_no_ratio():
    got = importance(any_of((0, 1)), [0.0, 0.0])
    assert got.unavailability == 0
    assert np.isnan(got.fussell_vesely).all()
    assert got.birnbaum.tolist() == [1.0, 1.0]
    assert importance(Gate(1), [0.5]).birnbaum.tolist() == [0.0]


def test_one_row_of_probabilities_only():
    with pytest.raises(DescriptionError, match=r"\(5, 2\)"):
        importance(bridge(), np.full((5, 2), 0.1))
