"""Lives, repairs and crews that happen in the run: histories worked out by hand."""

from __future__ import annotations

import math

import pytest

from simulator import (
    At,
    Crew,
    Deterministic,
    Ends,
    Failover,
    Fault,
    Life,
    LoadSharing,
    On,
    Pool,
    Runbook,
    Scenario,
    Step,
    System,
    crash,
)  # fmt: skip
from simulator.conducting import conduct
from simulator.errors import NotSupported


def _unit(name, life, repair, **how):
    law = None if repair is None else Deterministic(repair)
    return Pool(name, faults=[crash(Deterministic(life), law, **how)])


def _spells(scenario, **how):
    """(cause, start, end) by start, and only what was over before the horizon."""
    run = conduct(scenario, faults="lived", **how)
    return [(s.cause.split(".")[0], s.start, s.end) for s in run.timeline.spells]


def _two(crew=None, horizon=24.0):
    """A fails at 10 and B at 11; each takes 5."""
    system = System([_unit("A", 10.0, 5.0), _unit("B", 11.0, 5.0)])
    return Scenario(system, controllers=[] if crew is None else [crew], horizon=horizon)


@pytest.mark.parametrize(
    ("crew", "a", "b"),
    [
        (None, 15.0, 16.0),
        (Crew("c"), 15.0, 20.0),
        (Crew("c", travel=Deterministic(1.0)), 16.0, 22.0),
        (Crew("c", order="shared"), 19.0, 20.0),  # A alone until 11, then half speed each
        (Crew("c", order="priority", priority=("B",), preemptive=True), 20.0, 16.0),
        (
            Crew("c", order="priority", priority=("B",)),
            15.0,
            20.0,
        ),  # a repair that has begun goes on
        (Crew("c", serves=("A",)), 15.0, 16.0),
        (Crew("c", 2), 15.0, 16.0),
    ],
)
def test_two_repairs_and_a_crew(crew, a, b):
    first = [row for row in _spells(_two(crew)) if row[1] < 12.0]
    assert first == [("A", 10.0, a), ("B", 11.0, b)]


@pytest.mark.parametrize(("ages", "up"), [("always", 510.0), ("while_serving", 510.0)])
def test_series_of_fixed_lives(ages, up):
    """Cases F02: lives of 100 and 120, repairs of 10, up for 510 of 600."""
    system = System([_unit("A", 100.0, 10.0, ages=ages), _unit("B", 120.0, 10.0, ages=ages)])
    rows = _spells(Scenario(system, horizon=600.0))
    down, last = 0.0, 0.0
    for _, start, end in rows:
        down += max(min(end, 600.0) - max(start, last), 0.0)
        last = max(last, end)
    assert 600.0 - down == pytest.approx(up, rel=1e-12, abs=0)


def test_a_cold_standby_does_not_age_while_it_waits():
    pool = Pool("db", 2, standby="cold", faults=[crash(Deterministic(10.0), Deterministic(4.0))])
    rows = _spells(Scenario(System([pool]), horizon=31.0))
    assert [(start, end) for _, start, end in rows] == [
        (10.0, 14.0),
        (20.0, 24.0),
        (30.0, math.inf),
    ]


def test_the_one_that_is_left_ages_faster():
    pool = Pool("s", 2, load_sharing=LoadSharing(factors=(1.0, 3.0)), ages=(4.0, 0.0),
                faults=[crash(Deterministic(10.0), None)])  # fmt: skip
    rows = _spells(Scenario(System([pool]), horizon=20.0))
    assert [start for _, start, _ in rows] == pytest.approx(
        [6.0, 6.0 + 4.0 / 3.0], rel=1e-12, abs=0
    )


def test_repairs_wait_for_the_failover():
    pool = Pool("db", 2, standby="cold", faults=[crash(Deterministic(10.0), Deterministic(4.0))])
    rule = Failover("db", promote=Deterministic(3.0), repairs="after")
    run = conduct(Scenario(System([pool]), controllers=[rule], horizon=20.0))  # lived by itself
    assert [(s.cause, s.start, s.end) for s in run.timeline.spells] == [
        ("failover db", 10.0, 13.0), ("db[0].crash", 10.0, 17.0),
    ]  # fmt: skip


def test_a_fault_that_follows_another():
    follows = Fault("B", when=On("repaired:A"), lasts=2.0, name="follows")
    system = System([_unit("A", 10.0, 5.0), Pool("B")])
    rows = _spells(Scenario(system, [follows], horizon=24.0))
    assert [row for row in rows if row[1] == 15.0] == [("B[0]", 15.0, 17.0)]


def test_people_end_a_fault_that_is_under_repair():
    shared = Fault(("A", "B"), when=Life(Deterministic(10.0)), lasts=9.0, together=True, name="bad")
    book = Runbook("fix", At(12.0), [Step(Ends("bad"))])
    scenario = Scenario(System([Pool("A"), Pool("B")]), [shared], [book, Crew("c")], 22.5)
    rows = _spells(scenario)
    assert rows == [("bad", 10.0, 12.0), ("bad", 22.0, math.inf)]


def test_what_cannot_be_lived_is_refused():
    lost = Pool("disk", 2, on_shortage="lost", faults=[crash(Deterministic(10.0), None)])
    with pytest.raises(NotSupported, match="lived day by day"):
        conduct(Scenario(System([lost]), horizon=20.0), faults="lived")
