"""The fluid of a retry storm against published tables and against the same fluid on a grid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import NotSupported
from simulator.run.exact import storm_fluid as room
from simulator.run.exact.storm_fluid import Storm, smallest_trigger


def backlog(load: float, attempts: int, wasted: float = 1.0) -> float:
    return smallest_trigger(lambda w: Storm(load, attempts, wasted, backlog=w), 1.0)


@pytest.mark.parametrize(
    ("load", "stated"),
    [
        (0.55, (1.4325, 1.4084, 1.4063)),
        (0.60, (1.3428, 1.3120, 1.3108)),
        (0.70, (1.1701, 1.1551, 1.1551)),
        (0.80, (1.0614, 1.0588, 1.0588)),
        (0.90, (1.0123, 1.0121, 1.0121)),
    ],
)
def test_published_critical_backlogs(load, stated):
    """The table was made on a grid: its first column is up to 2e-4 below its own closed form."""
    found = [backlog(load, attempts) for attempts in (2, 3, 5)]
    np.testing.assert_allclose(found, stated, rtol=0, atol=2e-4)


@pytest.mark.parametrize("load", [0.51, 0.6, 0.75, 0.9, 0.99])
def test_two_attempts_have_a_closed_form(load):
    y = load * (1 - load) / (1 - 3 * load * (1 - load))
    assert backlog(load, 2) == pytest.approx(1 + (1 - load) * y, rel=1e-11, abs=0)


@pytest.mark.parametrize(
    ("load", "stated"),
    [
        (0.34, {3: 1.978, 5: 1.976}),
        (0.25, {5: 2.498}),
        (0.503, {2: 1.497, 3: 1.495, 5: 1.495}),
        (0.7, {2: 1.170, 3: 1.154, 5: 1.154}),
        (0.933, {2: 1.005, 3: 1.005, 5: 1.005}),
        (0.997, {2: 1.000, 3: 1.000, 5: 1.000}),
    ],
)
def test_published_outages(load, stated):
    """A grid of some thousandths of the timeout: off by about two of them."""
    for attempts, value in stated.items():
        found = smallest_trigger(lambda d, m=attempts: Storm(load, m, lasts=d, speed=0.0))
        assert found == pytest.approx(value, rel=0, abs=2.5e-3)
        assert found == pytest.approx(backlog(load, attempts), rel=1e-9, abs=0)


def test_published_spikes_and_partial_losses():
    """Two decimals, from a grid: the last row prints 1.15 where another table has 1.154 and 1.1551."""
    spikes = [
        smallest_trigger(lambda d, a=a: Storm(0.9, 2, lasts=d, surge=a)) for a in (1.5, 2, 3, 5, 10)
    ]
    np.testing.assert_allclose(spikes, [2.880, 1.262, 0.594, 0.288, 0.126], rtol=4e-3)
    lost = (0.2, 0.35, 0.5, 0.65, 0.8, 1.0)
    two = [smallest_trigger(lambda d, x=x: Storm(0.9, 2, lasts=d, speed=1 - x)) for x in lost]
    np.testing.assert_allclose(two, [9.06, 3.64, 2.27, 1.66, 1.30, 1.01], rtol=0, atol=6e-3)
    five = [smallest_trigger(lambda d, x=x: Storm(0.7, 5, lasts=d, speed=1 - x)) for x in lost[1:]]
    np.testing.assert_allclose(five[0], 14.4, rtol=0, atol=0.05)
    np.testing.assert_allclose(five[1:], [3.81, 2.24, 1.59, 1.15], rtol=0, atol=6e-3)
    assert math.isinf(smallest_trigger(lambda d: Storm(0.7, 5, lasts=d, speed=0.8)))


def heals_on_a_grid(storm: Storm, step: float = 1e-3, end: float = 60.0) -> bool:
    """The same fluid by small steps of time, the attempts kept one array each."""
    lag, n = round(1 / step), round(end / step)
    waiting, over = storm.backlog, np.zeros(n, dtype=bool)
    sent = np.zeros((storm.attempts, n + lag + 1))
    for i in range(n):
        now = i * step
        during = now < storm.lasts
        left = min(max(storm.lasts - now, 0.0), 1.0)
        over[i] = waiting > 1 - left * (1 - storm.speed)
        sent[0, i] = storm.load * (storm.surge if during else 1.0)
        if over[i]:
            sent[1:, i + lag] = sent[:-1, i]
        work = sent[:, i].sum() * (storm.wasted if over[i] else 1.0)
        waiting = max(waiting + step * (work - (storm.speed if during else 1.0)), 0.0)
    return not over[-2 * lag :].any()


GRID = [
    (Storm(0.6, 3), "backlog"),
    (Storm(0.45, 4), "backlog"),
    (Storm(0.6, 2, wasted=1.4), "backlog"),
    (Storm(0.8, 3, speed=0.5), "lasts"),
    (Storm(0.7, 2, surge=2.5), "lasts"),
]


@pytest.mark.parametrize(("storm", "size"), GRID)
def test_the_same_fluid_by_small_steps(storm, size):
    from dataclasses import replace

    edge = smallest_trigger(
        lambda x: replace(storm, **{size: x}), 1.0 if size == "backlog" else 0.0
    )
    assert heals_on_a_grid(replace(storm, **{size: edge * 0.985}))
    assert not heals_on_a_grid(replace(storm, **{size: edge * 1.015}))


def test_the_ends():
    assert Storm(0.9, 2, backlog=1.0).heals()  # nobody waits longer than the timeout
    assert Storm(0.4, 2, backlog=500.0).heals()  # both attempts together are below capacity
    assert not Storm(0.5, 2, backlog=5.0).heals()  # exactly at capacity nothing drains
    assert Storm(0.9, 1, backlog=500.0).heals()


def test_a_run_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(room, "_MOST_STEPS", 3)
    with pytest.raises(NotSupported, match="edge"):
        Storm(0.7, 3, backlog=1.155).heals()
