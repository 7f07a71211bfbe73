"""Many scenarios: paired comparisons, the gap to the formulas explained, durability by two engines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.describe.system import Scenario, System
from simulator.describe.units import YEAR
from simulator.errors import DescriptionError, NotSupported
from simulator.measure.availability import unavailability_estimate
from simulator.measure.compare import paired_difference
from simulator.measure.estimates import Estimate, proportion_estimate
from simulator.rules.ideal import Assumption, departures, keeping
from simulator.run.exact.solver import Solver
from simulator.run.montecarlo.results import BulkResult
from simulator.simulate import Described, Progress, replicate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Step", "compare", "durability", "explain_gap"]


@dataclass(frozen=True, slots=True)
class Step:
    """One assumption switched on.

    Parameters
    ----------
    name : str
        What the scenario has; the first step is the formulas, the last the finite horizon.
    assumed : str
        What the formulas assume instead.
    unavailability : float
        With this assumption and all before it switched on.
    effect : float
        Change against the step before.
    low, high : float
        95 % interval of the effect; both the effect itself where it is exact.
    method : str
    """

    name: str
    assumed: str
    unavailability: float
    effect: float
    low: float
    high: float
    method: str

    @property
    def measurable(self) -> bool:
        """Whether the effect is distinguishable from none."""
        scale = max(abs(self.unavailability), 1e-300)
        return not self.low <= 0.0 <= self.high and abs(self.effect) > 1e-9 * scale


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """Unavailability of one stage of the ladder."""

    value: float
    exact: bool
    samples: BulkResult | None


def explain_gap(
    described: Described,
    *,
    seed: int = 1,
    replications: int = 2_000,
    jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[Step, ...]:
    """From the analytic line to the scenario as it is, one assumption at a time.

    Each step switches on one way in which the scenario departs from what the serial and parallel
    formulas assume, and computes its effect: exactly where possible, otherwise on the same luck with
    and without it. The effects sum to the whole gap.

    Parameters
    ----------
    described : Scenario or System
    seed, replications, jobs, progress
        For steps without an exact answer; see :func:`simulator.availability`.

    Returns
    -------
    tuple of Step
        The first is the analytic line, with effect 0. The last is "finite horizon".
    """
    scenario = replace(Scenario.of(described), starts="equilibrium")
    broken = departures(scenario)
    stages = [(None, keeping(scenario, ()))]
    stages += [(a, keeping(scenario, broken[: i + 1])) for i, a in enumerate(broken)]
    steps: list[Step] = []
    before: _Level | None = None
    how = {"seed": seed, "replications": replications, "jobs": jobs, "progress": progress}
    for assumption, stage in stages:
        level = _long_run(stage, how)
        steps.append(_step(assumption, level, before))
        before = level
    if Scenario.of(described).starts == "new":
        last = _horizon(Scenario.of(described), how)
        steps.append(_step(_HORIZON, last, before))
    return tuple(steps)


_HORIZON = Assumption(
    "finite horizon", "the system has been running for ever", lambda scenario: scenario
)


def _long_run(stage: Scenario, how: Mapping[str, object]) -> _Level:
    try:
        return _Level(Solver(stage).unavailability(), True, None)
    except NotSupported:
        return _sampled(replace(stage, starts="new"), how)


def _horizon(scenario: Scenario, how: Mapping[str, object]) -> _Level:
    try:
        return _Level(Solver(scenario).mean_unavailability(scenario.horizon), True, None)
    except NotSupported:
        return _sampled(scenario, how)


def _sampled(scenario: Scenario, how: Mapping[str, object]) -> _Level:
    samples = replicate(scenario, **how)  # type: ignore[arg-type]
    return _Level(float(samples.system.down_s.mean() / samples.horizon_s), False, samples)


def _step(assumption: Assumption | None, level: _Level, before: _Level | None) -> Step:
    if assumption is None or before is None:
        name, assumed = "analytic", "serial and parallel formulas"
        return Step(
            name, assumed, level.value, 0.0, 0.0, 0.0, "exact" if level.exact else "montecarlo"
        )
    effect = level.value - before.value
    low, high, method = effect, effect, "exact"
    if level.samples is not None:
        shares = level.samples.system.down_s / level.samples.horizon_s
        if before.samples is not None:
            other = before.samples.system.down_s / before.samples.horizon_s
            found = paired_difference(shares, other, largest=1.0)
            method = f"paired on the same luck, {len(shares)} replications, long run taken over the horizon"
        else:
            found = unavailability_estimate(
                level.samples.system.down_s, level.samples.system.failures, level.samples.horizon_s
            )
            found = replace(
                found, value=effect, low=found.low - before.value, high=found.high - before.value
            )
            method = f"{len(shares)} replications against the exact step before"
        low, high = found.low, found.high
    elif before.samples is not None:
        down = before.samples.system
        found = unavailability_estimate(down.down_s, down.failures, before.samples.horizon_s)
        low, high = level.value - found.high, level.value - found.low
        method = f"exact against {len(down.down_s)} replications"
    return Step(assumption.name, assumption.assumed, level.value, effect, low, high, method)


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
