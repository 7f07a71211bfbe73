"""What people, controllers, restarts and backlogs take for granted is said where it applies, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.describe.acting_assumptions import acting_assumptions
from simulator.describe.assumptions import assumptions
from simulator.describe.files import loads
from simulator.describe.oddities import oddities

CLEAN = Path(__file__).parents[1].joinpath("acting.toml").read_text("utf-8")
LEASE = 'voters = { east = 1, west = 2 }, lease = "15 s"'
HALTS = CLEAN[CLEAN.index("halts_on") : CLEAN.index(" }\n\n[controllers.grows]")]

SAID = {
    "shard by shard": ("", "", "index: below needed each shard restarts in full"),
    "one shard": ("", "", "place: below needed it restarts in full"),
    "opens early": ("", "", "index: opens with 50 % of its data"),
    "opens late": ("", "", "place: nothing is served before all data are ready (opens_at = 1)"),
    "replace": ("", "", "release: a member that changes is down meanwhile"),
    "beside": ("soak =", 'strategy = "beside", soak =', "release: as many members again are there"),
    "live": ("soak =", "live = true, soak =", "release: members go on serving while they change"),
    "bad for certain": ("", "", "release: the build v2 is bad for certain"),
    "back in waves": ('back = "at_once", back_takes = "1 min", ', "", "release: once halted it goes back as slowly"),
    "nobody watches": (f", {HALTS}", "", "release: nobody watches it, so it goes on to all members"),
    "autoscaler": ("", "", "grows: app has 3 to 12 members; a new one serves after 2 min, and one leaves if fewer"),
    "once": ("", "", "oncall: is followed the first time only (once)"),
    "people at once": (
        'after = "4 min"\n', "", "oncall: people lose no time before these steps (after is not stated): look"
    ),
    "access": ("", "", "oncall: who gets no access tries again until the request is served"),
    "no floor": ("", "", "cleaning: the tool takes away as many members as it is told"),
    "looks of a rollout": (
        "", "",
        "release: error_share of app[new] - app[old] above 0.02 is looked at every 10 s, over what ended in",
    ),
    "looks of a step": ("", "", "oncall: age of hooks above 60 is looked at every 10 s, as it is at the moment"),
    "an amount": ("", "", "hooks: an amount, first in, first out"),
    "expiry": ("", "", "hooks: throwing away what has expired takes as long as doing it"),
    "cut off": (f", {LEASE}", "", "db: a primary that is cut off goes on as primary for whoever reaches it"),
    "a fault without end": ("", "", "bug: at 2 h, lasts for ever; members stay up, only requests can tell"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAID)
def test_said(kind):
    old, new, words = SAID[kind]
    assert not old or CLEAN.count(old) == 1
    lines = assumptions(loads(CLEAN.replace(old, new) if old else CLEAN))
    assert sum(words in line for line in lines) == 1, lines
    assert len(set(lines)) == len(lines)


UNSAID = {
    "with a lease": ("", "", "cut off"),
    "fenced": ('lease = "15 s"', "fences = true", "cut off"),
    "killed": ('lease = "15 s"', "kills_old = true", "cut off"),
    "with human times": ("", "", "lose no time"),
    "at a stated time": (
        'after = "4 min"\n###signal = { quantity = "ok_share", of = "users", below = 0.95, window = "5 min" }',
        '###at = "2 h"', "lose no time",
    ),
    "every time": ('below = 0.95, window = "5 min" } }', 'below = 0.95 } }\nonce = false', "oncall: is followed"),
    "a tool with a floor": ("per_min = 2.0", "floor = true, per_min = 2.0", "as it is told"),
    "by chance": ("soak =", "chance_bad = 0.5, soak =", "bad for certain"),
    "a build that does nothing": ('effect = { error = "5 %" }', "effect = {}", "bad for certain"),
    "watched": ("", "", "nobody watches it"),
    "back at once": ("", "", "as slowly"),
    "a change that takes no time": ('member_takes = "1 min", ', "", "down meanwhile"),
    "free expiry": ("starts = 1000.0", 'expired = "free"', "throwing away"),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNSAID)
def test_not_said_where_it_does_not_apply(kind):
    old, new, words = UNSAID[kind]
    text = CLEAN
    for before, after in zip(old.split("###"), new.split("###"), strict=True):
        assert not before or text.count(before) == 1
        text = text.replace(before, after) if before else text
    lines = list(acting_assumptions(loads(text)))
    assert not any(words in line for line in lines), lines


def test_nothing_is_said_where_nobody_acts():
    quiet = loads(
        '[pools.a]\nmembers = 2\n[controllers.c]\ncrew = 1\n[controllers.f]\nfailover = "a"'
    )
    assert list(acting_assumptions(quiet)) == []


def test_advice_and_assumptions_do_not_say_the_same():
    scenario = loads(CLEAN)
    assert not set(assumptions(scenario)) & set(oddities(scenario))
