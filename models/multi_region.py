"""One service in one, two or three regions: what of it survives the loss of a region, and at what price.

A user asks the front door of a region, which asks an application, which asks the data `calls` times for each
page. In designs with one active region all users go to the East; others ask the nearest region whose front
door is in rotation. A region is lost as a whole. Passive regions stand by in full until the front door has been
switched; active ones are left out by health checks, and their users come to the others.

The source document's words: multi-region deployment for geographic failures, N+1 capacity planning; most
"multi-region" setups are one region with disaster recovery. Its figure for the way between regions, 150 to
300 ms, is for continents; 70 ms there and back is that of the 2018 outage of GitHub. Everything else is an
ASSUMPTION: how often a region is lost, for how long, which share of the losses hits all regions at once
(configuration, DNS, deployments that go everywhere), how long it takes to switch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from models.entry import Source as Work_
from simulator.describe import (
    HOUR,
    MIN,
    MS,
    YEAR,
    At,
    Backoff,
    Call,
    Controller,
    Detect,
    Deterministic,
    Exponential,
    Failover,
    Fault,
    HealthCheck,
    Life,
    Link,
    Poisson,
    Pool,
    Queue,
    Retry,
    Scenario,
    Source,
    System,
    Work,
    crash,
)
from simulator.errors import DescriptionError

__all__ = ["DESIGNS", "SOURCES", "Design", "page_scenario", "scenario", "years"]

SOURCES = (
    Work_("The source document, chapter 2 (redundancy) and the AWS S3 outage", "multi-region, N+1 capacity"),
    Work_("GitHub: October 21 post-incident analysis, 2018-10-30", "70 ms between coasts, calls across them"),
)  # fmt: skip

RATE = 20.0  # pages per second, of all users
PAGE = 0.2  # s, mean work for a page: a core makes 5 a second
WHOLE, HALF = 6, 3  # cores of a region: for all users at 67 %, for half of them
ONE_WAY = 35 * MS
LOST_EVERY, LOST_FOR = 2 * YEAR, 4 * HOUR  # means, of one region
SHARED = 0.1  # share of the losses that hit all regions
SWITCH = 5 * MIN  # from belief to the last user who has been told: people, DNS
SWITCH_WORKS, SWITCH_ANYHOW = 0.9, 1 * HOUR  # where it was never tried


@dataclass(frozen=True, slots=True)
class Design:
    """How many regions, with how many cores each, how many of them take users at once.

    Parameters
    ----------
    regions : int
    cores : int
        Of each region.
    active : bool
        All regions take users; else the first alone.
    needed : int
        Regions that can carry all users.
    sheds : bool
        A region turns away what it has no place for.
    """

    regions: int
    cores: int
    active: bool
    needed: int
    sheds: bool = False

    @property
    def capacity(self) -> float:
        """Cores paid for, as a multiple of those that one region needs for all users."""
        return self.regions * self.cores / WHOLE


DESIGNS = {
    "one region": Design(1, WHOLE, True, 1),
    "active-passive": Design(2, WHOLE, False, 1),
    "two active, half each": Design(2, HALF, True, 2),
    "two active, half each, sheds": Design(2, HALF, True, 2, sheds=True),
    "two active, whole each": Design(2, WHOLE, True, 1),
    "three active, half each": Design(3, HALF, True, 2),
}
ZONES = ("east", "west", "south")


def scenario(
    *, design: str = "two active, whole each", at_s: float = 60.0, lasts_s: float = 10 * MIN,
    after_s: float = 4 * MIN, rate: float = RATE, calls: int = 3, switch_s: float = SWITCH,
) -> Scenario:  # fmt: skip
    """The East is lost for a while, with users in all regions of the design (in two of one).

    Parameters
    ----------
    design : str
        One of `DESIGNS`.
    at_s, lasts_s, after_s : float
        When the region is lost, for how long, how much is run after it; seconds.
    rate : float
        Pages per second of all users.
    calls : int
        Calls to the data for each page.
    switch_s : float
        From the belief that the active region is lost to the switch, seconds.

    Raises
    ------
    DescriptionError
        For a design that there is not.
    """
    if design not in DESIGNS:
        raise DescriptionError(f"{design!r}: allowed are {', '.join(DESIGNS)}", "design")
    what = DESIGNS[design]
    homes = ZONES[: max(what.regions, 2)]
    to = Call(
        "door", timeout=2.0, to_role="" if what.active else "primary",
        retry=Retry(2, Backoff(0.5, 2.0, jitter="full"), on=("error", "timeout", "shed")),
    )  # fmt: skip
    users = [Source(f"users_{home}", Poisson(rate / len(homes)), to=to, zone=home) for home in homes]
    probes = {"every": 10.0, "misses": 3, "timeout": 5.0}
    rules: list[Controller] = [HealthCheck("door", **probes)]  # type: ignore[arg-type]
    if not what.active:
        rules = [Failover("door", Detect(**probes), Deterministic(switch_s))]  # type: ignore[arg-type]
    return Scenario(
        _system(what, calls), name="multi_region", sources=users, controllers=rules,
        faults=[Fault("zone:east", At(at_s), lasts_s, together=True, name="region lost")],
        horizon=at_s + lasts_s + after_s,
    )  # fmt: skip


def _system(what: Design, calls: int, data: str = "nearest") -> System:
    zones = tuple((zone, 1) for zone in ZONES[: what.regions])
    queue = Queue(cap=2 * what.cores) if what.sheds else Queue()
    read = [
        Call("data", timeout=1.0, to_role="" if data == "nearest" else "primary", name=f"ask_{k}") for k in range(calls)
    ]  # fmt: skip
    many = what.regions
    return System(
        [
            Pool("door", many, zones=zones, balance="nearest", serve=[Call("app", timeout=2.0)]),
            Pool("app", many, zones=zones, balance="nearest", threads=what.cores if what.sheds else None,
                 cores=what.cores, queue=queue, serve=[Work(Exponential(PAGE)), *read]),
            Pool("data", many, zones=zones, balance="nearest", serve=[Work(Exponential(1 * MS))]),
        ],
        links=[
            Link(f"zone:{a}", f"zone:{b}", ONE_WAY, name=f"{a}-{b}")
            for a, b in combinations(ZONES[: max(what.regions, 2)], 2)
        ],
    )  # fmt: skip


def page_scenario(*, calls: int = 3, layout: str = "calls cross", rate: float = 4.0) -> Scenario:
    """Pages for users in the West, in health, by where the application and the data are.

    Parameters
    ----------
    calls : int
        Calls to the data for each page.
    layout : {"user crosses", "calls cross", "all near"}
        Application and data in the East; application in the West and the primary of the data in the East;
        all in the West.
    rate : float
        Pages per second.
    """
    what = Design(2, WHOLE, active=layout != "user crosses", needed=1)
    to = Call("door", to_role="primary" if layout == "user crosses" else "")
    rules = [Failover("door")] if layout == "user crosses" else []
    if layout == "calls cross":
        rules.append(Failover("data"))
    elif layout not in ("user crosses", "all near"):
        raise DescriptionError(f"{layout!r}: allowed are user crosses, calls cross, all near", "layout")
    system = _system(what, calls, "primary" if layout == "calls cross" else "nearest")
    users = Source("users_west", Poisson(rate), to=to, zone="west")
    return Scenario(system, name="multi_region", sources=[users], controllers=rules, horizon=2 * MIN)


def years(*, design: str = "two active, whole each", shared: float = SHARED) -> Scenario:
    """Regions that are lost now and then, over ten years: for the engines of years.

    Parameters
    ----------
    design : str
    shared : float
        Share of the losses that hit all regions at once (0-1).
    """
    what = DESIGNS[design]
    law = Exponential(LOST_FOR)
    faults = []
    if shared and what.regions > 1:
        faults.append(Fault("region", Life(Exponential(LOST_EVERY / shared)), law, together=True, name="everywhere"))
    alone = shared if what.regions > 1 else 0.0
    pool = Pool("region", what.regions, what.needed, faults=[crash(Exponential(LOST_EVERY / (1 - alone)), law)])
    rules = []
    if not what.active:
        by_hand = Exponential(SWITCH_ANYHOW)
        rules.append(Failover("region", promote=Exponential(SWITCH), works=SWITCH_WORKS, by_hand=by_hand))
    return Scenario(System([pool]), faults, rules, 10 * YEAR, name="multi_region")
