"""What formulas say about a herd of clients: when a plain queue empties, whether retries keep it full."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from simulator.describe import Backoff, Scenario
from simulator.measure.estimates import mean_estimate
from simulator.run import exact

__all__ = ["in_line", "knocking", "longest_mean"]


def in_line(scenario: Scenario, spread: float, drained: Sequence[float]) -> dict[str, Any]:
    """The plain queue, in which everybody stays: when nobody waits any more, simulated and exact.

    The herd begins a busy time of M/D/1: each second of its work, and of what waited before it, lasts
    1 / (1 - load) on average, with the variance of load service^2 / (1 - load)^3 for each client.
    """
    (base, many), (step,) = scenario.sources, scenario.system["gate"].served[""]
    clients, service, rate = len(many.arrivals.times), step.law.mean(), base.rate or 0.0
    fluid = exact.thundering_herd(clients=clients, spread=spread, capacity=1 / service, rate=rate)
    load, before = rate * service, exact.mg1(rate=rate, service=step.law).mean_wait
    truth = (clients * service + before) / (1 - load)
    error = service * math.sqrt(clients * load / (1 - load) ** 3 / len(drained))
    seen = mean_estimate(drained)
    return {
        "clients": clients, "capacity_per_s": 1 / service, "base_per_s": rate, "peak_backlog": fluid.peak_backlog,
        "peak_wait_s": fluid.peak_wait_s, "fluid_s": fluid.drained_s, "harmless_spread_s": fluid.harmless_spread_s,
        "exact_s": truth, "estimate": seen.value, "low": seen.low, "high": seen.high,
        "z": (seen.value - truth) / error, "replications": len(drained),
    }  # fmt: skip


def knocking(scenario: Scenario) -> dict[str, Any]:
    """What a herd that waits in vain in an unlimited queue keeps up, over the spare capacity (fluid).

    First tries get in until the wait reaches the timeout. The others knock once in a timeout and a
    wait of the longest kind: above 1 they keep themselves out, and the base load with them.
    """
    (base, many), (step,) = scenario.sources, scenario.system["gate"].served[""]
    retry, timeout, rate = many.to.retry, many.to.timeout, base.rate or 0.0
    times = many.arrivals.times
    capacity, clients = 1 / step.law.mean(), len(times)
    spread = (times[-1] - times[0]) * clients / (clients - 1) if clients > 1 else 0.0
    over = clients / spread + rate - capacity if spread else math.nan
    if not (retry and retry.backoff and timeout and over > 0):
        return {"left_out": math.nan, "period_s": math.nan, "knocks_over_spare": math.nan}
    left = max(clients - clients / spread * timeout * capacity / over, 0.0)
    period = longest_mean(retry.backoff) + timeout
    return {"left_out": left, "period_s": period, "knocks_over_spare": left / period / (capacity - rate)}


def longest_mean(backoff: Backoff) -> float:
    """Mean wait before a retry after many retries, seconds."""
    if backoff.jitter != "decorrelated":
        return backoff.cap * {"none": 1.0, "equal": 0.75, "full": 0.5}[backoff.jitter]
    # the chain "uniform from base to three times the wait before, at most cap", on a grid
    grid = np.linspace(backoff.base, backoff.cap, 800)
    upper = np.append((grid[1:] + grid[:-1]) / 2, np.inf)
    below = np.clip((upper - backoff.base) / (3 * grid[:, None] - backoff.base), 0.0, 1.0)
    moves = np.diff(below, axis=1, prepend=0.0)
    share = np.full(grid.size, 1 / grid.size)
    for _ in range(200):
        share = share @ moves
    return float(share @ grid)
