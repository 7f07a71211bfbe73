"""How a case is put to the Monte-Carlo engine: which system, for how long, what is read off.

A reader turns the samples of a run into independent numbers, one per replication, whose mean must
be the answer. The bias it would find is stated with every case: 4.5 standard errors may not exceed
it (tests/statistical.py).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator import HOUR, YEAR, Scenario, System, availability
from tests.cases.catalogue import parameters, truth
from tests.statistical import check_mean

Floats = npt.NDArray[np.float64]
Reader = Callable[[Any], Floats]
Described = Scenario | System


def run(
    described: Described,
    hours: float,
    replications: int,
    *,
    seed: int,
    settled: bool = False,
    **asked: Any,
) -> Any:
    """Samples of histories of so many hours; `settled`: as if it had always been running."""
    starts = "equilibrium" if settled else "new"
    scenario = replace(Scenario.of(described), horizon=hours * HOUR, starts=starts)
    report = availability(
        scenario, seed=seed, replications=replications, engines=("montecarlo",), **asked
    )
    assert report.samples is not None, report.system.reasons
    return report.samples


# --- readers ------------------------------------------------------------------------------------


def share_down(samples: Any) -> Floats:
    """Share of the horizon spent down."""
    found: Floats = samples.system.down_s / samples.horizon_s
    return found


def failures_a_year(samples: Any) -> Floats:
    """Failures in 8760 h."""
    found: Floats = samples.system.failures / (samples.horizon_s / YEAR)
    return found


def failures(samples: Any) -> Floats:
    """Failures within the horizon."""
    return np.asarray(samples.system.failures, dtype=float)


def hours_to_failure(samples: Any) -> Floats:
    """Hours to the first failure; a horizon of 15 means cuts off less than 1e-6 of them."""
    first: Floats = np.minimum(samples.system.first_s, samples.horizon_s) / HOUR
    return first


def never_down(samples: Any) -> Floats:
    """Whether there was no failure at all."""
    return np.isinf(samples.system.first_s).astype(float)


def ever_down(samples: Any) -> Floats:
    """Whether there was a failure."""
    return 1.0 - never_down(samples)


def within(hours: float) -> Reader:
    """Whether the downtime was at most so many hours."""
    return lambda samples: (samples.system.down_s <= hours * HOUR).astype(float)


def squared_about(mean: float) -> Reader:
    """Squared distance of the share down from its known mean: its mean is the variance."""
    return lambda samples: (share_down(samples) - mean) ** 2


def variance_rate(samples: Any) -> Floats:
    """Squared distance of the downtime from the average, per hour of horizon, in hours."""
    down = samples.system.down_s / HOUR
    spread: Floats = (down - down.mean()) ** 2 * len(down) / (len(down) - 1)
    return spread / (samples.horizon_s / HOUR)


def down_at_the_end(samples: Any) -> Floats:
    """Whether an outage was going on at the horizon (ask for `outages`)."""
    found = np.zeros(len(samples.system.down_s))
    outages = samples.outages
    found[outages.replication[outages.end_s >= samples.horizon_s] - samples.first] = 1.0
    return found


# --- a case -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Simulated:
    """One case by simulation.

    Parameters
    ----------
    case : str
    described : Scenario or System
    hours : float
        Length of each history.
    replications : int
    detects : float
        Relative bias of the estimated quantity that the test would find.
    read : callable
        From the samples to one number per replication.
    stated : float or None
        What the mean must be, if it is not the answer itself (the share down for a share up).
    settled : bool
        Start in equilibrium; only for parts that do not depend on each other.
    """

    case: str
    described: Described
    hours: float
    replications: int
    detects: float
    read: Reader = share_down
    stated: float | None = None
    settled: bool = False

    @property
    def expected(self) -> float:
        """What the mean must be."""
        return truth(self.case) if self.stated is None else self.stated

    def values(self) -> Floats:
        """One number per replication."""
        asked = {"outages": True} if self.read is down_at_the_end else {}
        seed = zlib.crc32(self.case.encode())  # luck of its own for every case
        samples = run(
            self.described, self.hours, self.replications, seed=seed, settled=self.settled, **asked
        )
        return self.read(samples)


def check(case: Simulated) -> None:
    """Assert that the simulation answers the case, and that it could have found it wrong."""
    check_mean(case.values(), case.expected, case.detects)


Row = tuple[str, Described, float, int, float]
"""Case, system, hours of a history, histories, relative bias that would be found."""


def rows(
    rows: Iterable[Row], read: Reader = share_down, *, of_up: bool = False, settled: bool = False
) -> list[Simulated]:
    """Cases read alike; `of_up`: the case states a share up and the share down is compared."""
    return [
        Simulated(
            case, described, hours, many, detects, read, 1 - truth(case) if of_up else None, settled
        )
        for case, described, hours, many, detects in rows
    ]


def to_failure(
    case: str, system: Callable[[Any], Described], many: int, detects: float
) -> Simulated:
    """A mean time to failure: histories of 15 times as long cut off less than 1e-6 of them."""
    return Simulated(
        case, system(parameters(case)), 15 * truth(case), many, detects, hours_to_failure
    )
