"""How much happens in one simulated history, so that a slip of the unit does not run for ever."""

from __future__ import annotations

import math

from simulator.describe.faults import Drain, Fault, Life
from simulator.describe.selectors import members_of
from simulator.describe.system import Scenario, System
from simulator.describe.units import format_duration
from simulator.errors import DescriptionError

__all__ = ["MAX_FAILURES", "check_effort", "failures_expected"]

MAX_FAILURES = 1_000_000
"""Failures in one history beyond which a simulation is refused."""


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
    lasts = fault.lasts
    repair = 0.0 if lasts is None else lasts.seconds if isinstance(lasts, Drain) else lasts.mean()
    cycle = fault.when.distribution.mean() + repair
    return copies * scenario.horizon / cycle if cycle > 0 else math.inf


def check_effort(scenario: Scenario) -> None:
    """Raise :class:`DescriptionError` if a history holds more than ``MAX_FAILURES`` failures."""
    expected = failures_expected(scenario)
    total = sum(expected.values())
    if total > MAX_FAILURES:
        worst = max(expected, key=lambda where: expected[where])
        raise DescriptionError(
            f"about {total:.1g} failures in a history of {format_duration(scenario.horizon)}, most of "
            f"them here: at most {MAX_FAILURES:,} are simulated; check its life or shorten the horizon",
            worst,
        )
