"""Broken descriptions of people, controllers, restarts and backlogs: one line says where, what, and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.__main__ import main
from simulator.describe.files import loads

VALID = Path(__file__).with_name("acting.toml").read_text("utf-8")
OF_NEW = 'of = "app[new] - app[old]"'
VOTERS = "voters = { east = 1, west = 2 }"
NEEDS = 'needs = { call = "app", timeout = "10 s" }'
BOOK, RELEASE = "controllers.oncall.runbook", "controllers.release.rollout"

# (text to replace, replacement, words the message must contain)
SLIPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # signals
    "two levels": ("below = 0.95", "below = 0.95, above = 0.99", (f"{BOOK}.when.signal.below", "0.95", "not both")),
    "no level": (", below = 0.95", "", (f"{BOOK}.when.signal.above", "no level", "above or below")),
    "a quantity that is none": (
        'quantity = "ok_share"', 'quantity = "errors"', (f"{BOOK}.when.signal.quantity", "'errors'", "error_share")
    ),
    "a signal of nobody": (
        'of = "users"', 'of = "user"', (f"{BOOK}.when.signal.of", "'user'", "no pool or source", "mean 'users'")
    ),
    "an age of a pool": (
        'of = "hooks", above', 'of = "app", above', ("steps[1].when.of", "'app'", "backlog: there is hooks")
    ),
    "new without a rollout": (
        OF_NEW, 'of = "db[new]"', (f"{RELEASE}.halts_on.of", "'db[new]'", "no rollout changes db")
    ),
    "neither new nor old": (OF_NEW, 'of = "app[next]"', (f"{RELEASE}.halts_on.of", "'app[next]'", "no pool or source")),
    "a minus without spaces": (
        OF_NEW, 'of = "app[new]-app[old]"', (f"{RELEASE}.halts_on.of", "spaces around its minus")
    ),
    "three sides": (OF_NEW, 'of = "app - app - app"', (f"{RELEASE}.halts_on.of", "the difference of two")),
    "new servers of up_share": (
        'quantity = "error_share", of = "app[new] - app[old]"', 'quantity = "up_share", of = "app[new]"',
        (f"{RELEASE}.halts_on.of", "'app[new]'", "of a whole pool"),
    ),
    "a window of nothing": ('window = "5 min"', "window = 0", (f"{BOOK}.when.signal.window", "0", "above 0")),
    "a level with a unit": ("below = 0.95", 'below = "95 %"', (f"{BOOK}.when.signal.below", "'95 %'", "not a number")),
    "least of half": ("least = 30", "least = 0.5", (f"{RELEASE}.halts_on.least", "0.5", "whole number")),
    "a misspelt key": ("soak = ", "soaks = ", (f"{RELEASE}.soaks", "did you mean 'soak'")),
    # rollouts and autoscalers
    "waves that go back": ("[0.1, 0.5, 1.0]", "[0.5, 0.1, 1.0]", (f"{RELEASE}.waves", "0.1 after 0.5", "ascending")),
    "a wave twice": ("[0.1, 0.5, 1.0]", "[0.5, 0.5, 1.0]", (f"{RELEASE}.waves", "0.5 after 0.5")),
    "a last wave of some": ("[0.1, 0.5, 1.0]", "[0.1, 0.5]", (f"{RELEASE}.waves", "[0.1, 0.5]", "the last wave is 1")),
    "no waves": ("[0.1, 0.5, 1.0]", "[]", (f"{RELEASE}.waves", "[]", "the last wave is 1")),
    "a wave in per cent": ("[0.1, 0.5, 1.0]", "[10, 50, 100]", (f"{RELEASE}.waves[0]", "10", "share")),
    "a rollout on nobody": ('rollout = { on = "app"', 'rollout = { on = "ap"', (f"{RELEASE}.on", "'ap'", "mean 'app'")),
    "a rollout without a build": (
        'build = { name = "v2", effect = { error = "5 %" } }, ', "", (RELEASE, "'build' is missing", "on, build, when")
    ),
    "a soak below zero": ('soak = "10 min"', 'soak = "-10 min"', (f"{RELEASE}.soak", "'-10 min'", "0 or more")),
    "a strategy that is none": (
        "soak =", 'strategy = "canary", soak =', (f"{RELEASE}.strategy", "'canary'", "replace, stop_first, beside")
    ),
    "live beside": (
        "soak =", 'live = true, strategy = "beside", soak =', (f"{RELEASE}.live", "'beside'", '"replace" only')
    ),
    "a rollout on a signal": (
        'when = { at = "3 h" }', 'when = { signal = { of = "app" } }', (f"{RELEASE}.when.signal", "every, poisson, at")
    ),
    "releases by the hour of the day": (
        'when = { at = "3 h" }', "when = { poisson = { daily = { low = 1, high = 2 } } }",
        (f"{RELEASE}.when.poisson.rate", "steady"),
    ),
    "bounds upside down": ("most = 12", "most = 2", ("controllers.grows.autoscaler.most", "2", "from 3")),
    "more than most at the start": (
        "most = 12", "most = 5", ("controllers.grows.autoscaler.most", "members = 6", "3 to 5")
    ),
    "fewer than least at the start": (
        "least = 3, most", "least = 7, most", ("controllers.grows.autoscaler", "members = 6", "7 to 12")
    ),
    "a target of nothing": ("target = 0.6", "target = 0", ("controllers.grows.autoscaler.target", "0", "above 0")),
    "scaled by a word": (
        "target = 0.6", 'target = 0.6, quantity = "cpu"', ("autoscaler.quantity", "'cpu'", "utilisation, queue")
    ),
    "an autoscaler of nobody": (
        'pool = "app"', 'pool = "web"', ("controllers.grows.autoscaler.pool", "'web'", "there is app")
    ),
    # runbooks
    "no steps at all": (
        "[backlogs.hooks]", "[controllers.x.runbook]\nwhen = { at = 1 }\nsteps = []\n[backlogs.hooks]",
        ("controllers.x.runbook.steps", "[]", "at least one step"),
    ),
    "an event nobody sends": (
        "done:oncall", "finished:oncall", ("cleaning.runbook.when.on", "'finished:oncall'", "done:NAME")
    ),
    "an event of nobody": ("done:oncall", "done:oncal", ("when.on.event", "'oncal'", "no runbook", "mean 'oncall'")),
    "a restart of a pool that has none": (
        "done:oncall", "restarted:app", ("when.on.event", "'app'", "with a restart: there is index, place")
    ),
    "a promotion without a failover": (
        "done:oncall", "promoted:app", ("when.on.event", "'app'", "with a failover: there is db")
    ),
    "a fault that follows people": (
        'on = "app"\nwhen = { at = "2 h" }', 'on = "app"\nwhen = { on = { event = "done:oncall" } }',
        ("faults.bug.when.on.event", "'done:oncall'", "only a runbook follows it"),
    ),
    "access to nothing": (NEEDS, 'needs = { call = "panel" }', (f"{BOOK}.steps[0].needs.call", "'panel'", "no pool")),
    "access by a detour to nothing": (
        NEEDS, 'needs = { call = "app", fallback = [{ call = "x" }] }',
        (f"{BOOK}.steps[0].needs.fallback[0].call", "'x'"),
    ),
    "a human time below zero": (
        'after = "4 min"', 'after = "-4 min"', (f"{BOOK}.steps[0].after", "'-4 min'", "0 or more")
    ),
    "a human time of another unit": ('after = "4 min"', 'after = "4 %"', (f"{BOOK}.steps[0].after", "'4 %'", "unit")),
    "a drain that never ends": ('rate = "500 MB/s"', "rate = 1e-305", (f"{BOOK}.steps[1].takes.drain", "never ends")),
    # actions
    "an action that is none": ('{ ends = "bug" }', '{ end = "bug" }', (f"{BOOK}.steps[1].does[1].end", "mean 'ends'")),
    "an action as a text": (
        'does = [{ roll_back = "release" }, ', 'does = "roll back"\nx = [',
        (f"{BOOK}.steps[1].does", "'roll back'", "one key"),
    ),
    "an action without does": ('name = "look"', 'note = "look"', (f"{BOOK}.steps[0].note", "write does = { note")),
    "an unknown pool in an action": (
        'add = { on = "app"', 'add = { on = "apps"',
        ("cleaning.runbook.steps[1].does[0].add.on", "'apps'", "mean 'app'"),
    ),
    "members and share": (
        "members = 1 }", "members = 1, share = 0.5 }", ("does[0].add.share", "0.5", "members = 1", "one of the two")
    ),
    "neither members nor share": (', members = 1 }', " }", ("does[0].add.members", "either members or share")),
    "remove from nobody": (
        '{ on = "index", share', '{ on = "zone:mars", share', ("steps[0].does[0].remove.on", "'zone:mars'", "zone:east")
    ),
    "more than all": ('share = "25 %"', 'share = "125 %"', ("remove.share", "'125 %'", "share")),
    "a shard too far": ("from_shard = 1", "from_shard = 2", ("from_shard", "2", "shards = 2", "0 to 1")),
    "a shard of a zone": (
        '{ on = "index", share', '{ on = "zone:east", share', ("from_shard", "'zone:east'", "only a pool has shards")
    ),
    "a rate of removal of nothing": ("per_min = 2.0", "per_min = 0", ("remove.per_min", "0", "above 0")),
    "pause of nothing": (
        '{ pause = "hooks" }', '{ pause = "hook" }', (f"{BOOK}.steps[1].does[3].pause.of", "'hook'", "mean 'hooks'")
    ),
    "an age of nothing": (
        '"hooks", expires_after = "2 h"', '"hooks", expires_after = 0', ("set_queue.expires_after", "0", "above 0")
    ),
    "roll_back of no rollout": (
        'roll_back = "release"', 'roll_back = "grows"',
        (f"{BOOK}.steps[1].does[0].roll_back.of", "'grows'", "there is release"),
    ),
    "ends of no fault": (
        'ends = "bug"', 'ends = "bugs"', (f"{BOOK}.steps[1].does[1].ends.fault", "'bugs'", "mean 'bug'")
    ),
    "switch of no call": (
        '"app>tips"', '"tips"', (f"{BOOK}.steps[1].does[2].switch.call", "'tips'", "there is app>db, app>tips")
    ),
    "promote without a failover": (
        'promote = { pool = "db"', 'promote = { pool = "app"', ("does[1].promote.pool", "'app'", "there is db")
    ),
    "promote in no zone": (
        'zone = "east" }', 'zone = "north" }', ("does[1].promote.zone", "'north'", "zone of db", "east, west")
    ),
    # failovers
    "fences and lease": (
        'lease = "15 s"', 'lease = "15 s", fences = true',
        ("controllers.lead.failover.lease", "'15 s'", "fences = true"),
    ),
    "first too large": ("first = 1", "first = 3", ("controllers.lead.failover.first", "3", "from 0 to 2")),
    "votes in no zone": (
        VOTERS, "voters = { easy = 1 }", ("controllers.lead.failover.voters", "'easy'", "mean 'east'")
    ),
    "votes of nobody": (VOTERS, "voters = {}", ("controllers.lead.failover.voters", "no zone has a vote")),
    "a vote of nothing": (VOTERS, "voters = { east = 0 }", ("controllers.lead.failover.voters.east", "0", "from 1")),
    "voters of a word": (VOTERS, 'voters = "zones"', ("controllers.lead.failover.voters", "'zones'", "members")),
    "a hold below zero": ('hold = "10 s"', 'hold = "-1 s"', ("controllers.lead.failover.hold", "'-1 s'", "0 or more")),
    "a lease of nothing": ('lease = "15 s"', "lease = 0", ("controllers.lead.failover.lease", "0", "above 0")),
    "a clock that stands": ("first = 1", "drift = 1.0", ("controllers.lead.failover.drift", "1.0", "below 1")),
    "a role that is none": ('"primary"', '"leader"', ("pools.app.serve[1].to_role", "'leader'", "primary, replica")),
    # restarts
    "a restart of a pool that is down only": (
        'on_shortage = "restart"\nrestart = { takes = "10 min"', 'restart = { takes = "10 min"',
        ("pools.place.restart", "'down'", 'needs on_shortage = "restart"'),
    ),
    "on_shortage without a restart": (
        'restart = { takes = "10 min", after = ["index"] }', "",
        ("pools.place.restart", "is missing", "restart = { takes"),
    ),
    "a restart after nobody": (
        'after = ["index"]', 'after = ["indexes"]', ("pools.place.restart.after[0]", "'indexes'", "mean 'index'")
    ),
    "a restart after itself": (
        'after = ["index"]', 'after = ["place"]', ("pools.place.restart.after[0]", "'place'", "no other pool")
    ),
    "restarts in a circle": (
        'opens_at = "50 %"', 'after = ["place"]', ("pools.index.restart.after", "index would wait for itself")
    ),
    "opens with more than all": (
        'opens_at = "50 %"', "opens_at = 1.5", ("pools.index.restart.opens_at", "1.5", "share")
    ),
    "opens with nothing": ('opens_at = "50 %"', "opens_at = 0", ("pools.index.restart.opens_at", "0", "above 0")),
    "a check that never ends": (
        'rate = "200 MB/s"', "rate = 1e-305", ("pools.index.restart.takes.drain", "never ends")
    ),
    "parts of none": ('opens_at = "50 %"', "parts = 0", ("pools.index.restart.parts", "0", "from 1")),
    # backlogs and effects
    "a backlog named as a pool": (
        "[backlogs.hooks]", "[backlogs.tips]", ("backlogs.tips", "'tips' is a pool already", "unique")
    ),
    "a backlog named as a source": ("[backlogs.hooks]", "[backlogs.users]", ("backlogs.users", "is a source already")),
    "a backlog named as a runbook": (
        "[backlogs.hooks]", "[backlogs.oncall]", ("backlogs.oncall", "is a controller already")
    ),
    "spare of no pool": (
        'load = 0.5, pool = "db"', 'load = 0.5, pool = "dbs"', ("backlogs.hooks.rate.spare.pool", "'dbs'", "mean 'db'")
    ),
    "a load below zero": ("load = 0.5", "load = -0.5", ("backlogs.hooks.rate.spare.load", "-0.5", "0 or more")),
    "an inflow with a time": ("inflow = 100.0", 'inflow = "100 s"', ("backlogs.hooks.inflow", "'100 s'", "unit")),
    "a start below zero": ("starts = 1000.0", "starts = -1.0", ("backlogs.hooks.starts", "-1.0", "0 or more")),
    "a misspelt backlog key": ("starts = 1000.0", "start = 1000.0", ("backlogs.hooks.start", "mean 'starts'")),
    "more missing than there is": (
        'missing = "1 %"', 'missing = "101 %"', ("faults.bug.effect.missing", "'101 %'", "share")
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SLIPS)
def test_the_slip_is_named(kind, tmp_path, capsys):
    old, new, words = SLIPS[kind]
    assert VALID.count(old) == 1, old
    path = tmp_path / "mine.toml"
    path.write_text(VALID.replace(old, new), "utf-8")
    assert main([str(path)]) == 2
    out, line = capsys.readouterr()
    assert out == ""
    assert [word for word in (f"error: {path}: ", *words) if word not in line] == [], line
    assert line.count("\n") == 1
    assert len(line) < 600


def test_the_valid_file_is_valid():
    assert len(loads(VALID).controllers) == 5


def test_there_are_enough():
    assert len(SLIPS) >= 75
