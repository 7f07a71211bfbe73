"""Old terms, by timelines and rows written by hand."""

import numpy as np
import pytest

from simulator.describe.effects import Effect
from simulator.measure.old_terms import stale_writes, without_primary
from simulator.tables.changes import Change, Spell
from simulator.tables.outcomes import OUTCOMES, Outcomes
from simulator.tables.timeline import Timeline


def changed(at, what, member, value):
    return Change(at, "test", what, (("db", member),), value)


START = [changed(0.0, "role", 0, "primary"), changed(0.0, "term", 0, 1)]
NEXT = [changed(30.0, "term", 1, 2), changed(30.0, "role", 1, "primary")]


@pytest.mark.parametrize(
    ("spells", "changes", "expected"),
    [
        ((), (), 0.0),
        ([(20.0, 60.0, Effect(up=False))], NEXT, 10.0),  # until the next is there
        ([(20.0, 60.0, Effect(speed=0.0))], NEXT, 10.0),
        ([(20.0, 60.0, Effect(speed=0.5))], NEXT, 0.0),  # slow is not gone
        ([(20.0, 25.0, Effect(up=False))], (), 5.0),
        ([(20.0, 25.0, Effect(up=False)), (22.0, 28.0, Effect(speed=0.0))], (), 8.0),  # not 11
        ((), [changed(18.0, "role", 0, "replica"), *NEXT], 12.0),  # a fence
        ((), [changed(18.0, "role", 0, "replica"), changed(21.0, "role", 0, "primary")], 3.0),
        ((), [changed(18.0, "role", 0, "replica")], 82.0),  # nobody follows
    ],
)
def test_time_without_a_primary(spells, changes, expected):
    spells = [Spell(a, b, "x", (("db", 0),), effect) for a, b, effect in spells]
    assert without_primary(Timeline(spells, [*START, *changes]), "db", 100.0) == pytest.approx(
        expected, rel=1e-12, abs=0
    )


def rows(sites, by, served, outcome=None):
    """Outcomes of attempts: site 0 is users>db, site 1 db>store."""
    many = len(sites)
    columns = {
        "site": np.array(sites), "caller": np.array(by), "member": np.array(by), "served_s": np.array(served),
        "outcome": np.zeros(many, int) if outcome is None else np.array(outcome),
    }  # fmt: skip
    return Outcomes(
        {}, columns, ("users",), ("",), ("users>db", "db>store"), ("db", "store"), (0, 1), 100.0
    )


def test_old_writes_on_top_of_new_ones():
    # 0 leads until 30, then 1. The store takes 31 of 0 before anything of 1: that is no harm yet
    error = OUTCOMES.index("error")
    found = rows(
        [0, 1, 1, 1, 1, 1],
        [0, 0, 0, 1, 0, 0],
        [28.0, 29.0, 31.0, 33.0, 34.0, 35.0],
        [0, 0, 0, 0, 0, error],
    )
    assert stale_writes(found, Timeline((), [*START, *NEXT]), "db", "store") == (4,)


def test_a_member_promoted_again_writes_in_its_new_term():
    again = [changed(34.5, "term", 0, 3)]
    found = rows([1, 1, 1], [1, 0, 0], [33.0, 34.0, 35.0])
    assert stale_writes(found, Timeline((), [*START, *NEXT, *again]), "db", "store") == (1,)


def test_writes_of_clients_to_the_pool_itself():
    found = rows([0, 0, 1], [1, 0, 0], [31.0, 32.0, 33.0])
    assert stale_writes(found, Timeline((), [*START, *NEXT]), "db", "db") == (1,)
