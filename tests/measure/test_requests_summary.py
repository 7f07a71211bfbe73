"""What became of requests, counted by hand, with intervals from a formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simulator.measure.requests_summary import (
    answers_worth,
    attempts_by_cause,
    call_summary,
    outcome_shares,
    source_summary,
)
from tests.measure.rows_by_hand import NEVER, attempt, outcomes, request


def run_of(good: int, bad: int, horizon_s: float = 10.0) -> object:
    rows = [request(i * 1e-3, i * 1e-3 + 1.0) for i in range(good)]
    return outcomes(rows + [request(1.0, 2.0, "timeout", attempts=3)] * bad, horizon_s=horizon_s)


def test_shares_of_one_run() -> None:
    got = outcome_shares(run_of(90, 10)).set_index("outcome")  # type: ignore[arg-type]
    assert got["requests"].to_dict() == {
        "ok": 90, "degraded": 0, "error": 0, "timeout": 10, "rejected": 0, "shed": 0, "in_flight": 0,
    }  # fmt: skip
    assert got["share"]["timeout"] == pytest.approx(0.1, rel=1e-12, abs=0)
    # Wilson, 10 of 100: (p + z^2/2n +- z sqrt(p q/n + z^2/4n^2)) / (1 + z^2/n)
    z, n, p = stats.norm.ppf(0.975), 100, 0.1
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    for key, sign in (("low", -1), ("high", 1)):
        end = (p + z * z / (2 * n) + sign * half) / (1 + z * z / n)
        assert got[key]["timeout"] == pytest.approx(end, rel=1e-9, abs=0)
    # none of 100: 1 - 0.05^(1/100)
    assert got["high"]["shed"] == pytest.approx(1 - 0.05**0.01, rel=1e-9, abs=0)
    assert "independence assumed" in got["method"]["timeout"]


def test_runs_that_fail_as_a_whole_have_wide_intervals() -> None:
    """Two of ten runs fail: as sure as two of ten trials, not as 200 of 1,000 requests."""
    runs = [run_of(0, 100) if i in (2, 7) else run_of(100, 0) for i in range(10)]
    row = outcome_shares(runs).set_index("outcome").loc["timeout"]  # type: ignore[arg-type]
    assert row["share"] == pytest.approx(0.2, rel=1e-12, abs=0)
    assert row["low"] < 0.06
    assert row["high"] > 0.5
    alone = outcome_shares(run_of(800, 200)).set_index("outcome").loc["timeout"]  # type: ignore[arg-type]
    assert alone["high"] - alone["low"] < 0.06


def test_each_source_by_itself_and_one_that_sends_nothing() -> None:
    rows = [request(0.0, 1.0), request(0.0, NEVER, "in_flight", source=1)]
    run = outcomes(rows, sources=("users", "jobs", "idle"))
    got = outcome_shares(run).set_index(["source", "outcome"])
    assert got["requests"]["users", "ok"] == got["requests"]["jobs", "in_flight"] == 1
    assert math.isnan(got["share"]["idle", "ok"])
    summary = source_summary(run).set_index("source")
    assert summary["goodput_per_s"].to_dict() == {"users": 0.1, "jobs": 0.0, "idle": 0.0}
    assert math.isnan(summary["p99_s"]["jobs"])
    assert math.isnan(summary["attempts_per_request"]["idle"])


def test_what_answers_were_worth() -> None:
    rows = [
        request(0.0, 1.0), request(0.0, 1.0, truth="stale"), request(0.0, 1.0, truth="wrong"),
        request(0.0, 1.0), request(0.0, 1.0, "degraded", truth="provisional"), request(0.0, 1.0, "error"),
    ]  # fmt: skip
    got = answers_worth(outcomes(rows)).set_index("outcome")
    ok = got.loc["ok"]
    assert (ok["answers"], ok["good"], ok["stale"], ok["wrong"]) == (4, 0.5, 0.25, 0.25)
    assert got.loc["degraded"]["provisional"] == 1.0


def test_source_summary_of_one_run_and_of_several() -> None:
    one = source_summary(run_of(80, 20)).iloc[0]  # type: ignore[arg-type]
    assert (one["requests"], one["offered_per_s"], one["goodput_per_s"]) == (100, 10.0, 8.0)
    assert one["attempts_per_request"] == pytest.approx(0.8 + 0.2 * 3, rel=1e-12, abs=0)
    assert math.isnan(one["goodput_per_s_low"])
    assert one["p50_s"] == pytest.approx(1.0, rel=1e-12, abs=0)
    many = source_summary([run_of(80, 20), run_of(60, 40)]).iloc[0]  # type: ignore[list-item]
    t = stats.t.ppf(0.975, 1)  # two runs: mean 7, standard error 1
    assert many["goodput_per_s"] == pytest.approx(7.0, rel=1e-12, abs=0)
    assert many["goodput_per_s_high"] == pytest.approx(7.0 + t, rel=1e-9, abs=0)


CALLS = {"sites": ("users>app", "app>db"), "pools": ("app", "db"), "callee": (0, 1)}
ROWS = [
    attempt(0.0, 0.0, 1.0, 1.0),
    attempt(0.2, 0.2, 0.4, 0.4, "error", site=1, parent=0, cause="error", epoch=0),
    attempt(0.5, 0.5, 0.9, 0.9, site=1, parent=0, attempt=1, epoch=0),
    attempt(2.0, NEVER, NEVER, 2.0, "rejected", site=1, parent=0, cause="breaker open", member=-1),
]


def test_calls_by_hand() -> None:
    got = call_summary(outcomes([], ROWS, **CALLS)).set_index("call")  # type: ignore[arg-type]
    db = got.loc["app>db"]
    assert (db["attempts"], db["on_the_wire"], db["openings"]) == (3, 2, 1.0)
    for key in ("again_share", "well_share", "rejected_share"):
        assert db[key] == pytest.approx(1 / 3, rel=1e-12, abs=0)
    assert db["worked_s"] == pytest.approx(0.6, rel=1e-12, abs=0)
    assert db["wasted_share"] == pytest.approx(1 / 3, rel=1e-9, abs=0)
    assert math.isnan(got["openings"]["users>app"])


def test_attempts_by_cause() -> None:
    got = attempts_by_cause(outcomes([], [*ROWS, ROWS[3]], **CALLS))  # type: ignore[arg-type]
    told = [(r.call, r.outcome, r.cause, r.attempts) for r in got.itertuples()]
    assert told == [
        ("users>app", "ok", "", 1),
        ("app>db", "rejected", "breaker open", 2),
        ("app>db", "ok", "", 1),
        ("app>db", "error", "error", 1),
    ]
    np.testing.assert_allclose(got.groupby("call")["share"].sum(), 1.0, rtol=1e-12)
    assert attempts_by_cause(outcomes([])).empty
