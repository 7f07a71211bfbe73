"""Time down by structure while faults come and go: by hand."""

from dataclasses import replace

import pytest

from simulator.describe import (
    Call,
    Exponential,
    Poisson,
    Pool,
    Scenario,
    Source,
    System,
    Work,
    crash,
)
from simulator.structure_down import down_seconds
from simulator.tables.timeline import Spell

FAULT = crash(Exponential(1e6), Exponential(100.0))
POOLS = [Pool(name, serve=[Work(0.001)], faults=[FAULT]) for name in ("used", "spare")]
USERS = Source("users", Poisson(1.0), to=Call("used", timeout=1.0))
SCENARIO = Scenario(System(POOLS), sources=[USERS], horizon=1_000.0)


def spells(**down):
    return [
        Spell(start, end, f"{name}.crash", ((name, 0),)) for name, (start, end) in down.items()
    ]


def test_only_what_the_sources_reach_counts():
    assert down_seconds(SCENARIO, spells(used=(100.0, 160.0))) == pytest.approx(60.0, rel=1e-12, abs=0)
    assert down_seconds(SCENARIO, spells(spare=(100.0, 160.0))) == 0.0
    both = spells(used=(100.0, 160.0), spare=(150.0, 300.0))
    assert down_seconds(SCENARIO, both) == pytest.approx(60.0, rel=1e-12, abs=0)


def test_without_sources_every_pool_that_nobody_calls_counts():
    unused = replace(SCENARIO, sources=())
    both = spells(used=(100.0, 160.0), spare=(150.0, 300.0))
    assert down_seconds(unused, both) == pytest.approx(200.0, rel=1e-12, abs=0)


def test_a_fallback_stands_in():
    to = replace(USERS.to, fallback=(Call("spare", timeout=1.0),))
    covered = replace(SCENARIO, sources=[replace(USERS, to=to)])
    assert down_seconds(covered, spells(used=(100.0, 160.0))) == 0.0
    both = spells(used=(100.0, 160.0), spare=(150.0, 300.0))
    assert down_seconds(covered, both) == pytest.approx(10.0, rel=1e-12, abs=0)


def test_what_lies_beyond_the_horizon_does_not_count():
    late = spells(used=(990.0, 1_200.0))
    assert down_seconds(SCENARIO, late) == pytest.approx(10.0, rel=1e-12, abs=0)
