"""Lives and repairs made of phases, as chains."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.describe.distributions import CompetingRisks, Erlang, Exponential, Mixture
from simulator.run.exact.passage import first_passage
from simulator.run.exact.phase_chain import alternating_chain
from simulator.run.exact.stationary import long_run, stationary
from simulator.run.exact.transient import reliability

LIVES = [
    Exponential(100.0),
    Erlang(4, 100.0),
    Mixture((0.2, 0.8), (Exponential(10.0), Erlang(2, 200.0))),
    CompetingRisks((Exponential(50.0), Exponential(70.0))),
]


@pytest.mark.parametrize("life", LIVES)
def test_the_chain_fails_like_the_life(life: Exponential) -> None:
    lives, repairs = life.phases(), Erlang(2, 6.0).phases()
    assert lives is not None
    chain = alternating_chain(lives, repairs)
    g, up = chain.generator, chain.up
    assert first_passage(g, ~up, chain.start).mean_s == pytest.approx(life.mean(), rel=1e-12, abs=0)
    times = np.array([0.5, 20.0, 300.0])
    found = reliability(g, up, chain.start, times)
    assert np.allclose(found.survival, life.survival(times), rtol=1e-11, atol=0)
    assert np.allclose(found.failure, life.cdf(times), rtol=1e-11, atol=0)


@pytest.mark.parametrize("life", LIVES)
def test_long_run_share(life: Exponential) -> None:
    lives, repairs = life.phases(), Erlang(2, 6.0).phases()
    assert lives is not None
    chain = alternating_chain(lives, repairs)
    found = long_run(chain.generator, stationary(chain.generator).probabilities, chain.up)
    assert found.unavailability == pytest.approx(6 / (life.mean() + 6), rel=1e-12, abs=0)
    assert found.frequency == pytest.approx(1 / (life.mean() + 6), rel=1e-12, abs=0)


def test_instant_repair_has_no_down_state() -> None:
    lives = Erlang(3, 30.0).phases()
    assert lives is not None
    chain = alternating_chain(lives, None)
    assert chain.up.all()
    shares = stationary(chain.generator).probabilities
    assert np.allclose(shares, 1 / 3, rtol=1e-14, atol=0)
