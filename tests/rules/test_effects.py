"""The algebra of simultaneous effects."""

import math
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.faults import Effect
from simulator.rules.effects import NEUTRAL, combined

shares = st.one_of(st.just(0.0), st.just(1.0), st.floats(1e-12, 1.0))
times = st.one_of(st.just(0.0), st.floats(1e-6, 1e3))


@st.composite
def effects(draw):
    up = draw(st.sampled_from([True, True, False]))
    return Effect(
        up=up,
        hidden=up and draw(st.booleans()),
        silent=not up and draw(st.booleans()),
        speed=draw(st.one_of(st.just(0.0), st.floats(0.01, 3.0))),
        threads=draw(shares),
        cores=draw(shares),
        error=draw(shares),
        wrong=draw(shares),
        delay=draw(times),
        extra_work=draw(times),
        lost=draw(shares),
        forgets=draw(st.booleans()),
    )


def same(one, other):
    for field in fields(Effect):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, bool):
            assert a == b, field.name
        else:
            assert a == pytest.approx(b, rel=1e-12, abs=0), field.name


@given(several=st.lists(effects(), max_size=6), data=st.data())
@settings(max_examples=100, deadline=None)
def test_the_order_does_not_matter(several, data):
    same(combined(several), combined(data.draw(st.permutations(several))))


@given(several=st.lists(effects(), max_size=6), cut=st.integers(0, 6))
@settings(max_examples=80, deadline=None)
def test_neither_do_brackets(several, cut):
    same(combined(several), combined([combined(several[:cut]), combined(several[cut:])]))


@given(several=st.lists(effects(), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None)
def test_each_field_follows_its_rule(several):
    whole = combined(several)
    assert whole.up == all(e.up for e in several)
    assert whole.silent == any(e.silent for e in several)
    assert whole.forgets == any(e.forgets for e in several)
    assert whole.hidden == (whole.up and any(e.hidden for e in several))
    for name in ("speed", "threads", "cores"):
        product = math.prod(getattr(e, name) for e in several)
        assert getattr(whole, name) == pytest.approx(product, rel=1e-12, abs=0)
    for name in ("delay", "extra_work"):
        total = sum(getattr(e, name) for e in several)
        assert getattr(whole, name) == pytest.approx(total, rel=1e-12, abs=0)
    for name in ("error", "wrong", "lost"):
        if any(getattr(e, name) == 1.0 for e in several):
            assert getattr(whole, name) == 1.0
            continue
        # Another road to 1 - prod(1 - x), which keeps the digits of small chances too.
        chance = -math.expm1(math.fsum(math.log1p(-getattr(e, name)) for e in several))
        assert getattr(whole, name) == pytest.approx(chance, rel=1e-12, abs=0)
        assert getattr(whole, name) <= 1.0


def test_none_is_neutral_and_one_is_itself():
    assert combined([]) == NEUTRAL == Effect()
    slow = Effect(speed=0.3, delay=2.0)
    assert combined([slow]) is slow
    assert combined(iter([slow, NEUTRAL])) == slow


def test_by_hand():
    whole = combined(
        [
            Effect(speed=0.5, error=0.5, delay=0.25, hidden=True),
            Effect(speed=0.5, error=0.5, delay=0.5, forgets=True),
            Effect(up=False, silent=True, threads=0.5),
        ]
    )
    expected = Effect(
        up=False, silent=True, speed=0.25, threads=0.5, error=0.75, delay=0.75, forgets=True
    )
    assert whole == expected


def test_small_chances_keep_their_digits():
    """Negative control: the formula as it stands has lost ten of them."""
    whole = combined([Effect(error=1e-14), Effect(error=3e-14)]).error
    assert whole == pytest.approx(4e-14, rel=1e-12, abs=0)
    plain = 1 - (1 - 1e-14) * (1 - 3e-14)
    assert plain != pytest.approx(4e-14, rel=1e-4, abs=0)
