"""Retry budgets in the long run, against exact chains, closed forms and published tables."""

import itertools

import numpy as np
import pytest

from simulator.describe.retries import (
    AwsQuota,
    FinagleBudget,
    GrpcThrottle,
    ShareOfTraffic,
    TokenBucket,
)
from simulator.rules.budgets import new_budget
from tests.rules.chains import long_run
from tests.statistical import check_ratio

ATTEMPTS, FAILURES = 0, 1


def one_call(state, fates, attempts, now=0.0):
    """One call on `state`; returns its attempts and whether it failed in the end."""
    state.call_started(now)
    cost = None
    for sent in range(1, attempts + 1):
        retry = sent > 1
        state.sent(now, retry)
        ok = next(fates)
        state.attempt_ended(now, ok, retry)
        if ok or sent == attempts:
            break
        asked = state.spend(now, False)
        if asked is None:
            break
        cost = asked
    state.call_ended(now, ok, cost)
    return sent, not ok


def bernoulli(p, attempts):
    """All ways a call can go when attempts fail with probability p."""

    def step(state):
        for failures in range(attempts + 1):
            fates = [False] * failures + [True]
            after = state.copy()
            sent, failed = one_call(after, iter(fates), attempts)
            if failed:  # refused, or no attempt left, after `sent` failures: the longest way
                yield p**sent, np.array([sent, 1.0]), after
                return
            yield p**failures * (1 - p), np.array([sent, 0.0]), after

    return step


def exact(rule, p, attempts):
    """Attempts per call and share of calls that fail, of the stationary chain of the rule itself."""
    return long_run(new_budget(rule), bernoulli(p, attempts), lambda state: state.left(0.0))


BROOKER = TokenBucket(per_call=0.1, size=5.0, strict=True)


@pytest.mark.parametrize(
    ("p", "what", "strict", "least"),
    [
        # Markov chain with 51 states, computed elsewhere; the last column is for "one is enough".
        (0.05, ATTEMPTS, 1.0523864893562889, 1.0524110),
        (0.05, FAILURES, 0.00023283511152547747, 2.0954e-4),
        (0.1, FAILURES, 0.016399908556625122, 0.0162007),
        (0.5, ATTEMPTS, 1.0999999999999817, 1.1),
        (0.5, FAILURES, 0.4500000000000092, 0.45),
    ],
)
def test_token_bucket_in_the_long_run(p, what, strict, least):
    assert exact(BROOKER, p, 4)[what] == pytest.approx(strict, rel=1e-9, abs=0)
    lenient = TokenBucket(per_call=0.1, size=5.0, strict=False)
    assert exact(lenient, p, 4)[what] == pytest.approx(least, rel=3e-5, abs=0)


def test_token_bucket_and_its_copy_in_floats_do_not_agree():
    # The control of the test above: tenths held as floats get the strict comparison wrong.
    def tokens(calls):
        return sum(itertools.repeat(0.1, calls))

    assert tokens(10) < 1.0 < tokens(11)
    at_one = new_budget(TokenBucket(0.1, 1.0))
    at_one.spend(0.0, False)
    for _ in range(10):
        at_one.call_started(0.0)
    assert at_one.spend(0.0, False) == 1.0


def simulate(rule, p, attempts, batches, calls, seed):
    """Attempts and calls in each batch, after one batch to settle."""
    random = np.random.default_rng(seed)
    state, rows = new_budget(rule), []
    for _ in range(batches + 1):
        fates = iter((random.random(calls * attempts) >= p).tolist())
        rows.append(sum(one_call(state, fates, attempts)[0] for _ in range(calls)))
    return np.array(rows[1:]), np.full(batches, calls)


def aws_extra(p, cost):
    """Extra attempts per call: what failures ask for, or what successes earn (facts of the quota)."""
    return min(p + p * p, (1 - p) / (cost * p))


AWS = [
    (5.0, 0.1, 0.110), (5.0, 0.3, 0.390), (5.0, 0.4, 0.300), (5.0, 0.5, 0.200),
    (5.0, 0.75, 0.0667), (5.0, 0.9, 0.0222), (14.0, 0.3, 0.1667), (14.0, 0.4, 0.1071),
    (14.0, 0.5, 0.0714), (14.0, 0.75, 0.0238),
]  # fmt: skip


def aws_agrees(cost, p, truth, batches, calls):
    rule = AwsQuota(retry_cost=cost, timeout_cost=cost)
    attempts, made = simulate(rule, p, 3, batches, calls, seed=int(1000 * p + cost))
    check_ratio(attempts - made, made, truth, detects=0.1)


def test_aws_quota_table_is_the_formula():
    for cost, p, extra in AWS:
        assert aws_extra(p, cost) == pytest.approx(extra, rel=0, abs=5.1e-4)


@pytest.mark.parametrize(("cost", "p"), [(5.0, 0.1), (5.0, 0.5), (14.0, 0.4)])
def test_aws_quota_in_the_long_run(cost, p):
    aws_agrees(cost, p, aws_extra(p, cost), 20, 4000)
    with pytest.raises(AssertionError):
        aws_agrees(cost, p, aws_extra(p, cost) * 1.2, 20, 4000)


@pytest.mark.slow
@pytest.mark.parametrize(("cost", "p", "extra"), AWS)
def test_aws_quota_in_400_000_calls(cost, p, extra):
    aws_agrees(cost, p, aws_extra(p, cost), 40, 10_000)


@pytest.mark.parametrize(("cost", "p"), [(5.0, 0.4), (5.0, 0.75), (14.0, 0.3)])
def test_aws_quota_exactly(cost, p):
    # The closed form leaves out that a call may find too little for its second retry.
    rule = AwsQuota(100.0, retry_cost=cost, timeout_cost=cost)
    extra = exact(rule, p, 3)[ATTEMPTS] - 1
    assert extra == pytest.approx(aws_extra(p, cost), rel=0.01, abs=0)


@pytest.mark.parametrize(
    ("p", "load"),
    [(0.01, 1.010), (0.05, 1.052), (0.08, 1.060), (0.09, 1.042), (0.10, 1.021), (0.15, 1.000)],
)
def test_grpc_throttle_load(p, load):
    # A table of simulated figures (max_tokens 10, ratio 0.1, 4 attempts), three digits.
    assert exact(GrpcThrottle(10.0, 0.1), p, 4)[ATTEMPTS] == pytest.approx(load, rel=0, abs=1.5e-3)


def test_grpc_throttle_turns_at_ratio_over_one_plus_ratio():
    # The count drifts up below p = r / (1 + r) and down above it; a big bucket makes that sharp.
    rule = GrpcThrottle(40.0, 0.5)
    turn = 0.5 / 1.5
    below, above = (exact(rule, turn + d, 2)[ATTEMPTS] - 1 for d in (-0.12, 0.12))
    assert below > 0.99 * (turn - 0.12)
    assert above < 0.01


def demand(rule, per_second, seconds, retries):
    """Retries that pass in each ttl of 10 s when every call fails and asks for so many."""
    state, passed = new_budget(rule), np.zeros(seconds // 10, dtype=int)
    for number in range(per_second * seconds):
        now = number / per_second
        state.call_started(now)
        for _ in range(retries):
            passed[int(now) // 10] += state.spend(now, False) is not None
    return passed


@pytest.mark.parametrize("per_second", [10, 100, 500])
def test_finagle_bound(per_second):
    bound = 10 * (0.2 * per_second + 10)  # in ttl = 10 s: a fifth of the calls and the reserve
    passed = demand(FinagleBudget(), per_second, 100, 40)
    assert passed.max() <= bound
    assert passed[1:].mean() == pytest.approx(bound, rel=0.02, abs=0)
    assert demand(FinagleBudget(share=0.25), per_second, 100, 40).max() > bound  # the control


def test_finagle_is_no_budget_for_tiny_clients():
    # At 10 calls a second the floor alone lets all of them be retried.
    assert demand(FinagleBudget(), 10, 100, 1).min() == 100


@pytest.mark.parametrize("share", [0.02, 0.1, 0.25])
def test_share_of_traffic_bound(share):
    passed = demand(ShareOfTraffic(share, window=10.0), 100, 100, 3)
    assert passed[1:].mean() == pytest.approx(1000 * share, rel=0.12, abs=0)
    assert passed.cumsum()[-1] <= 100 * 100 * share * 10 / 9  # calls are forgotten up to 1 s early
