"""From the serial and parallel formulas to the system as it is, one assumption at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator.describe.system import Scenario
from simulator.errors import NotSupported
from simulator.measure.availability import unavailability_estimate
from simulator.measure.compare import paired_difference
from simulator.replicate import Progress, replicate
from simulator.rules.ideal import Assumption, departures, keeping
from simulator.run.exact.solver import Solver
from simulator.run.montecarlo.results import BulkResult
from simulator.simulate import Described

__all__ = ["Step", "explain_gap"]


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
    stages: list[tuple[Assumption | None, Scenario]] = [(None, keeping(scenario, ()))]
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
