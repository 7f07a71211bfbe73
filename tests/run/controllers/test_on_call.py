"""Crews with hours: jobs from outside wait for the next window, repairs under way go on."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import (
    DAY,
    HOUR,
    Call,
    Crew,
    Deterministic,
    Exponential,
    Pool,
    Scenario,
    Source,
    System,
    Trace,
    crash,
    traffic,
)  # fmt: skip
from simulator.conducting import conduct
from simulator.errors import DescriptionError, NotSupported
from simulator.history import timeline_of
from tests.statistical import check_mean

OFFICE = ((9 * HOUR, 17 * HOUR),)


def _one(life, repair, crew, horizon=4 * DAY, members=1):
    law = life if not isinstance(life, float) else Deterministic(life)
    pool = Pool("db", members, faults=[crash(law, Deterministic(repair))])
    return Scenario(System([pool]), controllers=[crew], horizon=horizon)


def _spells(scenario, **how):
    return [(s.start / HOUR, s.end / HOUR) for s in conduct(scenario, **how).timeline.spells]


@pytest.mark.parametrize(
    ("life", "repair", "end"),
    [
        (10.0, 2.0, 12.0),  # in hours: at once
        (16.0, 5.0, 21.0),  # begun in hours: it goes on
        (17.0, 2.0, 35.0),  # the window has just ended: 33 h + 2 h
        (3.0, 2.0, 11.0),
        (9.0, 2.0, 11.0),
    ],
)
def test_one_failure(life, repair, end):
    scenario = _one(life * HOUR, repair * HOUR, Crew("c", on_call=OFFICE))
    assert _spells(scenario)[0] == pytest.approx((life, end), rel=1e-12, abs=0)


def test_a_job_left_over_at_the_end_of_the_hours_waits_for_the_next():
    """Both fail at 15 h, one crew, repairs of 3 h: the second begins at 33 h and not at 18 h."""
    rows = _spells(_one(15 * HOUR, 3 * HOUR, Crew("c", on_call=OFFICE), 40 * HOUR, members=2))
    assert sorted(rows)[:2] == [(15.0, 18.0), (15.0, 36.0)]


def test_the_way_there_counts_as_begun_and_shared_effort_goes_to_what_is_begun():
    travels = Crew("c", travel=Deterministic(2 * HOUR), on_call=OFFICE)
    assert _spells(_one(16 * HOUR, HOUR, travels))[0] == (16.0, 19.0)
    system = System([
        Pool("a", faults=[crash(Deterministic(16 * HOUR), Deterministic(4 * HOUR))]),
        Pool("b", faults=[crash(Deterministic(18 * HOUR), Deterministic(4 * HOUR))]),
    ])  # fmt: skip
    shared = Crew("c", order="shared", on_call=OFFICE)
    rows = _spells(Scenario(system, controllers=[shared], horizon=39 * HOUR))
    assert (16.0, 20.0) in rows  # b has come, but nobody is on it
    # b is begun at 33 h and shares the crew with the next failure of a from 36 h on
    assert rows[1] == pytest.approx((18.0, 38.0), rel=1e-12, abs=0)


def _mean_wait(rate, start, end):
    """Of a failure at an exponential time, exactly: the wait is (begin - x) outside the window."""

    def part(a, b, begin):
        def inner(x):
            return (1 / rate - (begin - x)) * math.exp(-rate * x)

        return inner(b) - inner(a)

    total = part(0.0, start, start) + part(end, DAY, DAY + start)
    return total / (1.0 - math.exp(-rate * DAY))


def test_the_formula_of_the_mean_wait():
    """Rare failures fall anywhere in the day: (D - L)^2 / (2 D)."""
    plain = (DAY - 8 * HOUR) ** 2 / (2 * DAY)
    assert _mean_wait(1.0 / (2000 * DAY), *OFFICE[0]) == pytest.approx(plain, rel=1e-3, abs=0)


@pytest.mark.slow
def test_mean_wait_of_poisson_failures():
    life, repair, many = 60 * DAY, 1 * HOUR, 4000
    crew = Crew("c", size=many, on_call=OFFICE)
    fault = crash(Exponential(life), Deterministic(repair))
    pools = [Pool(f"p{k}", 20, faults=[fault]) for k in range(many // 20)]
    scenario = Scenario(System(pools), controllers=[crew], horizon=240 * DAY)
    first: dict[str, float] = {}
    for spell in conduct(scenario).timeline.spells:
        if spell.end < math.inf:
            first.setdefault(spell.cause, spell.end - spell.start - repair)
    waits = np.array(list(first.values()))
    truth = _mean_wait(1.0 / life, *OFFICE[0])
    check_mean(waits, truth, detects=0.08)
    at_once = float((waits < 1e-6).mean())
    assert abs(at_once - 1 / 3) < 0.1  # the share of the day that is covered, roughly
    with pytest.raises(AssertionError):  # control: half of the time outside, for everybody
        check_mean(waits, (DAY - 8 * HOUR) / 2, detects=0.08)


def test_requests_see_the_longer_outage():
    """Down from 17 h to 35 h: a request each hour from 0:30 on, 18 of 48 fail."""
    base = _one(17 * HOUR, 2 * HOUR, Crew("c", on_call=OFFICE), 48 * HOUR)
    users = Source("users", Trace([(k + 0.5) * HOUR for k in range(48)]), Call("db"))
    run = traffic(Scenario(base.system, controllers=base.controllers, horizon=48 * HOUR, sources=[users]))
    assert run.outcomes.counts()["ok"] == 30


def test_engines_of_years_say_that_they_cannot():
    scenario = _one(17 * HOUR, 2 * HOUR, Crew("c", on_call=OFFICE))
    for ask in (lambda: timeline_of(scenario), lambda: conduct(scenario, faults="given")):
        with pytest.raises(NotSupported, match="a crew with on-call hours"):
            ask()


@pytest.mark.parametrize(
    ("windows", "what"),
    [
        ((), "at least one window"),
        (((22 * HOUR, 30 * HOUR),), "night shift"),
        (((5 * HOUR, 5 * HOUR),), "one after the other"),
        (((9 * HOUR, 17 * HOUR), (12 * HOUR, 18 * HOUR)), "one after the other"),
    ],
)
def test_windows_that_are_none(windows, what):
    with pytest.raises(DescriptionError, match=what):
        Crew("c", on_call=windows)
