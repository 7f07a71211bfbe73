"""Probes that are reckoned against probes that are sent one by one."""

from __future__ import annotations

from random import Random

import pytest

from simulator.rules.probing import Probes, first_from


@pytest.mark.parametrize(
    ("time", "every", "number"),
    [(0.0, 5.0, 0), (0.1, 5.0, 1), (5.0, 5.0, 1), (0.3, 0.1, 3), (0.7, 0.1, 7)],
)
def test_the_first_probe_at_or_after_a_time(time, every, number):
    assert first_from(time, every) == number
    assert number * every >= time


def _sent(changes, every, many, horizon=60.0):
    """When `many` failures in a row were first complete, probe by probe."""
    row = 0
    for k in range(int(horizon / every)):
        fails = False
        for time, value in changes:
            fails = value if time <= k * every else fails
        row = row + 1 if fails else 0
        if row == many:
            return k * every
    return None


@pytest.mark.parametrize("seed", range(200))
def test_what_they_decide_is_what_one_by_one_would_decide(seed):
    rng = Random(seed)
    every, many = rng.choice([1.0, 2.0, 0.7]), rng.randint(1, 4)
    times = sorted(
        rng.choice([rng.uniform(0, 40), float(rng.randint(0, 40))])
        for _ in range(rng.randint(1, 12))
    )
    changes = [(t, k % 2 == 0) for k, t in enumerate(dict.fromkeys(times))]
    probes, found = Probes(every), None
    for number, (time, fails) in enumerate(changes):
        probes.change(time, fails)
        following = changes[number + 1][0] if number + 1 < len(changes) else 60.0 - every
        decided = probes.decides(time, many) if fails else None
        if decided is not None and decided < following and found is None:
            found = decided
    assert found == _sent(changes, every, many)


def test_somebody_who_looks_all_the_time_knows_at_once():
    probes = Probes(0.0)
    probes.change(3.3, True)
    assert probes.decides(3.3, 5) == 3.3
