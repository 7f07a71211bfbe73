"""A server whose hazard is a bathtub: infant mortality, useful life, wear-out.

From the source document ("System Design Fundamentals"): section 1.1, an MTBF of 25,000 to
50,000 h and 5 % failed in the first year; section 2.2, about 5 % in year one and 2-4 % a year
after it. The two cannot both hold: 2-4 % a year for ever is an MTBF of 25 to 50 *years*, and a
mean life of 37,500 h with 5 % gone in year one means that most servers wear out in years four
to six. So there are two readings: `scenario` keeps the MTBF, `annual_scenario` keeps the yearly
rates.

ASSUMPTIONS typed by us: the shapes 0.5 and 4 (or 6) and the scale of wear-out of the second
reading; the steady part in the middle of 2-4 %; the repair, after which a server is as good as
new.
"""

from __future__ import annotations

import math

from models.entry import Source
from simulator.describe import (
    HOUR,
    YEAR,
    Bathtub,
    Distribution,
    Exponential,
    Pool,
    Scenario,
    System,
    crash,
)
from simulator.errors import DescriptionError

__all__ = [
    "SOURCES",
    "annual_life",
    "annual_scenario",
    "mtbf_life",
    "scenario",
    "server",
    "server_life",
]

SOURCES = (
    Source(
        "System Design Fundamentals (the source document), section 1.1",
        "MTBF and share failed in the first year",
    ),
    Source(
        "System Design Fundamentals (the source document), section 2.2",
        "share failed in each later year",
    ),
)

FIRST_YEAR = 0.05  # sections 1.1 and 2.2: share failed within a year
MTBF = 37_500 * HOUR  # section 1.1: the middle of 25,000-50,000 h
CHANCE = 0.03 / YEAR  # section 2.2: the middle of 2-4 % a year, as a rate
EARLY_SHAPE = 0.5  # assumption
WEAR_SHAPE = 4.0  # assumption
WEAR_SCALE = 5.245843332286513 * YEAR  # input: solves server_life(wear=(4, scale)).mean() == MTBF

ANNUAL_CHANCE = 0.025 / YEAR  # section 2.2, less what infant mortality still adds in year two
ANNUAL_WEAR = (6.0, 15 * YEAR)  # assumption: late enough to leave years two to six at 2-4 %

REPAIR = Exponential(24 * HOUR)  # assumption: a replacement by the next day
HORIZON = 10 * YEAR  # assumption


def server_life(
    *,
    first_year: float = FIRST_YEAR,
    chance: float = CHANCE,
    wear: tuple[float, float] = (WEAR_SHAPE, WEAR_SCALE),
    early_shape: float = EARLY_SHAPE,
) -> Bathtub:
    """The bathtub whose infant mortality makes up what is missing to `first_year`.

    The cumulative hazards of year one add up to -log(1 - first_year); of it the steady part takes
    ``chance * YEAR`` and wear-out ``(YEAR / scale) ** shape``, which leaves the scale of the rest.

    Parameters
    ----------
    first_year : float
        Share failed within the first year, 0-1.
    chance : float
        Rate of failures at any age, 1/s.
    wear : (float, float)
        Shape and scale (s) of wear-out.
    early_shape : float
        Shape of infant mortality, below 1.

    Raises
    ------
    DescriptionError
        If steady part and wear-out alone exceed `first_year`.
    """
    shape, scale = wear
    rest = -math.log1p(-first_year) - chance * YEAR - (YEAR / scale) ** shape
    if not rest > 0:
        raise DescriptionError(
            f"{first_year!r}: chance and wear-out alone are more than that", "first_year"
        )
    return Bathtub((early_shape, YEAR / rest ** (1 / early_shape)), chance, wear)


def mtbf_life() -> Bathtub:
    """5 % in year one and a mean life of 37,500 h: half of the servers fail within 4.5 years."""
    return server_life()


def annual_life() -> Bathtub:
    """5 % in year one, then 2-4 % a year up to year six; a mean life of over ten years."""
    return server_life(chance=ANNUAL_CHANCE, wear=ANNUAL_WEAR)


def server(
    life: Distribution,
    *,
    repair: Distribution = REPAIR,
    servers: int = 1,
) -> System:
    """`servers` new servers, all needed, with lives and repairs of the given laws (seconds)."""
    return System([Pool("server", servers, "all", faults=(crash(life, repair),))])


def scenario(
    *, repair: Distribution = REPAIR, servers: int = 1, horizon: float = HORIZON
) -> Scenario:
    """The reading that keeps the MTBF, over `horizon` seconds."""
    system = server(mtbf_life(), repair=repair, servers=servers)
    return Scenario(system, horizon=horizon, name="server_bathtub")


def annual_scenario(
    *, repair: Distribution = REPAIR, servers: int = 1, horizon: float = HORIZON
) -> Scenario:
    """The reading that keeps the yearly rates, over `horizon` seconds."""
    system = server(annual_life(), repair=repair, servers=servers)
    return Scenario(system, horizon=horizon, name="server_bathtub_annual")
