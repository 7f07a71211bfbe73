"""Probes while controllers act: the same beliefs as the rule that knows the whole history before."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from simulator import (
    At,
    Call,
    Effect,
    Exponential,
    Fault,
    HealthCheck,
    Note,
    Poisson,
    Pool,
    Remove,
    Runbook,
    Scenario,
    Source,
    Step,
    System,
    Work,
    traffic,
)  # fmt: skip
from simulator.conducting import conduct
from simulator.rules.health import believed_out

HORIZON = 100.0
IDLE = Runbook("idle", At(HORIZON + 1.0), [Step(Note("never"))])


def _history(rng):
    """Times down, apart from each other, some of them on a probe, some between two."""
    found, now = [], 0.0
    grid = rng.random() < 0.4
    while True:
        start = now + rng.choice([0.05, 0.3, 2.0, 9.0]) * rng.uniform(0.2, 2.0)
        end = start + rng.choice([0.05, 0.5, 3.0, 12.0]) * rng.uniform(0.2, 2.0)
        if grid:
            start, end = round(start * 2) / 2, round(end * 2) / 2
        if end >= HORIZON:
            return found
        if end > start > now:
            found.append((start, end, rng.random() < 0.5))
            now = end


def _believed(history, check):
    effects = [Effect(up=False, silent=True) if s else Effect(up=False) for _, _, s in history]
    faults = [
        Fault("db", when=At(start), lasts=end - start, effect=effect, name=f"f{k}")
        for k, ((start, end, _), effect) in enumerate(zip(history, effects))
    ]
    scenario = Scenario(System([Pool("db")]), faults, [check, IDLE], HORIZON)
    spells = conduct(scenario).timeline.spells
    return sorted((s.start, s.end) for s in spells if s.cause.startswith(check.name))


@pytest.mark.parametrize("number", range(120))
def test_beliefs_are_those_of_the_rule_that_knows_the_history(number):
    rng = Random(number)
    every = rng.choice([0.5, 1.0, 2.0, rng.uniform(0.3, 3.0)])
    check = HealthCheck(
        "db", every, rng.randint(1, 3), rng.choice([0.0, every * rng.uniform(0.1, 0.9)]), rng.randint(1, 3)
    )  # fmt: skip
    history = _history(rng)
    expected = [(a, b) for a, b in believed_out(history, check, HORIZON) if a < min(b, HORIZON)]
    found = [(a, b) for a, b in _believed(history, check) if a < b]
    assert np.array(found).shape == np.array(expected).shape, (found, expected)
    np.testing.assert_allclose(np.array(found), np.array(expected), rtol=1e-12, atol=0.0)


def test_a_probe_that_is_blind_to_a_pause_would_be_found():
    """Negative control: one probe more changes the beliefs of this history."""
    history = [(3.2, 9.0, False)]
    one, two = (HealthCheck("db", 1.0, misses=m, timeout=0.0) for m in (1, 2))
    assert _believed(history, one) == [(4.0, 9.0)]
    assert _believed(history, two) == [(5.0, 9.0)]


def test_what_people_take_away_is_believed_by_the_probes_only():
    book = Runbook("slip", At(10.3), [Step(Remove("db", share=1.0))])
    check = HealthCheck("db", 2.0, misses=2, timeout=0.5)
    timeline = conduct(Scenario(System([Pool("db")]), (), [check, book], 30.0)).timeline
    beliefs = [(s.start, s.end) for s in timeline.spells if s.out_of_rotation]
    assert beliefs == [(14.0, math.inf)]  # probes at 12 and 14; a dead process refuses at once


def test_beliefs_are_not_counted_twice_and_rows_are_those_of_a_run_without_controllers():
    pool = Pool("db", 3, threads=4, serve=[Work(Exponential(0.02))])
    crash = Fault("db[1]", when=At((3.1, 11.7)), lasts=4.4, effect=Effect(up=False), name="crash")
    stall = Fault("db[2]", when=At(9.3), lasts=5.0, effect=Effect(speed=0.0), name="stall")
    users = Source("users", Poisson(40.0), to=Call("db", timeout=0.3))
    check = HealthCheck("db", 1.0, misses=2, timeout=0.4)
    bare = Scenario(System([pool]), [crash, stall], [check], 25.0, sources=[users])
    alone = traffic(bare, seed=3).outcomes
    acted = traffic(replace(bare, controllers=[check, replace(IDLE, name="idle")]), seed=3).outcomes
    for name, column in alone.attempts.items():
        assert column.tobytes() == acted.attempts[name].tobytes(), name
