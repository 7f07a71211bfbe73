"""The token bucket: its bound, its limits, and the rule simulated call by call."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.errors import NotSupported
from simulator.run.exact.token_chain import retry_token_bucket
from tests.statistical import check_mean


def test_published_long_run():
    """Attempts per call and failures at 5, 10 and 50 %."""
    for failure, attempts, fails in (
        (0.05, 1.0523865, 2.328e-4),
        (0.1, 1.0928890, 0.016400),
        (0.5, 1.1, 0.45),
    ):
        found = retry_token_bucket(failure=failure, fill=0.1, size=5, retries=3)
        assert found.attempts == pytest.approx(attempts, rel=1e-7, abs=0)
        assert found.failure == pytest.approx(fails, rel=3e-4, abs=0)


def test_one_token_being_enough():
    found = retry_token_bucket(failure=0.05, fill=0.1, size=5, retries=3, strict=False)
    assert found.attempts == pytest.approx(1.0524110, rel=0, abs=6e-8)
    assert found.failure == pytest.approx(2.0954e-4, rel=1e-4, abs=0)


@pytest.mark.parametrize("fill", [0.1, 0.25, 0.3, 1.0])
@pytest.mark.parametrize("failure", [0.2, 0.7, 1.0])
def test_each_attempt_succeeds_alike_and_the_bucket_bounds_them(fill, failure):
    found = retry_token_bucket(failure=failure, fill=fill, size=4, retries=3)
    assert found.attempts <= 1 + fill + 1e-12
    truth = 1 - (1 - failure) * found.attempts
    assert found.failure == pytest.approx(truth, rel=1e-11, abs=1e-15)


def test_a_full_purse_is_no_limit():
    found = retry_token_bucket(failure=0.3, fill=3, size=50, retries=3)
    assert found.attempts == pytest.approx(1 + 0.3 + 0.09 + 0.027, rel=1e-12, abs=0)
    assert found.failure == pytest.approx(0.3**4, rel=1e-11, abs=0)


def simulated_attempts(rng: np.random.Generator, strict: bool) -> float:
    """Mean attempts of 2,000 calls after 300; fill 1/4, size 2, two retries, tokens in quarters."""
    tokens, made = 8, 0
    for call in range(2300):
        tokens, retries = min(tokens + 1, 8), 0
        failed = rng.random() < 0.4
        while failed and retries < 2 and (tokens > 4 if strict else tokens >= 4):
            tokens, retries = tokens - 4, retries + 1
            failed = rng.random() < 0.4
        made += (1 + retries) if call >= 300 else 0
    return made / 2000


@pytest.mark.parametrize("strict", [True, False])
def test_the_rule_call_by_call(strict):
    rng = np.random.default_rng(6)
    means = [simulated_attempts(rng, strict) for _ in range(60)]
    truth, other = (
        retry_token_bucket(failure=0.4, fill=0.25, size=2, retries=2, strict=s).attempts
        for s in (strict, not strict)
    )
    assert other != truth
    check_mean(means, truth, detects=0.003)
    with pytest.raises(AssertionError):
        check_mean(means, truth * 1.006, detects=0.003)


def test_ends():
    calm = retry_token_bucket(failure=0.0, fill=0.1, size=5, retries=3)
    assert (calm.attempts, calm.failure, calm.mean_tokens) == (1.0, 0.0, 5.0)
    empty = retry_token_bucket(failure=0.5, fill=0, size=5, retries=3)
    assert empty.attempts == pytest.approx(1.0, rel=1e-12, abs=0)
    assert empty.mean_tokens == pytest.approx(1.0, rel=1e-12, abs=0)
    with pytest.raises(NotSupported, match="levels"):
        retry_token_bucket(failure=0.5, fill=0.12345, size=5, retries=3)
