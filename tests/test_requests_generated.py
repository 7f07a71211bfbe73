"""Whatever a run has been through, it can tell it, and what it tells adds up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from simulator.errors import NotEnoughData
from simulator.history import timeline_of
from simulator.measure.breakers import breaker_openings
from simulator.measure.latency import QUANTILES, histogram_quantiles, latency_quantiles
from simulator.measure.wasted import wasted_work
from simulator.requests import TrafficRun
from simulator.run.events.engine import Traffic
from simulator.run.events.record import Sums
from tests.run.events.scenarios import scenario

FEW = 24


def run_of(number: int) -> tuple[Traffic, TrafficRun]:
    described = scenario(number)
    timeline = timeline_of(described, seed=1)
    engine = Traffic(described, timeline, seed=1)
    return engine, TrafficRun(described, timeline, engine.finish(), 1, 0)


def check_words(run: TrafficRun) -> None:
    """Text, JSON and a trace of each source, without a stray NaN and within the columns."""
    text = run.text()
    assert "nan" not in text
    json.dumps(run.as_json(), allow_nan=False)
    requests = run.outcomes.requests
    for number, source in enumerate(run.outcomes.sources):
        ours = requests["number"][requests["source"] == number]
        for request in ours[:: max(1, ours.size // 3)]:
            assert max(map(len, run.trace(int(request), source).split("\n"))) <= 100


def check_sums(run: TrafficRun) -> None:
    """Rates integrate to counts, and no thread is busier than it can be."""
    horizon = run.outcomes.horizon_s
    table, counts = run.series(horizon / 7.3), run.outcomes.counts()
    widths = np.diff([*table["time_s"], horizon])
    sums = {c: float((table[c] * widths).sum()) for c in table.columns[1:-1]}
    good = counts["ok"] + counts["degraded"]
    assert sums["offered_per_s"] == pytest.approx(sum(counts.values()), rel=1e-9, abs=0)
    assert sums["goodput_per_s"] == pytest.approx(good, rel=1e-9, abs=1e-9)
    assert sums["timeouts_per_s"] == pytest.approx(counts["timeout"], rel=1e-9, abs=1e-9)
    pools = run.tables()["pools"]
    limited = pools[np.isfinite(pools["threads"])]
    assert (limited["utilisation"] <= 1 + 1e-9).all()
    for pool in run.outcomes.pools:
        waits = run.queue_wait(pool, horizon / 3)
        assert not (waits["mean_s"] > waits["max_s"] * (1 + 1e-9)).any()
        assert not (waits["mean_s"] < 0).any()


def check_breakers(engine: Traffic, run: TrafficRun) -> None:
    """The breakers themselves know: only openings at the end that nobody has met may be missing."""
    found = breaker_openings(run.outcomes, run._scopes())
    for site in engine.sites:
        truth = sum(b.openings for b in site.breakers.values())
        unmet = sum(b.state == "open" for b in site.breakers.values())
        assert truth - unmet <= found.get(site.name, 0) <= truth


@pytest.mark.parametrize("number", range(FEW))
def test_a_run_tells_what_happened(number: int) -> None:
    engine, run = run_of(number)
    check_words(run)
    check_sums(run)
    check_breakers(engine, run)


@pytest.mark.slow
def test_many_runs_tell_what_happened() -> None:
    for number in range(FEW, 300):
        engine, run = run_of(number)
        check_words(run)
        check_sums(run)
        check_breakers(engine, run)


@pytest.mark.parametrize("number", range(0, FEW, 3))
def test_rows_and_sums_agree(number: int) -> None:
    """The engine's own sums are made attempt by attempt, without rows."""
    _, run = run_of(number)
    bare = Traffic(run.scenario, run.timeline, seed=1, rows=False)
    bare.finish()
    sums = bare.record
    assert isinstance(sums, Sums)
    rows = run.outcomes.attempts
    served = ~np.isnan(rows["served_s"].astype(float))
    held = np.where(served, rows["served_s"] - rows["started_s"], 0.0)
    worked = np.bincount(rows["site"], np.nan_to_num(held), len(run.outcomes.sites))
    np.testing.assert_allclose(worked, sums.worked_s, rtol=1e-9, atol=1e-12)
    table = wasted_work(run.outcomes, run.timeline)
    assert (table["worked_s"] >= worked - 1e-9).all()  # it also counts what crashed or goes on
    for place, source in enumerate(run.outcomes.sources):
        try:
            exact = latency_quantiles(run.outcomes, source)
        except NotEnoughData:
            assert sums.histogram(place).sum() == 0
            continue
        binned = histogram_quantiles(sums.histogram(place), sums.LEAST, sums.GROWTH)
        for q in QUANTILES:
            assert binned[q].value == pytest.approx(exact[q].value, rel=0.0101, abs=1.1e-6)
