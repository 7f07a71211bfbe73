"""Pools under traffic: rate, errors and duration of what they are asked; how busy their threads are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.system import Scenario, System
from simulator.errors import DescriptionError
from simulator.measure.inputs import Floats
from simulator.measure.rows import Flags, attempts_to, end_of, floats, integers, on_the_wire
from simulator.measure.series import waiting
from simulator.measure.wasted import held_until
from simulator.tables.outcomes import CANCELLED, ERROR, IN_FLIGHT, SHED, TIMEOUT, Outcomes
from simulator.tables.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["rate_errors_duration", "utilisation"]


def rate_errors_duration(outcomes: Outcomes) -> pd.DataFrame:
    """What each pool is asked, how that ends for its callers, and how long it takes them.

    Parameters
    ----------
    outcomes : Outcomes

    Returns
    -------
    DataFrame
        One row per pool: ``pool``, ``attempts`` (sent to it), ``rate_per_s``; of those that have ended
        and were not cancelled ``error_share``, ``timeout_share``, ``shed_share`` (answers with an
        error or a refusal, none in time, turned away) and ``failed_share``, their sum; of those that
        ended well ``mean_s``, ``p50_s``, ``p99_s`` from sending to answer. NaN where there is none.
    """
    import pandas as pd

    rows = []
    wired, outcome = on_the_wire(outcomes), integers(outcomes, "attempts", "outcome")
    took = end_of(outcomes, "attempts") - floats(outcomes, "attempts", "sent_s")
    for pool in outcomes.pools:
        ours = attempts_to(outcomes, pool) & wired
        ended = int((ours & ~np.isin(outcome, (IN_FLIGHT, CANCELLED))).sum())
        shares = [_over((ours & (outcome == o)).sum(), ended) for o in (ERROR, TIMEOUT, SHED)]
        good = took[ours & (outcome <= 1)]
        rows.append(
            {
                "pool": pool, "attempts": int(ours.sum()),
                "rate_per_s": float(ours.sum()) / outcomes.horizon_s,
                "error_share": shares[0], "timeout_share": shares[1], "shed_share": shares[2],
                "failed_share": math.fsum(shares), "mean_s": float(good.mean()) if good.size else math.nan,
                "p50_s": _quantile(good, 0.5), "p99_s": _quantile(good, 0.99),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def utilisation(
    outcomes: Outcomes, scenario: Scenario, timeline: Timeline | None = None
) -> pd.DataFrame:
    """How busy the threads of each pool are, how many wait for one, and what is turned away.

    Parameters
    ----------
    outcomes : Outcomes
    scenario : Scenario
        States the threads; they count as described, whatever faults take of them meanwhile.
    timeline : Timeline, optional
        See :func:`simulator.measure.wasted.held_until`.

    Returns
    -------
    DataFrame
        One row per pool: ``pool``, ``threads`` (of all members; infinite where not stated), ``busy``
        (threads held, mean over time), ``utilisation`` (busy over threads; 0 of infinitely many),
        ``waiting`` (attempts on their way or in the queue, mean over time; a lower bound where some
        never got a thread), ``longest_wait_s``, ``shed`` (attempts turned away or expired) and
        ``wasted_share``, of the thread time, for callers that had left or got an error.

    Raises
    ------
    DescriptionError
        If the scenario is not the one of the run.
    """
    import pandas as pd

    if not isinstance(scenario.system, System) or outcomes.pools != tuple(
        p.name for p in scenario.system.pools
    ):
        raise DescriptionError("the scenario has other pools than the run", "scenario")
    started, outcome = (
        floats(outcomes, "attempts", "started_s"),
        integers(outcomes, "attempts", "outcome"),
    )
    held, wired = np.nan_to_num(held_until(outcomes, timeline) - started), on_the_wire(outcomes)
    rows = []
    for pool in scenario.system.pools:
        ours = attempts_to(outcomes, pool.name) & wired
        threads = math.inf if pool.threads is None else pool.members * pool.threads
        busy = float(held[ours].sum()) / outcomes.horizon_s
        waits = waiting(outcomes, ours).wait_s
        rows.append(
            {
                "pool": pool.name, "threads": float(threads), "busy": busy, "utilisation": busy / threads,
                "waiting": float(waits.sum()) / outcomes.horizon_s,
                "longest_wait_s": float(waits.max(initial=0.0)), "shed": int((ours & (outcome == SHED)).sum()),
                "wasted_share": _wasted(held, ours, outcome),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _wasted(held: Floats, ours: Flags, outcome: np.ndarray) -> float:
    lost = ours & (outcome > 1) & (outcome != IN_FLIGHT)
    return _over(held[lost].sum(), held[ours].sum())


def _over(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else math.nan


def _quantile(values: Floats, q: float) -> float:
    return float(np.quantile(values, q, method="inverted_cdf")) if values.size else math.nan
