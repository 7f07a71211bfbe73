"""Describe: frozen data that say what a system is. Nothing here runs, draws or computes a result."""

from simulator.describe.actions import (
    Add,
    Drop,
    Ends,
    Note,
    Pause,
    Promote,
    Remove,
    Restore,
    Resume,
    RollBack,
    SetQueue,
    Switch,
)
from simulator.describe.backlogs import Backlog, Spare
from simulator.describe.chain import Chain
from simulator.describe.controllers import Controller, Crew, Detect, Failover, HealthCheck
from simulator.describe.distributions import (
    Bathtub,
    CompetingRisks,
    Deterministic,
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Lognormal,
    Mixture,
    Never,
    PiecewiseHazard,
    Uniform,
    Weibull,
)
from simulator.describe.evidence import Assumed, Evidence, Fit, Given, Observed
from simulator.describe.faults import (
    FOREVER,
    At,
    Drain,
    Effect,
    Every,
    Fault,
    Life,
    On,
    Poisson,
    crash,
)
from simulator.describe.guards import (
    AdaptiveThrottle,
    AimdLimit,
    AimdRate,
    Breaker,
    Bulkhead,
    Consecutive,
    Count,
    Gradient,
    LeakyBucket,
    Rolling,
    TokenRate,
    Vegas,
)
from simulator.describe.human_faults import (
    bad_deploy,
    config_push,
    untested_design,
    wrong_command,
)
from simulator.describe.links import Link
from simulator.describe.pools import LoadSharing, Pool, Replication, Standby
from simulator.describe.presets import Preset, preset
from simulator.describe.profiles import Daily, Ramp, Spike
from simulator.describe.recovery import Restart
from simulator.describe.retries import (
    AwsQuota,
    Backoff,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    Hedge,
    Retry,
    ShareOfTraffic,
    TokenBucket,
)
from simulator.describe.rollouts import Autoscaler, Build, Rollout
from simulator.describe.runbooks import Runbook, Step
from simulator.describe.serving import Cache, Outliers, Queue, Shedding, Slowdown, Zipf
from simulator.describe.signals import Signal
from simulator.describe.sources import Closed, Source, Trace
from simulator.describe.steps import All, Answer, Call, Work
from simulator.describe.structure import (
    KofN,
    Network,
    Parallel,
    Series,
    k_of_n,
    network,
    parallel,
    series,
)
from simulator.describe.system import Scenario, System
from simulator.describe.taxonomy import (
    byzantine,
    cascade,
    disk_failure,
    network_partition,
    power_loss,
    resource_leak,
    server_crash,
    software_bug,
)
from simulator.describe.units import (
    DAY,
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
)

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
    "Ramp", "Remove", "Replication", "Restart", "Restore", "Resume", "Retry", "RollBack", "Rolling",
    "Rollout", "Runbook", "Scenario", "Series", "SetQueue", "ShareOfTraffic", "Shedding", "Signal",
    "Slowdown", "Source", "Spare", "Spike", "Standby", "Step", "Switch", "System", "TokenBucket",
    "TokenRate", "Trace", "Uniform", "Vegas", "Weibull", "Work", "Zipf", "bad_deploy", "byzantine",
    "cascade", "config_push", "crash", "disk_failure", "k_of_n", "network", "network_partition",
    "parallel", "power_loss", "preset", "resource_leak", "series", "server_crash", "software_bug",
    "untested_design", "wrong_command",
]  # fmt: skip
