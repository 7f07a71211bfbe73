"""Hedges and fan-out: simulated copies, closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import Deterministic, Exponential, Lognormal, Mixture
from simulator.run.exact.hedging import (
    fan_out_quantile,
    fan_out_slow,
    hedge_copies,
    hedged_quantile,
    hedged_tail,
)
from tests.statistical import check_mean, check_proportion


def test_exponential_copies():
    """Each copy adds its own rate: exp(-t - (t-d) - (t-2d))."""
    for t, truth in ((0.5, 0.5), (1.5, 2.0), (3.0, 6.0)):
        found = hedged_tail(Exponential(1.0), after=1, t=t, copies=3)
        assert found == pytest.approx(math.exp(-truth), rel=1e-13, abs=0)


def test_one_copy_and_all_at_once():
    law = Lognormal(0.1, 1.0)
    assert hedged_tail(law, after=1, t=0.3, copies=1) == pytest.approx(
        law.survival(0.3), rel=1e-13, abs=0
    )
    assert hedged_tail(law, after=0, t=0.3, copies=4) == pytest.approx(
        law.survival(0.3) ** 4, rel=1e-12, abs=0
    )
    assert hedged_tail(Deterministic(1.0), after=0.5, t=1.0) == 0.0


def test_simulated_copies():
    law, rng = Lognormal(0.1, 1.0), np.random.default_rng(4)
    times = law.sample(rng, (200_000, 2)) + np.array([0.0, 0.2])
    late = int((times.min(axis=1) > 0.5).sum())
    check_proportion(late, 200_000, hedged_tail(law, after=0.2, t=0.5), detects=0.15)
    with pytest.raises(AssertionError):
        check_proportion(late, 200_000, hedged_tail(law, after=0.0, t=0.5), detects=0.15)
    check_mean(1 + (times[:, 0] > 0.2), hedge_copies(law, after=0.2), detects=0.01)


def test_copies_of_three():
    assert hedge_copies(Exponential(1.0), after=1, copies=3) == pytest.approx(
        1 + math.exp(-1) + math.exp(-3), rel=1e-14, abs=0
    )


def test_quantiles():
    law = Exponential(1.0)
    at = hedged_quantile(law, after=0.5, p=0.999)
    assert hedged_tail(law, after=0.5, t=at) == pytest.approx(0.001, rel=1e-9, abs=0)
    jumps = Mixture((0.9, 0.1), (Deterministic(1.0), Deterministic(10.0)))
    assert hedged_quantile(jumps, after=2.0, p=0.95) == pytest.approx(3.0, rel=1e-12, abs=0)
    assert hedged_quantile(law, after=0.5, p=0) == pytest.approx(0.0, rel=0, abs=1e-12)


def test_fan_out():
    assert fan_out_slow(100, 0.01) == pytest.approx(1 - 0.99**100, rel=1e-13, abs=0)
    assert fan_out_slow(10, 1e-18) == pytest.approx(1e-17, rel=1e-12, abs=0)
    assert (fan_out_slow(3, 0.0), fan_out_slow(3, 1.0)) == (0.0, 1.0)
    law = Lognormal(0.01, 0.7)
    for calls, p in ((1, 0.5), (100, 0.5), (2000, 0.999)):
        at = fan_out_quantile(law, calls=calls, p=p)
        assert law.cdf(at) ** calls == pytest.approx(p, rel=1e-9, abs=0)
    assert fan_out_quantile(law, calls=5, p=0.0) == 0.0
