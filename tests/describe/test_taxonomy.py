"""Every fault of the taxonomy, run, and what it does to requests."""

from __future__ import annotations

import math

import numpy as np
import pytest

import simulator
from simulator import (
    DAY,
    YEAR,
    All,
    Call,
    Deterministic,
    Effect,
    Exponential,
    Link,
    Pool,
    Queue,
    Scenario,
    Signal,
    Source,
    System,
    Trace,
    Work,
    availability,
    bad_deploy,
    byzantine,
    cascade,
    config_push,
    crash,
    disk_failure,
    exact,
    network_partition,
    power_loss,
    resource_leak,
    server_crash,
    software_bug,
    traffic,
    untested_design,
    wrong_command,
)
from simulator.conducting import conduct
from simulator.describe import human_faults, taxonomy
from simulator.describe.files import dump, loads
from simulator.errors import DescriptionError, NotSupported
from simulator.tables.outcomes import OUTCOMES, TRUTHS


def _run(pools, faults=(), controllers=(), *, to="app", links=(), horizon=100.0):
    """A request each second, in the middle of it, with a timeout of half a second."""
    users = Source("users", Trace(np.arange(horizon) + 0.5), Call(to, timeout=0.5))
    scenario = Scenario(System(pools, links=links), faults, controllers, horizon, sources=[users])
    return traffic(loads(dump(scenario))).outcomes  # as a file says it


def _ends(outcomes):
    return [OUTCOMES[k] for k in outcomes.requests["outcome"]]


def _app(members=1, **more):
    return Pool("app", members, serve=[Work(0.01)], **more)


@pytest.mark.parametrize("make", [disk_failure, server_crash])
def test_so_many_a_year_die(make):
    """Alone and never replaced, 4 % are dead after a year; replaced within a day, 0.04 d a year."""
    rate = {"afr": 0.04} if make is disk_failure else {"per_year": 0.04}
    never = Scenario(System([Pool("d")]), [make("d", **rate)], horizon=YEAR)
    assert exact.unreliability(never, YEAR) == pytest.approx(0.04, rel=1e-9, abs=0)
    soon = Scenario(System([Pool("d")]), [make("d", Deterministic(DAY), **rate)], horizon=YEAR)
    life = YEAR / -math.log(0.96)
    found = availability(soon, engines=("exact",)).system.exact
    assert found == pytest.approx(DAY / (DAY + life), rel=1e-9, abs=0)


def test_a_partition_is_silence():
    links = [Link("users", "app", name="wire")]
    found = _ends(_run([_app()], [network_partition("wire", 20.0, 30.0)], links=links))
    assert found == ["ok"] * 20 + ["timeout"] * 30 + ["ok"] * 50


def test_without_power_a_whole_zone_is_silent():
    pool = _app(4, zones=(("a", 2), ("b", 2)))
    found = _ends(_run([pool], [power_loss("a", 20.0, 40.0)]))
    assert set(found[:20]) == set(found[60:]) == {"ok"}
    assert 5 <= found[20:60].count("timeout") <= 35  # half of them, by the balancer's luck


def test_a_bug_is_in_all_replicas_or_in_each():
    found = _ends(_run([_app(5)], [software_bug("app", 20.0, 30.0)]))
    assert found == ["ok"] * 20 + ["error"] * 30 + ["ok"] * 50
    law = Exponential(50.0)
    each = _run([_app(5)], [software_bug("app", law, Deterministic(20.0), together=False)])
    assert 0 < _ends(each).count("error") < 100
    with pytest.raises(DescriptionError, match="needs a law"):
        software_bug("app", 20.0, 30.0, together=False)


def test_a_leak_slows_down_then_crashes_then_is_new():
    """Work of 0.1 s; steps of 10 s with speeds 3/4, 1/2, 1/4, a crash at 40 s for 10 s; twice."""
    faults = resource_leak("app", 40.0, 10.0, restart=10.0, times=2)
    pool = Pool("app", serve=[Work(0.1)])
    done = _run([pool], faults)
    took = done.requests["ended_s"] - done.requests["sent_s"]
    for begin in (0, 50):
        for k, speed in enumerate((1.0, 0.75, 0.5, 0.25)):
            part = took[begin + 10 * k : begin + 10 * k + 10]
            assert part == pytest.approx(np.full(10, 0.1 / speed), rel=1e-9, abs=0)
        assert set(_ends(done)[begin + 40 : begin + 50]) == {"error"}


def test_a_leak_of_connections_takes_threads():
    faults = resource_leak("app", 30.0, 10.0, of="threads", slowest=0.5)
    assert [fault.effect.threads for fault in faults] == [0.75, 0.5, 1.0]
    with pytest.raises(DescriptionError, match="less than until"):
        resource_leak("app", 10.0, 10.0)


@pytest.mark.parametrize("make", [cascade, untested_design])
def test_what_follows_a_failure(make):
    """db fails at 30 s for 10 s, the app with it for 20 s; with no chance nothing follows."""
    db = Pool("db", faults=[crash(Deterministic(30.0), Deterministic(10.0))])
    follows = make("db", "app", Deterministic(20.0))
    found = _ends(_run([_app(2), db], [follows], horizon=60.0))
    assert found == ["ok"] * 30 + ["error"] * 20 + ["ok"] * 10


def test_with_a_chance_members_follow_each_on_its_own_or_all():
    """Half a chance, 200 members: about half of them, or all or none."""
    db = Pool("db", faults=[crash(Deterministic(30.0), Deterministic(10.0))])
    how = {"chance": 0.5, "lasts": Deterministic(20.0)}
    for make in (cascade, untested_design):
        scenario = Scenario(System([_app(200), db]), [make("db", "app", **how)], horizon=40.0)
        spells = conduct(scenario, faults="lived").timeline.spells
        down = {m for s in spells for m in s.members if m[0] == "app"}
        assert 60 <= len(down) <= 140 if make is cascade else len(down) in (0, 200)
    many = Scenario(System([_app(200), db]), [cascade("db", "app", **how)], horizon=40.0)
    with pytest.raises(NotSupported, match="at most 12, or conduct"):
        conduct(many)  # 2^200 ways it may go cannot be known before


@pytest.mark.parametrize(("floor", "left"), [(False, 1), (True, 3)])
def test_a_wrong_command_takes_too_many(floor, left):
    rule = wrong_command("app", 20.0, share=0.75, floor=floor)
    run = conduct(Scenario(System([_app(4, needed=3)]), controllers=[rule], horizon=60.0))
    gone = {m for s in run.timeline.spells for m in s.members}
    assert 4 - len(gone) == left


def test_the_rest_has_to_carry_the_load():
    """Three at a time and 0.4 s each, four members in turn, one thread each; then one is left."""
    pool = Pool("app", 4, threads=1, queue=Queue(cap=0), serve=[Work(0.4)])
    users = Source("users", Trace(np.repeat(np.arange(40) + 0.5, 3)), Call("app"))
    rule = wrong_command("app", 20.0, share=0.75)
    scenario = Scenario(System([pool]), controllers=[rule], horizon=60.0, sources=[users])
    found = _ends(traffic(scenario).outcomes)
    assert found[:60] == ["ok"] * 60
    assert [found[k : k + 3].count("ok") for k in range(60, 120, 3)] == [1] * 20
    assert found.count("shed") == 40


def test_a_pushed_value_is_everywhere_at_once_and_in_waves_it_is_not():
    found = _ends(_run([_app(4)], controllers=[config_push("app", Effect(error=1.0), 20.0)]))
    assert found == ["ok"] * 20 + ["error"] * 80
    alarm = Signal("error_share", "app", above=0.1, window=10.0)
    slow = config_push("app", Effect(error=1.0), 20.0, waves=(0.25, 1.0), soak=60.0, halts_on=alarm)
    assert 0 < _ends(_run([_app(4)], controllers=[slow])).count("error") < 30


def test_a_bad_deploy_gets_worse_wave_by_wave():
    rule = bad_deploy("app", Effect(error=1.0), 20.0, member_takes=5.0, soak=5.0)
    found = _ends(_run([_app(4)], controllers=[rule]))
    assert found[:20] == ["ok"] * 20
    assert found[65:] == ["error"] * 35
    assert 0 < found[20:60].count("error") < 40


def test_liars_are_not_noticed_but_outvoted():
    """One of three always lies: nobody sees it; one answer is wrong, three compared are not."""
    pool = Pool("db", 3, serve=[Work(0.01)])
    for agree in (False, True):
        calls = [Call(f"r{k}") for k in range(3)]
        web = Pool("app", serve=[All(calls, agree=agree)])
        replicas = [Pool(f"r{k}", serve=[Work(0.01)]) for k in range(3)]
        done = _run([web, *replicas], [byzantine("r0", when=20.0)])
        assert set(_ends(done)) == {"ok"}
        wrong = (done.requests["truth"] == TRUTHS.index("wrong")).sum()
        assert wrong == (0 if agree else 80)
    done = _run([pool], [byzantine("db[0]", 0.5)], to="db")
    assert 0 < (done.requests["truth"] == TRUTHS.index("wrong")).sum() < 40


@pytest.mark.parametrize("room", [taxonomy, human_faults])
def test_all_are_public_and_documented(room):
    for name in room.__all__:
        assert getattr(simulator, name) is getattr(room, name)
        assert name in simulator.__all__
        assert "Parameters" in getattr(room, name).__doc__
