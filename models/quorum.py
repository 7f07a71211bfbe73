"""A replicated store that serves while a majority of its 3, 5 or 7 nodes is up.

From the sources: the rule. Ongaro and Ousterhout (2014, section 5) as Lamport (1998): a
majority can decide; in Raft one elected leader serves, and without a leader nobody does.

ASSUMPTIONS typed by us: a node fails every three months (2,190 h) and is back after 4 h on
average, both exponential and independent, also while the majority is lost; with an election, it
takes 10 s on average from the loss of the leader to the next one, detection included.
"""

from __future__ import annotations

from models.entry import Source
from simulator.describe import (
    HOUR,
    MONTH,
    SECOND,
    YEAR,
    Distribution,
    Exponential,
    Failover,
    Pool,
    Scenario,
    System,
    crash,
)
from simulator.errors import DescriptionError

__all__ = ["SOURCES", "quorum", "scenario", "seven", "three", "with_election"]

SOURCES = (
    Source(
        "L. Lamport, The part-time parliament, ACM TOCS 16(2), 1998",
        "a majority is enough to decide",
    ),
    Source(
        "D. Ongaro, J. Ousterhout, In search of an understandable consensus algorithm, "
        "USENIX ATC 2014, section 5",
        "one leader serves; a lost leader is replaced by an election among a majority",
    ),
)

LIFE = Exponential(3 * MONTH)  # assumption: 2,190 h
REPAIR = Exponential(4 * HOUR)  # assumption
ELECTION = Exponential(10 * SECOND)  # assumption
HORIZON = 10 * YEAR  # assumption


def quorum(
    *,
    nodes: int = 5,
    life: Distribution = LIFE,
    repair: Distribution = REPAIR,
) -> System:
    """A pool of `nodes` voters, an odd number, of which a majority is needed.

    Parameters
    ----------
    nodes : int
    life, repair : Distribution
        Of each node, seconds.

    Raises
    ------
    DescriptionError
        If `nodes` is even or below 1: an even number votes no better than one fewer.
    """
    if nodes < 1 or nodes % 2 == 0:
        raise DescriptionError(f"{nodes!r}: allowed is an odd number of voters", "nodes")
    return System([Pool("nodes", nodes, nodes // 2 + 1, faults=(crash(life, repair),))])


def scenario(
    *,
    nodes: int = 5,
    life: Distribution = LIFE,
    repair: Distribution = REPAIR,
    election: Distribution | None = None,
    horizon: float = HORIZON,
    name: str = "quorum",
) -> Scenario:
    """A quorum over `horizon` seconds; with `election` (a law, seconds) it also needs a leader."""
    controllers = (
        [] if election is None else [Failover("nodes", promote=election, voters="members")]
    )
    system = quorum(nodes=nodes, life=life, repair=repair)
    return Scenario(system, (), controllers, horizon, name=name)


def three(*, life: Distribution = LIFE, repair: Distribution = REPAIR) -> Scenario:
    """Three nodes, two needed."""
    return scenario(nodes=3, life=life, repair=repair, name="quorum_3")


def seven(*, life: Distribution = LIFE, repair: Distribution = REPAIR) -> Scenario:
    """Seven nodes, four needed."""
    return scenario(nodes=7, life=life, repair=repair, name="quorum_7")


def with_election(
    *,
    nodes: int = 5,
    life: Distribution = LIFE,
    repair: Distribution = REPAIR,
    election: Distribution = ELECTION,
) -> Scenario:
    """A quorum that is also down while it elects a leader."""
    return scenario(
        nodes=nodes, life=life, repair=repair, election=election, name="quorum_election"
    )
