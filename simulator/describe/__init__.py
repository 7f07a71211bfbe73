"""Describe: frozen data that say what a system is. Nothing here runs, draws or computes a result."""

from simulator.describe.chain import Chain
from simulator.describe.controllers import Controller, Crew, Detect, Failover
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
from simulator.describe.faults import FOREVER, Drain, Effect, Every, Fault, Life, On, Poisson, crash
from simulator.describe.pools import Call, LoadSharing, Pool, Replication, Standby, Work
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
    "DAY", "FOREVER", "GB", "HOUR", "KB", "MB", "MIN", "MONTH", "MS", "PB", "SECOND", "TB", "WEEK", "YEAR",
    "Bathtub", "Call", "Chain", "CompetingRisks", "Controller", "Crew", "Detect", "Deterministic", "Distribution",
    "Drain", "Effect", "Empirical", "Erlang", "Every", "Exponential", "Failover", "Fault", "Gamma", "KofN", "Life",
    "LoadSharing", "Lognormal", "Mixture", "Network", "Never", "On", "Parallel", "PiecewiseHazard", "Poisson", "Pool",
    "Replication", "Scenario", "Series", "Standby", "System", "Uniform", "Weibull", "Work", "crash", "k_of_n",
    "network", "parallel", "series",
]  # fmt: skip
