"""Experiments on deployments and outages: figures against what must hold whatever the numbers are."""

import math
from dataclasses import replace

import pytest

from experiments import blast_radius, deployments, failover, multi_region, patience, split_brain
from experiments.deployments import bad_spells, measured
from models.deployments import BEGINS, MEMBERS, STRATEGIES, scenario
from simulator.conducting import conduct
from simulator.describe import HOUR, MIN, Deterministic
from simulator.measure.old_terms import without_primary
from tests.statistical import check_estimate

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

# --- split brain -------------------------------------------------------------------------------------


def test_the_formula_of_a_lease_by_hand():
    # lease over at 20, believed from 10 on by the lease, promoted at 10.5; a lease of 2 s waits for
    # the detection, 2.5 to 3.5 s, so that 2 / (1 - d) >= 3 at least
    assert split_brain.overlap(10.0, 0.5) == pytest.approx(9.5, rel=1e-9, abs=0)
    assert split_brain.overlap(2.0, 0.5) == pytest.approx(0.5, rel=1e-3, abs=0)  # 4 - 3 - 0.5 on average
    for lease in split_brain.LEASES:
        edge = split_brain.largest_drift(lease)
        assert split_brain.overlap(lease, edge) < 1e-12 < split_brain.overlap(lease, edge + 0.02)


def test_two_primaries_follow_the_formula():
    drifts = (0.0, 0.2, 0.3, 0.45)
    found = split_brain.by_drift(5, 12, drifts)
    for (_, row), (lease, drift) in zip(
        found.iterrows(), [(x, d) for x in split_brain.LEASES for d in drifts], strict=True
    ):
        expected = split_brain.overlap(lease, drift)
        # one cut in each twelfth of the time between two probes: off by less than a twelfth of a second
        assert abs(row["estimate"] - expected) < 1 / 12
        assert (row["estimate"] == 0.0) == (drift < split_brain.largest_drift(lease))


def test_incidents_are_weighted_by_how_often_they_come():
    import pandas as pd

    rows = [
        {"decides": "majority", "writes_to": "store", "guard": "none", "set": 0, "incident": kind}
        | {name: float(value) for name in split_brain.MEASURES}
        for kind, values in {"cut a": (1, 3), "cut b": (0, 0), "pause": (1, 1), "crash": (2, 2)}.items()
        for value in values
    ]  # fmt: skip
    (year,) = split_brain.per_year(pd.DataFrame(rows))["lost"]
    assert year == pytest.approx(2 * 52 + 365 + 2 * 12, rel=1e-12, abs=0)


def test_lengths_fill_their_law():
    lasts = [what["lasts_s"] for labels, what in split_brain.incidents(3, 40, 2) if labels["incident"] == "pause"]
    # Lognormal(5, 1.2): half of a stratified sample lies below the median
    assert sum(x < 5.0 for x in lasts) == len(lasts) / 2


# --- failover ----------------------------------------------------------------------------------------


def test_the_cost_of_patience_at_its_ends():
    # no pause is shorter than no patience: each costs a promotion; none is longer than endless patience
    quick = patience.expected(1e-3, 30.0)
    assert quick["false_a_year"] == pytest.approx(365.0, rel=1e-3, abs=0)
    assert quick["down_s"] == pytest.approx((365 + 12) * 30.0, rel=1e-3, abs=0)
    slow = patience.expected(1e5, 30.0)
    assert slow["false_a_year"] == 0.0
    # mean of Lognormal(5, 1.2) is 5 exp(0.72); slices of it miss a little of its tail
    assert slow["down_s"] == pytest.approx(12 * (1e5 + 30.0) + 365 * 5 * math.exp(0.72), rel=1e-3, abs=0)


@pytest.mark.parametrize(("lasts", "expected"), [(2.9, 2.9), (4.0, 6.5), (50.0, 6.5), (None, 6.5)])
def test_one_incident_by_hand(lasts, expected):
    # patience 3: a probe each second; gone at 5.5, the third fails at 8, believed at 8.5, promoted at 12;
    # one that is back in between has been switched off
    made = patience.incident(3.0, 1.0, 0.0, 5.5, lasts)
    (rule,) = made.controllers
    made = replace(made, controllers=[replace(rule, promote=Deterministic(3.5))])
    found = without_primary(conduct(made).timeline, "db", made.horizon)
    assert found == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize("hold", [0.0, 20.0])
def test_windows_agree_with_the_formula_and_not_with_another(hold):
    (row,) = patience.curve([(10.0, 30.0, hold)], 100, 5, 1)
    error = (row["high"] - row["estimate"]) / 1.96
    check_estimate(row["estimate"], error, row["exact"], 0.6)
    with pytest.raises(AssertionError):
        check_estimate(row["estimate"], error, 2.5 * row["exact"], 0.6)


def test_confirmed_by_a_majority_is_not_lost_confirmed_by_the_neighbour_is():
    cut = {mode: failover._mode((mode, "zone cut", 3, True)) for mode in ("async", "semi_sync", "quorum")}
    assert cut["quorum"]["lost"] == cut["quorum"]["diverged"] == 0
    assert cut["semi_sync"]["lost"] > 0
    assert cut["async"]["diverged"] > 0


def test_sync_stops_when_anybody_does():
    assert failover._mode(("sync", "member crashes", 3, True))["failed_s"] > 5.0  # 10 s at 3 writes a second
    assert failover._mode(("quorum", "member crashes", 3, True))["failed_s"] == 0.0


# --- several regions ---------------------------------------------------------------------------------


def test_a_page_takes_its_calls_times_the_way():
    # work 0.2 s and 1 ms a call; 70 ms there and back
    assert multi_region.page_time("user crosses", 5) == pytest.approx(0.275, rel=1e-12, abs=0)
    assert multi_region.page_time("calls cross", 5) == pytest.approx(0.555, rel=1e-12, abs=0)
    assert multi_region.page_time("all near", 5) == pytest.approx(0.205, rel=1e-12, abs=0)


def test_who_is_served_while_a_region_is_lost():
    rows = multi_region.run(seed=5, quick=True, jobs=1)["runs"].set_index("design")
    assert rows.loc["one region", "late"] < 0.05
    assert rows.loc["active-passive", "late"] > 0.5
    for design in ("two active, whole each", "three active, half each"):
        assert rows.loc[design, "others"] > 0.98
        assert rows.loc[design, "late"] > 0.98
    # 15 pages a second can be made of 20 that are asked for
    assert rows.loc["two active, half each, sheds", "late"] == pytest.approx(0.75, rel=0.15, abs=0)
    assert rows.loc["two active, half each", "late"] < 0.3


# --- blast radius ------------------------------------------------------------------------------------


def test_the_price_of_one_system_and_of_cells():
    from simulator.run import exact

    for cells in (1, 8):
        rare, spare = blast_radius.price(cells)
        cores = round(rare["cores_per_load"] * blast_radius.LOAD / cells)
        load = blast_radius.LOAD / cells
        assert exact.erlang_c(cores, load) <= blast_radius.WAITS < exact.erlang_c(cores - 1, load)
        assert spare["cores_per_load"] / rare["cores_per_load"] == pytest.approx((cells + 1) / cells, rel=1e-9, abs=0)


def test_hit_tenants_are_counted_beside_the_formula():
    import pandas as pd

    rows = [{"cells": 8, "choices": 2, "hit": hit, "slower": 5, "tenants": 28} for hit in (0, 1, 2)]
    (row,) = blast_radius._beside(pd.DataFrame(rows)).to_dict("records")
    # 3 of 84, and 1 / 28 of 84 are 3
    assert row["z"] == pytest.approx(0.0, rel=0, abs=1e-9)
    assert row["slower_exact"] == pytest.approx(2 / 8 - 1 / 28, rel=1e-12, abs=0)


@pytest.mark.slow
def test_tenants_hit_by_poison_agree_with_the_formula_and_not_with_one_cell_each():
    from tests.statistical import Z_LIMIT

    items = [blast_radius._Item(8, 2, "poison", draw, 26.0, 3, ()) for draw in range(24)]
    rows = [blast_radius._row(item) for item in items]
    hit, many = (sum(row[key] for row in rows) for key in ("hit", "tenants"))
    score = {p: (hit / many - p) / math.sqrt(p * (1 - p) / many) for p in (1 / 28, 1 / 8)}
    assert abs(score[1 / 28]) < Z_LIMIT
    assert abs(score[1 / 8]) > Z_LIMIT
