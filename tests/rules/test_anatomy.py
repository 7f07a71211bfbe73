"""What traffic adds to a description and what of it bears on availability by time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator import exact
from simulator.describe import (
    All,
    Answer,
    At,
    Cache,
    Call,
    Crew,
    Effect,
    Exponential,
    Fault,
    HealthCheck,
    Life,
    Link,
    Poisson,
    Pool,
    Queue,
    Retry,
    Scenario,
    Source,
    System,
    Work,
    crash,
    series,
)
from simulator.errors import DescriptionError, NotSupported
from simulator.rules.anatomy import anatomy
from simulator.rules.features import features
from simulator.rules.ideal import departures, ideal
from simulator.run.montecarlo.engine import SUPPORTS, job_of

LIFE = Life(Exponential(100.0))


def failing(name: str, u: float, **more: object) -> Pool:
    """A pool of one member with a long-run unavailability of `u`."""
    return Pool(name, faults=[crash(Exponential(1.0 - u), Exponential(u))], **more)  # type: ignore[arg-type]


def down(*pools: Pool, scenario: dict | None = None, **more: object) -> float:
    """Long-run unavailability by the exact engine."""
    return exact.unavailability(Scenario(System(pools, **more), **(scenario or {})))  # type: ignore[arg-type]


A, B, C = failing("a", 0.1), failing("b", 0.2), failing("c", 0.3)
ONE_IN_TEN = pytest.approx(0.1, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    "effect",
    [
        Effect(speed=0.0), Effect(error=1.0), Effect(wrong=1.0), Effect(lost=1.0), Effect(delay=9.0), Effect(),
        Effect(threads=0.0), Effect(cores=0.0), Effect(extra_work=9.0), Effect(forgets=True),
    ],
)  # fmt: skip
def test_faults_that_only_requests_feel_are_no_events(effect):
    felt = Fault("a", when=LIFE, lasts=Exponential(50.0), effect=effect, name="felt")
    inside = replace(A, faults=(*A.faults, replace(felt, on="")))
    for scenario in (Scenario(System([A]), faults=[felt]), Scenario(System([inside]))):
        assert anatomy(scenario).names == ("a.crash",) or anatomy(scenario).names == ("a",)
        assert features(scenario) == features(Scenario(System([A])))
        assert exact.unavailability(scenario) == ONE_IN_TEN
        assert len(job_of(scenario, seed=1).events) == 1


def test_they_take_no_crew_either():
    """Two parts of one crew: a third fault on traffic alone makes nobody wait longer."""
    two, crew = System([A, B]), [Crew("hands", 1)]
    felt = Fault("a", when=LIFE, lasts=Exponential(50.0), effect=Effect(speed=0.5), name="felt")
    alone, beside = (Scenario(two, faults=f, controllers=crew) for f in ([], [felt]))
    assert exact.unavailability(beside) == pytest.approx(
        exact.unavailability(alone), rel=1e-12, abs=0
    )


def test_a_member_that_is_down_or_hidden_damage_is_an_event():
    """Negative control: an effect that takes the member down counts."""
    hit = Fault("a", when=Life(Exponential(8.0)), lasts=Exponential(2.0), name="hit")
    assert exact.unavailability(Scenario(System([Pool("a")]), faults=[hit])) == pytest.approx(
        0.2, rel=1e-12, abs=0
    )
    hidden = replace(hit, effect=Effect(hidden=True))
    assert anatomy(Scenario(System([A]), faults=[hidden])).names[-1] == "a[0].hit"


def test_a_fault_the_structure_names_is_an_event_whatever_it_does():
    slow = Fault(
        "a",
        when=Life(Exponential(3.0)),
        lasts=Exponential(1.0),
        effect=Effect(speed=0.1),
        together=True,
        name="slow",
    )
    cut = replace(slow, on="link:wire", effect=Effect(up=False), name="cut")
    system = System([A], series("a", "slow", "cut"), [Link("a", "*", name="wire")])
    got = exact.unavailability(Scenario(system, faults=[slow, cut]))
    assert got == pytest.approx(1 - 0.9 * 0.75**2, rel=1e-12, abs=0)
    assert len(job_of(Scenario(system, faults=[slow, cut]), seed=1).events) == 3


def test_links_are_no_parts():
    cut = Fault("link:wire", when=LIFE, lasts=Exponential(50.0), name="cut")
    scenario = Scenario(System([A], links=[Link("a", "*", name="wire")]), faults=[cut])
    assert exact.unavailability(scenario) == ONE_IN_TEN
    both = Scenario(
        scenario.system, faults=[replace(cut, on=("link:wire", "a"), effect=Effect(up=False))]
    )
    assert exact.unavailability(both) == pytest.approx(1 - 0.9 * 2 / 3, rel=1e-12, abs=0)


@pytest.mark.parametrize("shock", [False, True])
def test_faults_at_stated_times_are_refused(shock):
    hit = Fault(
        "a",
        when=At(5.0),
        lasts=1.0,
        together=shock,
        repaired="each" if shock else "together",
        name="hit",
    )
    for scenario in (
        Scenario(System([A]), faults=[hit]),
        Scenario(System([replace(A, faults=[replace(hit, on="")])])),
    ):
        assert "at stated times" in features(scenario)
        for engine, ask in (
            ("exact", lambda s=scenario: exact.unavailability(s)),
            ("exact", lambda s=scenario: exact.mttf(s)),
            ("montecarlo", lambda s=scenario: job_of(s, seed=1)),
        ):
            with pytest.raises(NotSupported, match="faults at stated times") as found:
                ask()
            assert found.value.engine == engine
    assert "at stated times" not in SUPPORTS


def test_faults_at_stated_times_that_only_requests_feel_are_not():
    slow = Fault("a", when=At(5.0), lasts=1.0, effect=Effect(speed=0.5), name="slow")
    assert exact.unavailability(Scenario(System([A]), faults=[slow])) == ONE_IN_TEN


def test_found_by_is_steady():
    from simulator.describe import Daily

    with pytest.raises(DescriptionError, match="steady rate"):
        Fault("a", when=LIFE, found_by=Poisson(Daily(1.0, 2.0)))


def test_a_health_check_changes_nothing_over_time():
    scenario = Scenario(System([replace(A, members=2)]))
    watched = replace(scenario, controllers=[HealthCheck("a", 5.0)])
    assert exact.unavailability(watched) == exact.unavailability(scenario)
    assert departures(watched) == departures(scenario)
    assert ideal(watched).controllers == watched.controllers


def test_policies_queues_and_caches_change_nothing_over_time():
    busy = replace(
        A, threads=3, queue=Queue(5), cache=Cache(hits=0.5),
        serve=[Work(1.0), Call("b", timeout=1.0, retry=Retry(9))],
    )  # fmt: skip
    assert down(busy, B) == pytest.approx(1 - 0.9 * 0.8, rel=1e-12, abs=0)


STEPS = {
    "a call": ([Call("b")], 1 - 0.9 * 0.8),
    "a call nobody waits for": ([Call("b", wait=False)], 0.1),
    "not required": ([Call("b", required=False)], 0.1),
    "a fallback": ([Call("b", fallback=(Call("c"),))], 1 - 0.9 * (1 - 0.2 * 0.3)),
    "a rule that decides": ([Call("b", fallback=(Answer(0.9),))], 0.1),
    "all": ([All([Call("b"), Call("c")])], 1 - 0.9 * 0.8 * 0.7),
    "one of two": ([All([Call("b"), Call("c")], needs=1)], 1 - 0.9 * (1 - 0.2 * 0.3)),
    "four of twice two": ([All([Call("b"), Call("c")], needs=4, times=2)], 1 - 0.9 * 0.8 * 0.7),
    "three of twice two": ([All([Call("b"), Call("c")], needs=3, times=2)], 1 - 0.9 * 0.8 * 0.7),
    "two of twice two": (
        [All([Call("b"), Call("c")], needs=2, times=2)],
        1 - 0.9 * (1 - 0.2 * 0.3),
    ),
    "two with one to spare": (
        [All([Call("b"), Call("c", required=False)], needs=2)],
        1 - 0.9 * 0.8,
    ),
    "one, and it is spare": ([All([Call("b"), Call("c", required=False)], needs=1)], 0.1),
    "many copies": ([All([Call("b")], times=1_000_000)], 1 - 0.9 * 0.8),
    "by class": ({"x": [Call("b")], "": [Call("c"), Call("b")]}, 1 - 0.9 * 0.8 * 0.7),
}


@pytest.mark.parametrize("kind", STEPS)
def test_structure_from_steps(kind):
    """The products of the parts' own availabilities, written out."""
    steps, wanted = STEPS[kind]
    users = [Source("users", Poisson(1.0), Call("a"))]
    got = down(replace(A, serve=steps), B, C, scenario={"sources": users})
    assert got == pytest.approx(wanted, rel=1e-12, abs=0)


def test_the_entry_is_where_sources_call():
    alone = down(A, B)
    users = [Source("users", Poisson(1.0), Call("a"))]
    assert alone == pytest.approx(1 - 0.9 * 0.8, rel=1e-12, abs=0)
    assert down(A, B, scenario={"sources": users}) == ONE_IN_TEN
    both = [*users, Source("staff", Poisson(1.0), Call("b", fallback=(Call("c"),)))]
    got = down(A, B, C, scenario={"sources": both})
    assert got == pytest.approx(1 - 0.9 * (1 - 0.2 * 0.3), rel=1e-12, abs=0)
