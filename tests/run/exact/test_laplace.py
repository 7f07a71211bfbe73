"""Laplace transforms of times and their inversion."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from simulator.describe.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Mixture,
    PiecewiseHazard,
    Uniform,
)
from simulator.run.exact.laplace import Transforms, inverted

S = np.array([3.0 + 0.0j, 3.0 + 4.0j, 5.0 - 20.0j, 8.0 + 90.0j])

LAWS: list[tuple[Distribution, Callable[[np.ndarray], np.ndarray]]] = [
    (Exponential(2.0), lambda s: 1 / (1 + 2 * s)),
    (Gamma(0.6, 2.0), lambda s: (1 + 2 * s) ** -0.6),
    (Deterministic(0.4), lambda s: np.exp(-0.4 * s)),
    (Empirical((0.4, 1.0)), lambda s: (np.exp(-0.4 * s) + np.exp(-s)) / 2),
    (Uniform(0.4, 1.0), lambda s: (np.exp(-0.4 * s) - np.exp(-s)) / (0.6 * s)),
    (
        Mixture((0.7, 0.3), (Deterministic(0.4), Exponential(2.0))),
        lambda s: 0.7 * np.exp(-0.4 * s) + 0.3 / (1 + 2 * s),
    ),
    (
        PiecewiseHazard((0.0, 0.5), (0.2, 3.0)),
        lambda s: (
            0.2 / (0.2 + s) * (1 - np.exp(-0.5 * (0.2 + s)))
            + 3 / (3 + s) * np.exp(-0.5 * (0.2 + s))
        ),
    ),
]


@pytest.mark.parametrize(("law", "closed"), LAWS, ids=lambda x: getattr(x, "describe", str)())
def test_transforms(law: Distribution, closed: Callable[[np.ndarray], np.ndarray]) -> None:
    found = Transforms(law, S, reach_s=15.0, panels=400)
    assert np.allclose(found.law, closed(S), rtol=1e-12, atol=0)
    assert np.allclose(found.survival, (1 - closed(S)) / S, rtol=1e-12, atol=0)
    assert np.allclose(found.cdf, closed(S) / S, rtol=1e-12, atol=0)


@pytest.mark.parametrize("t", [1e-4, 1.0, 50.0])
def test_known_pairs(t: float) -> None:
    """Transforms of powers, an exponential and a damped wave."""
    pairs: list[tuple[Callable[[np.ndarray], np.ndarray], float]] = [
        (lambda s: 1 / s**2, t),
        (lambda s: math.gamma(1.7) / s**1.7, t**0.7),
        (lambda s: 1 / (s * (s + 1)), -math.expm1(-t)),
        (lambda s: 1 / s + 1 / ((s + 1) ** 2 + 1), 1 + math.exp(-t) * math.sin(t)),
    ]
    for transform, expected in pairs:
        found = inverted(lambda s, _reach, _panels, f=transform: f(s), t)
        assert found.value == pytest.approx(expected, rel=1e-10, abs=0)
        assert abs(found.value - expected) <= found.error


@pytest.mark.parametrize("t", [0.5, 0.9, 0.98, 0.999, 1.001, 1.02, 1.1, 1.5])
def test_a_jump_is_not_hidden(t: float) -> None:
    """A step at 1, asked for near it: the error estimate must say how poor the value is."""
    found = inverted(lambda s, _reach, _panels: np.exp(-s) / s, t)
    assert abs(found.value - (t > 1)) <= found.error
    assert found.error > (1e-4 if abs(t - 1) < 0.01 else 0)
