"""Rollouts as they happen: who runs which build from when on, against hand-made calendars."""

import itertools
import math

import numpy as np
import pytest

from simulator.conducting import conduct
from simulator.describe import (
    Add,
    At,
    Every,
    Exponential,
    Poisson,
    Ramp,
    RollBack,
    Runbook,
    Step,
)
from simulator.run.controllers.occasions import occasions
from tests.run.controllers.deploying import (
    WHOLE,
    bad,
    builds,
    deploy,
    down,
    spells,
    taken_back,
)
from tests.statistical import check_mean, check_proportion

# --- forward -----------------------------------------------------------------------------------------


def test_waves_come_one_after_the_other_with_a_soak_between():
    run = conduct(deploy(waves=(0.25, 0.5, 1.0), member_takes=20.0, soak=50.0))
    # 100 + 20; soak to 170, + 20; soak to 240, + 20
    assert builds(run) == [(120.0, 0), (190.0, 1), (260.0, 2), (260.0, 3)]
    assert spells(run, down) == [
        (0, 100.0, 120.0),
        (1, 170.0, 190.0),
        (2, 240.0, 260.0),
        (3, 240.0, 260.0),
    ]
    out = spells(run, lambda s: s.out_of_rotation and s.effect.up)
    assert out == spells(run, down)  # nobody is inside, so they go down as they leave the rotation
    assert spells(run, bad) == [
        (0, 120.0, math.inf),
        (1, 190.0, math.inf),
        (2, 260.0, math.inf),
        (3, 260.0, math.inf),
    ]


def test_live_members_serve_on():
    run = conduct(deploy(waves=WHOLE, member_takes=20.0, live=True))
    assert spells(run, down) == []
    assert builds(run) == [(120.0, m) for m in range(4)]


def test_all_stop_before_the_first_starts():
    run = conduct(deploy(strategy="stop_first", member_takes=20.0))
    assert spells(run, down) == [(m, 100.0, 120.0) for m in range(4)]


def test_the_new_ones_stand_beside_the_old_ones_until_traffic_moves():
    run = conduct(deploy(strategy="beside", member_takes=20.0, horizon=300.0))
    assert run.scenario.system["app"].members == 8
    assert builds(run) == [(120.0, m) for m in range(4, 8)]
    # the new ones are absent until they are up; the old ones stay up, and nobody asks them
    assert [e for m, _, e in spells(run, lambda s: s.cause == "not there yet")] == [120.0] * 4
    aside = spells(run, lambda s: s.out_of_rotation and s.effect.up)
    assert aside == [(m, 120.0, math.inf) for m in range(4)]
    assert spells(run, down) == []


def test_times_are_drawn_by_member_whatever_the_waves():
    def changed(**given):
        run = conduct(deploy(member_takes=Exponential(20.0), **given))
        return {m: at for at, m in builds(run)}

    whole = changed(waves=WHOLE)
    one = changed(waves=(0.25, 0.5, 0.75, 1.0))
    steps = np.cumsum([whole[m] - 100.0 for m in range(4)])
    assert [one[m] - 100.0 for m in range(4)] == pytest.approx(list(steps), rel=1e-9, abs=0)


def test_a_good_build_does_nothing():
    run = conduct(deploy(waves=WHOLE, chance_bad=0.0))
    assert builds(run) == [(100.0, m) for m in range(4)]
    assert spells(run, bad) == []


def test_builds_are_bad_as_often_as_they_should():
    run = conduct(deploy(members=1, when=Every(1.0), horizon=5_000.5, chance_bad=0.2))
    hits = len([s for s in run.timeline.spells if bad(s)])
    check_proportion(hits, 5_000, 0.2, detects=0.16)
    with pytest.raises(AssertionError):
        check_proportion(hits, 5_000, 0.25, detects=0.16)


def test_the_build_before_goes_when_the_next_one_comes():
    run = conduct(deploy(members=2, when=At((100.0, 300.0)), member_takes=10.0))
    assert spells(run, bad) == [
        (0, 110.0, 310.0),
        (0, 310.0, math.inf),
        (1, 110.0, 310.0),
        (1, 310.0, math.inf),
    ]


def test_an_occasion_while_it_is_under_way_is_left_out():
    run = conduct(deploy(members=1, when=At((100.0, 130.0, 200.0)), member_takes=50.0))
    assert [at for at, _ in builds(run)] == [150.0, 250.0]
    assert [c.at for c in run.timeline.changes if "left out" in c.words()] == [130.0]


def test_two_rollouts_beside_each_other_take_turns():
    run = conduct(deploy(members=2, strategy="beside", when=At((100.0, 300.0)), member_takes=10.0))
    # the places of the first old ones are built anew: they are numbers 0 and 1 again
    assert builds(run) == [(110.0, 2), (110.0, 3), (310.0, 0), (310.0, 1)]


def test_those_who_come_later_run_the_build_of_the_last_rollout():
    more = Runbook("more", At(500.0), [Step(Add("app", members=1))])
    run = conduct(deploy(members=2, waves=WHOLE, books=[more]))
    assert builds(run) == [(100.0, 0), (100.0, 1), (500.0, 2)]
    early = Runbook("more", At(50.0), [Step(Add("app", members=1))])
    run = conduct(deploy(members=2, waves=WHOLE, books=[early]))
    assert builds(run) == [(100.0, 0), (100.0, 1), (100.0, 2)]  # there by then: part of the wave


def test_random_occasions_follow_a_rate_that_changes():
    class World:
        def __init__(self, seed):
            self.rng = np.random.default_rng(seed)

        def draw(self, purpose, who, law):
            return self.rng.exponential(law.mean())

        def uniform(self, purpose, who):
            return self.rng.random()

    counts = []
    for seed in range(400):
        times = occasions(Poisson(Ramp(0.0, 0.2, 0.0, 100.0)), World(seed), "x")
        counts.append(sum(1 for _ in itertools.takewhile(lambda t: t < 100.0, times)))
    check_mean(counts, 10.0, detects=0.08)  # the area of a triangle: 0.2 / s * 100 s / 2


# --- back --------------------------------------------------------------------------------------------


def test_taken_back_wave_by_wave_as_it_came():
    run = conduct(
        deploy(waves=(0.25, 1.0), member_takes=20.0, soak=50.0, books=[taken_back(500.0)])
    )
    assert builds(run, "") == [(520.0, 0), (540.0, 1), (540.0, 2), (540.0, 3)]
    assert {end for _, _, end in spells(run, bad)} == {520.0, 540.0}
    assert not any(s.end == math.inf for s in run.timeline.spells)


def test_taken_back_at_once():
    given = {"waves": (0.25, 1.0), "member_takes": 20.0, "back": "at_once", "back_takes": 5.0}
    run = conduct(deploy(**given, books=[taken_back(500.0)]))
    assert builds(run, "") == [(505.0, m) for m in range(4)]
    # whoever says how long it takes is believed, and all go at once
    run = conduct(deploy(waves=(0.25, 1.0), member_takes=20.0, books=[taken_back(500.0, 7.0)]))
    assert builds(run, "") == [(507.0, m) for m in range(4)]


def test_going_back_beside_is_moving_the_traffic():
    given = {"strategy": "beside", "member_takes": 20.0, "back_takes": 2.0}
    run = conduct(deploy(**given, books=[taken_back(500.0)]))
    aside = spells(run, lambda s: s.out_of_rotation and s.effect.up)
    assert [one for one in aside if one[0] < 4] == [(m, 120.0, 502.0) for m in range(4)]
    gone = [s for s in run.timeline.spells if s.cause.endswith("back") and not s.effect.up]
    assert [(s.members[0][1], s.start) for s in gone] == [(m, 502.0) for m in range(4, 8)]


def test_a_rollout_stopped_in_the_middle_of_a_wave():
    # at 130 s member 0 is done, member 1 is down for its change: it comes back with what it ran
    run = conduct(deploy(waves=(0.25, 0.5, 1.0), member_takes=20.0, books=[taken_back(130.0)]))
    assert builds(run) == [(120.0, 0)]
    assert builds(run, "") == [(150.0, 0)]
    assert spells(run, down) == [(0, 100.0, 120.0), (0, 130.0, 150.0), (1, 120.0, 170.0)]


def test_recreate_taken_back_while_all_are_down():
    run = conduct(deploy(strategy="stop_first", member_takes=20.0, books=[taken_back(110.0)]))
    assert builds(run) == builds(run, "") == []
    assert spells(run, down) == [(m, 100.0, 130.0) for m in range(4)]


def test_taking_back_twice_is_once_and_before_it_ran_is_nothing():
    run = conduct(deploy(books=[
        Runbook("early", At(50.0), [Step(RollBack("deploy"))]),
        Runbook("one", At(500.0), [Step(RollBack("deploy"))]),
        Runbook("two", At(600.0), [Step(RollBack("deploy"))]),
    ]))  # fmt: skip
    assert [c.at for c in run.timeline.changes if "to take back" in c.words()] == [50.0, 600.0]
    assert builds(run, "") == [(500.0, m) for m in range(4)]
