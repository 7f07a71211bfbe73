"""Elections on paper: who is primary when, by hand-computed times."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from simulator import (
    At,
    Call,
    Detect,
    Deterministic,
    Effect,
    Every,
    Failover,
    Fault,
    Link,
    Pool,
    Promote,
    Runbook,
    Scenario,
    Source,
    Step,
    System,
    Uniform,
    Work,
)  # fmt: skip
from simulator.conducting import conduct

CUT, DOWN, PAUSE = Effect(up=False), Effect(up=False), Effect(speed=0.0)
PROBES = Detect(every=5.0, misses=2, timeout=1.0)


def _scenario(
    faults=(), *more, zones=(("a", 1), ("b", 1), ("c", 1)), horizon=200.0, links=None, **rule
):
    members = sum(n for _, n in zones)
    pool = Pool("db", members, members // 2 + 1, zones=zones, serve=[Work(0.001)])
    rule = {"detect": PROBES, "promote": Deterministic(3.0), "voters": "members", **rule}
    if links is None:
        links = [Link("zone:a", "zone:b"), Link("zone:b", "zone:c"), Link("zone:a", "zone:c")]
    users = Source("users", Every(10.0), to=Call("db", to_role="primary", timeout=1.0))
    return Scenario(
        System([pool, Pool("witness", zones=(("c", 1),))], links=links),
        faults, [Failover("db", **rule), *more], horizon, sources=[users],
    )  # fmt: skip


def _crash(at, lasts, on="db[0]", effect=DOWN):
    return Fault(on, when=At(at), lasts=lasts, effect=effect, name=f"crash_{on[3:-1]}")


def _isolated(at, lasts, zone="a"):
    links = {"a": ("a-zone:b", "a-zone:c"), "c": ("b-zone:c", "a-zone:c")}[zone]
    return Fault(
        tuple(f"link:zone:{x}" for x in links), when=At(at), lasts=lasts, effect=CUT, name="cut"
    )


def _roles(scenario, **how):
    """(time, member, role) of every change after the start, and terms."""
    changes = conduct(scenario, **how).timeline.changes
    return [
        (c.at, c.members[0][1], c.value) for c in changes if c.what in ("role", "term") and c.at > 0
    ]


def test_roles_at_the_start():
    changes = conduct(_scenario(first=1)).timeline.changes
    at_start = {c.members[0][1]: c.value for c in changes if c.what == "role" and c.at == 0.0}
    assert at_start == {0: "replica", 1: "primary", 2: "replica"}
    assert [c.value for c in changes if c.what == "term"] == [1]


@pytest.mark.parametrize("voters", [None, "members", (("a", 1), ("b", 1), ("c", 1))])
def test_a_crash_is_believed_by_probes_and_another_is_promoted(voters):
    # gone at 12, probes at 15 and 20 fail, the second is believed at 21, promoted at 24
    found = _roles(_scenario([_crash(12.0, 60.0)], voters=voters))
    assert found == [(21.0, 0, "replica"), (24.0, 1, 2), (24.0, 1, "primary")]


def test_one_that_is_repaired_meanwhile_does_not_serve_until_it_ends():
    scenario = _scenario([_crash(12.0, 10.0)])
    assert _roles(scenario) == [(21.0, 0, "replica"), (24.0, 1, 2), (24.0, 1, "primary")]


def test_back_before_the_last_probe_is_no_failure():
    assert _roles(_scenario([_crash(12.0, 7.9)])) == []
    assert _roles(_scenario([_crash(12.0, 9.1)], hold=2.0)) == []


def test_hold_delays_and_must_see_it_gone():
    found = _roles(_scenario([_crash(12.0, 60.0)], hold=10.0))
    assert found == [(31.0, 0, "replica"), (34.0, 1, 2), (34.0, 1, "primary")]


def test_a_paused_primary_keeps_its_role_until_it_wakes():
    found = _roles(_scenario([_crash(12.0, 60.0, effect=PAUSE)]))
    assert found == [(24.0, 1, 2), (24.0, 1, "primary"), (72.0, 0, "replica")]


def test_cut_off_it_stays_primary_in_its_own_eyes_until_healed():
    found = _roles(_scenario([_isolated(12.0, 60.0)]))
    assert found == [(24.0, 1, 2), (24.0, 1, "primary"), (72.0, 0, "replica")]


def test_an_observer_who_sees_everything_minds_no_cut():
    assert _roles(_scenario([_isolated(12.0, 60.0)], voters=None)) == []


def test_a_fence_takes_the_role_at_the_moment_of_the_cut():
    found = _roles(_scenario([_isolated(12.0, 60.0)], fences=True))
    assert found == [(12.0, 0, "replica"), (24.0, 1, 2), (24.0, 1, "primary")]
    short = _roles(_scenario([_isolated(12.0, 5.0)], fences=True))
    assert short == [(12.0, 0, "replica"), (17.0, 0, "primary")]


@pytest.mark.parametrize(("lease", "drift"), [(30.0, 0.0), (30.0, 0.25), (4.0, 0.5)])
def test_two_primaries_for_no_longer_than_the_drift_allows(lease, drift):
    found = _roles(_scenario([_isolated(12.0, 100.0)], lease=lease, drift=drift))
    over, begins = 12.0 + lease / (1.0 - drift), max(12.0 + lease, 21.0) + 3.0
    expected = [(over, 0, "replica"), (begins, 1, 2), (begins, 1, "primary")]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_lease_is_renewed_when_the_cut_heals_in_time():
    assert _roles(_scenario([_isolated(12.0, 20.0)], lease=30.0)) == []


def test_a_lease_that_ran_out_asleep_is_noticed_on_waking():
    # asleep from 12 to 80, replaced at 45, cut off from 30 on: it wakes alone and looks at its clock
    faults = [_crash(12.0, 68.0, effect=PAUSE), _isolated(30.0, 100.0)]
    assert _roles(_scenario(faults, lease=30.0)) == [
        (45.0, 1, 2), (45.0, 1, "primary"), (80.0, 0, "replica"),
    ]  # fmt: skip


def test_the_old_one_is_switched_off_whatever_the_network_does():
    scenario = _scenario([_isolated(12.0, 60.0)], kills_old=True, kill_takes=2.0)
    found = _roles(scenario)
    assert found == [(23.0, 0, "replica"), (26.0, 1, 2), (26.0, 1, "primary")]
    (off,) = [s for s in conduct(scenario).timeline.spells if s.cause == "stonith"]
    assert (off.start, off.end, off.members, off.effect.up) == (23.0, 26.0, (("db", 0),), False)


ZONES = (("a", 2), ("b", 2))


@pytest.mark.parametrize(
    ("cross", "expected"), [(True, [(24.0, 2, 2), (24.0, 2, "primary")]), (False, [])]
)
def test_another_zone_only_if_it_may(cross, expected):
    votes = (("a", 1), ("b", 1), ("c", 1))
    found = _roles(
        _scenario(
            [_isolated(12.0, 180.0)], zones=ZONES, voters=votes, cross_zone=cross, horizon=190.0
        )
    )
    assert found == expected


def test_the_own_zone_comes_first():
    found = _roles(_scenario([_crash(12.0, 180.0)], zones=ZONES, horizon=190.0, first=0))
    assert found[1:] == [(24.0, 1, 2), (24.0, 1, "primary")]
    found = _roles(
        _scenario([_crash(12.0, 180.0, on="db[2]")], zones=ZONES, horizon=190.0, first=2)
    )
    assert found[1:] == [(24.0, 3, 2), (24.0, 3, "primary")]


def test_github_a_side_with_two_of_three_votes_takes_the_primary_across():
    votes = (("a", 1), ("b", 1), ("c", 1))
    cut = _isolated(12.0, 43.0)
    found = _roles(_scenario([cut], zones=(("a", 2), ("b", 2)), voters=votes))
    assert found == [(24.0, 2, 2), (24.0, 2, "primary"), (55.0, 0, "replica")]
    # c alone is cut off: a and b still have the majority and reach the primary
    assert (
        _roles(_scenario([_isolated(12.0, 43.0, "c")], zones=(("a", 2), ("b", 2)), voters=votes))
        == []
    )


def test_nobody_promotes_without_a_majority_and_the_primary_of_voters_steps_down():
    faults = [_crash(12.0, 60.0, on="db[1]"), _crash(30.0, 70.0, on="db[2]")]
    found = _roles(_scenario(faults))
    # a majority is lost at 30 and back at 72: probes at 75 and 80, believed at 81, promoted at 84
    assert found == [(30.0, 0, "replica"), (84.0, 0, 2), (84.0, 0, "primary")]
    split = Fault("link:zone:a-zone:b", when=At(12.0), lasts=60.0, effect=CUT, name="cut")
    votes = (("a", 1), ("b", 1))
    apart = _scenario(
        [split], links=[Link("zone:a", "zone:b")], zones=(("a", 1), ("b", 1)), voters=votes
    )
    assert _roles(apart) == []


def test_no_second_automatic_failover_within_its_time():
    faults = [_crash(12.0, 10.0), _crash(40.0, 100.0, on="db[1]")]
    # the second is believed at 46, but only from 24 + 60 on may there be another: promoted at 87
    found = _roles(_scenario(faults, again_after=60.0))
    assert [f for f in found if f[2] == "primary"] == [(24.0, 1, "primary"), (87.0, 0, "primary")]
    again = _roles(_scenario(faults))
    assert [f for f in again if f[2] == "primary"] == [(24.0, 1, "primary"), (49.0, 0, "primary")]


def test_by_hand_or_never():
    never = _roles(_scenario([_crash(12.0, 500.0)], works=0.0))
    assert never == [(21.0, 0, "replica")]  # and nobody is primary any more
    hand = _roles(_scenario([_crash(12.0, 500.0)], works=0.0, by_hand=Deterministic(40.0)))
    assert hand == [(21.0, 0, "replica"), (61.0, 1, 2), (61.0, 1, "primary")]


def test_people_fail_back():
    back = Runbook("back", At(100.0), [Step(Promote("db", zone="a"))])
    run = conduct(_scenario([_crash(12.0, 10.0)], back))
    roles = [
        (c.at, c.members[0][1], c.value, c.cause) for c in run.timeline.changes if c.what == "role"
    ]
    assert roles[-2:] == [(100.0, 1, "replica", "back: 1"), (100.0, 0, "primary", "back: 1")]
    assert [c.value for c in run.timeline.changes if c.what == "term"] == [1, 2, 3]


def test_promotion_is_announced():
    from simulator import Note, On

    heard = Runbook("heard", On("promoted:db"), [Step(Note("heard"), after=1.0)])
    assert conduct(_scenario([_crash(12.0, 60.0)], heard)).first("heard: 1") == 25.0


def test_requests_for_the_primary_find_nobody_meanwhile_and_the_new_one_after():
    run = conduct(replace(_scenario([_crash(12.0, 60.0)]), horizon=60.0))
    assert run.outcomes is not None
    sent, member = run.outcomes.attempts["sent_s"], run.outcomes.attempts["member"]
    assert dict(zip(sent.tolist(), member.tolist())) == {
        0.0: 0, 10.0: 0, 20.0: -1, 30.0: 1, 40.0: 1, 50.0: 1
    }  # fmt: skip


@pytest.mark.parametrize("zoned", [False, True])
def test_a_pool_of_which_nobody_asks_for_a_role_is_down_meanwhile(zoned):
    rule = Failover("db", PROBES, Deterministic(3.0), first=0, again_after=1.0 if zoned else 0.0)
    crash = _crash(12.0, 60.0)
    from simulator import Note

    idle = Runbook("idle", At(500.0), [Step(Note("never"))])
    scenario = Scenario(System([Pool("db", 2)]), [crash], [rule, idle], 100.0)
    spells = [s for s in conduct(scenario).timeline.spells if s.cause == "failover db"]
    assert [(s.start, s.end, s.members) for s in spells] == [(12.0, 24.0, (("db", 0), ("db", 1)))]
    assert not spells[0].effect.up


def test_detection_is_uniform_over_a_period():
    """Mean of the time to the new primary, over crashes that fall anywhere: by the law of Detect."""
    from random import Random

    rng, found = Random(7), []
    for _ in range(400):
        at = rng.uniform(10.0, 60.0)
        found.append(_roles(_scenario([_crash(at, 500.0)]))[-1][0] - at)
    law = Uniform(PROBES.earliest + 3.0, PROBES.latest + 3.0)
    from tests.statistical import check_mean

    check_mean(found, law.mean(), 0.06)
    with pytest.raises(AssertionError, match="z ="):
        check_mean(found, law.mean() * 1.12, 0.06)
    assert min(found) >= 9.0
    assert max(found) <= 14.0
    assert math.isfinite(sum(found))
