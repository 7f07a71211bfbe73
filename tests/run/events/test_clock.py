"""Our events and SimPy's own run in one heap: in order of time, and at one time in order of kind."""

from __future__ import annotations

import pytest
from simpy.core import EmptySchedule

from simulator.run.events.clock import ARRIVAL, COMPLETION, TIMEOUT, Clock


def noting(seen):
    return lambda about, number: seen.append(about)


def test_events_happen_in_order_of_time_and_then_of_kind_and_then_of_number():
    clock, seen = Clock(), []
    for time, order, about in (
        (2.0, COMPLETION, "last"), (1.0, ARRIVAL, "d"), (1.0, TIMEOUT, "b"), (1.0, TIMEOUT, "c"),
        (1.0, COMPLETION, "a"),
    ):  # fmt: skip
        clock.at(time, order, noting(seen), about)
    clock.advance(3.0)
    assert seen == ["a", "b", "c", "d", "last"]
    assert clock.now == 3.0


def test_what_falls_on_the_end_does_not_happen_before_it():
    clock, seen = Clock(), []
    clock.at(1.0, COMPLETION, noting(seen), "at one")
    clock.advance(1.0)
    assert seen == []
    clock.advance(1.0)
    assert seen == []
    clock.advance(1.5)
    assert seen == ["at one"]


def test_an_event_is_told_its_own_number():
    clock, told = Clock(), []
    number = clock.at(1.0, ARRIVAL, lambda about, own: told.append(own), None)
    clock.advance(2.0)
    assert told == [number]


def test_a_process_of_simpy_sees_the_same_time_and_comes_first():
    clock, seen = Clock(), []

    def ticks():
        while True:
            yield clock.timeout(1.0)
            seen.append(("tick", clock.now))

    clock.process(ticks())
    clock.at(1.0, COMPLETION, noting(seen), "work")
    clock.at(1.5, COMPLETION, noting(seen), "more work")
    clock.advance(2.5)
    assert seen == [("tick", 1.0), "work", "more work", ("tick", 2.0)]


def test_simpys_own_run_and_step_take_our_events_too():
    clock, seen = Clock(), []
    clock.at(1.0, COMPLETION, noting(seen), "work")
    answer = clock.process(iter_of(clock.timeout(2.0, "waited")))
    assert clock.run(until=answer) == "waited"
    assert seen == ["work"]
    clock.at(3.0, COMPLETION, noting(seen), "more work")
    clock.step()
    assert (seen, clock.now) == (["work", "more work"], 3.0)
    with pytest.raises(EmptySchedule):
        clock.step()


def iter_of(event):
    value = yield event
    return value


def test_a_process_that_fails_stops_the_run_with_its_error():
    clock = Clock()

    def fails():
        yield clock.timeout(1.0)
        raise ValueError("no luck")

    clock.process(fails())
    with pytest.raises(ValueError, match="no luck"):
        clock.advance(2.0)


def test_a_stopped_advance_leaves_nothing_behind_that_ends_a_later_one():
    clock, seen = Clock(), []
    for time in (1.0, 2.0):
        clock.at(time, COMPLETION, lambda about, number: clock.stop(), None)
    clock.at(4.0, COMPLETION, noting(seen), "late")
    clock.advance(3.0)
    assert clock.now == 1.0
    clock.advance(3.0)
    assert (clock.now, len(clock._queue)) == (
        2.0,
        2,
    )  # one mark at 3 s, however often it was asked for
    clock.advance(5.0)
    assert (seen, clock.now) == (["late"], 5.0)
