"""Sliding counts against brute force."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.guards import Breaker, Consecutive, Count, Rolling
from simulator.rules.slices import Slices
from simulator.rules.windows import new_window

GAPS = st.lists(st.tuples(st.integers(0, 40), st.integers(-3, 5)), max_size=60)
RESULTS = st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.booleans()), max_size=80)


@given(events=GAPS, slices=st.integers(1, 7))
@settings(deadline=None)
def test_slices_are_the_sum_over_the_slices_still_in_the_window(events, slices):
    counts, now, kept = Slices(4.0 * slices, slices), 0, []
    for gap, amount in events:
        now += gap
        counts.add(float(now), 0, amount)
        kept.append((now // 4, amount))
        assert counts.totals[0] == sum(n for slice_, n in kept if slice_ > now // 4 - slices)


def test_slices_forget_without_being_told_anything_new():
    counts = Slices(10.0, 10)
    counts.add(0.5, 0, 7)
    counts.advance(9.9)
    assert counts.totals == [7]
    counts.advance(10.0)
    assert counts.totals == [0]


def test_slices_stop_before_a_boundary():
    counts = Slices(10.0, 10)
    counts.add(0.5, 0, 7)
    counts.advance_to_before(10.0)
    assert counts.totals == [7]
    counts.advance_to_before(10.5)
    assert counts.totals == [0]


def test_a_time_that_goes_back_is_counted_now():
    counts = Slices(10.0, 10)
    counts.add(25.0, 0)
    counts.add(3.0, 0)
    assert counts.totals == [2]


def judged(ends, rule):
    """What a window says, from the list of its calls: (failed, slow)."""
    calls = len(ends)
    least = min(rule.minimum, rule.window.calls) if isinstance(rule.window, Count) else rule.minimum
    if calls < least:
        return False
    failed, slow = (sum(end[k] for end in ends) for k in (0, 1))
    return failed / calls >= rule.opens_at or slow / calls >= rule.slow_at


@given(
    results=RESULTS,
    size=st.integers(1, 12),
    minimum=st.integers(1, 15),
    opens_at=st.sampled_from([0.1, 0.3, 0.5, 1.0]),
)
@settings(deadline=None)
def test_count_window_is_the_last_calls(results, size, minimum, opens_at):
    rule = Breaker(Count(size), opens_at=opens_at, minimum=minimum, slow_after=1.0, slow_at=0.7)
    window, ends = new_window(rule), []
    for _, failed, slow in results:
        window.add(0.0, failed, slow)
        ends.append((failed, slow))
        assert window.trips() == judged(ends[-size:], rule)


@given(results=RESULTS, slices=st.integers(1, 8), minimum=st.integers(1, 6))
@settings(deadline=None)
def test_rolling_window_is_the_calls_of_its_slices(results, slices, minimum):
    rule = Breaker(Rolling(5.0 * slices, slices), minimum=minimum, slow_after=1.0, slow_at=0.7)
    window, now, ends = new_window(rule), 0, []
    for gap, failed, slow in results:
        now += gap
        window.add(float(now), failed, slow)
        ends.append((now // 5, failed, slow))
        inside = [end[1:] for end in ends if end[0] > now // 5 - slices]
        assert window.trips() == judged(inside, rule)


@given(results=RESULTS, length=st.integers(1, 5))
@settings(deadline=None)
def test_row_window_is_the_failures_since_the_last_success(results, length):
    window, row = new_window(Breaker(Consecutive(length))), 0
    for _, failed, slow in results:
        window.add(0.0, failed, slow)
        row = row + 1 if failed else 0
        assert window.trips() == (row >= length)


@pytest.mark.parametrize(("share", "of_hundred"), [(0.07, 7), (0.29, 29), (0.5, 50), (0.58, 58)])
def test_a_share_is_reached_at_the_call_that_reaches_it(share, of_hundred):
    # 0.07 * 100 and 0.29 * 100 miss 7 and 29 by a rounding error, in either direction.
    for failures, opens in ((of_hundred - 1, False), (of_hundred, True)):
        window = new_window(Breaker(Count(100), opens_at=share, minimum=100))
        for number in range(100):
            window.add(0.0, number < failures, False)
        assert window.trips() == opens


@pytest.mark.parametrize("kind", [Consecutive(2), Count(4), Rolling(10.0, 5)])
def test_a_copy_goes_its_own_way(kind):
    window = new_window(Breaker(kind, minimum=2))
    window.add(0.0, True, False)
    twin = window.copy()
    twin.add(1.0, True, False)
    assert twin.trips()
    assert not window.trips()
    window.add(1.0, True, False)
    twin.clear()
    assert window.trips()
    assert not twin.trips()
