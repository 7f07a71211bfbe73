"""One scenario, every engine that can answer it, side by side.

>>> from simulator import YEAR, Scenario, availability
>>> from models.web_service import web_service
>>> report = availability(Scenario(web_service(), horizon=YEAR), engines=("analytic", "exact"))
>>> f"{1 - report.system.analytic:.9f}"
'0.999399050'
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from simulator.describe.assumptions import assumptions
from simulator.describe.chain import Chain
from simulator.describe.distributions import Exponential
from simulator.describe.system import Scenario, System
from simulator.errors import DescriptionError, NotEnoughData, NotSupported
from simulator.measure.availability import unavailability_estimate
from simulator.measure.estimates import Estimate
from simulator.measure.frequency import frequency_estimate, mean_outage_estimate
from simulator.replicate import Progress, replicate
from simulator.rules.anatomy import anatomy
from simulator.rules.features import independent
from simulator.rules.ideal import ideal
from simulator.rules.logic import events_of
from simulator.run.montecarlo.results import BulkResult

if TYPE_CHECKING:
    from simulator.request_line import RequestLine

__all__ = ["ENGINES", "Line", "Report", "auto", "availability"]

ENGINES = ("analytic", "exact", "montecarlo")
"""Engines, in the order of the table."""

Described = Scenario | System | Chain


@dataclass(frozen=True, slots=True)
class Line:
    """Unavailability of the system or of one pool, by every engine; None where there is no answer.

    Parameters
    ----------
    part : str
        ``"system"`` or the name of a pool.
    analytic : float or None
        Serial and parallel formulas, every assumption behind them made true.
    exact : float or None
        Long-run share of time down of the scenario as it is.
    exact_over_horizon : float or None
        Mean share of [0, horizon] spent down: what Monte-Carlo estimates.
    montecarlo : Estimate or None
    reasons : dict of str to str
        Why there is no answer, by engine.
    """

    part: str
    analytic: float | None = None
    exact: float | None = None
    exact_over_horizon: float | None = None
    montecarlo: Estimate | None = None
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def z(self) -> float | None:
        """Standard errors between the estimate and the exact value over the horizon."""
        if self.montecarlo is None or self.exact_over_horizon is None:
            return None
        z = self.montecarlo.z(self.exact_over_horizon)
        return z if math.isfinite(z) else None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything a run of one scenario has found.

    Parameters
    ----------
    scenario : Scenario
    lines : tuple of Line
        The system first, then the pools.
    frequency : Estimate or None
        Failures of the system per year.
    mean_outage : Estimate or None
        Seconds.
    exact_frequency : float or None
        Long-run failures per year.
    samples : BulkResult or None
        One value per replication.
    notes : tuple of str
        How the answers came about.
    assumptions : tuple of str
    seed, replications : int
    elapsed_s : float
    request : RequestLine or None; `request_reason` says why not.
    """

    scenario: Scenario
    lines: tuple[Line, ...]
    frequency: Estimate | None
    mean_outage: Estimate | None
    exact_frequency: float | None
    samples: BulkResult | None
    notes: tuple[str, ...]
    assumptions: tuple[str, ...]
    seed: int
    replications: int
    elapsed_s: float
    request: RequestLine | None = None
    request_reason: str = "needs traffic"

    @property
    def system(self) -> Line:
        """The line of the system."""
        return self.lines[0]

    def pool(self, name: str) -> Line:
        """The line of one pool."""
        for line in self.lines[1:]:
            if line.part == name:
                return line
        raise DescriptionError(
            f"{name!r}: there is {', '.join(x.part for x in self.lines[1:])}", "pool"
        )


def availability(
    described: Described,
    *,
    seed: int = 1,
    replications: int = 10_000,
    precision: float | None = None,
    jobs: int = 1,
    engines: Sequence[str] = ENGINES,
    window_s: float | None = None,
    outages: bool = False,
    causes: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Availability of a scenario: analytic, exact and by Monte-Carlo, with intervals.

    Parameters
    ----------
    described : Scenario, System or Chain
    seed : int
        Same seed, same numbers, whatever `jobs` is.
    replications : int
        Independent histories of the length of the horizon.
    precision : float, optional
        Instead of `replications`: go on until the interval ends within this share of the value.
    jobs : int
        Processes.
    engines : sequence of {"analytic", "exact", "montecarlo"}
    window_s : float, optional
        Length of the windows whose downtime is wanted, seconds.
    outages, causes : bool
        List the outages; share the downtime among causes.
    progress : callable, optional
        ``progress(done, total)`` in replications.

    Returns
    -------
    Report

    Raises
    ------
    DescriptionError
        For an unknown engine or a number out of range.
    """
    begun = time.perf_counter()
    scenario = Scenario.of(described)
    for engine in engines:
        if engine not in ENGINES:
            raise DescriptionError(f"{engine!r}: allowed are {', '.join(ENGINES)}", "engines")
    parts = ["system", *_pools(scenario)]
    lines = {part: Line(part) for part in parts}
    notes: list[str] = []
    exact_frequency = None
    if "analytic" in engines:
        _analytic(scenario, lines)
    if "exact" in engines:
        exact_frequency = _exact(scenario, lines, notes)
    samples = None
    if "montecarlo" in engines:
        samples = _montecarlo(
            scenario, lines, seed=seed, replications=replications, precision=precision, jobs=jobs,
            window_s=window_s, outages=outages, causes=causes, progress=progress,
        )  # fmt: skip
    return Report(
        scenario, tuple(lines[p] for p in parts), *_events(samples), exact_frequency, samples, tuple(notes),
        assumptions(scenario), seed, samples.replications if samples else 0, time.perf_counter() - begun,
    )  # fmt: skip


def auto(scenario: Scenario) -> str:
    """The most exact engine that answers the scenario alone."""
    from simulator.run.exact.solver import Solver

    try:
        Solver(scenario).unavailability()
    except NotSupported:
        return "montecarlo"
    return "exact"


def _pools(scenario: Scenario) -> list[str]:
    return (
        [pool.name for pool in scenario.system.pools] if isinstance(scenario.system, System) else []
    )


def _refused(line: Line, engine: str, error: NotSupported) -> Line:
    return replace(line, reasons=line.reasons | {engine: str(error)})


def _analytic(scenario: Scenario, lines: dict[str, Line]) -> None:
    from simulator.run.exact.solver import Solver

    try:
        solver = Solver(replace(ideal(scenario), starts="new"))
        for part, line in lines.items():
            lines[part] = replace(
                line, analytic=solver.unavailability(None if part == "system" else part)
            )
    except NotSupported as error:
        lines.update({part: _refused(line, "analytic", error) for part, line in lines.items()})


def _exact(scenario: Scenario, lines: dict[str, Line], notes: list[str]) -> float | None:
    """Fill in the exact figures; the frequency of failures per year."""
    from simulator.describe.units import YEAR
    from simulator.run.exact.solver import Solver

    solver = Solver(scenario)
    for part in lines:
        pool = None if part == "system" else part
        try:
            lines[part] = replace(lines[part], exact=solver.unavailability(pool))
        except NotSupported as error:
            lines[part] = _refused(lines[part], "exact", error)
        try:
            mean = solver.mean_unavailability(scenario.horizon, pool)
            lines[part] = replace(lines[part], exact_over_horizon=mean)
        except NotSupported as error:
            lines[part] = _refused(lines[part], "exact_over_horizon", error)
    notes.extend(solver.notes)
    return solver.frequency() * YEAR if lines["system"].exact is not None else None


def _montecarlo(scenario: Scenario, lines: dict[str, Line], **how: Any) -> BulkResult | None:
    try:
        samples = replicate(scenario, **how)
    except NotSupported as error:
        lines.update({part: _refused(line, "montecarlo", error) for part, line in lines.items()})
        return None
    for part, line in lines.items():
        tally = samples.system if part == "system" else samples.pools[part]
        try:
            outage = _longest_mean_outage(scenario, part)
            estimate = unavailability_estimate(
                tally.down_s, tally.failures, samples.horizon_s, mean_outage_s=outage
            )
            lines[part] = replace(line, montecarlo=estimate)
        except NotEnoughData as error:
            lines[part] = replace(line, reasons=line.reasons | {"montecarlo": str(error)})
    return samples


def _longest_mean_outage(scenario: Scenario, part: str) -> float | None:
    """The most that an outage can last on average: for a tighter bound when none was seen.

    Known where repairs are exponential and wait for nobody: an outage ends at the latest when all
    repairs under way end, and what is left of each is as long as a new one.
    """
    if not independent(scenario) or scenario.starts != "new":
        return None
    body = anatomy(scenario)
    node = body.top if part == "system" else body.pools[part]
    faults = [body.events[i].fault for i in events_of(node)]
    repairs = [fault.lasts for fault in faults if fault is not None and fault.found_by is None]
    plain = [r.mean() for r in repairs if isinstance(r, Exponential)]
    return sum(plain) if plain and len(plain) == len(faults) else None


def _events(samples: BulkResult | None) -> tuple[Estimate | None, Estimate | None]:
    """Failures per year and mean outage."""
    if samples is None:
        return None, None
    tally = samples.system
    try:
        rate = frequency_estimate(tally.failures, samples.horizon_s)
        return rate, mean_outage_estimate(tally.down_s, tally.failures)
    except NotEnoughData:
        return None, None
