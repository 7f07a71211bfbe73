"""Rate limits against a second implementation in exact fractions, and against sums by hand."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.guards import AimdRate, LeakyBucket, TokenRate
from simulator.rules.rates import new_rate

# Times, rates and bursts of few binary digits, so that floats make no rounding and decisions must agree.
steps = st.lists(st.integers(0, 96), max_size=60)
rates = st.sampled_from([0.5, 1.0, 2.0, 4.0, 8.0])


def times(gaps):
    now = 0
    for gap in gaps:
        now += gap
        yield Fraction(now, 64)


@given(gaps=steps, rate=rates, burst=st.sampled_from([1.0, 1.5, 2.0, 5.0]))
@settings(max_examples=150, deadline=None)
def test_tokens_are_those_of_the_definition(gaps, rate, burst):
    """Admitted if and only if no past window, this attempt included, holds more than its share.

    The largest load is found over all windows that begin at an admitted attempt.
    """
    state = new_rate(TokenRate(rate, burst))
    went = []
    for now in times(gaps):
        fits = all(
            len(went) - i + 1 <= Fraction(burst) + (now - start) * Fraction(rate)
            for i, start in enumerate([*went, now])
        )
        assert state.take(float(now)) == (0.0 if fits else None)
        if fits:
            went.append(now)


@given(gaps=steps, rate=rates, waiting=st.integers(0, 4))
@settings(max_examples=150, deadline=None)
def test_a_leaky_bucket_is_a_queue_in_front_of_a_clock(gaps, rate, waiting):
    state = new_rate(LeakyBucket(rate, waiting))
    leave = []
    for now in times(gaps):
        turn = max(now, leave[-1] + 1 / Fraction(rate)) if leave else now
        before = sum(1 for t in leave if t > now)
        if turn > now and before >= waiting:
            assert state.take(float(now)) is None
        else:
            leave.append(turn)
            assert state.take(float(now)) == float(turn - now)


def test_a_leaky_bucket_by_hand():
    state = new_rate(LeakyBucket(rate=2.0, waiting=2))
    assert [state.take(0.0) for _ in range(4)] == [0.0, 0.5, 1.0, None]
    assert state.take(0.4) is None  # two still wait
    assert state.take(0.5) == 1.0  # one has just left: behind the one that goes at 1.0
    assert state.take(9.0) == 0.0


@pytest.mark.parametrize("rule", [TokenRate(10.0), LeakyBucket(10.0), AimdRate(10.0, 1.0, 10.0)])
def test_callers_that_keep_to_the_rate_are_not_refused_by_rounding(rule):
    state = new_rate(rule)
    assert [state.take(i * 0.1) for i in range(5000)] == [0.0] * 5000


@pytest.mark.parametrize("rule", [TokenRate(10.0), LeakyBucket(10.0), AimdRate(10.0, 1.0, 10.0)])
def test_callers_that_are_a_little_faster_are_refused(rule):
    """Negative control: 100 a second get the 10 a second there are, for 50 s and one at the start."""
    state = new_rate(rule)
    admitted = sum(state.take(i / 100) is not None for i in range(5000))
    assert admitted == 500
    state = new_rate(rule)
    assert [state.take(0.0), state.take(0.0999)] == [0.0, None]


def drain(state, now):
    """Attempts that may go at `now`."""
    went = 0
    while state.take(now) is not None:
        went += 1
    return went


def test_an_adaptive_rate_climbs_along_a_line_up_to_its_most():
    state = new_rate(AimdRate(initial=10.0, least=2.0, most=13.0, adds=1.0, burst=100.0))
    assert drain(state, 0.0) == 100
    assert drain(state, 2.0) == 22  # (10 + 12) / 2 * 2
    # From 2 to 5: (12 + 13) / 2 * 1 + 13 * 2 = 38.5
    assert drain(state, 5.0) == 38
    assert state.rate == 13.0
    assert drain(state, 6.5) == 20  # the half that was left, and 13 * 1.5 = 19.5


def test_an_adaptive_rate_shrinks_at_failures_down_to_its_least():
    state = new_rate(AimdRate(initial=10.0, least=5.0, most=13.0, burst=100.0))
    drain(state, 0.0)
    state.ended(1.0, True)
    state.ended(2.0, False)
    assert state.rate == pytest.approx(12.0 * 0.7, rel=1e-12, abs=0)
    state.ended(2.0, False)
    state.ended(2.0, False)
    assert state.rate == 5.0
    assert drain(state, 4.0) == 22 + 12  # (5 + 7) / 2 * 2


def test_an_adaptive_rate_that_adds_nothing_stays():
    state = new_rate(AimdRate(initial=4.0, least=2.0, most=9.0, adds=0.0, burst=50.0))
    drain(state, 0.0)
    assert drain(state, 10.0) == 40
    assert state.rate == 4.0


def test_an_adaptive_rate_settles_where_what_it_wins_it_loses():
    """A failure every P s: climbs by P, then times 0.7. Fixed point before the cut: P / 0.3."""
    period = 6.0
    state = new_rate(AimdRate(initial=10.0, least=1.0, most=1000.0))
    for n in range(1, 60):
        state.take(n * period)
        before = state.rate
        state.ended(n * period, False)
    assert before == pytest.approx(period / 0.3, rel=1e-6, abs=0)


def test_only_an_adaptive_rate_listens():
    for rule in (TokenRate(1.0, 3.0), LeakyBucket(1.0, 3)):
        deaf, told = new_rate(rule), new_rate(rule)
        for i in range(20):
            told.ended(i / 4, i % 2 == 0)
            assert deaf.take(i / 4) == told.take(i / 4)


@pytest.mark.parametrize(
    "rule", [TokenRate(2.0, 4.0), LeakyBucket(2.0, 5), AimdRate(2.0, 1.0, 9.0, burst=3.0)]
)
def test_a_copy_goes_its_own_way(rule):
    state = new_rate(rule)
    state.take(0.0)
    twin = state.copy()
    expected = [twin.copy().take(1.0)]
    for _ in range(9):
        state.take(0.5)
    assert [twin.take(1.0)] == expected
    assert not math.isnan(expected[0])
