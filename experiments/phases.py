"""Numbers of a run before, during and after a fault, and how people say them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.describe.units import format_duration
from simulator.measure.series import outcomes_over_time, series
from simulator.requests import TrafficRun
from simulator.show.text import format_availability
from simulator.tables.outcomes import IN_FLIGHT, OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEASURES", "PHASES", "numbers_of", "said"]

PHASES = ("before", "during", "after")
BINS = 120  # points of a picture over the whole run
TAIL = 0.01  # share of a run at whose end requests under way are nobody's failure

MEASURES = {  # column: words, kind of number
    "before_well": ("ended well, of those sent before it", "share"),
    "during_well": ("ended well, of those sent during it", "share"),
    "after_well": ("ended well, of those sent after it", "share"),
    "failed": ("failed requests, in the whole run", "count"),
    "error": ("  by an error", "count"),
    "timeout": ("  by a timeout", "count"),
    "rejected": ("  rejected by the caller", "count"),
    "shed": ("  shed by the callee", "count"),
    "in_flight": ("  under way without an end", "count"),
    "degraded": ("answered, but degraded", "count"),
    "during_attempts": ("attempts per request during it", "number"),
    "before_p99_s": ("p99 of good answers, sent before it", "duration"),
    "during_p99_s": ("p99 of good answers, sent during it", "duration"),
    "after_p99_s": ("p99 of good answers, sent after it", "duration"),
}


def numbers_of(run: TrafficRun, span: tuple[float, float]) -> dict[str, Any]:
    """The numbers of `MEASURES`, the verdict, and for replication 0 the table over time.

    Parameters
    ----------
    run : TrafficRun
    span : (float, float)
        Begin and end of the fault, seconds.

    Returns
    -------
    dict
        Shares 0-1, numbers of requests, seconds; NaN where there is none.
    """
    outcomes = run.outcomes
    sent = outcomes.requests["sent_s"].astype(float)
    outcome = outcomes.requests["outcome"].astype(int)
    took = outcomes.requests["ended_s"].astype(float) - sent
    attempts = outcomes.requests["attempts"].astype(float)
    counted = (outcome != IN_FLIGHT) | (sent < (1.0 - TAIL) * outcomes.horizon_s)
    place = np.searchsorted(np.asarray(span), sent, side="right")
    found: dict[str, Any] = {}
    for number, phase in enumerate(PHASES):
        here = (place == number) & counted
        good = here & (outcome <= 1)
        found[f"{phase}_sent"] = int(here.sum())
        found[f"{phase}_well"] = good.sum() / here.sum() if here.any() else math.nan
        found[f"{phase}_attempts"] = float(attempts[here].mean()) if here.any() else math.nan
        found[f"{phase}_p99_s"] = _p99(took[good])
    for number, word in enumerate(OUTCOMES[: IN_FLIGHT + 1]):
        found[word] = int((counted & (outcome == number)).sum())
    found["failed"] = int((counted & (outcome > 1)).sum())
    return found | _judged(run, span) | {"over_time": _over_time(run)}


def _p99(times: np.ndarray) -> float:
    return float(np.quantile(times, 0.99, method="inverted_cdf")) if times.size else math.nan


def _judged(run: TrafficRun, span: tuple[float, float]) -> dict[str, Any]:
    found = run.verdict(span)
    back = math.nan if found.recovered_after_s is None else found.recovered_after_s
    drain = found.drain.after_s
    told = ""
    if drain is not None:
        told = "never" if math.isinf(drain) else format_duration(drain)
    return {"state": found.state, "recovered_after_s": back, "last_well": found.last, "formula": told}


def _over_time(run: TrafficRun) -> pd.DataFrame | None:
    """What became of requests, and rates, bin by bin."""
    if run.replication:
        return None
    width = bin_width(run.outcomes.horizon_s)
    rates = series(run.outcomes, width)
    became = outcomes_over_time(run.outcomes, width).rename(columns={"in_flight": "no_answer"})
    return rates.merge(became, on="time_s")


def bin_width(horizon_s: float) -> float:
    """A round width, seconds, that makes at most `BINS` bins."""
    least = horizon_s / BINS
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))


def said(value: float, kind: str, signed: bool = False) -> str:
    """A number of a kind, in words.

    Parameters
    ----------
    value : float
    kind : {"share", "count", "duration", "number"}
    signed : bool
        A difference: with its sign; shares in points of a percent.
    """
    if math.isnan(value):
        return ""
    sign = ("+" if value > 0 else "-" if value < 0 else "") if signed else ""
    size = abs(value) if signed else value
    if kind == "share":
        return f"{sign}{100 * size:.3g} points" if signed else format_availability(1.0 - value, 3)
    if kind == "count":
        return f"{sign}{size:,.0f}"
    return f"{sign}{format_duration(size) if kind == 'duration' else f'{size:.3g}'}"
