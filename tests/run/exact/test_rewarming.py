"""A cold cache: published times, and the differential equation of every key."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.run.exact.caches import zipf_popularity
from simulator.run.exact.rewarming import rewarm_hit_ratio, rewarm_time

KEYS = zipf_popularity(2_000_000, 1.3)


@pytest.mark.parametrize(("limit", "half", "most"), [(5, 3.08, 59.2), (100, 0.15, 2.96)])
def test_published_times(limit, half, most):
    for ratio, stated in ((0.5, half), (0.8, most)):
        found = rewarm_time(KEYS, rate=1000, origin_limit=limit, hit_ratio=ratio)
        assert found.seconds == pytest.approx(
            stated, rel=0, abs=0.6 * 10 ** -(2 if stated < 5 else 1)
        )
        assert found.origin_limited


def test_published_hit_ratios_after_a_minute():
    for limit, stated in ((5, 0.798), (100, 0.924)):
        found = rewarm_hit_ratio(KEYS, rate=1000, origin_limit=limit, at=57)
        assert found == pytest.approx(stated, rel=0, abs=1.2e-3)  # a mean over 55 to 59 s


def integrated(p: np.ndarray, rate: float, limit: float, times: np.ndarray) -> np.ndarray:
    """Hit ratios by integrating, for every key, what is missing: its misses that get through."""
    from scipy.integrate import solve_ivp

    def change(_: float, missing: np.ndarray) -> np.ndarray:
        misses = rate * float(p @ missing)
        through = min(1.0, limit / misses) if misses > 0 else 1.0
        return -p * rate * through * missing

    path = solve_ivp(
        change, (0, times[-1]), np.ones(p.size), t_eval=times, rtol=1e-10, atol=1e-13, max_step=0.05
    )
    return 1 - p @ path.y


@pytest.mark.parametrize("limit", [3.0, 20.0, 99.0, 500.0])
def test_the_differential_equation(limit):
    p, rate, times = zipf_popularity(60, 1.0), 100.0, np.array([0.3, 1.0, 2.0, 6.0])
    truth = integrated(p, rate, limit, times)
    for at, ratio in zip(times, truth, strict=True):
        found = rewarm_hit_ratio(p, rate=rate, origin_limit=limit, at=at)
        assert found == pytest.approx(ratio, rel=1e-6, abs=0)
        back = rewarm_time(p, rate=rate, origin_limit=limit, hit_ratio=found)
        assert back.seconds == pytest.approx(at, rel=1e-9, abs=0)


def test_an_origin_without_limit_and_an_empty_wish():
    p = zipf_popularity(50, 0.7)
    free = rewarm_time(p, rate=10, origin_limit=10, hit_ratio=0.6)
    assert free.seconds == pytest.approx(free.requests / 10, rel=1e-14, abs=0)
    assert not free.origin_limited
    assert rewarm_time(p, rate=10, origin_limit=1, hit_ratio=0).seconds == 0.0
    assert rewarm_hit_ratio(p, rate=10, origin_limit=1, at=0) == 0.0


def test_two_keys_by_hand():
    """Both are missing alike: half are cached once one key is, after a second at one per second."""
    found = rewarm_time([0.5, 0.5], rate=10, origin_limit=1, hit_ratio=0.5)
    assert found.keys == pytest.approx(1.0, rel=1e-12, abs=0)
    assert found.seconds == pytest.approx(1.0, rel=1e-12, abs=0)
