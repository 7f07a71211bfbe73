"""Two more questions about the retry storm: how to get out of it, and how large a trigger leads in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.storm_policies import WINDOW, Case, backlog_s, scenario_of, storm_of, trigger_of
from simulator.describe import Poisson, Scenario, Trace
from simulator.measure.estimates import proportion_estimate
from simulator.measure.verdict import verdict
from simulator.requests import traffic
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cells", "drain", "edge", "map_of", "run_cell", "run_shed", "sheds"]

SHED_AT = 70.0  # s: half a minute after the pause
KEPT = (0.25, 1 / 3, 0.4, 13 / 30, 7 / 15)  # rate kept over capacity: 75, 100, 120, 130, 140 of 300
LOADS = (0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 14 / 15)  # rate over capacity
TRIGGERS = (0.5, 0.7, 0.85, 1.0, 1.1, 1.2, 1.35, 1.5, 2.0, 3.0, 10.0)  # timeouts
STARTS, SETTLES, LAST = 5.0, 30.0, 5.0  # s: before the trigger, after it, and what is judged
RUNS, QUICK_RUNS = 5, 2  # of each cell
HELD = 1e6  # s: until the trigger is known
ENOUGH = 0.95  # recovered: share of the requests of the last seconds that end well


# --- the way out: shed load while it is stuck ---------------------------------------------------


def sheds(scale: float, seed: int, quick: bool, settings: Sequence[str]) -> list[Case]:
    """The bare policy, its load cut down to shares of the capacity when it has been stuck a while."""
    plain = scenario_of({}, scale, settings)
    storm, (start, end) = storm_of(plain, 2), trigger_of(plain)
    backlog = backlog_s(storm, 1, end - start, SHED_AT - start)
    cases = []
    for kept in KEPT[: 1 if quick else None]:
        rate = kept * storm.capacity
        predicted = storm.drain_time(backlog - storm.timeout, rate=rate)
        horizon = SHED_AT + 1.2 * predicted + 5 * WINDOW
        before = np.arange(0.0, SHED_AT, 1 / storm.rate)
        times = np.concatenate([before, np.arange(SHED_AT, horizon, 1 / rate)])
        source = replace(plain.sources[0], arrivals=Trace(times.tolist()))
        about = {
            "kept_over_capacity": kept, "kept_share": rate / storm.rate, "backlog_s": backlog,
            "hidden_over_capacity": storm.hidden_capacity / storm.capacity, "predicted_s": predicted,
        }  # fmt: skip
        shed = replace(plain, sources=(source,), horizon=horizon)
        cases.append(Case("shed", shed, seed, about=about))
    return cases


def drain(scale: float, settings: Sequence[str]) -> pd.DataFrame:
    """The formula on a fine grid, up to just below the hidden capacity."""
    import pandas as pd

    plain = scenario_of({}, scale, settings)
    storm, (start, end) = storm_of(plain, 2), trigger_of(plain)
    left = backlog_s(storm, 1, end - start, SHED_AT - start) - storm.timeout
    most = min(storm.hidden_capacity, storm.rate)
    rates = most * (1 - np.geomspace(1.0, 0.01, 60))
    rows = [(x / storm.rate, storm.drain_time(left, rate=float(x))) for x in rates]
    return pd.DataFrame(rows, columns=["kept_share", "predicted_s"])


def run_shed(case: Case) -> dict[str, Any]:
    """When waits are below the timeout again, seconds after shedding began."""
    outcomes = traffic(case.scenario, seed=case.seed).outcomes
    start, _ = trigger_of(case.scenario)
    after = verdict(outcomes, (start, SHED_AT), window_s=WINDOW).recovered_after_s
    return {**case.about, "simulated_s": math.nan if after is None else after}


# --- how large a trigger it takes ---------------------------------------------------------------


def cells(scale: float, seed: int, quick: bool, settings: Sequence[str]) -> list[Case]:
    """Every load and length of the pause, several times, with random arrivals."""
    plain = scenario_of({}, scale, settings)
    storm = storm_of(plain, 2)
    cases = []
    for load in LOADS[::3] if quick else LOADS:
        for trigger in TRIGGERS[::4] if quick else TRIGGERS:
            about = {"load": load, "trigger_timeouts": trigger}
            described = _cell(plain, load * storm.capacity, trigger * storm.timeout)
            for k in range(QUICK_RUNS if quick else RUNS):
                cases.append(Case("cell", described, seed, k, about))
    return cases


def _cell(plain: Scenario, rate: float, lasts: float) -> Scenario:
    (fault,), source = plain.faults, plain.sources[0]
    one = replace(plain, sources=(replace(source, arrivals=Poisson(rate)),), horizon=HELD)
    one = one.set(f"faults.{fault.name}.lasts", lasts).set(f"faults.{fault.name}.when.at", STARTS)
    storm = storm_of(one, 2)
    drain = storm.drain_time(backlog_s(storm, 1, lasts, lasts), rate=rate)
    settles = max(SETTLES, 1.5 * drain if math.isfinite(drain) else 0.0)
    return replace(one, horizon=STARTS + lasts + settles)


def run_cell(case: Case) -> dict[str, Any]:
    """Whether one run has recovered by its end."""
    outcomes = traffic(case.scenario, seed=case.seed, replication=case.replication).outcomes
    last = verdict(outcomes, trigger_of(case.scenario), window_s=LAST, share=ENOUGH).last
    return {**case.about, "replication": case.replication, "recovered": int(last >= ENOUGH)}


def map_of(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Chance to recover in each cell, with Wilson's interval."""
    import pandas as pd

    table = pd.DataFrame(rows)
    out = []
    for (load, trigger), part in table.groupby(["load", "trigger_timeouts"], sort=False):
        seen = proportion_estimate(int(part["recovered"].sum()), len(part))
        out.append(
            {
                "load": load, "trigger_timeouts": trigger, "runs": len(part), "estimate": seen.value,
                "low": seen.low, "high": seen.high,
            }
        )  # fmt: skip
    return pd.DataFrame(out)


def edge(scale: float, quick: bool, settings: Sequence[str]) -> pd.DataFrame:
    """The longest pause that the fluid survives, by load; none is too long below the hidden capacity."""
    import pandas as pd

    storm = storm_of(scenario_of({}, scale, settings), 2)
    hidden = storm.hidden_capacity / storm.capacity
    rows = []
    for load in np.linspace(hidden + 0.002, 0.97, 6 if quick else 48):
        longest = exact.largest_outage(
            rate=load * storm.capacity, capacity=storm.capacity, attempts=2, timeout=storm.timeout
        )
        rows.append({"load": load, "largest_timeouts": longest / storm.timeout, "hidden": hidden})
    return pd.DataFrame(rows)
