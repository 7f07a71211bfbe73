"""Capacity that falls with backlog: published limits, and a curve read by eye."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.run.exact.slowdown import FallingCapacity, falling_capacity, linear_latency_limits


def test_published_limits_of_linear_latency():
    """1 s and 10 ms for each in flight, 2.8 s left of the timeout: 64.3 and, tried 3 times, 21.4."""
    found = linear_latency_limits(base=1, per_request=0.01, timeout=2.8, attempts=3)
    assert found.advertised == pytest.approx(64.3, rel=0, abs=0.05)
    assert found.hidden == pytest.approx(21.4, rel=0, abs=0.05)


def test_at_the_limit_the_latency_is_the_timeout():
    found = linear_latency_limits(base=0.2, per_request=0.004, timeout=1.0, attempts=1)
    assert 0.2 / (1 - 0.004 * found.advertised) == pytest.approx(1.0, rel=1e-12, abs=0)


def test_a_curve_that_rises_and_falls():
    curve = [10, 20, 30, 30, 24, 18, 12]
    assert falling_capacity(rate=25, capacity=curve) == FallingCapacity(3, 5, False)
    assert falling_capacity(rate=11, capacity=curve) == FallingCapacity(2, None, True)
    assert falling_capacity(rate=11, capacity=curve, attempts=2) == FallingCapacity(2, None, False)
    assert falling_capacity(rate=31, capacity=curve) == FallingCapacity(None, None, False)
    assert falling_capacity(rate=5, capacity=np.full(4, 9.0)) == FallingCapacity(1, None, True)
