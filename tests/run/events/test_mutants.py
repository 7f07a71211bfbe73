"""Every fault planted in the engine is found by a law, and not only by an exception of Python's."""

from __future__ import annotations

import pytest

from simulator.tables.outcomes import NotConserved
from tests.run.events.laws import broken
from tests.run.events.mutants import MUTANTS, planted
from tests.run.events.scenarios import scenario
from tests.run.events.seen import observe

WITHIN = 60
"""Scenarios within which a fault must show."""


LEAKS = (
    "a permit leaks on timeout", "a permit comes back twice", "a thread leaks at a crash",
    "a late answer counts twice",
)  # fmt: skip


def found(name: str) -> tuple[int, set[str]]:
    """Number of the first scenario that shows the fault, and the laws it breaks."""
    for number in range(WITHIN):
        with planted(name):
            try:
                laws = set(broken(observe(scenario(number), number, seed=number)))
            except NotConserved:
                laws = {"conservation"}
        if laws:
            return number, laws
    return WITHIN, set()


@pytest.mark.parametrize("name", MUTANTS)
def test_the_laws_find_the_fault(name):
    number, laws = found(name)
    print(f"{name}: scenario {number}, {', '.join(sorted(laws))}")
    assert laws, f"no law minds that {name}"


@pytest.mark.parametrize("name", LEAKS)
def test_rows_alone_tell_of_leaks(name, monkeypatch):
    """What the engine's own accounts at the end would find, the laws find without them."""
    monkeypatch.setattr("simulator.run.events.engine.check_conservation", lambda traffic: None)
    number, laws = found(name)
    print(f"{name}: scenario {number}, {', '.join(sorted(laws))}")
    assert laws, f"only conservation minds that {name}"


def test_without_a_fault_the_same_scenarios_break_no_law():
    for number in range(10):
        assert not broken(observe(scenario(number), number, seed=number))
