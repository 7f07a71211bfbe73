"""A service in the first year of a data centre, again: enumeration of the shared causes.

Source: Dean (2008), typical first year of a cluster: 0.5 overheatings (1-2 days), 1 power
distribution unit (500-1,000 machines, 6 h), 1 rack move (the same), 1 rewiring (5 % of the machines
at any time, 2 days), 20 rack failures (1-6 h), 5 racks with half their packets lost, 8 network
maintenances of which 4 disturb for 30 min, 12 router reloads (2 min), 3 router failures (1 h),
dozens of DNS blips (30 s), 1,000 machine failures.

Typed assumptions: 1,800 machines, racks of 60, units of 750 machines, so one unit or rack sees its
share of the cluster's events; constant rates; a range is uniform, a single figure the mean of an
exponential; a rack losing packets is down for 1 h; 30 blips; machine repair 2 h; a rewiring takes
each machine down alone for 2.4 h. The service: racks a and b on one unit, c on another; two web
servers and one replica in each rack, on machines of their own; three of six web servers and two of
three replicas needed. Readings that the text leaves open: a rate holds while the cause is not
active (each cause alternates); overheating takes everything; a rack move hits the machines of one
power unit together, apart from the failures of that unit; the network's four kinds of trouble and
the DNS blips are separate causes, each of which keeps all users out.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve

__all__ = ["closed_unavailability", "datacentre_year"]

HOUR = 3600.0
YEAR = 8760 * HOUR
CLUSTER = 1800
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that alternates: `a_year` events a year while it is not active, hours it lasts.

    Parameters
    ----------
    a_year : float
    low, high : float
        Hours: uniform between them; if equal, exponential of that mean.
    """

    a_year: float
    low: float
    high: float

    @property
    def load(self) -> float:
        """Rate times mean duration."""
        return self.a_year * (self.low + self.high) / 2 / 8760

    @property
    def active(self) -> float:
        """Long-run share of time active."""
        return self.load / (1 + self.load)

    @property
    def rate(self) -> float:
        """Long-run events per second."""
        return self.a_year / YEAR / (1 + self.load)

    def active_at(self, hours: FloatArray) -> FloatArray:
        """Chance to be active at these hours, not active at 0."""
        if self.low == self.high:
            back = 1 / self.low
            return self.active * -np.expm1(-(back + self.a_year / 8760) * hours)
        return np.interp(hours, *_uniform_cause(self.a_year / 8760, self.low, self.high))


@functools.lru_cache
def _uniform_cause(rate: float, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Grid (h) and u(t) = rate * int_0^t (1 - u(t - x)) P(lasts > x) dx, until it is flat."""
    step = 0.01
    n = round(6 * high / step)
    t = np.arange(n + 1, dtype=np.float64) * step
    lasts = np.clip((high - t) / (high - low), 0.0, 1.0)
    u = np.zeros(n + 1)
    for _ in range(8):  # each round gains three digits: rate * high is about 1e-3
        up = 1 - u
        both = fftconvolve(up, lasts)[: n + 1]
        u = rate * step * (both - 0.5 * (up[0] * lasts + lasts[0] * up))
        u[0] = 0.0
    return t, u


def _exponential(a_year: float, hours: float) -> Cause:
    return Cause(a_year, hours, hours)


NETWORK = {
    "maintenance": _exponential(4, 0.5),
    "reload": _exponential(12, 2 / 60),
    "router": _exponential(3, 1),
    "dns": _exponential(30, 30 / 3600),
    "cooling": Cause(0.5, 24, 48),  # needed by all like the network
}
UNIT = {"power": _exponential(750 / CLUSTER, 6), "move": _exponential(750 / CLUSTER, 6)}
RACK = {"rack": Cause(20 * 60 / CLUSTER, 1, 6), "wonky": _exponential(5 * 60 / CLUSTER, 1)}
MACHINE = {"machine": _exponential(1000 / CLUSTER, 2), "rewiring": _exponential(1, 2.4)}
UNITS = ((0, 1), (2,))  # racks on each unit

Share = float | FloatArray


def _at_least(k: int, n: int, up: Share) -> Share:
    return sum(math.comb(n, j) * up**j * (1 - up) ** (n - j) for j in range(k, n + 1))


def _fails_given(unit_up: tuple[Share, ...], rack_up: tuple[Share, ...], m: Share) -> Share:
    """Chance that web or data fail when parts are up with these chances; m is that of a machine."""
    total: Share = 0.0
    for units in itertools.product((True, False), repeat=2):
        pu = math.prod([u if on else 1 - u for u, on in zip(unit_up, units)])
        for racks in itertools.product((True, False), repeat=3):
            pr = math.prod([r if on else 1 - r for r, on in zip(rack_up, racks)])
            left = sum(on and units[0 if k < 2 else 1] for k, on in enumerate(racks))
            fine = _at_least(3, 2 * left, m) * _at_least(2, left, m)
            total = total + pu * pr * (1 - fine)
    return total


def _down(share_active: Callable[[Cause], Share]) -> Share:
    """Unavailability of the service when causes are active with these chances."""

    def up(causes: dict[str, Cause]) -> Share:
        return math.prod([1 - share_active(c) for c in causes.values()])

    unit, rack, machine = up(UNIT), up(RACK), up(MACHINE)
    return 1 - up(NETWORK) * (1 - _fails_given((unit, unit), (rack,) * 3, machine))


def _parts() -> dict[str, tuple[str, ...]]:
    """All basic parts by kind: a service of 17 things that are up or down."""
    web = tuple(f"web {i}" for i in range(6))
    data = tuple(f"data {i}" for i in range(3))
    return {"unit": ("unit 0", "unit 1"), "rack": ("rack 0", "rack 1", "rack 2"), "m": web + data}


def _works(up: dict[str, bool]) -> bool:
    """Structure function over single parts, the network aside."""
    rack = [up[f"rack {k}"] and up["unit 0" if k < 2 else "unit 1"] for k in range(3)]
    web = sum(rack[k // 2] and up[f"web {k}"] for k in range(6))
    return web >= 3 and sum(rack[k] and up[f"data {k}"] for k in range(3)) >= 2


def _brute_force() -> tuple[float, float]:
    """Unavailability and failure rate (1/s) of web and data over all 2^14 states of their parts.

    A state's rate of failing is the sum over its critical parts of what takes them down.
    """
    kinds = {"unit": UNIT, "rack": RACK, "m": MACHINE}
    names = [(kind, name) for kind, members in _parts().items() for name in members]
    chance = {k: math.prod(1 - c.active for c in causes.values()) for k, causes in kinds.items()}
    # the causes of one part are in series: each fails it at its rate while the others are inactive
    fails = {
        k: math.fsum(c.rate * chance[k] / (1 - c.active) for c in causes.values())
        for k, causes in kinds.items()
    }
    down, rate = [], []
    for states in itertools.product((True, False), repeat=len(names)):
        up = {name: on for (_, name), on in zip(names, states)}
        p = math.prod(chance[k] if on else 1 - chance[k] for (k, _), on in zip(names, states))
        if not _works(up):
            down.append(p)
            continue
        for (kind, name), on in zip(names, states):
            if on and not _works(up | {name: False}):
                rate.append(p / chance[kind] * fails[kind])
    return math.fsum(down), math.fsum(rate)


def _mean_down() -> float:
    """Mean over the first year: Gauss-Legendre panels that end at the kinks of the durations."""
    kinks = [1, 2, 3, 4, 6, 9, 12, 18, 24, 30, 36, 48, 60, 72, 96, 120, 150, 200, 300, 8760]
    edges = np.array([0, 1e-3, 4e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, *kinks], float)
    x, w = np.polynomial.legendre.leggauss(16)
    half = np.diff(edges)[:, None] / 2
    hours = (edges[:-1, None] + half * (1 + x)).ravel()
    weights = (half * w).ravel()
    return float(weights @ np.asarray(_down(lambda cause: cause.active_at(hours)))) / 8760


def datacentre_year() -> dict[str, float]:
    """Quantities of the entry; times in seconds, shares 0-1, rates 1/s."""
    inner, inner_rate = _brute_force()
    network = math.prod(1 - c.active for c in NETWORK.values())
    network_rate = math.fsum(c.rate * network / (1 - c.active) for c in NETWORK.values())
    return {
        "unavailability": 1 - network * (1 - inner),
        "frequency": network * inner_rate + network_rate * (1 - inner),
        "mean unavailability": _mean_down(),
        "horizon": YEAR,
    }


def closed_unavailability() -> float:
    """The same unavailability by binomials given the racks: checks the enumeration."""
    return float(_down(lambda cause: cause.active))
