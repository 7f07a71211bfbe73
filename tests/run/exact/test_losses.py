"""Losses: averages over the moment of failure, mixtures by quadrature, a stated chain."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.run.exact.losses import backlog_loss, lag_loss, snapshot_loss
from simulator.run.exact.queues import mmck


@pytest.mark.parametrize("transfer", [0.0, 5.0, 130.0])
def test_snapshots_by_the_moment_of_failure(transfer):
    """A snapshot at every 60 s; the newest that was safe at the failure counts."""
    at = 600 + (np.arange(6000) + 0.5) / 100
    newest = np.floor((at - transfer) / 60) * 60
    lost = at - newest
    found = snapshot_loss(period=60, transfer=transfer)
    assert found.mean == pytest.approx(lost.mean(), rel=1e-9, abs=0)
    assert (found.least, found.most) == pytest.approx((lost.min(), lost.max()), rel=0, abs=0.006)
    for t in (transfer + 15.0, transfer + 45.0):
        assert found.tail(t) == pytest.approx((lost > t).mean(), rel=1e-9, abs=0)
        assert found.quantile(1 - found.tail(t)) == pytest.approx(t, rel=1e-12, abs=0)
    assert (found.tail(0), found.tail(1e6)) == (1.0, 0.0)


def test_lag_mixes_poisson_counts():
    """P(n writes) is the Poisson probability averaged over the exponential lag."""
    from scipy.integrate import quad

    lag, rate = 0.2, 50.0
    found = lag_loss(lag=lag, rate=rate)

    def chance(n: int) -> float:
        def density(x: float) -> float:
            return math.exp(-x / lag - rate * x + n * math.log(rate * x) - math.lgamma(n + 1)) / lag

        return quad(density, 1e-15, 20 * lag, epsabs=0, epsrel=1e-11, limit=200)[0]

    assert found.none == pytest.approx(chance(0), rel=1e-9, abs=0)
    for n in (1, 4, 20):
        assert found.at_least(n) - found.at_least(n + 1) == pytest.approx(
            chance(n), rel=1e-8, abs=0
        )
    assert found.mean == pytest.approx(
        sum(found.at_least(k) for k in range(1, 500)), rel=1e-12, abs=0
    )
    assert found.at_least(0) == 1.0
    assert lag_loss(lag=0, rate=50).none == 1.0


def test_a_backlog_of_writes_is_a_queue():
    found = backlog_loss(rate=0.7, service=1.0)
    shares = np.array(mmck(rate=0.7, service=1.0, places=300).shares)
    for k in (0, 1, 5, 30):
        assert found.at_least(k) == pytest.approx(shares[k:].sum(), rel=1e-11, abs=0)
    assert found.mean == pytest.approx(shares @ np.arange(301), rel=1e-11, abs=0)
    assert found.none == pytest.approx(shares[0], rel=1e-12, abs=0)
