"""A run of requests and what it tells of itself: text, JSON, tables, verdict, trace."""

from __future__ import annotations

import functools
import json
import math

import pytest

import simulator
from simulator import (
    At,
    Breaker,
    Call,
    Consecutive,
    Effect,
    Exponential,
    Fault,
    Poisson,
    Pool,
    Queue,
    Retry,
    Scenario,
    Source,
    System,
    Work,
)
from simulator.errors import DescriptionError
from simulator.requests import TrafficRun


def scenario_of(faults: bool = True) -> Scenario:
    breaker = Breaker(window=Consecutive(5), stays_open=1.0, probes=1, scope="shared")
    db = Pool("db", threads=4, queue=Queue(cap=10), serve=[Work(Exponential(0.01))])
    app = Pool(
        "app", members=2, serve=[Work(Exponential(0.002)), Call("db", timeout=0.1, breaker=breaker)]
    )
    users = Source("users", Poisson(100.0), to=Call("app", timeout=1.0, retry=Retry(2)), clients=5)
    bad = [Fault("db", when=At(10.0), effect=Effect(error=0.9), lasts=5.0)] if faults else []
    return Scenario(System([app, db]), sources=[users], faults=bad, horizon=40.0, name="shop")


@functools.cache
def run_of(faults: bool = True) -> TrafficRun:
    return simulator.traffic(scenario_of(faults), seed=3)


def test_the_text_has_every_part_and_is_short() -> None:
    text = run_of().text()
    assert text.startswith("shop: requests over 40 s, seed 3\n")
    for word in (
        "goodput/s", "p99.9", "95 % interval", "users>app", "app>db", "openings", "breaker open",
        "10 s to 15 s: fault_0 (db[0]: ", "recovered", "no predicted drain time: app does more than work",
    ):  # fmt: skip
        assert word in text, word
    assert len(text.split("\n")) < 40
    assert "recovered" not in run_of(False).text()
    assert "nan" not in text


def test_tables_agree_with_the_counts() -> None:
    run = run_of()
    counts = run.outcomes.counts()
    tables = run.tables()
    shown = tables["outcomes"].set_index("outcome")["requests"]
    assert {word: shown[word] for word in counts} == counts
    good = counts["ok"] + counts["degraded"]
    assert tables["sources"]["goodput_per_s"][0] == pytest.approx(good / 40.0, rel=1e-12, abs=0)
    assert tables["causes"]["attempts"].sum() == run.outcomes.attempts["id"].size
    opened = tables["calls"].set_index("call")["openings"]
    assert opened["app>db"] >= 3
    assert math.isnan(opened["users>app"])


def test_json_is_plain_and_says_the_same() -> None:
    run = run_of()
    found = json.loads(json.dumps(run.as_json(), allow_nan=False))
    assert (found["name"], found["seed"], found["horizon_s"]) == ("shop", 3, 40.0)
    assert found["verdict"]["state"] == "recovered"
    assert found["verdict"]["drain_s"] is None
    assert found["verdict"]["never_drains"] is False
    assert {row["pool"] for row in found["pools"]} == {"app", "db"}
    assert found["pools"][0]["threads"] is None  # no limit
    none = run_of(False).as_json()
    assert (none["verdict"], none["verdict_reason"]) == (None, "no fault ends within the run")


def test_the_trigger_is_the_time_of_the_faults() -> None:
    assert run_of().trigger() == (10.0, 15.0)
    assert run_of(False).trigger() is None
    with pytest.raises(DescriptionError, match="no fault ends within the run"):
        run_of(False).verdict()
    assert run_of(False).verdict((5.0, 6.0)).recovered_after_s == 0.0


def test_views_of_the_same_rows() -> None:
    run = run_of()
    series = run.series(1.0)
    assert series["offered_per_s"].sum() == run.outcomes.requests["number"].size
    assert run.outcomes_over_time(1.0)["ok"].sum() == run.outcomes.counts()["ok"]
    assert (run.queue_wait("db", 10.0)["attempts"] > 0).all()
    share = run.breakers_open("app>db", 1.0)
    assert share["breakers"][0] == 1  # two members share it
    assert share["share"][11:14].mean() > 0.5
    assert share["share"][:9].sum() == 0.0
    assert "request 7 of users" in run.trace(7)
