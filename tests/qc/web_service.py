"""The document's web service again, from section 2.4: products, one quadrature, a 6-state system.

Source: "System Design Fundamentals", section 2.4, "Example Calculation". Typed assumptions: every
repair is exponential with mean 1 h, lives are exponential, everybody is repaired independently.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.integrate import quad

__all__ = ["POOLS", "web_service"]

HOUR = 3600.0
YEAR = 8760 * HOUR
MU = 1 / HOUR
POOLS = {"lb": (1, 0.9999), "app": (3, 0.999), "cache": (2, 0.999), "db": (1, 0.9995)}


def failure_rate(availability: float) -> float:
    """Rate (1/s) that with repairs at MU leaves a member up for this share of time."""
    return MU * (1 - availability) / availability


def _series(shares_down: list[float]) -> float:
    """Unavailability of independent parts in series."""
    return -math.expm1(math.fsum(math.log1p(-u) for u in shares_down))


def _pool_down_at(t: float, members: int, availability: float) -> float:
    """Chance that all members are down at `t`, all new at 0 (two-state formula)."""
    rate = failure_rate(availability) + MU
    return float(((1 - availability) * -math.expm1(-rate * t)) ** members)


def _down_at(t: float) -> float:
    return _series([_pool_down_at(t, *pool) for pool in POOLS.values()])


def _mean_down(horizon: float) -> float:
    """Mean over [0, horizon]: the transient lasts hours, so the quadrature is split there."""
    edges = [0.0, HOUR, 5 * HOUR, 50 * HOUR, horizon]
    panels = itertools.pairwise(edges)
    parts = (quad(_down_at, a, b, epsabs=0, epsrel=1e-12)[0] for a, b in panels)
    return math.fsum(parts) / horizon


def _frequency(shares_down: list[float]) -> float:
    """A pool of n comes back from all down at n mu, so it fails n mu u^n times a second."""
    rates = []
    for k, (members, _) in enumerate(POOLS.values()):
        others = math.prod(1 - u for i, u in enumerate(shares_down) if i != k)
        rates.append(members * MU * shares_down[k] * others)
    return math.fsum(rates)


def _mttf() -> float:
    """Mean time to the first failure: (apps down, caches down) with lb and db up, 3 x 2 states."""
    lam = {name: failure_rate(a) for name, (_, a) in POOLS.items()}
    number = {(a, c): 2 * a + c for a in range(3) for c in range(2)}
    m = np.zeros((6, 6))
    for (a, c), i in number.items():
        moves = [((a + 1, c), (3 - a) * lam["app"]), ((a, c + 1), (2 - c) * lam["cache"])]
        moves += [((a - 1, c), a * MU), ((a, c - 1), c * MU)]
        m[i, i] = lam["lb"] + lam["db"] + sum(rate for _, rate in moves)
        for target, rate in moves:
            if target in number:
                m[i, number[target]] -= rate
    return float(np.linalg.solve(m, np.ones(6))[0])


def web_service() -> dict[str, float]:
    """Quantities of the entry; times in seconds, shares 0-1, rates 1/s."""
    down = [(1 - a) ** n for n, a in POOLS.values()]
    horizon = 10 * YEAR
    found = {
        "unavailability": _series(down),
        "frequency": _frequency(down),
        "mttf": _mttf(),
        "mean unavailability": _mean_down(horizon),
        "horizon": horizon,
    }
    return found | {f"unavailability of {name}": u for name, u in zip(POOLS, down)}
