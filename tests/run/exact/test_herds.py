"""A herd on top of the usual load: published waits, and small steps of time."""

from __future__ import annotations

import pytest

from simulator.run.exact.herds import thundering_herd


@pytest.mark.parametrize(("spread", "wait"), [(0, 10), (5, 8.5), (20, 4), (60, 0)])
def test_published_waits(spread, wait):
    found = thundering_herd(clients=10_000, spread=spread, capacity=1000, rate=700)
    assert found.peak_wait_s == pytest.approx(wait, rel=1e-12, abs=1e-12)
    assert found.harmless_spread_s == pytest.approx(10_000 / 300, rel=1e-12, abs=0)


@pytest.mark.parametrize("spread", [2.0, 9.0])
def test_small_steps(spread):
    step, backlog, peak, now = 1e-4, 0.0, 0.0, 0.0
    while now < spread or backlog > 0:
        arrives = 30 + (200 / spread if now < spread - step / 2 else 0.0)
        backlog = max(backlog + step * (arrives - 50), 0.0)
        peak, now = max(peak, backlog), now + step
    found = thundering_herd(clients=200, spread=spread, capacity=50, rate=30)
    assert found.peak_backlog == pytest.approx(peak, rel=1e-3, abs=0)
    assert found.drained_s == pytest.approx(now, rel=1e-3, abs=0)


def test_a_wide_spread_ends_with_itself():
    assert thundering_herd(clients=10, spread=60, capacity=50).drained_s == 60.0
