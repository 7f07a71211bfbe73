"""The wait before a retry, against the formulas of the AWS article, gRPC, Envoy and resilience4j."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.describe.retries import Backoff
from simulator.rules.backoff import wait
from tests.statistical import check_mean


def close(x):
    return pytest.approx(x, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [
        # AWS article: min(cap, base 2^n), n from 1: 10, 20, ... with base 5.
        (Backoff(5.0, cap=2000.0, jitter="none", first=1), [10.0, 20.0, 40.0, 80.0]),
        (Backoff(1.0, cap=20.0, jitter="none"), [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]),
        # MiSim: 0.01 * 3^(k-1), capped at 1.
        (Backoff(0.01, cap=1.0, jitter="none", factor=3.0), [0.01, 0.03, 0.09, 0.27, 0.81, 1.0]),
        (Backoff(2.0, jitter="none", kind="fixed"), [2.0, 2.0, 2.0]),
        # Envoy's handbook: (2^N - 1) * 25 ms, capped at 250 ms.
        (
            Backoff(0.025, cap=0.25, jitter="none", kind="exponential_minus_one"),
            [0.025, 0.075, 0.175, 0.25, 0.25],
        ),
        (Backoff(0.0, jitter="none"), [0.0, 0.0]),
    ],
)
def test_without_jitter_it_is_the_formula(backoff, waits):
    assert [wait(backoff, n, 0.7, 0.0) for n in range(1, len(waits) + 1)] == [
        pytest.approx(x, rel=1e-12, abs=1e-300) for x in waits
    ]


def test_full_and_equal_and_spread_use_the_number_as_the_article_does():
    for u in (0.0, 0.25, 0.999):
        assert wait(Backoff(1.0, cap=20.0), 3, u, 0.0) == pytest.approx(
            4 * u, rel=1e-12, abs=1e-300
        )
        assert wait(Backoff(1.0, cap=20.0, jitter="equal"), 3, u, 0.0) == close(2 + 2 * u)
        grpc = Backoff(0.1, cap=1.0, jitter="spread", spread=0.2)
        assert wait(grpc, 9, u, 0.0) == close(1.0 * (0.8 + 0.4 * u))  # the cap comes before jitter


def test_decorrelated_is_the_recursion_of_the_article():
    rule = Backoff(1.0, cap=10.0, jitter="decorrelated")
    before, waits = rule.base, []
    for u in (0.5, 0.5, 0.9, 0.99, 0.0):
        before = wait(rule, 1, u, before)
        waits.append(before)
    expected = [1 + 0.5 * 2, 1 + 0.5 * 5, 1 + 0.9 * 9.5, 10.0, 1.0]
    assert waits == [close(x) for x in expected]


@pytest.mark.parametrize("kind", ["exponential", "exponential_minus_one"])
def test_a_caller_may_try_for_ever(kind):
    assert wait(Backoff(1.0, cap=60.0, jitter="none", kind=kind), 10**7, 0.0, 0.0) == 60.0
    assert wait(Backoff(0.0, cap=60.0, jitter="none", kind=kind), 10**7, 0.0, 0.0) == 0.0


@given(
    base=st.floats(0, 1e3),
    more=st.floats(1e-9, 1e3),
    jitter=st.sampled_from(["none", "full", "equal", "decorrelated"]),
    kind=st.sampled_from(["exponential", "fixed", "exponential_minus_one"]),
    factor=st.floats(1, 10),
    n=st.integers(1, 2000),
    u=st.floats(0, 1, exclude_max=True),
    before=st.floats(0, 1e6),
)
def test_never_negative_and_never_above_the_cap(base, more, jitter, kind, factor, n, u, before):
    rule = Backoff(base, cap=base + more, jitter=jitter, kind=kind, factor=factor)
    got = wait(rule, n, u, before)
    assert 0.0 <= got <= rule.cap
    assert math.isfinite(got)


def test_mean_of_full_jitter_is_half_the_wait_and_not_all_of_it():
    draws = random.Random(1)
    waits = [wait(Backoff(1.0, cap=20.0), 4, draws.random(), 0.0) for _ in range(200_000)]
    check_mean(waits, 4.0, detects=0.01)
    with pytest.raises(AssertionError):
        check_mean(waits, 8.0, detects=0.01)
