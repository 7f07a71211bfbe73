"""Amazon DynamoDB, 2015-09-20: membership had grown, and requests for it outlived their trigger.

Storage servers ask a metadata service for the membership of their partitions, and serve only when they
have it. The membership had grown; after a short network disturbance all asked at once, answers took
longer than the timeout, and each failed request was made again while the old one was still being served.

PREDICTS: with the old size the herd passes by itself; with the grown one it never does, although the
network is well again; capacity has to exceed the rate of the storm (clients over timeout and pause),
not that of the work; and people cannot add it, since they need the service for that, until they pause
the requests.
ASSUMPTIONS: every number below; that work for a caller that has left is done all the same.
"""

from models.entry import Source as Work_
from simulator.describe import (
    HOUR,
    MIN,
    Add,
    At,
    Backoff,
    Call,
    Closed,
    Deterministic,
    Effect,
    Exponential,
    Fault,
    Link,
    Poisson,
    Pool,
    Queue,
    Retry,
    Runbook,
    Scenario,
    Source,
    Step,
    System,
    Work,
)  # fmt: skip

__all__ = ["SOURCES", "scenario"]

SOURCES = (Work_("Amazon Web Services: Summary of the Amazon DynamoDB Service Disruption, 2015",
                 "membership had grown, timeouts, retries, requests paused and capacity added"),)  # fmt: skip
SERVERS, ASKS_EVERY = 400, 4 * MIN
OLD, GROWN = 0.10, 0.30  # s of a metadata server's thread for one membership
TIMEOUT, AGAIN = 1.0, 2.0  # s
CUT_AT, CUT = 10 * MIN, 2 * MIN


def scenario(
    *, grown: bool = True, added: int = 10, pauses: bool = True, people: bool = True, horizon: float = 2 * HOUR
) -> Scenario:
    """Two hours: a disturbance at 10 minutes, people at one hour.

    Parameters
    ----------
    grown : bool
        The membership has grown to three times its size.
    added : int
        Metadata servers added by people, to two.
    pauses : bool
        Requests are paused for ten minutes around the time people act.
    people : bool
        Anybody does anything.
    horizon : float
        Seconds.
    """
    law = Exponential(GROWN if grown else OLD)
    again = Retry("forever", Backoff(AGAIN, AGAIN, "none"), on=("error", "timeout", "shed"))
    ask = Call("metadata", timeout=TIMEOUT, retry=again)
    read = Source("readers", Poisson(1.0), to=Call("metadata", timeout=TIMEOUT))
    metadata = Pool("metadata", 2, threads=4, queue=Queue(cap=40), serve=[Work(law)])
    link = Link("storage", "metadata", Deterministic(0.001), name="network")
    faults = [Fault("link:network", At(CUT_AT), CUT, Effect(up=False), name="disturbance")]
    adds = Step(Add("metadata", added), needs=Call("metadata", timeout=TIMEOUT), takes=2 * MIN)
    if people and pauses:
        faults.append(Fault("link:network", At(HOUR - 5 * MIN), 10 * MIN, Effect(up=False), name="requests paused"))
    return Scenario(
        System([metadata], links=[link]), name="dynamodb_2015", faults=faults, horizon=horizon,
        sources=[Source("storage", Closed(SERVERS, Exponential(ASKS_EVERY)), to=ask), read],
        controllers=[Runbook("people", At(HOUR), [adds])] if people else [],
    )  # fmt: skip
