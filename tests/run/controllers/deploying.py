"""A pool that is changed at 100 s, and how to read what happened: for the tests of rollouts."""

from simulator.describe import (
    At,
    Build,
    Call,
    Effect,
    Poisson,
    Pool,
    RollBack,
    Rollout,
    Runbook,
    Scenario,
    Source,
    Step,
    System,
    Work,
)

BAD = Build("v2", Effect(error=0.3, speed=0.7))
WHOLE = (1.0,)
BEGINS = At(100.0)


def deploy(*, members=4, books=(), rate=0.0, horizon=1000.0, build=BAD, when=BEGINS, **given):
    """A pool that is changed at 100 s, with or without users."""
    app = Pool("app", members, threads=20, serve=[Work(0.01)])
    users = [Source("users", Poisson(rate), to=Call("app", timeout=5.0))] if rate else []
    rollout = Rollout("deploy", "app", build, when, **given)
    return Scenario(System([app]), sources=users, controllers=[rollout, *books], horizon=horizon)


def builds(run, name="v2"):
    """Time and member of every change to a build; "" is the one before."""
    found = []
    for change in run.timeline.changes:
        if change.what == "build" and getattr(change.value, "name", "") == name:
            found += [(change.at, member) for _, member in change.members]
    return found


def spells(run, what):
    """(member, start, end) of the spells that are so, in order."""
    return sorted(
        (s.members[0][1], s.start, s.end) for s in run.timeline.spells if what(s) and s.members
    )


def down(spell):
    return not spell.effect.up and spell.cause != "not there yet"


def bad(spell):
    return spell.effect == BAD.effect


def taken_back(at, takes=0.0):
    return Runbook("on call", At(at), [Step(RollBack("deploy", member_takes=takes))])
