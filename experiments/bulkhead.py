"""One dependency becomes slow: what happens to the requests that do not even need it?

Scenario: four application servers of 25 threads. Of 200 requests per second 140 browse (work and
database) and 60 buy (the same and a call to payments, 50 ms). For half a minute payments are a hundred
times slower. Users wait a second. What the servers do about it: nothing; a timeout on the call, long or
short; a bulkhead of 8 calls at once in each server; the same with a wait for a free place; a breaker.
Method: the same requests under every design, replications on the same luck, 95 % intervals by t. Then the
bulkhead's size: what it costs in health, beside Erlang's loss formula, and what it saves.
Look at: browsing fails because threads are held by calls that wait for payments, and only there. A
bulkhead of almost any size saves it, as long as it leaves threads over - but not one that lets
callers wait for a place, because they wait with a thread in hand. A timeout helps only if it is short
enough: buying rate x timeout must stay below the number of threads.
Sources: M. Nygard, Release It!, 2nd ed. 2018 (bulkheads, timeouts); A. K. Erlang, 1917 (loss formula); rates and
times are assumptions.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from experiments.designs import mean_by, run_designs
from experiments.pictures import Axis, exact_and_simulated
from experiments.running import changed, main
from simulator.describe import (
    MS,
    At,
    Breaker,
    Bulkhead,
    Call,
    Consecutive,
    Effect,
    Exponential,
    Fault,
    Poisson,
    Pool,
    Scenario,
    Source,
    System,
    Work,
)
from simulator.measure.rows import number_of
from simulator.measure.series import series
from simulator.requests import TrafficRun
from simulator.run import exact
from simulator.tables.outcomes import CAUSES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SERVERS, THREADS = 4, 25  # threads of each server
BROWSE, BUY = 140.0, 60.0  # requests per second
APP_WORK, DB_WORK, PAYMENT_WORK = 20 * MS, 10 * MS, 50 * MS  # means
PATIENCE = 1.0  # s, of a user
SLOWER = 100.0  # times, while payments are slow
PERMITS, LONG, SHORT = 8, 3.0, 0.3  # calls at once from a server; s
DESIGNS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "timeout 3 s": {"timeout": LONG},
    "timeout 0.3 s": {"timeout": SHORT},
    "bulkhead of 8": {"bulkhead": Bulkhead(PERMITS)},
    "bulkhead of 8, waits 3 s": {"bulkhead": Bulkhead(PERMITS, wait=LONG)},
    "bulkhead and timeout 0.3 s": {"bulkhead": Bulkhead(PERMITS), "timeout": SHORT},
    "breaker and timeout 0.3 s": {"breaker": Breaker(Consecutive(5), stays_open=5.0), "timeout": SHORT},
}
SIZES, QUICK_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 20, 23, 24, 25), (2, 25)
SLOW_FROM, SLOW_FOR, LENGTH = 20.0, 30.0, 70.0  # s
QUICK_SPAN = (1.0, 4.0, 6.5)  # s
RUNS, QUICK_RUNS = 3, 2
PICTURED = ("nothing", "timeout 3 s", "bulkhead of 8", "bulkhead of 8, waits 3 s")  # over time
BIN = 1.0  # s
_NO_PERMIT = CAUSES.index("no permit")


def shop(policies: Mapping[str, Any], span: Sequence[float], settings: Sequence[str] = ()) -> Scenario:
    """The shop whose servers call payments with `policies`; `span`: begin, length of the fault, end (s)."""
    browse = (Work(Exponential(APP_WORK)), Call("db"))
    buy = (Work(Exponential(APP_WORK)), Call("payments", **policies), Call("db"))
    app = Pool(
        "app", SERVERS, threads=THREADS, balance="random", serve={"browse": browse, "buy": buy},  # type: ignore[arg-type]
    )  # fmt: skip
    pools = [
        app,
        Pool("payments", serve=(Work(Exponential(PAYMENT_WORK)),)),
        Pool("db", serve=(Work(Exponential(DB_WORK)),)),
    ]
    sources = [
        Source(name, Poisson(rate), classes={name: 1.0}, to=Call("app", timeout=PATIENCE))  # type: ignore[arg-type]
        for name, rate in (("browse", BROWSE), ("buy", BUY))
    ]
    begin, lasts, end = span
    slow = Fault("payments", when=At(begin), lasts=lasts, effect=Effect(speed=1 / SLOWER), name="slow")
    scenario = Scenario(System(pools), sources=sources, horizon=end, name="bulkhead")
    return replace(changed(scenario, settings), faults=(slow,))


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: every run by design and by size of the bulkhead; browsing over time by design."""
    import pandas as pd

    span = QUICK_SPAN if quick else (SLOW_FROM, SLOW_FOR, LENGTH)
    how = {"seed": seed, "jobs": jobs, "replications": QUICK_RUNS if quick else RUNS}
    measure = functools.partial(_numbers, span=(span[0], span[0] + span[1]))
    designs = [({"design": name}, shop(d, span, settings)) for name, d in DESIGNS.items()]
    rows = run_designs(designs, measure, what="designs", **how)  # type: ignore[arg-type]
    times = [
        table.assign(design=name)
        for name, table in zip(rows["design"], rows.pop("over_time"), strict=True)
        if table is not None and name in PICTURED
    ]
    sizes = [
        ({"size": n}, shop({"bulkhead": Bulkhead(n)}, span, settings))
        for n in (QUICK_SIZES if quick else SIZES)
    ]
    by_size = run_designs(sizes, measure, what="sizes", **how).drop(columns="over_time")  # type: ignore[arg-type]
    fault = pd.DataFrame([{"begins_s": span[0], "ends_s": span[0] + span[1]}])
    return {
        "runs": rows, "over_time": pd.concat(times), "sizes": by_size, "loss": loss(sizes), "fault": fault,
    }  # fmt: skip


def _numbers(run_: TrafficRun, span: tuple[float, float]) -> dict[str, Any]:
    """Shares that ended well, by source, before, during and after; threads; calls without a place."""
    outcomes = run_.outcomes
    rows = outcomes.requests
    sent, good = rows["sent_s"].astype(float), rows["outcome"].astype(int) <= 1
    phases = {
        "before": sent < span[0], "during": (sent >= span[0]) & (sent < span[1]),
        "after": (sent >= span[1]) & (sent < outcomes.horizon_s - PATIENCE),
    }  # fmt: skip
    found: dict[str, Any] = {}
    for name in ("browse", "buy"):
        ours = rows["source"].astype(int) == number_of(name, outcomes.sources, "source")
        for phase, here in phases.items():
            found[f"{name}_{phase}"] = float(good[ours & here].mean())
    found["threads_during"] = _threads(run_, span)
    calls = outcomes.attempts["site"].astype(int) == outcomes.sites.index("app>buy:payments")
    early = calls & (outcomes.attempts["sent_s"].astype(float) < span[0])
    found["no_place_before"] = float((outcomes.attempts["cause"][early] == _NO_PERMIT).mean())
    found["over_time"] = series(outcomes, BIN, "browse") if run_.replication == 0 else None
    return found


def _threads(run_: TrafficRun, span: tuple[float, float]) -> float:
    """Share of the servers' threads that are held, mean over the fault."""
    rows, outcomes = run_.outcomes.attempts, run_.outcomes
    app = outcomes.pools.index("app")
    site = rows["site"].astype(int)
    calls = [number for number, callee in enumerate(outcomes.callee) if callee == app]
    ours = [number in calls for number in site]
    begun, done = rows["started_s"].astype(float)[ours], rows["served_s"].astype(float)[ours]
    until = done.copy()
    until[done != done] = outcomes.horizon_s  # still being served at the end
    held = (until.clip(*span) - begun.clip(*span))[begun == begun].sum()
    return float(held / (span[1] - span[0]) / (SERVERS * THREADS))


def loss(designs: Sequence[tuple[Mapping[str, Any], Scenario]]) -> pd.DataFrame:
    """Share of calls that find no place in health: Erlang's loss formula for each server's bulkhead."""
    import pandas as pd

    load = BUY * PAYMENT_WORK / SERVERS
    return pd.DataFrame(
        [{"size": labels["size"], "no_place": exact.erlang_b(labels["size"], load)} for labels, _ in designs]
    )


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each design."""
    measures = ["browse_before", "browse_during", "browse_after", "buy_before", "buy_during", "threads_during"]
    found = mean_by(tables["runs"], ["design"], measures, measures)
    columns = ["design", "browse_before", "browse_during", "browse_during_low", "browse_during_high"]
    return found[[*columns, "browse_after", "buy_before", "buy_during", "threads_during"]]


FORMATS = dict.fromkeys(
    ("browse_before", "browse_during", "browse_during_low", "browse_during_high", "browse_after", "buy_before",
     "buy_during", "threads_during"), "percent",
)  # fmt: skip


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What each does for the requests that do not need payments."""
    rows = summarise(tables).set_index("design")
    well = rows["browse_during"]
    wait = "bulkhead of 8, waits 3 s"
    saved = mean_by(tables["sizes"], ["size"], ["browse_during", "no_place_before"]).set_index("size")
    enough = saved.index[saved["browse_during"] >= 0.99 * rows["browse_before"].max()]
    told = [
        f"While payments are slow {well['nothing']:.1%} of the browsing ends well without any measure, "
        f"{well['bulkhead of 8']:.1%} with a bulkhead, {well[wait]:.1%} with one in which callers wait "
        f"({rows.loc[wait, 'threads_during']:.0%} of the threads are held).",
        f"A timeout holds buying rate x timeout threads: {BUY * LONG:.0f} of {SERVERS * THREADS} at {LONG:g} s "
        f"({well['timeout 3 s']:.1%} end well), {BUY * SHORT:.0f} at {SHORT:g} s ({well['timeout 0.3 s']:.1%}).",
    ]
    if len(enough):
        told.append(
            f"Bulkheads of up to {max(enough)} of {THREADS} threads keep browsing well; in health the smallest, "
            f"{saved.index[0]}, turns {saved['no_place_before'].iloc[0]:.1%} of the buying away (Erlang: "
            f"{tables['loss']['no_place'].iloc[0]:.1%})."
        )
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Every design; browsing over time under some; the size of the bulkhead."""
    from experiments.dots import plot_dots
    from experiments.panels import Panel, Shade, over_time

    fault = tables["fault"].iloc[0]
    shade = Shade(fault["begins_s"], fault["ends_s"], f"payments are {SLOWER:g} times slower")
    panel = Panel({"goodput_per_s": ""}, "good answers per second\nto browsing users", height=3.4)
    measures = {
        "browse_during": "browsing that ends well", "buy_during": "buying that ends well",
        "threads_during": "threads held",
    }  # fmt: skip
    designs = mean_by(tables["runs"], ["design"], list(measures), list(measures))
    return {
        "designs.png": plot_dots(
            designs, "design", measures, title="Payments are slow: what each measure saves",
            note=f"mean of {designs['replications'].max()} runs on the same luck, bar: 95 % interval",
            label=f"share, while {shade.name}",
        ),
        "browsing.png": over_time(
            tables["over_time"], [panel],
            title="Payments become slow: what happens to users who only browse?", shades=[shade], by="design",
            note=f"{BROWSE:g} browse and {BUY:g} buy every second; first replication",
        ),
        "size.png": _sizes(tables),
    }  # fmt: skip


def _sizes(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """What a bulkhead saves in trouble and costs in health."""
    import pandas as pd

    saves, costs = "browsing that ends well, payments slow", "buying let through in health"
    measures = ["browse_during", "no_place_before"]
    found = mean_by(tables["sizes"], ["size"], measures, measures)
    parts = []
    for name, key, flip in ((saves, "browse_during", False), (costs, "no_place_before", True)):
        ends = (f"{key}_high", f"{key}_low") if flip else (f"{key}_low", f"{key}_high")
        part = found.rename(columns={key: "estimate", ends[0]: "low", ends[1]: "high"})
        part = part[["size", "estimate", "low", "high", "replications"]].assign(line=name)
        if flip:
            part[["estimate", "low", "high"]] = 1.0 - part[["estimate", "low", "high"]]
        parts.append(part)
    points = pd.concat(parts)
    line = parts[0].rename(columns={"estimate": "share"})[["size", "share", "line"]]
    formula = tables["loss"].assign(share=1.0 - tables["loss"]["no_place"], line=costs)
    return exact_and_simulated(
        pd.concat([line, formula[["size", "share", "line"]]]), points,
        Axis("size", f"calls to payments at once, of {THREADS} threads in each server"),
        Axis("share", "share", "percent"), "line", title="How large should a bulkhead be?",
        note="line of buying: Erlang's loss formula", top=1.04,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
