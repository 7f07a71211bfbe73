"""One server: moments by hand, Erlang's alternating sum in many digits, the exponential tail."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import pytest

from simulator import Deterministic, Exponential, Lognormal, Mixture
from simulator.errors import NotSupported
from simulator.run.exact.queues import mmc
from simulator.run.exact.single_server import md1_wait_tail, mg1


def test_exponential_service_is_mm1():
    found, truth = mg1(rate=0.9, service=Exponential(1.0)), mmc(rate=0.9, service=1.0)
    assert found.mean_wait == pytest.approx(truth.mean_wait, rel=1e-12, abs=0)
    assert found.mean_number == pytest.approx(truth.mean_number, rel=1e-12, abs=0)


def test_two_kinds_of_request():
    """0.1 s (99.9 %) or 10 s (0.1 %) at load 0.8: E[S] = 0.1099 s, E[S^2] = 0.10999 s^2."""
    service = Mixture((0.999, 0.001), (Deterministic(0.1), Deterministic(10.0)))
    rate = 0.8 / 0.1099
    truth = rate * 0.10999 / (2 * 0.2)
    assert mg1(rate=rate, service=service).mean_wait == pytest.approx(truth, rel=1e-10, abs=0)


def test_lognormal_service():
    """E[S^2] = median^2 exp(2 sigma^2)."""
    median, sigma, rate = 0.05, 1.5, 4.0
    load = rate * median * math.exp(sigma**2 / 2)
    truth = rate * median**2 * math.exp(2 * sigma**2) / (2 * (1 - load))
    assert mg1(rate=rate, service=Lognormal(median, sigma)).mean_wait == pytest.approx(
        truth, rel=1e-10, abs=0
    )


def erlang(load: str, t: str) -> float:
    """1 - (1 - r) sum over j <= t of (r (j-t))^j / j! exp(-r (j-t)); terms of both signs."""
    with localcontext() as context:
        context.prec = 120
        r, at = Decimal(load), Decimal(t)
        total = Decimal(0)
        for j in range(int(at) + 1):
            x = r * (j - at)
            total += x**j / Decimal(math.factorial(j)) * (-x).exp() if j else (-x).exp()
        return float(1 - (1 - r) * total)


@pytest.mark.parametrize("load", ["0.05", "0.5", "0.8", "0.95", "0.999"])
@pytest.mark.parametrize("t", ["0", "0.25", "1", "2.5", "7", "40.3"])
def test_the_tail_of_the_wait_by_erlangs_sum(load, t):
    truth = erlang(load, t)
    found = md1_wait_tail(rate=float(load) / 0.2, service=0.2, t=float(t) * 0.2)
    tolerance = 1e-9 if truth > 1e-60 else 1e-7
    assert found == pytest.approx(truth, rel=tolerance, abs=0)


@pytest.mark.parametrize("load", [0.5, 0.9, 0.99])
def test_the_far_tail_is_exponential(load):
    """P(W > t) -> (1-r)/(r z - 1) exp(-r (z-1) t), z > 1 the root of z = exp(r (z-1))."""
    from scipy.optimize import brentq

    z = brentq(lambda z: load * (z - 1) - math.log(z), 1 / load, 100, xtol=1e-15)
    t = 200.5 if load > 0.6 else 30.5
    truth = (1 - load) / (load * z - 1) * math.exp(-load * (z - 1) * t)
    assert md1_wait_tail(rate=load, service=1.0, t=t) == pytest.approx(truth, rel=1e-8, abs=0)


@pytest.mark.parametrize("load", [0.3, 0.8])
def test_the_tail_sums_to_the_mean(load):
    from scipy.integrate import quad

    parts = [
        quad(lambda t: md1_wait_tail(rate=load, service=1.0, t=t), k, k + 1, epsrel=1e-10)[0]
        for k in range(60)
    ]
    truth = mg1(rate=load, service=Deterministic(1.0)).mean_wait
    assert sum(parts) == pytest.approx(truth, rel=1e-8, abs=0)


def test_ends():
    assert md1_wait_tail(rate=0, service=1, t=0) == 0.0
    with pytest.raises(NotSupported):
        md1_wait_tail(rate=0.5, service=1, t=1e6)
