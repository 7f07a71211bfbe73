"""Experiments on deployments and outages: figures against what must hold whatever the numbers are."""

import math

import pytest

from experiments import deployments
from experiments.deployments import bad_spells, measured
from models.deployments import BEGINS, MEMBERS, STRATEGIES, scenario
from simulator.conduct import conduct
from simulator.describe import HOUR, MIN

# --- deployments -------------------------------------------------------------------------------------

SMALL = {"begins": 10.0, "time_of_day": 14 * HOUR, "horizon": 6 * MIN}


def window(strategy, *, bad, **more):
    return conduct(scenario(strategy, chance_bad=float(bad), **SMALL | more), seed=3)


@pytest.fixture(scope="module")
def plain():
    return window("rolling", bad=False, begins=1e9)


@pytest.mark.parametrize(
    "strategy",
    ["rolling", *(pytest.param(name, marks=pytest.mark.slow) for name in ("blue_green", "canary"))],
)
def test_a_good_build_costs_no_request_but_with_recreate(strategy, plain):
    found = measured(window(strategy, bad=False), plain, 10.0)
    # members leave in good order, and 70 of 100 are enough: nobody is hit but by a longer line
    assert found["failed"] <= 5
    assert found["unavailable_s"] == found["seen"] == found["taken_back"] == 0.0


def test_recreate_is_down_until_the_first_members_are_up(plain):
    found = measured(window("recreate", bad=False), plain, 10.0)
    # 100 requests a second, half of them lost for as long as less than half of the load is carried:
    # 20 of 100 members at Exponential(40) each carry 50 a second, after 40 * ln(100 / 80) = 9 s on
    # average; 40 members carry all, after 20 s, and the line that has formed is served by then or given up
    assert 5.0 <= found["unavailable_s"] <= 30.0
    assert 500 <= found["failed"] <= 3_000


def test_a_canary_is_seen_by_few_and_blue_green_by_all(plain):
    canary = window("canary", bad=True)
    assert {member for member, _, _ in bad_spells(canary)} == {0}
    few = measured(canary, plain, 10.0)
    assert few["taken_back"] == 1.0
    assert 0.0 < few["seen"] < 0.01
    blue_green = window("blue_green", bad=True, horizon=10 * MIN)
    assert {member for member, _, _ in bad_spells(blue_green)} == set(range(MEMBERS, 2 * MEMBERS))
    starts = {start for _, start, _ in bad_spells(blue_green)}
    assert len(starts) == 1  # traffic moves at one moment
    (up,) = starts
    rows = blue_green.outcomes.requests
    after = (rows["sent_s"] > up) & (rows["sent_s"] < up + 60.0)
    share = float((rows["outcome"][after] > 1).mean())
    # 30 % of a bad build and 0.2 % of all that fail anyhow, as independent causes
    expected = 1.0 - 0.7 * 0.998
    assert abs(share - expected) < 4.5 * math.sqrt(expected * (1 - expected) / after.sum())


@pytest.mark.slow
def test_the_old_set_is_paid_for_an_hour(plain):
    found = measured(window("blue_green", bad=False), plain, 10.0)
    assert found["member_hours"] == pytest.approx(MEMBERS, rel=1e-9, abs=0)


def test_the_expected_loss_weighs_good_and_bad():
    import pandas as pd

    rows = [
        {"strategy": s, "build": b, "replications": 2, "unavailable_s": 0.0, "seen": 0.1, "rollback_s": 1.0,
         "member_hours": 10.0, "failed": value, "failed_low": value, "failed_high": value}
        for s in STRATEGIES for b, value in (("good", 100.0), ("bad", 1_000.0))
    ]  # fmt: skip
    table = deployments.summarise({"means": pd.DataFrame(rows)})
    assert list(table["expected_failed"]) == pytest.approx([0.98 * 100 + 0.02 * 1000] * 4, rel=1e-9, abs=0)


def test_deployments_fall_into_working_hours():
    hours = [deployments._Window(n, 1, BEGINS, 1.0, ()).time_of_day() / HOUR for n in range(200)]
    assert 9.0 <= min(hours) < 9.5
    assert 16.5 < max(hours) <= 17.0
