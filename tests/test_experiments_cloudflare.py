"""The Cloudflare experiment: what it says of a run, its tables, and its curves against arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from experiments import cloudflare_2019 as experiment
from experiments import cloudflare_curves as curves
from experiments.cloudflare_observed import observe, observe_stages
from experiments.cloudflare_pictures import told
from experiments.outage import Outage, lessons_table
from models.evidence.cloudflare_2019 import EVIDENCE
from models.waf_cost import line_cost
from simulator.describe import Build
from simulator.describe.paths import parse_setting
from simulator.tables.changes import Change


@pytest.fixture(scope="module")
def found():
    return observe({"settings": {}, "seed": 1, "quick": True})


def test_every_observable_has_a_value(found):
    assert {one.id for one in EVIDENCE.observed} <= set(found)
    for one in EVIDENCE.scored:
        assert one.agrees(found[one.id]), one.id


def test_shares_add_up(found):
    assert found["C5"] + found["C11"] == pytest.approx(100.0, rel=1e-12, abs=0)
    # what is lost is the outage times the fall, but for its edges
    assert found["lost"] == pytest.approx(found["C10"] * found["C5"] / 100.0, rel=0.05, abs=0)


@pytest.mark.slow
def test_each_null_model_fails(found):
    for one in EVIDENCE.scored:
        if one.null_set != {"rollout": "staged"}:
            null = observe({"settings": one.null_set, "seed": 1, "quick": True})
            assert not one.agrees(null[one.id]), one.id


@pytest.mark.slow
def test_stages_hit_three_cities_of_180(found):
    null = observe({"settings": {"rollout": "staged"}, "seed": 1, "quick": False})
    assert null["C6"] == "1.67 % of them"
    assert null["hit"] == pytest.approx(100 * 3 / 180, rel=1e-9, abs=0)
    assert null["lost"] < 0.01 * found["lost"]


@pytest.mark.slow
def test_a_canary_that_nobody_waits_for_bounds_nothing():
    """Watched for less than the signal takes (10 s beyond its level): everybody gets the rule."""
    item = {
        "settings": {"rollout": "staged", "soak_s": 2.0, "scale": 50.0},
        "seed": 1,
        "quick": False,
    }
    assert observe_stages(item)["hit"] == 100.0


def test_lessons_are_settings_of_the_model():
    for key, one in experiment.LESSONS.items():
        assert bool(one.settings) != bool(one.arithmetic), key
        assert set(one.shows) <= {*(o.id for o in EVIDENCE.observed), "access", "lost", "hit"}


def test_settings_of_the_lessons_can_be_typed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    some = {key: one for key, one in experiment.LESSONS.items() if key in ("guard", "credentials")}
    small = Outage("cloudflare_test", EVIDENCE, _quick, some)
    table = lessons_table(small, [1], {}, 1)
    for text in table["set"]:
        key, value = parse_setting(text.removeprefix("--set "))
        assert value in ("10k", 0.0)
        assert key in ("guard", "bypass_min")
    lost = table[(table["lesson"] == "guard") & (table["shows"] == "lost")].iloc[0]
    assert float(lost["with"]) < 0.001 * float(
        lost["without"]
    )  # a line of ten is full now and then


def _quick(item):
    return observe({**item, "quick": True})


# --- curves against arithmetic --------------------------------------------------------------------------


def test_a_test_notices_lines_from_the_length_that_takes_so_long():
    for row in curves.ci().to_dict("records"):
        cost = line_cost(
            row["kind"], row["characters"], guard="10k" if row["kind"] == "cheap" else None
        )
        assert 1000.0 * cost == pytest.approx(row["noticed_ms"], rel=1e-9, abs=0)


def test_the_work_asked_of_a_core():
    """0.45 x (1 + mean cost over a millisecond), the cost summed over the three kinds at one length."""
    found = curves._load({"guard": None, "length_sigma": 1e-6})
    mean = 0.05 * line_cost("json", 400)
    mean += 0.1 * (line_cost("match", 1600) + line_cost("no_match", 1600))
    assert found == pytest.approx(0.45 * (1.0 + 1000.0 * mean), rel=1e-4, abs=0)


def test_quick_tables(tmp_path):
    tables = experiment.run(seed=1, quick=True, jobs=1)
    assert list(tables) == ["observables", "shares", "events", "ci"]
    assert set(tables["shares"]) == {"time_s", "what", "served"}
    events = tables["events"]
    assert set(events["side"]) == {"published", "simulated"}
    assert events["what"].str.contains("proposed").any()
    summary = experiment.summarise(tables)
    assert list(summary["id"][1:]) == [one.id for one in EVIDENCE.observed]
    assert any("times of people" in text for text in experiment.remarks(tables))
    assert set(experiment.draw(tables)) == {"timeline.png"}


def test_pictures_of_the_curves():
    grid = [(g, n, n / 10) for g in ("none", "10,000 steps") for n in (50.0, 100.0)]
    table = pd.DataFrame(grid, columns=["guard", "length_g", "fall"]).assign(formula=1.0, load=2.0)
    canary = pd.DataFrame(
        {
            "canary": [1.0, 1.0],
            "soak_s": [5.0, 10.0],
            "hit": [100.0, 1.0],
            "halted_s": [np.nan, 15.0],
        }
    )
    tables = experiment.run(seed=1, quick=True, jobs=1) | {"guards": table, "canary": canary}
    assert set(experiment.draw(tables)) == {"timeline.png", "guards.png", "canary.png"}


def test_of_a_push_the_last_machine_is_told():
    rule = Build("rule")
    changes = [Change(t, "rollout rule: wave 1", "build", (("edge", 0),), rule) for t in (1.0, 2.0)]
    changes += [Change(3.0, "kill the rule: find", "note", value="proposed")]
    changes += [Change(4.0, "kill the rule: log in", "note", value="has access")]
    assert told(changes) == [
        (2.0, "rule on in the last city"),
        (3.0, "proposed"),
        (4.0, "log in: done"),
    ]


def test_nothing_is_lost_without_the_rule():
    value = observe(
        {"settings": {"share_g": 0.0, "share_f": 0.0, "share_h": 0.0}, "seed": 1, "quick": True}
    )
    assert (
        value["lost"] < 0.02
    )  # a line of ten is full now and then: 0.55 x 0.45^11 of the requests
    assert value["C6"] == "0 % of them"
    assert math.isclose(value["C11"], 100.0, rel_tol=0.05, abs_tol=0.0)
    assert np.isfinite(value["C3"])
