"""Random numbers of requests have addresses: one thing each, and nothing else moves them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator import (
    All,
    Backoff,
    Breaker,
    Call,
    Exponential,
    Hedge,
    Link,
    Poisson,
    Pool,
    Retry,
    Scenario,
    Source,
    System,
    Work,
    Zipf,
)
from simulator.errors import LuckUsedTwice
from simulator.run.events.engine import Traffic
from simulator.sample.draws import Column, uniforms
from simulator.sample.luck import Luck


def scenario() -> Scenario:
    """Two sources, the same pool called twice on different ways, hedges, fan-out, links, keys."""
    db = Pool(
        "db",
        3,
        threads=2,
        serve=[Work(Exponential(0.05)), Work(Exponential(0.01))],
        balance="random",
    )
    side = Call("db", name="side", timeout=0.3)
    call = Call(
        "db", timeout=0.2, retry=Retry(3, Backoff(0.05), on=("timeout", "error")), hedge=Hedge(0.1),
        breaker=Breaker(stays_open=0.5, jitter=0.5, scope="caller"),
    )  # fmt: skip
    app = Pool("app", 2, serve=[Work(Exponential(0.01)), call, All([side, side], times=2)])
    users = Source(
        "users", Poisson(30.0), to=Call("app", timeout=1.0), keys=Zipf(1.0, 50), clients=5
    )
    others = Source(
        "others", Poisson(10.0), to=Call("db", timeout=1.0), classes={"a": 0.5, "b": 0.5}
    )
    system = System([app, db], links=[Link("*", "*", Exponential(0.001), loss=0.01)])
    return Scenario(system, sources=[users, others], horizon=20.0)


def test_no_two_things_share_an_address():
    Traffic(scenario(), seed=3, audit=True).finish()


def test_the_audit_finds_a_shared_address():
    luck = Luck(1, audit=True)
    Column(luck, "work:0", "users>db#0", 0, uniforms)
    Column(luck, "work:0", "users>db#0", 1, uniforms)
    with pytest.raises(LuckUsedTwice, match="users>db#0"):
        Column(luck, "work:0", "users>db#0", 0, uniforms)


def test_a_block_thrown_away_is_drawn_again_the_same():
    column = Column(Luck(1), "work:0", "x", 0, uniforms)
    first = [column.at(k) for k in (0, 5, 1023)]
    for block in range(20):
        column.at(block * 1024)
    assert [column.at(k) for k in (0, 5, 1023)] == first


def test_a_policy_moves_no_service_time():
    """Without queues, an attempt that is made in both runs takes the same time in both."""
    db = Pool("db", serve=[Work(Exponential(0.05))])
    plain = Source("users", Poisson(20.0), to=Call("db", timeout=0.1))
    one = Scenario(System([db]), sources=[plain], horizon=30.0)
    other = replace(
        one, sources=[replace(plain, to=replace(plain.to, retry=Retry(3, Backoff(0.02))))]
    )
    a, b = (Traffic(s, seed=5).finish().attempts for s in (one, other))
    first = b["attempt"] == 0
    np.testing.assert_array_equal(a["number"], b["number"][first])
    took = a["served_s"] - a["started_s"]
    np.testing.assert_allclose(took, (b["served_s"] - b["started_s"])[first], rtol=1e-9, atol=0)
