"""When should a primary be believed dead: what do seconds of patience cost, and what do false failovers?

Scenario: a primary with stand-ins. It crashes 12 times a year, for good; and 365 times a year it is
paused, half of the times for less than 5 s (assumptions). Three missed probes, then it is switched off
(STONITH), and another is promoted within 5, 30 or 120 s on average.
Method: windows around incidents, weighted by how often they come, 95 % intervals by t; beside them the
formula: a crash costs detection and promotion, a pause its own length or, if it is believed, as much as
a crash. A failover that does not always work: the exact chain beside Monte-Carlo. What is lost: requests
to a database of five members, models/replicated_database.py, by who must confirm a write.
Look at: patience has a best value, of the order of the promotion it saves: quick detection pays only where
promotion is quick. A hold-off is patience under another name, the same law. The twentieth failover that
does not work costs more than all others together. Semi-synchronous copies lose nothing when a machine dies, but do
when a zone is cut off that can confirm its own writes; sync loses nothing and stops whenever anybody stops.
Sources: of models/replicated_database.py; imperfect coverage: Arnold 1973.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.grids import plot_grids
from experiments.patience import CRASHES, curve, expected, named
from experiments.pictures import Axis, exact_and_simulated, times
from experiments.repeat import each
from experiments.running import Progress, changed, main, simulated_row
from models.replicated_database import LAG, MEMBERS, MODES, NAMES, Mode
from models.replicated_database import scenario as database
from simulator.conducting import Conducted, conduct
from simulator.describe import (
    HOUR,
    MIN,
    YEAR,
    Crew,
    Exponential,
    Failover,
    Pool,
    Scenario,
    System,
    crash,
)
from simulator.measure.leadership import lost_writes
from simulator.replicate import replicate
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PATIENCE = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0)  # s, mean time until it is believed
QUICK_PATIENCE = (5.0, 80.0)
PROMOTIONS = (5.0, 30.0, 120.0)  # s, means
INCIDENTS, QUICK_INCIDENTS = 400, 6  # of each kind at each point
HOLD = 30.0  # s, of the hold-off that is compared with patience
WORKS = (1.0, 0.99, 0.95, 0.9, 0.8)
TOGETHER, BY_HAND, REPAIR = 42.0, 30 * MIN, 1 * HOUR  # s; means
HORIZON = 10 * YEAR
REPLICATIONS, QUICK_REPLICATIONS = 4_000, 64
RATE, QUICK_RATE = 20.0, 3.0  # writes per second


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: downtime by patience and the formula, coverage and its chain, modes of replication."""
    import pandas as pd

    many = QUICK_INCIDENTS if quick else INCIDENTS
    covered = [_coverage(works, settings) for works in (WORKS[::4] if quick else WORKS)]
    points = [(d, p, 0.0) for p in PROMOTIONS for d in (QUICK_PATIENCE if quick else PATIENCE)]
    points.append((10.0, PROMOTIONS[1], HOLD))
    return {
        "curve": pd.DataFrame(curve(points, many, seed, jobs)),
        "formula": pd.DataFrame(
            [{"promotion": named(p), "patience_s": d, **expected(d, p)}
             for p in PROMOTIONS for d in np.geomspace(1.0, 300.0, 60)]
        ),
        "coverage": pd.DataFrame(_simulated(covered, seed, jobs, QUICK_REPLICATIONS if quick else REPLICATIONS)),
        "modes": pd.DataFrame(
            each(_mode, [(mode, name, seed, quick) for mode in MODES for name in NAMES], jobs, "modes")
        ),
    }  # fmt: skip


# --- coverage ---------------------------------------------------------------------------------------


def _coverage(works: float, settings: Sequence[str]) -> tuple[float, Scenario]:
    """Two servers and one crew: the automatic failover works with a chance, or people do it."""
    pool = Pool("db", 2, faults=[crash(Exponential(YEAR / CRASHES), Exponential(REPAIR))])
    rule = Failover("db", promote=Exponential(TOGETHER), works=works, by_hand=Exponential(BY_HAND))
    made = Scenario(System([pool]), controllers=[rule, Crew("hands", 1)], horizon=HORIZON, name="failover")
    return works, changed(made, settings)


def _simulated(
    covered: Sequence[tuple[float, Scenario]], seed: int, jobs: int, replications: int
) -> list[dict[str, Any]]:
    rows = []
    for works, made in covered:
        progress = Progress(f"works {works:.0%}")
        samples = replicate(made, seed=seed, replications=replications, jobs=jobs, progress=progress)
        known = {"works": works, "unavailability": exact.unavailability(made), "line": "exact"}
        rows.append(known | simulated_row(made, samples))
    return rows


# --- what is lost -----------------------------------------------------------------------------------


def _mode(asked: tuple[Mode, str, int, bool]) -> dict[str, Any]:
    mode, name, seed, quick = asked
    rate = QUICK_RATE if quick else RATE
    made = database(mode=mode, incident=name, rate=rate, **({"lasts_s": 10.0, "after_s": 3.0} if quick else {}))
    done = conduct(made, seed=seed)
    assert done.outcomes is not None  # the model has sources
    rows, system = done.outcomes.requests, done.scenario.system
    well = rows["outcome"].astype(int) <= 1
    took = rows["ended_s"].astype(float) - rows["sent_s"].astype(float)
    late = LAG if mode == "async" else 0.0
    fates = lost_writes(done.outcomes, done.timeline, "db", system, horizon=made.horizon, lag=late)  # type: ignore[arg-type]
    lost = len(fates.lost) if mode == "async" else _on_no_other(done, made, name)
    return {
        "mode": mode, "incident": name, "median_ms": 1e3 * float(np.median(took[well])),
        "failed_s": float((~well).sum()) / rate, "lost": lost, "diverged": len(fates.diverged),
    }  # fmt: skip


def _on_no_other(done: Conducted, made: Scenario, name: str) -> int:
    """Writes confirmed under the first primary that no member has that the second one reaches."""
    outcomes, terms = done.outcomes, [c for c in done.timeline.changes if c.what == "term"]
    assert outcomes is not None
    if len(terms) < 2:
        return 0
    lost_with = {"primary crashes": (0,), "zone cut": (0, 1)}.get(name, ())
    there = [outcomes.sites.index(f"db>log_{m}") for m in range(MEMBERS) if m not in lost_with]
    rows = outcomes.attempts
    site, served = rows["site"].astype(int), rows["served_s"].astype(float)
    kept = set(rows["parent"][np.isin(site, there) & (served <= terms[1].at)].tolist())
    to_db = np.array([outcomes.pools[c] == "db" for c in outcomes.callee])[site]
    told = to_db & (rows["outcome"].astype(int) <= 1) & (served < terms[1].at)
    return sum(write not in kept for write in rows["id"][told].tolist())


# --- what is said of it -----------------------------------------------------------------------------


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Downtime, false failovers and time to recover, by promotion and patience."""
    columns = ["promotion", "patience_s", "hold_s", "estimate", "exact", "z", "false_a_year", "false_exact",
               "recovery_s", "recovery_p95_s"]  # fmt: skip
    found = tables["curve"][columns]
    return found.rename(columns={"estimate": "down_a_year_s", "exact": "exact_a_year_s"})


FORMATS = dict.fromkeys(
    ("patience_s", "hold_s", "down_a_year_s", "exact_a_year_s", "recovery_s", "recovery_p95_s"), "duration"
)


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The best patience, the price of coverage, what is lost."""
    lines = tables["formula"]
    best = lines.loc[lines.groupby("promotion", sort=False)["down_s"].idxmin()]
    told = "; ".join(
        f"{row['promotion']}: {row['patience_s']:.0f} s ({row['down_s'] / MIN:.0f} min down and "
        f"{row['false_a_year']:.0f} false failovers a year)"
        for _, row in best.iterrows()
    )
    chain = tables["coverage"].set_index("works")["unavailability"] * YEAR / MIN
    low = min(chain.index)
    modes = tables["modes"].set_index(["mode", "incident"])
    health = ", ".join(f"{mode} {modes.loc[(mode, 'none'), 'median_ms']:.1f}" for mode in MODES)
    cut = {mode: modes.loc[(mode, "zone cut")] for mode in MODES}
    return [
        f"Best patience: {told}.",
        f"A failover that always works: {chain[1.0]:.1f} min down a year; in {low:.0%} of cases: {chain[low]:.0f} min, "
        f"with {BY_HAND / MIN:.0f} min by hand for the rest.",
        f"A write takes, median ms: {health}.",
        "A zone cut off with two members, writes lost and diverged: "
        + ", ".join(f"{mode} {cut[mode]['lost']:.0f} and {cut[mode]['diverged']:.0f}" for mode in MODES)
        + " (semi-sync: the two confirm each other's).",
        "Sync is down for as long as any member is: "
        f"{modes.loc[('sync', 'member crashes'), 'failed_s']:.0f} s of writes, "
        f"quorum {modes.loc[('quorum', 'member crashes'), 'failed_s']:.0f} s.",
    ]  # fmt: skip


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Downtime and false failovers by patience; coverage; what each mode loses."""
    lines, seen = tables["formula"], tables["curve"][tables["curve"]["hold_s"] == 0]
    marks = times(1, 3, 10, 30, 60, 120, 300)
    patience = Axis("patience_s", "mean time until the primary is believed dead", "log", ticks=marks)
    hours = times(*(HOUR * h for h in (0.5, 1, 2, 4, 8, 16)), per=MIN)
    shares = {w: f"{w:.0%}" for w in (0.8, 0.85, 0.9, 0.95, 1.0)}
    about = "365 pauses (median 5 s) and 12 crashes a year, line: formula"
    false = lines[lines["promotion"] == lines["promotion"].iloc[0]].assign(line="all promotions")
    points = seen.drop(columns=["estimate", "low", "high", "promotion"]).assign(
        estimate=seen["false_a_year"], low=seen["false_a_year"], high=seen["false_a_year"], line="all promotions"
    )  # fmt: skip
    return {
        "patience.png": exact_and_simulated(
            lines, seen, patience, Axis("down_s", "without a primary, per year", "log", MIN, hours),
            "promotion", title="Patience before a failover has a best value", note=about,
        ),
        "false.png": exact_and_simulated(
            false, points, patience, Axis("false_a_year", "false failovers per year"), "line",
            title="False failovers by patience", note=about,
        ),
        "coverage.png": exact_and_simulated(
            tables["coverage"], tables["coverage"], Axis("works", "share of failovers that work", ticks=shares),
            Axis("unavailability", "", "nines"), "line", title="A failover that does not always work",
            note="two servers, one crew, 42 s or 30 min by hand; line: exact chain",
        ),
        "modes.png": _modes(tables["modes"]),
    }  # fmt: skip


def _modes(table: pd.DataFrame) -> Figure:
    heads = {"lost": "writes lost", "diverged": "writes diverged", "failed_s": "failed, seconds of writes",
             "median_ms": "a write, median ms"}  # fmt: skip
    short = {"none": "no\nincident", "primary crashes": "primary\ncrashes", "member crashes": "member\ncrashes",
             "zone cut": "zone\ncut"}  # fmt: skip
    grids = {}
    for column, head in heads.items():
        grid = table.pivot(index="mode", columns="incident", values=column)
        grids[head] = grid.reindex(index=list(MODES), columns=list(NAMES)).rename(columns=short)
    return plot_grids(
        grids, title="Who must confirm a write: what an incident loses, and what it costs", below=0.2,
        note=f"five members, one of them far away, {RATE:g} writes per second, incidents of two minutes",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
