"""The search for the bathtub that comes closest to targets: least squares from fixed starts.

Everything here is in years and on logarithms; the table of a calibration is made from the life
found, without these shortcuts.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from simulator.describe.distributions.base import Array
from simulator.describe.distributions.bathtub import Bathtub
from simulator.describe.distributions.targets import MeanLife, Target
from simulator.describe.units import YEAR

__all__ = ["SEARCHED", "best", "got", "life_of", "misfit_of", "nearest"]

# (log early scale, early shape, log chance, wear shape, log wear scale), times in years.
_LOW = np.array([math.log(1e-3), 0.2, math.log(1e-6), 1.05, math.log(1e-2)])
_HIGH = np.array([math.log(1e12), 1.0, math.log(1e3), 12.0, math.log(1e4)])
_CENTRES = 1e-4  # pull to the middle of ranges and to the start: picks one of many that hold
_AGREEING = 3  # starts that must end at the same misfit before it is taken for the least there is
_X = np.linspace(
    math.log(1e-5), math.log(3e4), 400
)  # log age in years: the trapezoidal rule in log t
_T = np.exp(_X)
SEARCHED = f"early shapes from {_LOW[1]:g}, wear-out shapes to {_HIGH[3]:g} were searched"


def _hazard(theta: Array, t: Array, x: Array) -> Array:
    """Cumulative hazard at ages `t` in years, of logarithm `x`."""
    early = np.exp(np.minimum(theta[1] * (x - theta[0]), 700.0))
    wear = np.exp(np.minimum(theta[3] * (x - theta[4]), 700.0))
    return np.asarray(early + math.exp(theta[2]) * t + wear)


def _mean(theta: Array) -> float:
    """Mean life in years: S(t) t is analytic in log t and falls to 0 at both ends."""
    return float(np.sum(np.exp(-_hazard(theta, _T, _X)) * _T) * (_X[1] - _X[0]))


def got(theta: Array, target: Target) -> Array:
    """The values a target speaks of, one per age it covers; mean lives in seconds."""
    if isinstance(target, MeanLife):
        return np.array([_mean(theta) * YEAR])
    begin, end = (ages / YEAR for ages in target.spans())
    gained = _hazard(theta, end, np.log(end)) - _hazard(
        theta, begin, np.log(np.maximum(begin, 1e-300))
    )
    return np.asarray(-np.expm1(-gained))


def _residuals(theta: Array, targets: tuple[Target, ...], start: Array) -> Array:
    parts = [_CENTRES * (theta - start) / (_HIGH - _LOW)]
    for target in targets:
        value = np.maximum(got(theta, target), 1e-300)
        centred = _CENTRES * np.log(value / math.sqrt(target.low * target.top))
        parts.append(target.weight * (_outside(theta, target) + centred) / math.sqrt(len(value)))
    return np.concatenate(parts)


def _starts(targets: tuple[Target, ...]) -> list[Array]:
    """Fixed starts around the time scale of the targets: early deaths by chance by wear-out."""
    means = [math.sqrt(t.low * t.top) / YEAR for t in targets if isinstance(t, MeanLife)]
    ages = [float(t.spans()[1].max()) / YEAR for t in targets if not isinstance(t, MeanLife)]
    base = max(means + ages)
    starts = []
    for early, chance, wear, shape in itertools.product(
        (1e2, 1e5), (0.003, 0.1), (1.0, 4.0), (3.0, 8.0)
    ):
        row = [math.log(early), 0.5, math.log(chance), shape, math.log(wear * base)]
        starts.append(np.clip(np.array(row), _LOW + 1e-6, _HIGH - 1e-6))
    return starts


def best(targets: tuple[Target, ...], tolerance: float) -> Array:
    """The best parameters over the starts, until all is met or three starts end equally well."""
    from scipy.optimize import least_squares

    ends: list[tuple[float, Array]] = []
    for start in _starts(targets):
        found = least_squares(
            _residuals,
            start,
            bounds=(_LOW, _HIGH),
            args=(targets, start),
            max_nfev=80,
            ftol=1e-7,
            xtol=1e-6,
        )
        ends.append((float(found.cost), np.asarray(found.x)))
        if all(misfit_of(got(found.x, t), t) <= tolerance / 10 for t in targets):
            return ends[-1][1]
        least = min(cost for cost, _ in ends)
        if sum(cost <= least * 1.01 for cost, _ in ends) == _AGREEING:
            break
    return min(ends, key=lambda end: end[0])[1]


def life_of(theta: Array) -> Bathtub:
    """The bathtub of the parameters searched for."""
    early = (float(theta[1]), math.exp(theta[0]) * YEAR)
    return Bathtub(early, math.exp(theta[2]) / YEAR, (float(theta[3]), math.exp(theta[4]) * YEAR))


def misfit_of(value: Array, target: Target) -> float:
    """Largest relative distance from the range: 0.1 is 10 % above its top or below its bottom."""
    return float(
        np.max(np.maximum(np.maximum(value / target.top - 1, 1 - value / target.low), 0.0))
    )


def _outside(theta: Array, target: Target) -> Array:
    """Logarithmic distance of each value from the range: negative below it, positive above."""
    log_got = np.log(np.maximum(got(theta, target), 1e-300))
    above = np.maximum(log_got - math.log(target.top), 0.0)
    return np.asarray(above + np.minimum(log_got - math.log(target.low), 0.0))


def nearest(target: Target, rest: tuple[Target, ...], tolerance: float) -> Bathtub | None:
    """The life that meets the `rest` and comes as near to `target` as it then can."""
    from scipy.optimize import minimize

    def slack(theta: Array) -> Array:
        rows = []
        for other in rest:
            log_got = np.log(np.maximum(got(theta, other), 1e-300))
            rows += [log_got - math.log(other.low) + 1e-3, math.log(other.top) + 1e-3 - log_got]
        return np.concatenate(rows)

    found_best, least = None, math.inf
    for start in (best((target, *rest), tolerance), best(rest, tolerance)):
        found = minimize(
            lambda theta: float(np.mean(_outside(theta, target) ** 2)),
            np.clip(start, _LOW + 1e-6, _HIGH - 1e-6),
            method="SLSQP",
            bounds=list(zip(_LOW, _HIGH, strict=True)),
            constraints={"type": "ineq", "fun": slack},
            options={"maxiter": 200, "ftol": 1e-9},
        )
        if found.fun < least and np.all(slack(found.x) > -tolerance / 2):
            found_best, least = np.asarray(found.x), float(found.fun)
    return None if found_best is None else life_of(found_best)
