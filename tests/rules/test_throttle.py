"""Client-side throttling against the formula of the SRE book and its steady state."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.guards import AdaptiveThrottle
from simulator.rules.throttle import Throttle
from tests.statistical import check_ratio


@given(
    asked=st.integers(0, 200), accepted=st.integers(0, 200), k=st.sampled_from([1.0, 1.1, 2.0, 3.0])
)
@settings(deadline=None)
def test_chance_is_the_formula(asked, accepted, k):
    throttle = Throttle(AdaptiveThrottle(k))
    for _ in range(asked):
        throttle.asked(3.0)
    for _ in range(accepted):
        throttle.accepted(3.0)
    expected = max(0.0, (asked - k * accepted) / (asked + 1))
    assert throttle.chance(5.0) == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_history_ends_after_the_window():
    throttle = Throttle(AdaptiveThrottle(window=120.0))
    for _ in range(9):
        throttle.asked(1.0)
    assert throttle.chance(119.9) == pytest.approx(0.9, rel=1e-12, abs=0)
    assert throttle.chance(120.0) == 0.0


def test_a_copy_goes_its_own_way():
    throttle = Throttle(AdaptiveThrottle())
    throttle.asked(0.0)
    twin = throttle.copy()
    twin.accepted(0.0)
    assert (throttle.chance(0.0), twin.chance(0.0)) == (0.5, 0.0)


def overload(k, seconds, seed, rate=100, capacity=10):
    """Requests sent and accepted after 240 s, when a callee accepts at most `capacity` per second."""
    throttle, luck = Throttle(AdaptiveThrottle(k)), random.Random(seed)
    sent = accepted = 0
    free = -1
    for number in range(rate * (240 + seconds)):
        now = number / rate
        rejected = luck.random() < throttle.chance(now)
        throttle.asked(now)
        if rejected:
            continue
        sent += now >= 240
        slot = number * capacity // rate  # it accepts the first request of each slot of 1/capacity
        if slot > free:
            free = slot
            throttle.accepted(now)
            accepted += now >= 240
    return sent, accepted


@pytest.mark.parametrize("k", [1.5, 2.0])
def test_k_requests_reach_the_callee_for_each_it_accepts(k):
    sent, accepted = np.array([overload(k, 240, seed) for seed in range(16)]).T
    check_ratio(sent, accepted, k, detects=0.03)
    with pytest.raises(AssertionError):
        check_ratio(sent, accepted, k * 1.06, detects=0.03)


def test_an_unloaded_callee_is_asked_by_everybody():
    sent, accepted = overload(2.0, 60, 1, rate=10, capacity=10)
    assert sent == accepted == 600
