"""Numbers that a hostile reading found wrong; histories small enough to follow by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.describe.distributions import Deterministic, Exponential
from simulator.describe.effects import Effect
from simulator.describe.faults import At, Fault
from simulator.describe.guards import AimdLimit, Bulkhead, LeakyBucket
from simulator.describe.pools import Pool
from simulator.describe.retries import Hedge, Retry
from simulator.describe.serving import Cache, Outliers, Queue, Shedding, Zipf
from simulator.describe.sources import Source, Trace
from simulator.describe.steps import All, Answer, Call, Work
from simulator.describe.system import Scenario, System
from simulator.run.events.engine import Traffic
from simulator.run.events.paths import Path
from simulator.run.events.plan import plan_traffic
from simulator.sample.luck import Luck
from tests.run.events.test_small_histories import DOWN, attempts, outcomes, run


def test_a_turn_that_comes_too_late_is_not_taken():
    """20 a second for 10 turns a second, each with 1 s of patience: the turns are all used."""
    to = Call("db", deadline=1.0, rate_limit=LeakyBucket(10.0, waiting=100))
    done = run([Pool("db", serve=[Work(0.01)])], np.arange(600) / 20.0, to, horizon=40.0)
    assert len(attempts(done, "users>db")) == 600
    wired = ~np.isnan(done.outcomes.attempts["started_s"])
    assert 300 <= wired.sum() <= 311  # 10 a second for 30 s, and those who wait at the end


def test_copies_of_a_call_fall_back_each_on_its_own_luck():
    """All of five rules must decide, each decides half of the cases: 1 of 32 requests is answered."""
    web = Pool("web", serve=[All([Call("db", fallback=(Answer(share=0.5),))], times=5)])
    faults = [Fault("db", when=At(0.0), effect=DOWN)]
    done = run([web, Pool("db")], np.arange(1000) / 200.0, Call("web"), faults=faults)
    well = done.outcomes.counts()["degraded"]
    assert abs(well - 1000 / 32) < 4.5 * np.sqrt(1000 / 32 * 31 / 32)  # one draw for all gives 500


def test_copies_of_a_call_that_ask_another_pool_take_different_times():
    web = Pool("web", serve=[All([Call("db", fallback=(Call("copy"),))], times=3)])
    others = [Pool("db"), Pool("copy", serve=[Work(Exponential(1.0))])]
    faults = [Fault("db", when=At(0.0), effect=DOWN)]
    done = run([web, *others], [0.0], Call("web"), faults=faults, horizon=99.0)
    assert len({end for _, _, end, _, _ in attempts(done, "web>copy")}) == 3


def test_paths_of_many_copies_are_not_those_of_the_next_attempt():
    web = Pool("web", serve=[All([Call("db")], times=2)])
    users = Source("users", Trace([0.0]), Call("web"))
    plan = plan_traffic(Scenario(System([web, Pool("db")]), sources=[users], horizon=1.0))
    path = Path("users", None, plan, Luck(1), 0)
    assert path.child(plan.sites[0], 0, 65_536) is not path.child(plan.sites[0], 1, 0)


def test_the_seventeenth_copy_of_a_hedge_is_not_the_first_of_the_next_call():
    web = Pool("web", serve=[All([Call("db", hedge=Hedge(0.01, 16))], times=2)])
    users = Source("users", Trace([0.0]), Call("web"))
    db = Pool("db", serve=[Work(Exponential(1e6))])
    traffic = Traffic(Scenario(System([web, db]), sources=[users], horizon=1.0))
    traffic.advance(1.0)
    below = [one.path for one in traffic.callers.open.values() if one.calling.job is not None]
    assert len(below) == len({path.who for path in below}) == 34


@pytest.mark.parametrize("share", [0.29, 0.57, 0.58])
def test_a_share_of_threads_is_a_whole_number_of_them(share):
    """100 * 0.29 is 28.999999999999996 to a computer."""
    faults = [Fault("db", when=At(0.0), effect=Effect(threads=share))]
    done = run([Pool("db", threads=100, serve=[Work(9.0)])], [0.5] * 100, Call("db"), faults=faults, horizon=1.0)
    assert np.isfinite(done.outcomes.attempts["started_s"]).sum() == round(100 * share)


def test_a_retry_finds_the_thread_free_that_its_own_attempt_has_left():
    db = Pool("db", threads=1, queue=Queue(cap=0), serve=[Work(5.0)])
    to = Call("db", timeout=1.0, cancels="running", retry=Retry(3, on=("timeout",)))
    done = run([db], [0.0], to)
    assert [row[1:4] for row in attempts(done, "users>db")] == [
        (0.0, 1.0, "timeout"), (1.0, 2.0, "timeout"), (2.0, 3.0, "timeout"),
    ]  # fmt: skip


def test_what_has_cost_service_is_not_repeated_if_it_must_not_be():
    db = Pool("db", threads=1, queue=Queue(expires_after=0.5, expired="costs_service"), serve=[Work(2.0)])
    done = run([db], [0.0, 0.1], Call("db", idempotent=False, retry=Retry(2)))
    assert [row[3] for row in attempts(done, "users>db")] == ["ok", "shed"]


def test_a_call_that_must_not_be_repeated_has_no_copies():
    done = run([Pool("db", serve=[Work(2.0)])], [0.0], Call("db", idempotent=False, hedge=Hedge(0.1)))
    assert len(attempts(done, "users>db")) == 1


def test_a_miss_of_the_cache_that_stands_in_is_a_miss():
    """The first cache is down, the second is empty: the database must be asked."""
    web = Pool("web", serve=[Call("near", fallback=(Call("far"),)), Call("db", after="miss")])
    pools = [web, Pool("near", cache=Cache(hits=1.0)), Pool("far", cache=Cache(hits=0.0)), Pool("db")]
    done = run(pools, [0.5], Call("web"), faults=[Fault("near", when=At(0.0), effect=DOWN)])
    assert len(attempts(done, "web>db")) == 1


def test_if_who_fetches_crashes_the_next_one_fetches():
    """Two members of web wait for one key; the first one, which fetches, goes down at 0.5 s."""
    pools = [
        Pool("web", 2, serve=[Call("cache"), Call("db", after="miss")]),
        Pool("cache", serve=[Work(0.1)], cache=Cache(single_flight=True)),
        Pool("db", serve=[Work(1.0)]),
    ]
    faults = [Fault("web[0]", when=At(0.5), effect=DOWN)]
    done = run(pools, [0.0, 0.2], Call("web"), keys=Zipf(1.0, 1), faults=faults)
    assert outcomes(done) == [("error", "crashed"), ("ok", "")]
    assert [row[2:4] for row in attempts(done, "web>db")] == [(0.5, "cancelled"), (1.5, "ok")]


def test_errors_that_tell_nothing_about_load_move_no_limit():
    """Netflix's library calls it onIgnore; a drop, a timeout or a slow answer is what backs off."""
    rule = AimdLimit(20, 1, 200)
    users = Source("users", Trace(np.arange(100) / 100.0), Call("db", bulkhead=Bulkhead(rule)))
    faults = [Fault("db", when=At(0.0), effect=Effect(error=1.0))]
    db = Pool("db", serve=[Work(0.01)], limit=rule)
    from simulator.history import timeline_of

    scenario = Scenario(System([db]), faults, sources=[users], horizon=9.0)
    traffic = Traffic(scenario, timeline_of(scenario))
    traffic.finish()
    (permits,) = traffic.sites[0].permits.values()
    assert permits.state is not None
    assert traffic.stations[0].members[0].limit is not None
    assert (permits.state.limit, traffic.stations[0].members[0].limit.limit) == (20.0, 20.0)


def test_a_limit_is_told_how_many_were_under_way_when_an_attempt_was_sent():
    """Four at once, limit 4: those sent as third and fourth used half of it or more (2, 3, 4: of 4, 5, 6)."""
    db = Pool("db", serve=[Work(1.0)])
    users = Source("users", Trace([0.0] * 4), Call("db", bulkhead=Bulkhead(AimdLimit(4, 1, 99))))
    traffic = Traffic(Scenario(System([db]), sources=[users], horizon=9.0))
    traffic.finish()
    (permits,) = traffic.sites[0].permits.values()
    assert permits.state is not None
    # 1 * 2 < 4; 2 * 2 >= 4: 5; 3 * 2 >= 5: 6; 4 * 2 >= 6: 7. Counted backwards: 5, 6, then no more.
    assert permits.state.limit == 7.0


def test_who_has_lost_patience_is_not_in_line_for_a_limit():
    queue = Queue(patience=Deterministic(0.1))
    db = Pool("db", threads=1, serve=[Work(9.0)], queue=queue, limit=AimdLimit(3, 1, 3))
    done = run([db], [0.0, 1.0, 2.0, 3.0, 4.0], Call("db"))
    assert outcomes(done)[1:] == [("shed", "expired")] * 4


def test_who_has_lost_patience_makes_nobody_wait_at_the_head():
    queue = Queue(patience=Deterministic(0.1))
    db = Pool("db", threads=1, serve=[Work(9.0)], queue=queue, sheds=Shedding(1.0))
    done = run([db], [0.0, 1.0, 2.0, 3.0, 4.0], Call("db"))
    assert outcomes(done)[1:] == [("shed", "expired")] * 4


def test_an_ejected_member_is_back_for_the_first_request_after_the_interval():
    rule = Outliers(consecutive=1, interval=10.0, base=10.0, most=1.0, deviations=None)
    db = Pool("db", serve=[Work(0.1)], outliers=rule)
    faults = [Fault("db", when=At(0.5), lasts=1.0, effect=Effect(error=1.0))]
    done = run([db], [1.0, 5.0, 25.0], Call("db"), faults=faults, horizon=40.0)
    assert [word for word, _ in outcomes(done)] == ["error", "error", "ok"]  # out from 1.1 s to 20 s
