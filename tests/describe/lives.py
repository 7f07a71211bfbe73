"""Lives of every kind for the tests of this folder, smooth ones and ones with kinks."""

from __future__ import annotations

import numpy as np

from simulator.describe.distributions import (
    Bathtub,
    CompetingRisks,
    Distribution,
    Erlang,
    Exponential,
    Gamma,
    Lognormal,
    Mixture,
    PiecewiseHazard,
    Uniform,
    Weibull,
)
from simulator.describe.units import HOUR, YEAR

H = HOUR
# Cases C19-C23: H(t) = 0.05 (t/50000)^0.5 + 1e-5 t + (t/60000)^5 with t in hours.
TUB = Bathtub((0.5, 50000 * H / 0.05**2), 1e-5 / H, (5.0, 60000 * H))
# Cases C37-C39: 5 % weak units.
WEAK = Mixture((0.05, 0.95), (Weibull(0.6, 2000 * H), Weibull(3.0, 40000 * H)))

SMOOTH: dict[str, Distribution] = {
    "exponential": Exponential(3 * H),
    "weibull falling": Weibull(0.7, 2000 * H),
    "weibull rising": Weibull(2.5, 1000 * H),
    "lognormal": Lognormal(4 * H, 1.2),
    "lognormal narrow": Lognormal(60.0, 0.1),
    "gamma": Gamma(2.5, H),
    "gamma falling": Gamma(0.4, H),
    "gamma narrow": Gamma(300.0, H),
    "erlang": Erlang(3, 9 * H),
    "bathtub": TUB,
    "mixture": WEAK,
    "hyperexponential": Mixture((0.1, 0.9), (Exponential(H), Exponential(100 * H))),
    "competing": CompetingRisks((Lognormal(4 * H, 1.2), Weibull(0.7, 20 * H), Gamma(2.5, H))),
    "residual weibull": Weibull(2.5, 1000 * H).residual(700 * H),
    "residual lognormal": Lognormal(4 * H, 1.2).residual(3 * H),
    "residual gamma": Gamma(2.5, H).residual(H),
    "residual bathtub": TUB.residual(2 * YEAR),
}
KINKED: dict[str, Distribution] = {
    "uniform": Uniform(H, 3 * H),
    "piecewise": PiecewiseHazard((0.0, YEAR, 3 * YEAR), (0.05 / YEAR, 0.02 / YEAR, 0.1 / YEAR)),
    "piecewise gap": PiecewiseHazard((0.0, H, 2 * H), (0.0, 1 / H, 0.5 / H)),
    "competing kinked": CompetingRisks((Weibull(2.0, H), Uniform(0.0, 2 * H))),
    "mixture kinked": Mixture((0.5, 0.5), (Uniform(0.0, H), Exponential(2 * H))),
}
ALL = SMOOTH | KINKED
BODY = np.concatenate([np.geomspace(1e-12, 1.0, 60), np.linspace(1.01, 60.0, 60)])
TAILS = np.concatenate([np.geomspace(1e-300, 1e-12, 40), np.linspace(61.0, 700.0, 40)])
