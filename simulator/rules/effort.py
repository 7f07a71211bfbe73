"""How much happens in one simulated history, so that a slip of the unit does not run for ever."""

from __future__ import annotations

import math

from simulator.describe.faults import Drain, Fault, Life
from simulator.describe.selectors import members_of
from simulator.describe.system import Scenario, System
from simulator.describe.units import format_duration
from simulator.errors import DescriptionError

__all__ = ["MAX_FAILURES", "MAX_IN_ALL", "check_effort", "failures_expected"]

MAX_FAILURES = 1_000_000
"""Failures in one history beyond which a simulation is refused."""

MAX_IN_ALL = 10_000_000_000
"""Failures in all histories beyond which a simulation is refused."""


def failures_expected(scenario: Scenario) -> dict[str, float]:
    """Failures in one history, roughly, by the key path of the fault.

    A fault that is repaired comes back every mean life plus mean repair; waiting for a crew, ageing
    and faults set off by other events are left out.
    """
    if not isinstance(scenario.system, System):
        return {}
    found = {}
    for pool in scenario.system.pools:
        for i, fault in enumerate(pool.faults):
            where = f"pools.{pool.name}.faults[{i}]"
            found[where] = _expected(fault, scenario, scenario.system, pool.name)
    for fault in scenario.faults:
        found[f"faults.{fault.name}"] = _expected(fault, scenario, scenario.system, "")
    return found


def _expected(fault: Fault, scenario: Scenario, system: System, default: str) -> float:
    if not isinstance(fault.when, Life):
        return 0.0
    covered = {m for s in fault.selectors for m in members_of(s or default, system)}
    copies = 1 if fault.together else len(covered)
    if fault.lasts is None and fault.found_by is None:
        return float(copies)
    lasts = fault.repair
    repair = 0.0 if lasts is None else lasts.seconds if isinstance(lasts, Drain) else lasts.mean()
    cycle = fault.when.distribution.mean() + repair
    return copies * scenario.horizon / cycle if cycle > 0 else math.inf


def check_effort(scenario: Scenario, replications: int, file: str) -> None:
    """Raise :class:`DescriptionError` if simulating would take more than hours.

    Parameters
    ----------
    scenario : Scenario
    replications : int
        Histories asked for.
    file : str
        Where the scenario comes from, for the message.
    """
    expected = failures_expected(scenario)
    each = sum(expected.values())
    if each <= MAX_FAILURES and each * replications <= MAX_IN_ALL:
        return
    worst = max(expected, key=lambda where: expected[where])
    raise DescriptionError(
        f"about {each:.1g} failures in each of {replications:,} histories of "
        f"{format_duration(scenario.horizon)}, most of them here: at most {MAX_FAILURES:,} in one and "
        f"{MAX_IN_ALL:,} in all are simulated; check this life, or shorten the horizon",
        f"{file}: {worst}",
    )
