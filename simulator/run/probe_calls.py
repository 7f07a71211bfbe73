"""Deep probes as requests: a source for each member that is watched, which asks this very member."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.describe.controllers import HealthCheck
from simulator.describe.sources import Source, Trace
from simulator.describe.steps import Call
from simulator.describe.system import Scenario, System

__all__ = ["ProbeCall", "probe_name", "probe_sources"]


@dataclass(frozen=True, slots=True)
class ProbeCall(Call):
    """A call that one member alone is asked, whether it is in rotation or not.

    Parameters
    ----------
    to_member : int
        Its number.
    """

    to_member: int = 0


def probe_name(check: HealthCheck, member: int) -> str:
    """Name of the source that probes a member."""
    return f"{check.name} {check.pool} {member}"


def probe_sources(scenario: Scenario) -> list[Source]:
    """A source for each member of each pool with a deep health check; it sends only when asked."""
    assert isinstance(scenario.system, System)  # a conductor has checked it
    keys = next((source.keys for source in scenario.sources if source.keys is not None), None)
    found = []
    for check in scenario.health_checks:
        for member in range(scenario.system[check.pool].members if check.probe == "deep" else 0):
            call = ProbeCall(check.pool, as_=check.as_, timeout=check.timeout, to_member=member)
            found.append(Source(probe_name(check, member), Trace(()), to=call, keys=keys))
    return found
