"""A cache beside a database: when it is lost, does it come back?

`scenario`: from N. Bronson et al., Metastable failures in distributed systems (HotOS 2021), second
case study: applications ask the cache first, then the database, and store what they get; the database
carries a fraction of the load. When the cache is emptied the database falls behind, applications give
up before it answers, and so nothing is stored: the cache stays empty although its loss was over in
an instant.

`cold_cache`: from M. Brooker, Surprising scalability (blog) and its simulator: an empty cache in
front of an origin that takes so many requests per second and refuses the rest.

ASSUMPTIONS typed by us: all rates, times and sizes of `scenario` (the paper gives 3,000 requests and
300 queries per second); that a database answers although nobody waits any more; the popularity of keys.
"""

from __future__ import annotations

from typing import Literal

from models.entry import Source as Citation
from simulator.describe import (
    MIN,
    MS,
    At,
    Cache,
    Call,
    Effect,
    Every,
    Fault,
    Poisson,
    Pool,
    Scenario,
    Source,
    System,
    TokenRate,
    Work,
    Zipf,
)

__all__ = ["SOURCES", "cold_cache", "scenario"]

SOURCES = (
    Citation(
        "N. Bronson, A. Aghayev, A. Charapko, T. Zhu, Metastable failures in distributed systems, "
        "HotOS 2021, section 2",
        "the look-aside cache whose refills come too late",
    ),
    Citation(
        "M. Brooker, simulator_example (source code) and blog, 2021",
        "the cold cache: keys, popularity, limits of the origin",
    ),
)

RATE = 100.0  # requests per second; assumption
CAPACITY = 30.0  # queries per second of the database; assumption
KEYS = Zipf(1.0, 1_000)  # assumption; all of them fit
TIMEOUT = 500 * MS  # of the application for the database; assumption
PATIENCE = 1.0  # s, of the users; assumption
FLUSH = 60.0  # s; assumption: when the cache is emptied
HORIZON = 10 * MIN  # assumption
COLD_KEYS = Zipf(1.3, 2_000_000)  # Brooker
COLD_RATE, COLD_LIMIT = 1_000.0, 20.0  # per second: Brooker, one of his limits


def scenario(
    *,
    rate: float = RATE,
    capacity: float = CAPACITY,
    keys: Zipf = KEYS,
    timeout: float = TIMEOUT,
    patience: float = PATIENCE,
    fills: Literal["when_caller_still_waits", "always"] = "when_caller_still_waits",
    single_flight: bool = False,
    cancels: Literal["nothing", "queued", "running"] = "nothing",
    flush: float = FLUSH,
    horizon: float = HORIZON,
) -> Scenario:
    """A warm cache that is emptied once.

    Parameters
    ----------
    rate, capacity : float
        Requests, and queries that the database answers, per second.
    keys : Zipf
        What is asked for; the cache holds all of them.
    timeout, patience : float
        Seconds the application waits for the database, and users for the application.
    fills : {"when_caller_still_waits", "always"}
        Whether an answer that comes too late for the application is stored all the same.
    single_flight : bool
        Of many misses of one key only the first asks the database.
    cancels : {"nothing", "queued", "running"}
        What the database does with queries whose application has given up.
    flush : float
        When the cache is emptied, seconds.
    horizon : float
        Seconds.
    """
    memory = Cache(size=keys.n, warm=keys.n, fills=fills, single_flight=single_flight)
    ask = (
        Call("cache", required=False, timeout=10 * MS),
        Call("db", after="miss", timeout=timeout, cancels=cancels),
    )
    pools = [
        Pool("app", serve=ask),
        Pool("cache", serve=(Work(0.2 * MS),), cache=memory),
        Pool("db", threads=1, serve=(Work(1 / capacity),)),
    ]
    loss = Fault("cache", At(flush), lasts=1 * MS, effect=Effect(forgets=True), name="loss")
    users = Source("web", Poisson(rate), to=Call("app", timeout=patience), keys=keys)
    return Scenario(
        System(pools), faults=[loss], sources=[users], horizon=horizon, name="look_aside_cache"
    )


def cold_cache(
    *,
    rate: float = COLD_RATE,
    limit: float = COLD_LIMIT,
    keys: Zipf = COLD_KEYS,
    horizon: float = 1 * MIN,
) -> Scenario:
    """An empty cache and an origin that refuses what is above its limit.

    Parameters
    ----------
    rate, limit : float
        Requests, and those the origin takes, per second.
    keys : Zipf
    horizon : float
        Seconds.
    """
    fetch = Call("origin", after="miss", required=False, rate_limit=TokenRate(limit, 2))
    pools = [
        Pool("app", serve=(Call("cache"), fetch)),
        Pool("cache", cache=Cache()),
        Pool("origin"),
    ]
    users = Source("web", Every(1 / rate), to=Call("app"), keys=keys)
    return Scenario(System(pools), sources=[users], horizon=horizon, name="cold_cache")
