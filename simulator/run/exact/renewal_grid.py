"""Renewal functions of any distribution on a grid: the last resort, for times with jumps and kinks.

Lives and repairs are rounded to multiples of h such that means are kept (weights by hat functions),
so smooth answers are off by order h^2; the grid is halved twice and extrapolated, and the change is
the error estimate. At a jump of the answer itself the estimate is honest and large.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from simulator.run.exact.generator import FloatArray
from simulator.run.exact.laplace import Estimate

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = ["WANTED", "on_grid"]

WANTED = ("failures", "unavailability", "mean unavailability")
_CELLS = (1024, 2048, 4096)
_POINTS = 8


def on_grid(
    life: Distribution, repair: Distribution | None, time_s: float, wanted: str
) -> Estimate:
    """Expected failures, unavailability or mean unavailability at a time, for any two laws.

    Parameters
    ----------
    life, repair : Distribution
        Renewed each time, new at 0; None for a repair that takes no time.
    time_s : float
        Time > 0, s.
    wanted : str
        One of `WANTED`.
    """
    values = [_one_grid(life, repair, time_s, wanted, cells) for cells in _CELLS]
    better = [(4 * fine - coarse) / 3 for coarse, fine in pairwise(values)]
    smooth = abs(better[1] - better[0])
    rough = abs(values[2] - values[1])
    # Extrapolation only helps where halving the grid quarters the change.
    if abs(values[1] - values[0]) > 3 * rough:
        return Estimate(better[1], max(smooth, rough / 10), "renewal equation on a grid")
    return Estimate(values[2], 2 * rough, "renewal equation on a grid")


def _one_grid(
    life: Distribution, repair: Distribution | None, time_s: float, wanted: str, cells: int
) -> float:
    step = time_s / cells
    failing = _hat_masses(life, step, cells)
    mending = np.eye(1, cells + 1)[0] if repair is None else _hat_masses(repair, step, cells)
    cycle = np.convolve(failing, mending)[: cells + 1]
    failures = np.convolve(_renewals(cycle), failing)[: cells + 1]
    if wanted == "failures":  # the last cell counts half: the grid smears a failure over two cells
        return float(failures[:-1].sum() + failures[-1] / 2)
    if repair is None:
        return 0.0
    back: FloatArray = np.arange(cells, -1.0, -1.0) * step
    if wanted == "unavailability":
        still = repair.survival(back)
        still[-1] /= 2
        return float(failures @ still)
    return float(failures @ _survival_area(repair, step, cells)[::-1]) / time_s


def _hat_masses(distribution: Distribution, step: float, cells: int) -> FloatArray:
    """Mass at each multiple of the step; the mean of what is shared out is kept."""
    area = _survival_area(distribution, step, cells + 1)
    slope = np.diff(area) / step  # mean survival in each cell
    masses = np.empty(cells + 1)
    masses[0] = 1.0 - slope[0]
    masses[1:] = slope[:-1] - slope[1:]
    return np.maximum(masses, 0.0)


def _survival_area(distribution: Distribution, step: float, cells: int) -> FloatArray:
    """Integral of the survival over [0, k step] for k = 0 ... cells, s."""
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    x: FloatArray = (np.arange(float(cells))[:, None] + (1 + points) / 2) * step
    return np.concatenate([[0.0], np.cumsum(distribution.survival(x) @ weights * step / 2)])


def _renewals(cycle: FloatArray) -> FloatArray:
    """Expected number of cycle starts at each grid point, the one at 0 included."""
    size = cycle.size
    started = np.zeros(size)
    started[0] = 1.0 / (1.0 - cycle[0])
    for k in range(1, size):
        started[k] = (cycle[1 : k + 1] @ started[k - 1 :: -1][:k]) / (1.0 - cycle[0])
    return started
