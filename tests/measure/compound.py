"""Downtime of replications in which failures are Poisson: the law the intervals are tried on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KINDS = ("exponential", "deterministic", "lognormal")
SIGMA = 1.2


def durations(rng: np.random.Generator, size: int, kind: str) -> NDArray[np.float64]:
    """Outages of mean 1: equal, exponential, or lognormal with sigma 1.2 (variation 1.8)."""
    if kind == "deterministic":
        return np.ones(size)
    if kind == "exponential":
        return rng.exponential(1.0, size)
    return rng.lognormal(-SIGMA * SIGMA / 2, SIGMA, size)


def replications(
    rng: np.random.Generator, expected: float, count: int, kind: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Downtime and failures, shape (count,) each; `expected` failures in the whole run."""
    failures = rng.poisson(expected / count, count)
    owner = np.repeat(np.arange(count), failures)
    down = np.bincount(owner, weights=durations(rng, owner.size, kind), minlength=count)
    return down, failures
