"""Google Cloud, 2025-06-12: a row with blank fields in every region within seconds, then a restart herd.

A quota policy with blank fields was replicated to all regions; the service that checks every call read
it and crashed, for a check against nothing was missing. A switch turned the reading off; in the largest
region the tasks that started again overloaded the table they read from, without backoff.

PREDICTS: all regions fall within seconds of the row, whatever their number; the switch brings their calls
back together, and the tasks of the smaller regions start; of the largest region's tasks three in four never
do, by the herd alone; with randomised backoff all of them start; a rollout region by region stops at the first.
ASSUMPTIONS: every number below; the herd is the tasks' first read, tried until it succeeds; calls are checked
without the table, so nobody's calls feel the herd.
"""

from models.entry import Source as Work_
from simulator.describe import (
    HOUR,
    MIN,
    At,
    Backoff,
    Build,
    Call,
    Effect,
    Exponential,
    Poisson,
    Pool,
    Retry,
    RollBack,
    Rollout,
    Runbook,
    Scenario,
    Signal,
    Source,
    Step,
    System,
    Trace,
    Work,
)  # fmt: skip

__all__ = ["REGIONS", "SOURCES", "scenario"]

SOURCES = (
    Work_(
        "Google Cloud: Incident report of 2025-06-12 (Service Control)",
        "blank fields, replication in seconds, no null check, no backoff, the largest region",
    ),
)
REGIONS = {"largest": 1500, "middle": 200, "small": 50}  # tasks that start again
ROW_AT, SWITCH_AT = 10 * MIN, 50 * MIN
CRASHES = Build("blank row", Effect(up=False))


def scenario(*, backoff: bool = False, staged: bool = False, horizon: float = 2 * HOUR) -> Scenario:
    """Two hours: the row at 10 minutes, the switch at 50.

    Parameters
    ----------
    backoff : bool
        Tasks that start wait longer and longer, at random, between two tries.
    staged : bool
        The row reaches one region, is watched for ten minutes, and goes on only if all is well.
    horizon : float
        Seconds.
    """
    waits = Backoff(1.0, 60.0, "full") if backoff else Backoff(0.01, 0.01, "none")
    start = Retry("forever", waits, on=("error", "timeout"))
    zones = tuple((region, 2) for region in REGIONS)
    check = Pool("check", 6, zones=zones, balance="nearest", serve=[Work(0.002)])
    tables = [Pool(f"table_{r}", threads=10, serve=[Work(Exponential(0.05))]) for r in REGIONS]
    push = Rollout(
        "row", "check", CRASHES, At(ROW_AT), waves=(0.3, 0.6, 1.0) if staged else (1.0,), live=True,
        member_takes=Exponential(1.0), soak=10 * MIN if staged else 0.0,
        halts_on=Signal("up_share", "check", below=0.9, every=30.0) if staged else None, back="at_once",
    )  # fmt: skip
    switch = Runbook("red button", At(SWITCH_AT), [Step(RollBack("row", Exponential(2.0)))])
    herd = [Source(f"tasks_{r}", Trace((SWITCH_AT,) * n), to=Call(f"table_{r}", timeout=2.0, retry=start))
            for r, n in REGIONS.items()]  # fmt: skip
    calls = [Source(f"calls_{r}", Poisson(2.0), to=Call("check", timeout=1.0), zone=r) for r in REGIONS]
    return Scenario(System([check, *tables]), name="google_2025", horizon=horizon,
                    sources=[*calls, *([] if staged else herd)], controllers=[push, switch])  # fmt: skip
