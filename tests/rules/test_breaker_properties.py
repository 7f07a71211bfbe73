"""Whatever happens in whatever order: what a breaker must never do."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.guards import Breaker, Consecutive, Count, Rolling
from simulator.rules.breaker import CircuitBreaker

WINDOWS = st.one_of(
    st.builds(Consecutive, st.integers(1, 3)),
    st.builds(Count, st.integers(1, 5)),
    st.builds(Rolling, st.sampled_from([4.0, 8.0]), st.integers(1, 4)),
)


@st.composite
def rules(draw):
    probes = draw(st.integers(1, 4))
    half_open = draw(st.sampled_from(["first", "straight", "rate"]))
    late = draw(st.sampled_from(["ignored", "counted"]))
    every = draw(st.sampled_from([0.0, 0.0, 2.0]))
    return Breaker(
        window=draw(WINDOWS),
        opens_at=draw(st.sampled_from([0.3, 0.5, 1.0])),
        minimum=draw(st.integers(1, 4)),
        stays_open=draw(st.sampled_from([1.0, 5.0])),
        probes=probes,
        half_open=half_open,
        awaited=draw(st.integers(1, probes))
        if half_open == "rate" and draw(st.booleans())
        else None,
        one_at_a_time=draw(st.booleans()),
        late=late,
        late_restarts=late == "counted" and draw(st.booleans()),
        judged="always" if every else draw(st.sampled_from(["always", "on_failure"])),
        judged_every=every,
    )


# What happens next: seconds go by; a call asks, ends (which one, failed), or says nothing.
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 3)),
        st.tuples(st.just("end"), st.integers(0, 3), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("back"), st.integers(0, 3), st.integers(0, 9)),
    ),
    max_size=60,
)


def play(breaker, events, watch=lambda breaker, now, under_way: None):
    """Let the events happen; returns everything a caller can see."""
    now, under_way, seen = 0.0, [], []
    for kind, gap, *rest in events:
        now += gap
        if kind == "ask":
            admitted = breaker.admits(now)
            if admitted:
                under_way.append((now, breaker.epoch))
            seen.append(admitted)
        elif under_way:
            sent, epoch = under_way.pop(rest[0] % len(under_way))
            if kind == "back":
                breaker.gives_back(now, epoch)
            else:
                breaker.record(now, rest[1], now - sent, epoch)
        watch(breaker, now, under_way)
        seen.append((breaker.state, breaker.epoch, breaker.openings, breaker.open_until))
    return seen


@given(rule=rules(), events=EVENTS)
@settings(deadline=None, max_examples=300)
def test_never_more_probes_without_result_than_allowed(rule, events):
    most = 1 if rule.one_at_a_time else rule.probes

    def watch(breaker, now, under_way):
        if breaker.state == "half_open":
            assert sum(epoch == breaker.epoch for _, epoch in under_way) <= most

    play(CircuitBreaker(rule), events, watch)


@given(rule=rules(), events=EVENTS)
@settings(deadline=None, max_examples=200)
def test_states_follow_the_circle_and_open_admits_nobody(rule, events):
    breaker, now, sent = CircuitBreaker(rule), 0.0, []
    for kind, gap, *rest in events:
        now += gap
        before, epoch = breaker.state_at(now), breaker.epoch
        if kind == "ask":
            admitted = breaker.admits(now)
            assert breaker.state == before  # what it said it would find
            assert admitted or before != "closed"
            assert not (admitted and before == "open")
            assert before != "open" or now < breaker.open_until
            if admitted:
                sent.append(breaker.epoch)
        elif kind == "end" and sent:
            breaker.record(now, rest[1], 1.0, sent.pop(rest[0] % len(sent)))
        assert breaker.epoch - epoch in (0, 1, 2)
        assert breaker.openings <= breaker.epoch
        assert (breaker.open_until == -math.inf) == (breaker.openings == 0)


@given(rule=rules(), first=EVENTS, second=EVENTS, other=EVENTS)
@settings(deadline=None, max_examples=100)
def test_a_copy_is_alike_and_independent(rule, first, second, other):
    original, control = CircuitBreaker(rule), CircuitBreaker(rule)
    play(original, first)
    play(control, first)
    twin, spare = original.copy(), original.copy()
    shifted = [("ask", 200), *second]  # later than everything before
    play(twin, [("ask", 200), *other])
    seen = play(original, shifted)
    assert seen == play(control, shifted) == play(spare, shifted)


@given(rule=rules(), events=EVENTS, later=st.integers(0, 40))
@settings(deadline=None, max_examples=100)
def test_asking_for_the_state_changes_nothing(rule, events, later):
    asked, control = CircuitBreaker(rule), CircuitBreaker(rule)

    def watch(breaker, now, under_way):
        breaker.state_at(now + later)

    assert play(asked, events, watch) == play(control, events)


class Herd(CircuitBreaker):
    """A wrong breaker: half open, it lets everybody through."""

    __slots__ = ()

    def admits(self, now):
        admitted = super().admits(now)
        return admitted or self.state == "half_open"


def test_the_first_property_finds_a_breaker_that_lets_everybody_through():
    rule = Breaker(Consecutive(1), stays_open=1.0)
    events = [("ask", 0), ("end", 1, 0, True), ("ask", 1), ("ask", 0)]

    def watch(breaker, now, under_way):
        if breaker.state == "half_open":
            assert sum(epoch == breaker.epoch for _, epoch in under_way) <= rule.probes

    play(CircuitBreaker(rule), events, watch)
    with pytest.raises(AssertionError):
        play(Herd(rule), events, watch)
