"""How many users does one failure hit: with cells, with shuffle sharding, and what do cells not help against?

Scenario: models/cells.py: 25 tenants, 48 cores in 1, 2, 4, 8 or 16 cells. A tenant has one cell, or a shard of two
or three that are asked one after the other, or may ask all of them. One tenant's requests occupy a core
for a minute each (poison, and it asks again wherever it may); a bad push makes one cell fail; what all cells
share fails.
Method: requests, tenants put into cells at random many times; who is hit (fewer than half of the requests
served) beside the formula: 1 / N with one cell, 1 / C(N, k) with shards of k of N. The price of cells: cores so that
at most one request in a hundred waits (Erlang's formula), and a cell to spare.
Look at: with cells the poison stays with its neighbours; with shards nearly everybody has a cell that is
well, at the price of a second of waiting where the first one is not. The same retries with no walls are the
way by which one tenant takes all. What cells share hits everybody, however many they are, unless they can do
without it. Small cells need more cores for the same service.
Walls within a server, between what it calls: experiments.bulkhead.
Sources: of the model; Erlang 1917.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.grids import plot_grids
from experiments.pictures import Axis, exact_and_simulated
from experiments.repeat import each
from experiments.running import changed, main
from models.cells import Incident, scenario
from simulator.measure.estimates import proportion_estimate
from simulator.requests import traffic
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

TENANTS = 25  # the poisoner is one of them
DESIGNS = ((1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (4, 2), (8, 2), (16, 2), (8, 3), (16, 3), (8, 8))
QUICK_DESIGNS = ((1, 1), (8, 1), (8, 2), (8, 8))
DRAWS, QUICK_DRAWS = 24, 1  # of tenants into cells, for the poison
FEW = 6  # for the other incidents
BEGINS, LASTS = 5.0, 45.0  # s
QUICK_LASTS = 26.0  # s
SETTLES = 12.0  # s from the beginning of an incident until it has done what it will
HIT = 0.5  # a tenant is hit if a smaller share of its requests is served
EVENTS: dict[str, dict[str, Any]] = {
    "poison": {"incident": "poison"},
    "bad push to one cell": {"incident": "bad push"},
    "what they share": {"incident": "shared"},
    "shared, but not needed": {"incident": "shared", "needs_config": False},
}
LOAD = 400.0  # cores' worth of work, of all users, for the price
WAITS = 0.01  # share of requests that may wait
NUMBERS = tuple(range(1, 33))  # of cells, for the price


@dataclass(frozen=True, slots=True)
class _Item:
    """One incident, tenants put into cells once."""

    cells: int
    choices: int
    event: str
    draw: int
    lasts: float
    seed: int
    changes: tuple[str, ...]


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: every run; tenants hit by poison beside the formula; the formula; the price of cells."""
    import pandas as pd

    designs = QUICK_DESIGNS if quick else DESIGNS
    draws = QUICK_DRAWS if quick else DRAWS
    items = [
        _Item(cells, choices, event, draw, QUICK_LASTS if quick else LASTS, seed, tuple(settings))
        for cells, choices in designs
        for event in EVENTS
        for draw in range(draws if event == "poison" else min(FEW, draws))
    ]
    rows = pd.DataFrame(each(_row, items, jobs, "runs"))
    return {
        "runs": rows, "poison": _beside(rows[rows["event"] == "poison"]),
        "formula": pd.DataFrame(
            [{"line": _named(k), "cells": n, "hit": 1 / math.comb(n, k)} for k in (1, 2, 3) for n in range(k, 17)]
        ),
        "price": pd.DataFrame([row for n in NUMBERS for row in price(n)]),
    }  # fmt: skip


def _row(item: _Item) -> dict[str, Any]:
    """Shares of the innocent tenants that are hit, and that wait for another cell; of their requests that fail."""
    rng = np.random.default_rng([item.seed, item.draw, item.cells, item.choices])
    shards = [tuple(rng.permutation(item.cells)[: item.choices].tolist()) for _ in range(TENANTS)]
    incident: Incident = EVENTS[item.event]["incident"]
    made = scenario(
        cells=item.cells, choices=item.choices, tenants=TENANTS, at_s=BEGINS, lasts_s=item.lasts, incident=incident,
        needs_config=EVENTS[item.event].get("needs_config", True), assigned=shards,
    )  # fmt: skip
    made = changed(made, item.changes)
    rows = traffic(made, seed=item.seed, replication=item.draw).outcomes.requests
    sent, source = rows["sent_s"].astype(float), rows["source"].astype(int)
    patience = item.choices * 1.0  # later ones may still wait at the end
    during = (sent >= BEGINS + SETTLES) & (sent < made.horizon - patience) & (source > 0)
    outcome = rows["outcome"].astype(int)
    served = np.array([(outcome[during & (source == t)] <= 1).mean() for t in range(1, TENANTS)])
    late = np.array([(outcome[during & (source == t)] == 1).mean() for t in range(1, TENANTS)])
    return {
        "cells": item.cells, "choices": item.choices, "event": item.event, "draw": item.draw,
        "hit": int((served < HIT).sum()), "slower": int(((served >= HIT) & (late > HIT)).sum()),
        "tenants": TENANTS - 1, "failed": float((outcome[during] > 1).mean()),
    }  # fmt: skip


def _beside(rows: pd.DataFrame) -> pd.DataFrame:
    """Tenants hit by the poison, over all draws, and the chance that a shard is the poisoner's own."""
    import pandas as pd

    found = []
    for (cells, choices), part in rows.groupby(["cells", "choices"], sort=False):
        hit, many = int(part["hit"].sum()), int(part["tenants"].sum())
        share, known = proportion_estimate(hit, many), 1 / math.comb(cells, choices)
        error = math.sqrt(known * (1 - known) / many)
        # certain, and so it was: nothing varies
        z = (share.value - known) / error if error else (0.0 if share.value == known else math.nan)
        found.append({
            "line": _named(choices), "cells": cells, "choices": choices, "estimate": share.value, "low": share.low,
            "high": share.high, "exact": known, "z": z, "slower": part["slower"].sum() / many,
            "slower_exact": choices / cells - known if choices < cells else 0.0, "replications": len(part),
        })  # fmt: skip
    return pd.DataFrame(found)


def price(cells: int) -> list[dict[str, Any]]:
    """Cores for the same service in so many cells: as many as keep waits rare, and with a cell to spare."""
    load = LOAD / cells
    cores = math.floor(load) + 1
    while exact.erlang_c(cores, load) > WAITS:
        cores += 1
    each_ = cells * cores / LOAD
    spare = (cells + 1) * cores / LOAD
    return [
        {"cells": cells, "line": "waits are rare", "cores_per_load": each_},
        {"cells": cells, "line": "and a cell to spare", "cores_per_load": spare},
    ]


def _named(choices: int) -> str:
    return f"{choices} of N" if choices > 1 else "one cell"


# --- what is said of it -----------------------------------------------------------------------------


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each design: tenants hit by the poison and the formula, requests that fail by event."""
    runs, poison = tables["runs"], tables["poison"].set_index(["cells", "choices"])
    out = poison[["estimate", "low", "high", "exact", "z", "slower", "slower_exact"]].rename(
        columns={"estimate": "hit", "low": "hit_low", "high": "hit_high", "exact": "hit_exact"}
    )
    failed = runs.pivot_table(index=["cells", "choices"], columns="event", values="failed")
    failed = failed[list(EVENTS)].set_axis(
        ["poison_failed", "push_failed", "shared_failed", "not_needed_failed"], axis=1
    )
    return out.join(failed).reset_index()


FORMATS = dict.fromkeys(
    ("hit", "hit_low", "hit_high", "hit_exact", "slower", "slower_exact", "poison_failed", "push_failed",
     "shared_failed", "not_needed_failed"), "percent",
)  # fmt: skip


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What walls are worth."""
    rows = summarise(tables).set_index(["cells", "choices"])
    hit, slower = rows["hit"], rows["slower"]
    cost = tables["price"].pivot(index="cells", columns="line", values="cores_per_load")
    spare, rare = "and a cell to spare", "waits are rare"
    return [
        f"One tenant's poison hits {hit[1, 1]:.0%} of the others in one system, {hit[8, 1]:.1%} in eight cells "
        f"(1 / 8), {hit[8, 2]:.1%} with two of eight (1 / 28), where {slower[8, 2]:.0%} wait a second; "
        f"{hit[8, 8]:.0%} if everybody may ask everywhere.",
        f"What the eight cells share hits {rows.loc[(8, 1), 'shared_failed']:.0%} of the requests; "
        f"{rows.loc[(8, 1), 'not_needed_failed']:.0%} if they go on without it.",
        f"Cores for the same service: {cost.loc[8, rare] / cost.loc[1, rare]:.2f} times as many in 8 cells as in one "
        f"system, {cost.loc[32, rare] / cost.loc[1, rare]:.2f} in 32. With one cell to spare it is "
        f"{cost.loc[1, spare] / cost.loc[1, rare]:.2f} with one system, "
        f"{cost.loc[8, spare] / cost.loc[1, rare]:.2f} with 8 cells, {cost[spare].idxmin()} being the cheapest number.",
        "What is not in the figures: N cells are N control planes and deployments to look after.",
    ]  # fmt: skip


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Tenants hit beside the formula; designs by event; the price."""
    seen = tables["poison"]
    powers = {float(n): str(n) for n in (1, 2, 4, 8, 16)}
    shares = {0.001: "0.1 %", 0.01: "1 %", 0.1: "10 %", 1.0: "100 %"}
    return {
        "hit.png": exact_and_simulated(
            tables["formula"], seen[seen["choices"] <= 3], Axis("cells", "cells", "log", ticks=powers),
            Axis("hit", "other tenants that are hit", "log", ticks=shares), "line",
            title="Poison: how many other tenants does it take along?", note="line: 1 / C(N, k)",
        ),
        "designs.png": _designs(summarise(tables)),
        "price.png": exact_and_simulated(
            tables["price"], None, Axis("cells", "cells"), Axis("cores_per_load", "cores per core's worth of work"),
            "line", title="The price of cells",
            note=f"work for {LOAD:g} cores; at most 1 request in 100 waits (Erlang's formula)",
        ),
    }  # fmt: skip


def _designs(rows: pd.DataFrame) -> Figure:
    names = [f"{n} cells, any" if n == k > 1 else f"{n} cells, {k} of them" if k > 1 else f"{n} cell{'s' * (n > 1)}"
             for n, k in zip(rows["cells"], rows["choices"], strict=True)]  # fmt: skip
    table = 100 * rows.set_axis(names)[list(FORMATS)]
    failed = ["poison_failed", "push_failed", "shared_failed", "not_needed_failed"]
    heads = ["poison", "bad push\nto one cell", "what they\nshare", "shared, but\nnot needed"]
    waits = table[["hit", "slower"]].set_axis(["hit", "served by\nanother cell"], axis=1)
    return plot_grids(
        {"requests of others that fail, %": table[failed].set_axis(heads, axis=1), "other tenants, poison, %": waits},
        title="Walls: what a failure in one place does to others", below=0.05,
        note=f"{TENANTS - 1} tenants beside the one that brings the poison; mean over random places",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
