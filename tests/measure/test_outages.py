"""Summaries of outage lists, and how downtime splits into causes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.outages import downtime_by_cause, downtime_shares, outage_summary


def close(value: float, rel: float = 1e-12) -> object:
    return pytest.approx(value, rel=rel, abs=0)


def test_summary_of_a_hand_made_list() -> None:
    start, end = np.array([0.0, 10.0, 5.0, 7.0]), np.array([1.0, 12.0, 9.0, 8.0])
    got = outage_summary(start, end, np.array([0, 0, 1, 3]), 5)
    assert (got.count, got.mean.value, got.median.value, got.longest_s) == (4, 2.0, 1.0, 4.0)
    assert got.p95.value == 4.0
    assert got.p95.high == math.inf
    assert got.mean.low < 2.0 < got.mean.high


def test_mean_and_median_of_exponential_outages_are_covered() -> None:
    """500 runs with some 90 outages of mean 2 s: each of the three intervals covers in 92-99 %."""
    hits = []
    for run in range(500):
        rng = np.random.default_rng([run, 3])
        owner = np.sort(rng.integers(0, 40, rng.poisson(90)))
        start = rng.random(owner.size)
        got = outage_summary(start, start + rng.exponential(2.0, owner.size), owner, 40)
        p95 = -2.0 * math.log(0.05)
        hits.append((got.mean.covers(2.0), got.median.covers(2 * math.log(2)), got.p95.covers(p95)))
    assert (np.mean(hits, axis=0) >= 0.92).all()
    assert (np.mean(hits, axis=0) <= 0.99).all()


def test_downtime_by_cause_adds_up() -> None:
    start, end = np.array([0.0, 10.0, 5.0]), np.array([1.0, 12.0, 9.0])
    table = downtime_by_cause(start, end, np.array([2, 0, 2]), 3, np.array([0, 0, 1]), 4)
    assert table.tolist() == [[2, 0, 1], [0, 0, 4], [0, 0, 0], [0, 0, 0]]
    shares = downtime_shares(table)
    assert [s.value for s in shares] == [close(2 / 7), 0.0, close(5 / 7)]
    assert sum(s.value for s in shares) == close(1.0)


def test_a_cause_never_seen_gets_a_bound_and_the_only_one_too() -> None:
    table = np.zeros((30, 2))
    table[:20, 0] = 3.0
    only, never = downtime_shares(table)
    assert (never.side, never.high) == ("upper", close(1 - 0.05 ** (1 / 20)))
    assert (only.side, only.low) == ("lower", close(0.05 ** (1 / 20)))


def test_shares_fixed_in_every_replication_have_no_spread() -> None:
    first, second = downtime_shares(np.outer([1.0, 2.0, 4.0], [0.25, 0.75]))
    assert (first.low, first.value, first.high) == (0.25, 0.25, 0.25)
    assert second.error == 0.0


def test_shares_cover_and_a_shorter_interval_does_not() -> None:
    """1,000 runs of 300 replications, some 120 outages: cause 0 in 20 % of them but twice as long.

    The share is 0.2 * 2 / (0.2 * 2 + 0.8) = 1/3.
    """
    covered, short = [], []
    for run in range(1_000):
        rng = np.random.default_rng([run, 5])
        owner = rng.integers(0, 300, rng.poisson(120))
        cause = (rng.random(owner.size) < 0.8).astype(int)
        length = rng.exponential(np.where(cause == 0, 2.0, 1.0))
        table = downtime_by_cause(np.zeros(owner.size), length, cause, 2, owner, 300)
        share = downtime_shares(table)[0]
        covered.append(share.covers(1 / 3))
        short.append(abs(share.value - 1 / 3) <= 0.75 * share.half_width)
    assert 0.93 <= np.mean(covered) <= 0.98
    assert np.mean(short) < 0.91


def test_too_little_is_said() -> None:
    empty = np.array([], dtype=int)
    with pytest.raises(NotEnoughData, match="no outage"):
        outage_summary([], [], empty, 5)
    with pytest.raises(NotEnoughData, match="1 replications") as caught:
        outage_summary([0.0, 3.0], [1.0, 6.0], np.array([0, 0]), 5)
    assert caught.value.estimate == 2.0
    with pytest.raises(NotEnoughData, match="downtime in 1"):
        downtime_shares(np.array([[1.0, 2.0], [0.0, 0.0]]))


@pytest.mark.parametrize(
    ("start", "end", "owner", "culprit"),
    [
        ([1.0], [0.5], [0], "not before it starts"),
        ([1.0], [math.inf], [0], "must end"),
        ([1.0, 2.0], [3.0], [0, 0], "equal length"),
        ([1.0], [2.0], [5], "0 to 4 is allowed"),
        ([1.0], [2.0], [0.5], "whole numbers"),
    ],
)
def test_impossible_lists_are_named(start: list, end: list, owner: list, culprit: str) -> None:
    with pytest.raises(DescriptionError, match=culprit):
        outage_summary(start, end, owner, 5)


@pytest.mark.parametrize("bad", [np.zeros(3), np.array([[1.0, -1.0]]), np.zeros((0, 2))])
def test_tables_that_are_none_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(DescriptionError, match="down_by_cause_s"):
        downtime_shares(bad)
