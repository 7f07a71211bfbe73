"""Histories small enough to follow by hand; each of these once went wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.describe.distributions import Deterministic
from simulator.describe.effects import Effect
from simulator.describe.faults import At, Fault
from simulator.describe.guards import (
    AimdLimit,
    AimdRate,
    Breaker,
    Bulkhead,
    Consecutive,
    LeakyBucket,
    Vegas,
)
from simulator.describe.links import Link
from simulator.describe.pools import Pool
from simulator.describe.retries import Hedge, Retry
from simulator.describe.serving import Queue
from simulator.describe.sources import Closed, Source, Trace
from simulator.describe.steps import Call, Work
from simulator.describe.system import Scenario, System
from simulator.errors import DescriptionError
from simulator.requests import TrafficRun, traffic
from simulator.tables.outcomes import CAUSES, OUTCOMES

DOWN = Effect(up=False)


def run(
    pools: list[Pool], times: Any, to: Call, *, horizon: float = 10.0, faults: Any = (), links: Any = (), **more: Any
) -> TrafficRun:  # fmt: skip
    users = Source("users", Trace(times), to, **more)
    return traffic(Scenario(System(pools, links=links), faults, horizon=horizon, sources=[users]))


def attempts(done: TrafficRun, site: str) -> list[tuple[Any, ...]]:
    """(sent, started, ended, outcome, cause) of the attempts of a call."""
    a = done.outcomes.attempts
    rows = np.flatnonzero(a["site"] == done.outcomes.sites.index(site))
    return [
        (
            float(a["sent_s"][j]), float(a["started_s"][j]), float(a["ended_s"][j]),
            OUTCOMES[int(a["outcome"][j])], CAUSES[int(a["cause"][j])],
        )
        for j in rows
    ]  # fmt: skip


def outcomes(done: TrafficRun) -> list[tuple[str, str]]:
    r = done.outcomes.requests
    return [(OUTCOMES[int(o)], CAUSES[int(c)]) for o, c in zip(r["outcome"], r["cause"])]


def test_a_link_may_end_at_a_source():
    pool = Pool("db", serve=[Work(1.0)])
    done = run([pool], [0.0], Call("db"), links=[Link("users", "db", 0.25)])
    assert done.outcomes.requests["ended_s"].tolist() == [1.5]


def test_a_call_made_after_the_deadline_that_was_handed_on_sends_nothing():
    """The job waits 2 s for its thread; its own call would have had to end at 1 s."""
    web = Pool("web", threads=1, serve=[Work(2.0), Call("db")])
    done = run(
        [web, Pool("db", serve=[Work(0.1)])], [0.0, 0.5], Call("web", deadline=1.0, passes_on=True)
    )
    assert [row[2:] for row in attempts(done, "web>db")] == [
        (2.0, "timeout", "deadline"), (4.0, "timeout", "deadline"),
    ]  # fmt: skip
    assert np.isnan([row[1] for row in attempts(done, "web>db")]).all()
    a = done.outcomes.attempts
    assert a["served_s"][a["parent"] < 0].tolist() == [2.0, 4.0]


def test_a_deadline_handed_on_binds_fallbacks_too():
    """db fails at 0.5 s; its stand-in would take until 2.5 s, but the deadline is at 1 s."""
    web = Pool("web", serve=[Call("db", timeout=0.5, fallback=(Call("copy"),))])
    slow = [Pool("db", serve=[Work(9.0)]), Pool("copy", serve=[Work(2.0)])]
    done = run([web, *slow], [0.0], Call("web", deadline=1.0, passes_on=True))
    assert attempts(done, "web>copy") == [(0.5, 0.5, 1.0, "timeout", "deadline")]


def test_an_abandoned_call_leaves_its_second_fallback():
    """The first fallback is refused at once, the second is under way when the caller leaves."""
    web = Pool("web", serve=[Call("db", fallback=(Call("dead"), Call("slow", cancels="running")))])
    others = [Pool(name, serve=[Work(5.0)]) for name in ("db", "dead", "slow")]
    faults = [Fault(on=("db", "dead"), when=At(0.0), effect=DOWN)]
    to = Call("web", timeout=1.0, cancels="running")
    done = run([web, *others], [0.5], to, faults=faults)
    assert attempts(done, "web>slow") == [(0.5, 0.5, 1.5, "cancelled", "caller left")]


def test_a_call_that_states_no_class_hands_on_that_of_the_job():
    """web calls app as "bulk"; app's own call is of that class, which takes db 3 s and others 1 s."""
    pools = [
        Pool("web", serve=[Call("app", as_="bulk")]),
        Pool("app", serve=[Call("db")]),
        Pool("db", serve={"bulk": [Work(3.0)], "": [Work(1.0)]}),
    ]
    done = run(pools, [0.0], Call("web"), classes={"gold": 1.0})
    assert done.outcomes.requests["ended_s"].tolist() == [3.0]


def test_many_waiting_jobs_may_fail_at_once():
    """500 jobs wait for the one thread of web, whose calls are rejected by then."""
    guard = Breaker(Consecutive(1), stays_open=100.0)
    web = Pool("web", threads=1, serve=[Call("db", breaker=guard)])
    db = Pool("db", serve=[Work(1.0)])
    faults = [Fault(on="db", when=At(0.5), effect=DOWN)]
    done = run([web, db], [0.0] * 500, Call("web"), faults=faults)
    assert set(outcomes(done)) == {("error", "a required call failed")}
    assert done.outcomes.requests["ended_s"].tolist() == [0.5] * 500


def test_many_that_wait_for_a_permit_may_fail_at_once():
    """500 attempts wait for the one permit when nobody is left to be asked."""
    guard = Bulkhead(1, wait=9.0, scope="shared")
    db = Pool("db", serve=[Work(1.0)])
    faults = [Fault(on="db", when=At(0.5), effect=DOWN)]
    done = run([db], [0.0] * 500, Call("db", bulkhead=guard), faults=faults)
    assert outcomes(done).count(("error", "nobody in rotation")) == 499


def test_retries_at_once_may_be_many():
    retry = Retry(1000, None)
    faults = [Fault(on="db", when=At(0.0), effect=DOWN)]
    done = run([Pool("db", serve=[Work(1.0)])], [0.5], Call("db", retry=retry), faults=faults)
    assert len(attempts(done, "users>db")) == 1000


def test_an_attempt_that_waits_for_its_turn_waits_for_no_permit():
    """Conservation counts those in line for a permit, not those in line for the wire."""
    to = Call("db", rate_limit=LeakyBucket(0.5, 5), bulkhead=Bulkhead(2))
    done = run([Pool("db", serve=[Work(1.0)])], [0.0, 0.1], to, horizon=1.0)
    assert outcomes(done) == [("in_flight", ""), ("in_flight", "")]


def test_a_job_that_was_stopped_wants_no_core():
    db = Pool("db", cores=1, serve=[Work(5.0)])
    done = run([db], [0.0, 0.1], Call("db", timeout=1.0, cancels="running"), horizon=1.05)
    assert outcomes(done) == [("timeout", ""), ("in_flight", "")]
    done = run([db], [0.1, 0.0][::-1], Call("db", timeout=1.0, cancels="running"), horizon=3.0)
    assert outcomes(done) == [("timeout", "")] * 2


def test_a_deadline_that_has_not_come_is_no_cause():
    done = run([Pool("db", serve=[Work(5.0)])], [0.0], Call("db", deadline=2.0), horizon=1.0)
    assert attempts(done, "users>db")[0][3:] == ("in_flight", "")


def test_an_attempt_that_was_not_sent_slows_no_adaptive_rate():
    """At 2 s web calls db after the deadline: nothing is sent, so the rate stays 100 a second."""
    rate = AimdRate(100.0, 1.0, 100.0, adds=0.0, backs_off=0.01, burst=1.0, scope="shared")
    web = Pool("web", serve=[Work(2.0), Call("db", rate_limit=rate)])
    db = Pool("db", serve=[Work(0.1)])
    late = Source("late", Trace([0.0]), Call("web", deadline=1.0, passes_on=True))
    others = Source("others", Trace([0.5, 0.6]), Call("web"))
    done = traffic(Scenario(System([web, db]), horizon=9.0, sources=[late, others]))
    assert [row[3] for row in attempts(done, "web>db")] == ["timeout", "ok", "ok"]


def test_the_place_of_a_link_in_the_list_moves_nobodys_luck():
    wire, other = (
        Link("users", "db", Deterministic(0.1), name="wire"),
        Link("db", "db", name="other"),
    )
    lossy = Link("users", "db", wire.delay, 0.5, "wire")
    db = [Pool("db", serve=[Work(0.1)])]
    times = [0.5 * k for k in range(20)]
    first = run(db, times, Call("db", timeout=0.4), links=[lossy, other])
    second = run(db, times, Call("db", timeout=0.4), links=[other, lossy])
    assert outcomes(first) == outcomes(second)


def test_a_fault_over_a_pool_strikes_all_its_members_at_once():
    """The retry finds nobody; it is not served by the member whose turn to fail would come next."""
    faults = [Fault(on="db", when=At(1.0), effect=DOWN)]
    to = Call("db", retry=Retry(2, None))
    done = run([Pool("db", 2, serve=[Work(5.0)])], [0.5], to, faults=faults)
    first, second = attempts(done, "users>db")
    assert first == (0.5, 0.5, 1.0, "error", "crashed")
    assert second[2:] == (1.0, "error", "nobody in rotation")


def test_a_copy_that_waits_for_the_permit_of_the_other_is_never_sent():
    to = Call("db", hedge=Hedge(0.1), bulkhead=Bulkhead(1, wait=9.0))
    done = run([Pool("db", serve=[Work(1.0)])], [0.0], to)
    first, second = attempts(done, "users>db")
    assert first[3:] == ("ok", "")
    assert second[1:] == (
        pytest.approx(np.nan, rel=0, abs=0, nan_ok=True),
        1.0,
        "cancelled",
        "hedged",
    )


def test_a_copy_that_ends_while_the_other_is_left_is_not_left_again():
    """At 1 s web's caller leaves: the first copy's thread is free, so the second is found to be expired."""
    db = Pool("db", threads=1, queue=Queue(expires_after=0.5), serve=[Work(5.0)])
    web = Pool("web", serve=[Call("db", hedge=Hedge(0.1), cancels="running")])
    done = run([web, db], [0.0], Call("web", timeout=1.0, cancels="running"))
    assert [row[2:] for row in attempts(done, "web>db")] == [
        (1.0, "cancelled", "caller left"), (1.0, "shed", "expired"),
    ]  # fmt: skip


def test_clients_who_do_not_think_and_are_refused_at_once_stop_the_run():
    """Otherwise the same instant would never end."""
    users = Source("users", Closed(1), Call("db"))
    faults = [Fault(on="db", when=At(1.0), effect=DOWN)]
    with pytest.raises(DescriptionError, match="think"):
        traffic(
            Scenario(System([Pool("db", serve=[Work(0.3)])]), faults, horizon=9.0, sources=[users])
        )


def test_what_happens_after_a_timeout_is_not_its_cause():
    """The attempt times out on its way, and then reaches a member that is silent."""
    faults = [Fault(on="db", when=At(0.0), effect=Effect(up=False, silent=True))]
    db = Pool("db", panic=1.0, serve=[Work(1.0)])
    done = run([db], [0.5], Call("db", timeout=0.2), faults=faults, links=[Link("*", "db", 0.3)])
    assert attempts(done, "users>db")[0][3:] == ("timeout", "") == outcomes(done)[0]


def test_the_limit_of_a_callee_says_nothing_about_that_of_a_caller():
    """Both adapt to the attempts under way, each to its own: a callee's wide limit changes nothing."""
    guard = Bulkhead(Vegas(2, 8), wait=5.0, scope="shared")
    wide = AimdLimit(1000, 1000, 1000, 99.0)
    times = [0.07 * k for k in range(100)]
    ends = []
    for limit in (None, wide):
        pools = [Pool("web", 2, serve=[Call("db", bulkhead=guard)])]
        pools.append(Pool("db", 3, cores=1, limit=limit, serve=[Work(0.1), Work(0.15)]))
        ends.append(
            run(pools, times, Call("web"), horizon=60.0).outcomes.requests["ended_s"].tolist()
        )
    assert ends[0] == ends[1]
