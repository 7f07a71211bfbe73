"""What probes believe, against a loop over every single probe."""

from __future__ import annotations

import math
import random

import pytest

from simulator.describe.controllers import HealthCheck
from simulator.rules.health import believed_out

Down = list[tuple[float, float, bool]]


def probe_by_probe(down: Down, check: HealthCheck, horizon: float) -> list[tuple[float, float]]:
    """Every probe from 0 to the horizon, one after the other."""
    out, since, missed, passed, k = [], None, 0, 0, 0
    while k * check.every < horizon:
        at = k * check.every
        silent = [told for start, end, told in down if start <= at < end]
        missed, passed = (missed + 1, 0) if silent else (0, passed + 1)
        if since is None and missed >= check.misses:
            since = at + (check.timeout if silent[0] else 0.0)
        elif since is not None and passed >= check.passes:
            out.append((since, at))
            since = None
        k += 1
    return out if since is None else [*out, (since, math.inf)]


def some_downtimes(rng: random.Random, every: float) -> Down:
    """Up to four, apart; some begin or end exactly at a probe."""
    kinds = [lambda: rng.uniform(0, 50), lambda: round(rng.uniform(0, 50), 1), lambda: rng.randint(0, 90) * every]
    times = sorted(rng.choice(kinds)() for _ in range(2 * rng.randint(0, 4)))
    found: Down = []
    for start, end in zip(times[::2], times[1::2]):
        if start < end and (not found or start > found[-1][1]):
            found.append((start, end, rng.random() < 0.5))
    return found


@pytest.mark.parametrize("seed", range(10))
def test_the_same_as_probe_by_probe(seed):
    rng = random.Random(seed)
    for _ in range(100):
        every = rng.choice([0.1, 0.3, 1.0, 2.5])
        down = some_downtimes(rng, every)
        check = HealthCheck("db", every, rng.randint(1, 4), every / 2, rng.choice([1, 2, 3, 150]))
        assert believed_out(down, check, 200.0) == probe_by_probe(down, check, 200.0), (down, check)


def test_probe_by_probe_can_tell():
    """The negative control: one miss more or less is seen."""
    down = [(1.5, 9.5, False)]
    told = probe_by_probe(down, HealthCheck("db", 1.0, misses=2), 20.0)
    assert told == [(3.0, 10.0)]
    assert believed_out(down, HealthCheck("db", 1.0, misses=3), 20.0) != told


def test_a_member_that_must_pass_many_probes_comes_back():
    """300 good probes in a row, one a second, after the member is back at 5 s."""
    check = HealthCheck("db", 1.0, passes=300)
    assert believed_out([(2.0, 5.0, False)], check, 1000.0) == [(2.0, 304.0)]


def test_who_stays_down_is_out_for_good():
    assert believed_out([(2.0, math.inf, True)], HealthCheck("db", 1.0, timeout=0.5), 100.0) == [(2.5, math.inf)]
