"""Distributions of times: lives, repairs, delays. One draw of unit hazard makes one time."""

from simulator.describe.distributions.base import Distribution
from simulator.describe.distributions.bathtub import Bathtub
from simulator.describe.distributions.bounded import Deterministic, Uniform
from simulator.describe.distributions.calibrate import (
    Calibration,
    calibrate_afr_table,
    calibrate_bathtub,
)
from simulator.describe.distributions.combine import CompetingRisks, Mixture
from simulator.describe.distributions.constructors import (
    CONSTRUCTORS,
    afr,
    afr_of_mtbf,
    fleet_afr,
    from_afr,
    from_availability,
    from_first_year,
    from_median_p95,
    from_mtbf,
    mtbf_of_afr,
)
from simulator.describe.distributions.data import Empirical, PiecewiseHazard
from simulator.describe.distributions.equilibrium import Equilibrium
from simulator.describe.distributions.phases import Phases
from simulator.describe.distributions.residual import Residual
from simulator.describe.distributions.simple import Exponential, Never, Weibull
from simulator.describe.distributions.smooth import Erlang, Gamma, Lognormal
from simulator.describe.distributions.targets import AnnualFailureRate, MeanLife, ShareFailed

__all__ = [
    "CONSTRUCTORS",
    "AnnualFailureRate",
    "Bathtub",
    "Calibration",
    "CompetingRisks",
    "Deterministic",
    "Distribution",
    "Empirical",
    "Equilibrium",
    "Erlang",
    "Exponential",
    "Gamma",
    "Lognormal",
    "MeanLife",
    "Mixture",
    "Never",
    "Phases",
    "PiecewiseHazard",
    "Residual",
    "ShareFailed",
    "Uniform",
    "Weibull",
    "afr",
    "afr_of_mtbf",
    "calibrate_afr_table",
    "calibrate_bathtub",
    "fleet_afr",
    "from_afr",
    "from_availability",
    "from_first_year",
    "from_median_p95",
    "from_mtbf",
    "mtbf_of_afr",
]
