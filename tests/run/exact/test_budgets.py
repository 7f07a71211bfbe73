"""Budgets: published figures of the libraries' rules, and the quota simulated call by call."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.run.exact.budgets import (
    adaptive_rejection,
    adaptive_sending,
    concurrent_retry_limit,
    quota_retries,
    quota_switch,
    retry_rate_limit,
    throttle_shutoff,
)
from tests.statistical import check_mean


@pytest.mark.parametrize(
    ("cost", "failure", "stated"),
    [
        (5, 0.1, 0.110), (5, 0.3, 0.390), (5, 0.4, 0.300), (5, 0.5, 0.200), (5, 0.75, 0.0667),
        (5, 0.9, 0.0222), (5, 1.0, 0.0), (14, 0.3, 0.1667), (14, 0.4, 0.1071), (14, 0.5, 0.0714),
        (14, 0.75, 0.0238),
    ],
)  # fmt: skip
def test_published_retries(cost, failure, stated):
    found = quota_retries(failure=failure, cost=cost)
    assert found.retries == pytest.approx(stated, rel=0, abs=6e-5)
    assert found.exhausted == (failure > quota_switch(cost=cost))


def test_published_switches():
    for cost, stated in ((5, 0.321), (10, 0.246), (14, 0.215)):
        assert quota_switch(cost=cost) == pytest.approx(stated, rel=0, abs=5e-4)


def simulated_quota(rng: np.random.Generator, p: float, cost: int, calls: int) -> np.ndarray:
    """Retries and success of calls by the rule as it is written down; the quota begins empty."""
    tokens, rows = 0, np.zeros((calls, 2))
    for row in rows:
        failed, paid = rng.random() < p, 0
        while failed and row[0] < 2 and tokens >= cost:
            tokens, paid = tokens - cost, cost
            row[0] += 1
            failed = rng.random() < p
        if not failed:
            tokens = min(tokens + (paid or 1), 500)
        row[1] = not failed
    return rows


@pytest.mark.parametrize("failure", [0.15, 0.6])
def test_the_rule_call_by_call(failure):
    """Batches of 1,000 calls; the first batches, on the way from empty, are left out."""
    rows = simulated_quota(np.random.default_rng(11), failure, 5, 150_000)
    batches = rows[30_000:].reshape(-1, 1000, 2).mean(axis=1)
    truth = quota_retries(failure=failure)
    check_mean(batches[:, 0], truth.retries, detects=0.04)
    check_mean(batches[:, 1], truth.success, detects=0.02)
    with pytest.raises(AssertionError):
        check_mean(batches[:, 0], truth.retries * 1.08, detects=0.04)


def test_without_failures_nothing_is_retried():
    found = quota_retries(failure=0.0)
    assert (found.retries, found.success, found.exhausted) == (0.0, 1.0, False)
    assert quota_retries(failure=0.5, retries=0).success == 0.5


def test_grpc():
    """Tokens neither rise nor fall: p = (1 - p) ratio."""
    p = throttle_shutoff(0.1)
    assert p == pytest.approx(0.0909, rel=0, abs=5e-5)
    assert (1 - p) * 0.1 == pytest.approx(p, rel=1e-14, abs=0)


def test_finagle_and_envoy():
    assert retry_rate_limit(10) == 12.0  # the floor alone allows as many retries as requests
    assert retry_rate_limit(10_000, ratio=0.1, floor=0) == 1000.0
    assert concurrent_retry_limit(5) == 3.0
    assert concurrent_retry_limit(500) == 100.0


def test_adaptive_throttling():
    assert adaptive_rejection(requests=100, accepts=60) == 0.0
    assert adaptive_rejection(requests=99, accepts=30) == pytest.approx(0.39, rel=1e-14, abs=0)
    assert adaptive_sending(rate=100, accepted=30) == 60.0
    assert adaptive_sending(rate=50, accepted=30) == 50.0


def test_adaptive_sending_is_where_the_rejection_settles():
    """With s of n requests sent and a accepted, a client that rejects (n - K a) / n sends K a."""
    n, a = 1e9, 3e8
    kept = n * (1 - adaptive_rejection(requests=n, accepts=a))
    assert kept == pytest.approx(adaptive_sending(rate=n, accepted=a), rel=1e-8, abs=0)
