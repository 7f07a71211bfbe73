"""The interval of request availability tells how far the estimates scatter."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.measure.episodes import Episodes, unavailability
from simulator.measure.estimates import Estimate
from tests.statistical import Z_LIMIT

HEALTHY = Estimate(0.0, 0.0, 0.0, 0.95, "", 1, 0.0)
TRIES, REPLICATIONS, EPISODES, SHARE = 3000, 20, 6, 0.5


@pytest.fixture(scope="module")
def tries() -> tuple[np.ndarray, np.ndarray]:
    """Estimates and their errors: Poisson numbers of episodes, exponential costs, half of them run."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(TRIES):
        of = np.repeat(np.arange(REPLICATIONS), rng.poisson(EPISODES, REPLICATIONS))
        cost = rng.exponential(1.0, len(of))
        chosen = np.sort(rng.choice(len(of), round(SHARE * len(of)), replace=False))
        kinds, nothing = np.zeros(len(of), dtype=np.int64), np.zeros(len(of))
        one = unavailability(Episodes(of, kinds, nothing, chosen, cost[chosen], REPLICATIONS, 1e6), HEALTHY)
        found.append((one.value, one.error))
    values, errors = np.array(found).T
    return values, errors


def _far(told: float, seen: np.ndarray) -> float:
    """How many standard errors a stated variance lies from the variance of a sample."""
    squares = (seen - seen.mean()) ** 2
    return float((told - squares.mean()) / (squares.std(ddof=1) / np.sqrt(len(squares))))


def test_the_error_told_is_the_scatter_seen(tries):
    values, errors = tries
    assert abs(_far(float((errors**2).mean()), values)) < Z_LIMIT


def test_an_error_without_the_scatter_of_what_was_not_run_is_found_out(tries):
    """Exact: N episodes of variance 1, half run, scatter by N / 2 less if means stand for the rest."""
    values, errors = tries
    missing = REPLICATIONS * EPISODES * (1.0 - SHARE) / (REPLICATIONS * 1e6) ** 2
    assert _far(float((errors**2).mean()) - missing, values) < -Z_LIMIT


def test_the_mean_is_the_truth(tries):
    values, _ = tries
    z = (values.mean() - EPISODES / 1e6) / (values.std(ddof=1) / np.sqrt(TRIES))
    assert abs(z) < Z_LIMIT
