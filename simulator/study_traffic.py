"""Designs under traffic, side by side on the same luck: every request of a pair meets the same numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.system import Scenario
from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.compare import paired_difference
from simulator.measure.estimates import Estimate, mean_estimate
from simulator.measure.latency import latencies
from simulator.requests import TrafficRun, traffic

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEASURES", "compare_traffic"]

Values = np.ndarray


def _good(run: TrafficRun) -> float:
    counts = run.outcomes.counts()
    return float(counts["ok"] + counts["degraded"])


def _failed(run: TrafficRun) -> float:
    counts = run.outcomes.counts()
    return float(sum(counts[word] for word in ("error", "timeout", "rejected", "shed")))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _sent(run: TrafficRun) -> float:
    return float(sum(run.outcomes.counts().values()))


def _percentile(q: float) -> Callable[[TrafficRun], float]:
    def value(run: TrafficRun) -> float:
        took = latencies(run.outcomes)[1]
        return float(np.quantile(took, q, method="inverted_cdf")) if took.size else math.nan

    return value


def _recovered_after(run: TrafficRun) -> float:
    trigger = run.trigger()
    if trigger is None:
        return math.nan
    after = run.verdict(trigger).recovered_after_s
    return run.outcomes.horizon_s - trigger[1] if after is None else after


def _recovered(run: TrafficRun) -> float:
    trigger = run.trigger()
    return math.nan if trigger is None else float(run.verdict(trigger).state == "recovered")


MEASURES: dict[str, Callable[[TrafficRun], float]] = {
    "goodput_per_s": lambda run: _good(run) / run.outcomes.horizon_s,
    "ok_share": lambda run: _share(_good(run), _sent(run)),
    "failed_requests": _failed,
    "attempts_per_request": lambda run: _share(
        float(run.outcomes.requests["attempts"].sum()), _sent(run)
    ),
    "p50_s": _percentile(0.5),
    "p95_s": _percentile(0.95),
    "p99_s": _percentile(0.99),
    "p999_s": _percentile(0.999),
    "recovered_share": _recovered,
    "recovered_after_s": _recovered_after,
}
"""What can be compared, each a number of a run; NaN where a run has none."""

_LARGEST = {"ok_share": 1.0, "recovered_share": 1.0}


def compare_traffic(
    designs: Mapping[str, Scenario],
    measure: Sequence[str] = ("goodput_per_s", "attempts_per_request", "p99_s"),
    *,
    seed: int = 1,
    replications: int = 20,
    confidence: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Designs side by side; the first is what the others are compared with.

    Parameters
    ----------
    designs : mapping of str to Scenario
    measure : sequence of str
        Of :data:`MEASURES`: ``goodput_per_s`` (requests that ended ok or degraded), ``ok_share`` (of all
        sent), ``failed_requests``, ``attempts_per_request`` (on the wire, by the sources),
        ``p50_s``, ``p95_s``, ``p99_s``, ``p999_s`` (of requests that ended well), ``recovered_share``
        and ``recovered_after_s`` (from the end of the faults; a run that does not recover counts with
        the time it was watched, a lower bound).
    seed : int
    replications : int
        Runs of each design; run k of all designs shares its luck.
    confidence : float
        Nominal coverage of each interval.
    progress : callable, optional
        Told how many runs are done, and of how many.

    Returns
    -------
    DataFrame
        One row per measure and design: ``measure``, ``design``, ``value`` (mean over runs), ``low``,
        ``high`` (t), ``difference`` to the first with ``difference_low``, ``difference_high`` (paired),
        ``pairs`` (runs in which both designs have a number), ``method``. NaN where nothing can be
        said. If no pair differs and there is no bound, the interval is NaN and the method says so.

    Raises
    ------
    DescriptionError
        For an unknown measure, no design, or fewer than two replications.
    NotSupported
        For a scenario without sources.
    """
    import pandas as pd

    unknown = [name for name in measure if name not in MEASURES]
    if unknown or not measure:
        told = unknown[0] if unknown else ""
        raise DescriptionError(f"{told!r}: allowed are {', '.join(MEASURES)}", "measure")
    if not designs:
        raise DescriptionError("no design is given", "designs")
    if replications < 2:
        raise DescriptionError(
            f"{replications!r}: allowed is a whole number from 2", "replications"
        )
    found: dict[str, dict[str, list[float]]] = {name: {m: [] for m in measure} for name in designs}
    for number in range(replications):
        for place, (name, scenario) in enumerate(designs.items()):
            run = traffic(scenario, seed=seed, replication=number)
            for word in measure:
                found[name][word].append(MEASURES[word](run))
            if progress is not None:
                progress(number * len(designs) + place + 1, replications * len(designs))
    first = next(iter(designs))
    rows = [
        _row(word, name, np.array(found[name][word]), np.array(found[first][word]), confidence)
        | (
            {}
            if name != first
            else {"difference": 0.0, "difference_low": 0.0, "difference_high": 0.0}
        )
        for word in measure
        for name in designs
    ]
    return pd.DataFrame(rows)


def _row(
    measure: str, name: str, values: Values, base: Values, confidence: float
) -> dict[str, object]:
    own = values[~np.isnan(values)]
    level = _or_nothing(lambda: mean_estimate(own, confidence))
    both = ~(np.isnan(values) | np.isnan(base))
    largest = _LARGEST.get(measure)
    paired = _or_nothing(lambda: paired_difference(values[both], base[both], confidence, largest))
    if both.any() and not (values[both] - base[both]).any() and largest is None:
        words = f"none of {int(both.sum())} pairs differs"
    else:
        words = paired.method if paired is not None else "no pair with a number"
    return {
        "measure": measure, "design": name, "value": float(own.mean()) if own.size else math.nan,
        "low": level.low if level else math.nan, "high": level.high if level else math.nan,
        "difference": float((values[both] - base[both]).mean()) if both.any() else math.nan,
        "difference_low": paired.low if paired else math.nan,
        "difference_high": paired.high if paired else math.nan, "pairs": int(both.sum()), "method": words,
    }  # fmt: skip


def _or_nothing(estimate: Callable[[], Estimate]) -> Estimate | None:
    try:
        return estimate()
    except (NotEnoughData, DescriptionError):  # too few runs have a number
        return None
