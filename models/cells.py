"""Cells: the same cores in one system or in many small ones, and something that spreads through what it shares.

Every tenant is served by one cell, or by one of several that are its own (shuffle sharding: its shard);
when the first does not answer within a second, the next is asked. All cells have the same number of cores,
and there are as many in all however many cells there are. They read one configuration.

Incidents: a tenant whose requests occupy a core for a minute each, and who asks again elsewhere (a poison
pill); a bad push that makes one cell fail, before it is stopped; the shared configuration fails.

The source document's words: small blast radius, cell-based architecture, bulkheads, sharding. Every number
is an ASSUMPTION.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

from models.entry import Source as Work_
from simulator.describe import (
    MS,
    At,
    Call,
    Effect,
    Exponential,
    Fault,
    Poisson,
    Pool,
    Scenario,
    Source,
    Spike,
    System,
    Work,
)
from simulator.errors import DescriptionError

__all__ = ["CORES", "INCIDENTS", "SOURCES", "Incident", "scenario", "shards"]

SOURCES = (
    Work_("The source document, chapter 2: isolation and blast radius", "cells, bulkheads, sharding"),
    Work_("MacCarthaigh: Workload isolation using shuffle-sharding, Amazon", "shards that overlap in part"),
)  # fmt: skip

Incident = Literal["poison", "bad push", "shared"]
INCIDENTS: tuple[Incident, ...] = ("poison", "bad push", "shared")
CORES = 48  # of all cells together
WORK = 50 * MS  # mean
RATE = 1.5  # requests per second of a tenant
POISON_RATE, POISON_WORK = 8.0, 60.0  # requests per second, seconds of a core
PATIENCE = 1.0  # s, for each cell


def shards(cells: int, choices: int, tenants: int) -> list[tuple[int, ...]]:
    """Shards of the tenants, as different from each other as there are shards."""
    every = list(combinations(range(cells), choices))
    return [every[t * len(every) // tenants % len(every)] for t in range(tenants)]


def scenario(
    *, cells: int = 8, choices: int = 2, tenants: int = 25, incident: Incident = "poison",
    needs_config: bool = True, at_s: float = 5.0, lasts_s: float = 45.0,
    assigned: Sequence[Sequence[int]] | None = None,
) -> Scenario:  # fmt: skip
    """Tenants in cells, and one incident; tenant 0 is the one whose requests are poison.

    Parameters
    ----------
    cells : int
        A divisor of 48, the cores in all.
    choices : int
        Cells of a shard.
    tenants : int
    incident : {"poison", "bad push", "shared"}
    needs_config : bool
        Without the shared configuration a cell cannot serve; else it goes on with what it has.
    at_s, lasts_s : float
        When the incident begins, and for how long; the run ends with it. Seconds.
    assigned : sequence of sequence of int, optional
        Cells of each tenant, in the order in which they are asked; default: `shards`.

    Raises
    ------
    DescriptionError
        For a number of cells that does not divide the cores, or an incident that there is not.
    """
    if cells < 1 or CORES % cells:
        raise DescriptionError(f"{cells!r}: allowed are divisors of {CORES}", "cells")
    if incident not in INCIDENTS:
        raise DescriptionError(f"{incident!r}: allowed are {', '.join(INCIDENTS)}", "incident")
    if not 1 <= choices <= cells:
        raise DescriptionError(f"{choices!r}: allowed are 1 to {cells}", "choices")
    serve = {
        "plain": [Call("config", required=needs_config), Work(Exponential(WORK))],
        "poison": [Call("config", required=needs_config), Work(POISON_WORK)],
    }
    pools = [Pool(f"cell_{c}", cores=CORES // cells, serve=serve) for c in range(cells)]  # type: ignore[arg-type]
    pools.append(Pool("config", serve=[Work(1 * MS)]))
    end = at_s + lasts_s
    given = assigned or shards(cells, choices, tenants)
    return Scenario(
        System(pools), name="cells", horizon=end, faults=_faults(incident, at_s, lasts_s),
        sources=[_tenant(n, shard, incident, at_s, lasts_s) for n, shard in enumerate(given)],
    )  # fmt: skip


def _tenant(number: int, shard: Sequence[int], incident: Incident, at: float, lasts: float) -> Source:
    asked = [Call(f"cell_{c}", timeout=PATIENCE) for c in shard[1:]]
    to = Call(f"cell_{shard[0]}", timeout=PATIENCE, fallback=tuple(asked))
    if number == 0 and incident == "poison":
        return Source("poison", Poisson(Spike(0.0, POISON_RATE, at, lasts)), to=to, classes={"poison": 1.0})  # type: ignore[arg-type]
    return Source(f"tenant_{number}", Poisson(RATE), to=to, classes={"plain": 1.0})  # type: ignore[arg-type]


def _faults(incident: Incident, at: float, lasts: float) -> list[Fault]:
    if incident == "poison":
        return []
    where = "cell_0" if incident == "bad push" else "config"
    return [Fault(where, At(at), lasts, Effect(error=1.0), together=True, name=incident.replace(" ", "_"))]
