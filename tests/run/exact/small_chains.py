"""Chains that several tests of the exact engine state: k-of-n with crews, independent units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from simulator.run.exact.generator import Generator


def units(n: int, failing: Callable[[int], float], mending: Callable[[int], float]) -> Generator:
    """State = number of failed units; `failing` and `mending` give total rates for it."""
    up = [(i, i + 1, failing(i)) for i in range(n)]
    down = [(i, i - 1, mending(i)) for i in range(1, n + 1)]
    source, target, rate = zip(*(up + down), strict=True)
    return Generator.from_triplets(n + 1, source, target, rate)


def like_units(n: int, lam: float, mu: float, crews: int) -> Generator:
    """n like units, each failing at `lam` while up, `crews` repairs at a time at `mu` each."""
    return units(n, lambda i: (n - i) * lam, lambda i: min(i, crews) * mu)


def independent(lam: Sequence[float], mu: Sequence[float]) -> Generator:
    """All combinations of independent units; bit b of the state says that unit b is failed."""
    states = np.arange(2 ** len(lam))
    source, target, rate = [], [], []
    for bit, (fail, mend) in enumerate(zip(lam, mu, strict=True)):
        source.append(states)
        target.append(states ^ (1 << bit))
        rate.append(np.where((states >> bit) & 1, mend, fail))
    return Generator.from_triplets(
        states.size, np.concatenate(source), np.concatenate(target), np.concatenate(rate)
    )


def product_form(failed: Sequence[float]) -> np.ndarray:
    """State probabilities of independent units from the chance that each is failed."""
    p = np.ones(1)
    for q in failed:
        p = np.concatenate([p * (1 - q), p * q])
    return p
