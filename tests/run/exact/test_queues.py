"""Queues of many servers: other formulas, stated chains, published values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.run.exact.generator import Generator
from simulator.run.exact.queues import erlang_b, erlang_c, mmc, mmck
from simulator.run.exact.stationary import stationary


@pytest.mark.parametrize(("servers", "offered"), [(1, 0.5), (25, 20.0), (100, 90.0), (10, 40.0)])
def test_erlang_b_is_a_truncated_poisson(servers, offered):
    from scipy.stats import poisson

    truth = poisson.pmf(servers, offered) / poisson.cdf(servers, offered)
    assert erlang_b(servers, offered) == pytest.approx(truth, rel=1e-11, abs=0)


def test_erlang_b_at_the_ends():
    assert erlang_b(3, 0.0) == 0.0
    assert erlang_b(200, 1.0) == pytest.approx(math.exp(-1.0 - math.lgamma(201)), rel=1e-11, abs=0)


def test_published_values():
    """M/M/1 and M/M/4 at load 0.8, M/M/2/3, and M/M/1/10 above capacity, to the digits printed."""
    one, four = mmc(rate=8, service=0.1), mmc(rate=32, service=0.1, servers=4)
    assert one.mean_wait == pytest.approx(0.4, rel=1e-12, abs=0)
    assert one.mean_time == pytest.approx(0.5, rel=1e-12, abs=0)
    assert four.waits == pytest.approx(0.5964, rel=0, abs=5e-5)
    assert four.mean_time == pytest.approx(0.17455, rel=0, abs=5e-6)
    small = mmck(rate=3, service=0.25, servers=2, places=3)
    assert small.loss == pytest.approx(0.04936, rel=0, abs=5e-6)
    assert small.mean_number == pytest.approx(0.76234, rel=0, abs=5e-6)
    over = mmck(rate=1.2, service=1.0, places=10)
    assert over.loss == pytest.approx(0.19259, rel=0, abs=5e-6)
    assert over.mean_number == pytest.approx(6.7107, rel=0, abs=5e-5)


def test_a_stated_chain_gives_the_bounded_queue():
    rate, service, servers, places = 7.0, 0.5, 3, 6
    up = [(n, n + 1, rate) for n in range(places)]
    down = [(n + 1, n, min(n + 1, servers) / service) for n in range(places)]
    chain = Generator.from_triplets(places + 1, *zip(*up, *down, strict=True))
    truth = stationary(chain).probabilities
    found = mmck(rate=rate, service=service, servers=servers, places=places)
    np.testing.assert_allclose(found.shares, truth, rtol=1e-12)
    busy = truth @ np.minimum(np.arange(places + 1), servers)
    assert found.throughput == pytest.approx(busy / service, rel=1e-12, abs=0)
    assert found.utilisation == pytest.approx(busy / servers, rel=1e-12, abs=0)
    assert found.mean_wait == pytest.approx(found.mean_time - service, rel=1e-11, abs=0)


def test_many_places_are_no_bound():
    bounded, free = (
        mmck(rate=8, service=1, servers=10, places=400),
        mmc(rate=8, service=1, servers=10),
    )
    assert bounded.loss < 1e-30
    assert bounded.mean_wait == pytest.approx(free.mean_wait, rel=1e-11, abs=0)
    assert sum(bounded.shares[10:]) == pytest.approx(erlang_c(10, 8.0), rel=1e-12, abs=0)


def test_no_place_to_wait_is_erlang_b():
    assert mmck(rate=20, service=1, servers=25, places=25).loss == pytest.approx(
        erlang_b(25, 20.0), rel=1e-12, abs=0
    )


@pytest.mark.parametrize(("rate", "servers"), [(0.9, 1), (3.0, 4), (2.0, 4), (3.999, 4), (1e-9, 2)])
def test_time_in_the_system_by_conditioning_on_the_wait(rate, servers):
    """P(W + S > t) by quadrature over the service time; 3 of 4 makes both exponents equal."""
    from scipy.integrate import quad

    queue = mmc(rate=rate, service=1.0, servers=servers)
    for t in (0.3, 2.0):
        inner = quad(lambda s, t=t: math.exp(-s) * queue.wait_tail(t - s), 0, t, epsabs=0)[0]
        assert queue.time_tail(t) == pytest.approx(inner + math.exp(-t), rel=1e-10, abs=0)


def test_quantiles_invert_tails():
    queue = mmc(rate=3.0, service=1.0, servers=4)
    for p in (0.6, 0.99, 0.9999):
        assert queue.wait_tail(queue.wait_quantile(p)) == pytest.approx(1 - p, rel=1e-9, abs=0)
        assert queue.time_tail(queue.time_quantile(p)) == pytest.approx(1 - p, rel=1e-9, abs=0)
    assert queue.wait_quantile(0.1) == 0.0
    assert queue.time_quantile(0.0) == 0.0


def test_an_idle_queue():
    queue = mmc(rate=0, service=2.0, servers=3)
    assert (queue.mean_wait, queue.mean_time, queue.mean_number) == (0.0, 2.0, 0.0)
    assert queue.wait_quantile(0.999) == 0.0
