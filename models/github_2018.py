"""GitHub, 2018-10-21: a cut of 43 seconds, and a day of degraded service.

The link between the hub and the primary data centre in the East is cut. Voters outside it, a majority,
see the primaries gone, promote copies in the West, and the cut heals. The East has taken writes that the
West does not have, so nobody can simply go back: pages cross the country for every question to the
database, copies in the East are restored from backups and must replay what was written since, readers
slow them down as the day begins, and queues that were paused are drained.

Every number is in :mod:`models.evidence.github_2018`, with its class.

ASSUMPTIONS of the model beyond those numbers. The run begins with the last backup of the slowest of the
clusters. One pool stands for all database clusters, three members a side; requests are sent from five
minutes before the cut to half an hour after it, a few a second; what grows for a day, replication and
webhooks, are amounts. The copies that matter are restored by 06:51, as published; their replay begins
then. Reads and writes follow one daily shape. The busiest cluster's writers sit in the East.
"""

from __future__ import annotations

import numpy as np

from models.entry import Source as Work_
from models.evidence.github_2018 import EVIDENCE
from simulator.describe import (
    HOUR,
    MB,
    MIN,
    MS,
    TB,
    Add,
    At,
    Backlog,
    Call,
    Daily,
    Detect,
    Deterministic,
    Drain,
    Effect,
    Exponential,
    Failover,
    Fault,
    Link,
    Note,
    On,
    Pause,
    Poisson,
    Pool,
    Promote,
    Replication,
    Resume,
    Runbook,
    Scenario,
    SetQueue,
    Signal,
    Source,
    Spare,
    Spike,
    Step,
    System,
    Work,
)

__all__ = ["BEGINS", "CLUSTERS", "SOURCES", "at_clock", "scenario"]

SOURCES = (
    Work_("GitHub: October 21 post-incident analysis, 2018-10-30", "the cut, the decisions, the times, the amounts"),
    Work_("GitHub: MySQL High Availability at GitHub, 2018-06-20", "voters, detection, promotion"),
)  # fmt: skip

CLUSTERS = 8
CUT_AFTER = EVIDENCE.value("backup_every_h") * HOUR * CLUSTERS / (CLUSTERS + 1)
"""Seconds from the last backup of the slowest cluster to the cut: the longest of 8 ages below 4 h, on average."""
_CUT_CLOCK = 22 * HOUR + 52 * MIN
BEGINS = _CUT_CLOCK - CUT_AFTER
"""Time of day at the start of a run, seconds, UTC."""
LAN, DAY_S = 0.25 * MS, 24 * HOUR
REPLICAS = 20


def at_clock(text: str) -> float:
    """Seconds from the start of the run to a time of day; what is earlier than the start is on the next day."""
    hours, minutes = text.split(":")
    return (int(hours) * HOUR + int(minutes) * MIN - BEGINS) % DAY_S


def scenario(
    *,
    cut_s: float = EVIDENCE.value("cut_s"),
    cross_country_ms: float = EVIDENCE.value("cross_country_ms"),
    promote_s: float = EVIDENCE.value("promote_s"),
    calls: float = EVIDENCE.value("calls"),
    page_timeout_s: float = EVIDENCE.value("page_timeout_s"),
    smallest_tb: float = EVIDENCE.value("smallest_tb"),
    largest_tb: float = EVIDENCE.value("largest_tb"),
    writes: float = EVIDENCE.value("writes"),
    bandwidth_mb: float = EVIDENCE.value("bandwidth_mb"),
    events: float = EVIDENCE.value("events"),
    drain: float = EVIDENCE.value("drain"),
    apply_max: float = EVIDENCE.value("apply_max"),
    read_peak: float = EVIDENCE.value("read_peak"),
    low_share: float = EVIDENCE.value("low_share"),
    peak_hour: float = EVIDENCE.value("peak_hour"),
    more_replicas: float = EVIDENCE.value("more_replicas"),
    ttl_h: float = EVIDENCE.value("ttl_h"),
    reaction_min: float = EVIDENCE.value("reaction_min"),
    page_rate: float = EVIDENCE.value("page_rate"),
    holdoff_s: float = 0.0,
    voters_east: float = 1.0,
    voters_cloud: float = 1.0,
    cross_region: bool = True,
    fences: bool = False,
    restore_speed: float = 1.0,
    replicas_at: str = "13:30",
    tolerant: bool = False,
    horizon: float = 40 * HOUR,
) -> Scenario:
    """From the last backup before the cut to the morning after the next day.

    Parameters
    ----------
    cut_s, cross_country_ms, promote_s, calls, page_timeout_s, smallest_tb, largest_tb, writes, bandwidth_mb, events
        Constants of the evidence.
    drain, apply_max, read_peak, low_share, peak_hour, more_replicas, ttl_h, reaction_min, page_rate
        More of them.
    holdoff_s : float
        Seconds for which a failure must last beyond its detection.
    voters_east, voters_cloud : float
        Votes in the East, and in the public cloud beside it; the West has one.
    cross_region : bool
        A primary may be promoted in the other region.
    fences : bool
        A primary that reaches no majority takes no writes.
    restore_speed : float
        Times as fast as the restore was.
    replicas_at : str
        Clock (UTC) at which read replicas are added.
    tolerant : bool
        Pages ask the database once and keep the rest near them: applications that bear distance.
    horizon : float
        Seconds.
    """
    votes = {"dc_east": int(voters_east), "dc_west": 1, "cloud_east": int(voters_cloud)}
    failover = Failover(
        "mysql", Detect(every=5.0, misses=2, timeout=1.0), Deterministic(promote_s),
        voters=tuple((zone, n) for zone, n in votes.items() if n), hold=holdoff_s, cross_zone=cross_region,
        fences=fences, again_after=HOUR,
    )  # fmt: skip
    people = _people(more_replicas, ttl_h, reaction_min, restore_speed, replicas_at)
    restores = _restores(smallest_tb, largest_tb, bandwidth_mb * restore_speed)
    return Scenario(
        _system(cross_country_ms, 1 if tolerant else max(round(calls), 1)), name="github_2018", horizon=horizon,
        faults=[Fault(("link:east-west", "link:east-cloud", "link:users-east"), At(CUT_AFTER), cut_s,
                      Effect(up=False), name="cut")],
        sources=_users(page_rate, writes, page_timeout_s), controllers=[failover, *people, restores],
        backlogs=_amounts(events, drain, ttl_h, apply_max, read_peak, low_share, peak_hour),
    )  # fmt: skip


def _system(cross_country_ms: float, calls: int) -> System:
    far = 0.5 * cross_country_ms * MS
    asks = [Call("mysql", to_role="primary", timeout=1.0, name=f"ask_{k}") for k in range(calls)]
    read = Call("mysql", to_role="replica", timeout=1.0, name="read")
    page: tuple[Work | Call, ...] = (Work(20 * MS), *asks, read)
    east_west = (("dc_east", 3), ("dc_west", 3))
    pools = [
        Pool("app", 8, zones=(("dc_east", 8),), threads=64, serve=(("git", [Work(30 * MS)]), ("page", page))),
        Pool("mysql", 6, zones=east_west, threads=200, serve=[Work(Exponential(1.5 * MS))],
             replication=Replication("async", lag=Exponential(0.2))),
        Pool("replicas", REPLICAS, zones=(("dc_east", REPLICAS),), serve=[Work(Exponential(1.5 * MS))]),
        Pool("orchestrator", 1, zones=(("cloud_east", 1),), serve=[Work(1 * MS)]),
    ]  # fmt: skip
    links = [
        Link("zone:dc_east", "zone:dc_west", far, name="east-west"),
        Link("zone:dc_east", "zone:cloud_east", 1 * MS, name="east-cloud"),
        Link("zone:dc_west", "zone:cloud_east", far, name="west-cloud"),
        Link("zone:outside", "zone:dc_east", 5 * MS, name="users-east"),
        Link("zone:outside", "zone:dc_west", far, name="users-west"),
        Link("zone:dc_east", "zone:dc_east", LAN, name="within-east"),
    ]
    return System(pools, links=links)


def _users(page_rate: float, writes: float, timeout_s: float) -> list[Source]:
    """Requests around the cut: people outside, and the writers of the busiest cluster within the East."""

    def around(rate: float) -> Poisson:
        return Poisson(Spike(0.0, rate, CUT_AFTER - 5 * MIN, 36 * MIN))

    people = Source(
        "people", around(page_rate), to=Call("app", timeout=10 * timeout_s),
        classes=(("page", 0.9), ("git", 0.1)), zone="outside",
    )  # fmt: skip
    writer = Source(
        "writers", around(writes), to=Call("mysql", to_role="primary", timeout=1.0), zone="dc_east"
    )
    return [people, writer]


def _amounts(
    events: float, drain: float, ttl_h: float, apply_max: float, read_peak: float, low_share: float,
    peak_hour: float,
) -> list[Backlog]:  # fmt: skip
    """What grows for a day: webhooks, and what a copy restored from the last backup has to replay."""
    peak = (peak_hour * HOUR - BEGINS) % DAY_S
    writes = Daily(low_share, 1.0, peak)
    reads = Daily(low_share * read_peak, read_peak, peak)
    pause, resume = at_clock("23:19"), at_clock("16:45")
    shape = Daily(low_share, 1.0, peak)
    before, after = shape.total(np.array([pause, resume]))
    mean = float(after - before) / (resume - pause)
    hooks = Daily(low_share * events / mean, events / mean, peak)
    return [
        Backlog("hooks", hooks, drain, expires_after=ttl_h * HOUR),
        Backlog("replay", writes, Spare(apply_max, reads, "replicas"), paused=True),
    ]


def _people(
    more: float, ttl_h: float, reaction_min: float, restore_speed: float, replicas_at: str
) -> list[Runbook]:
    """What was decided, when, and what followed from it."""
    restored = at_clock("00:41") + (at_clock("06:51") - at_clock("00:41")) / restore_speed
    steps = [
        Step(Pause("hooks"), name="webhooks paused", at=at_clock("23:19")),
        Step(Resume("replay"), name="copies restored, replay begins", at=restored),
        Step(Promote("mysql", "dc_east"), name="primaries East again", at=at_clock("11:12")),
    ]
    drops = Signal("expired", "hooks", above=0.0, every=60.0)
    raised = Step(SetQueue("hooks", 48 * HOUR), name="limit raised", when=drops, after=reaction_min * MIN)
    queue = [
        Step(Resume("hooks"), name="webhooks resumed", at=at_clock("16:45")),
        raised if ttl_h < 17.4 else Step(Note("nothing expires")),
        Step(Note("webhooks done"), name="done", when=Signal("waiting", "hooks", below=1000.0, every=60.0)),
    ]  # fmt: skip
    begun = On("promoted:mysql")
    return [
        Runbook("recover", begun, steps),
        Runbook("more replicas", begun, [
            Step(Add("replicas", share=more), name="replicas added", at=at_clock(replicas_at)),
        ]),
        Runbook("follow", begun, [
            Step(name="wait", at=restored),
            Step(Note("replicas in step"), name="in step", when=Signal("age", "replay", below=60.0, every=60.0)),
        ]),
        Runbook("queue", begun, queue),
    ]  # fmt: skip


def _restores(smallest_tb: float, largest_tb: float, bandwidth_mb: float) -> Runbook:
    """Every cluster from its backup, side by side."""
    ratio = (largest_tb / smallest_tb) ** (1.0 / (CLUSTERS - 1))
    sizes = [smallest_tb * ratio**k for k in range(CLUSTERS)]
    steps = [
        Step(Note(f"{size:.2g} TB restored"), name=f"restore {k + 1}", at=at_clock("00:41"),
             takes=Drain(size * TB, bandwidth_mb * MB), beside=True)
        for k, size in enumerate(sizes)
    ]  # fmt: skip
    return Runbook("restore", On("promoted:mysql"), steps)
