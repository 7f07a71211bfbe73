"""Time down and failures to be expected within a horizon, for small systems, written by hand.

Nothing here comes from the simulator: matrix exponentials of chains of three or four states, and
the product formulas of independent groups, integrated over time. Everything is new and up at 0.
Times in hours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import expm

__all__ = ["Expected", "birth_death", "web_service"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """What one history holds on average.

    Attributes
    ----------
    share_down : float
        Share of the horizon, 0-1.
    failures : float
        Changes from up to down within the horizon.
    """

    share_down: float
    failures: float


def birth_death(
    fails: list[float], mends: list[float], tolerates: int, horizon_h: float
) -> Expected:
    """Like members counted by how many are failed; down with more than `tolerates` of them.

    Parameters
    ----------
    fails, mends : list of float
        ``fails[j]`` is the rate from j to j + 1 failed members, ``mends[j]`` the way back, 1/h.
    tolerates : int
    horizon_h : float
    """
    states = len(fails) + 1
    q = np.diag(fails, 1) + np.diag(mends, -1)
    q -= np.diag(q.sum(axis=1))
    # exp of [[Q, 1], [0, 0]] t holds the integral of exp(Q s) over [0, t] in its upper right.
    both = np.zeros((2 * states, 2 * states))
    both[:states, :states], both[:states, states:] = q, np.eye(states)
    spent = expm(both * horizon_h)[0, states:]
    down = float(spent[tolerates + 1 :].sum()) / horizon_h
    return Expected(down, float(spent[tolerates]) * fails[tolerates])


def web_service(repair_h: float, horizon_h: float) -> Expected:
    """The document's web service: one of one, of three, of two, of one; all four needed."""
    groups = ((0.9999, 1), (0.999, 3), (0.999, 2), (0.9995, 1))
    t = np.concatenate([[0.0], np.geomspace(1e-9, 1.0, 200_001)]) * horizon_h
    up, flow = np.ones_like(t), np.zeros_like(t)
    for availability, members in groups:
        mend = 1 / repair_h
        fail = mend * (1 - availability) / availability
        u = (1 - availability) * -np.expm1(-(fail + mend) * t)
        # rate of losing the last one, of those that are up in this group and in all before it
        last = members * fail * (1 - u) * u ** (members - 1)
        flow = flow * (1 - u**members) + up * last
        up = up * (1 - u**members)
    down = float(np.trapezoid(1 - up, t)) / horizon_h
    return Expected(down, float(np.trapezoid(flow, t)))
