"""Concurrency limits, step by step against the formulas worked out by hand."""

import random

import pytest

from simulator.describe.guards import AimdLimit, Gradient, Vegas
from simulator.rules.limits import new_limit


def close(value):
    return pytest.approx(value, rel=1e-12, abs=0)


def walk(rule, answers):
    """The limit after each of the answers (took, inflight, dropped)."""
    state = new_limit(rule)
    limits = []
    for took, inflight, dropped in answers:
        state.ended(0.0, took, inflight, dropped)
        limits.append(state.limit)
    return limits


def test_aimd_by_hand():
    answers = [
        (0.1, 9, False),  # 9 * 2 < 20: not used enough to grow
        (0.1, 10, False),  # one more
        (0.1, 11, False),  # one more
        (0.1, 12, False),  # at its most
        (0.1, 0, True),  # int(22 * 0.9)
        (0.1, 0, True),  # int(19 * 0.9)
        (1.0, 0, False),  # not slow: it takes more than slow_after to be so
        (1.01, 0, False),  # int(17 * 0.9)
        *[(9.0, 30, False)]
        * 6,  # 13.5, 11.7, 9.9, 8.1, 7.2, 6.3: the whole part each time; 7 at least
    ]
    limits = walk(AimdLimit(initial=20, least=7, most=22, slow_after=1.0), answers)
    assert limits == [20, 21, 22, 22, 19, 17, 17, 15, 13, 11, 9, 8, 7, 7]


def test_vegas_by_hand():
    answers = [
        (0.1, 20, False),  # the first answer is the best so far and moves nothing
        (0.1, 10, False),  # no queue, half the limit in use: + 6 log10
        (0.1, 12, False),  # 12 * 2 < 26
        (0.1, 13, False),  # + 6
        (
            0.105,
            32,
            False,
        ),  # 32 * (1 - .1 / .105) = 1.5, so a queue of 2: more than 1, less than 3: + 1
        (0.112, 33, False),  # 33 * (1 - .1 / .112) = 3.5: 4, between 3 and 6
        (0.125, 33, False),  # 33 * .2 = 6.6: 7, more than 6: - 1
        (0.12, 32, False),  # 32 / 6 = 5.3: 6, not more than 6
        (0.12, 0, True),  # a drop: - 1, however few are under way
        (0.05, 31, True),  # a new best answer, drop or not, moves nothing
        (0.1, 31, False),  # 31 * (1 - .05 / .1) = 15.5: - 1
    ]
    assert walk(Vegas(), answers) == [20, 26, 26, 32, 33, 33, 32, 32, 31, 31, 30]


def test_vegas_steps_by_the_logarithm_rounded_down():
    assert walk(Vegas(initial=100), [(1.0, 0, False), (1.0, 50, False)]) == [100, 112]
    assert walk(Vegas(initial=99), [(1.0, 0, False), (1.0, 50, False)]) == [99, 105]
    at_the_top = walk(Vegas(initial=995), [(1.0, 0, False), (1.0, 900, False), (1.0, 0, True)])
    assert at_the_top == [995, 1000, 997]  # 1000 = 10 ** 3: a step of 3, not of the square root, 31


def test_vegas_takes_over_a_share_and_keeps_one_permit():
    assert walk(Vegas(smoothing=0.5), [(1.0, 0, False), (1.0, 10, False)]) == [20, 23]
    assert walk(Vegas(initial=2), [(1.0, 1, False), *[(1.0, 1, True)] * 3]) == [2, 1, 1, 1]


@pytest.mark.parametrize(("probes_every", "after"), [(3, 10), (1000, 4)])
def test_vegas_forgets_the_best_round_trip_after_so_many_times_the_limit(probes_every, after):
    """Answers 1 to 11 take 0.1 s, the twelfth (3 times the limit of 4) 0.3 s and is the new best."""
    answers = [(0.1, 0, False)] * 11 + [(0.3, 4, False)] * 2
    # Without a probe 0.3 s means a queue of 4 * 2 / 3, so 3: neither below 3 nor above 6.
    assert walk(Vegas(initial=4, probes_every=probes_every), answers)[-2:] == [4, after]


def test_gradient_by_hand():
    answers = [
        (0.1, 10, False),  # .8 * 20 + .2 * (20 + 4)
        (0.1, 10, False),  # 10 < 20.8 / 2
        (
            0.4,
            21,
            False,
        ),  # long (.1 + .1 + .4) / 3 = .2; 1.5 * .2 / .4 = .75: .8 * 20.8 + .2 * 19.6
        (0.05, 21, True),  # long .1625, more than twice .05; no queue: .8 * 20.56 + .2 * 24.56
        (0.3, 21, False),  # long .95 / 5 = .19, as if nothing had been taken off; gradient .95
        (10.0, 21, False),  # long 10.95 / 6; gradient .27, cut at .5: .8 * 21.9464 + .2 * 14.9732
    ]
    expected = [20.8, 20.8, 20.56, 21.36, 0.8 * 21.36 + 0.2 * 24.292, 20.55176]
    limits = walk(Gradient(least=5), answers)
    assert limits == [close(value) for value in expected]


def test_gradient_averages_over_the_long_window_after_ten_answers():
    """A weight of 2 / (600 + 1); the limit shows the average through the gradient."""
    answers = [(0.1, 0, False)] * 10 + [(0.2, 20, False)]
    long = 0.1 + 0.1 * 2 / 601
    target = 20 * 1.5 * long / 0.2 + 4
    assert walk(Gradient(least=5), answers)[-1] == close(0.8 * 20 + 0.2 * target)


def test_gradient_lets_go_of_a_long_average_by_five_percent():
    """Ten answers of 1 s, two of 0.25 s, then one of 0.9 s that shows the average."""
    answers = [(1.0, 0, False)] * 10 + [(0.25, 0, False)] * 2 + [(0.9, 20, False)]
    weight, long = 2 / 601, 1.0
    for _ in range(2):
        long = (long + (0.25 - long) * weight) * 0.95
    long += (0.9 - long) * weight
    tight = Gradient(least=5, tolerance=1.0)
    assert walk(tight, answers)[-1] == close(0.8 * 20 + 0.2 * (20 * long / 0.9 + 4))


def test_gradient_stays_within_its_bounds():
    assert walk(Gradient(), [(0.1, 200, False)] * 400)[-1] == 200
    assert walk(Gradient(initial=30), [(0.1, 200, False)] * 10 + [(9.0, 200, False)] * 30)[-1] == 20


@pytest.mark.parametrize("rule", [AimdLimit(), Vegas(), Gradient()])
def test_an_answer_in_no_time_shows_no_queue(rule):
    limits = walk(rule, [(0.0, 100, False)] * 20)
    assert limits == sorted(limits)
    assert limits[-1] > limits[0]


@pytest.mark.parametrize(
    ("rule", "least"),
    [(AimdLimit(30, 3, 60, 0.5), 3), (Vegas(30, 60), 1), (Gradient(30, 3, 60), 3)],
)
def test_bounds_hold_and_a_copy_goes_its_own_way(rule, least):
    luck = random.Random(5)
    answers = [
        (luck.expovariate(3.0), luck.randrange(70), luck.random() < 0.2) for _ in range(3000)
    ]
    state = new_limit(rule)
    for took, inflight, dropped in answers[:1000]:
        state.ended(0.0, took, inflight, dropped)
    twin, before = state.copy(), state.limit
    seen = []
    for took, inflight, dropped in answers[1000:]:
        state.ended(0.0, took, inflight, dropped)
        seen.append(state.limit)
    assert twin.limit == before
    assert all(least <= limit <= 60 for limit in seen)
    assert len(set(seen)) > 10  # it did move
    again = []
    for took, inflight, dropped in answers[1000:]:
        twin.ended(0.0, took, inflight, dropped)
        again.append(twin.limit)
    assert again == seen


def test_vegas_takes_times_for_the_same_that_differ_by_rounding():
    """A link of 0.1 s measured at other times of day: 1.1 - 1.0 and 0.4 - 0.3 are not the same bits."""
    exact, rounded = new_limit(Vegas(40, 100)), new_limit(Vegas(40, 100))
    times = [1.1 - 1.0, 0.4 - 0.3, 0.7 - 0.6, 100.1 - 100.0, 8.1 - 8.0] * 4
    assert len(set(times)) > 1
    for took in times:
        exact.ended(0.0, 0.125, 40, False)
        rounded.ended(0.0, took, 40, False)
    assert exact.limit == rounded.limit
