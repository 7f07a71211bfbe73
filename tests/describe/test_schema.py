"""The JSON Schema accepts what the reader reads, and refuses plain slips."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from simulator.describe.files import from_table, to_table
from simulator.describe.schema import json_schema
from simulator.errors import DescriptionError
from tests import broken, strategies

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = jsonschema.Draft202012Validator(json_schema())
FILES = (
    "models/bookshop.toml",
    "tests/every_noun.toml",
    "tests/web_traffic.toml",
    "tests/acting.toml",
)


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text("utf-8"))


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", FILES)
def test_files_as_written_and_as_written_back(name):
    SCHEMA.validate(table(name))
    SCHEMA.validate(to_table(from_table(table(name))))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.scenarios())
def test_random_scenarios(scenario):
    SCHEMA.validate(to_table(scenario))


@pytest.mark.parametrize(
    "kind", [broken.wrong_type, broken.unknown_key, broken.unknown_kind, broken.two_kinds]
)
@pytest.mark.parametrize("name", FILES)
def test_slips_of_form_are_refused(kind, name):
    slips = list(kind(table(name)))
    for slip in slips[:: -(-len(slips) // 25)]:
        assert not SCHEMA.is_valid(slip.table), slip.words


def test_names_that_lead_nowhere_are_not_its_business():
    """Only the reader knows which names there are."""
    nowhere = broken.put(
        table("tests/web_traffic.toml"), ("sources", "clients", "to", "call"), "nobody"
    )
    assert SCHEMA.is_valid(nowhere)
    with pytest.raises(DescriptionError):
        from_table(nowhere)
