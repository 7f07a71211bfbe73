"""Retry budgets, decision by decision, and what none of them may ever do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.retries import (
    AwsQuota,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    ShareOfTraffic,
    TokenBucket,
)
from simulator.errors import DescriptionError
from simulator.rules.budgets import new_budget


def granted(state, times, now=0.0, timed_out=False):
    """How many of so many requests for a retry pass."""
    return sum(state.spend(now, timed_out) is not None for _ in range(times))


@pytest.mark.parametrize("strict", [False, True])
def test_ten_tenths_are_one_token(strict):
    # As floats ten 0.1 make 0.9999999999999999, which is not enough, and eleven more than enough.
    bucket = new_budget(TokenBucket(per_call=0.1, size=5.0, strict=strict))
    assert granted(bucket, 9) == (4 if strict else 5)  # strict: one token always stays
    for call in range(1, 12):
        bucket.call_started(0.0)
        enough = call >= (1 if strict else 10)
        assert (bucket.copy().spend(0.0, False) is not None) == enough


def test_bucket_is_exact_for_a_million_calls():
    bucket = new_budget(TokenBucket(per_call=0.1, size=200_000.0))
    assert granted(bucket, 200_001) == 200_000
    for _ in range(1_000_000):
        bucket.call_started(0.0)
    assert bucket.left(0.0) == 100_000.0
    assert granted(bucket, 100_001) == 100_000
    assert sum([0.1] * 1_000_000) != 100_000.0  # the control: floats are not


def test_bucket_is_full_at_the_start_and_never_fuller():
    bucket = new_budget(TokenBucket(per_call=0.3, size=2.0))
    for _ in range(9):
        bucket.call_started(0.0)
    assert bucket.left(0.0) == 2.0
    assert bucket.spend(0.0, True) == 1.0


def test_share_of_traffic_counts_itself_and_forgets():
    budget = new_budget(ShareOfTraffic(share=0.29, window=100.0))
    assert granted(budget, 1) == 0
    for _ in range(100):
        budget.call_started(5.0)
    assert granted(budget, 50, now=7.0) == 29
    for _ in range(100):
        budget.call_started(55.0)
    assert granted(budget, 50, now=55.0) == 29  # 58 of 200
    assert granted(budget, 50, now=105.0) == 0  # the first hundred are gone, with their 29 retries
    for _ in range(100):
        budget.call_started(105.0)
    assert granted(budget, 50, now=105.0) == 29
    assert granted(budget, 50, now=205.0) == 0


def test_aws_takes_by_kind_and_gives_back_by_the_last():
    quota = new_budget(AwsQuota())
    assert quota.spend(0.0, False) == 5.0
    assert quota.spend(0.0, True) == 10.0
    assert quota.left(0.0) == 485.0
    quota.call_ended(0.0, True, 10.0)
    assert quota.left(0.0) == 495.0
    quota.call_ended(0.0, True, None)
    assert quota.left(0.0) == 496.0
    quota.call_ended(0.0, False, 5.0)
    quota.call_ended(0.0, False, None)
    assert quota.left(1e9) == 496.0  # failures give nothing, nor does time
    for _ in range(9):
        quota.call_ended(0.0, True, None)
    assert quota.left(0.0) == 500.0


@pytest.mark.parametrize(
    ("rule", "timed_out", "passes"),
    [
        (AwsQuota(), False, 100),
        (AwsQuota(), True, 50),
        (AwsQuota(500.0, 14.0, 14.0), False, 35),
        (AwsQuota(1.0, 0.1, 0.1), False, 10),  # tenths again
    ],
)
def test_aws_without_success_runs_dry(rule, timed_out, passes):
    assert granted(new_budget(rule), 1000, timed_out=timed_out) == passes


def test_grpc_stops_at_half_and_comes_back_slowly():
    throttle = new_budget(GrpcThrottle(10.0, 0.1))
    for failures in range(1, 5):
        throttle.attempt_ended(0.0, False, False)
        assert throttle.spend(0.0, False) == 0.0, failures
    throttle.attempt_ended(0.0, False, True)
    assert throttle.spend(0.0, False) is None  # 5 of 10 is not above half
    throttle.attempt_ended(0.0, True, False)
    assert throttle.spend(0.0, False) == 0.0  # 5.1 is
    for _ in range(100):
        throttle.attempt_ended(0.0, False, False)
    assert throttle.left(0.0) == 0.0
    for success in range(1, 60):
        throttle.attempt_ended(0.0, True, False)
        assert (throttle.spend(0.0, False) is not None) == (success > 50)
    for _ in range(1000):
        throttle.attempt_ended(0.0, True, False)
    assert throttle.left(0.0) == 10.0


def test_finagle_starts_with_its_reserve_and_adds_a_fifth_of_the_calls():
    budget = new_budget(FinagleBudget())
    assert granted(budget, 1000) == 100  # 10 per second for ttl = 10 s
    for _ in range(50):
        budget.call_started(0.0)
    assert granted(budget, 1000) == 10
    assert granted(budget, 1000, now=9.9) == 0
    assert granted(budget, 1000, now=10.0) == 100


def test_finagle_calls_that_expire_leave_their_retries_behind():
    budget = new_budget(FinagleBudget(min_per_s=0.0))
    for _ in range(50):
        budget.call_started(0.0)
    assert granted(budget, 1000, now=9.0) == 10
    assert budget.left(10.0) == 0.0  # 50 calls gone, 10 retries not: below nothing
    for _ in range(50):
        budget.call_started(10.0)
    assert granted(budget, 1000, now=10.0) == 0
    assert granted(budget, 1000, now=19.0) == 10


@pytest.mark.parametrize(("reserve", "passes"), [(0.0, 0), (2.0, 20)])
def test_finagle_without_a_share_lives_on_its_reserve(reserve, passes):
    budget = new_budget(FinagleBudget(min_per_s=reserve, share=0.0))
    for _ in range(500):
        budget.call_started(0.0)
    assert granted(budget, 1000) == passes


def envoy(rule, under_way):
    budget = new_budget(rule)
    for _ in range(under_way):
        budget.sent(0.0, False)
    return budget


@pytest.mark.parametrize(
    ("under_way", "passes"), [(0, 3), (2, 3), (15, 3), (19, 3), (20, 4), (25, 5), (100, 20)]
)
def test_envoy_a_fifth_of_what_is_under_way_and_at_least_three(under_way, passes):
    # 25 active requests allow 5 retries, 2 allow 3: the description of Envoy's pull request 9069.
    assert granted(envoy(EnvoyBudget(), under_way), 200) == passes


def test_envoy_share_without_rounding_error():
    assert granted(envoy(EnvoyBudget(0.29, 0), 100), 200) == 29
    assert envoy(EnvoyBudget(0.29, 0), 100).left(0.0) == 29.0


def test_envoy_counts_a_retry_from_its_grant_to_its_end():
    budget = envoy(EnvoyBudget(0.0, 1), 10)
    assert budget.spend(0.0, False) == 0.0
    assert budget.spend(0.0, False) is None  # the first one still waits for its backoff
    budget.sent(1.0, True)
    assert budget.spend(1.0, False) is None
    budget.attempt_ended(2.0, True, True)
    assert budget.spend(2.0, False) == 0.0
    budget.not_sent(2.0)
    assert budget.spend(2.0, False) == 0.0


def test_a_cancelled_attempt_is_over_and_says_nothing():
    budget = envoy(EnvoyBudget(0.0, 1), 10)
    budget.spend(0.0, False)
    budget.sent(0.0, True)
    budget.cancelled(1.0, True)
    assert budget.spend(1.0, False) == 0.0
    for rule in (GrpcThrottle(10.0, 0.1), AwsQuota(), TokenBucket()):
        other = new_budget(rule)
        other.spend(0.0, False)
        left = other.left(0.0)
        other.sent(0.0, True)
        other.cancelled(1.0, True)
        assert other.left(1.0) == left


SHARES = st.sampled_from([0.0, 0.1, 0.29, 1 / 3, 0.5, 1.0])
RULES = st.one_of(
    st.builds(TokenBucket, SHARES, st.sampled_from([1.0, 2.5, 10.0]), st.booleans()),
    st.builds(ShareOfTraffic, SHARES, st.sampled_from([5.0, 60.0])),
    st.builds(AwsQuota, st.sampled_from([0.0, 7.0, 500.0]), SHARES, SHARES, SHARES),
    st.builds(GrpcThrottle, st.sampled_from([1.0, 3.0, 10.0]), st.sampled_from([0.1, 0.75])),
    st.builds(FinagleBudget, st.sampled_from([1.0, 10.0]), st.sampled_from([0.0, 2.0]), SHARES),
    st.builds(EnvoyBudget, SHARES, st.integers(0, 3)),
)
CALLS = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.lists(st.booleans(), max_size=4), st.booleans()),
    max_size=40,
)


def one_call(state, now, timed_out, fates, sent):
    """A call whose attempts fail and succeed as told; returns what its retries cost."""
    state.call_started(now)
    costs, ok, retry = [], True, False
    for ok in [*fates, True]:
        state.sent(now, retry)
        state.attempt_ended(now, ok, retry)
        cost = None if ok else state.spend(now, timed_out)
        if cost is None:
            break
        costs.append(cost)
        retry = True
        if not sent:
            state.not_sent(now)
            break
    state.call_ended(now, ok, costs[-1] if costs else None)
    return costs, state.left(now)


@given(rule=RULES, calls=CALLS)
@settings(deadline=None, max_examples=300)
def test_never_below_nothing_and_a_refusal_takes_nothing(rule, calls):
    state, now = new_budget(rule), 0.0
    for gap, timed_out, fates, sent in calls:
        now += gap
        costs, left = one_call(state, now, timed_out, fates, sent)
        assert left >= 0.0
        assert all(cost >= 0.0 for cost in costs)
        before = state.left(now)
        cost = state.spend(now, timed_out)
        if cost is None:
            assert state.left(now) == before
        elif not isinstance(rule, FinagleBudget | EnvoyBudget | ShareOfTraffic):
            assert state.left(now) == pytest.approx(before - cost, rel=1e-9, abs=1e-9)
        if cost is not None:
            state.sent(now, True)
            state.attempt_ended(now, False, True)


@given(rule=RULES, first=CALLS, second=CALLS, other=CALLS)
@settings(deadline=None, max_examples=100)
def test_a_copy_is_alike_and_independent(rule, first, second, other):
    def play(state, calls, now):
        seen = []
        for gap, *fate in calls:
            now += gap
            seen.append(one_call(state, now, *fate))
        return seen

    original, control = new_budget(rule), new_budget(rule)
    assert play(original, first, 0.0) == play(control, first, 0.0)
    twin, spare = original.copy(), original.copy()
    play(twin, other, 200.0)
    assert (
        play(original, second, 200.0) == play(control, second, 200.0) == play(spare, second, 200.0)
    )


@pytest.mark.parametrize(
    ("kind", "fields", "where"),
    [
        (TokenBucket, {"size": float("inf")}, "size"),
        (AwsQuota, {"earns": float("inf")}, "earns"),
        (FinagleBudget, {"share": 1001.0}, "share"),
        (FinagleBudget, {"min_per_s": float("inf")}, "min_per_s"),
        (GrpcThrottle, {"token_ratio": float("inf")}, "token_ratio"),
    ],
)
def test_a_budget_without_end_is_none(kind, fields, where):
    with pytest.raises(DescriptionError) as caught:
        kind(**fields)
    assert caught.value.where == where
