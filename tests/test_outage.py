"""Scoring an outage: what counts, what does not come out, what a moved constant breaks; work that is remembered."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pytest

from experiments import remembered as memory
from experiments.outage import Lesson, Outage, build, item, lessons_table, observables_table, split
from models.retry_storm import scenario as retry_storm
from simulator.describe.evidence import Assumed, Evidence, Fit, Given, Observed
from simulator.errors import DescriptionError

EVIDENCE = Evidence(
    {
        "speed": Assumed(2.0, 1.0, 3.0, "a guess"),
        "size": Fit(10.0, "F"),
        "when": Given("17:37", "them"),
    },
    (
        Observed("F", "time to fill", 5.0, (4.0, 6.0), "calibrated"),
        Observed(
            "A", "twice the size", 20.0, (16.0, 24.0), "number", null="half", null_set={"size": 5.0}
        ),
        Observed("B", "speed", 9.0, (8.0, 10.0), "number", null="none", null_set={"speed": 1.0}),
        Observed("C", "side", "left", "left", "structure", null="right", null_set={"side": "left"}),
    ),
)
RUNS: list[Mapping[str, Any]] = []


def observe(asked: Mapping[str, Any]) -> dict[str, Any]:
    """A model in one line."""
    RUNS.append(asked)
    s = {"speed": 2.0, "size": 10.0, "side": "left", **asked["settings"]}
    return {
        "F": s["size"] / s["speed"],
        "A": 2 * s["size"],
        "B": s["speed"] + 0.01 * asked["seed"],
        "C": s["side"],
    }


OUTAGE = Outage("made_up", EVIDENCE, observe, {
    "faster": Lesson("be faster", {"speed": 4.0}, ("B", "F")),
    "know": Lesson("know more", arithmetic="2 x 2 = 4"),
})  # fmt: skip


@pytest.fixture(autouse=True)
def _own_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "CACHE", tmp_path)
    RUNS.clear()


def _table(full=True):
    return observables_table(OUTAGE, [1, 2, 3], {}, False, 1, full).set_index("id")


def test_the_first_line_says_how_many_are_numbers_and_what_became_of_them():
    told = _table().loc["all", "what"]
    assert told.startswith("3 predictions, 2 numbers and 1 structure, with 1 fitted constants")
    assert "2 come out" in told
    assert "2 null models fail" in told


def test_what_lies_outside_its_range_does_not_come_out():
    table = _table()
    assert table.loc["A", "verdict"] == "comes out"
    assert table.loc["B", "verdict"] == "DOES NOT COME OUT"


def test_what_a_constant_was_fitted_to_is_not_scored():
    assert _table().loc["F", "verdict"] == "calibrated, not scored"
    with pytest.raises(DescriptionError, match="fitted to it"):
        Evidence({"x": Fit(1.0, "A")}, (EVIDENCE.observed[1],))


def test_a_null_model_that_agrees_proves_nothing():
    assert _table().loc["C", "null_fails"] == "NO"
    assert _table().loc["A", "null_fails"] == "yes"


def test_the_constant_that_breaks_a_prediction_is_named():
    table = _table()
    assert table.loc["A", "band"] == "broken by size -30% (14), size +30% (26)"
    assert table.loc["C", "band"] == "holds"
    assert _table(full=False).loc["A", "band"] == "not run: --full"


def test_lessons_are_paired_on_the_same_luck():
    """The luck of a seed is in both runs, so the change has no spread at all."""
    table = lessons_table(OUTAGE, [1, 2, 3], {}, 1).set_index(["lesson", "shows"])
    row = table.loc[("faster", "B")]
    assert row["change"] == pytest.approx(2.0, rel=1e-12, abs=0)
    assert row["high"] - row["low"] == pytest.approx(0.0, rel=0, abs=1e-9)
    assert row["set"] == "--set speed=4.0"
    assert table.loc[("know", "arithmetic"), "effect"] == "2 x 2 = 4"


def test_work_is_done_once(tmp_path):
    items = [item({"size": float(k)}, 1, False) for k in (1, 2, 1)]
    first = memory.remembered("x", observe, items, 1, "runs")
    assert [r["A"] for r in first] == [2.0, 4.0, 2.0]
    assert len(RUNS) == 2  # the same twice is one
    assert memory.remembered("x", observe, items, 1, "runs") == first
    assert len(RUNS) == 2


def test_an_interrupt_loses_the_run_under_way_alone(tmp_path):
    def stops(asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked["settings"]["size"] == 3.0:
            raise KeyboardInterrupt
        return observe(asked)

    stops.__module__, items = __name__, [item({"size": float(k)}, 1, False) for k in (1, 2, 3, 4)]
    with pytest.raises(KeyboardInterrupt):
        memory.remembered("x", stops, items, 1, "runs")
    with (tmp_path / "x.jsonl").open("a") as file:
        file.write('{"key": "half a li')  # the machine went off
    RUNS.clear()
    memory.remembered("x", observe, items, 1, "runs")
    assert [asked["settings"]["size"] for asked in RUNS] == [3.0, 4.0]


def test_a_change_of_the_code_forgets(tmp_path):
    memory.remembered("x", observe, [item({}, 1, False)], 1, "runs")
    file = tmp_path / "x.jsonl"
    row = json.loads(file.read_text())
    file.write_text(json.dumps({**row, "version": "another", "key": row["key"]}) + "\n")
    memory.remembered("x", observe, [item({}, 1, False)], 1, "runs")
    assert len(RUNS) == 2


def test_settings_are_parameters_of_the_model_or_paths_of_its_scenario():
    settings = split(retry_storm, ["rate=100", "pools.db.threads=2"])
    built = build(retry_storm, settings)
    assert built.system["db"].threads == 2
    with pytest.raises(DescriptionError):
        split(retry_storm, ["nothing.of.the.kind=1"])


def test_no_number_agrees_with_nothing():
    assert not EVIDENCE.observed[1].agrees(math.nan)
    assert not EVIDENCE.observed[1].agrees("twenty")
