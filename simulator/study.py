"""Many scenarios: paired comparisons, and durability by two engines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.system import Scenario, System
from simulator.describe.units import YEAR
from simulator.errors import DescriptionError, NotSupported
from simulator.measure.availability import unavailability_estimate
from simulator.measure.compare import paired_difference
from simulator.measure.estimates import Estimate, proportion_estimate
from simulator.replicate import Progress, replicate
from simulator.rules.ideal import departures
from simulator.run.exact.solver import Solver
from simulator.run.montecarlo.results import BulkResult
from simulator.simulate import Described

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare", "durability"]


_MEASURES = {
    "unavailability": lambda s: s.system.down_s / s.horizon_s,
    "failures_per_year": lambda s: s.system.failures / s.horizon_s * YEAR,
    "downtime_s_per_year": lambda s: s.system.down_s / s.horizon_s * YEAR,
}


def compare(
    designs: Mapping[str, Described],
    *,
    measure: str = "unavailability",
    seed: int = 1,
    replications: int = 2_000,
    jobs: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Designs side by side on the same luck; the first is what the others are compared with.

    Parameters
    ----------
    designs : mapping of str to Scenario or System
    measure : {"unavailability", "failures_per_year", "downtime_s_per_year"}
    seed, replications, jobs, progress
        See :func:`simulator.availability`.

    Returns
    -------
    DataFrame
        One row a design: value, 95 % interval, difference to the first with paired interval, the
        exact value over the horizon if there is one, and which assumptions of the formulas it breaks.
    """
    import pandas as pd

    if measure not in _MEASURES:
        raise DescriptionError(f"{measure!r}: allowed are {', '.join(_MEASURES)}", "measure")
    if not designs:
        raise DescriptionError("no design is given", "designs")
    rows, first = [], None
    for name, described in designs.items():
        scenario = Scenario.of(described)
        samples = replicate(
            scenario, seed=seed, replications=replications, jobs=jobs, progress=progress
        )
        values = np.asarray(_MEASURES[measure](samples), dtype=float)
        first = values if first is None else first
        rows.append(_row(name, scenario, measure, values, first, samples))
    return pd.DataFrame(rows)


def _row(
    name: str,
    scenario: Scenario,
    measure: str,
    values: np.ndarray,
    first: np.ndarray,
    samples: BulkResult,
) -> dict[str, object]:
    tally = samples.system
    scale = {"unavailability": 1.0, "downtime_s_per_year": YEAR}.get(measure)
    if scale is not None:
        estimate = unavailability_estimate(tally.down_s, tally.failures, samples.horizon_s).scaled(
            scale
        )
    else:
        from simulator.measure.frequency import frequency_estimate

        estimate = frequency_estimate(tally.failures, samples.horizon_s)
    largest = 1.0 if measure == "unavailability" else math.inf
    difference = paired_difference(values, first, largest=largest) if values is not first else None
    return {
        "design": name,
        measure: estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "exact_over_horizon": _exact_or_nan(scenario, scale),
        "difference": difference.value if difference else 0.0,
        "difference_low": difference.low if difference else 0.0,
        "difference_high": difference.high if difference else 0.0,
        "assumptions_broken": ", ".join(a.name for a in departures(scenario)) or "none",
        "method": estimate.method,
    }


def _exact_or_nan(scenario: Scenario, scale: float | None) -> float:
    if scale is None:
        return math.nan
    try:
        return Solver(scenario).mean_unavailability(scenario.horizon) * scale
    except NotSupported:
        return math.nan


def durability(
    described: Described,
    *,
    methods: Sequence[str] = ("exact", "montecarlo"),
    seed: int = 1,
    replications: int = 10_000,
    jobs: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Chance to lose data within the horizon, mean time to loss and annual loss, by each method.

    Parameters
    ----------
    described : Scenario or System
        With pools whose ``on_shortage`` is ``"lost"``.
    methods : sequence of {"exact", "montecarlo"}
    seed, replications, jobs, progress
        See :func:`simulator.availability`.

    Returns
    -------
    DataFrame
        Columns method, p_loss with low and high, mttdl_s, annual_loss, reason (why there is no answer).
    """
    import pandas as pd

    scenario = Scenario.of(described)
    if not isinstance(scenario.system, System) or not any(
        p.on_shortage == "lost" for p in scenario.system.pools
    ):
        raise DescriptionError('no pool can lose data: set on_shortage = "lost"', "pools")
    rows = []
    for method in methods:
        if method == "exact":
            rows.append(_exact_loss(scenario))
        elif method == "montecarlo":
            samples = replicate(
                scenario, seed=seed, replications=replications, jobs=jobs, progress=progress
            )
            rows.append(_sampled_loss(samples))
        else:
            raise DescriptionError(f"{method!r}: allowed are exact, montecarlo", "methods")
    return pd.DataFrame(rows)


def _exact_loss(scenario: Scenario) -> dict[str, object]:
    try:
        solver = Solver(scenario)
        mttdl = solver.mttf()
        p = float(solver.unreliability(np.array([scenario.horizon]))[0])
    except NotSupported as error:
        return {
            "method": "exact",
            "p_loss": math.nan,
            "low": math.nan,
            "high": math.nan,
            "reason": str(error),
        }
    return {
        "method": "exact", "p_loss": p, "low": p, "high": p, "mttdl_s": mttdl,
        "annual_loss": -math.expm1(-YEAR / mttdl), "reason": "",
    }  # fmt: skip


def _sampled_loss(samples: BulkResult) -> dict[str, object]:
    lost = int(np.isfinite(samples.system.first_s).sum())
    n = samples.replications
    found: Estimate = proportion_estimate(lost, n, method="clopper_pearson")
    rate = -math.log1p(-found.value) / samples.horizon_s if lost < n else math.nan
    return {
        "method": "montecarlo", "p_loss": found.value, "low": found.low, "high": found.high,
        "mttdl_s": 1 / rate if rate else math.inf, "annual_loss": -math.expm1(-rate * YEAR) if rate else 0.0,
        "reason": "" if lost else f"no loss in {n} replications: an upper bound only",
    }  # fmt: skip
