"""What is written is what was meant: every scenario reads back equal from its own file."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings

from simulator.describe import (
    actions,
    backlogs,
    controllers,
    effects,
    failover,
    guards,
    limits,
    links,
    profiles,
    recovery,
    retries,
    rollouts,
    runbooks,
    serving,
    signals,
    sources,
    steps,
    triggers,
)
from simulator.describe.assumptions import assumptions
from simulator.describe.codec import from_plain
from simulator.describe.files import dump, from_table, loads, to_table
from simulator.describe.oddities import oddities
from simulator.describe.writing import to_plain
from tests import strategies

ROOT = Path(__file__).resolve().parents[1]
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(strategies.scenarios())
def test_scenarios(scenario):
    assert from_table(to_table(scenario)) == scenario
    assert loads(dump(scenario)) == scenario


@QUICK
@given(strategies.chains())
def test_chains(scenario):
    assert loads(dump(scenario)) == scenario


@QUICK
@given(strategies.scenarios())
def test_advice_comes_for_every_scenario(scenario):
    for lines in (assumptions(scenario), oddities(scenario)):
        assert all(isinstance(line, str) and "\n" not in line for line in lines)
        assert len(set(lines)) == len(lines)


def _said(value: Any, found: set[tuple[str, str]]) -> None:
    """Every class, and every field of it that is not at its default, inside a value."""
    if dataclasses.is_dataclass(value):
        kind = type(value).__name__
        found.add((kind, ""))
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if field.default is dataclasses.MISSING or item != field.default:
                found.add((kind, field.name))
            _said(item, found)
    elif isinstance(value, tuple):
        for item in value:
            _said(item, found)


def test_every_noun_and_key_stands_in_the_file_that_the_tests_break():
    rooms = (
        actions, backlogs, controllers, effects, failover, guards, limits, links, profiles, recovery,
        retries, rollouts, runbooks, serving, signals, sources, steps, triggers,
    )  # fmt: skip
    listed = [getattr(room, name) for room in rooms for name in room.__all__]
    wanted = {
        (kind.__name__, name)
        for kind in listed
        if isinstance(kind, type) and dataclasses.is_dataclass(kind)
        for name in ("", *(field.name for field in dataclasses.fields(kind)))
    }
    assert len({kind for kind, _ in wanted}) >= 60
    said: set[tuple[str, str]] = set()
    _said(loads((ROOT / "every_noun.toml").read_text("utf-8")), said)
    assert wanted - said == set()


def test_a_lost_key_would_be_seen():
    """Negative control: a table with one key less reads as something else."""
    table = tomllib.loads((ROOT / "web_traffic.toml").read_text("utf-8"))
    before = from_table(table)
    del table["sources"]["clients"]["to"]["timeout"]
    assert from_table(table) != before


def test_values_on_their_own():
    for value in (retries.Retry(), guards.Breaker(), serving.Queue(), serving.Outliers()):
        assert from_plain(type(value), to_plain(value)) == value
