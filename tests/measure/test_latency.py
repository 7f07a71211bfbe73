"""Percentiles of latency against closed forms, with coverage and negative controls."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.clusters import quantile_estimate
from simulator.measure.latency import QUANTILES, histogram_quantiles, latencies, latency_quantiles
from simulator.tables.outcomes import Outcomes
from tests.measure.rows_by_hand import NEVER, outcomes, request


def run_of(sent: np.ndarray, took: np.ndarray, horizon_s: float) -> Outcomes:
    zeros = np.zeros(sent.size, dtype=int)
    columns = {"source": zeros, "outcome": zeros, "sent_s": sent, "ended_s": sent + took}
    return replace(outcomes([], horizon_s=horizon_s), requests=columns)


def mm1(seed: int, count: int, rate: float, served: float) -> Outcomes:
    """Sojourns of an M/M/1 queue begun in its steady state: the walk less its running minimum."""
    rng = np.random.default_rng([seed, 5])
    gaps, works = rng.exponential(1 / rate, count), rng.exponential(1 / served, count)
    first = rng.exponential(1 / (served - rate)) if rng.random() < rate / served else 0.0
    walk = np.concatenate([[first], works[:-1] - gaps[1:]]).cumsum()
    took = walk - np.minimum(np.minimum.accumulate(walk), 0.0) + works
    sent = np.cumsum(np.concatenate([[0.0], gaps[1:]]))
    return run_of(sent, took, float(sent[-1]) + 1e-9)


def test_only_what_ended_well_counts() -> None:
    rows = [
        request(0.0, 1.0),
        request(1.0, 3.0, "degraded"),
        request(2.0, 9.0, "timeout"),
        request(3.0, NEVER, "in_flight"),
        request(4.0, 4.5, source=1),
    ]
    run = outcomes(rows, sources=("users", "jobs"))
    assert latencies(run, "users")[1].tolist() == [1.0, 2.0]
    assert latencies(run)[1].tolist() == [1.0, 2.0, 0.5]
    assert latency_quantiles(run, "users")[0.5].value == 1.0


def test_a_hundred_values_by_hand() -> None:
    """1 .. 100 ms in shuffled order: the 50th, 95th and 99th; bounds are order statistics."""
    took = np.random.default_rng(1).permutation(np.arange(1, 101)) / 1000
    found = latency_quantiles(run_of(np.linspace(0, 9, 100), took, 10.0))
    assert [round(found[q].value, 9) for q in (0.5, 0.95, 0.99)] == [0.05, 0.095, 0.099]
    assert found[0.5].low <= 0.040  # ranks 40 and 61 enclose the median of 100 with 95 %
    assert found[0.5].high >= 0.061 * (1 - 1e-9)
    assert found[0.999].high == math.inf


def test_equal_latencies_stay_equal() -> None:
    """A fixed service time: differences of times carry rounding errors, which are no spread."""
    sent = np.arange(2_000.0) / 7
    found = latency_quantiles(run_of(sent, np.full(2_000, 1 / 300), 300.0), quantiles=[0.5])[0.5]
    assert (found.low, found.value, found.high) == (0.003333333,) * 3


def test_the_interval_covers_in_a_queue_and_a_naive_one_does_not() -> None:
    """M/M/1 at 0.8: sojourns are exponential at 20/s, p95 = ln 20 / 20 s."""
    truth = math.log(20) / 20
    ours, naive = 0, 0
    for seed in range(100):
        run = mm1(seed, 15_000, 80.0, 100.0)
        ours += latency_quantiles(run, quantiles=[0.95])[0.95].covers(truth)
        naive += quantile_estimate(latencies(run)[1], 0.95).covers(truth)
    assert ours / 100 >= 0.9
    assert naive / 100 <= 0.6  # the negative control: ranks of independent values


def test_replications_with_a_t_interval() -> None:
    """Exponential latencies, 1,000 a run: each percentile is -ln(1 - p), up to 1/n."""
    rng = np.random.default_rng(3)
    runs = [run_of(np.arange(1000.0), rng.exponential(1.0, 1000), 1000.0) for _ in range(60)]
    for q, found in latency_quantiles(runs, quantiles=(0.5, 0.9, 0.99)).items():
        assert abs(found.z(-math.log1p(-q))) < 4.5
        assert abs(found.z(-math.log1p(-q) * 1.2)) > 4.5
        assert found.method == "t over 60 replications"
        assert found.n == 60


def test_a_run_without_a_good_request_is_told() -> None:
    bad = outcomes([request(0.0, 1.0, "timeout")])
    good = outcomes([request(0.0, 1.0), request(1.0, 3.0)])
    assert "1 had no good request" in latency_quantiles([good, bad, good])[0.5].method
    assert "1 runs had no good request" in latency_quantiles([good, bad])[0.5].method
    with pytest.raises(NotEnoughData, match="no request ended well"):
        latency_quantiles(bad)


def test_the_histogram_agrees_with_the_values_to_a_bin() -> None:
    rng = np.random.default_rng(4)
    values = rng.lognormal(-5.0, 1.0, 50_000)
    bins = np.floor(np.log(values / 1e-6) / math.log(1.01)).astype(int)
    found = histogram_quantiles(np.bincount(bins, minlength=3000), 1e-6, 1.01)
    for q in QUANTILES:
        exact = quantile_estimate(values, q)
        assert found[q].value == pytest.approx(exact.value, rel=0.0101, abs=0)
        assert exact.low / 1.0101 <= found[q].low <= exact.low * (1 + 1e-9)
        assert exact.high * (1 - 1e-9) <= found[q].high <= exact.high * 1.0101
        truth = math.exp(-5.0 + stats.norm.ppf(q))
        assert found[q].covers(truth)


def test_a_histogram_of_one_value() -> None:
    counts = np.zeros(10, dtype=np.int64)
    counts[3] = 1
    found = histogram_quantiles(counts, 1.0, 2.0, [0.5])[0.5]
    assert 8.0 <= found.value <= 16.0
    assert (found.low, found.high) == (0.0, math.inf)  # a single value bounds nothing


def test_bad_questions_are_named() -> None:
    good = outcomes([request(0.0, 1.0), request(1.0, 3.0)])
    for runs in (good, [good, good]):
        with pytest.raises(DescriptionError, match="between 0 and 1"):
            latency_quantiles(runs, quantiles=[99.0])
    with pytest.raises(DescriptionError, match="growth"):
        histogram_quantiles(np.ones(3, dtype=np.int64), 1.0, 1.0)
    with pytest.raises(DescriptionError, match="between 0 and 1"):
        histogram_quantiles(np.ones(3, dtype=np.int64), 1.0, 2.0, [1.5])
    with pytest.raises(NotEnoughData):
        histogram_quantiles(np.zeros(3, dtype=np.int64), 1.0, 2.0)
