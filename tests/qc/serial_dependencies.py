"""Ten serial dependencies at 99.9 % again: one power, one product.

Source: "System Design Fundamentals", section 2.4, "critical insight". Typed assumptions: repairs
exponential with mean 1 h, lives exponential, all independent.
"""

from __future__ import annotations

import math

__all__ = ["serial_dependencies"]

HOUR = 3600.0


def serial_dependencies() -> dict[str, float]:
    """Quantities of the entry; times in seconds, shares 0-1, rates 1/s.

    The system is new when all ten are, and then fails at ten times the rate of one: the time to the
    first failure is exponential. Its mean over the horizon has the integral of
    (1 - u (1 - exp(-r t)))^10 term by term.
    """
    u, mu, horizon = 0.001, 1 / HOUR, 10 * 8760 * HOUR
    lam = mu * u / (1 - u)
    rate = lam + mu
    # (a + u e)^10 with a = 1 - u, e = exp(-rate t); the term k = 0 is the long run
    terms = [math.comb(10, k) * (1 - u) ** (10 - k) * u**k for k in range(1, 11)]
    extra = math.fsum(
        c * -math.expm1(-k * rate * horizon) / (k * rate) for k, c in enumerate(terms, 1)
    )
    long_run = -math.expm1(10 * math.log1p(-u))
    return {
        "unavailability": long_run,
        "frequency": 10 * lam * (1 - u) ** 10,
        "mttf": 1 / (10 * lam),
        "mean unavailability": long_run - extra / horizon,
        "horizon": horizon,
    }
