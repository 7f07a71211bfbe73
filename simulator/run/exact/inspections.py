"""Hidden failures: nobody notices until an inspection; then the repair starts.

Inspections every tau seconds (the schedule starts anew after each repair), or at random times (a
Poisson process). Long-run formulas by renewal-reward; the share of time undetected is built from
positive terms, so it is right even when lives are a billion inspections long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.folds import fixed_time, gamma_form
from simulator.run.exact.generator import FloatArray

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = ["HiddenFailures", "found_at_random", "found_by_inspection"]

_MOST_INSPECTIONS = 4_000_000
_CHUNK = 20_000
_NODES = 16


@dataclass(frozen=True, slots=True)
class HiddenFailures:
    """Long-run measures of a unit whose failures are hidden until found.

    Parameters
    ----------
    unavailability : float
        Long-run share of time failed, found or not, or in repair.
    undetected : float
        Long-run share of time failed and not yet found.
    frequency : float
        Failures per second.
    mean_undetected_s, mean_down_s, mean_cycle_s : float
        Mean time from a failure to its detection, to the end of its repair, and between repairs.
    """

    unavailability: float
    undetected: float
    frequency: float
    mean_undetected_s: float
    mean_down_s: float
    mean_cycle_s: float


def found_by_inspection(
    life: Distribution, every_s: float, repair: Distribution | None = None
) -> HiddenFailures:
    """Failures found at the next of inspections every `every_s`, counted from the last repair.

    Parameters
    ----------
    life : Distribution
        Time from repair to failure; a failure exactly at an inspection is found by it.
    every_s : float
        Interval between inspections, s, > 0. An inspection takes no time.
    repair : Distribution, optional
        Repair after detection; none takes no time.

    Raises
    ------
    DescriptionError
        If the interval is not positive, or a mean is infinite.
    NotSupported
        If a life may outlast four million inspections and is not exponential.
    """
    if not (every_s > 0 and np.isfinite(every_s)):
        raise DescriptionError(f"inspections every {every_s!r} s: the interval must be > 0")
    _check_means(life, repair)
    fixed = fixed_time(life)
    if gamma_form(life) == (1.0, life.mean()):
        waiting = every_s * _wait_share(every_s / life.mean())
    elif fixed is not None:
        periods = fixed / every_s
        waiting = every_s * max(np.ceil(periods * (1 - 4e-16)) - periods, 0.0)
    else:
        waiting = _waiting(life, every_s)
    return _measures(life.mean(), float(waiting), repair)


def found_at_random(
    life: Distribution, rate_per_s: float, repair: Distribution | None = None
) -> HiddenFailures:
    """Failures found by inspections at random times, `rate_per_s` on average (Poisson).

    Parameters
    ----------
    life, repair : Distribution
        As in :func:`found_by_inspection`.
    rate_per_s : float
        Rate of inspections, 1/s, > 0.

    Raises
    ------
    DescriptionError
        If the rate is not positive, or a mean is infinite.
    """
    if not (rate_per_s > 0 and np.isfinite(rate_per_s)):
        raise DescriptionError(f"inspections at rate {rate_per_s!r} per s: the rate must be > 0")
    _check_means(life, repair)
    return _measures(life.mean(), 1.0 / rate_per_s, repair)


def _check_means(life: Distribution, repair: Distribution | None) -> None:
    for name, law in (("life", life), ("repair", repair)):
        if law is not None and not np.isfinite(law.mean()):
            raise DescriptionError(f"the {name} {law.describe()} has no finite mean")


def _measures(up_s: float, waiting_s: float, repair: Distribution | None) -> HiddenFailures:
    down = waiting_s + (repair.mean() if repair is not None else 0.0)
    cycle = up_s + down
    return HiddenFailures(down / cycle, waiting_s / cycle, 1 / cycle, waiting_s, down, cycle)


def _wait_share(a: float) -> float:
    """1 / (1 - exp(-a)) - 1 / a: mean wait of an exponential life, in intervals of `a` means."""
    if a < 0.1:  # the two nearly cancel: Bernoulli series, next term under 1e-17 of the value
        b = a * a
        series = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000)
        return 0.5 + a * sum(c * b**k for k, c in enumerate(series))
    return float(-1.0 / np.expm1(-a) - 1.0 / a)


def _waiting(life: Distribution, every_s: float) -> float:
    """Mean time from failure to the next inspection: sum over intervals of the integral of the cdf.

    Within an interval from u, it is S(u) times the integral of 1 - exp(-hazard since u).
    """
    last = float(np.ceil(life.time_at_hazard(46.0) / every_s)) + 1  # survival 1e-20
    if last > _MOST_INSPECTIONS:
        what = f"{last:.3g} inspections in the longest life of {life.describe()}"
        raise NotSupported(what, "exact", f"up to {_MOST_INSPECTIONS}; use montecarlo")
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    since = (1 + points) / 2 * every_s
    total = _first_interval(life, every_s)
    for first in range(1, int(last), _CHUNK):
        begin: FloatArray = np.arange(first, min(first + _CHUNK, int(last)), dtype=float) * every_s
        ages = np.broadcast_to(begin[:, None], (begin.size, _NODES))
        # An age that nobody reaches has no hazard beyond: it weighs nothing.
        alive = life.survival(begin)
        hazard = life.hazard_between(ages, np.broadcast_to(since, ages.shape))
        lost = -np.expm1(-np.nan_to_num(hazard, nan=0.0, posinf=np.inf)) @ weights * every_s / 2
        total += float(alive @ lost)
    return total


def _first_interval(life: Distribution, every_s: float) -> float:
    """Integral of the cdf over the first interval, panels halving towards zero (steep starts)."""
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    edges: FloatArray = np.concatenate([[0.0], 2.0 ** np.arange(-56.0, 1.0)]) * every_s
    half = np.diff(edges)[:, None] / 2
    values: FloatArray = life.cdf(edges[:-1, None] + half * (1 + points))
    return float(((values @ weights) * half[:, 0]).sum())
