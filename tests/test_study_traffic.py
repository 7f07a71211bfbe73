"""Designs on the same luck: what cannot differ does not, what must is found."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from simulator import (
    At,
    Call,
    Effect,
    Exponential,
    Fault,
    Poisson,
    Pool,
    Retry,
    Scenario,
    Source,
    System,
    Work,
)
from simulator.errors import DescriptionError, NotSupported
from simulator.study_traffic import MEASURES, compare_traffic


def scenario_of(retry: Retry | None = None, threads: int = 10, faults: bool = True) -> Scenario:
    db = Pool("db", threads=threads, serve=[Work(Exponential(0.02))])
    users = Source("users", Poisson(50.0), to=Call("db", timeout=0.5, retry=retry))
    bad = [Fault("db", when=At(5.0), effect=Effect(error=0.4), lasts=5.0)] if faults else []
    return Scenario(System([db]), sources=[users], faults=bad, horizon=20.0)


def shown(table: pd.DataFrame, measure: str, design: str) -> dict[str, float]:
    row = table[(table["measure"] == measure) & (table["design"] == design)]
    assert len(row) == 1
    return dict(row.iloc[0])


def test_retries_against_none() -> None:
    """Errors in a share of 0.4 for a quarter of the time: 0.1 of requests fail, or 0.4 x 0.1."""
    designs = {
        "none": scenario_of(),
        "one": scenario_of(Retry(2)),
        "more threads": scenario_of(threads=200),
    }
    got = compare_traffic(
        designs, ["ok_share", "attempts_per_request", "failed_requests"], replications=12
    )
    one = shown(got, "ok_share", "one")
    assert one["difference_low"] < 0.1 * 0.6 < one["difference_high"]
    assert one["difference_low"] > 0.04
    tries = shown(got, "attempts_per_request", "one")
    assert tries["difference_low"] < 0.1 < tries["difference_high"]
    assert shown(got, "failed_requests", "one")["difference_high"] < 0
    # ten threads at 50/s x 20 ms are never all taken: the errors are the same ones
    same = shown(got, "failed_requests", "more threads")
    assert same["difference"] == 0.0
    assert math.isnan(same["difference_low"])
    assert same["method"] == "none of 12 pairs differs"
    # a share has a largest difference, so there is a bound: 1 - 0.05^(1/12)
    bound = shown(got, "ok_share", "more threads")["difference_high"]
    assert bound == pytest.approx(1 - 0.05 ** (1 / 12), rel=1e-9, abs=0)


def test_pairs_share_their_luck() -> None:
    """The spread of paired differences is far below that of independent runs."""
    designs = {"none": scenario_of(), "one": scenario_of(Retry(2))}
    got = compare_traffic(designs, ["goodput_per_s"], replications=12)
    row = shown(got, "goodput_per_s", "one")
    paired = row["difference_high"] - row["difference_low"]
    alone = math.hypot(
        row["high"] - row["low"], *np.ptp(got[["low", "high"]].iloc[0].to_numpy(), keepdims=True)
    )
    assert paired < alone / 2


def test_every_measure_has_a_number() -> None:
    got = compare_traffic(
        {"a": scenario_of(), "b": scenario_of(Retry(3))}, list(MEASURES), replications=3
    )
    assert len(got) == 2 * len(MEASURES)
    assert got["value"].notna().all()
    assert (got[got["design"] == "a"]["difference"] == 0.0).all()
    assert (got["pairs"] == 3).all()
    assert shown(got, "recovered_share", "a")["value"] == 1.0


def test_without_faults_nothing_recovers() -> None:
    got = compare_traffic({"a": scenario_of(faults=False)}, ["recovered_after_s"], replications=2)
    row = shown(got, "recovered_after_s", "a")
    assert math.isnan(row["value"])
    assert (row["pairs"], row["method"]) == (0, "no pair with a number")


def test_bad_questions_are_named() -> None:
    with pytest.raises(DescriptionError, match=r"'speed'.*goodput_per_s"):
        compare_traffic({"a": scenario_of()}, ["speed"])
    with pytest.raises(DescriptionError, match="no design"):
        compare_traffic({})
    with pytest.raises(DescriptionError, match="from 2"):
        compare_traffic({"a": scenario_of()}, replications=1)
    with pytest.raises(NotSupported, match="sources"):
        compare_traffic({"a": Scenario(System([Pool("db")]), horizon=1.0)}, replications=2)


def test_progress_counts_every_run() -> None:
    seen: list[tuple[int, int]] = []
    compare_traffic(
        {"a": scenario_of(), "b": scenario_of()}, ["ok_share"], replications=2,
        progress=lambda done, of: seen.append((done, of)),
    )  # fmt: skip
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
