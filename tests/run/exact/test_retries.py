"""Retries: published amplifications, quadrature, and a simulated caller."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from simulator import Deterministic, Exponential, Lognormal, Mixture
from simulator.errors import DescriptionError
from simulator.run.exact.retries import retry_amplification, retry_latency
from tests.statistical import check_mean


@pytest.mark.parametrize(
    ("failure", "calls", "success"),
    [
        (0.1, 1.111, 0.9999),
        (0.3, 1.417, 0.9919),
        (0.5, 1.875, 0.9375),
        (0.75, 2.734, 0.6836),
        (1, 4, 0),
    ],
)
def test_published_attempts_with_three_retries(failure, calls, success):
    found = retry_amplification(failure=failure, attempts=4)
    assert found.calls == pytest.approx(calls, rel=0, abs=5e-4)
    assert 1 - found.failure == pytest.approx(success, rel=0, abs=5e-5)


@pytest.mark.parametrize("attempts", [3, 4])
def test_a_dead_callee_multiplies_by_layers(attempts):
    for layers, calls in enumerate((attempts, attempts**2, attempts**3), start=1):
        found = retry_amplification(failure=1, attempts=attempts, layers=layers)
        assert (found.calls, found.failure) == (calls, 1.0)


def calls_made(
    rng: np.random.Generator, layers: tuple[int, ...], failure: float
) -> tuple[int, bool]:
    """Calls at the bottom of one request, by recursion, and whether it failed."""
    if not layers:
        return 1, rng.random() < failure
    total = 0
    for _ in range(layers[-1]):
        calls, failed = calls_made(rng, layers[:-1], failure)
        total += calls
        if not failed:
            return total, False
    return total, True


def test_different_layers_by_simulation():
    rng = np.random.default_rng(8)
    seen = [calls_made(rng, (3, 2), 0.7) for _ in range(20_000)]
    found = retry_amplification(failure=0.7, attempts=(3, 2))
    check_mean([calls for calls, _ in seen], found.calls, detects=0.03)
    check_mean([failed for _, failed in seen], found.failure, detects=0.12)
    other = retry_amplification(failure=0.7, attempts=3, layers=2).calls  # 3 at the upper one too
    with pytest.raises(AssertionError):
        check_mean([calls for calls, _ in seen], other, detects=0.03)
    assert math.prod(found.attempts) == pytest.approx(found.calls, rel=1e-15, abs=0)


def test_exponential_answers_in_closed_form():
    """Mean given success: lost attempts times the timeout, plus 1 - T e^-T / (1 - e^-T)."""
    q = math.exp(-2)
    lost = (q + 2 * q * q) / (1 + q + q * q)
    found = retry_latency(Exponential(1.0), timeout=2, attempts=3, pause=0.5)
    assert found.mean_given_success == pytest.approx(
        2.5 * lost + 1 - 2 * q / (1 - q), rel=1e-12, abs=0
    )
    assert found.success == pytest.approx(1 - q**3, rel=1e-14, abs=0)
    assert found.mean_attempts == pytest.approx(1 + q + q * q, rel=1e-14, abs=0)


@pytest.mark.parametrize(
    "latency",
    [
        Exponential(1.0),
        Lognormal(0.8, 1.2),
        Mixture((0.5, 0.5), (Exponential(0.2), Exponential(4.0))),
    ],
)
def test_the_tail_sums_to_the_mean(latency):
    from scipy.integrate import quad

    found = retry_latency(latency, timeout=1.5, attempts=3, pause=0.25)
    edges = [0, 1.5, 1.75, 3.25, 3.5, 5.0]
    total = sum(
        quad(found.tail, a, b, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
        for a, b in itertools.pairwise(edges)
    )
    assert found.mean_given_success == pytest.approx(total, rel=1e-8, abs=0)
    assert found.tail(0) == pytest.approx(1.0, rel=1e-14, abs=0)
    assert found.tail(5.0) == 0.0


def test_two_fixed_latencies():
    """Answers take 0.1 s, or 9 s one time in four: (0.1 + the timeouts before)."""
    latency = Mixture((0.75, 0.25), (Deterministic(0.1), Deterministic(9.0)))
    found = retry_latency(latency, timeout=1, attempts=2)
    assert found.in_time == pytest.approx(0.75, rel=1e-14, abs=0)
    assert found.mean_given_success == pytest.approx(0.1 + 0.25 / 1.25, rel=1e-12, abs=0)


def test_never_in_time():
    with pytest.raises(DescriptionError, match="never answers"):
        retry_latency(Deterministic(3.0), timeout=2, attempts=3)
