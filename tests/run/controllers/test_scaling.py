"""Autoscalers as they happen: a load step on a pool of M/M/c members, a quota, members that leave in good order."""

import math

import numpy as np
import pytest

from simulator.conducting import conduct
from simulator.describe import (
    Autoscaler,
    Call,
    Exponential,
    Poisson,
    Pool,
    Scenario,
    Source,
    Spike,
    System,
    Work,
)
from simulator.tables.outcomes import OUTCOMES

# A member has 50 threads and work takes a second: it is one M/M/50 queue, and c members carry 50 c
# requests a second at most. 175 a second need 3.5 members, 5 at a target of 0.7; 350 need 10.
THREADS, LOW, HIGH, STEP = 50, 175.0, 350.0, 301.0


def step_up(*, lasts=1e6, horizon=600.0, **given):
    app = Pool("app", 5, threads=THREADS, serve=[Work(Exponential(1.0))])
    users = Source("users", Poisson(Spike(LOW, HIGH, STEP, lasts)), to=Call("app"))
    rule = {
        "target": 0.7,
        "every": 15.0,
        "lag": 60.0,
        "most": 20,
        "tolerance": 0.25,
        "down_after": 120.0,
    } | given
    scaler = Autoscaler("scaler", "app", **rule)
    return Scenario(System([app]), sources=[users], controllers=[scaler], horizon=horizon)


def sizes(run):
    """(time, members there) whenever members have come or gone."""
    absent = [s for s in run.timeline.spells if not s.effect.up]
    times = sorted({t for s in absent for t in (s.start, s.end) if 0.0 < t < math.inf})
    whole = run.scenario.system["app"].members
    return [(t, whole - sum(s.start <= t < s.end for s in absent)) for t in times]


@pytest.fixture(scope="module")
def stepped():
    return conduct(step_up())


def test_a_load_step_is_followed_as_worked_out_by_hand(stepped):
    # 315 s: all 250 threads are busy, 5 / 0.7 = 7.1: 8 members, which serve from 375 s on.
    # Until then looks see 5 / 0.7 of 8 wanted, a ratio of 0.89: nothing more is ordered.
    # 390 s: 7400 wait at the first five members, whose 250 threads are busy; the three new ones get
    # 350 / 8 each, 0.875 of their threads: (5 + 3 * 0.875) / 0.7 = 10.9 +- 0.33, from 450 s on.
    # Then 350 / 35 = 10 are wanted: 10 to 12 members are within the tolerance, they stay.
    (first, second) = sizes(stepped)
    assert first == (375.0, 8)
    assert second in ((450.0, 10), (450.0, 11), (450.0, 12))


def test_after_the_step_nobody_waits(stepped):
    rows = stepped.outcomes.requests
    late = (rows["sent_s"] > 520.0) & (rows["outcome"] == OUTCOMES.index("ok"))
    took = (rows["ended_s"] - rows["sent_s"])[late & (rows["sent_s"] < 585.0)]
    # 10 to 12 queues with 50 servers and at most 35 Erlang each: by Erlang C 1 % wait, 0.0007 s on average
    assert abs(took.mean() - 1.0) < 0.0008 + 4.5 / math.sqrt(len(took))
    before = (rows["sent_s"] > 360.0) & (rows["sent_s"] < 375.0)
    waited = (rows["ended_s"] - rows["sent_s"])[before & (rows["ended_s"] > 0)]
    assert (
        waited.mean() > 10.0
    )  # negative control: 100 a second too many for a minute, 250 a second served


def test_a_quota_that_binds():
    run = conduct(step_up(most=6, horizon=460.0))
    assert sizes(run) == [(375.0, 6)]
    rows = run.outcomes.requests
    ended = (rows["ended_s"] > 400.0) & (rows["ended_s"] < 450.0)
    # all 300 threads are busy for 50 s: Poisson(15,000) requests end
    assert abs(ended.sum() - 300 * 50) < 4.5 * math.sqrt(300 * 50)


@pytest.mark.slow
def test_members_leave_in_good_order():
    run = conduct(step_up(lasts=200.0, horizon=800.0))
    counts = run.outcomes.counts()
    assert counts["error"] == counts["shed"] == 0
    # load is low again from 501 s; every look since 510 s wants 175 / 35 = 5, give or take the noise
    assert sizes(run)[2][0] >= 510.0 + 120.0
    assert sizes(run)[-1][1] in (5, 6)
    gone = {
        m
        for s in run.timeline.spells
        if s.cause == "autoscaler scaler" and not s.effect.up
        for _, m in s.members
    }
    there = run.outcomes.attempts["member"]
    assert gone == set(range(min(gone), sizes(run)[1][1]))  # those with the highest numbers
    assert set(np.unique(there[run.outcomes.attempts["sent_s"] > 750.0])) == set(range(min(gone)))


def test_one_that_is_content_leaves_all_requests_as_they_are():
    given = {"horizon": 250.0, "tolerance": 0.9}
    content = conduct(step_up(**given))
    assert sizes(content) == []
    idle = conduct(step_up(**given, every=1e6))
    for key, column in content.outcomes.attempts.items():
        assert column.tobytes() == idle.outcomes.attempts[key].tobytes()


def test_nobody_sends_anything():
    app = Pool("app", 4, threads=10, serve=[Work(0.01)])
    scaler = Autoscaler("scaler", "app", target=0.5, every=10.0, least=2, down_after=50.0)
    run = conduct(Scenario(System([app]), controllers=[scaler], horizon=300.0))
    # looks at 10, 20 ... 60 s: 50 s of looks that want the least
    assert sizes(run) == [(60.0, 2)]
