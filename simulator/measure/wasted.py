"""Thread time: who held threads for how long, and for whom it was wasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.measure.inputs import Floats
from simulator.measure.rows import end_of, floats, integers
from simulator.tables.outcomes import CAUSES, ERROR, IN_FLIGHT, SHED, Outcomes
from simulator.tables.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["held_until", "wasted_work"]

_CRASHED = CAUSES.index("crashed")


def held_until(outcomes: Outcomes, timeline: Timeline | None = None) -> Floats:
    """When each attempt gave its thread back, seconds; NaN if it never had one.

    Parameters
    ----------
    outcomes : Outcomes
    timeline : Timeline, optional
        What the run went through. A crash takes the threads of work whose caller had left already,
        which no row says; without it such work counts until the end of the run.

    Returns
    -------
    ndarray
        Shape (m,), in the order of the attempts: when its callee was done, else when its member
        crashed, else the horizon.
    """
    started, until = (floats(outcomes, "attempts", c) for c in ("started_s", "served_s"))
    open_ = np.isnan(until) & ~np.isnan(started)
    until[open_] = outcomes.horizon_s
    crashed = open_ & (integers(outcomes, "attempts", "cause") == _CRASHED)
    until[crashed] = end_of(outcomes, "attempts")[crashed]
    if timeline is not None and open_.any():
        site = integers(outcomes, "attempts", "site")
        who = np.stack(
            [np.asarray(outcomes.callee)[site], integers(outcomes, "attempts", "member")]
        )
        for spell in timeline.spells:
            if spell.effect.up:
                continue
            for pool, index in spell.members:
                number = outcomes.pools.index(pool)
                hit = open_ & (who[0] == number) & (who[1] == index) & (started <= spell.start)
                until[hit] = np.minimum(until[hit], spell.start)
    return np.asarray(np.where(np.isnan(started), np.nan, until))


def wasted_work(outcomes: Outcomes, timeline: Timeline | None = None) -> pd.DataFrame:
    """Thread time by call, and how much of it served nobody.

    Parameters
    ----------
    outcomes : Outcomes
    timeline : Timeline, optional
        See `held_until`.

    Returns
    -------
    DataFrame
        One row per call: ``call``, ``pool`` (that is called), ``worked_s`` (threads held, seconds),
        ``left_s`` (of it for attempts whose caller had timed out, or had left), ``failed_s`` (for
        attempts that ended in an error, were expired or crashed), ``wasted_share`` (both over
        ``worked_s``, NaN without work). What is under way at the end is worked, not wasted.
    """
    import pandas as pd

    started = floats(outcomes, "attempts", "started_s")
    time = np.nan_to_num(held_until(outcomes, timeline) - started)
    site, outcome = (integers(outcomes, "attempts", c) for c in ("site", "outcome"))
    calls = len(outcomes.sites)
    failed = np.isin(outcome, (ERROR, SHED))
    left = (outcome > 1) & ~failed & (outcome != IN_FLIGHT)
    worked, by_left, by_failed = (
        np.bincount(site[rows], time[rows], calls) for rows in (outcome >= 0, left, failed)
    )
    return pd.DataFrame(
        {
            "call": list(outcomes.sites),
            "pool": [outcomes.pools[i] for i in outcomes.callee],
            "worked_s": worked,
            "left_s": by_left,
            "failed_s": by_failed,
            "wasted_share": (by_left + by_failed) / np.where(worked > 0, worked, np.nan),
        }
    )
