"""Oddities of who acts and what waits: one sentence for each silly setting, none for a sensible scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.describe.files import loads
from simulator.describe.oddities import oddities

CLEAN = Path(__file__).parents[1].joinpath("acting.toml").read_text("utf-8")
WAVES = 'waves = [0.1, 0.5, 1.0], soak = "10 min"'
RELEASE = "controllers.release.rollout"
SCALER = "controllers.grows.autoscaler"
CLEANING = "controllers.cleaning.runbook"
LEAD = "controllers.lead.failover"
NEW = "\n[controllers.more]\nrunbook = { when = { %s }, steps = [{ does = { note = 'x' } }] }\n"
FIRST = "[controllers.grows]"

SILLY = {
    "a share in per cent": (
        "below = 0.95", "above = 95.0", "signal.above: 95, and ok_share lies from 0 to 1: the signal is never on"
    ),
    "nothing below nothing": (
        "below = 0.95", "below = 0.0", "signal.below: 0, and ok_share lies from 0 to 1: the signal is never on"
    ),
    "always on": ("below = 0.95", "below = 1.5", "the signal is on whenever something is measured"),
    "a difference below its least": (
        "above = 0.02", "below = -1.0", f"{RELEASE}.halts_on.below: -1, and error_share lies from -1 to 1"
    ),
    "a step that waits for ever": (
        "above = 60.0", "below = 0", "steps[1].when.below: 0, and age lies from 0 to inf: the signal is never on"
    ),
    "nothing left to halt": (WAVES, "waves = [1.0]", f"{RELEASE}.halts_on: one wave and no soak"),
    "back_takes in waves": ('back = "at_once"', 'back = "waves"', f"{RELEASE}.back_takes: back = \"waves\""),
    "a chance of nothing": (
        'effect = { error = "5 %" } }###soak =', "effect = {} }###chance_bad = 0.5, soak =",
        f"{RELEASE}.chance_bad: the build does nothing",
    ),
    "a release after the end": (
        'at = "3 h"', 'at = "2 d"', f"{RELEASE}.when.at: 2 d lies beyond the horizon, 1 d: it never begins"
    ),
    "bounds without room": ("least = 3, most = 12", "least = 6, most = 6", f"{SCALER}.most: 6, as many as least"),
    "a target of more than all": (
        "target = 0.6", "target = 60", f"{SCALER}.target: 60 of a share that is never above 1"
    ),
    "two autoscalers": (
        FIRST, '[controllers.too]\nautoscaler = { pool = "app", target = 0.5 }\n' + FIRST,
        f"{SCALER}.pool: too follows the load of app, too",
    ),
    "once of many": (FIRST, NEW % "at = [1, 2]" + FIRST, "controllers.more.runbook.once: only the first of 2 times"),
    "once of every": (
        FIRST, NEW % "every = '1 h'" + FIRST,
        "controllers.more.runbook.once: only the first of all times, one every 1 h",
    ),
    "its own end": (
        FIRST, NEW % "on = { event = 'done:more' }" + FIRST,
        "controllers.more.runbook.when.on.event: it waits for its own end",
    ),
    "a step after the end": (
        'name = "mend"', 'name = "mend"\nat = "1 d"', "steps[1].at: 1 d lies beyond the horizon, 1 d: it is never done"
    ),
    "a step of nothing": (
        '[[controllers.oncall.runbook.steps]]\nname = "look"',
        '[[controllers.oncall.runbook.steps]]\nname = "idle"\n[[controllers.oncall.runbook.steps]]\nname = "look"',
        "oncall.runbook.steps[0]: it waits for nothing and does nothing",
    ),
    "nothing left to stop": (
        "per_min = 2.0, ", "", f"{CLEANING}.steps[0].does[0].remove.stops_after: per_min is not stated"
    ),
    "an alarm for nobody": (
        'stops_after = "5 min", ', "", f"{CLEANING}.steps[0].does[0].remove.alarm: stops_after is not stated"
    ),
    "a queue of nobody": (
        '{ pause = "hooks" }', '{ pause = "hooks" }, { drop = "tips" }', "does[4].drop.of: tips states no threads"
    ),
    "the same age": (
        'expires_after = "2 h"', 'expires_after = "1 h"',
        f"{CLEANING}.steps[2].does[1].set_queue.expires_after: hooks says the same already",
    ),
    "an empty backlog": ("inflow = 100.0###starts = 1000.0", "###", "backlogs.hooks: nothing waits at the start"),
    "a backlog nobody does": (
        'rate = { spare = { of = 300.0, load = 0.5, pool = "db" } }', "", "backlogs.hooks.rate: 0: nothing is ever done"
    ),
    "paused for ever": (
        ', { resume = "hooks" }###starts =', "###paused = true\nstarts =",
        "backlogs.hooks.paused: no runbook resumes it",
    ),
    "a hold beyond the end": (
        'hold = "10 s"', 'hold = "1 d"', f"{LEAD}.hold: 1 d is not below the horizon, 1 d: it never fails over"
    ),
    "a probe beyond the end": (
        'every = "5 s", misses = 3', 'every = "1 d", misses = 2', f"{LEAD}.detect: 1 d at least"
    ),
    "a kill of nobody": ("first = 1", 'kill_takes = "1 s"', f"{LEAD}.kill_takes: kills_old is false"),
    "a drift without a lease": ('lease = "15 s"', "drift = 0.1", f"{LEAD}.drift: no lease is stated"),
    "a slow clock that nobody checks": (
        "first = 1###checks_term = true", "drift = 0.25###",
        f"{LEAD}.drift: the old primary believes its lease 5 s too long",
    ),
    "a lease of nobody's votes": ("voters = { east = 1, west = 2 }, ", "", f"{LEAD}.lease: no voters are stated"),
    "no zones to cross": (
        'first = 1###zones = { east = 2, west = 1 }###, zone = "east"###members = 6\n',
        "cross_zone = false#########members = 6\nzones = { east = 3, west = 3 }\n",
        f"{LEAD}.cross_zone: db states no zones",
    ),
    "parts of a restart that opens at the end": (
        'opens_at = "50 %"', "parts = 9", "pools.index.restart.parts: opens_at = 1"
    ),
    "a role of nobody": (
        'call = "tips", required', 'call = "tips", to_role = "replica", required',
        "pools.app.serve.tips.to_role: tips has no failover, so no member of it is a replica",
    ),
}  # fmt: skip


def changed(kind: str) -> tuple[str, str]:
    """The clean scenario with one silly setting, and the words that name it."""
    old, new, words = SILLY[kind]
    text = CLEAN
    for before, after in zip(old.split("###"), new.split("###"), strict=True):
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text, words


def test_a_sensible_scenario_has_none():
    assert oddities(loads(CLEAN)) == ()


@pytest.mark.parametrize("kind", SILLY)
def test_each_silly_setting_is_named_alone(kind):
    text, words = changed(kind)
    lines = oddities(loads(text))
    assert any(words in line for line in lines), lines
    assert len(lines) == 1, lines


SMALL = """
horizon = "1 d"
[pools.app]
members = 3
checks_term = true
[controllers.grows]
autoscaler = { pool = "app", target = 0.6, least = 2 }
[controllers.r]
rollout = { on = "app", build = "v2", when = { at = 1 } }
[controllers.book]
runbook = { when = { on = { event = "halted:r" } }, steps = [{ does = { note = "x" } }] }
"""


def test_without_users_watchers_and_failovers():
    assert oddities(loads(SMALL)) == (
        "pools.app.checks_term: there is no failover, so nobody has a term",
        "controllers.grows.autoscaler: nobody sends requests (sources), so nothing is busy: it goes down to least = 2",
        "controllers.book.runbook.when.on.event: r has no halts_on, so it is never halted: the runbook never begins",
    )
