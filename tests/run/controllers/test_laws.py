"""The laws over hundreds of small scenarios; idle controllers change nothing; planted faults are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.conducting import Conducted, conduct
from simulator.describe.actions import Note
from simulator.describe.faults import At
from simulator.describe.rollouts import Autoscaler
from simulator.describe.runbooks import Runbook, Step
from simulator.describe.signals import Signal
from tests.run.controllers.laws import broken
from tests.run.controllers.scenarios import HORIZON, lives, scenario
from tests.run.controllers.seen import MUTANTS, observe, planted

MANY, SHARES = 330, 11
WITHIN = 60
"""Scenarios within which a planted fault must show."""

IDLE = {
    "a runbook after the end": Runbook("late", At(HORIZON + 1.0), [Step(Note("late"))]),
    "a signal never reached": Runbook(
        "calm", Signal("up_share", "db", above=2.0, every=0.7), [Step(Note("calm"))]
    ),
    "a signal of requests never reached": Runbook(
        "quick",
        Signal("ok_per_s", "users", above=1e9, window=2.0, every=0.7),
        [Step(Note("quick"))],
    ),
    "a content autoscaler": Autoscaler(
        "content", "db", 0.5, tolerance=1.0, least=3, most=3, every=0.9
    ),
}


def _faults(number: int) -> str:
    return "lived" if lives(number) else "given"


def _bytes(run: Conducted) -> dict[str, bytes]:
    tables = {"requests": run.outcomes.requests, "attempts": run.outcomes.attempts}
    return {
        f"{t} {name}": col.tobytes() for t, table in tables.items() for name, col in table.items()
    }


@pytest.mark.parametrize("share", range(SHARES))
def test_every_run_keeps_the_laws(share):
    for number in range(share, MANY, SHARES):
        found = broken(observe(scenario(number), number, _faults(number)))
        assert not found, f"scenario {number}: {found}"


@pytest.mark.parametrize("name", IDLE)
def test_a_controller_that_never_acts_changes_no_row(name):
    for number in range(40):
        bare = scenario(number)
        more = replace(bare, controllers=[*bare.controllers, IDLE[name]])
        before, after = (conduct(s, seed=number, faults=_faults(number)) for s in (bare, more))
        assert _bytes(before) == _bytes(after), f"scenario {number}"
        mine = [c for c in after.timeline.changes if c.cause.startswith(IDLE[name].name)]
        assert not mine
        assert [repr(c) for c in before.timeline.changes] == [
            repr(c) for c in after.timeline.changes
        ]


def test_the_same_seed_gives_the_same_bytes():
    for number in range(60):
        one, two = (
            conduct(scenario(number), seed=number, faults=_faults(number)) for _ in range(2)
        )
        assert _bytes(one) == _bytes(two), f"scenario {number}"
        assert repr(one.timeline.changes) == repr(two.timeline.changes)


def test_another_seed_gives_others():
    """Negative control of the test above."""
    differ = sum(
        _bytes(conduct(scenario(n), seed=1, faults=_faults(n)))
        != _bytes(conduct(scenario(n), seed=2, faults=_faults(n)))
        for n in range(10)
    )
    assert differ >= 5


@pytest.mark.parametrize("name", MUTANTS)
def test_the_laws_find_a_planted_fault(name):
    for number in range(WITHIN):
        with planted(name):
            found = broken(observe(scenario(number), number, _faults(number)))
        if found:
            print(f"{name}: scenario {number}, {', '.join(found)}")
            return
    pytest.fail(f"no law minds that {name}")


def test_the_scenarios_show_what_the_laws_are_about():
    """Each kind of change, and each kind of controller, somewhere in the first hundred."""
    whats, causes = set(), set()
    for number in range(100):
        for change in conduct(
            scenario(number), seed=number, faults=_faults(number)
        ).timeline.changes:
            whats.add(change.what)
            causes.add(change.cause.split()[0].split(":")[0])
    assert whats >= {"begins", "ends", "role", "term", "build", "queue", "drop", "note"}
    assert causes >= {
        "failover",
        "rollout",
        "autoscaler",
        "restart",
        "app-health",
        "db-health",
        "stonith",
        "book",
    }
