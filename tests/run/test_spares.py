"""Members that may come later, from several sides, and where they may not."""

from __future__ import annotations

import pytest

from simulator import (
    Add,
    At,
    Autoscaler,
    Build,
    Call,
    Deterministic,
    Failover,
    Poisson,
    Pool,
    Rollout,
    Runbook,
    Scenario,
    Source,
    Step,
    System,
    Work,
    crash,
)  # fmt: skip
from simulator.conducting import conduct
from simulator.errors import DescriptionError
from simulator.run.spares import spares_of, with_spares

BOOK = Runbook("more", At(10.0), [Step(Add("app", members=2))])
SCALER = Autoscaler("scale", "app", 0.7, most=4, every=5.0, lag=1.0, down_after=20.0)


def _scenario(*controllers, members=2, **pool):
    app = Pool("app", members, threads=1, serve=[Work(0.1)], **pool)
    users = Source("users", Poisson(1.0), to=Call("app"))
    return Scenario(System([app]), controllers=controllers, horizon=60.0, sources=[users])


def test_a_runbook_and_an_autoscaler_on_one_pool():
    """2 members, up to 4 by the autoscaler, 2 more by people: room for 6."""
    scenario = _scenario(BOOK, SCALER)
    assert spares_of(scenario) == {"app": 4}
    assert with_spares(scenario).system["app"].members == 6
    run = conduct(scenario)
    joined = [c.members for c in run.timeline.changes if c.at == 10.0]
    assert joined == [(("app", 2),), (("app", 3),)]
    # at a tenth of one member's time, one of four is enough: three leave after 20 s
    assert run.timeline.changes[-1].cause == "autoscaler scale"


def test_a_rollout_beside_doubles_all_of_them():
    beside = Rollout("new", "app", Build("b"), At(30.0), strategy="beside")
    assert with_spares(_scenario(BOOK, SCALER, beside)).system["app"].members == 12


def test_an_autoscaler_alone_still_bounds_the_members_at_the_start():
    for controllers in ((SCALER,), (SCALER, BOOK)):
        with pytest.raises(DescriptionError, match="least <= members <= most"):
            _scenario(*controllers, members=5)


def test_the_voters_stay_a_majority_whoever_joins():
    rule = Failover("app", voters="members", promote=Deterministic(1.0))
    fault = crash(Deterministic(20.0), Deterministic(5.0))
    fine = _scenario(rule, BOOK, members=3, needed=3, faults=[fault])
    assert conduct(fine).scenario.system["app"].members == 5  # 3 of 5
    with pytest.raises(DescriptionError, match="no majority of the voters once 2 have joined"):
        conduct(_scenario(rule, BOOK, members=3, needed=2))
