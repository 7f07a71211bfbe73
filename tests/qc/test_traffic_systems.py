"""Web service and fraud API under one stated fault; see `test_traffic`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from models import CATALOGUE
from simulator import At, Effect, Fault, Scenario, exact, traffic
from simulator.tables.outcomes import TRUTHS, Outcomes
from tests.qc.test_traffic import WORDS, runs_of, shortened
from tests.qc.traffic import poisson
from tests.qc.traffic_fraud import Shop, fraud_api
from tests.qc.traffic_web import Web, pieces, web_service
from tests.qc.windows import Array, Rows, compare, shares, told_apart

# --- web_service_traffic: its own faults would be years apart

SLOW = Fault("db", when=At((0.5,)), lasts=4.0, effect=Effect(speed=0.01), name="slow")
SLOW_WEB = Web(slow_from=0.5, slow_to=4.5, slow_speed=0.01)
CRASHES = tuple(0.2 * k for k in range(1, 30))
CRASH = Fault("app[0]", when=At(CRASHES), lasts=0.1, effect=Effect(up=False), name="crash")
CRASH_WEB = Web(crashes=CRASHES, crash_lasts=0.1)


def _works(run: Outcomes) -> Array:
    """Pieces of work, from a run in which nobody waits: shape (requests, 3)."""
    rows, n = run.attempts, run.requests["sent_s"].size
    found = np.full((n, 3), np.nan)
    for site, name in enumerate(run.sites):
        mine = rows["site"] == site
        number = rows["number"][mine]
        if name == "lb>app":
            found[number, 0] = -rows["started_s"][mine]
        elif name == "app>cache":
            found[number, 1] = (rows["served_s"] - rows["started_s"])[mine]
        elif name == "app>db":
            found[number, 2] = (rows["served_s"] - rows["started_s"])[mine]
    cache = rows["site"] == run.sites.index("app>cache")
    found[rows["number"][cache], 0] += rows["sent_s"][cache]
    return found


def test_web_service_traffic_agrees_request_by_request() -> None:
    """The same requests and pieces of work, once healthy (to read the work off), once slow."""
    horizon = 6.0
    healthy = traffic(
        shortened("web_service_traffic", horizon, replace(SLOW, when=At((horizon * 2,)))), seed=8
    ).outcomes
    work = _works(healthy)
    run = traffic(shortened("web_service_traffic", horizon, SLOW), seed=8).outcomes
    theirs, ended = WORDS[run.requests["outcome"]], run.requests["ended_s"].astype(float)
    known = np.isfinite(work).all(axis=1)  # not those under way when the healthy run ends
    assert np.sum(~known) < 8
    sent, work = run.requests["sent_s"].astype(float), np.nan_to_num(work, nan=0.0)
    outcome, mine = web_service(sent, work, horizon, SLOW_WEB)
    assert np.array_equal(outcome[known], theirs[known])
    seen = known & np.isfinite(mine)
    assert np.allclose(mine[seen], ended[seen], rtol=0, atol=1e-9)
    assert np.sum(theirs == "timeout") > 50
    other, _ = web_service(sent, work, horizon, replace(SLOW_WEB, db_threads=63))
    assert np.any(other[known] != theirs[known])


SLOW_EDGES = [1.0, 2.0, 3.0, 4.0]


def _web(web: Web, runs: int, seed: int) -> tuple[Rows, Rows]:
    """Shares that are ok in the windows of the slow run; shares of errors and mean latency."""
    rng = np.random.default_rng(seed)
    slow, crash = [], []
    for _ in range(runs):
        sent = poisson(rng, web.rate, 6.0)
        outcome, ended = web_service(sent, pieces(rng, web, sent.size), 6.0, web)
        slow.append(shares(sent, outcome == "ok", SLOW_EDGES))
        latency = float((ended - sent)[outcome == "ok"].mean())
        crash.append([float(np.mean(outcome == "error")), latency, float(sent.size)])
    return slow, crash


def test_web_service_traffic_with_a_slow_database_agrees() -> None:
    theirs = []
    for run in runs_of(shortened("web_service_traffic", 6.0, SLOW), 12, seed=31):
        ok = WORDS[run.requests["outcome"]] == "ok"
        theirs.append(shares(run.requests["sent_s"].astype(float), ok, SLOW_EDGES))
    compare(_web(SLOW_WEB, 30, seed=32)[0], theirs, [0.08, 0.2, 0.2])
    told_apart(_web(replace(SLOW_WEB, db_threads=48), 30, seed=32)[0], theirs)


def test_web_service_traffic_with_crashes_agrees() -> None:
    """A server with about 0.6 requests in it crashes 29 times a run: those, and no others, fail."""
    theirs = []
    for run in runs_of(shortened("web_service_traffic", 6.0, CRASH), 12, seed=31):
        sent, ended = (run.requests[c].astype(float) for c in ("sent_s", "ended_s"))
        outcome = WORDS[run.requests["outcome"]]
        latency = float((ended - sent)[outcome == "ok"].mean())
        theirs.append([float(np.mean(outcome == "error")), latency, float(sent.size)])
    compare(_web(CRASH_WEB, 30, seed=32)[1], theirs, [0.25, 0.03, 0.045])
    told_apart(_web(replace(CRASH_WEB, db_work=0.005), 30, seed=32)[1], theirs)


# --- fraud_api: both providers silent for 27 seconds

BOTH = Fault(
    ("fraud", "fraud_2"),
    when=At((3.0,)),
    lasts=27.0,
    effect=Effect(up=False, silent=True),
    together=True,
    name="both",
)
SHOP = Shop(down=3.0, up=30.0)
SHOP_EDGES = [3.0, 5.0, 10.0, 30.0, 34.0, 36.0, 44.0]
OK_DETECTS = [0.33, 0.2, 0.1, 0.25, 0.2, 0.01]
LATENCY_DETECTS = [0.11, 0.09, 0.04, 0.1, 0.15, 0.08]
REST_DETECTS = [0.16, 0.33, 0.18, 0.25]
SHOP_DETECTS = [*OK_DETECTS, *LATENCY_DETECTS, *REST_DETECTS]


def _shop_row(
    sent: Array,
    latency: Array,
    ok: npt.NDArray[np.bool_],
    truth: npt.NDArray[np.str_],
    asked: Array,
) -> list[float]:
    """By window the share ok (the rest is degraded) and the mean latency; truths; reviews."""
    window = np.digitize(sent, SHOP_EDGES)
    mean = [float(np.mean(latency[window == k])) for k in range(1, len(SHOP_EDGES))]
    dark = (sent > 3.0) & (sent < 29.0)
    provisional = float(np.mean(truth[dark] == "provisional"))
    reviews = np.histogram(asked, [0.0, 10.0, 30.0, 46.0])[0].astype(float)
    return [*shares(sent, ok, SHOP_EDGES), *mean, provisional, *reviews]


def _shop(shop: Shop, runs: int, seed: int) -> Rows:
    rng, rows = np.random.default_rng(seed), []
    for _ in range(runs):
        requests, reviews = fraud_api(rng, 46.0, shop)
        sent, ended = (requests[c].astype(float) for c in ("sent", "ended"))
        ok = requests["outcome"] == "ok"
        rows.append(_shop_row(sent, ended - sent, ok, requests["truth"], reviews["sent"]))
    return rows


def test_fraud_api_agrees_with_its_own_luck() -> None:
    theirs = []
    for run in runs_of(shortened("fraud_api", 46.0, BOTH), 20, seed=31):
        table, rows = run.requests, run.attempts
        sent, ended = (table[c].astype(float) for c in ("sent_s", "ended_s"))
        asked = rows["sent_s"][rows["site"] == run.sites.index("review>fraud")].astype(float)
        ok, truth = WORDS[table["outcome"]] == "ok", np.array(TRUTHS)[table["truth"]]
        assert set(WORDS[table["outcome"]]) <= {"ok", "degraded", "in_flight"}
        theirs.append(_shop_row(sent, ended - sent, ok, truth, asked))
    compare(_shop(SHOP, 120, seed=32), theirs, SHOP_DETECTS)
    changes: list[Callable[[Shop], Shop]] = [
        lambda shop: replace(shop, failures=8),
        lambda shop: replace(shop, stays_open=28.0),
        lambda shop: replace(shop, decides=0.85),
    ]
    for change in changes:
        told_apart(_shop(change(SHOP), 40, seed=33), theirs)


def test_fraud_api_providers_are_down_one_percent_of_the_time_each() -> None:
    """The long-run faults: own crashes at 99 %, and an hour a year together (products)."""
    scenario = CATALOGUE["fraud_api"].build()
    assert isinstance(scenario, Scenario)
    year = 8760 * 3600.0
    down = 1 - 0.99 * year / (year + 3600.0)
    for pool in ("fraud", "fraud_2"):
        assert exact.unavailability(scenario, pool=pool) == pytest.approx(down, rel=1e-9, abs=0)
