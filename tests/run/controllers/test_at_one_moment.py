"""What falls on one moment, commands that meet, and effects that must not stay: each once went wrong."""

from __future__ import annotations

import pytest

from simulator.conducting import Conducted, conduct
from simulator.describe import (
    Add,
    At,
    Autoscaler,
    Backlog,
    Build,
    Call,
    Deterministic,
    Effect,
    Ends,
    Every,
    Fault,
    HealthCheck,
    Life,
    Note,
    On,
    Pool,
    Remove,
    Restore,
    RollBack,
    Rollout,
    Runbook,
    Scenario,
    Signal,
    Source,
    Spare,
    Step,
    System,
    Work,
)

DOWN = Effect(up=False)


def acting(pools, *controllers, faults=(), horizon=200.0, **given) -> Conducted:
    """A run in which these act."""
    scenario = Scenario(System(pools), faults, controllers, horizon, **given)
    return conduct(scenario, attempts=False)


def times(run, text):
    """When something was noted."""
    return [change.at for change in run.timeline.changes if change.words() == text]


# --- ties -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("ends_early", [False, True])
def test_faults_come_before_those_who_act_whatever_else_happened(before, ends_early):
    """app[0] goes down at 100 s, when a command takes half of those that are there: app[1] and app[2]."""
    faults = [Fault("app[0]", when=At(100.0), lasts=50.0, effect=DOWN, name="f")]
    faults += [Fault("db", when=At(50.0), lasts=5.0, effect=DOWN, name="g")] * before
    books = [Runbook("mistake", At(100.0), [Step(Remove("app", share=0.5))])]
    books += [Runbook("end", At(190.0), [Step(Ends("f"))])] * ends_early
    run = acting([Pool("app", 4), Pool("db")], *books, faults=faults)
    (taken,) = [c for c in run.timeline.changes if c.cause == "mistake: 1"]
    assert taken.members == (("app", 1), ("app", 2))


def test_nothing_that_falls_on_the_horizon_happens():
    fault = Fault("app", when=At(10.0), lasts=190.0, effect=DOWN, name="f")
    run = acting([Pool("app")], Runbook("end", At(250.0), [Step(Ends("f"))]), faults=[fault])
    assert [c.what for c in run.timeline.changes] == ["begins"]


# --- occasions and looks --------------------------------------------------------------------------


def test_an_occasion_of_people_while_they_are_at_it_is_left_out():
    """Steps of 15 s, set off at 10, 20 and 30 s: the second falls into the first."""
    book = Runbook("book", At((10.0, 20.0, 30.0)), [Step(Note("done"), after=15.0)], once=False)
    assert times(acting([Pool("app")], book), "done") == [25.0, 45.0]


def test_equal_steps_are_taken_once_however_they_are_rounded():
    """1.0 // 0.1 is 9: the tenth occasion came again and again."""
    book = Runbook("book", Every(0.1), [Step(Note("looked"))], once=False)
    found = times(acting([Pool("app")], book, horizon=2.05), "looked")
    assert found == pytest.approx([k * 0.1 for k in range(1, 21)], rel=1e-9, abs=0)


@pytest.mark.parametrize("begins", [0.05, 0.65, 2.25])
def test_a_signal_lasts_as_many_looks_as_it_says(begins):
    """The first look is 0.05 s after the beginning, the fourth 0.3 s later."""
    fault = Fault("app", when=At(begins), lasts=50.0, effect=DOWN, name="f")
    signal = Signal("up_share", "app", below=0.5, every=0.1, for_=0.3)
    run = acting([Pool("app")], Runbook("book", signal, [Step(Note("on"))]), faults=[fault])
    assert times(run, "on") == pytest.approx([begins + 0.35], rel=1e-9, abs=0)


def test_nobody_says_all_clear_after_ten_seconds_of_a_long_window():
    """Errors until 1,000 s. Who begins to look at 995 s has seen 600 s at 1,600 s, at 1,010 s only ten good ones."""
    fault = Fault("app", when=At(400.0), lasts=600.0, effect=DOWN, name="f")
    clear = Signal("error_share", "app", below=0.5, window=600.0, every=10.0)
    run = acting(
        [Pool("app", serve=[Work(0.01)])], Runbook("book", At(995.0), [Step(Note("clear"), when=clear)]),
        faults=[fault], horizon=2000.0, sources=[Source("users", Every(1.0), to=Call("app", timeout=1.0))],
    )  # fmt: skip
    assert times(run, "clear") == [1600.0]


def test_who_watches_from_the_start_sees_what_there_is():
    """All served until 50 s, nothing after it: half of all at 100 s, more at the next look."""
    fault = Fault("app", when=At(50.0), lasts=1000.0, effect=DOWN, name="f")
    signal = Signal("error_share", "app", above=0.5, window=1000.0, every=10.0)
    run = acting(
        [Pool("app", serve=[Work(0.01)])], Runbook("book", signal, [Step(Note("on"))]), faults=[fault],
        sources=[Source("users", Every(1.0), to=Call("app", timeout=1.0))],
    )  # fmt: skip
    assert times(run, "on") == [110.0]


# --- commands that meet ---------------------------------------------------------------------------


def test_two_commands_take_a_member_once_and_it_comes_back():
    """One takes a member every ten seconds, another all of them meanwhile: restored, none stays away."""
    run = acting(
        [Pool("app", 4)], Runbook("slow", At(10.0), [Step(Remove("app", per_min=6.0))]),
        Runbook("all", At(15.0), [Step(Remove("app"))]), Runbook("back", At(100.0), [Step(Restore("app"))]),
    )  # fmt: skip
    assert {s.end for s in run.timeline.spells} == {100.0}
    assert sum(len(s.members) for s in run.timeline.spells) == 4


def test_who_stays_away_is_not_up_for_a_moment():
    """One of four is put back: nobody fails at that."""
    run = acting(
        [Pool("app", 4)], Runbook("take", At(10.0), [Step(Remove("app"))]),
        Runbook("back", At(20.0), [Step(Restore("app[0]"))]),
        Runbook("pager", On("failed:app"), [Step(Note("woken"))], once=False),
    )  # fmt: skip
    assert times(run, "woken") == [10.0]
    still = [m for s in run.timeline.spells if s.start <= 50.0 < s.end for m in s.members]
    assert still == [("app", 1), ("app", 2), ("app", 3)]


@pytest.mark.parametrize("how", ["given", "lived", "removed"])
def test_those_whom_no_health_check_watches_leave_the_rotation_at_once(how):
    """A zone goes down with members of two pools, of which one is watched: callers of the other notice nothing."""
    zones = (("a", 1), ("b", 1))
    pools = [Pool(name, 2, zones=zones, serve=[Work(0.01)]) for name in ("app", "db")]
    loss = Fault(
        "zone:a", Life(Deterministic(50.0)), Deterministic(30.0), DOWN, name="loss", together=True
    )
    book = Runbook(
        "mistake", At(50.0), [Step(Remove("zone:a")), Step(Restore("zone:a"), after=30.0)]
    )
    removed = how == "removed"
    scenario = Scenario(
        System(pools), [] if removed else [loss], [HealthCheck("app", 5.0), *[book] * removed], 100.0,
        sources=[Source("users", Every(0.5), to=Call("db", timeout=1.0))],
    )  # fmt: skip
    run = conduct(scenario, faults="lived" if how == "lived" else "given")
    assert run.outcomes.counts()["ok"] == 200
    still = [s for s in run.timeline.spells if s.start <= 85.0 < s.end and ("db", 0) in s.members]
    assert not still


# --- amounts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [50.0, 100.0, 150.0, 250.0])
def test_a_backlog_feels_a_fault_when_it_happens(look):
    """300 come; 1 a second is done by two members and nothing by one, which is there for 100 s.

    When somebody looks must not matter.
    """
    run = acting(
        [Pool("db", 2, 1)], Runbook("look", At(look), [Step(Note("looked"))]), horizon=300.0,
        faults=[Fault("db[0]", when=At(100.0), lasts=100.0, effect=DOWN, name="f")],
        backlogs=[Backlog("events", 1.0, Spare(2.0, 0.5, "db"), starts=1000.0)],
    )  # fmt: skip
    assert run.backlogs["events"].waiting[-1] == pytest.approx(1100.0, rel=1e-9, abs=0)


# --- rollouts and others --------------------------------------------------------------------------


def test_members_that_stand_by_are_nobody_to_an_autoscaler():
    """Four serve at 40 % of a target of 50 %; four old ones beside them must not make it eight."""
    load = Source("users", Every(0.0625), to=Call("app", timeout=1.0))
    run = acting(
        [Pool("app", 4, threads=2, serve=[Work(0.2)])],
        Rollout("deploy", "app", Build("new"), At(25.0), strategy="beside"),
        Autoscaler("scaler", "app", 0.5, every=10.0, lag=1.0, least=4, most=8, tolerance=0.5, down_after=30.0),
        sources=[load],
    )  # fmt: skip
    assert run.outcomes.counts()["error"] == 0
    assert not [c for c in run.timeline.changes if c.cause == "autoscaler scaler"]


def test_taking_back_an_older_rollout_changes_nothing_for_those_who_come():
    run = acting(
        [Pool("app", 2)], Rollout("A", "app", Build("a"), At(10.0)), Rollout("B", "app", Build("b"), At(20.0)),
        Runbook("book", At(30.0), [Step(RollBack("A")), Step(Add("app", members=1), at=40.0)]),
    )  # fmt: skip
    assert times(run, "app[2] runs b") == [40.0]


def test_a_rollout_is_not_taken_back_while_another_changes_the_pool():
    run = acting(
        [Pool("app", 4)], Rollout("A", "app", Build("a"), At(10.0)),
        Rollout("B", "app", Build("b"), At(50.0), member_takes=20.0),
        Runbook("book", At(60.0), [Step(RollBack("A"))]),
    )  # fmt: skip
    assert times(run, "A is not taken back: B is under way") == [60.0]
    assert not times(run, "app[0] runs the build before")


@pytest.mark.parametrize(("strategy", "came"), [("replace", 2), ("beside", 4)])
def test_who_came_after_a_rollout_goes_back_with_the_others(strategy, came):
    run = acting(
        [Pool("app", 2)], Rollout("A", "app", Build("a"), At(10.0), strategy=strategy),
        Runbook("book", At(20.0), [Step(Add("app", members=1)), Step(RollBack("A"), at=30.0)]),
    )  # fmt: skip
    assert times(run, f"app[{came}] runs a")[-1] == 20.0
    assert times(run, f"app[{came}] runs the build before") == [30.0]


def test_who_comes_while_others_are_built_takes_nobodys_place():
    """Two are built beside two others from 10 to 30 s; one comes at 20 s. All that come at 30 s run the build."""
    run = acting(
        [Pool("app", 2)], Rollout("A", "app", Build("a"), At(10.0), strategy="beside", member_takes=20.0),
        Runbook("book", At(20.0), [Step(Add("app", members=1))]),
    )  # fmt: skip
    log = [c for c in run.timeline.changes if c.at == 30.0]
    came = {c.members for c in log if c.what == "ends" and not c.spell.effect.up}
    assert came == {c.members for c in log if c.what == "build"}
    assert len(came) == 2
