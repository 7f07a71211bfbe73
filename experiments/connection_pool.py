"""When do more application servers make it worse? Each brings its own connections to one database.

Scenario: application servers of 50 requests per second each before one database, which gets slower the
more queries run at once (Gunther's law; best with 40 at once) and refuses the connection after the
200th; 180 requests per second are offered, a little more than the database can ever do; users wait 2 s.
Three ways to connect: a pool of 20 connections in every server, of 5 in every server, or 40 in a pooler
that all servers share. Then a load that fits, 87 % of the database's best, and a stop of three seconds.
Method: the same requests for every number of servers and every way, replications on the same luck, 95 %
intervals by t; beside it what the law says for as many queries at once as there are connections:
min(offered, servers x 50, database).
Look at: where a line has its top. Left of it the servers are the bottleneck, and more are better; right of
it every server only adds queries that are in each other's way. With a load that fits all seems
well - until something stops for a moment: then the same system does not come back where the pools
together allow more queries than the tipping point.
Sources: System Design Fundamentals, section 1.4 (more servers, more connections); N. Gunther, Guerrilla
Capacity Planning, 2007: the law; the coefficients and rates are assumptions.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.designs import mean_by, run_designs
from experiments.pictures import Axis, exact_and_simulated
from experiments.running import changed, main
from simulator.describe import (
    MS,
    At,
    Bulkhead,
    Call,
    Effect,
    Exponential,
    Fault,
    Poisson,
    Pool,
    Queue,
    Scenario,
    Slowdown,
    Source,
    System,
    Work,
)
from simulator.requests import TrafficRun
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

QUERY = 80 * MS  # s, mean, of a query alone
LAW = Slowdown(contention=0.03, coherency=0.0006)  # 40 queries at once are best
CONNECTIONS = 200  # the database refuses more
APP_WORK, APP_CORES, APP_THREADS, APP_LINE = 20 * MS, 1, 40, 10  # 50 requests/s for each server
OFFERED, FITS = 180.0, 140.0  # requests per second
PATIENCE, PERMIT_WAIT = 2.0, 0.5  # s, of a user; for a connection
WAYS = {"20 in each server": (20, "caller"), "5 in each server": (5, "caller"), "40 for all": (40, "shared")}
SERVERS, QUICK_SERVERS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16), (2, 8)
STOP_AT, STOP = 15.0, 3.0  # s
STOP_SERVERS = (4, 8, 12)
WARM, LENGTH, QUICK_LENGTH = 5.0, 40.0, 9.0  # s
RUNS, QUICK_RUNS = 3, 2


def service(servers: int, way: str, rate: float, length: float, settings: Sequence[str] = ()) -> Scenario:
    """`servers` application servers before the database."""
    limit, scope = WAYS[way]
    pool = Bulkhead(limit, wait=PERMIT_WAIT, scope=scope)  # type: ignore[arg-type]
    app = Pool(
        "app", servers, threads=APP_THREADS, cores=APP_CORES, queue=Queue(cap=APP_LINE),
        serve=[Work(Exponential(APP_WORK)), Call("db", bulkhead=pool)],
    )  # fmt: skip
    db = Pool("db", threads=CONNECTIONS, queue=Queue(cap=0), slowdown=LAW, serve=[Work(Exponential(QUERY))])
    users = Source("users", Poisson(rate), to=Call("app", timeout=PATIENCE))
    return changed(Scenario(System([app, db]), sources=[users], horizon=length), settings)


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: every run over the number of servers, what the law says, and the runs with a stop."""
    import pandas as pd

    length = QUICK_LENGTH if quick else LENGTH
    many = QUICK_RUNS if quick else RUNS
    designs = [
        ({"way": way, "servers": n}, service(n, way, OFFERED, length, settings))
        for way in WAYS for n in (QUICK_SERVERS if quick else SERVERS)
    ]  # fmt: skip
    rows = run_designs(
        designs, functools.partial(_steady, begin=WARM if not quick else 2.0), seed=seed, jobs=jobs,
        replications=many, what="servers",
    )  # fmt: skip
    stops = [
        ({"way": way, "servers": n}, _stopped(service(n, way, FITS, 2 * length, settings), length))
        for way in WAYS for n in STOP_SERVERS if not quick or n == STOP_SERVERS[-1]
    ]  # fmt: skip
    stopped = run_designs(
        stops, functools.partial(_after_a_stop, scale=length / LENGTH), seed=seed, jobs=jobs,
        replications=many, what="a stop",
    )  # fmt: skip
    return {"runs": rows, "law": law(designs), "stop": stopped, "tipping": pd.DataFrame([_tipping()])}


def _steady(run_: TrafficRun, begin: float) -> dict[str, float]:
    """Goodput and latency of the requests sent after the start and before the last two seconds."""
    rows, outcomes = run_.outcomes.requests, run_.outcomes
    sent, outcome = rows["sent_s"].astype(float), rows["outcome"].astype(int)
    end = outcomes.horizon_s - PATIENCE
    here = (sent >= begin) & (sent < end)
    good = here & (outcome <= 1)
    took = (rows["ended_s"].astype(float) - sent)[good]
    return {
        "goodput_per_s": float(good.sum() / (end - begin)),
        "failed_share": float(1.0 - good.sum() / here.sum()),
        "p50_s": float(np.median(took)) if took.size else math.nan,
        "p99_s": float(np.quantile(took, 0.99, method="inverted_cdf")) if took.size else math.nan,
    }  # fmt: skip


def _stopped(scenario: Scenario, length: float) -> Scenario:
    """The database stands still for a moment; nothing is lost."""
    scale = length / LENGTH
    stop = Fault("db", when=At(STOP_AT * scale), lasts=STOP, effect=Effect(speed=0.0), name="stop")
    return replace(scenario, faults=(stop,))


def _after_a_stop(run_: TrafficRun, scale: float) -> dict[str, Any]:
    begin = STOP_AT * scale
    found = run_.verdict((begin, begin + STOP))
    back = math.nan if found.recovered_after_s is None else found.recovered_after_s
    return {
        "state": found.state, "recovered_after_s": back, "before_share": found.before, "last_share": found.last,
    }  # fmt: skip


def best(queries: float, scenario: Scenario | None = None) -> float:
    """Queries per second with so many at once, by the law."""
    db = (scenario or service(1, "40 for all", OFFERED, 1.0)).system["db"]  # type: ignore[index]
    slow = db.slowdown or Slowdown()
    times = 1.0 + slow.contention * (queries - 1) + slow.coherency * queries * (queries - 1)
    return queries / (db.serve[0].law.mean() * times)


def law(designs: Sequence[tuple[Mapping[str, Any], Scenario]]) -> pd.DataFrame:
    """What the law says: min(offered, servers, database with all connections in use)."""
    import pandas as pd

    rows = []
    for labels, scenario in designs:
        app, db = scenario.system["app"], scenario.system["db"]  # type: ignore[index]
        bulkhead = next(call.bulkhead for call in app.calls)
        shared = 1 if bulkhead.scope == "shared" else app.members
        queries = min(bulkhead.limit * shared, db.threads)
        offered = scenario.sources[0].rate or math.nan
        by_servers = app.members * app.cores / app.serve[0].law.mean()
        by_database = best(queries, scenario)
        rows.append(
            dict(labels)
            | {"queries_at_once": queries, "by_servers_per_s": by_servers, "by_database_per_s": by_database,
               "goodput_per_s": min(offered, by_servers, by_database)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _tipping() -> dict[str, float]:
    """Healthy and tipping numbers of queries at the load that fits (exact.falling_capacity)."""
    curve = [best(n) for n in range(1, CONNECTIONS + 1)]
    found = exact.falling_capacity(rate=FITS, capacity=curve)
    top = int(np.argmax(curve)) + 1
    return {
        "rate_per_s": FITS, "healthy_queries": found.healthy or math.nan, "tips_at_queries": found.tips or math.nan,
        "best_queries": top, "best_per_s": curve[top - 1], "all_connections_per_s": curve[-1],
    }  # fmt: skip


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each way and number of servers."""
    found = mean_by(tables["runs"], ["way", "servers"], ["goodput_per_s", "failed_share", "p99_s"], ["failed_share"])
    expected = tables["law"][["way", "servers", "queries_at_once", "goodput_per_s"]]
    expected = expected.rename(columns={"goodput_per_s": "by_the_law_per_s"})
    columns = [
        "way", "servers", "goodput_per_s", "goodput_per_s_low", "goodput_per_s_high", "failed_share", "p99_s",
    ]  # fmt: skip
    return found[columns].merge(expected, on=["way", "servers"], sort=False)


FORMATS = {"failed_share": "percent", "p99_s": "duration"}


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Where each way has its top, and who comes back after the stop."""
    rows, told = summarise(tables), []
    for way, part in rows.groupby("way", sort=False):
        near = part["goodput_per_s"] >= 0.99 * part["goodput_per_s"].max()
        top, last = part[near].iloc[0], part.iloc[-1]  # the fewest servers that do as much
        falls = last["goodput_per_s"] < 0.95 * top["goodput_per_s"]
        ends = f"with {last['servers']} it is {last['goodput_per_s']:.3g}" if falls else "more do no harm"
        told.append(
            f"{way}: at most {top['goodput_per_s']:.3g} good answers per second, with {top['servers']} servers; {ends}."
        )
    tip = tables["tipping"].iloc[0]
    told.append(
        f"The database does most, {tip['best_per_s']:.3g} per second, with {tip['best_queries']:.0f} queries at "
        f"once. At {tip['rate_per_s']:g} per second it is well with {tip['healthy_queries']:.0f} and falls behind from "
        f"{tip['tips_at_queries']:.0f} on."
    )
    for (way, servers), part in tables["stop"].groupby(["way", "servers"], sort=False):
        back = part["state"] == "recovered"
        if not back.all():
            told.append(
                f"{way}, {servers} servers: after a stop of {STOP:g} s {int((~back).sum())} of {len(part)} runs "
                f"do not come back; at the end {part.loc[~back, 'last_share'].mean():.0%} end well."
            )
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Goodput and p99 against the number of servers."""
    measures = ["goodput_per_s", "p99_s"]
    found = mean_by(tables["runs"], ["way", "servers"], measures)
    most = float(tables["law"]["goodput_per_s"].max())
    panels = {}
    for name, label, title in (
        ("goodput_per_s", "good answers per second", "More application servers, one database: goodput"),
        ("p99_s", "p99 of good answers (s)", "More application servers, one database: latency"),
    ):
        points = found.rename(
            columns={name: "estimate", f"{name}_low": "low", f"{name}_high": "high"}
        )
        lines = tables["law"] if name == "goodput_per_s" else found
        law = "line: what the law says; marks below it: answers too late"
        note = law if name == "goodput_per_s" else f"users wait {PATIENCE:g} s"
        panels[f"{name.rpartition('_')[0].removesuffix('_per')}.png"] = exact_and_simulated(
            lines, points, Axis("servers", "application servers"), Axis(name, label), "way", title=title,
            note=note, marks={OFFERED: "offered"} if name == "goodput_per_s" else {PATIENCE: "users leave"},
            top=max(OFFERED, most) * 1.1 if name == "goodput_per_s" else PATIENCE * 1.1,
        )  # fmt: skip
    return panels


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
