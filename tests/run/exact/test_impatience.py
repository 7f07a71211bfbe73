"""Impatient customers: a stated chain, and the workload's density."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.run.exact.generator import Generator
from simulator.run.exact.impatience import erlang_a, fixed_patience_loss
from simulator.run.exact.queues import erlang_b, erlang_c
from simulator.run.exact.stationary import stationary


@pytest.mark.parametrize(
    ("rate", "servers", "patience"), [(55.0, 50, 2.0), (3.0, 4, 0.5), (20.0, 4, 1.0)]
)
def test_a_stated_chain_gives_erlang_a(rate, servers, patience):
    size = 300
    n = np.arange(1, size + 1)
    deaths = np.minimum(n, servers) + np.maximum(n - servers, 0) / patience
    chain = Generator.from_triplets(
        size + 1, [*(n - 1), *n], [*n, *(n - 1)], [*([rate] * size), *deaths]
    )
    p = stationary(chain).probabilities
    waiting = float(p @ np.maximum(np.arange(size + 1) - servers, 0))
    found = erlang_a(rate=rate, service=1.0, servers=servers, patience=patience)
    assert found.abandons == pytest.approx(waiting / patience / rate, rel=1e-10, abs=0)
    assert found.waits == pytest.approx(float(p[servers:].sum()), rel=1e-10, abs=0)
    assert found.mean_wait == pytest.approx(waiting / rate, rel=1e-10, abs=0)
    served = found.utilisation * servers
    assert served == pytest.approx(rate * (1 - found.abandons), rel=1e-10, abs=0)


def test_much_patience_is_erlang_c_and_none_is_erlang_b():
    patient = erlang_a(rate=8, service=1, servers=10, patience=1e9)
    assert patient.waits == pytest.approx(erlang_c(10, 8.0), rel=1e-7, abs=0)
    hasty = erlang_a(rate=8, service=1, servers=10, patience=1e-9)
    assert hasty.abandons == pytest.approx(erlang_b(10, 8.0), rel=1e-7, abs=0)


@pytest.mark.parametrize("rate", [0.5, 0.9, 1.0, 1.2, 3.0])
@pytest.mark.parametrize("patience", [0.1, 5.0])
def test_fixed_patience_by_the_density_of_the_workload(rate, patience):
    """f(x) = rate p0 exp(rate min(x, T) - x): only who waits less than T brings work (mu = 1)."""
    from scipy.integrate import quad

    def density(x: float) -> float:
        return rate * math.exp(rate * min(x, patience) - x)

    early = quad(density, 0, patience, epsabs=0, epsrel=1e-12)[0]
    late = quad(density, patience, math.inf, epsabs=0, epsrel=1e-12)[0]
    truth = late / (1 + early + late)
    found = fixed_patience_loss(rate=rate, service=1.0, patience=patience)
    assert found == pytest.approx(truth, rel=1e-9, abs=0)


def test_fixed_patience_near_the_edges():
    assert fixed_patience_loss(rate=0.9, service=1, patience=5) == pytest.approx(
        0.10730621, rel=0, abs=5e-9
    )
    at_one = fixed_patience_loss(rate=1.0, service=1, patience=5)
    assert at_one == pytest.approx(1 / 7, rel=1e-15, abs=0)
    for off in (1e-12, -1e-12):
        close = fixed_patience_loss(rate=1 + off, service=1, patience=5)
        assert close == pytest.approx(at_one, rel=1e-10, abs=0)
    assert fixed_patience_loss(rate=2, service=1, patience=1e4) == 0.5  # the share beyond capacity
    assert fixed_patience_loss(rate=0.5, service=1, patience=1e4) == 0.0
    assert fixed_patience_loss(rate=3, service=1, patience=0) == pytest.approx(
        erlang_b(1, 3.0), rel=1e-14, abs=0
    )
    assert fixed_patience_loss(rate=0, service=1, patience=1) == 0.0
