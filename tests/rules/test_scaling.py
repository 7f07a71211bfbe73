"""The autoscaler's rule against sequences worked out by hand, and the examples of Kubernetes' manual."""

import math

import pytest

from simulator.describe import Autoscaler
from simulator.rules.scaling import ScalingState, decide, wanted


def rule(**more):
    given = {"target": 0.5, "most": 100, "tolerance": 0.1, "down_after": 0.0} | more
    return Autoscaler("scaler", "app", **given)


def test_the_examples_of_the_manual():
    # "if the current metric value is 200m and the desired value is 100m, the replicas are doubled;
    # if it is 50m, they are halved; no action if the ratio is close to 1 (0.1)"
    scaler = rule(target=0.1)
    assert wanted(scaler, 0.2, 5, 5) == 10
    assert wanted(scaler, 0.05, 6, 6) == 3
    assert wanted(scaler, 0.105, 5, 5) == 5


@pytest.mark.parametrize(
    ("value", "serving", "present", "expected"),
    [
        (0.9, 4, 4, 8),  # 4 * 1.8 = 7.2
        (0.55, 10, 10, 10),  # ratio 1.1: within the tolerance
        (0.56, 10, 10, 12),  # ratio 1.12: 11.2
        (0.45, 10, 10, 10),  # ratio 0.9
        (0.44, 10, 10, 9),  # 8.8
        (0.9, 4, 8, 8),  # four on order: 7.2 of 8 is a ratio of 0.9
        (0.9, 4, 6, 8),  # two on order: 7.2 of 6
        (0.35, 10, 10, 7),  # 7 exactly, and not 8 by a rounding error
        (0.0, 3, 3, 1),  # least
        (1.0, 90, 90, 100),  # 180, but the quota is 100
        (math.nan, 3, 3, 3),
        (0.9, 0, 3, 3),  # nobody serves: nothing is known
    ],
)
def test_members_asked_for(value, serving, present, expected):
    assert wanted(rule(), value, serving, present) == expected


def run(scaler, asked, present, every=15.0):
    state, changes = ScalingState(), []
    for number, one in enumerate(asked):
        state, change = decide(scaler, state, number * every, one, present)
        present += change
        changes.append(change)
    return changes


def test_up_at_once_and_down_only_after_a_while():
    scaler = rule(down_after=60.0)
    # looks at 0, 15, 30 ...: up at the first; fewer wanted from 15 s on; the look at 0 (8) is within
    # the window until 60 s, so members go at 75 s, when all looks from 15 s on wanted at most 5
    assert run(scaler, [8, 4, 5, 4, 4, 4, 4], 6) == [2, 0, 0, 0, 0, -3, 0]


def test_a_single_high_look_keeps_them():
    scaler = rule(down_after=30.0)
    # looks at 0 ... 90 s. At 30 s all looks since 0 wanted 4; at 45 s one wants all of the 4, so the
    # two looks after it find it in their window of 30 s; at 90 s it has left: 2 stay
    assert run(scaler, [4, 4, 4, 4, 2, 2, 2], 8) == [0, 0, -4, 0, 0, 0, -2]


def test_without_a_delay_members_go_at_once():
    assert run(rule(), [3, 5, 2], 4) == [-1, 2, -3]


def test_nothing_goes_before_there_were_looks_for_that_long():
    assert run(rule(down_after=60.0), [1, 1, 1, 1], 4) == [0, 0, 0, 0]
    assert run(rule(down_after=45.0), [1, 1, 1, 1], 4) == [0, 0, 0, -3]
