"""Backlogs against a queue of single items, and what holds whatever the rates and whatever is done."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.backlogs import Backlog
from simulator.describe.profiles import Daily, Ramp, Spike
from simulator.rules.backlog import BacklogState

# Another implementation: a queue of single items.


def by_items(rule, until, per_unit):
    """Waiting, done and expired of `rule` with constant rates by serving items of 1 / per_unit."""
    gap, took = 1.0 / (rule.inflow * per_unit), 1.0 / (rule.rate * per_unit)
    items, now, came, done, expired = deque([0.0] * round(rule.starts * per_unit)), 0.0, gap, 0, 0
    while now < until:
        while came <= now:
            items.append(came)
            came += gap
        if not items:
            now = came
            continue
        late = now - items.popleft() > rule.expires_after
        expired, done = expired + late, done + (not late)
        now += 0.0 if late and rule.expired == "free" else took
    return len(items) / per_unit, done / per_unit, expired / per_unit


@pytest.mark.parametrize("expired", ["free", "costs_service"])
@pytest.mark.parametrize(("inflow", "rate"), [(3.0, 5.0), (5.0, 3.0), (4.0, 4.0)])
def test_it_is_the_limit_of_a_queue_of_items(expired, inflow, rate):
    rule = Backlog("b", inflow, rate, starts=120.0, expires_after=20.0, expired=expired)
    state = BacklogState(rule)
    state.advance(90.0)
    items = by_items(rule, 90.0, per_unit=400)
    assert (state.waiting, state.done, state.expired) == pytest.approx(items, rel=0.002, abs=0.2)
    other = by_items(Backlog("b", inflow, 1.02 * rate, 120.0, 20.0, expired), 90.0, per_unit=400)
    assert (state.waiting, state.done, state.expired) != pytest.approx(other, rel=0.002, abs=0.2)


# Laws.


def some(low, high):
    """Numbers that scaling by a power of two leaves exact."""
    return st.floats(low, high).map(lambda x: round(x, 6))


RATES = st.one_of(
    some(0, 20),
    st.builds(Spike, some(0, 5), some(0, 20), some(0, 300), some(1, 200)),
    st.builds(Ramp, some(0, 5), some(0, 20), some(0, 100), some(150, 400)),
    st.builds(Daily, some(0, 5), some(5, 20), some(0, 300), some(200, 500)),
)
RULES = st.builds(
    Backlog, st.just("b"), RATES, RATES, some(0, 500), st.one_of(st.none(), some(5, 100)),
    st.sampled_from(["free", "costs_service"]), st.booleans(),
)  # fmt: skip
MOVES = st.lists(
    st.tuples(
        st.floats(0.0, 90.0),
        st.sampled_from(["pause", "resume", "add", "drop", "slower", "more", "younger", "never"]),
    ),
    max_size=8,
)


def played(rule, moves, k=1.0, cuts=1, step=20.0):
    state = BacklogState(rule, step)
    for gap, move in moves:
        for _ in range(cuts):
            state.advance(state.time + gap / cuts)
        if move in ("pause", "resume"):
            getattr(state, move)()
        elif move == "add":
            state.add(60.0 * k)
        elif move == "drop":
            state.drop(40.0 * k)
        else:
            change = {"slower": {"rate_factor": 0.5}, "more": {"inflow_factor": 2.0}}
            change |= {"younger": {"expires_after": 7.0}, "never": {"expires_after": None}}
            state.set(**change[move])
    state.advance(state.time + 50.0)
    return state


@given(rule=RULES, moves=MOVES)
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost(rule, moves):
    state = played(rule, moves)
    accounted = state.waiting + state.done + state.expired + state.dropped
    assert accounted == pytest.approx(state.arrived, rel=1e-9, abs=1e-9)
    assert 0.0 <= state.age <= state.time
    history = state.history
    assert np.all(np.diff(history.time) >= 0.0)
    assert np.all(history.waiting >= 0.0)
    assert np.all(np.diff(history.expired) >= -1e-9)
    assert (history.time[-1], history.waiting[-1]) == (state.time, state.waiting)


def scaled(rate, k):
    if isinstance(rate, float):
        return rate * k
    high = {Spike: ("base", "peak"), Ramp: ("low", "high"), Daily: ("low", "high")}[type(rate)]
    fields = {name: getattr(rate, name) for name in type(rate).__slots__}
    return type(rate)(**fields | {name: fields[name] * k for name in high})


@given(rule=RULES, moves=MOVES, k=st.sampled_from([0.25, 8.0, 1024.0]))
@settings(max_examples=100, deadline=None)
def test_amounts_and_rates_have_no_unit_of_their_own(rule, moves, k):
    """By powers of two, which change no digit: all amounts scale, all times stay."""
    rates = scaled(rule.inflow, k), scaled(rule.rate, k)
    big = Backlog("b", *rates, rule.starts * k, rule.expires_after, rule.expired, rule.paused)
    one, other = played(rule, moves), played(big, moves, k)
    assert (other.waiting, other.done, other.expired) == (
        k * one.waiting,
        k * one.done,
        k * one.expired,
    )
    assert other.age == one.age


@given(rule=RULES, moves=MOVES)
@settings(max_examples=100, deadline=None)
def test_looking_more_often_changes_little(rule, moves):
    """Slopes are at most 0.4 a second each second, 0.8 with a factor: 0.4 units a corner at 2 s."""
    once, often = played(rule, moves, step=2.0), played(rule, moves, step=2.0, cuts=3)
    for name in ("waiting", "done", "expired"):
        assert getattr(often, name) == pytest.approx(getattr(once, name), rel=1e-9, abs=2.0)
