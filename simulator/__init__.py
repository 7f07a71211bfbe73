"""Reliability of distributed systems: describe one once, know how available it is, and why.

Everything public is here. What needs more than NumPy is loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from simulator.describe import (
    DAY,
    FOREVER,
    GB,
    HOUR,
    KB,
    MB,
    MIN,
    MONTH,
    MS,
    PB,
    SECOND,
    TB,
    WEEK,
    YEAR,
    Bathtub,
    Call,
    Chain,
    CompetingRisks,
    Controller,
    Crew,
    Detect,
    Deterministic,
    Distribution,
    Drain,
    Effect,
    Empirical,
    Erlang,
    Every,
    Exponential,
    Failover,
    Fault,
    Gamma,
    KofN,
    Life,
    LoadSharing,
    Lognormal,
    Mixture,
    Network,
    Never,
    On,
    Parallel,
    PiecewiseHazard,
    Poisson,
    Pool,
    Replication,
    Scenario,
    Series,
    Standby,
    System,
    Uniform,
    Weibull,
    Work,
    crash,
    k_of_n,
    network,
    parallel,
    series,
)

if TYPE_CHECKING:
    from simulator.describe.files import dump, load
    from simulator.gap import explain_gap
    from simulator.run import exact
    from simulator.simulate import Report, availability
    from simulator.study import compare, durability

__version__ = "0.1.0"

_ON_FIRST_USE = {
    "Report": "simulator.simulate",
    "availability": "simulator.simulate",
    "compare": "simulator.study",
    "dump": "simulator.describe.files",
    "durability": "simulator.study",
    "exact": "simulator.run",
    "explain_gap": "simulator.gap",
    "load": "simulator.describe.files",
}


def __getattr__(name: str) -> Any:
    """Load what was left out at import."""
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    if name == "exact":
        return importlib.import_module("simulator.run.exact")
    return getattr(importlib.import_module(_ON_FIRST_USE[name]), name)


__all__ = [
    "DAY",
    "FOREVER",
    "GB",
    "HOUR",
    "KB",
    "MB",
    "MIN",
    "MONTH",
    "MS",
    "PB",
    "SECOND",
    "TB",
    "WEEK",
    "YEAR",
    "Bathtub",
    "Call",
    "Chain",
    "CompetingRisks",
    "Controller",
    "Crew",
    "Detect",
    "Deterministic",
    "Distribution",
    "Drain",
    "Effect",
    "Empirical",
    "Erlang",
    "Every",
    "Exponential",
    "Failover",
    "Fault",
    "Gamma",
    "KofN",
    "Life",
    "LoadSharing",
    "Lognormal",
    "Mixture",
    "Network",
    "Never",
    "On",
    "Parallel",
    "PiecewiseHazard",
    "Poisson",
    "Pool",
    "Replication",
    "Report",
    "Scenario",
    "Series",
    "Standby",
    "System",
    "Uniform",
    "Weibull",
    "Work",
    "__version__",
    "availability",
    "compare",
    "crash",
    "dump",
    "durability",
    "exact",
    "explain_gap",
    "k_of_n",
    "load",
    "network",
    "parallel",
    "series",
]
