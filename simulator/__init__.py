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
    AdaptiveThrottle,
    Add,
    AimdLimit,
    AimdRate,
    All,
    Answer,
    Assumed,
    At,
    Autoscaler,
    AwsQuota,
    Backlog,
    Backoff,
    Bathtub,
    Breaker,
    Build,
    Bulkhead,
    Cache,
    Call,
    Chain,
    Closed,
    CompetingRisks,
    Consecutive,
    Controller,
    Count,
    Crew,
    Daily,
    Detect,
    Deterministic,
    Distribution,
    Drain,
    Drop,
    Effect,
    Empirical,
    Ends,
    EnvoyBudget,
    Erlang,
    Every,
    Evidence,
    Exponential,
    Failover,
    Fault,
    FinagleBudget,
    Fit,
    Gamma,
    Given,
    Gradient,
    GrpcThrottle,
    HealthCheck,
    Hedge,
    KofN,
    LeakyBucket,
    Life,
    Link,
    LoadSharing,
    Lognormal,
    Mixture,
    Network,
    Never,
    Note,
    Observed,
    On,
    Outliers,
    Parallel,
    Pause,
    PiecewiseHazard,
    Poisson,
    Pool,
    Preset,
    Promote,
    Queue,
    Ramp,
    Remove,
    Replication,
    Restart,
    Restore,
    Resume,
    Retry,
    RollBack,
    Rolling,
    Rollout,
    Runbook,
    Scenario,
    Series,
    SetQueue,
    ShareOfTraffic,
    Shedding,
    Signal,
    Slowdown,
    Source,
    Spare,
    Spike,
    Standby,
    Step,
    Switch,
    System,
    TokenBucket,
    TokenRate,
    Trace,
    Uniform,
    Vegas,
    Weibull,
    Work,
    Zipf,
    bad_deploy,
    byzantine,
    cascade,
    config_push,
    crash,
    disk_failure,
    k_of_n,
    network,
    network_partition,
    parallel,
    power_loss,
    preset,
    resource_leak,
    series,
    server_crash,
    software_bug,
    untested_design,
    wrong_command,
)

if TYPE_CHECKING:
    from simulator.conducting import conduct
    from simulator.describe.files import dump, load
    from simulator.gap import explain_gap
    from simulator.history import timeline_of
    from simulator.requests import traffic
    from simulator.run import exact
    from simulator.simulate import Report, availability
    from simulator.study import compare, durability
    from simulator.study_traffic import compare_traffic

__version__ = "0.1.0"

_ON_FIRST_USE = {
    "Report": "simulator.simulate",
    "availability": "simulator.simulate",
    "compare": "simulator.study",
    "conduct": "simulator.conducting",
    "compare_traffic": "simulator.study_traffic",
    "dump": "simulator.describe.files",
    "durability": "simulator.study",
    "exact": "simulator.run",
    "explain_gap": "simulator.gap",
    "load": "simulator.describe.files",
    "timeline_of": "simulator.history",
    "traffic": "simulator.requests",
}


def __getattr__(name: str) -> Any:
    """Load what was left out at import."""
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    if name == "exact":
        return importlib.import_module("simulator.run.exact")
    return getattr(importlib.import_module(_ON_FIRST_USE[name]), name)


__all__ = [
    "DAY", "FOREVER", "GB", "HOUR", "KB", "MB", "MIN", "MONTH", "MS", "PB", "SECOND", "TB", "WEEK",
    "YEAR", "AdaptiveThrottle", "Add", "AimdLimit", "AimdRate", "All", "Answer", "Assumed", "At",
    "Autoscaler", "AwsQuota", "Backlog", "Backoff", "Bathtub", "Breaker", "Build", "Bulkhead", "Cache",
    "Call", "Chain", "Closed", "CompetingRisks", "Consecutive", "Controller", "Count", "Crew", "Daily",
    "Detect", "Deterministic", "Distribution", "Drain", "Drop", "Effect", "Empirical", "Ends",
    "EnvoyBudget", "Erlang", "Every", "Evidence", "Exponential", "Failover", "Fault", "FinagleBudget",
    "Fit", "Gamma", "Given", "Gradient", "GrpcThrottle", "HealthCheck", "Hedge", "KofN", "LeakyBucket",
    "Life", "Link", "LoadSharing", "Lognormal", "Mixture", "Network", "Never", "Note", "Observed", "On",
    "Outliers", "Parallel", "Pause", "PiecewiseHazard", "Poisson", "Pool", "Preset", "Promote", "Queue",
    "Ramp", "Remove", "Replication", "Report", "Restart", "Restore", "Resume", "Retry", "RollBack",
    "Rolling", "Rollout", "Runbook", "Scenario", "Series", "SetQueue", "ShareOfTraffic", "Shedding",
    "Signal", "Slowdown", "Source", "Spare", "Spike", "Standby", "Step", "Switch", "System",
    "TokenBucket", "TokenRate", "Trace", "Uniform", "Vegas", "Weibull", "Work", "Zipf", "__version__",
    "availability", "bad_deploy", "byzantine", "cascade", "compare", "compare_traffic", "conduct",
    "config_push", "crash", "disk_failure", "dump", "durability", "exact", "explain_gap", "k_of_n",
    "load", "network", "network_partition", "parallel", "power_loss", "preset", "resource_leak",
    "series", "server_crash", "software_bug", "timeline_of", "traffic", "untested_design",
    "wrong_command",
]  # fmt: skip
