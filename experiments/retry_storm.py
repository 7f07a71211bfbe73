"""Which retry policy turns a pause of ten seconds into an outage that stays, and what gets out of it?

Scenario: a database for 300 requests per second gets 280; callers wait a second and try once more; it
stands still for ten seconds and keeps its queue. Simulated at a fifth of these rates, 56 of 60 per
second, with all ratios kept.
Method: the same requests, in equal steps, under sixteen policies; beside each the time to drain by the
fluid (exact.retry_storm). Then the way out: load shed while it is stuck, against the drain time. Then a
map, with random arrivals: load and length of the pause against the chance to recover, with the fluid's
edge (exact.largest_outage).
Look at: with one retry nothing comes back although the cause is gone, because the failed state carries
half the load only (hidden capacity); backoff does not change that. A budget below capacity / rate - 1 =
7.1 % heals, slowly. What heals at once keeps waits below the timeout: a short queue, newest first,
expiry. Expiry at the timeout itself does next to nothing, a tenth earlier it does everything. On the map:
pauses shorter than the fluid allows are enough when arrivals are random and the load is high.
Sources: N. Bronson et al., Metastable failures in distributed systems, HotOS 2021: the system; the
policies are ours.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from experiments import storm_map, storm_pictures
from experiments.repeat import each
from experiments.running import main
from experiments.storm_policies import (
    BARE,
    BIN,
    QUICK,
    RANDOM,
    Case,
    policies,
    run_policy,
    scenario_of,
    storm_of,
    trigger_of,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SCALE, QUICK_SCALE = 0.2, 0.1  # of the rates in the paper
HORIZON, QUICK_HORIZON = 500.0, 64.0  # s
REPEATS = 3  # of a policy that draws random numbers


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: policies and goodput over time under each; the storm itself; load shed; the map."""
    import pandas as pd

    scale = QUICK_SCALE if quick else SCALE
    length = {"horizon": QUICK_HORIZON if quick else HORIZON}
    cases = [
        Case(name, scenario_of({**change, **length}, scale, settings), seed, repeat)
        for name, change in policies(scale).items()
        if not quick or name in QUICK
        for repeat in range(REPEATS if name in RANDOM and not quick else 1)
    ]
    out, map_cells = (f(scale, seed, quick, settings) for f in (storm_map.sheds, storm_map.cells))
    found = each(run_policy, cases, jobs, "policies")
    return {
        "policies": pd.DataFrame([row for row, *_ in found]),
        "goodput": _side_by_side([table for _, table, _ in found]),
        "storm": found[0][2],
        "system": _system(cases[0]),
        "drain": storm_map.drain(scale, settings),
        "way_out": pd.DataFrame(each(storm_map.run_shed, out, jobs, "way out")),
        "trigger_map": storm_map.map_of(each(storm_map.run_cell, map_cells, jobs, "map")),
        "edge": storm_map.edge(scale, quick, settings),
    }


def _side_by_side(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Share of offered requests that end well: a row for each time, a column for each policy."""
    import pandas as pd

    rows = pd.concat(tables, ignore_index=True)
    wide = rows.pivot_table(index="time_s", columns="policy", values="share", sort=False)
    return wide.round(3).reset_index()


def _system(case: Case) -> pd.DataFrame:
    """The numbers of the bare policy that the pictures mark."""
    import pandas as pd

    storm, (start, end) = storm_of(case.scenario, 2), trigger_of(case.scenario)
    row = {
        "rate_per_s": storm.rate, "capacity_per_s": storm.capacity, "timeout_s": storm.timeout,
        "starts_s": start, "ends_s": end, "failed_load_per_s": storm.failed_load,
        "hidden_capacity_per_s": storm.hidden_capacity, "critical_backlog_s": storm.critical_backlog_s,
        "largest_retry_budget": storm.largest_retry_budget, "largest_safe_queue": storm.largest_safe_queue,
    }  # fmt: skip
    # a system that heals by itself has no critical backlog
    return pd.DataFrame([{k: math.nan if math.isinf(v) else v for k, v in row.items()}])


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each policy; of those that draw random numbers, the mean of the runs."""
    rows = tables["policies"].groupby("policy", sort=False)
    table = rows.agg(
        runs=("replication", "size"), attempts_per_request=("attempts_per_request", "mean"),
        after_share=("after_share", "mean"), last_share=("last_share", "mean"), state=("state", "max"),
        recovered_after_s=("recovered_after_s", "max"), predicted_after_s=("predicted_after_s", "first"),
        prediction=("prediction", "first"),
    )  # fmt: skip
    return table.reset_index()


FORMATS = {
    "after_share": "percent", "last_share": "percent", "recovered_after_s": "duration",
    "predicted_after_s": "duration",
}  # fmt: skip


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The numbers behind the storm, computed."""
    system, storm = tables["system"].iloc[0], tables["storm"]
    stuck = storm[storm["time_s"] >= system["ends_s"] + 5]
    worst = tables["trigger_map"]
    worst = worst[(worst["trigger_timeouts"] < 1) & (worst["estimate"] < 1)]
    told = [
        f"while stuck, {stuck['attempts_per_s'].mean():.4g} attempts reach the database every second (the fluid: "
        f"{system['failed_load_per_s']:.4g}) for {system['rate_per_s']:.4g} requests; it heals below "
        f"{system['hidden_capacity_per_s']:.4g}, or with fewer than "
        f"{100 * system['largest_retry_budget']:.3g} % retries.",
        f"{BARE}: a backlog above {system['critical_backlog_s']:.4g} s of work is enough to stay.",
    ]
    if len(worst):
        first = worst.iloc[-1]
        told.append(
            f"random arrivals: at {100 * first['load']:.0f} % load {first['estimate']:.0%} of "
            f"{first['runs']:.0f} runs (95 % interval {first['low']:.0%} to {first['high']:.0%}) survive a pause of "
            f"{first['trigger_timeouts']:g} timeouts, which does the fluid no harm."
        )
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """The storm; every policy; the way out; the map."""
    from simulator.show.storm import plot_storm

    system = tables["system"].iloc[0]
    pause = (float(system["starts_s"]), float(system["ends_s"]))
    point = (float((pause[1] - pause[0]) / system["timeout_s"]),
             float(system["rate_per_s"] / system["capacity_per_s"]))  # fmt: skip
    summary = summarise(tables)
    columns = ("recovered_after_s", "predicted_after_s", "prediction")
    observed = float(tables["goodput"]["time_s"].max() + BIN - pause[1])
    words = [
        storm_pictures.verdict_words(observed, *row)
        for row in summary[list(columns)].itertuples(index=False, name=None)
    ]
    hidden = float(system["hidden_capacity_per_s"] / system["rate_per_s"])
    return {
        "storm.png": plot_storm(
            tables["storm"], pause, capacity=float(system["capacity_per_s"]), wait=tables["storm"],
            timeout_s=float(system["timeout_s"]), title=f"{BARE}: the pause ends, the outage does not",
        ),
        "policies.png": storm_pictures.plot_policies(
            tables["goodput"], summary.assign(verdict=words), pause
        ),
        "way_out.png": storm_pictures.plot_way_out(
            tables["drain"], tables["way_out"].assign(hidden_share=hidden)
        ),
        "trigger_map.png": storm_pictures.plot_map(tables["trigger_map"], tables["edge"], point),
    }


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
