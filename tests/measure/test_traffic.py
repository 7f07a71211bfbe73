"""Threads, queues and errors of pools: by hand, and against M/M/c on the engine's rows."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import simulator
from simulator import Call, Exponential, Poisson, Pool, Scenario, Source, System, Work, exact
from simulator.describe.effects import Effect
from simulator.errors import DescriptionError
from simulator.measure.traffic import rate_errors_duration, utilisation
from simulator.measure.wasted import held_until, wasted_work
from simulator.tables.outcomes import Outcomes
from simulator.tables.timeline import Spell, Timeline
from tests.measure.rows_by_hand import NEVER, attempt, outcomes
from tests.statistical import check_mean

USERS = Source("users", Poisson(1.0), to=Call("db"))
SCENARIO = Scenario(System([Pool("db", members=2, threads=2)]), sources=[USERS], horizon=10.0)

ROWS = [
    attempt(0.0, 0.0, 2.0, 2.0),  # well: 2 s
    attempt(0.0, 1.0, 4.0, 1.5, "timeout"),  # served for nobody: 3 s
    attempt(1.0, 1.0, 2.0, 2.0, "error", cause="error"),  # worked in vain: 1 s
    attempt(2.0, NEVER, NEVER, 2.0, "shed", cause="queue full"),
    attempt(3.0, NEVER, NEVER, 5.0, "shed", cause="expired"),  # waited 2 s
    attempt(4.0, 5.0, NEVER, 6.0, "timeout", member=1),  # crashed at 7, or served until the end
    attempt(6.0, 8.0, NEVER, NEVER, "in_flight", member=1),  # 2 s, not wasted
    attempt(7.0, 7.0, 8.0, 7.5, "cancelled", cause="hedged"),  # 1 s for the loser of a hedge
    attempt(8.0, NEVER, NEVER, 8.0, "rejected", cause="breaker open", member=-1),
]
CRASH = Timeline([Spell(7.0, 7.5, "db[1].crash", (("db", 1),), Effect(up=False))])


def test_thread_time_by_hand() -> None:
    got = held_until(outcomes([], ROWS))
    assert got[[0, 1, 2, 5, 6, 7]].tolist() == [2.0, 4.0, 2.0, 10.0, 10.0, 8.0]
    assert np.isnan(got[[3, 4, 8]]).all()
    assert held_until(outcomes([], ROWS), CRASH)[5:7].tolist() == [7.0, 10.0]


def test_a_crash_that_the_row_knows() -> None:
    row = attempt(0.0, 1.0, NEVER, 3.0, "error", cause="crashed")
    assert held_until(outcomes([], [row])).tolist() == [3.0]


def test_wasted_work_by_hand() -> None:
    got = wasted_work(outcomes([], ROWS), CRASH).iloc[0]
    assert (got["call"], got["pool"]) == ("users>db", "db")
    # threads held: 2 + 3 + 1 + 2 (until the crash) + 2 + 1
    assert (got["worked_s"], got["left_s"], got["failed_s"]) == (11.0, 3.0 + 2.0 + 1.0, 1.0)
    assert got["wasted_share"] == pytest.approx(7 / 11, rel=1e-12, abs=0)
    assert math.isnan(wasted_work(outcomes([]))["wasted_share"][0])


def test_rate_errors_and_duration_by_hand() -> None:
    got = rate_errors_duration(outcomes([], ROWS)).iloc[0]
    assert (got["attempts"], got["rate_per_s"]) == (8, 0.8)  # the rejected one never came
    # ended and not cancelled: 6
    assert got["error_share"] == pytest.approx(1 / 6, rel=1e-12, abs=0)
    assert got["timeout_share"] == pytest.approx(2 / 6, rel=1e-12, abs=0)
    assert got["shed_share"] == pytest.approx(2 / 6, rel=1e-12, abs=0)
    assert got["failed_share"] == pytest.approx(5 / 6, rel=1e-12, abs=0)
    assert (got["mean_s"], got["p50_s"], got["p99_s"]) == (2.0, 2.0, 2.0)


def test_utilisation_by_hand() -> None:
    got = utilisation(outcomes([], ROWS), SCENARIO, CRASH).iloc[0]
    assert (got["threads"], got["busy"]) == (4.0, 1.1)
    assert got["utilisation"] == pytest.approx(1.1 / 4, rel=1e-12, abs=0)
    # waits: 0 + 1 + 0 + 2 (expired) + 1 + 2 + 0
    assert got["waiting"] == pytest.approx(0.6, rel=1e-12, abs=0)
    assert (got["longest_wait_s"], got["shed"]) == (2.0, 2)
    assert got["wasted_share"] == pytest.approx(7 / 11, rel=1e-12, abs=0)


def test_a_scenario_of_other_pools_is_refused() -> None:
    other = Scenario(System([Pool("disk")]), horizon=1.0)
    with pytest.raises(DescriptionError, match="other pools"):
        utilisation(outcomes([], ROWS), other)


RATE, SERVED, THREADS = 160.0, 100.0, 2


def mmc_runs() -> list[tuple[Scenario, Outcomes]]:
    db = Pool("db", threads=THREADS, serve=[Work(Exponential(1 / SERVED))])
    users = Source("users", Poisson(RATE), to=Call("db"))
    scenario = Scenario(System([db]), sources=[users], horizon=60.0)
    return [(scenario, simulator.traffic(scenario, replication=r).outcomes) for r in range(12)]


@functools.cache
def mmc_tables() -> list[dict[str, float]]:
    return [
        utilisation(run, scenario).iloc[0].to_dict() | rate_errors_duration(run).iloc[0].to_dict()
        for scenario, run in mmc_runs()
    ]


def test_mm2_agrees_with_the_formulas() -> None:
    """Utilisation rho = 0.8, queue length Lq = rate Wq, sojourn Wq + 1/mu (Erlang C)."""
    wait = exact.mmc(rate=RATE, service=1 / SERVED, servers=THREADS).mean_wait
    tables = mmc_tables()
    check_mean([t["utilisation"] for t in tables], RATE / SERVED / THREADS, detects=0.03)
    check_mean([t["rate_per_s"] for t in tables], RATE, detects=0.03)
    check_mean([t["waiting"] for t in tables], RATE * wait, detects=0.35)
    check_mean([t["mean_s"] for t in tables], wait + 1 / SERVED, detects=0.25)
    with pytest.raises(AssertionError):  # the queue with its servers is a longer one
        check_mean([t["waiting"] for t in tables], RATE * (wait + 1 / SERVED), detects=0.35)
