"""The web service with a database pair: what the formula for two servers leaves out.

From the source document ("System Design Fundamentals", section 2.4): the web service, and its
advice to give the database, the bottleneck, an automatic failover. That the same cause can take
both servers (section 2.2, correlated faults) is one shared fault: of every hardware failure the
share beta hits both (the beta-factor model of Fleming, 1975).

ASSUMPTIONS typed by us: all laws and all figures of failover, crew, software and ageing below.
A server fails by hardware, which needs a visit, or by software, which restarts alone. In
`scenario` the two together leave each server at the document's 99.95 %, all laws are
exponential, and detecting a failure and promoting the other server are one exponential time of
the same mean: so the exact engine can answer. `ageing_scenario` has a bathtub life, lognormal
repairs and detection by probes.
"""

from __future__ import annotations

from typing import Literal

from models.entry import Source
from models.web_service import DB_AVAILABILITY, DB_THREADS, HORIZON, REPAIR, web_service
from simulator.describe import (
    DAY,
    HOUR,
    MIN,
    SECOND,
    YEAR,
    Bathtub,
    Controller,
    Crew,
    Detect,
    Distribution,
    Exponential,
    Failover,
    Fault,
    Life,
    Lognormal,
    Pool,
    Replication,
    Scenario,
    crash,
)
from simulator.errors import DescriptionError

__all__ = ["SOURCES", "ageing_scenario", "database_pair", "scenario"]

SOURCES = (
    Source(
        "System Design Fundamentals (the source document), section 2.4",
        "the service; a failover for the database",
    ),
    Source(
        "System Design Fundamentals (the source document), section 2.2",
        "one cause can hit all replicas",
    ),
    Source(
        "K. N. Fleming, A reliability model for common mode failures in redundant safety "
        "systems, 1975",
        "the beta factor: one local and one shared fault",
    ),
)

BETA = 0.05  # assumption: share of hardware failures that hit both servers, 0-1
SOFTWARE_LIFE = Exponential(90 * DAY)  # assumption
SOFTWARE_RESTART = Exponential(3 * MIN)  # assumption
DETECT = Detect(every=5 * SECOND, misses=3, timeout=1 * SECOND)  # assumption: 11 to 16 s
PROMOTE = Exponential(10 * SECOND)  # assumption: once the failure is believed
DETECT_AND_PROMOTE = Exponential((DETECT.earliest + DETECT.latest) / 2 + 10 * SECOND)  # 23.5 s
WORKS = 0.98  # assumption: chance that the automatic failover succeeds
BY_HAND = Exponential(30 * MIN)  # assumption: otherwise, people
TRAVEL = Exponential(30 * MIN)  # assumption: one crew comes from elsewhere
URGENCY = ("db", "lb", "app", "cache")  # assumption: the crew goes there first
REPLICATION = Replication("async", lag=Exponential(0.2 * SECOND))  # assumption
SERVER_LIFE = Bathtub(
    early=(0.6, 60 * YEAR), chance=1 / (40 * YEAR), wear=(4.0, 9 * YEAR)
)  # assumption
SERVER_REPAIR = Lognormal(4 * HOUR, 1.2)  # assumption: median 4 h
AGEING_TRAVEL = Lognormal(30 * MIN, 0.7)  # assumption: median 30 min


def database_pair(*faults: Fault) -> Pool:
    """Two database servers, one of them primary, each with `faults`; either one can serve."""
    return Pool(
        "db",
        2,
        faults=faults,
        serve=web_service()["db"].serve,
        threads=DB_THREADS,
        replication=REPLICATION,
    )


def scenario(
    *,
    repair: Distribution = REPAIR,
    beta: float = BETA,
    promote: Distribution = DETECT_AND_PROMOTE,
    works: float = WORKS,
    by_hand: Distribution = BY_HAND,
    crew: int | None = 1,
    travel: Distribution | None = TRAVEL,
    urgency: tuple[str, ...] = URGENCY,
    horizon: float = HORIZON,
) -> Scenario:
    """All laws exponential; the exact engine can answer.

    Parameters
    ----------
    repair : Distribution
        Hands-on repair of every member of every pool, seconds.
    beta : float
        Share of the hardware failures of a database server that hit both, 0-1.
    promote : Distribution
        From the failure of the primary until the other server serves, seconds.
    works : float
        Chance that this works, 0-1; otherwise it takes `by_hand`, seconds.
    crew : int or None
        Repairs that can go on at once; None = nobody ever waits or travels.
    travel : Distribution or None
        Time of the crew to the first hand on the machine, seconds.
    urgency : tuple of str
        Pools the crew goes to first when several wait; empty = first come, first served. The
        long-run figures hardly differ, but a crew that remembers who came first makes a
        chain of far more states.
    horizon : float
        Seconds.
    """
    if not 0.0 <= beta < 1.0:
        raise DescriptionError(f"{beta!r}: beta is a share from 0, below 1", "beta")
    life = hardware_life(repair)
    local = crash(Exponential(life / (1 - beta)), repair, name="hardware")
    software = crash(SOFTWARE_LIFE, SOFTWARE_RESTART, needs_crew=False, name="software")
    shared = (
        Fault("db", Life(Exponential(life / beta)), repair, together=True, name="both_db")
        if beta
        else None
    )
    controllers: list[Controller] = [Failover("db", promote=promote, works=works, by_hand=by_hand)]
    if crew is not None:
        order: Literal["priority", "first_come"] = "priority" if urgency else "first_come"
        controllers.append(Crew("hands", crew, travel, order, priority=urgency))
    system = web_service(repair=repair).with_(database_pair(local, software))
    faults = [shared] if shared else []
    return Scenario(system, faults, controllers, horizon, name="web_service_pair")


def hardware_life(repair: Distribution) -> float:
    """Mean life (s) of the hardware that, with the software, leaves a server at 99.95 %.

    Hardware and software fail independently, so the availability of the hardware alone is the
    document's, divided by that of the software, and MTTF = MTTR A / (1 - A).
    """
    up, restart = SOFTWARE_LIFE.mean(), SOFTWARE_RESTART.mean()
    hardware = DB_AVAILABILITY * (up + restart) / up
    return repair.mean() * hardware / (1 - hardware)


def ageing_scenario(
    *,
    life: Distribution = SERVER_LIFE,
    repair: Distribution = SERVER_REPAIR,
    detect: Detect = DETECT,
    promote: Distribution = PROMOTE,
    works: float = WORKS,
    by_hand: Distribution = BY_HAND,
    travel: Distribution | None = AGEING_TRAVEL,
    horizon: float = HORIZON,
) -> Scenario:
    """Servers that age, repairs with a long tail, detection by probes: a question for simulation.

    Parameters
    ----------
    life, repair : Distribution
        Hardware of a database server, seconds; a repair makes it as good as new.
    detect, promote, works, by_hand, travel, horizon
        As in :func:`scenario`, with the time to detect a failure on its own.
    """
    hardware = crash(life, repair, name="hardware")
    software = crash(SOFTWARE_LIFE, SOFTWARE_RESTART, needs_crew=False, name="software")
    system = web_service().with_(database_pair(hardware, software))
    failover = Failover("db", detect, promote, works, by_hand)
    return Scenario(
        system, (), [failover, Crew("hands", 1, travel)], horizon, name="web_service_pair_ageing"
    )
