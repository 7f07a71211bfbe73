"""Rollouts that are watched, and what becomes of the requests meanwhile."""

import math

import numpy as np

from simulator.conducting import conduct
from simulator.describe import (
    Add,
    At,
    Build,
    Call,
    Deterministic,
    Note,
    On,
    Poisson,
    Pool,
    Remove,
    RollBack,
    Rollout,
    Runbook,
    Scenario,
    Signal,
    Source,
    Step,
    System,
    Work,
)
from simulator.tables.outcomes import OUTCOMES
from tests.run.controllers.deploying import builds, deploy, taken_back

# --- signals -----------------------------------------------------------------------------------------

WATCHED = Signal(
    "error_share", "app[new] - app[old]", above=0.02, window=60.0, every=10.0, least=50
)


def halts(run):
    return [c.at for c in run.timeline.changes if "halted" in c.words()]


def test_a_canary_is_halted_by_its_errors():
    given = {
        "members": 10,
        "waves": (0.1, 1.0),
        "soak": 300.0,
        "member_takes": 5.0,
        "back": "at_once",
    }
    run = conduct(deploy(rate=100.0, halts_on=WATCHED, **given))
    # the canary serves 10 a second from 105 s on: 50 of them by 110 s or a look later
    assert halts(run)[0] in (110.0, 120.0)
    assert builds(run, "") == [(halts(run)[0], 0)]
    failed = run.outcomes.requests["outcome"] == OUTCOMES.index("error")
    sent = run.outcomes.requests["sent_s"][failed]
    assert 0 < len(sent) < 75  # 30 % of 150 at the most, and more than 4.5 sigma above it
    assert sent.min() >= 105.0
    assert sent.max() <= halts(run)[0]


def test_fewer_than_enough_say_nothing():
    # 100 members at 10/s: a canary of one sees 6 requests a minute, never 50 in a window of 60 s
    given = {"members": 100, "waves": (0.01, 1.0), "soak": 600.0, "horizon": 650.0}
    run = conduct(deploy(rate=10.0, halts_on=WATCHED, **given))
    assert halts(run) == []
    # with a wider window there are 50 within 600 s: decided, and about when they are there
    wide = Signal(
        "error_share", "app[new] - app[old]", above=0.02, window=600.0, every=10.0, least=50
    )
    run = conduct(deploy(rate=10.0, halts_on=wide, **given))
    requests = run.outcomes.attempts
    mine = requests["ended_s"][(requests["member"] == 0) & (requests["sent_s"] > 100.0)]
    fiftieth = float(np.sort(mine)[49])
    assert halts(run) == [10.0 * math.ceil(fiftieth / 10.0)]


def test_a_good_build_is_let_through_and_its_requests_are_those_without_a_rollout():
    given = {"members": 4, "waves": (0.25, 1.0), "soak": 60.0, "live": True, "chance_bad": 0.0}
    run = conduct(deploy(rate=50.0, halts_on=WATCHED, **given, horizon=400.0))
    assert halts(run) == []
    never = conduct(deploy(rate=50.0, **given, when=At(1e6), horizon=400.0))
    for key, column in run.outcomes.attempts.items():
        assert column.tobytes() == never.outcomes.attempts[key].tobytes()


def test_a_halt_sets_off_who_waits_for_it():
    book = Runbook("tell", On("halted:deploy"), [Step(Note("halted, it seems"), after=3.0)])
    given = {"members": 10, "waves": (0.1, 1.0), "soak": 300.0}
    run = conduct(deploy(rate=100.0, halts_on=WATCHED, books=[book], **given))
    told = [c.at for c in run.timeline.changes if c.cause == "tell: 1"]
    assert told == [halts(run)[0] + 3.0]


# --- requests ----------------------------------------------------------------------------------------


def test_a_replaced_member_finishes_what_is_inside_it():
    app = Pool("app", 2, threads=1000, serve=[Work(Deterministic(5.0))])
    users = Source("users", Poisson(20.0), to=Call("app"))
    rollout = Rollout("deploy", "app", Build("v2"), At(100.0), waves=(0.5, 1.0), member_takes=20.0)
    scenario = Scenario(System([app]), sources=[users], controllers=[rollout], horizon=300.0)
    run = conduct(scenario)
    assert run.outcomes.counts()["error"] == 0
    # the last requests came just before 100 s and take 5 s; looks are a second apart
    first, second = [s.start for s in run.timeline.spells if not s.effect.up]
    assert first in (105.0, 104.0)
    assert second in (first + 25.0, first + 24.0)


def test_work_that_does_not_end_is_lost_after_the_grace():
    app = Pool("app", 2, threads=1000, serve=[Work(Deterministic(50.0))])
    users = Source("users", Poisson(20.0), to=Call("app"))
    rollout = Rollout("deploy", "app", Build("v2"), At(100.0), waves=(0.5, 1.0), member_takes=300.0)
    scenario = Scenario(System([app]), sources=[users], controllers=[rollout], horizon=300.0)
    run = conduct(scenario)
    assert [s.start for s in run.timeline.spells if not s.effect.up] == [130.0]
    rows = run.outcomes.attempts
    lost = rows["outcome"] == OUTCOMES.index("error")
    # those of member 0 that were sent within (80, 100): 10 a second
    assert (rows["member"][lost] == 0).all()
    assert (rows["ended_s"][lost] == 130.0).all()
    assert abs(lost.sum() - 200) < 4.5 * math.sqrt(200)


def test_extra_work_of_a_build_is_done_while_it_runs():
    slow = Build("slow", extra_work=Deterministic(0.5))
    run = conduct(deploy(rate=5.0, build=slow, live=True, books=[taken_back(500.0)]))
    rows = run.outcomes.requests
    took = rows["ended_s"] - rows["sent_s"]
    sent = rows["sent_s"]
    during = (sent >= 100.0) & (sent < 500.0)
    assert took[during & (rows["outcome"] == 0)].min() >= 0.51 - 1e-9
    assert took[(sent < 100.0) | (sent > 500.0)].max() < 0.51


def test_a_runbook_may_watch_a_source_from_the_start():
    alarm = Signal("error_share", "users", above=0.02, window=60.0, for_=60.0, least=50)
    book = Runbook("on call", alarm, [Step(RollBack("deploy"), after=30.0)])
    run = conduct(deploy(rate=50.0, live=True, books=[book]))
    # 30 % of 50 a second since 100 s: beyond 2 % at the look at 110 s, for 60 s at 170 s
    assert builds(run, "") == [(200.0, m) for m in range(4)]


def test_members_that_are_not_there_yet_are_not_missing():
    app = Pool("app", 4, serve=[Work(0.01)])
    books = [
        Runbook("more", At(500.0), [Step(Add("app", members=4))]),
        Runbook("few", Signal("up_share", "app", below=0.9), [Step(Note("few are up"))]),
        Runbook("fewer", At(700.0), [Step(Remove("app", share=0.25))]),
    ]
    run = conduct(Scenario(System([app]), controllers=books, horizon=1000.0))
    (told,) = [c.at for c in run.timeline.changes if c.words() == "few are up"]
    assert told in (700.0, 710.0)  # a look falls on the moment itself
