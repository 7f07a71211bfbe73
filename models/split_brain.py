"""Split brain: five members with one primary, a store that they write to, and one incident.

Members stand in three zones (two, two, one), clients in each of them. Writes go to whoever is believed
to be the primary, which works and writes on: into a store beside the zones that anybody reaches; into
copies in the three zones of which two must confirm; or nowhere else, each member keeping what it was told and
copying it to the others later. Who decides that a primary is gone is a majority of the members, or one
monitor in zone b that sees no further than its own links.

The incident: zone a (the primary's) or zone b loses everybody else; the primary is paused, alive but
asleep; or it crashes. All times and rates are ASSUMPTIONS of ours, of the order of what the sources tell;
pauses and cuts of seconds to minutes are reported there.
"""

from __future__ import annotations

from typing import Literal

from models.entry import Source as Work_
from simulator.describe import (
    MS,
    All,
    At,
    Call,
    Detect,
    Distribution,
    Effect,
    Exponential,
    Failover,
    Fault,
    Link,
    Poisson,
    Pool,
    Replication,
    Scenario,
    Source,
    System,
    Work,
)
from simulator.errors import DescriptionError

__all__ = ["COPIES", "DATA", "INCIDENTS", "LAG", "SOURCES", "ZONES", "scenario"]

SOURCES = (
    Work_("Gray and Cheriton: Leases, SOSP 1989", "a lease ends by a clock, and clocks drift"),
    Work_("Kleppmann: How to do distributed locking, 2016", "a pause outlives a lease; fencing tokens stop the write"),
    Work_("Bailis and Kingsbury: The Network is Reliable, 2014", "how often, how long: cuts and pauses"),
)  # fmt: skip

Incident = Literal["cut a", "cut b", "pause", "crash"]
Data = Literal["own", "store", "checked", "copies"]
INCIDENTS: tuple[Incident, ...] = ("cut a", "cut b", "pause", "crash")
DATA: tuple[Data, ...] = ("own", "store", "checked", "copies")
ZONES = "abc"
COPIES = tuple(f"copy_{zone}" for zone in ZONES)
LAG = Exponential(0.2)
"""How far the other members are behind with `data` "own", seconds."""
PROBES = Detect(every=1.0, misses=3, timeout=0.5)
PROMOTE = Exponential(0.3)  # s
PATIENCE = 2.0  # s, of a client
HOP = 1 * MS  # one way, between zones


def scenario(
    *,
    majority: bool = True,
    data: Data = "checked",
    lease_s: float = 0.0,
    drift: float = 0.0,
    stonith: bool = False,
    incident: Incident = "cut a",
    at_s: float = 20.0,
    lasts_s: float = 60.0,
    rate: float = 2.0,
    after_s: float = 10.0,
    detect: Detect = PROBES,
    promote: Distribution = PROMOTE,
) -> Scenario:
    """One incident, and what comes of it.

    Parameters
    ----------
    majority : bool
        A majority of the members decides; else the monitor in zone b.
    data : {"own", "store", "checked", "copies"}
        Where writes land: at the member alone; in a store; in one that refuses old terms; in two of
        three copies that do.
    lease_s : float
        Lease of a primary, seconds; 0 = none.
    drift : float
        Share by which its clock is slow.
    stonith : bool
        The old primary is switched off before another is promoted.
    incident : {"cut a", "cut b", "pause", "crash"}
    at_s, lasts_s, after_s : float
        When it begins, how long it lasts, how much is run after it; seconds.
    rate : float
        Writes per second of the clients of each zone.
    detect : Detect
    promote : Distribution
        Seconds.

    Raises
    ------
    DescriptionError
        For an incident or a place of data that there is not.
    """
    if data not in DATA:
        raise DescriptionError(f"{data!r}: allowed are {', '.join(DATA)}", "data")
    rule = Failover(
        "leader", detect, promote, voters="members" if majority else (("b", 1),),
        lease=lease_s or None, drift=drift, kills_old=stonith,
    )  # fmt: skip
    writers = [
        Source(f"clients_{zone}", Poisson(rate), to=Call("leader", to_role="primary", timeout=PATIENCE), zone=zone)
        for zone in ZONES
    ]  # fmt: skip
    return Scenario(
        _system(data), name="split_brain", faults=[_fault(incident, at_s, lasts_s)], sources=writers,
        controllers=[rule], horizon=at_s + lasts_s + after_s,
    )  # fmt: skip


def _system(data: Data) -> System:
    steps: list[Work | Call | All] = [Work(2 * MS)]
    pools = []
    if data == "copies":
        steps.append(All([Call(copy, timeout=0.5) for copy in COPIES], needs=2))
        for zone, copy in zip(ZONES, COPIES, strict=True):
            pools.append(Pool(copy, zones=((zone, 1),), serve=[Work(1 * MS)], checks_term=True))
    elif data != "own":
        steps.append(Call("store", timeout=1.0))
        pools.append(Pool("store", serve=[Work(1 * MS)], checks_term=data == "checked"))
    leader = Pool(
        "leader", 5, 3, zones=(("a", 2), ("b", 2), ("c", 1)), serve=steps,
        replication=Replication("async", lag=LAG) if data == "own" else None,
    )  # fmt: skip
    links = [Link(f"zone:{a}", f"zone:{b}", HOP, name=f"{a}-{b}") for a, b in ("ab", "bc", "ac")]
    return System([leader, *pools], links=links)


def _fault(incident: Incident, at: float, lasts: float) -> Fault:
    if incident == "pause":
        return Fault("leader[0]", At(at), lasts, Effect(speed=0.0), name="pause")
    if incident == "crash":
        return Fault("leader[0]", At(at), lasts, name="crash")
    if incident not in INCIDENTS:
        raise DescriptionError(f"{incident!r}: allowed are {', '.join(INCIDENTS)}", "incident")
    roads = {"cut a": ("link:a-b", "link:a-c"), "cut b": ("link:a-b", "link:b-c")}[incident]
    return Fault(roads, At(at), lasts, Effect(up=False), together=True, name="cut")
