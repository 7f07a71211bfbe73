"""A service that needs ten others, each at 99.9 %.

From the source document ("System Design Fundamentals", section 2.4, critical insight): ten
serial dependencies at 99.9 % each leave about 99.0 % (0.999 ** 10 = 0.99004...).

ASSUMPTIONS typed by us: how long a repair takes; exponential lives; the dependencies fail and
are repaired independently. A shorter repair means more frequent failures at the same
availability.
"""

from __future__ import annotations

from models.entry import Source
from simulator.describe import (
    HOUR,
    YEAR,
    Distribution,
    Exponential,
    Pool,
    Scenario,
    System,
    crash,
    series,
)

__all__ = ["SOURCES", "scenario", "serial_dependencies"]

SOURCES = (
    Source(
        "System Design Fundamentals (the source document), section 2.4",
        "number and availability of the parts",
    ),
)

DEPENDENCIES = 10  # section 2.4
AVAILABILITY = 0.999  # section 2.4: of each
REPAIR = Exponential(1 * HOUR)  # assumption
HORIZON = 10 * YEAR  # assumption


def serial_dependencies(
    *, number: int = DEPENDENCIES, availability: float = AVAILABILITY, repair: Distribution = REPAIR
) -> System:
    """A series of parts that are needed one and all.

    Parameters
    ----------
    number : int
        How many.
    availability : float
        Of each, 0-1.
    repair : Distribution
        Repair time of each, seconds.
    """
    names = [f"dependency_{i + 1}" for i in range(number)]
    pools = [
        Pool(name, faults=(crash(availability=availability, repair=repair),)) for name in names
    ]
    return System(pools, series(*names))


def scenario(
    *,
    number: int = DEPENDENCIES,
    availability: float = AVAILABILITY,
    repair: Distribution = REPAIR,
    horizon: float = HORIZON,
) -> Scenario:
    """The document's ten dependencies over `horizon` seconds; parameters as above."""
    system = serial_dependencies(number=number, availability=availability, repair=repair)
    return Scenario(system, horizon=horizon, name="serial_dependencies")
