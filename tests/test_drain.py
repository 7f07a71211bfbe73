"""The predicted way out beside runs of the engine: HotOS'21's database, and when no formula fits."""

from __future__ import annotations

import math

import pytest

import simulator
from simulator import (
    At,
    Breaker,
    Call,
    Effect,
    Every,
    Fault,
    Hedge,
    Pool,
    Queue,
    Retry,
    Scenario,
    Source,
    Spike,
    System,
    TokenBucket,
    Work,
)
from simulator.describe.faults import Poisson
from simulator.drain import predicted_drain
from simulator.requests import TrafficRun

RETRY = Retry(2, on=("timeout", "error"))


def scenario_of(rate: float, horizon: float, to: Call | None = None, **pool: object) -> Scenario:
    """60 requests/s are served (a fifth of the published 300), callers wait 1 s, and for 10 s nothing is served."""
    db = Pool("db", **{"threads": 1, "serve": [Work(1 / 60)]} | pool)  # type: ignore[arg-type]
    return Scenario(
        System([db]), sources=[Source("web", Every(1 / rate), to=to or Call("db", timeout=1.0, retry=RETRY))],
        faults=[Fault("db", when=At(20.0), effect=Effect(speed=0.0), lasts=10.0)], horizon=horizon,
    )  # fmt: skip


def run_of(rate: float, horizon: float, to: Call | None = None) -> TrafficRun:
    return simulator.traffic(scenario_of(rate, horizon, to))


def test_without_retries_the_backlog_drains_as_predicted() -> None:
    """10 s of 56/s are 9.33 s of work, gone after V / (1 - 56/60) = 140 s; callers wait less
    than 1 s when (V - 1) / (1 - 56/60) = 125 s are over."""
    got = run_of(56.0, 200.0, Call("db", timeout=1.0)).verdict(window_s=1.0)
    assert got.drain.after_s == pytest.approx(140.0, rel=0.01, abs=0)
    assert got.recovered_after_s == pytest.approx(125.0, rel=0.02, abs=0)


def test_below_the_hidden_capacity_it_recovers_if_one_waits_long_enough() -> None:
    """Half of 60/s is 30: at 28/s the way out is as long as V / (1 - 56/60)."""
    short = run_of(28.0, 60.0).verdict()
    assert short.state == "stuck"
    assert any("run it longer" in w for w in short.warnings)
    long = run_of(28.0, 200.0).verdict()
    assert long.state == "recovered"
    assert long.recovered_after_s is not None
    assert long.drain.after_s is not None
    assert 0.8 * long.drain.after_s < long.recovered_after_s < long.drain.after_s


def test_above_it_the_storm_stays() -> None:
    got = run_of(56.0, 100.0).verdict()
    assert (got.state, got.drain.after_s) == ("stuck", math.inf)
    assert "it heals below 30 requests/s" in got.drain.reason


def test_a_backlog_below_the_critical_one_heals() -> None:
    """0.9 s of pause with a timeout of 1 s: nobody ever waits too long."""
    scenario = scenario_of(56.0, 60.0).set("faults.fault_0.lasts", "0.9 s")
    got = simulator.traffic(scenario).verdict()
    assert got.state == "recovered"
    # 0.9 s of 56/s are 0.84 s of work; 0.84 / (1 - 56/60)
    assert got.drain.after_s == pytest.approx(12.6, rel=0.02, abs=0)


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (scenario_of(56, 60, Call("db")), "wait for ever"),
        (scenario_of(56, 60, Call("db", timeout=1.0, hedge=Hedge(0.5))), "has a hedge"),
        (scenario_of(56, 60, Call("db", timeout=1.0, breaker=Breaker())), "has a breaker"),
        (scenario_of(56, 60, Call("db", timeout=1.0, cancels="queued")), "given up are dropped"),
        (
            scenario_of(56, 60, Call("db", timeout=1.0, retry=Retry(2, budget=TokenBucket()))),
            "budget",
        ),
        (scenario_of(56, 60, queue=Queue(cap=10)), "a cap or another order"),
        (scenario_of(56, 60, queue=Queue(order="lifo")), "a cap or another order"),
        (scenario_of(56, 60, queue=Queue(expires_after=1.0)), "expire"),
        (scenario_of(56, 60, threads=None), "no capacity"),
        (
            scenario_of(56, 60).set("sources.web.arrivals", {"closed": {"clients": 3}}),
            "open stream",
        ),
    ],
)
def test_where_no_formula_fits_the_reason_is_told(scenario: Scenario, words: str) -> None:
    run = simulator.traffic(scenario.set("horizon", "31 s"))
    got = predicted_drain(scenario, run.outcomes, 30.0)
    assert got.after_s is None
    assert words in got.reason


def test_a_rate_that_changes_afterwards_is_no_rate() -> None:
    scenario = scenario_of(56.0, 60.0)
    web = scenario.sources[0]
    for at, fits in ((40.0, False), (20.0, True)):
        rate = Poisson(Spike(40.0, 50.0, at, 5.0))
        changed = Scenario(
            scenario.system, scenario.faults, (), 60.0, sources=[Source("web", rate, to=web.to)]
        )
        run = simulator.traffic(changed)
        assert (predicted_drain(changed, run.outcomes, 30.0).after_s is not None) is fits
