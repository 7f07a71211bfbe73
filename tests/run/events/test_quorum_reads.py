"""Reads from several replicas whose answers are compared: what is masked, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.describe.distributions import Exponential
from simulator.describe.effects import Effect
from simulator.describe.faults import At, Fault
from simulator.describe.pools import Pool
from simulator.describe.steps import All, Call, Work
from simulator.errors import DescriptionError
from simulator.tables.outcomes import TRUTHS
from tests.run.events.test_small_histories import run
from tests.statistical import check_proportion

WRONG = TRUTHS.index("wrong")
REPLICAS = ("r1", "r2", "r3")
MANY = 40_000


def _read(faults, many=MANY, **how):
    """Share of wrong answers of `many` reads, one every second, from three replicas."""
    web = Pool("web", serve=[All([Call(r) for r in REPLICAS], **how)])
    pools = [web, *(Pool(r, serve=[Work(0.001)]) for r in REPLICAS)]
    done = run(pools, np.arange(many) + 0.5, Call("web"), faults=faults, horizon=many + 1.0)
    assert set(done.outcomes.requests["outcome"]) == {0}  # nobody can see it
    return int((done.outcomes.requests["truth"] == WRONG).sum())


def _lies(p):
    return [Fault(REPLICAS, when=At(0.0), effect=Effect(wrong=p), name="lies")]


@pytest.mark.slow
def test_a_minority_of_wrong_answers_is_outvoted():
    """Each answer wrong with p on its own: wrong with 3p^2(1-p) + p^3; with no vote 1 - (1-p)^3."""
    p = 0.3
    voted, plain = 3 * p**2 * (1 - p) + p**3, 1 - (1 - p) ** 3
    found = _read(_lies(p), agree=True)
    check_proportion(found, MANY, voted, detects=0.06)
    with pytest.raises(AssertionError):
        check_proportion(found, MANY, 3 * p**2 * (1 - p), detects=0.06)
    check_proportion(_read(_lies(p)), MANY, plain, detects=0.06)


@pytest.mark.parametrize("agree", [True, False])
def test_the_same_error_everywhere_at_the_same_time_is_not_outvoted(agree):
    """All replicas wrong for 25 of 100 s: a quarter of the reads, whoever votes."""
    bug = Fault(REPLICAS, when=At(10.0), lasts=25.0, effect=Effect(wrong=1.0), name="bug")
    assert _read([bug], 100, agree=agree) == 25


def test_the_same_error_at_different_times_is():
    bugs = [
        Fault(r, when=At(30.0 * k), lasts=25.0, effect=Effect(wrong=1.0), name=f"bug-{r}")
        for k, r in enumerate(REPLICAS)
    ]
    assert _read(bugs, 100, agree=True) == 0
    assert _read(bugs, 100) == 75


def test_two_answers_of_which_one_is_wrong_cannot_be_told_apart():
    bug = Fault("r1", when=At(10.0), lasts=25.0, effect=Effect(wrong=1.0), name="bug")
    assert _read([bug], 100, agree=True) == 0
    web = Pool("web", serve=[All([Call("r1"), Call("r2")], agree=True)])
    pools = [web, Pool("r1"), Pool("r2")]
    done = run(pools, np.arange(100) + 0.5, Call("web"), faults=[bug], horizon=100.0)
    assert int((done.outcomes.requests["truth"] == WRONG).sum()) == 25


@pytest.mark.parametrize("how", [{"needs": 1}, {}])
def test_one_answer_cannot_be_compared(how):
    calls = [Call("r1"), Call("r2")] if how else [Call("r1")]
    with pytest.raises(DescriptionError, match="at least 2 are needed to compare"):
        All(calls, agree=True, **how)


def test_where_nothing_is_wrong_comparing_changes_no_row():
    def rows(agree):
        step = All([Call(r) for r in REPLICAS], needs=2, agree=agree)
        pools = [Pool("web", serve=[step]), *(Pool(r, serve=[Work(Exponential(0.3))]) for r in REPLICAS)]
        fault = Fault("r1", when=At(10.0), lasts=25.0, effect=Effect(error=0.5), name="errors")
        return run(pools, np.arange(500) / 5.0, Call("web"), faults=[fault], horizon=100.0).outcomes

    with_, without = rows(True), rows(False)
    for table in ("requests", "attempts"):
        for name, column in getattr(without, table).items():
            np.testing.assert_array_equal(column, getattr(with_, table)[name])
