"""A database and callers that retry: a pause of ten seconds becomes an outage that stays.

From N. Bronson et al., Metastable failures in distributed systems (HotOS 2021), first case study: a
database that answers up to 300 queries per second gets 280; a query that takes longer than a second
is sent once more; for ten seconds the database answers nothing. From then on it is offered 560, all
of them too late when they are answered, until the load is below 150 per second, half of what the
same database carries when it is well.

ASSUMPTIONS typed by us: the pause keeps the queue (a network that loses the queries instead leaves
no backlog and does no harm, `pause=False`); requests come in equal steps and take equal times; first
come, first served; a query is answered although nobody waits for it any more.
"""

from __future__ import annotations

from typing import Literal

from models.entry import Source as Citation
from simulator.describe import (
    MIN,
    At,
    Breaker,
    Call,
    Effect,
    Every,
    Fault,
    Poisson,
    Pool,
    Queue,
    Retry,
    Scenario,
    Source,
    System,
    Work,
)

__all__ = ["SOURCES", "scenario"]

SOURCES = (
    Citation(
        "N. Bronson, A. Aghayev, A. Charapko, T. Zhu, Metastable failures in distributed systems, "
        "HotOS 2021, section 2",
        "rates, timeout, retries and the length of the pause",
    ),
)

RATE = 280.0  # queries per second
CAPACITY = 300.0  # queries per second
TIMEOUT = 1.0  # s
TRIGGER = 10.0  # s
STARTS = 30.0  # s; assumption: when it begins
HORIZON = 10 * MIN  # assumption
RETRY = Retry(2, on=("timeout", "error", "shed"))  # one more, at once


def scenario(
    *,
    rate: float = RATE,
    capacity: float = CAPACITY,
    timeout: float = TIMEOUT,
    retry: Retry | None = RETRY,
    trigger: float = TRIGGER,
    starts: float = STARTS,
    horizon: float = HORIZON,
    queue: Queue | None = None,
    cancels: Literal["nothing", "queued", "running"] = "nothing",
    deadline: float | None = None,
    breaker: Breaker | None = None,
    steady: bool = True,
    pause: bool = True,
) -> Scenario:
    """The database and its callers.

    Parameters
    ----------
    rate, capacity : float
        Queries asked and answered, per second.
    timeout : float
        Seconds a caller waits for an attempt.
    retry : Retry or None
        What it does then.
    trigger, starts : float
        How long the database stands still, and from when, seconds.
    horizon : float
        Seconds.
    queue : Queue, optional
        Default: unlimited, first come, first served.
    cancels : {"nothing", "queued", "running"}
        What becomes of a query whose caller has left.
    deadline : float, optional
        Seconds for both attempts together.
    breaker : Breaker, optional
        Of the callers.
    steady : bool
        True: in equal steps; False: at random (Poisson).
    pause : bool
        True: the database stands still and keeps its queue. False: what is sent to it is lost on
        the way, and it idles.
    """
    db = Pool("db", threads=1, queue=queue or Queue(), serve=(Work(1 / capacity),))
    call = Call(
        "db", timeout=timeout, retry=retry, cancels=cancels, deadline=deadline, breaker=breaker
    )
    arrivals = Every(1 / rate) if steady else Poisson(rate)
    effect = Effect(speed=0.0) if pause else Effect(lost=1.0)
    fault = Fault("db", At(starts), lasts=trigger, effect=effect, name="trigger")
    return Scenario(
        System([db]),
        faults=[fault] if trigger else [],
        sources=[Source("web", arrivals, to=call)],
        horizon=horizon,
        name="retry_storm",
    )
