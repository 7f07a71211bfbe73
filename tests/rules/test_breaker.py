"""The circuit breaker, move by move, against what the libraries' sources say."""

import math

import pytest

from simulator.describe.guards import Breaker, Consecutive, Count, Rolling
from simulator.errors import DescriptionError
from simulator.rules.breaker import CircuitBreaker

R4J = Breaker(
    Count(100), minimum=100, slow_after=60.0, stays_open=60.0, probes=10, half_open="rate",
    late="counted",
)  # fmt: skip


def ends(breaker, times, failed, took=0.1, epoch=None):
    """Admit and end a call at each of `times`, all with the same result."""
    for now in times:
        assert breaker.admits(now)
        breaker.record(now, failed, took, breaker.epoch if epoch is None else epoch)


def opened(rule, now=0.0, **given):
    """A breaker that opened at `now` by failures alone."""
    breaker = CircuitBreaker(rule, **given)
    while breaker.state == "closed":
        ends(breaker, [now], True)
    return breaker


def test_once_round():
    breaker = CircuitBreaker(Breaker(Consecutive(3), stays_open=30.0, half_open="first"))
    assert (breaker.state, breaker.epoch, breaker.openings) == ("closed", 0, 0)
    assert breaker.open_until == -math.inf
    ends(breaker, [0, 1], True)
    ends(breaker, [2], False)  # the row starts anew
    ends(breaker, [3, 4], True)
    assert breaker.state == "closed"
    ends(breaker, [5], True)
    assert (breaker.state, breaker.epoch, breaker.openings) == ("open", 1, 1)
    assert breaker.open_until == 35.0
    assert not breaker.admits(34.9)
    assert breaker.state_at(34.9) == "open"
    assert breaker.state_at(35.0) == "half_open"
    assert breaker.state == "open"  # lazily
    assert breaker.admits(35.0)
    assert (breaker.state, breaker.epoch) == ("half_open", 2)
    assert not breaker.admits(35.1)
    breaker.record(36.0, False, 1.0, 2)
    assert (breaker.state, breaker.epoch, breaker.openings) == ("closed", 3, 1)


def test_a_failed_probe_opens_anew_from_its_end():
    breaker = opened(Breaker(Consecutive(1), stays_open=10.0))
    assert breaker.admits(12.0)
    breaker.record(15.0, True, 3.0, breaker.epoch)
    assert (breaker.state, breaker.open_until, breaker.openings) == ("open", 25.0, 2)


def test_straight_closes_after_as_many_successes_as_probes():
    breaker = opened(Breaker(Consecutive(1), stays_open=1.0, probes=3, one_at_a_time=True))
    ends(breaker, [1.0, 2.0], False)
    assert breaker.state == "half_open"
    ends(breaker, [3.0], False)
    assert breaker.state == "closed"


def test_straight_opens_at_the_first_failure():
    breaker = opened(Breaker(Consecutive(1), stays_open=1.0, probes=3))
    ends(breaker, [1.0, 2.0], False)
    ends(breaker, [3.0], True)
    assert breaker.state == "open"


def test_first_result_decides_even_if_more_probes_are_under_way():
    breaker = opened(Breaker(Consecutive(2), stays_open=1.0, probes=3, half_open="first"))
    assert [breaker.admits(2.0) for _ in range(4)] == [True, True, True, False]
    half_open = breaker.epoch
    breaker.record(3.0, False, 1.0, half_open)
    assert breaker.state == "closed"
    breaker.record(4.0, True, 2.0, half_open)  # late by now, and ignored
    ends(breaker, [5.0], True)
    assert breaker.state == "closed"


def test_one_at_a_time():
    rule = Breaker(Consecutive(1), stays_open=1.0, probes=2, one_at_a_time=True)
    breaker = opened(rule)
    assert [breaker.admits(t) for t in (1.0, 1.1)] == [True, False]
    breaker.record(1.2, False, 0.2, breaker.epoch)
    assert [breaker.admits(t) for t in (1.3, 1.4)] == [True, False]
    breaker.record(1.5, False, 0.2, breaker.epoch)
    assert breaker.state == "closed"


def test_a_place_given_back_is_free_again_and_says_nothing():
    breaker = opened(Breaker(Consecutive(1), stays_open=1.0, one_at_a_time=True))
    assert breaker.admits(1.0)
    breaker.gives_back(1.0, breaker.epoch)
    assert breaker.admits(1.0)
    assert not breaker.admits(1.0)
    breaker.gives_back(1.0, breaker.epoch - 1)  # of an earlier state: not a probe
    assert not breaker.admits(1.0)


def test_rejected_calls_leave_no_trace():
    breaker = opened(Breaker(Count(4), minimum=4, stays_open=1.0))
    twin = breaker.copy()
    assert not any(breaker.admits(0.5) for _ in range(100))
    for other in (breaker, twin):
        ends(other, [1.0], False)  # the probe
        ends(other, [2.0, 3.0], False)
        ends(other, [4.0], True)
        assert other.state == "closed"
        ends(other, [5.0], True)
        assert other.state == "open"  # 2 of 4, whatever was rejected


def test_resilience4j_needs_a_hundred_calls_and_judges_successes_too():
    breaker = CircuitBreaker(R4J)
    ends(breaker, range(50), True)
    ends(breaker, range(50, 99), False)
    assert breaker.state == "closed"
    ends(breaker, [99], False)  # 50 of 100: reached by a success
    assert (breaker.state, breaker.open_until) == ("open", 159.0)


def test_resilience4j_slow_calls_open_too_and_slow_is_longer_than():
    breaker = CircuitBreaker(R4J)
    ends(breaker, range(100), False, took=60.0)
    assert breaker.state == "closed"
    ends(breaker, range(100, 199), False, took=60.1)
    assert breaker.state == "closed"
    ends(breaker, [199], False, took=60.1)
    assert breaker.state == "open"


def test_resilience4j_slow_failures_are_slow_calls():
    rule = Breaker(Count(4), opens_at=1.0, minimum=4, slow_after=1.0, slow_at=0.5)
    breaker = CircuitBreaker(rule)
    ends(breaker, [0], True, took=2.0)
    ends(breaker, [1], False, took=2.0)
    ends(breaker, [2, 3], False)
    assert breaker.state == "open"


@pytest.mark.parametrize(("failures", "state"), [(4, "closed"), (5, "open")])
def test_resilience4j_awaits_ten_probes_and_judges_their_share(failures, state):
    breaker = opened(R4J)
    assert sum(breaker.admits(60.0) for _ in range(50)) == 10
    for number in range(10):
        assert breaker.state == "half_open"
        breaker.record(61.0, number < failures, 1.0, breaker.epoch)
    assert breaker.state == state


def test_resilience4j_window_starts_empty_after_closing():
    breaker = opened(R4J)
    ends(breaker, [60.0] * 10, False)
    assert breaker.state == "closed"
    ends(breaker, [61.0] * 99, True)
    assert breaker.state == "closed"
    ends(breaker, [61.0], True)
    assert breaker.state == "open"


@pytest.mark.parametrize(("late", "state"), [("ignored", "half_open"), ("counted", "closed")])
def test_a_result_of_before_counts_in_the_state_it_ends_in(late, state):
    breaker = opened(Breaker(Consecutive(1), stays_open=1.0, half_open="first", late=late))
    assert breaker.admits(2.0)
    breaker.record(2.5, False, 9.0, 0)  # sent while closed, long ago
    assert breaker.state == state


@pytest.mark.parametrize(("restarts", "until"), [(False, 10.0), (True, 14.0)])
def test_late_failure_while_open(restarts, until):
    rule = Breaker(Consecutive(1), stays_open=10.0, late="counted", late_restarts=restarts)
    breaker = opened(rule)
    breaker.record(3.0, False, 3.0, 0)
    assert breaker.open_until == 10.0
    breaker.record(4.0, True, 4.0, 0)
    assert breaker.open_until == until


def test_hystrix_judges_whole_slices_at_snapshots():
    rule = Breaker(
        Rolling(10.0, 20), minimum=20, stays_open=5.0, half_open="first", judged_every=0.5
    )
    breaker = CircuitBreaker(rule)
    ends(breaker, [0.01 * k for k in range(40)], True)
    assert breaker.state == "closed"  # 40 failures, no snapshot yet
    assert breaker.state_at(0.49) == "closed"
    assert breaker.state_at(0.5) == "open"
    assert breaker.state == "closed"  # asked, not told
    assert not breaker.admits(0.7)
    assert breaker.open_until == 5.5  # from the snapshot on, not from the call that found it
    assert breaker.state_at(5.5) == "half_open"


def test_a_snapshot_sees_the_slice_that_just_ended_and_twenty_in_all():
    rule = Breaker(Rolling(10.0, 20), minimum=20, stays_open=5.0, judged_every=0.5)
    breaker = CircuitBreaker(rule)
    ends(breaker, [0.1] * 10, True)
    ends(breaker, [9.9] * 10, True)
    assert not breaker.admits(10.0)
    late = CircuitBreaker(rule)
    ends(late, [0.1] * 10, True)
    ends(late, [10.1] * 10, True)
    assert late.admits(10.5)


def test_snapshots_missed_while_nobody_called_are_made_up_for():
    # At 1 s 10 of 30 have failed; at 11 s the successes of the first slice are gone: 10 of 10.
    rule = Breaker(Rolling(10.0, 10), minimum=10, stays_open=5.0, judged_every=1.0)
    breaker = CircuitBreaker(rule)
    ends(breaker, [0.5] * 20, False)
    ends(breaker, [1.5] * 10, True)
    assert breaker.admits(3.0)
    assert breaker.state_at(50.0) == "half_open"
    assert breaker.admits(50.0)
    assert (breaker.openings, breaker.open_until) == (1, 16.0)


def test_polly_does_not_judge_at_a_success():
    rule = Breaker(Rolling(30.0), opens_at=0.1, minimum=100, stays_open=5.0, judged="on_failure")
    breaker = CircuitBreaker(rule)
    ends(breaker, [1.0] * 50, True)
    ends(breaker, [1.0] * 60, False)
    assert breaker.state == "closed"
    ends(breaker, [1.0], True)
    assert breaker.state == "open"


def test_misim_five_samples_any_number_of_probes_first_result():
    rule = Breaker(
        Rolling(20.0, 20), minimum=5, stays_open=0.5, probes=10**9, half_open="first",
        late="counted", judged="on_failure",
    )  # fmt: skip
    breaker = CircuitBreaker(rule)
    ends(breaker, [0.0] * 4, True)
    assert breaker.state == "closed"
    ends(breaker, [0.0], True)
    assert breaker.state == "open"
    assert all(breaker.admits(0.5) for _ in range(1000))
    breaker.record(0.6, True, 0.1, breaker.epoch)
    assert breaker.state == "open"
    assert breaker.admits(1.1)
    breaker.record(1.2, False, 0.1, breaker.epoch)
    assert breaker.state == "closed"


def test_jitter_stretches_each_opening_by_its_own_number():
    numbers = {0: 0.0, 1: 0.5}
    rule = Breaker(Consecutive(1), stays_open=10.0, jitter=0.2)
    breaker = opened(rule, draw=numbers.__getitem__)
    assert breaker.open_until == 10.0
    ends(breaker, [10.0], True)
    assert breaker.open_until == 10.0 + 11.0
    with pytest.raises(ValueError, match="draw"):
        CircuitBreaker(rule)


def test_a_copy_goes_its_own_way():
    breaker = opened(Breaker(Consecutive(1), stays_open=1.0, probes=2))
    ends(breaker, [1.0], False)
    twin = breaker.copy()
    ends(twin, [2.0], False)
    assert twin.state == "closed"
    assert breaker.state == "half_open"
    ends(breaker, [2.0], True)
    assert (breaker.state, twin.state) == ("open", "closed")


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"late_restarts": True}, "late_restarts"),
        ({"awaited": 2}, "awaited"),
        ({"half_open": "rate", "probes": 3, "awaited": 4}, "awaited"),
        ({"slow_after": 1.0}, "slow_after"),
        ({"window": Count(9), "judged_every": 0.5, "judged": "on_failure"}, "judged"),
    ],
)
def test_fields_that_do_not_go_together(fields, where):
    with pytest.raises(DescriptionError) as caught:
        Breaker(**fields)
    assert caught.value.where == where
