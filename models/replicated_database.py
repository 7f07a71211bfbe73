"""A database of five members with one primary: who must have a write before it is confirmed?

Two members stand in zone a, where the primary is, two in zone b beside it, one in zone c far away.
A write is work at the primary, then its log at each member; it is confirmed at once (async), when one other member has
it (semi-synchronous), when a majority has it (quorum), or when all have it (sync). A majority of the
members elects another primary. The incident: the primary crashes, another member does, or zone a loses
everybody else.

All times and rates are ASSUMPTIONS: half a millisecond between neighbouring zones and 15 ms to the far
one, each way; copies of the asynchronous kind follow 0.2 s later.
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

__all__ = ["ACKS", "LAG", "MEMBERS", "MODES", "NAMES", "SOURCES", "Mode", "scenario"]

SOURCES = (
    Work_("Gray and Reuter: Transaction Processing, 1993, 12.6", "one-safe, two-safe: what a takeover loses"),
    Work_("Ongaro and Ousterhout: the Raft article, USENIX ATC 2014", "a majority has every confirmed write"),
)  # fmt: skip

Mode = Literal["async", "semi_sync", "quorum", "sync"]
ACKS: dict[Mode, int] = {"async": 1, "semi_sync": 2, "quorum": 3, "sync": 5}
"""Members that have a write before it is confirmed, the primary included."""
MODES: tuple[Mode, ...] = tuple(ACKS)
ZONES = (("a", 2), ("b", 2), ("c", 1))
MEMBERS = 5
NAMES = ("none", "primary crashes", "member crashes", "zone cut")
LAG = 0.2  # s
NEAR, FAR = 0.5 * MS, 15 * MS  # one way
REPAIR = 120.0  # s


def scenario(
    *,
    mode: Mode = "quorum",
    incident: str = "primary crashes",
    at_s: float = 20.0,
    lasts_s: float = REPAIR,
    rate: float = 20.0,
    after_s: float = 10.0,
) -> Scenario:
    """One incident under one mode of replication.

    Parameters
    ----------
    mode : {"async", "semi_sync", "quorum", "sync"}
    incident : {"none", "primary crashes", "member crashes", "zone cut"}
    at_s, lasts_s, after_s : float
        When it begins, how long it lasts, how much is run after it; seconds.
    rate : float
        Writes per second, half of them from zone a and half from zone b.

    Raises
    ------
    DescriptionError
        For a mode or an incident that there is not.
    """
    if mode not in MODES:
        raise DescriptionError(f"{mode!r}: allowed are {', '.join(MODES)}", "mode")
    logs = [Call(f"log_{m}", timeout=1.0) for m in range(MEMBERS)]
    steps: list[Work | Call | All] = [Work(Exponential(1 * MS))]
    if mode != "async":
        steps.append(All(logs, needs=ACKS[mode]))
    copies = Replication(mode, lag=Exponential(LAG) if mode == "async" else None)
    zone = [name for name, many in ZONES for _ in range(many)]
    pools = [Pool("db", MEMBERS, 3, zones=ZONES, threads=200, serve=steps, replication=copies)]
    if mode != "async":
        pools += [Pool(f"log_{m}", zones=((zone[m], 1),), serve=[Work(0.2 * MS)]) for m in range(MEMBERS)]
    links = [
        Link("zone:a", "zone:b", NEAR, name="a-b"),
        Link("zone:a", "zone:c", FAR, name="a-c"),
        Link("zone:b", "zone:c", FAR, name="b-c"),
    ]
    return Scenario(
        System(pools, links=links), name="replicated_database", faults=_faults(mode, incident, at_s, lasts_s),
        sources=[
            Source(f"writers_{zone}", Poisson(rate / 2), to=Call("db", to_role="primary", timeout=2.0), zone=zone)
            for zone in "ab"
        ],
        controllers=[Failover("db", Detect(1.0, 3, 0.5), Exponential(2.0), voters="members")],
        horizon=at_s + lasts_s + after_s,
    )  # fmt: skip


def _faults(mode: Mode, incident: str, at: float, lasts: float) -> list[Fault]:
    if incident == "none":
        return []
    if incident == "zone cut":
        return [Fault(("link:a-b", "link:a-c"), At(at), lasts, Effect(up=False), together=True, name="cut")]
    if incident not in NAMES:
        raise DescriptionError(f"{incident!r}: allowed are {', '.join(NAMES)}", "incident")
    member = 0 if incident == "primary crashes" else MEMBERS - 1
    struck = (f"db[{member}]", *(() if mode == "async" else (f"log_{member}",)))
    return [Fault(struck, At(at), lasts, together=True, name="crash")]
