"""Rollouts as decisions: waves of hand-counted members, what comes next, the way back."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.rules.rollout import due, goal, next_step, way_back


@pytest.mark.parametrize(
    ("share", "members", "expected"),
    [
        (0.01, 10, 1),  # at least one
        (0.01, 100, 1),
        (0.01, 101, 2),  # 1.01, rounded up
        (0.1, 10, 1),
        (0.3, 10, 3),
        (0.07, 100, 7),  # 7.000000000000001 in floating point
        (1.0, 7, 7),
        (0.5, 0, 0),
    ],
)
def test_members_of_a_share(share, members, expected):
    assert goal(share, members) == expected


@given(st.integers(1, 100), st.integers(0, 500))
def test_the_share_is_rounded_up_exactly(percent, members):
    assert goal(percent / 100, members) == math.ceil(Fraction(percent, 100) * members)


def test_a_rolling_rollout_of_ten_changes_one_after_the_other():
    there, changed = list(range(10)), []
    for wave in range(1, 11):
        chosen = due(wave / 10, there, changed)
        assert chosen == [wave - 1]
        changed += chosen


def test_a_canary_of_a_hundred():
    there, changed = list(range(100)), []
    sizes = []
    for share in (0.01, 0.1, 1.0):
        chosen = due(share, there, changed)
        sizes.append(len(chosen))
        changed += chosen
    assert sizes == [1, 9, 90]
    assert changed == there


def test_absent_members_are_no_part_of_a_wave():
    # 2 and 3 are not there: the share is of the eight that are
    there = [0, 1, 4, 5, 6, 7, 8, 9]
    assert due(0.5, there, []) == [0, 1, 4, 5]
    # a member that has the build but left does not count for the share
    assert due(0.5, there, [2, 3, 0]) == [1, 4, 5]
    # one that came meanwhile is changed with the rest
    assert due(1.0, [*there, 10], [0, 1, 4, 5]) == [6, 7, 8, 9, 10]


def test_a_share_that_is_reached_changes_nobody():
    assert due(0.1, list(range(10)), [9]) == []


@pytest.mark.parametrize(
    ("done", "stopped", "expected"),
    [
        (0, False, "wave"),
        (2, False, "wave"),
        (3, False, "done"),
        (0, True, "back"),
        (3, True, "back"),
    ],
)
def test_what_comes_next(done, stopped, expected):
    assert next_step(done, 3, stopped) == expected


def test_the_way_back():
    waves = [[0], [1, 2, 3], [4, 5]]
    assert way_back(waves, [0, 1, 2, 3], at_once=False) == [[0], [1, 2, 3]]
    assert way_back(waves, [0, 1, 2, 3], at_once=True) == [[0, 1, 2, 3]]
    # 6 and 7 were stopped, but their wave never came
    assert way_back(waves[:1], [0, 6, 7], at_once=False) == [[0, 6, 7]]
    assert way_back([], [6], at_once=False) == [[6]]
    assert way_back(waves, [], at_once=False) == []


@given(st.lists(st.lists(st.integers(), max_size=3), max_size=4), st.booleans())
def test_everybody_goes_back_once(waves, at_once):
    seen, distinct = set(), []
    for wave in waves:
        distinct.append([m for m in dict.fromkeys(wave) if m not in seen])
        seen |= set(wave)
    still = [*sorted(seen)[::2], 10**9]
    groups = way_back(distinct, still, at_once)
    assert sorted(m for group in groups for m in group) == sorted(still)
    assert all(groups)
