"""A small web service: load balancer, application servers, caches, database.

From the source document ("System Design Fundamentals", section 2.4, example calculation): one
load balancer at 99.99 %, three application servers at 99.9 % each, two caches at 99.9 % each
and one database primary at 99.95 %; all four kinds are needed, any member of a kind is enough.
The product of its formulas is 0.999399049...; the document rounds two factors and the result to
99.94 %.

ASSUMPTIONS typed by us: how long a repair takes (the document gives only availabilities, and
these do not say it); exponential lives; everybody is repaired at once and independently; how
long requests take and how many are handled at a time (read by request traffic only, without
effect on the years). `traffic_scenario` adds users; how many requests they send and how long they
wait are ASSUMPTIONS, too.
"""

from __future__ import annotations

from models.entry import Source
from simulator.describe import (
    HOUR,
    MS,
    YEAR,
    Call,
    Distribution,
    Exponential,
    Fault,
    Poisson,
    Pool,
    Scenario,
    System,
    Work,
    crash,
)
from simulator.describe import Source as Users

__all__ = ["SOURCES", "scenario", "traffic_scenario", "web_service"]

SOURCES = (
    Source(
        "System Design Fundamentals (the source document), section 2.4",
        "members and availabilities",
    ),
)

LB_AVAILABILITY = 0.9999  # section 2.4: "Load balancer"
APP_AVAILABILITY = 0.999  # section 2.4: "App servers", each of three
CACHE_AVAILABILITY = 0.999  # section 2.4: "Cache", each of two
DB_AVAILABILITY = 0.9995  # section 2.4: "Database primary"

REPAIR = Exponential(1 * HOUR)  # assumption
APP_WORK = Exponential(5 * MS)  # assumption
CACHE_WORK = Exponential(0.5 * MS)  # assumption
DB_WORK = Exponential(4 * MS)  # assumption
APP_THREADS, CACHE_THREADS, DB_THREADS = 100, 200, 64  # assumption
USERS_RATE = 200.0  # assumption: requests per second
USERS_TIMEOUT = 1.0  # assumption: seconds a user waits
HORIZON = 10 * YEAR  # assumption


def web_service(
    *,
    repair: Distribution = REPAIR,
    lb: float = LB_AVAILABILITY,
    app: float = APP_AVAILABILITY,
    cache: float = CACHE_AVAILABILITY,
    db: float = DB_AVAILABILITY,
) -> System:
    """The system of the document.

    Parameters
    ----------
    repair : Distribution
        Repair time of every member, seconds.
    lb, app, cache, db : float
        Availability of one member of each kind, 0-1.

    Returns
    -------
    System
        Structure derived from the calls: lb -> app -> cache and db.
    """

    def part(availability: float) -> tuple[Fault, ...]:
        return (crash(availability=availability, repair=repair),)

    app_steps = (Work(APP_WORK), Call("cache"), Call("db"))
    return System(
        [
            Pool("lb", 1, faults=part(lb), serve=(Call("app"),)),
            Pool("app", 3, faults=part(app), serve=app_steps, threads=APP_THREADS),
            Pool("cache", 2, faults=part(cache), serve=(Work(CACHE_WORK),), threads=CACHE_THREADS),
            Pool("db", 1, faults=part(db), serve=(Work(DB_WORK),), threads=DB_THREADS),
        ]
    )


def scenario(*, horizon: float = HORIZON, repair: Distribution = REPAIR) -> Scenario:
    """The document's system over `horizon` seconds, with repairs of law `repair` (seconds)."""
    return Scenario(web_service(repair=repair), horizon=horizon, name="web_service")


def traffic_scenario(
    *,
    rate: float = USERS_RATE,
    timeout: float | None = USERS_TIMEOUT,
    horizon: float = HORIZON,
    repair: Distribution = REPAIR,
) -> Scenario:
    """The document's system with users who send `rate` requests per second and wait `timeout` seconds."""
    users = Users("users", Poisson(rate), to=Call("lb", timeout=timeout))
    return Scenario(
        web_service(repair=repair), sources=[users], horizon=horizon, name="web_service_traffic"
    )
