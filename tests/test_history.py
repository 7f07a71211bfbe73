"""Faults only requests can feel, and faults at stated times: who is struck, and for how long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.describe.controllers import HealthCheck
from simulator.describe.distributions import Exponential
from simulator.describe.effects import Effect
from simulator.describe.faults import At, Every, Fault, Life
from simulator.describe.pools import Pool
from simulator.describe.sources import Source
from simulator.describe.steps import Call
from simulator.describe.system import Scenario, System
from simulator.errors import NotSupported
from simulator.history import timeline_of


def scenario(members: int, fault: Fault, **more) -> Scenario:
    users = Source("users", Every(1.0), Call("db"))
    return Scenario(System([Pool("db", members)]), [fault], sources=[users], horizon=1000.0, **more)


def test_members_struck_at_a_stated_time_are_repaired_each_on_its_own():
    fault = Fault("db", when=At(1.0), lasts=Exponential(10.0), name="flood")
    spells = timeline_of(scenario(3, fault)).spells
    assert {spell.start for spell in spells} == {1.0}
    assert len({spell.end for spell in spells}) == 3


def test_members_struck_together_are_repaired_together():
    fault = Fault("db", when=At(1.0), lasts=Exponential(10.0), name="flood", together=True)
    (spell,) = timeline_of(scenario(3, fault)).spells
    assert len(spell.members) == 3


def test_a_shock_at_stated_times_strikes_a_share_of_the_members():
    """400 chances of 0.25: 100 strikes, give or take 4.5 standard deviations of the binomial law."""
    fault = Fault(
        "db", when=At(tuple(float(t) for t in range(0, 500, 5))), lasts=1.0, name="shock",
        together=True, repaired="each", chance=0.25,
    )  # fmt: skip
    many = len(timeline_of(scenario(4, fault)).spells)
    assert abs(many - 100) < 4.5 * np.sqrt(400 * 0.25 * 0.75)  # all members each time would be 400


def test_a_random_shock_that_only_requests_can_feel_is_refused():
    """It used to strike every member, whatever its chance."""
    fault = Fault(
        "db", when=Life(Exponential(100.0)), lasts=1.0, name="shock", together=True, repaired="each",
        chance=0.5, effect=Effect(speed=0.5),
    )  # fmt: skip
    with pytest.raises(NotSupported, match="shock"):
        timeline_of(scenario(2, fault))


def test_without_probes_a_dead_member_leaves_rotation_at_once_with_them_later():
    fault = Fault("db", when=At(1.5), lasts=2.0, name="stop")
    (spell,) = timeline_of(scenario(1, fault)).spells
    assert spell.out_of_rotation
    check = HealthCheck("db", 1.0, misses=2, timeout=0.5)
    down, out = timeline_of(scenario(1, fault, controllers=[check])).spells
    assert not down.out_of_rotation
    assert (out.start, out.end) == (3.0, 4.0)  # it refuses: the probes of 2 s and 3 s fail at once


def test_a_silent_member_is_asked_on_until_a_probe_tells() -> None:
    """Nobody knows of it without probes; one that refuses leaves rotation at the instant."""
    for effect, left in ((Effect(up=False), True), (Effect(up=False, silent=True), False)):
        fault = Fault("db", when=At(10.0), effect=effect, lasts=5.0)
        source = Source("users", Every(1.0), to=Call("db", timeout=1.0))
        asked = Scenario(System([Pool("db")]), faults=[fault], sources=[source], horizon=30.0)
        (spell,) = timeline_of(asked).spells
        assert spell.out_of_rotation is left
    check = HealthCheck("db", every=2.0, misses=1, timeout=1.0)
    watched = timeline_of(replace(asked, controllers=[check])).spells
    # Probes at 10 s (the member is down from then on) and every 2 s; known a timeout later.
    assert [(s.start, s.end) for s in watched if s.out_of_rotation] == [(11.0, 16.0)]
