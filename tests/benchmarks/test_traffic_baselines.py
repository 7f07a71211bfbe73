"""The SimPy programs that traffic is compared with give the answers that our engine gives.

Two programs that share no code and no random numbers, replication by replication; the error of a
difference is that of both. Each check stands beside one that must fail.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.tables.outcomes import CAUSES
from tests.benchmarks.baseline import simpy_program_c, simpy_w3
from tests.benchmarks.traffic_table import QUICK_TRAFFIC, traffic_lines
from tests.benchmarks.traffic_workloads import (
    client_with_breaker,
    rows,
    slow_spell,
    web_service,
)
from tests.statistical import check_estimate

REPLICATIONS = 6
SEED = 20260101


def check_same(theirs, ours, detects):
    """Two sets of replications have the same mean."""
    a, b = np.asarray(theirs, dtype=float), np.asarray(ours, dtype=float)
    error = math.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    return check_estimate(float(a.mean()), error, float(b.mean()), detects)


def seen_by_us(scenario, seed, site):
    """Shares of requests, attempts per request at one call, quantiles of the latency."""
    found = rows(scenario, seed)
    requests = found.requests
    took = (requests["ended_s"] - requests["sent_s"])[requests["outcome"] <= 1]
    ended, counts = np.isfinite(requests["ended_s"]).sum(), found.counts()
    here = found.attempts["site"] == found.sites.index(site)
    stopped = found.attempts["cause"] == CAUSES.index("breaker open")
    made, wired = here.sum(), (here & ~stopped).sum()
    shares = {f"{word} share": n / ended for word, n in counts.items()}
    return shares | _told(took, made, wired, len(requests["number"]))


def seen_in_simpy(seen, attempts):
    """The same of a SimPy program."""
    ended = sum(seen.ended.values())
    shares = {f"{word} share": n / ended for word, n in seen.ended.items()}
    return shares | _told(np.array(seen.latencies), attempts, attempts, seen.sent)


def _told(took, made, wired, requests):
    return {
        "made": made / requests,
        "wired": wired / requests,
        "median": np.quantile(took, 0.5),
        "p99": np.quantile(took, 0.99),
    }


def columns(tables, key):
    return [[row[key] for row in table] for table in tables]


def both_w3(rate, horizon_s, timeout_s=0.1):
    theirs, ours = [], []
    for k in range(REPLICATIONS):
        rng = np.random.default_rng([SEED, k])
        seen = simpy_w3.client_with_breaker(horizon_s, rng, rate)
        theirs.append(seen_in_simpy(seen, seen.attempts))
        scenario = client_with_breaker(horizon_s, rate, timeout_s)
        ours.append(seen_by_us(scenario, SEED + k, "client>service"))
    return theirs, ours


@pytest.mark.slow
def test_simpy_w3_gives_our_answers_at_the_load_of_the_benchmark():
    tables = both_w3(1500.0, 12.0)
    check_same(*columns(tables, "wired"), detects=0.02)
    check_same(*columns(tables, "median"), detects=0.10)
    check_same(*columns(tables, "p99"), detects=0.10)
    check_same(*columns(tables, "ok share"), detects=0.01)
    patient = both_w3(1500.0, 12.0, timeout_s=0.12)
    with pytest.raises(AssertionError):
        check_same(*columns(patient, "wired"), detects=0.02)


@pytest.mark.slow
def test_simpy_w3_gives_our_answers_when_the_breaker_opens():
    tables = both_w3(2600.0, 12.0)
    assert min(columns(tables, "rejected share")[0]) > 0.1
    check_same(*columns(tables, "rejected share"), detects=0.15)
    check_same(*columns(tables, "ok share"), detects=0.15)
    check_same(*columns(tables, "wired"), detects=0.15)


@pytest.mark.slow
def test_simpy_program_c_gives_our_answers():
    theirs, ours, without = [], [], []
    horizon_s = 6.0
    for k in range(REPLICATIONS):
        rng = np.random.default_rng([SEED, k])
        seen = simpy_program_c.web_service(horizon_s, rng, slow_spell(horizon_s))
        theirs.append(seen_in_simpy(seen, seen.attempts["db"]))
        scenario = web_service(horizon_s)
        ours.append(seen_by_us(scenario, SEED + k, "app>db"))
        calm = scenario.set("faults.slow_db.effect.speed", 1.0)
        without.append(seen_by_us(calm, SEED + k, "app>db"))
    check_same(*columns((theirs, ours), "made"), detects=0.06)
    check_same(*columns((theirs, ours), "median"), detects=0.03)
    check_same(*columns((theirs, ours), "p99"), detects=0.15)
    check_same(*columns((theirs, ours), "ok share"), detects=0.01)
    with pytest.raises(AssertionError):
        check_same(*columns((theirs, without), "p99"), detects=0.20)


@pytest.mark.slow
def test_the_table_of_traffic_runs():
    text = "\n".join(traffic_lines(QUICK_TRAFFIC))
    assert "w3 with all rows / SimPy" in text
    assert "program_c with sums / SimPy" in text
    assert "us per attempt" in text
    assert "memory for 2 times the horizon" in text
    for name in ("no controllers", "a runbook that never acts", "a health check every 5 s"):
        assert f"program_c, {name}" in text
