"""Fetches after a miss, small enough to follow by hand; each of these once went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.describe.pools import Pool
from simulator.describe.retries import Hedge
from simulator.describe.serving import Cache, Zipf
from simulator.describe.steps import Call, Work
from tests.run.events.test_small_histories import attempts, outcomes, run


def cached(**fetch: Any) -> list[Pool]:
    """web asks a cache, then db on a miss, then a pool that only good fetches lead to."""
    return [
        Pool(
            "web", serve=[Call("cache"), Call("db", after="miss", **fetch), Call("log", after="ok")]
        ),
        Pool("cache", serve=[Work(0.1)], cache=Cache(single_flight=True)),
        Pool("db", serve=[Work(1.0)]),
        Pool("log", serve=[Work(0.1)]),
    ]


def test_who_waited_for_a_fetch_goes_on_as_if_it_had_fetched():
    done = run(cached(), [0.0, 0.2], Call("web"), keys=Zipf(1.0, 1))
    assert len(attempts(done, "web>db")) == 1
    assert [row[0] for row in attempts(done, "web>log")] == pytest.approx(
        [1.1, 1.1], rel=1e-9, abs=0
    )


def test_who_waited_for_a_fetch_that_failed_is_degraded_too():
    done = run(cached(timeout=0.5, required=False), [0.0, 0.2], Call("web"), keys=Zipf(1.0, 1))
    assert outcomes(done) == [("degraded", ""), ("degraded", "")]
    assert attempts(done, "web>log") == []


def test_two_caches_one_behind_the_other_keep_only_what_was_fetched():
    """The fetch from the second cache is a miss and brings nothing; only db's answer is kept."""
    pools = [
        Pool("web", serve=[Call("near"), Call("far", after="miss"), Call("db", after="miss")]),
        Pool("near", serve=[Work(0.1)], cache=Cache()),
        Pool("far", serve=[Work(0.1)], cache=Cache()),
        Pool("db", serve=[Work(1.0)]),
    ]
    done = run(pools, [0.0, 0.5, 2.0], Call("web"), keys=Zipf(1.0, 1))
    assert len(attempts(done, "web>db")) == 2
    assert [row[0] for row in attempts(done, "web>far")] == [0.1, 0.6, 2.1]


def test_who_fetched_may_be_stopped_by_who_waited_for_the_fetch():
    """Two copies of one request: the one that waited answers, and the one that fetched is stopped."""
    to = Call("web", hedge=Hedge(0.2), cancels="running")
    web = Pool("web", serve=[Call("cache"), Call("db", after="miss")])
    done = run([web, *cached()[1:]], [0.0], to, keys=Zipf(1.0, 1))
    assert outcomes(done) == [("ok", "")]
    assert sorted(row[3] for row in attempts(done, "users>web")) == ["cancelled", "ok"]


def test_who_fetches_without_waiting_keeps_nobody_waiting():
    """A cache filled by a job that nobody waits for: no flight is held, so the next miss fetches too."""
    pools = [
        Pool("web", serve=[Call("cache"), Call("db", after="miss", wait=False)]),
        Pool("cache", serve=[Work(0.1)], cache=Cache(single_flight=True)),
        Pool("db", serve=[Work(1.0)]),
    ]
    done = run(pools, [0.0, 0.5], Call("web"), keys=Zipf(1.0, 1))
    assert outcomes(done) == [("ok", ""), ("ok", "")]
