"""Amazon S3, us-east-1, 2017-02-28: one wrong argument, and two subsystems that must restart in full.

A command meant for a few servers of the billing system takes away more: servers of the index, which
every request needs, and of placement, which new objects need. Below the capacity they need, both lose
their state. The index checks its data and opens when enough of it is ready; placement begins when the
index is whole. What asks S3 fails with it; what only starts with its help (a running machine) does not
notice. The page that should tell people needs S3 itself.

Every number is in :mod:`models.evidence.s3_2017`, with its class.

ASSUMPTIONS of the model beyond those numbers. Scaled: 100 members stand for an index and a placement of
unknown size, and a few requests a second for a million; no queue is near its limit before or after, so
only shares matter (experiments.s3_2017 shows that three times the traffic moves nothing). Objects are
asked for evenly; a retry asks for the same object. The restart puts back the servers that were taken
away. The status page has to read one object of S3, whichever it is, and is tried once a minute.
"""

from __future__ import annotations

from models.entry import Source as Work_
from models.evidence.s3_2017 import EVIDENCE
from simulator.describe import (
    HOUR,
    MIN,
    MS,
    At,
    Backoff,
    Call,
    Deterministic,
    Drain,
    Every,
    Note,
    Poisson,
    Pool,
    Remove,
    Restart,
    Restore,
    Retry,
    Runbook,
    Scenario,
    Source,
    Step,
    System,
    Work,
    Zipf,
)

__all__ = ["BEGINS", "REMOVED_AT", "SOURCES", "scenario"]

SOURCES = (
    Work_(
        "Amazon Web Services: Summary of the Amazon S3 Service Disruption in the Northern Virginia "
        "(US-EAST-1) Region, 2017",
        "what was removed, what needs what, the order of the restart, the times it took",
    ),
    Work_("C. Percival: Tarsnap outage notes and S3 error log, 2017-02-28", "what one client saw"),
)

BEGINS = "17:00"
"""Clock at the start of a run, UTC."""
REMOVED_AT = 37 * MIN
TOLD_SINCE = 40 * MIN
HORIZON = 6 * HOUR
SERVERS = 100  # of the index, and of placement: their number was not published
OBJECTS = Zipf(0.0, 1_000_000)  # assumption: asked for evenly
READS = (
    ("GET", 0.7),
    ("LIST", 0.05),
    ("DELETE", 0.05),
    ("PUT", 0.2),
)  # assumption: a mix of requests
QUICK = Work(1 * MS)


def scenario(
    *,
    checked_min: float = EVIDENCE.value("checked_min"),
    placement_min: float = EVIDENCE.value("placement_min"),
    f_open: float = EVIDENCE.value("f_open"),
    t0_min: float = EVIDENCE.value("t0_min"),
    removed_share: float = EVIDENCE.value("removed_share"),
    needed_share: float = EVIDENCE.value("needed_share"),
    timeout_s: float = EVIDENCE.value("timeout_s"),
    poll_s: float = EVIDENCE.value("poll_s"),
    rate: float = EVIDENCE.value("rate"),
    job_rate: float = EVIDENCE.value("job_rate"),
    job_cap_s: float = EVIDENCE.value("job_cap_s"),
    restarts: bool = True,
    placement_parallel: bool = False,
    dashboard_on_s3: bool = True,
    jobs_queue: bool = True,
    check_speed: float = 1.0,
    cells: int = 1,
    checkers_shared: bool = False,
    floor: bool = False,
    remove_per_min: float | None = None,
    stopped_after_min: float | None = None,
    horizon: float = HORIZON,
) -> Scenario:
    """The afternoon of the outage, from 17:00 UTC.

    Parameters
    ----------
    checked_min, placement_min, f_open, t0_min, removed_share, needed_share, timeout_s
        Constants of the evidence.
    poll_s, rate, job_rate, job_cap_s
        More of them.
    restarts : bool
        False: lost servers are lost keys, and nothing else; they are put back after `t0_min`.
    placement_parallel : bool
        Placement does not wait for the index.
    dashboard_on_s3 : bool
        The status page needs S3.
    jobs_queue : bool
        Functions started by events are tried until they succeed; False: once.
    check_speed : float
        Times as fast as the check was.
    cells : int
        Parts that the index and placement are divided into; a command reaches one of them.
    checkers_shared : bool
        With cells: the machines of all cells help the one that restarts.
    floor : bool
        The tool refuses to go below what a subsystem needs.
    remove_per_min : float or None
        Servers of each subsystem a minute; None = all at once.
    stopped_after_min : float or None
        Minutes after the first missing server at which somebody stops the command.
    horizon : float
        Seconds.
    """
    boots = t0_min * MIN
    check = Drain(1.0, check_speed * f_open / max((checked_min - t0_min) * MIN, 1.0))
    if not checkers_shared:  # a cell has its part of the data, and of the machines that check them
        check = Drain(1.0, check.rate / cells)
    again = Deterministic(placement_min * MIN)
    needed = max(round(needed_share * SERVERS), 1)
    index = _subsystem("index", needed, cells, restarts, Restart(check, boots, f_open))
    after = () if placement_parallel else ("index",)
    placement = _subsystem(
        "placement",
        needed,
        cells,
        restarts,
        Restart(again, boots, after=after),
        [Call("index", timeout=timeout_s)],
    )
    read, write = Call("index", timeout=timeout_s), Call("placement", timeout=timeout_s)
    frontend = Pool("frontend", 10, serve=(("", [read]), ("PUT", [write, read])))
    get = Call("frontend", as_="GET", timeout=timeout_s)
    pools = [
        frontend, index, placement,
        Pool("functions", 50, serve=[QUICK, _job(get, job_cap_s) if jobs_queue else get]),
        Pool("launches", 2, serve=[QUICK, get]),
        Pool("restores", 2, serve=[QUICK, get]),
        Pool("running", 2, serve=[QUICK, Call("frontend", as_="GET", plane="control")]),
        Pool("volumes", 2, serve=[QUICK, Call("frontend", as_="GET", plane="control")]),
        Pool("status_page", 1, serve=[get] if dashboard_on_s3 else [QUICK]),
    ]  # fmt: skip
    return Scenario(
        System(pools), horizon=horizon, name="s3_2017", sources=_users(poll_s, timeout_s, rate, job_rate),
        controllers=_people(removed_share, cells, floor, remove_per_min, stopped_after_min, boots, restarts),
    )  # fmt: skip


def _subsystem(
    name: str,
    needed: int,
    cells: int,
    restarts: bool,
    restart: Restart,
    serve: list[Call] | None = None,
) -> Pool:
    steps: list[Work | Call] = [QUICK, *(serve or [])]
    if not restarts:  # every server holds its own keys
        return Pool(name, SERVERS, needed=needed, shards=SERVERS, serve=steps)
    return Pool(
        name,
        SERVERS,
        needed=needed,
        shards=cells,
        on_shortage="restart",
        restart=restart,
        serve=steps,
    )


def _job(get: Call, cap_s: float) -> Call:
    """A job is tried until it is done."""
    retry = Retry("forever", Backoff(1.0, cap_s, "full"), on=("error", "timeout"))
    return Call(get.call, as_="GET", timeout=get.timeout, retry=retry)


def _users(poll_s: float, timeout_s: float, rate: float, job_rate: float) -> list[Source]:
    retry = Retry(3, Backoff(0.1, 20.0, "full"), on=("error", "timeout"))
    mix = (("GET", 0.5), ("PUT", 0.5))
    asks = Call("frontend", timeout=timeout_s)
    others = [
        Source(
            f"{name}_users",
            Poisson(rate / 20.0),
            to=Call(name, timeout=3 * timeout_s),
            keys=OBJECTS,
        )
        for name in ("launches", "restores", "running", "volumes")
    ]
    return [
        Source("client", Every(poll_s), to=asks, classes=mix, keys=OBJECTS),
        Source(
            "everyone", Poisson(rate), to=Call("frontend", timeout=timeout_s, retry=retry), classes=READS,
            keys=OBJECTS,
        ),
        Source("events", Poisson(job_rate), to=Call("functions"), keys=OBJECTS),
        *others,
    ]  # fmt: skip


def _people(
    removed: float, cells: int, floor: bool, per_min: float | None, stopped_min: float | None, back_s: float,
    restarts: bool,
) -> list[Runbook]:  # fmt: skip
    """The command with the wrong argument, and the people who want to tell the customers."""
    stops = None if stopped_min is None else stopped_min * MIN
    cell = 0 if cells > 1 else None
    takes = [
        Runbook(
            f"remove from {name}", At(REMOVED_AT),
            [Step(Remove(name, removed, per_min, floor, stops, from_shard=cell))],
        )
        for name in ("index", "placement")
    ]  # fmt: skip
    forever = Retry("forever", Backoff(60.0, 60.0, "none"), on=("error", "timeout"))
    tell = Runbook(
        "tell customers", At(TOLD_SINCE),
        [Step(Note("customers are told"), needs=Call("status_page", timeout=30.0, retry=forever))],
    )  # fmt: skip
    if restarts:
        return [*takes, tell]
    back = Step([Restore("index"), Restore("placement")], after=back_s)
    return [*takes, tell, Runbook("put back", At(REMOVED_AT), [back])]
