"""Whose the downtime is: shares by cause add up, and are the exact ones."""

from __future__ import annotations

import numpy as np
import pytest

from models import get
from models.web_service import web_service
from simulator import HOUR, YEAR, Crew, Exponential, Pool, Scenario, System, crash, exact
from simulator.replicate import replicate
from tests.statistical import check_ratio


def hours(mean: float) -> Exponential:
    return Exponential(mean * HOUR)


def weak_web_service() -> Scenario:
    """The document's web service with members so weak that every pool has its share."""
    system = web_service(repair=hours(4), lb=0.995, app=0.8, cache=0.9, db=0.985)
    return Scenario(system, horizon=YEAR, starts="equilibrium")


def crewed_pair() -> Scenario:
    """A balancer, and a database pair with two kinds of faults and one crew for all.

    From new, so the first of 1,000 mean repairs differ: 0.1 % of the downtime at most.
    """
    db = Pool("db", 2, faults=[
        crash(hours(100), hours(10), name="hardware"), crash(hours(60), hours(2), name="software"),
    ])  # fmt: skip
    lb = Pool("lb", faults=[crash(hours(400), hours(5))])
    return Scenario(System([lb, db]), controllers=[Crew("crew")], horizon=10_000 * HOUR)


@pytest.mark.parametrize(
    ("scenario", "detects"),
    [(weak_web_service(), 0.07), (crewed_pair(), 0.06)],
    ids=["web", "crew"],
)
def test_downtime_by_cause(scenario: Scenario, detects: float) -> None:
    """Shares sum to one and are the exact ones; shares of two causes exchanged are found out."""
    samples = replicate(scenario, seed=1, replications=1024, causes=True)
    causes, down = samples.causes, samples.system.down_s
    assert causes is not None
    assert causes.shared_s is not None
    np.testing.assert_allclose(causes.shared_s.sum(axis=1), down, rtol=1e-9, atol=0)
    np.testing.assert_allclose(causes.completed_s.sum(axis=1), down, rtol=1e-9, atol=0)
    assert np.array_equal(causes.completed.sum(axis=1), samples.system.failures)
    known = exact.downtime_shares(scenario)
    assert known.causes == causes.causes
    assert known.shared.sum() == pytest.approx(1.0, rel=1e-12, abs=0)
    for column, (cause, share) in enumerate(zip(known.causes, known.shared, strict=True)):
        z = check_ratio(causes.shared_s[:, column], down, float(share), detects)
        print(f"{cause}: {share:.4f}, z = {z:+.2f}")
        other = float(known.shared[column - 1])
        with pytest.raises(AssertionError, match="z ="):
            check_ratio(causes.shared_s[:, column], down, other, detects=2.0)
    if known.completed is None:
        return
    for column, share in enumerate(known.completed):
        began = causes.completed[:, column]
        check_ratio(began, samples.system.failures, float(share), detects)


def test_downtime_by_cause_of_the_document() -> None:
    """Its database and balancer to 2 and 4 %, its caches to 30 %; its apps are hardly ever down."""
    scenario = get("web_service").build()
    samples = replicate(scenario, seed=1, replications=4096, causes=True)
    assert samples.causes is not None
    assert samples.causes.shared_s is not None
    known = exact.downtime_shares(scenario)
    shares = dict(zip(known.causes, known.shared, strict=True))
    seen = dict(zip(known.causes, samples.causes.shared_s.T, strict=True))
    down = samples.system.down_s
    u = {"lb": 1e-4, "app": 1e-9, "cache": 1e-6, "db": 5e-4}  # section 2.4, powers of 1e-3
    for pool, detects in (("db", 0.02), ("lb", 0.04), ("cache", 0.3)):
        share = float(shares[f"{pool}.crash"])
        assert share == pytest.approx(
            u[pool] / sum(u.values()), rel=2e-3, abs=0
        )  # overlaps are rare
        check_ratio(seen[f"{pool}.crash"], down, share, detects)
        with pytest.raises(AssertionError, match="z ="):
            check_ratio(seen[f"{pool}.crash"], down, (1 + 2 * detects) * share, detects)
    assert seen["app.crash"].sum() < 1e-4 * down.sum()
