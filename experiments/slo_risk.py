"""How often do three services with the same mean availability meet the same objective?

Scenario: three services, each 99.988 % in the long run: down for an hour once a year, for a quarter of
an hour four times a year, for five minutes every month, on average; all times exponential. Objectives:
99.99 % of a year, 99.95 % and 99.9 % of a 30-day window.
Method: the chance to keep the budget, exactly (Takacs' sum) and from simulated years and windows of
services that have been running for ever, with intervals; the distribution of downtime in 30 days.
Look at: the mean, below 99.99 %, is the same. Yet the service that fails once a year keeps that
objective in 63 years of 100, the one with twelve short outages in 42. On 30 days at 99.9 % the order is
reversed: short outages fit into the budget, a long one often does not. At 99.95 % the middle one is
the worst of the three. A mean says nothing about the risk to miss an objective.
Sources: L. Takacs, On certain sojourn time problems, 1957; the three services are assumptions.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.pictures import Axis, exact_and_simulated
from experiments.running import Progress, changed, main
from simulator.describe import DAY, HOUR, MIN, YEAR, Exponential, Pool, Scenario, System, crash
from simulator.measure.downtime import budget_s, downtime_cdf, meets_slo_estimate
from simulator.replicate import replicate
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

WINDOW = 30 * DAY
SERVICES = {  # mean time to failure, mean time to repair, seconds
    "1 h, once a year": (8_760 * HOUR, 1 * HOUR),
    "15 min, 4 times a year": (2_190 * HOUR, 15 * MIN),
    "5 min, 12 times a year": (730 * HOUR, 5 * MIN),
}
OBJECTIVES = {  # availability promised, window in seconds
    "99.99 % of a year": (0.9999, YEAR),
    "99.95 % of 30 days": (0.9995, WINDOW),
    "99.9 % of 30 days": (0.999, WINDOW),
}
REPLICATIONS, QUICK_REPLICATIONS = 20_000, 500  # years, each cut into twelve windows as well
GRID = 61  # points of a distribution
UNDER = "exact: full marks, under the hollow ones"
PICTURED = "99.9 % of 30 days"  # the budget line


def service(name: str, settings: Sequence[str] = ()) -> Scenario:
    """One service that has been running for ever, over a year."""
    life, repair = SERVICES[name]
    pool = Pool("service", faults=[crash(Exponential(life), Exponential(repair))])
    scenario = Scenario(System([pool]), horizon=YEAR, starts="equilibrium", name="slo_risk")
    return changed(scenario, settings)


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: chance to meet each objective, and distributions of downtime per window."""
    import pandas as pd

    meets, curves = [], []
    for name in SERVICES:
        described = service(name, settings)
        for objective, (promised, window) in OBJECTIVES.items():
            downtimes = _windows(described, window, seed, quick, jobs, name)
            what = {"service": name, "objective": objective, "window_s": window}
            meets.append(what | _meets(described, downtimes, promised, window))
            if objective == PICTURED:
                curves += [{"service": name} | row for row in _curve(described, downtimes, window)]
    return {"meets": pd.DataFrame(meets), "downtime": pd.DataFrame(curves)}


def _windows(
    described: Scenario, window: float, seed: int, quick: bool, jobs: int, name: str
) -> np.ndarray:
    """Downtime of every window of simulated years, shape (years, windows), seconds."""
    samples = replicate(
        described, seed=seed, replications=QUICK_REPLICATIONS if quick else REPLICATIONS, jobs=jobs,
        window_s=window, progress=Progress(name),
    )  # fmt: skip
    assert samples.windows_s is not None
    return samples.windows_s


def _meets(
    described: Scenario, downtimes: np.ndarray, promised: float, window: float
) -> dict[str, Any]:
    """Chance that the downtime of a window stays within the budget: exact and seen."""
    budget = budget_s(promised, window)
    known, seen = (
        exact.downtime_probability(described, window, budget),
        meets_slo_estimate(downtimes, budget),
    )
    return {
        "budget_s": budget, "mean_unavailability": exact.unavailability(described), "exact": known,
        "estimate": seen.value, "low": seen.low, "high": seen.high, "z": seen.z(known),
        "years_between_misses": window / YEAR / (1 - known), "replications": len(downtimes), "method": seen.method,
    }  # fmt: skip


def _curve(described: Scenario, downtimes: np.ndarray, window: float) -> list[dict[str, Any]]:
    """Share of windows with at most so much downtime, exact beside simulated."""
    budgets = [
        budget_s(promised, length) for promised, length in OBJECTIVES.values() if length == window
    ]
    points = np.unique(np.concatenate([[0.0], np.geomspace(10.0, 6 * HOUR, GRID), budgets]))
    seen = downtime_cdf(downtimes, points)
    return [
        {
            "downtime_s": x, "exact": exact.downtime_probability(described, window, float(x)), "probability": p,
            "low": low, "high": high, "replications": len(downtimes),
        }
        for x, p, low, high in zip(points, seen.probability, seen.low, seen.high, strict=True)
    ]  # fmt: skip


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each objective and service."""
    columns = [
        "objective", "service", "mean_unavailability", "budget_s", "exact", "estimate", "low", "high", "z",
        "years_between_misses",
    ]  # fmt: skip
    rows = tables["meets"][columns]
    return rows.sort_values(
        "objective", kind="stable", key=lambda o: o.map({k: i for i, k in enumerate(OBJECTIVES)})
    )


FORMATS = {
    "mean_unavailability": "availability", "budget_s": "duration", "exact": "percent", "estimate": "percent",
    "low": "percent", "high": "percent",
}  # fmt: skip


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Chance to meet each objective; distribution of downtime in 30 days with the budget line."""
    from simulator.show.downtime import plot_downtime_cdf

    curves, meets = tables["downtime"], tables["meets"]
    budget = float(meets.loc[meets["objective"] == PICTURED, "budget_s"].iloc[0])
    return {
        "meets.png": _chances(meets),
        "downtime.png": plot_downtime_cdf(
            curves.rename(columns={"service": "system"}), budget_s=budget, window_s=WINDOW,
            title="Downtime in 30 days: same mean, different shape", replications=int(meets["replications"].iloc[0]),
            note="simulated years of twelve windows",
        ),
    }  # fmt: skip


def _chances(meets: pd.DataFrame) -> Figure:
    """One group of points for each objective; the services stand side by side in it."""
    place = {name: float(i) for i, name in enumerate(OBJECTIVES)}
    aside = {name: 0.12 * (i - 1) for i, name in enumerate(SERVICES)}
    table = meets.assign(place=meets["objective"].map(place) + meets["service"].map(aside))
    return exact_and_simulated(
        table, table, Axis("place", "objective", ticks={i: name for name, i in place.items()}),
        Axis("exact", "chance that a window meets the objective", "percent"), "service",
        title="Same mean availability, 99.988 %: who meets the objective?", note=UNDER, top=1.04,
        connect=False,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
