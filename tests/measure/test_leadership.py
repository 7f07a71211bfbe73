"""Two primaries at once, and the writes they took: by hand, and by the formula of a lease."""

from __future__ import annotations

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
    Scenario,
    Source,
    System,
    Work,
)  # fmt: skip
from simulator.conducting import conduct
from simulator.measure.leadership import lost_writes, two_primaries

CUT = Effect(up=False)
ROADS = (Link("zone:a", "zone:b"), Link("zone:b", "zone:c"), Link("zone:a", "zone:c"))


def _split(*more, lasts=60.0, checks=False, **rule):
    """Zone a, where the primary is, is cut off at 12.5; the others promote at 24, healed after `lasts`."""
    store = Pool("store", serve=[Work(0.0)], checks_term=True)
    steps = [Work(0.001), Call("store")] if checks else [Work(0.001)]
    db = Pool("db", 3, 2, zones=(("a", 1), ("b", 1), ("c", 1)), serve=steps)
    cut = Fault(
        ("link:zone:a-zone:b", "link:zone:a-zone:c"), when=At(12.5), lasts=lasts, effect=CUT, name="cut"
    )  # fmt: skip
    rule = {
        "detect": Detect(5.0, 2, 1.0),
        "promote": Deterministic(3.0),
        "voters": "members",
        **rule,
    }
    writers = [
        Source(f"in_{z}", Every(1.0), to=Call("db", to_role="primary", timeout=0.5), zone=z)
        for z in "ab"
    ]
    pools = [db, store] if checks else [db]
    return Scenario(
        System(pools, links=ROADS), [cut, *more], [Failover("db", **rule)], 100.0, sources=writers
    )  # fmt: skip


def _measured(scenario, **how):
    run = conduct(scenario)
    fates = lost_writes(run.outcomes, run.timeline, "db", scenario.system, horizon=100.0,
                        calls=("in_a>db", "in_b>db"), **how)  # fmt: skip
    return two_primaries(run.timeline, "db", 100.0), fates.counts()


def test_split_brain_by_hand():
    seconds, fates = _measured(_split())
    assert seconds == pytest.approx(72.5 - 24.0, rel=1e-12, abs=0)
    # users in a: written at 13 .. 23 lost, 24 .. 72 diverged; those in b get no answer from 13 to 23
    assert (fates["lost"], fates["diverged"], fates["refused"]) == (11, 49, 0)
    assert fates["kept"] == 2 * 100 - 11 - 49 - 11


def test_copies_that_follow_late_lose_what_was_under_way():
    _, fates = _measured(_split(), lag=3.0)  # 10, 11, 12 of both users were not copied before 12.5
    assert fates["lost"] == 11 + 3 * 2


def test_a_fence_or_a_lease_leaves_nothing_to_diverge():
    for rule in ({"fences": True}, {"lease": 10.0}):
        seconds, fates = _measured(_split(**rule))
        assert seconds == 0.0
        assert fates["diverged"] == 0
    assert _measured(_split(fences=True))[1]["lost"] == 0
    # with a lease of 10 s what is written in zone a until 22.5 is lost: 13 .. 22
    assert _measured(_split(lease=10.0))[1]["lost"] == 10


def test_a_majority_that_must_confirm_loses_nothing():
    _, fates = _measured(_split(), quorum=True)
    assert (fates["lost"], fates["diverged"]) == (0, 0)
    assert fates["refused"] == 60


@pytest.mark.parametrize(("lease", "drift"), [(10.0, 0.0), (30.0, 0.1), (20.0, 0.5)])
def test_two_primaries_last_as_long_as_the_drift_of_the_clock_allows(lease, drift):
    """lease * drift / (1 - drift), less what detection and promotion take beyond the lease."""
    at_once = {"detect": Detect.instant(), "promote": Deterministic(0.0)}
    seconds, _ = _measured(_split(lasts=80.0, lease=lease, drift=drift, **at_once))
    assert seconds == pytest.approx(lease * drift / (1.0 - drift), rel=1e-9, abs=1e-9)


def test_no_drift_would_be_told_from_some():
    """Negative control."""
    at_once = {"detect": Detect.instant(), "promote": Deterministic(0.0)}
    some = _measured(_split(lasts=80.0, lease=20.0, drift=0.01, **at_once))[0]
    assert some > 0.2


def test_a_fencing_token_refuses_the_old_primary_where_both_write_to_one_store():
    scenario = _split(checks=True)
    run = conduct(scenario)
    causes = run.outcomes.frames()[1]
    old = causes[(causes["site"] == "db>store") & (causes["cause"] == "old term")]
    assert len(old) == 48  # 25 .. 72; at 24 the store has not heard of the new term yet
    assert set(old["caller"]) == {0}
    assert _measured(scenario)[1]["diverged"] == 1
    blind = replace(scenario.system["store"], checks_term=False)
    assert _measured(replace(scenario, system=scenario.system.with_(blind)))[1]["diverged"] == 49


def test_a_paused_primary_counts_as_none():
    pause = Fault("db[0]", when=At(12.0), lasts=60.0, effect=Effect(speed=0.0), name="pause")
    whole = _split()
    scenario = replace(whole, faults=[pause])
    run = conduct(scenario)
    assert two_primaries(run.timeline, "db", 100.0) == 0.0
