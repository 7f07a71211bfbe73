"""Breakers: published figures, all windows of a small breaker as linear equations, simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import NotSupported
from simulator.run.exact.guards import (
    breaker_cycle,
    calls_to_consecutive_failures,
    calls_to_full_window,
    first_window_trip,
)
from tests.statistical import check_ratio


@pytest.mark.parametrize(
    ("failure", "stated"), [(0.5, 62), (0.1, 111_110), (0.01, 1.01010101e10), (0.2, 3905)]
)
def test_published_calls_to_five_in_a_row(failure, stated):
    assert calls_to_consecutive_failures(failure=failure, failures=5) == pytest.approx(
        stated, rel=1e-9, abs=0
    )


def test_runs_at_the_ends():
    assert calls_to_consecutive_failures(failure=1, failures=7) == 7
    assert math.isinf(calls_to_consecutive_failures(failure=0, failures=1))
    assert math.isinf(calls_to_consecutive_failures(failure=1e-10, failures=100))
    for n in (64, 65):  # both ways of adding up
        assert calls_to_consecutive_failures(failure=0.9, failures=n) == pytest.approx(
            (0.9**-n - 1) / 0.1, rel=1e-11, abs=0
        )


@pytest.mark.parametrize(
    ("failure", "probes", "stated"),
    [(0.5, 1, 0.90361446), (0.2, 1, 0.08759124), (0.2, 3, 0.13033278)],
)
def test_published_duty_cycles(failure, probes, stated):
    found = breaker_cycle(failure=failure, failures=5, rate=10, open_for=30, probes=probes)
    assert found.open == pytest.approx(stated, rel=0, abs=5e-9)
    assert found.closed + found.open + found.half_open == pytest.approx(1.0, rel=1e-14, abs=0)


def test_a_dead_and_a_perfect_callee():
    dead = breaker_cycle(failure=1, failures=5, rate=10, open_for=30, probes=3)
    assert dead.open == pytest.approx(
        30 / 30.1, rel=1e-14, abs=0
    )  # a probe each time, never closed
    assert (dead.closed, dead.trips) == (0.0, 0.0)
    perfect = breaker_cycle(failure=0, failures=5, rate=10, open_for=30)
    assert (perfect.closed, perfect.open) == (1.0, 0.0)


def simulated_cycle(rng: np.random.Generator) -> tuple[float, float]:
    """Seconds open and seconds from closed to closed: 3 in a row open it for 4 s, 2 probes close it."""
    total, bad = 0.0, 0
    while bad < 3:
        total += 0.5
        bad = bad + 1 if rng.random() < 0.4 else 0
    opened, good = 4.0, 0
    total += 4.0
    while good < 2:
        total += 0.5
        good += 1
        if rng.random() < 0.4:
            opened, total, good = opened + 4.0, total + 4.0, 0
    return opened, total


def test_duty_cycle_by_simulation():
    rng = np.random.default_rng(5)
    opened, total = np.array([simulated_cycle(rng) for _ in range(20_000)]).T
    truth = breaker_cycle(failure=0.4, failures=3, rate=2, open_for=4, probes=2)
    check_ratio(opened, total, truth.open, detects=0.03)
    check_ratio(np.ones_like(total), total, truth.trips, detects=0.03)
    wrong = breaker_cycle(failure=0.4, failures=3, rate=2, open_for=4, probes=1)
    with pytest.raises(AssertionError):
        check_ratio(opened, total, wrong.open, detects=0.03)


def by_equations(p: float, window: int, threshold: int) -> float:
    """Mean calls to a trip by solving for every content of the full window at once."""
    size = 2**window
    failures = np.array([bin(w).count("1") for w in range(size)])
    q, right = np.eye(size), np.ones(size)
    for w in range(size):
        if failures[w] >= threshold:
            right[w] = 0.0
            continue
        for bit, chance in ((0, 1 - p), (1, p)):
            q[w, ((w << 1) | bit) % size] -= chance
    calls = np.linalg.solve(q, right)
    return float(window + calls @ (p**failures * (1 - p) ** (window - failures)))


@pytest.mark.parametrize(("window", "threshold"), [(1, 1), (4, 2), (6, 3), (8, 7)])
@pytest.mark.parametrize("failure", [0.1, 0.5, 0.95])
def test_windows_by_linear_equations(window, threshold, failure):
    found = calls_to_full_window(failure=failure, window=window, threshold=threshold)
    assert found == pytest.approx(by_equations(failure, window, threshold), rel=1e-9, abs=0)


@pytest.mark.parametrize(("failure", "window"), [(0.01, 12), (0.2, 16), (0.6, 18)])
def test_a_window_of_failures_only_is_a_run(failure, window):
    found = calls_to_full_window(failure=failure, window=window, threshold=window)
    truth = calls_to_consecutive_failures(failure=failure, failures=window)
    assert found == pytest.approx(truth, rel=1e-10, abs=0)


def test_windows_at_the_ends():
    assert calls_to_full_window(failure=1, window=8, threshold=3) == 8
    assert math.isinf(calls_to_full_window(failure=0, window=8, threshold=3))
    with pytest.raises(NotSupported, match="trip"):
        calls_to_full_window(failure=1e-50, window=10, threshold=10)


@pytest.mark.parametrize(
    ("calls", "ratio", "failure", "stated"),
    [
        (100, 0.5, 0.3, 2e-5), (100, 0.5, 0.4, 0.0271), (100, 0.5, 0.45, 0.183), (100, 0.5, 0.5, 0.540),
        (100, 0.5, 0.6, 0.983), (20, 0.5, 0.3, 0.048), (20, 0.5, 0.4, 0.245), (20, 0.5, 0.5, 0.588),
        (10, 0.5, 0.1, 0.0016), (10, 0.5, 0.2, 0.033), (10, 0.5, 0.3, 0.150), (100, 0.1, 0.05, 0.028),
        (100, 0.1, 0.08, 0.278), (100, 0.1, 0.1, 0.549),
    ],
)  # fmt: skip
def test_published_first_evaluations(calls, ratio, failure, stated):
    found = first_window_trip(failure=failure, calls=calls, ratio=ratio)
    assert found == pytest.approx(
        stated, rel=0, abs=5e-4 if stated > 0.04 else 6e-5 if stated < 0.02 else 5e-4
    )


def test_a_share_that_is_a_whole_number_of_calls():
    """0.07 * 100 is 7.000000000000001 in floating point: seven failures are enough."""
    from scipy.stats import binom

    assert first_window_trip(failure=0.05, calls=100, ratio=0.07) == pytest.approx(
        binom.sf(6, 100, 0.05), rel=1e-11, abs=0
    )
