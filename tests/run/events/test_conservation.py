"""What is dropped on the way is found at the end of the run, whoever dropped it."""

from __future__ import annotations

import pytest

from simulator import (
    Backoff,
    Call,
    Effect,
    Exponential,
    Poisson,
    Pool,
    Retry,
    Scenario,
    Source,
    System,
    Work,
)
from simulator.run.events.engine import Traffic
from simulator.run.events.failing import Failures
from simulator.run.events.serving import Servers
from simulator.tables.outcomes import NotConserved
from simulator.tables.timeline import Spell, Timeline


def run() -> None:
    """An overloaded pool that makes errors, with retries that wait."""
    db = Pool("db", threads=2, cores=1, serve=[Work(Exponential(0.02)), Work(Exponential(0.02))])
    retry = Retry(3, Backoff(0.05), on=("timeout", "error"))
    app = Pool("app", serve=[Call("db", timeout=0.3, retry=retry)])
    users = Source("users", Poisson(30.0), to=Call("app"))
    errors = Timeline([Spell(0.0, 20.0, "errors", (("db", 0),), Effect(error=0.3))])
    scenario = Scenario(System([app, db]), sources=[users], horizon=10.0)
    Traffic(scenario, errors, seed=1).finish()


def test_a_run_is_whole():
    run()


@pytest.mark.parametrize(
    ("owner", "step", "told"),
    [
        (Failures, "_tries_again", "app>db is under way"),
        (Servers, "_work_ends", "is served"),
    ],
)
def test_what_is_dropped_is_found(monkeypatch, owner, step, told):
    """Each hundredth step of a kind is left out: a retry that is due, work that ends."""
    real, count = getattr(owner, step), [0]

    def forgets(self, *about):
        count[0] += 1
        if count[0] % 100:
            real(self, *about)

    monkeypatch.setattr(owner, step, forgets)
    with pytest.raises(NotConserved, match=told):
        run()
    assert count[0] >= 100
