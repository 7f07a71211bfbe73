"""Storm and caches against second implementations by somebody who had not read the models.

Twice where luck is involved: request by request, with the arrivals, keys and pieces of work of the
simulator's run (then only what follows from them is compared); and each side with its own random
numbers, in windows of time (then the laws are compared too).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from models import CATALOGUE
from simulator import Fault, Scenario, System, traffic
from simulator.tables.outcomes import OUTCOMES, Outcomes
from tests.qc import traffic as blind
from tests.qc.windows import Rows, compare, shares, told_apart
from tests.statistical import check_estimate

WORDS = np.array(OUTCOMES)


def shortened(name: str, horizon: float, fault: Fault | None = None) -> Scenario:
    """The model, for a shorter time; with `fault`, that one takes the place of all others."""
    with warnings.catch_warnings():  # a provisional entry says so when it is run
        warnings.simplefilter("ignore")
        scenario = CATALOGUE[name].build()
    assert isinstance(scenario, Scenario)
    if fault is None:
        return replace(scenario, horizon=horizon)
    assert isinstance(scenario.system, System)
    pools = tuple(replace(pool, faults=()) for pool in scenario.system.pools)
    system = replace(scenario.system, pools=pools)
    return replace(scenario, horizon=horizon, system=system, faults=(fault,))


def runs_of(scenario: Scenario, replications: int, seed: int) -> Iterable[Outcomes]:
    for replication in range(replications):
        yield traffic(scenario, seed=seed, replication=replication).outcomes


# --- retry_storm: nothing is random, so every attempt must agree


def _storm_differs(run: Outcomes, requests: blind.Table, attempts: blind.Table) -> list[str]:
    """What differs, in rows of requests and attempts; times to a nanosecond."""
    theirs = run.requests
    if theirs["sent_s"].size != requests["sent"].size:
        return ["number of requests"]
    horizon = run.horizon_s
    outcome = np.where(requests["ok"], "ok", "timeout")
    outcome = np.where(requests["ended"].astype(float) >= horizon - 1e-9, "in_flight", outcome)
    found = []
    if not np.array_equal(outcome, WORDS[theirs["outcome"]]):
        found.append("outcome")
    rows = run.attempts
    if rows["sent_s"].size != attempts["sent"].size:
        return [*found, "number of attempts"]
    order = np.lexsort((rows["attempt"], rows["number"]))
    mine = np.argsort(attempts["number"], kind="stable")
    for column in ("sent", "started", "served"):
        a, b = attempts[column][mine].astype(float), rows[f"{column}_s"][order].astype(float)
        seen, edge = a < horizon, np.abs(a - horizon) < 1e-6  # rounding decides at the very end
        same = (np.isfinite(b) == seen) | edge
        if not (same.all() and np.allclose(a[seen & ~edge], b[seen & ~edge], rtol=0, atol=1e-9)):
            found.append(column)
    return found


STORMS = {
    "as it is": (10.0, 60.0),  # stays in the failed state
    "heals": (1.0005, 40.0),  # some callers give up and repeat, the line drains
    "just too long": (1.02, 50.0),  # falls into the failed state by itself
}


STORM_CHANGES: dict[str, list[dict[str, float]]] = {
    "as it is": [{"attempts": 3}],
    "heals": [{"capacity": 301.0}, {"timeout": 1.002}, {"pause_at": 30.01}, {"rate": 281.0}],
    "just too long": [{"pause": 1.021}],
}


@pytest.mark.parametrize("case", STORMS)
def test_retry_storm_agrees_row_by_row(case: str) -> None:
    pause, horizon = STORMS[case]
    scenario = shortened("retry_storm", horizon).set("faults.trigger.lasts", pause)
    run = traffic(scenario).outcomes
    assert _storm_differs(run, *blind.retry_storm(horizon, pause=pause)) == []
    ok = WORDS[run.requests["outcome"]][-1120:-560] == "ok"
    assert ok.all() if case == "heals" else not ok.any()
    for change in STORM_CHANGES[case]:  # negative controls: one number changed
        other = blind.retry_storm(horizon, **{"pause": pause, **change})  # type: ignore[arg-type]
        assert _storm_differs(run, *other), change


@pytest.mark.slow
def test_retry_storm_agrees_over_its_whole_horizon() -> None:
    run = traffic(shortened("retry_storm", 600.0)).outcomes
    mine = blind.retry_storm()
    assert _storm_differs(run, *mine) == []
    assert _storm_differs(run, *blind.retry_storm(attempts=3))


def test_retry_storm_is_the_published_one() -> None:
    """Bronson et al. 2021: load goes to 560 per second, of which nothing is good (+- 1 %)."""
    requests, attempts = blind.retry_storm(80.0)
    sent = attempts["sent"].astype(float)
    load = np.sum((sent >= 50) & (sent < 80)) / 30
    assert load == pytest.approx(560, rel=0.01, abs=0)
    assert not requests["ok"][requests["sent"].astype(float) > 30.0].any()
    calm = blind.retry_storm(80.0, rate=100.0)[0]  # below half the capacity: over at 40 + 19 s
    assert calm["ok"][-1500:-100].all()


# --- look_aside_cache and cold_cache


def test_look_aside_cache_agrees_request_by_request() -> None:
    run = traffic(shortened("look_aside_cache", 75.0), seed=4).outcomes
    sent, key = run.requests["sent_s"].astype(float), run.requests["key"].astype(np.int64)
    theirs = WORDS[run.requests["outcome"]]
    mine = blind.look_aside_cache(sent, key, 75.0, 60.0)
    assert np.array_equal(mine, theirs)
    assert 0.2 < np.mean(theirs[sent > 61] == "ok") < 0.6
    for change in ({"timeout": 0.6}, {"service": 1 / 31}, {"keeps_late": True}):
        other = blind.look_aside_cache(sent, key, 75.0, 60.0, **change)  # type: ignore[arg-type]
        assert np.any(other != theirs), change


def _look_aside(runs: int, seed: int, exponent: float = 1.0) -> Rows:
    rng, rows = np.random.default_rng(seed), []
    for _ in range(runs):
        sent = blind.poisson(rng, 100.0, 10.0)
        key = blind.ranks(rng, exponent, 1000, sent.size)
        ok = blind.look_aside_cache(sent, key, 10.0, 2.0) == "ok"
        rows.append([*shares(sent, ok, [2.0, 2.5, 9.0]), float(sent.size)])
    return rows


def test_look_aside_cache_agrees_with_its_own_luck() -> None:
    scenario = shortened("look_aside_cache", 10.0).set("faults.loss.when.at.times", [2.0])
    theirs = []
    for run in runs_of(scenario, 30, seed=31):
        sent = run.requests["sent_s"].astype(float)
        ok = WORDS[run.requests["outcome"]] == "ok"
        theirs.append([*shares(sent, ok, [2.0, 2.5, 9.0]), float(sent.size)])
    compare(_look_aside(300, seed=32), theirs, [0.2, 0.16, 0.03])
    told_apart(_look_aside(300, seed=32, exponent=1.3), theirs)


def test_cold_cache_agrees_request_by_request() -> None:
    run = traffic(shortened("cold_cache", 10.0), seed=4).outcomes
    key, theirs = run.requests["key"].astype(np.int64), WORDS[run.requests["outcome"]]
    mine = blind.cold_cache(key)
    assert np.array_equal(mine == "degraded", theirs == "degraded")
    assert np.array_equal(mine != "degraded", theirs == "ok")
    for change in ({"tokens": 20.5}, {"burst": 3.0}):
        assert np.any((blind.cold_cache(key, **change) == "degraded") != (theirs == "degraded"))


COLD = [0.0, 0.25, 1.0, 4.0]


def _cold(runs: int, seed: int, exponent: float = 1.3) -> Rows:
    rng, rows = np.random.default_rng(seed), []
    for _ in range(runs):
        ok = blind.cold_cache(blind.ranks(rng, exponent, 2_000_000, 4000)) != "degraded"
        rows.append(shares(np.arange(4000) / 1000, ok, COLD))
    return rows


def test_cold_cache_agrees_with_its_own_luck() -> None:
    theirs = [
        shares(run.requests["sent_s"].astype(float), WORDS[run.requests["outcome"]] == "ok", COLD)
        for run in runs_of(shortened("cold_cache", 4.0), 10, seed=31)
    ]
    mine = _cold(25, seed=32)
    compare(mine, theirs, [0.7, 0.2, 0.05])
    told_apart(_cold(25, seed=32, exponent=1.4), theirs)


def test_cold_cache_is_the_published_one() -> None:
    """Brooker 2021, in the fluid limit: the keys held after t are 20 t and the burst."""
    rng, last = np.random.default_rng(33), []
    for _ in range(25):
        found = blind.cold_cache(blind.ranks(rng, 1.3, 2_000_000, 4000))
        last.append(float(np.mean(found[1000:] == "hit")))
    fluid = np.mean([blind.rewarming(2 + 20 * t) for t in np.linspace(1.0, 4.0, 7)])
    error = float(np.std(last, ddof=1)) / 5
    check_estimate(float(np.mean(last)), error, float(fluid), 0.05)
    assert blind.rewarming(20 * 0.77) == pytest.approx(0.5, rel=0.01, abs=0)
    assert blind.rewarming(20 * 14.8) == pytest.approx(0.8, rel=0.01, abs=0)
