"""Deep health checks: what they see that shallow ones cannot, and the trap they set."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from simulator import (
    At,
    Call,
    Effect,
    Exponential,
    Fault,
    HealthCheck,
    Link,
    Pool,
    Scenario,
    Source,
    System,
    Trace,
    Work,
    traffic,
)
from simulator.conducting import conduct
from simulator.describe.files import dump, loads
from simulator.errors import DescriptionError, NotSupported
from simulator.history import timeline_of
from simulator.tables.outcomes import OUTCOMES

HORIZON = 100.0
SHALLOW = HealthCheck("app", 5.0, misses=2, timeout=1.0)
DEEP = dataclasses.replace(SHALLOW, probe="deep", as_="page")
GONE = Fault("db", when=At(20.0), lasts=40.0, effect=Effect(up=False), name="gone")


def _scenario(check, *, faults=(), links=(), kind="page", law=0.01, **app):
    """Two members that serve pages with a database and pictures without."""
    call = Call("db", timeout=0.5)
    serve = {"page": [Work(law), call], "picture": [Work(law)]}
    pools = [
        Pool("app", 2, zones=(("a", 1), ("b", 1)), serve=serve, **app),
        Pool("db", zones=(("c", 1),), serve=[Work(0.001)]),
    ]
    users = Source("users", Trace(np.arange(200) / 2.0 + 0.25), Call("app", as_=kind))
    checks = [check] if check is not None else []
    return Scenario(System(pools, links=links), faults, checks, HORIZON, sources=[users])


def _users(run):
    """(sent, outcome) of the users' requests."""
    r = run.outcomes.requests
    mine = np.flatnonzero(r["source"] == run.outcomes.sources.index("users"))
    return [(float(r["sent_s"][k]), OUTCOMES[int(r["outcome"][k])]) for k in mine]


def _bad(run):
    return [sent for sent, outcome in _users(run) if outcome != "ok"]


def _out(run):
    """Members out of rotation: (member, from, to)."""
    spells = [s for s in run.timeline.spells if s.out_of_rotation and s.members[0][0] == "app"]
    return sorted((s.members[0][1], s.start, s.end) for s in spells)


def test_a_member_that_cannot_reach_its_database():
    """The link of one of two members is cut from 20 to 60 s. A shallow probe sees nothing."""
    links = [Link("zone:a", "zone:c", name="wire")]
    cut = Fault("link:wire", when=At(20.0), lasts=40.0, name="cut")
    blind, seeing = (
        traffic(_scenario(check, faults=[cut], links=links)) for check in (SHALLOW, DEEP)
    )
    assert _out(blind) == []
    assert len(_bad(blind)) == 40  # every other request of 40 s, two a second
    # probes at 20 and 25 fail after 0.01 s of work and 0.5 s of waiting; the one at 60 is good
    ((member, left, back),) = _out(seeing)
    assert (member, left) == (0, pytest.approx(25.51, rel=1e-9, abs=0))
    assert back == pytest.approx(60.011, rel=1e-9, abs=0)
    assert all(20.0 < sent < 25.51 for sent in _bad(seeing))
    assert 5 <= len(_bad(seeing)) <= 6


def test_the_trap_all_members_leave_for_what_they_share():
    """The database is down: pictures need none, and yet nobody is left to serve them."""
    shallow, deep, none = (
        traffic(_scenario(check, faults=[GONE], kind="picture")) for check in (SHALLOW, DEEP, None)
    )
    assert _bad(shallow) == _bad(none) == []
    assert [(m, round(a, 6), round(b, 6)) for m, a, b in _out(deep)] == [
        (0, 25.01, 60.011), (1, 25.01, 60.011),
    ]  # fmt: skip
    assert _bad(deep) == [sent for sent, _ in _users(deep) if 25.01 < sent < 60.011]


def test_panic_is_the_way_out():
    """When fewer than half are in rotation, all are asked: the checks are not believed."""
    run = traffic(_scenario(DEEP, faults=[GONE], kind="picture", panic=0.5))
    assert len(_out(run)) == 2
    assert _bad(run) == []


def test_a_member_that_is_down_is_seen_as_by_a_shallow_probe():
    down = Fault("app[1]", when=At(12.0), lasts=21.0, effect=Effect(up=False), name="down")
    shallow, deep = (traffic(_scenario(check, faults=[down])) for check in (SHALLOW, DEEP))
    assert _out(shallow) == [(1, 20.0, 35.0)]  # probes at 15 and 20 are refused, 35 is good
    assert _out(deep) == [(1, 20.0, pytest.approx(35.011, rel=1e-9, abs=0))]
    assert _bad(shallow) == _bad(deep)


def test_a_slow_member_fails_a_deep_probe_alone():
    slow = Fault("app[1]", when=At(12.0), effect=Effect(speed=0.005), name="slow")  # 2 s of work
    assert _out(traffic(_scenario(SHALLOW, faults=[slow]))) == []
    assert _out(traffic(_scenario(DEEP, faults=[slow]))) == [(1, 21.0, np.inf)]


def test_passes_and_misses_in_a_row():
    check = dataclasses.replace(DEEP, misses=3, passes=2)
    ((_, left, back), _) = _out(traffic(_scenario(check, faults=[GONE])))
    assert (left, back) == (pytest.approx(30.01, rel=1e-9, abs=0), pytest.approx(65.011, rel=1e-9, abs=0))


def test_probes_that_all_pass_change_nothing_for_the_users():
    """Nobody waits for a thread: the same times and outcomes, to the last bit."""
    with_, without = (
        traffic(_scenario(check, law=Exponential(0.05))).outcomes.requests for check in (DEEP, None)
    )
    mine = with_["source"] == 0
    assert (~mine).sum() == 2 * 20  # a probe every 5 s of each member
    for name in ("sent_s", "ended_s", "outcome"):
        np.testing.assert_array_equal(with_[name][mine], without[name])


def test_without_users_probes_are_sent_all_the_same():
    bare = dataclasses.replace(_scenario(DEEP, faults=[GONE]), sources=())
    assert len(_out(conduct(bare))) == 2


def test_a_file_says_it():
    scenario = _scenario(DEEP)
    assert loads(dump(scenario)).controllers == scenario.controllers


def test_what_is_refused():
    with pytest.raises(NotSupported, match="deep health checks"):
        timeline_of(_scenario(DEEP))
    with pytest.raises(DescriptionError, match="only a deep probe"):
        HealthCheck("app", 5.0, as_="page")
    with pytest.raises(DescriptionError, match="takes some time"):
        dataclasses.replace(DEEP, timeout=0.0)
    with pytest.raises(DescriptionError, match="pages"):
        _scenario(dataclasses.replace(DEEP, as_="pages"))
