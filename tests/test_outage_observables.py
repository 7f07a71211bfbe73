"""What the observables of the outages measure: each must be able to fail, and its null model be looked at."""

from __future__ import annotations

import inspect
import re
from types import SimpleNamespace

import numpy as np
import pytest

from experiments import github_observed, s3_observed
from experiments.outage import item
from experiments.remembered import CODE
from models import google_2025
from models.evidence.s3_2017 import EVIDENCE
from models.s3_2017 import REMOVED_AT
from simulator.conducting import conduct

SOURCES = list(s3_observed.DEPENDENTS.values())


@pytest.mark.parametrize("module", [s3_observed, github_observed])
def test_a_change_of_the_code_that_observes_forgets_what_is_remembered(module):
    """Every module of experiments that it imports is part of the digest."""
    imported = re.findall(
        r"^from (experiments\.\w+) import", inspect.getsource(module), re.MULTILINE
    )
    assert imported
    assert {f"{name.replace('.', '/')}.py" for name in imported} <= set(CODE)


def test_what_mostly_follows_from_a_fitted_number_says_so():
    """The page is told and February is served once the index opens, which is fitted (S1)."""
    rows = {one.id: one for one in EVIDENCE.observed}
    assert rows["S10p"].kind == "consistency"
    assert all("echoes S1" in rows[key].source for key in ("S9", "S10"))


def story(share: float, told: float):
    """A thousand requests of each dependent in the first 25 minutes, a share of them served at once."""
    per = 1000
    sent = np.tile(REMOVED_AT + np.linspace(0.0, 1499.0, per), len(SOURCES))
    well = np.tile(np.arange(per) % 100 < 100 * share, len(SOURCES))
    source = np.repeat(np.arange(len(SOURCES)), per)
    return SimpleNamespace(
        sent=sent, ended=sent, well=well, of=lambda name: source == SOURCES.index(name),
        run=SimpleNamespace(first=lambda cause, what: told),
    )  # fmt: skip


@pytest.mark.parametrize("first_answer", [0.3, 10140.0])
def test_what_loses_its_share_has_not_fallen(first_answer):
    """With 60 of 100 servers lost in proportion 40 % is served, from the first second on: nothing falls."""
    found = s3_observed._fallen(story(0.4, REMOVED_AT + 180.0), REMOVED_AT + first_answer)
    assert found == "nothing"


def test_what_is_served_by_nobody_has_fallen():
    found = s3_observed._fallen(story(0.0, np.inf), REMOVED_AT + 10140.0)
    assert found == ", ".join([*s3_observed.DEPENDENTS, "status page"])


@pytest.mark.parametrize("seed", [1, 2])
def test_the_null_model_of_what_fails_is_looked_at_and_fails(seed):
    """In proportion: at most the page falls, which needs one object; with seed 2 that one is lost."""
    (one,) = [o for o in EVIDENCE.observed if o.id == "S8"]
    found = s3_observed.observe(item(one.null_set, seed, True))["S8"]
    assert found in ("nothing", "status page")
    assert not one.agrees(found)


def test_the_order_of_restored_clusters_may_be_another():
    assert github_observed._order([1.0, 2.0, 3.0], [0.3, 1.0, 5.0]) == "smallest first"
    assert github_observed._order([1.0, 2.0, 3.0], [5.0, 1.0, 0.3]) == "in another order"
    assert github_observed._order([2.0, 2.0], [5.0, 5.0]) == "at once"


@pytest.mark.parametrize("backoff", [False, True])
def test_a_herd_without_backoff_keeps_the_largest_region_from_starting(backoff):
    """Two minutes after the switch. 1,500 tasks at ten threads of 0.05 s need 7.5 s at least; a try waits 2 s."""
    run = conduct(
        google_2025.scenario(backoff=backoff, horizon=google_2025.SWITCH_AT + 120.0), attempts=False
    )
    rows = run.outcomes
    left = {
        n: rows.counts(i)["in_flight"] for i, n in enumerate(rows.sources) if n.startswith("tasks")
    }
    largest = left.pop("tasks_largest")
    assert largest == 0 if backoff else largest > 1000
    assert set(left.values()) == {0}
