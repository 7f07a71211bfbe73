"""The systems of the cases, in the words a user has. Times are given in hours, as in the cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator import (
    HOUR,
    Crew,
    Distribution,
    Effect,
    Exponential,
    Failover,
    Fault,
    Life,
    LoadSharing,
    On,
    Poisson,
    Pool,
    Scenario,
    Standby,
    System,
    crash,
    network,
)

Row = Sequence[float]


def hours(mean: float) -> Exponential:
    """An exponential time of so many hours on average."""
    return Exponential(mean * HOUR)


def part(name: str, availability: float, members: int = 1, **pool: Any) -> Pool:
    """Members of a stated availability; how long a repair takes does not matter for it: an hour."""
    fault = crash(availability=availability, repair=hours(1))
    return Pool(name, members, faults=[fault], **pool)


def unit(name: str, mttf: float, mttr: float | None, members: int = 1, **pool: Any) -> Pool:
    """Members with exponential lives and repairs (None: no repair)."""
    repair = None if mttr is None else hours(mttr)
    return Pool(name, members, faults=[crash(hours(mttf), repair)], **pool)


def in_series(availabilities: Row) -> System:
    """Blocks that are all needed."""
    return System([part(f"block{i}", a) for i, a in enumerate(availabilities)])


def bridge(availabilities: Row, *, dead: str = "", perfect: str = "") -> System:
    """The bridge s-u, s-v, u-t, v-t, u-v; an edge may be taken away, or never fail."""
    stated = dict(zip(("su", "sv", "ut", "vt", "uv"), availabilities, strict=True))
    blocks = [Pool(name) if name == perfect else part(name, a) for name, a in stated.items()]
    edges = [(*name, name) for name in stated if name != dead]
    return System(blocks, structure=network(edges, "s", "t"))


def repaired_series(mttf_mttr: Sequence[Row]) -> System:
    """Components in series, each with a crew of its own, ageing on while others are down."""
    return System([unit(f"c{i}", *row) for i, row in enumerate(mttf_mttr)])


def crewed(pool: Pool, crews: int | None = None, **crew: Any) -> Scenario:
    """One pool and a crew of so many (None: everybody has one of their own)."""
    return Scenario(
        System([pool]), controllers=[] if crews is None else [Crew("crew", crews, **crew)]
    )


def k_of_n_pool(p: dict[str, Any]) -> Scenario:
    """Like units in active redundancy; a crew each, or fewer crews that all share."""
    crews = p.get("crews")
    pool = unit("unit", p["mttf"], p["mttr"], p["n"], needed=p["k"])
    return crewed(pool, None if crews == p["n"] else crews)


def standby_pair(lam: float, mu: float | None, dormancy: float) -> Scenario:
    """One active, one waiting, a perfect switch, one crew."""
    kind = (
        Standby("warm", dormancy)
        if 0 < dormancy < 1
        else Standby("cold" if dormancy == 0 else "hot")
    )
    pool = unit("node", 1 / lam, None if mu is None else 1 / mu, 2, standby=kind)
    return crewed(pool, None if mu is None else 1)


def failover_pair(mttf: float, mttr: float, auto: Distribution | None, **failover: Any) -> Scenario:
    """A database pair: cold standby, one crew, repairs begin when the failover is over."""
    pool = unit("db", mttf, mttr, 2, standby="cold")
    how = (
        {"repairs": "after", **failover}
        if auto is None
        else {"repairs": "after", "promote": auto, **failover}
    )
    return Scenario(System([pool]), controllers=[Crew("crew"), Failover("db", **how)])


def unrepaired_pair(lam: float, works: float = 1.0) -> Scenario:
    """A cold pair that nobody repairs; nobody is there to switch by hand."""
    pool = unit("node", 1 / lam, None, 2, standby="cold")
    return Scenario(System([pool]), controllers=[Failover("node", works=works)])


def common_cause(lam: float, mu: float, beta: float) -> Scenario:
    """A pair with a crew each; the share `beta` of the failures of a unit is a shock to both."""
    alone = crash(hours(1 / ((1 - beta) * lam)), hours(1 / mu), ages="while_up")
    return shocked(Pool("unit", 2, faults=[alone]), beta * lam, 1.0, mu)


def shocked(pool: Pool, rate: float, chance: float, mu: float) -> Scenario:
    """A pool under shocks that strike each member that is up with `chance`."""
    if rate == 0:
        return Scenario(System([pool]))
    shock = Fault(
        pool.name,
        when=Life(hours(1 / rate)),
        lasts=hours(1 / mu),
        together=True,
        repaired="each",
        chance=chance,
        name="shock",
    )
    return Scenario(System([pool]), faults=[shock])


def binomial_shocks(p: dict[str, Any]) -> Scenario:
    """Servers that fail alone and by shocks."""
    alone = crash(hours(1 / p["lam"]), hours(1 / p["mu"]), ages="while_up")
    return shocked(Pool("server", p["N"], needed=p["k"], faults=[alone]), p["nu"], p["p"], p["mu"])


def two_units(p: dict[str, Any], first: str, structure: Any = None) -> Scenario:
    """Units A and B and one crew that drops everything for `first`."""
    pools = [unit(n, f, r) for n, f, r in zip("AB", p["mttf"], p["mttr"], strict=True)]
    crew = Crew("crew", order="priority", priority=(first,), preemptive=True)
    return Scenario(System(pools, structure=structure), controllers=[crew])


def shared_load(p: dict[str, Any]) -> Scenario:
    """Servers that age faster the fewer carry the load."""
    sharing = LoadSharing(exponent=p["gamma"])
    return crewed(
        unit("server", 1 / p["lam"], 1 / p["mu"], p["N"], needed=p["k"], load_sharing=sharing)
    )


def array(
    disks: int, tolerates: int, life: Distribution, mttr: float, crews: int | None = None
) -> Scenario:
    """Disks that lose data for good when more than `tolerates` of them are failed at once."""
    fault = crash(life, hours(mttr))
    return crewed(
        Pool("disk", disks, needed=disks - tolerates, on_shortage="lost", faults=[fault]), crews
    )


def read_error_array(p: dict[str, Any]) -> Scenario:
    """RAID 5 whose rebuild, at its end, may find that what it had to read cannot be read."""
    system = array(p["N"], 1, hours(p["mttf"]), p["mttr"]).system
    found = On("repaired:disk", chance=p["h"], no_redundancy=True)
    unreadable = Fault("disk", when=found, together=True, name="unreadable")
    return Scenario(system, faults=[unreadable], controllers=[Crew("rebuild")])


def scrubbed_mirror(p: dict[str, Any]) -> System:
    """Two disks with latent sector errors that a scrub finds."""
    latent = Fault(
        when=Life(hours(1 / p["lse"])),
        effect=Effect(hidden=True),
        found_by=Poisson(p["scrub"] / HOUR),
        name="latent",
    )
    failure = crash(hours(1 / p["lam"]), hours(1 / p["mu"]))
    return System([Pool("disk", 2, on_shortage="lost", faults=[failure, latent])])


def raft(p: dict[str, Any]) -> Scenario:
    """Voters with a leader; a new one is elected when the leader, or a majority, was lost."""
    pool = unit("node", p["mttf"], p["mttr"], p["n"], needed=p["n"] // 2 + 1)
    election = Failover("node", promote=Exponential(p["election_s"]), voters="members")
    return Scenario(System([pool]), controllers=[election])
