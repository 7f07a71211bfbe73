"""One of ten members is slow, or fails fast: which balancer sends it how much, and who notices?

Scenario: ten members of two threads, 60 ms of work, 60 % busy; callers wait a second. After five seconds
one member works at 0.3 of its speed; or it answers every request with an error, twenty times faster
than the others work: a black hole. Six ways to choose a member; watched by nobody, by a health check
(shallow, every 2 s), or by outlier ejection (Envoy's defaults: five failures in a row, 30 s).
Method: the same requests under every design, replications on the same luck, 95 % intervals by t. The
weights know which member is the bad one and give it 0.3. Of the black hole under random choice a tenth
fails: the z of that is in the table.
Look at: the way that is best with a slow member, least busy, is the worst with one that fails fast: it
is never busy, so it gets everything. A shallow health check notices neither: both answer it. Ejection
sees the black hole at once, and a slow member only as far as callers give up on it.
Sources: M. Mitzenmacher, The power of two choices in randomized load balancing, 2001; Envoy's documentation,
outlier detection; rates and times are assumptions.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.designs import mean_by, run_designs
from experiments.running import changed, main
from simulator.describe import (
    MS,
    At,
    Call,
    Effect,
    Exponential,
    Fault,
    HealthCheck,
    Outliers,
    Poisson,
    Pool,
    Scenario,
    Source,
    System,
    Work,
    Zipf,
)
from simulator.requests import TrafficRun

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MEMBERS, THREADS, WORK, LOAD = 10, 2, 60 * MS, 0.6
RATE = LOAD * MEMBERS * THREADS / WORK  # requests per second
PATIENCE = 1.0  # s
KEYS = Zipf(0.6, 1_000)
WAYS = {
    "round robin": "round_robin", "random": "random", "weighted": "weighted", "two choices": "two_choices",
    "least busy": "least_busy", "by key": "by_key",
}  # fmt: skip
TROUBLES = {"slow": Effect(speed=0.3), "fails fast": Effect(error=1.0, speed=20.0)}
NOBODY, PROBES, EJECTION = "nobody", "health check", "outlier ejection"
WATCHES = (NOBODY, PROBES, EJECTION)
ALL_WELL = "all well"
BAD_WEIGHT = 0.3
FROM, LENGTH, QUICK_FROM, QUICK_LENGTH = 5.0, 60.0, 1.0, 5.0  # s
RUNS, QUICK_RUNS = 3, 2
QUICK_WAYS = ("random", "least busy")


def pool_behind(
    way: str, trouble: str, watch: str, begins: float, length: float, settings: Sequence[str] = ()
) -> Scenario:
    """Ten members, the first of them in trouble from `begins` (s) on."""
    weights = (BAD_WEIGHT, *[1.0] * (MEMBERS - 1)) if way == "weighted" else ()
    pool = Pool(
        "app", MEMBERS, threads=THREADS, serve=[Work(Exponential(WORK))], balance=WAYS[way],  # type: ignore[arg-type]
        weights=weights, outliers=Outliers() if watch == EJECTION else None,
    )  # fmt: skip
    probes = [HealthCheck("app", every=2.0, misses=2)] if watch == PROBES else []
    users = Source("users", Poisson(RATE), keys=KEYS, to=Call("app", timeout=PATIENCE))
    faults = []
    if trouble != ALL_WELL:
        bad = Fault("app[0]", when=At(begins), lasts=length, effect=TROUBLES[trouble], name="bad")
        faults = [bad]
    scenario = Scenario(System([pool]), sources=[users], controllers=probes, faults=faults, horizon=length)
    return changed(scenario, settings)


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: every run; the black hole under random choice beside its chance."""
    import pandas as pd

    begins, length = (QUICK_FROM, QUICK_LENGTH) if quick else (FROM, LENGTH)
    cases = [(ALL_WELL, NOBODY)] + [(trouble, watch) for trouble in TROUBLES for watch in WATCHES]
    designs = [
        ({"trouble": trouble, "way": way, "watched_by": watch},
         pool_behind(way, trouble, watch, begins, length, settings))
        for trouble, watch in cases for way in (QUICK_WAYS if quick else WAYS)
    ]  # fmt: skip
    rows = run_designs(
        designs, _Since(begins), seed=seed, jobs=jobs, what="balancers",
        replications=QUICK_RUNS if quick else RUNS,
    )  # fmt: skip
    return {"runs": rows, "chance": pd.DataFrame([chance(rows)])}


class _Since:
    """What becomes of the requests sent from a time on, and how many the bad member gets."""

    def __init__(self, begins: float) -> None:
        self.begins = begins

    def __call__(self, run_: TrafficRun) -> dict[str, float]:
        outcomes = run_.outcomes
        rows, tries = outcomes.requests, outcomes.attempts
        sent, outcome = rows["sent_s"].astype(float), rows["outcome"].astype(int)
        end = outcomes.horizon_s - PATIENCE
        here = (sent >= self.begins) & (sent < end)
        good = here & (outcome <= 1)
        took = (rows["ended_s"].astype(float) - sent)[good]
        tried = tries["sent_s"].astype(float)
        wired = (tried >= self.begins) & (tried < end)
        return {
            "sent": int(here.sum()),
            "failed_share": float(1.0 - good.sum() / here.sum()),
            "p99_s": float(np.quantile(took, 0.99, method="inverted_cdf")) if took.size else math.nan,
            "bad_member_share": float((tries["member"][wired] == 0).mean()),
        }  # fmt: skip


def chance(rows: pd.DataFrame) -> dict[str, float]:
    """Random choice sends a tenth to the black hole; the requests are independent."""
    part = rows[(rows["trouble"] == "fails fast") & (rows["way"] == "random") & (rows["watched_by"] == NOBODY)]
    many, failed = part["sent"].sum(), (part["sent"] * part["failed_share"]).sum()
    exact = 1.0 / MEMBERS
    error = math.sqrt(exact * (1.0 - exact) / many)
    return {"exact": exact, "estimate": failed / many, "z": (failed / many - exact) / error}


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each trouble, way and watch."""
    shares = ["failed_share", "bad_member_share"]
    found = mean_by(
        tables["runs"], ["trouble", "way", "watched_by"], [*shares, "p99_s"], shares
    )
    columns = ["trouble", "way", "watched_by", "failed_share", "failed_share_low", "failed_share_high",
               "bad_member_share", "p99_s", "p99_s_low", "p99_s_high"]  # fmt: skip
    return found[columns]


FORMATS: dict[str, str] = dict.fromkeys(
    ("failed_share", "failed_share_low", "failed_share_high", "bad_member_share"), "percent"
) | dict.fromkeys(("p99_s", "p99_s_low", "p99_s_high"), "duration")


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Best and worst of each trouble, and what watching changes."""
    rows, told = summarise(tables), []
    for trouble in TROUBLES:
        part = rows[(rows["trouble"] == trouble) & (rows["watched_by"] == NOBODY)]
        best, worst = part.loc[part["failed_share"].idxmin()], part.loc[part["failed_share"].idxmax()]
        told.append(
            f"One member {trouble}: fewest fail with {best['way']} ({best['failed_share']:.2%}, p99 "
            f"{best['p99_s'] * 1e3:.0f} ms), most with {worst['way']} ({worst['failed_share']:.2%}; "
            f"{worst['bad_member_share']:.0%} of the requests go to the bad member)."
        )
    shares = rows.pivot(index=["trouble", "way"], columns="watched_by", values="failed_share")
    shares = shares.loc[list(TROUBLES)]
    apart = (shares[PROBES] - shares[NOBODY]).abs().max()
    told.append(f"A shallow health check changes the share that fails by at most {apart:.2%}: bad members answer it.")
    for trouble in TROUBLES:
        part = shares.loc[trouble]
        told.append(
            f"Outlier ejection, member {trouble}: the worst way has {part[EJECTION].max():.2%} failing instead of "
            f"{part[NOBODY].max():.2%}."
        )
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """For each trouble: share that fails and p99, by way and watch."""
    from experiments.balancer_pictures import plot_balancers

    rows = summarise(tables)
    well = rows[rows["trouble"] == ALL_WELL].set_index("way")
    titles = {
        "slow": "One of ten members works at 0.3 of its speed",
        "fails fast": "One of ten members answers at once, with errors",
    }  # fmt: skip
    runs = int(tables["runs"]["replication"].max()) + 1
    return {
        f"{trouble.replace(' ', '_')}.png": plot_balancers(
            rows[rows["trouble"] == trouble], well, title=title, replications=runs, patience_s=PATIENCE
        )
        for trouble, title in titles.items()
    }


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
