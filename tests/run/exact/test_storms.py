"""Retry storms: the published incident of 280 requests at 300, recovery times, what is safe."""

from __future__ import annotations

import math

import pytest

from simulator.errors import DescriptionError
from simulator.run.exact.storms import largest_outage, retry_storm

H1 = retry_storm(rate=280, capacity=300, attempts=2, wasted=1.0, timeout=1.0)


def test_a_database_at_280_of_300_with_one_retry():
    """HotOS 2021: load 560 in the failed state, stable below 150, retries below 20 a second heal."""
    assert not H1.self_heals
    assert H1.state == "vulnerable"
    assert H1.failed_load == 560
    assert H1.hidden_capacity == 150
    assert H1.headroom == 20
    assert H1.largest_retry_budget == pytest.approx(0.0714, rel=0, abs=5e-5)
    assert H1.largest_safe_queue == 300


@pytest.mark.parametrize(
    ("kept", "stated"), [(75, 87), (100, 131), (120, 219), (130, 328), (140, 656)]
)
def test_published_recovery_times(kept, stated):
    assert H1.drain_time(43.7, rate=kept) == pytest.approx(stated, rel=0, abs=0.6)


def test_no_recovery_at_the_hidden_capacity():
    assert math.isinf(H1.drain_time(1.0, rate=150))
    assert H1.drain_time(0.0, rate=200) == 0.0


def test_the_timeout_is_the_unit_of_the_critical_backlog():
    slow = retry_storm(rate=280, capacity=300, attempts=2, timeout=30.0)
    assert slow.critical_backlog_s == pytest.approx(30 * H1.critical_backlog_s, rel=1e-14, abs=0)


def test_states_by_load():
    for rate, state, critical in ((149.9, "stable", math.inf), (300, "overloaded", 0.0)):
        storm = retry_storm(rate=rate, capacity=300, attempts=2, timeout=1)
        assert (storm.state, storm.critical_backlog_s) == (state, critical)
    edge = retry_storm(rate=150, capacity=300, attempts=2, timeout=1)
    assert edge.state == "vulnerable"


def test_wasted_work_moves_the_hidden_capacity():
    cheap = retry_storm(rate=280, capacity=300, attempts=2, timeout=1, wasted=0.25)
    assert cheap.self_heals
    assert cheap.hidden_capacity == 600
    half = retry_storm(rate=280, capacity=300, attempts=3, timeout=1, wasted=0.5)
    assert not half.self_heals
    assert math.isnan(half.critical_backlog_s)
    dear = retry_storm(rate=280, capacity=300, attempts=1, timeout=1, wasted=2.0)
    assert dear.critical_backlog_s == 1.0  # one slow answer costs more than there is
    assert (
        retry_storm(rate=1, capacity=2, attempts=9, timeout=1, wasted=0).hidden_capacity == math.inf
    )


def test_work_wasted_beyond_its_price_makes_it_more_fragile():
    plain, dear = (
        retry_storm(rate=0.6, capacity=1, attempts=2, timeout=1, wasted=w) for w in (1.0, 1.2)
    )
    assert 1 < dear.critical_backlog_s < plain.critical_backlog_s


def test_outages():
    """151 or 299 of 300: an outage of 1.50 s or 1.00 s tips it over (published contrast)."""
    for rate, stated in ((151, 1.50), (299, 1.00)):
        found = largest_outage(rate=rate, capacity=300, attempts=2, timeout=1)
        assert found == pytest.approx(stated, rel=0, abs=5e-3)
    assert largest_outage(rate=7, capacity=10, attempts=4, timeout=0.5) / 0.5 == pytest.approx(
        1.15, rel=0, abs=6e-3
    )


def test_harmless_triggers():
    assert math.isinf(largest_outage(rate=149, capacity=300, attempts=2, timeout=1))
    assert math.isinf(largest_outage(rate=200, capacity=300, attempts=2, timeout=1, lost=0.3))
    assert math.isinf(
        largest_outage(rate=200, capacity=300, attempts=2, timeout=1, lost=0, surge=1.4)
    )


def test_a_surge_of_nothing_is_refused():
    with pytest.raises(DescriptionError, match="below the capacity"):
        largest_outage(rate=300, capacity=300, attempts=2, timeout=1)
