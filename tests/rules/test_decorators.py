"""The rules around a live function: the source document's two decorators rebuilt, and compared."""

import functools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.guards import Consecutive
from simulator.describe.presets import preset
from simulator.rules.backoff import wait
from simulator.rules.breaker import CircuitBreaker

DOCUMENT = preset("source_document")


class Refused(Exception):
    """The breaker did not let the call through."""


class Clock:
    """A clock that moves when told."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


# The ten lines each that put the pure rules to work.


def circuit_breaker(breaker, clock):
    def around(function):
        @functools.wraps(function)
        def call(*args):
            if not breaker.admits(clock.now):
                raise Refused(f"open until {breaker.open_until} s")
            start, epoch, failed = clock.now, breaker.epoch, True
            try:
                result = function(*args)
                failed = False
                return result
            finally:
                breaker.record(clock.now, failed, clock.now - start, epoch)

        return call

    return around


def retry_with_backoff(retry, clock, draw):
    def around(function):
        @functools.wraps(function)
        def call(*args):
            before = retry.backoff.base
            for attempt in range(1, retry.attempts + 1):
                try:
                    return function(*args)
                except Exception:
                    if attempt == retry.attempts:
                        raise
                    before = wait(retry.backoff, attempt, draw(), before)
                    clock.sleep(before)

        return call

    return around


class Oracle:
    """The document's breaker in other words: what it does when a call begins and when it ends."""

    def __init__(self, threshold=5, recovery=30.0, probes=1):
        self.threshold, self.recovery, self.probes = threshold, recovery, probes
        self.state, self.row, self.failed_at, self.let_through = "closed", 0, 0.0, 0

    def begins(self, now):
        if self.state == "open" and now - self.failed_at >= self.recovery:
            self.state, self.let_through = "half_open", 0
        if self.state == "half_open":
            self.let_through += 1
            return self.let_through <= self.probes
        return self.state == "closed"

    def ends(self, now, failed):
        if not failed:
            self.row = 0
            self.state = "closed" if self.state == "half_open" else self.state
            return
        self.row += 1
        self.failed_at = now
        if self.state == "half_open" or self.row >= self.threshold:
            self.state = "open"


def test_closed_open_half_open_as_in_the_document():
    clock, answers = Clock(), []
    breaker = CircuitBreaker(DOCUMENT.breaker)
    oracle = Oracle()

    @circuit_breaker(breaker, clock)
    def service():
        clock.now += 1.0
        if not answers.pop(0):
            raise ConnectionError

    script = [  # pause before the call, fate (None: the breaker must refuse), state after it
        (0, True, "closed"),
        *[(0, False, "closed")] * 4,
        (0, True, "closed"),  # the row starts anew
        *[(0, False, "closed")] * 4,
        (0, False, "open"),
        (0, None, "open"),
        (29, None, "open"),
        (1, False, "open"),  # half open during the call: the probe fails
        (29, None, "open"),
        (1, True, "closed"),  # ... and succeeds
        (0, False, "closed"),
    ]
    for pause, fate, state in script:
        clock.now += pause
        assert oracle.begins(clock.now) == (fate is not None)
        answers[:] = [fate]
        if fate:
            service()
        else:
            with pytest.raises(Refused if fate is None else ConnectionError):
                service()
        if fate is not None:
            oracle.ends(clock.now, not fate)
        assert breaker.state == oracle.state == state


EVENTS = st.lists(
    st.tuples(st.integers(0, 20), st.booleans(), st.integers(0, 9), st.booleans()), max_size=120
)


@given(events=EVENTS, threshold=st.integers(1, 3), probes=st.integers(1, 3))
@settings(deadline=None, max_examples=300)
def test_overlapping_calls_as_in_the_document(events, threshold, probes):
    compare(events, threshold, probes, late="counted", late_restarts=True)


def compare(events, threshold, probes, **late):
    rule = replace(DOCUMENT.breaker, window=Consecutive(threshold), probes=probes, **late)
    breaker, oracle, now, under_way = CircuitBreaker(rule), Oracle(threshold, 30.0, probes), 0, []
    for gap, begins, which, failed in events:
        now += gap
        if begins:
            admitted = breaker.admits(now)
            assert admitted == oracle.begins(now)
            if admitted:
                under_way.append(breaker.epoch)
        elif under_way:
            breaker.record(now, failed, 1.0, under_way.pop(which % len(under_way)))
            oracle.ends(now, failed)
        assert breaker.state == oracle.state


def test_a_breaker_that_ignores_late_results_is_not_the_document():
    begin, late_failure = (0, True, 0, False), (5, False, 0, True)
    probe_asked_early = (26, True, 0, False)  # 31 s after opening, 26 s after the late failure
    events = [begin, begin, late_failure, late_failure, probe_asked_early]
    compare(events, 1, 1)
    with pytest.raises(AssertionError):
        compare(events, 1, 1, late="ignored", late_restarts=False)


def test_retry_with_backoff_waits_as_in_the_document():
    clock, numbers = Clock(), iter([0.5, 0.25, 0.75])
    made = []

    @retry_with_backoff(DOCUMENT.retry, clock, lambda: next(numbers))
    def service():
        made.append(clock.now)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        service()
    assert clock.slept == [0.5 * 1.0, 0.25 * 2.0, 0.75 * 4.0]  # max_retries 3, base 1 s, doubling
    assert made == [0.0, 0.5, 1.0, 4.0]


def test_both_together_stop_asking_a_dead_service():
    clock, made = Clock(), []
    breaker = CircuitBreaker(DOCUMENT.breaker)

    @retry_with_backoff(DOCUMENT.retry, clock, lambda: 0.0)
    @circuit_breaker(breaker, clock)
    def service():
        made.append(clock.now)
        raise ConnectionError

    for _ in range(10):
        with pytest.raises((ConnectionError, Refused)):
            service()
    assert len(made) == 5  # of 40 attempts
    assert breaker.state == "open"
