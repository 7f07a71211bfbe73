"""Designs under the same requests: a row for each design and replication, means with intervals, pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.repeat import each
from simulator.describe.system import Scenario
from simulator.measure.compare import paired_difference
from simulator.measure.estimates import mean_estimate
from simulator.requests import TrafficRun, traffic

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Measure", "difference", "mean_by", "run_designs"]

Measure = Callable[[TrafficRun], Mapping[str, Any]]
"""Numbers of one run by name; a function of a module, or a `functools.partial` of one."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One run that is to be made."""

    labels: Mapping[str, Any]
    scenario: Scenario
    seed: int
    replication: int
    measure: Measure


def _row(item: _Item) -> dict[str, Any]:
    run = traffic(item.scenario, seed=item.seed, replication=item.replication)
    return {**item.labels, "replication": item.replication, **item.measure(run)}


def run_designs(
    designs: Sequence[tuple[Mapping[str, Any], Scenario]], measure: Measure, *, seed: int, replications: int,
    jobs: int, what: str,
) -> pd.DataFrame:  # fmt: skip
    """Push the same requests through every design.

    Parameters
    ----------
    designs : sequence of (labels, Scenario)
        Labels become columns, such as ``{"design": "with a breaker"}``.
    measure : callable
    seed, replications : int
        A replication has the same luck in every design.
    jobs : int
        Processes.
    what : str
        Said beside the progress bar.

    Returns
    -------
    DataFrame
        One row per design and replication: the labels, ``replication``, what `measure` gives.
    """
    import pandas as pd

    items = [
        _Item(labels, scenario, seed, replication, measure)
        for labels, scenario in designs
        for replication in range(replications)
    ]
    return pd.DataFrame(each(_row, items, jobs, what))


def mean_by(
    rows: pd.DataFrame, by: Sequence[str], measures: Sequence[str], shares: Collection[str] = ()
) -> pd.DataFrame:
    """Means over replications with 95 % intervals (t).

    Parameters
    ----------
    rows : DataFrame
        Of `run_designs`.
    by : sequence of str
        Columns that name a design.
    measures : sequence of str
        Columns of numbers; NaN, such as a percentile of nothing, is left out.
    shares : collection of str
        Those of them whose intervals end at 0 and 1.

    Returns
    -------
    DataFrame
        One row per design, in the order of `rows`: ``MEASURE``, ``MEASURE_low``, ``MEASURE_high``
        (NaN where fewer than two replications have a number), ``replications``.
    """
    import pandas as pd

    found = []
    for key, part in rows.groupby(list(by), sort=False):
        row: dict[str, Any] = dict(zip(by, key)) | {"replications": len(part)}
        for name in measures:
            row |= _spread(name, part[name].to_numpy(dtype=float), name in shares)
        found.append(row)
    return pd.DataFrame(found)


def _spread(name: str, values: np.ndarray, share: bool) -> dict[str, float]:
    known = values[np.isfinite(values)]
    value = float(known.mean()) if known.size else math.nan
    if known.size < 2:
        return {name: value, f"{name}_low": math.nan, f"{name}_high": math.nan}
    found = mean_estimate(known)
    low, high = (max(found.low, 0.0), min(found.high, 1.0)) if share else (found.low, found.high)
    return {name: found.value, f"{name}_low": low, f"{name}_high": high}


def difference(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """Mean of first - second over replications on the same luck, and its 95 % interval (paired t).

    Pairs with a NaN are left out; no interval, NaN, for fewer than two pairs. Where no pair differs
    all three are 0: nothing was seen to differ.
    """
    apart = first - second
    apart = apart[np.isfinite(apart)]
    if apart.size == 0:
        return math.nan, math.nan, math.nan
    if apart.size == 1:
        return float(apart[0]), math.nan, math.nan
    if not apart.any():
        return 0.0, 0.0, 0.0
    found = paired_difference(apart, np.zeros_like(apart))
    return found.value, found.low, found.high
