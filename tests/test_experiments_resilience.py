"""Experiments on requests: figures against formulas; `what_if` against its options."""

import importlib
import math
from dataclasses import replace

import numpy as np
import pytest

from experiments.asking import question_of
from experiments.designs import difference, mean_by
from experiments.running import main
from experiments.trouble import Trouble, with_links, with_trouble
from models import CATALOGUE, get
from simulator.describe import Link, Scenario, System
from simulator.errors import DescriptionError
from simulator.requests import traffic
from simulator.tables import read_tables


def load(name):
    return importlib.import_module(f"experiments.{name}")


# --- what_if -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no_such_model"], "is no model"),
        (["serial_dependencies", "--kill", "x"], "needs traffic: state a source"),
        (["--kill", "dbs"], "--kill: 'dbs' names no pool, member or zone (did you mean 'db'?)"),
        (["--pause", "app[3]"], "--pause: 'app[3]': allowed is app[0] to app[2]"),
        (["--cut", "db-lb"], "--cut: 'db-lb' is no link"),
        (["--at", "soon"], "--at"),
        (["--for", "0 s"], "--for: '0 s': a time above 0"),
        (["--for", "1 y"], "at most 5,000,000 are run"),
        (["--slow", "db", "--by", "1"], "--by: '1': a number above 1"),
        (["--by", "4"], "--by: '4' goes with --slow"),
        (["--error", "db", "--share", "120 %"], "--share"),
        (["--share", "5 %"], "--share: '5 %' goes with --error"),
        (["web_service_traffic"], "what goes wrong?"),
        (["--set", "horizon=1 h"], "the run ends --after the fault"),
        (["--set", "pools.dbs.members=2"], "pools.dbs.members"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_what_cannot_be_asked(arguments, told, tmp_path, capsys):
    assert main(load("what_if"), ["--quick", *arguments, "--out", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not list(tmp_path.iterdir())


def run_what_if(**asked):
    return load("what_if").run(seed=5, quick=True, jobs=1, **asked)["runs"].set_index(["variant", "replication"])


def test_a_dead_database_fails_the_requests_sent_while_it_is_dead():
    runs = run_what_if()
    for failed, sent in zip(
        runs.loc["with the fault", "failed"], runs.loc["without the fault", "during_sent"], strict=True
    ):
        # 200 per second for 10 s, all of them; those on their way at both ends are 28 ms of traffic
        assert abs(failed - sent) <= 0.028 * 200 + 4.5 * math.sqrt(2 * 0.028 * 200)
    assert (runs.loc["without the fault", "failed"] == 0).all()
    assert (runs.loc["with the fault", "after_well"] == 1.0).all()


def test_errors_come_as_often_as_they_are_asked_for():
    runs = run_what_if(error=["db"], share="30 %").loc["with the fault"]
    sent, well = runs["during_sent"].sum(), (runs["during_sent"] * runs["during_well"]).sum()
    assert abs(well - 0.7 * sent) < 4.5 * math.sqrt(0.21 * sent)
    assert abs(well - 0.8 * sent) > 4.5 * math.sqrt(0.21 * sent)  # negative control


def test_the_setting_is_the_third_column_and_nothing_else_moves():
    plain = run_what_if(kill=["app[0]"])
    runs = run_what_if(kill=["app[0]"], settings=("pools.db.threads=1",))
    two = runs.loc[["without the fault", "with the fault"]]
    assert two.drop(columns="state").astype(str).equals(plain.drop(columns="state").astype(str))
    assert set(runs.index.get_level_values(0)) - set(plain.index.get_level_values(0)) == {"fault and setting"}
    assert (runs.loc["fault and setting", "after_p99_s"] > runs.loc["with the fault", "after_p99_s"]).all()


def test_a_cut_way_gets_a_link_that_changes_nothing_else():
    scenario = get("web_service_traffic").build().set("horizon", 5.0)
    linked = with_links(scenario, [Trouble("cut", "app-db")])
    assert [link.name for link in linked.system.links] == ["app-db"]
    for column in ("sent_s", "ended_s", "outcome"):
        before, after = (traffic(s, seed=2).outcomes.requests[column] for s in (scenario, linked))
        np.testing.assert_array_equal(before, after)
    cut = with_trouble(linked, [Trouble("cut", "app-db")], 1.0, 3.0)
    counts = traffic(cut, seed=2).outcomes.counts()
    assert counts["timeout"] > 400  # nobody waits for an answer but the users
    assert counts["error"] == 0


def test_a_link_for_a_pair_is_like_the_one_it_replaces():
    scenario = get("web_service_traffic").build()
    system = scenario.system
    wild = Scenario(System(system.pools, links=[Link("*", "db", delay=0.01)]), sources=scenario.sources)
    linked = with_links(wild, [Trouble("cut", "app-db")])
    first = linked.system.links[0]
    assert (first.a, first.b, first.name, first.delay) == ("app", "db", "app-db", wild.system.links[0].delay)
    placed = system.with_(replace(system["app"], zones={"a": 3}))
    zoned = Scenario(replace(placed, links=[Link("zone:a", "*")]), sources=scenario.sources)
    with pytest.raises(DescriptionError, match="links between zones"):
        with_links(zoned, [Trouble("cut", "app-db")])


def test_a_question_says_what_it_is():
    asked = question_of(slow=["db", "cache[1]"], by="2.5", at="10 s", lasts="1 min", after="5 s")
    assert asked.words == "db is 2.5 times slower and cache[1] is 2.5 times slower"
    assert (asked.at_s, asked.end_s, asked.horizon_s) == (10.0, 70.0, 75.0)


def test_notes_say_what_is_provisional_and_what_else_happens(monkeypatch):
    notes = question_of(system="retry_storm", kill=["db"]).notes
    assert not any("provisional" in note for note in notes)
    monkeypatch.setitem(CATALOGUE, "retry_storm", replace(CATALOGUE["retry_storm"], checked=False))
    notes = question_of(system="retry_storm", kill=["db"]).notes
    assert any("retry_storm is provisional" in note for note in notes)
    assert any("own fault" in note and "30 s" in note for note in notes)
    short = question_of(system="retry_storm", kill=["db"], at="1 s", lasts="2 s", after="3 s").notes
    assert not any("own fault" in note for note in short)


# --- tables of designs -------------------------------------------------------------------------------


def test_means_and_differences_by_hand():
    import pandas as pd

    rows = pd.DataFrame({"d": ["a", "a", "a", "b"], "x": [1.0, 2.0, 3.0, 5.0], "s": [0.9, 1.0, 1.0, 0.5]})
    found = mean_by(rows, ["d"], ["x", "s"], ["s"]).set_index("d")
    half = 4.302652729911275 / math.sqrt(3)  # t(0.975; 2), deviation 1
    assert found.loc["a", "x_high"] == pytest.approx(2 + half, rel=1e-9, abs=0)
    assert found.loc["a", "s_high"] == 1.0
    assert math.isnan(found.loc["b", "x_low"])
    assert difference(np.ones(3), np.ones(3)) == (0.0, 0.0, 0.0)
    value, low, high = difference(np.array([2.0, 3.0, 4.0]), np.array([1.0, 1.0, 1.0]))
    assert (value, high - value) == pytest.approx((2.0, half), rel=1e-9, abs=0)
    assert low == pytest.approx(2.0 - half, rel=1e-9, abs=0)
    assert all(math.isnan(x) for x in difference(np.array([math.nan]), np.array([1.0])))


# --- figures against formulas ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Tables of an experiment's small version."""
    known = {}

    def tables(name):
        if name not in known:
            place = tmp_path_factory.mktemp(name)
            assert main(load(name), ["--quick", "--seed", "7", "--out", str(place)]) == 0
            known[name] = read_tables(place)
        return known[name]

    return tables


def test_third_party_weights_are_those_of_independent_parts(quick):
    weights = quick("third_party")["weights"].set_index("state")["share_of_time"]
    own, shared = 0.01, 3_600 / (3_600 + 365 * 86_400)  # a provider; one cause a year for an hour
    assert weights["both"] == pytest.approx(1 - (1 - own**2) * (1 - shared), rel=1e-9, abs=0)
    assert weights["the first"] == pytest.approx((own - own**2) * (1 - shared), rel=1e-9, abs=0)
    assert weights.sum() == pytest.approx(1.0, rel=1e-12, abs=0)


def test_third_party_without_stand_ins_fails_while_the_provider_is_down(quick):
    tables = quick("third_party")
    states = tables["states"].set_index(["design", "state"]).sort_index()
    for state in ("the first", "both"):
        assert (states.loc[("bare", state), "failed"] == 1.0).all()
        assert (states.loc[("+ cache", state), "failed"] == 0.0).all()
    kinds = ["ok", "degraded", "provisional", "wrong", "failed"]
    np.testing.assert_allclose(tables["states"][kinds].sum(axis=1), 1.0, rtol=1e-12, atol=0)
    rows = tables["money"]
    cost = 1_000 * (30 * rows["failed"] + 200 * rows["wrong"] + 3 * rows["provisional"])
    np.testing.assert_allclose(rows["cost"], cost, rtol=1e-9, atol=0)


def test_the_database_of_connection_pool_follows_gunthers_law(quick):
    rows = quick("connection_pool")["law"].set_index(["way", "servers"])
    for way, servers, queries in (("20 in each server", 8, 160), ("5 in each server", 8, 40), ("40 for all", 8, 40)):
        slower = 1 + 0.03 * (queries - 1) + 0.0006 * queries * (queries - 1)
        expected = queries / (0.08 * slower)
        assert rows.loc[(way, servers), "queries_at_once"] == queries
        assert rows.loc[(way, servers), "by_database_per_s"] == pytest.approx(expected, rel=1e-9, abs=0)
    tipping = quick("connection_pool")["tipping"].iloc[0]
    best = math.sqrt((1 - 0.03) / 0.0006)  # where the law has its top
    assert abs(tipping["best_queries"] - best) < 1


def test_a_bulkhead_in_health_loses_as_erlang_says(quick):
    loss = quick("bulkhead")["loss"].set_index("size")["no_place"]
    load = 60 * 0.05 / 4
    expected = (load**2 / 2) / (1 + load + load**2 / 2)
    assert loss[2] == pytest.approx(expected, rel=1e-9, abs=0)


def test_bulkheads_and_balancers_do_what_they_are_known_for(quick):
    rows = load("bulkhead").summarise(quick("bulkhead")).set_index("design")
    assert rows.loc["bulkhead of 8", "browse_during"] > rows.loc["nothing", "browse_during"] + 0.1
    assert rows.loc["bulkhead of 8, waits 3 s", "browse_during"] < rows.loc["bulkhead of 8", "browse_during"] - 0.1
    found = load("load_balancing").summarise(quick("load_balancing"))
    failed = found.set_index(["trouble", "watched_by", "way"])["failed_share"].sort_index()
    assert failed["slow", "nobody", "least busy"] < failed["slow", "nobody", "random"]
    assert failed["fails fast", "nobody", "least busy"] > failed["fails fast", "nobody", "random"]
    assert failed["fails fast", "outlier ejection"].max() < failed["fails fast", "nobody"].min()
    assert failed["fails fast", "health check"].equals(failed["fails fast", "nobody"])
