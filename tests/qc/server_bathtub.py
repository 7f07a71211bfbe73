"""Servers whose hazard is a bathtub, again: quadrature of the survival, renewals by FFT.

Source: "System Design Fundamentals", sections 1.1 (MTBF 25,000-50,000 h; 5 % failed in year one)
and 2.2 (about 5 % in year one, 2-4 % a year after it). Typed assumptions: three Weibull hazards
added; shapes 0.5 (early) and 4 or 6 (wear-out); scale of wear-out 5.245843332286513 y, or 15 y;
steady part 3 % or 2.5 % a year; the early scale makes up what is missing to 5 % in year one;
repair exponential with mean 24 h, after which the server is as good as new; one server; ten years.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.integrate import quad
from scipy.optimize import brentq

__all__ = ["SURVIVAL_YEARS", "annual_reading", "mtbf_reading"]

HOUR = 3600.0
YEAR = 8760 * HOUR
REPAIR = 24 * HOUR
HORIZON = 10 * YEAR
SURVIVAL_YEARS = (0.01, 0.1, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 10.0)

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tub:
    """Cumulative hazard of the sum of three Weibull hazards; years inside."""

    steady: float
    shape: float
    scale: float

    @property
    def early(self) -> float:
        """Factor c of the early part c sqrt(t): 5 % failed at t = 1 year."""
        return float(-math.log(0.95) - self.steady - self.scale**-self.shape)

    def hazards(self, years: FloatArray) -> FloatArray:
        """Cumulative hazard at ages in years."""
        wear = (years / self.scale) ** self.shape
        return np.asarray(self.early * np.sqrt(years) + self.steady * years + wear, np.float64)

    def hazard(self, years: float) -> float:
        """Cumulative hazard at one age in years."""
        return float(self.hazards(np.array([years]))[0])

    def mean(self) -> float:
        """Mean life in seconds; substituting t = x^2 takes the root out of the integrand."""
        end = 60.0
        edges = np.sqrt([0.0, 0.1, 1.0, 4.0, 8.0, 15.0, end])
        pieces = (
            quad(lambda x: 2 * x * math.exp(-self.hazard(x * x)), a, b, epsabs=0, epsrel=1e-12)[0]
            for a, b in itertools.pairwise(edges)
        )
        return math.fsum(pieces) * YEAR

    def median(self) -> float:
        """Age in seconds by which half have failed."""
        return float(brentq(lambda t: self.hazard(t) - math.log(2), 0.1, 60, xtol=1e-14) * YEAR)

    def yearly(self, year: int) -> float:
        """Share of those alive at the start of year number `year` that fail in it."""
        return -math.expm1(self.hazard(year - 1.0) - self.hazard(float(year)))


def _renewal_down(tub: Tub, cells: int) -> float:
    """Mean share of the horizon spent down, on a grid of `cells` cells.

    The measure of failures is f + f*h + f*h*h + ..., h = f*g the law of life plus repair; the sum
    is f times the product of (1 + h^(2^k)). A failure at t leaves min(repair, horizon - t) down.
    Masses sit in the middle of their cells, hence an error of the order of the cell squared.
    """
    step = HORIZON / cells
    edges = np.arange(cells + 1, dtype=np.float64) * step
    f = np.diff(-np.expm1(-tub.hazards(edges / YEAR)))
    g = -np.diff(np.exp(-edges / REPAIR))
    size = next_fast_len(2 * cells, real=True)

    def times(x: FloatArray, y: FloatArray) -> FloatArray:
        return np.asarray(irfft(rfft(x, size) * rfft(y, size), size)[:cells])

    def later(x: FloatArray) -> FloatArray:
        """Two middles of cells add up to an edge: share the mass between both cells."""
        return np.asarray(0.5 * (x + np.concatenate([[0.0], x[:-1]])), np.float64)

    power, failures = later(times(f, g)), f
    for _ in range(6):
        failures = failures + later(times(failures, power))
        power = later(times(power, power))
    left = HORIZON - (edges[:-1] + step / 2)
    return float(failures @ (-np.expm1(-left / REPAIR))) * REPAIR / HORIZON


def _extrapolated(f: Callable[[int], float], cells: int) -> float:
    """Richardson for an error of the order of the cell squared."""
    return (4 * f(2 * cells) - f(cells)) / 3


def _server(tub: Tub) -> dict[str, float]:
    mean = tub.mean()
    found = {
        "unavailability": REPAIR / (mean + REPAIR),
        "frequency": 1 / (mean + REPAIR),
        "life mean": mean,
        "life median": tub.median(),
        "mean unavailability": _extrapolated(lambda n: _renewal_down(tub, n), 40_000),
        "horizon": HORIZON,
    }
    return found | {f"survival {y} y": math.exp(-tub.hazard(y)) for y in SURVIVAL_YEARS}


MTBF_TUB = Tub(0.03, 4.0, 5.245843332286513)
ANNUAL_TUB = Tub(0.025, 6.0, 15.0)


def mtbf_reading() -> dict[str, float]:
    """The server that keeps the MTBF; seconds, shares, 1/s."""
    return _server(MTBF_TUB)


def annual_reading() -> dict[str, float]:
    """The server that keeps the yearly rates; seconds, shares, 1/s."""
    return _server(ANNUAL_TUB)
