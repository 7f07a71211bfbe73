"""Clients come back all at once: does jitter in their retries keep the server usable?

Scenario: a server for 100 requests per second with a base load of 50. Two herds of 1,200. Reconnect: all
lose their connection at one instant and knock; a second of work fits into the queue, the rest is refused.
Expiry: 1,200 sessions end within 5 s; an unlimited queue, in which those who wait more than 2 s give up,
and are served all the same. Who fails comes back after 1, 2, 4 ... 30 s, for ever.
Method: arrivals per second under each jitter; when the herd is served and nobody waits any more; how much
of the base load fails; beside the fluid (exact.thundering_herd) and, for those who wait in vain, the load
that they keep up: clients left out / (mean longest wait + timeout), over the spare capacity. Replications
share their luck, so policies are compared pair by pair.
Look at: jitter does not lower the first peak, and where refusal is quick it raises it: a first wait may be
next to nothing. Without jitter refused clients come back in waves, with an idle server between them; with it
they are served soon, and the base load pays. Where they wait in vain it is the mean wait that decides: full
jitter halves it, so that the herd knocks faster than the spare capacity (column knocks_over_spare above 1)
and keeps itself and the base load out; twice the longest wait repairs that. First tries spread over
clients / (capacity - base) = 24 s have no peak at all.
Sources: M. Brooker, Exponential backoff and jitter, AWS Architecture Blog 2015: the jitters; the herds are
assumptions.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from experiments.herd_formulas import in_line, knocking
from experiments.panels import Panel, Shade, over_time
from experiments.repeat import each
from experiments.running import changed, main
from simulator.describe import (
    Backoff,
    Call,
    Poisson,
    Pool,
    Queue,
    Retry,
    Scenario,
    Source,
    System,
    Trace,
    Work,
)
from simulator.describe.units import format_duration
from simulator.measure.compare import paired_difference
from simulator.measure.estimates import mean_estimate
from simulator.measure.rows import attempts_to, floats, integers, on_the_wire, requests_of
from simulator.requests import traffic
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simulator.tables.outcomes import Outcomes

CAPACITY, BASE = 100.0, 50.0  # per second
CLIENTS, QUICK_CLIENTS = 1_200, 300
STARTS = 10.0  # s: when the herd comes
AFTER = {"reconnect": 270.0, "expiry": 400.0}  # s that are simulated from then on
QUICK_AFTER = 20.0  # s
TIMEOUT = 2.0  # s
FIRST, LONGEST = 1.0, 30.0  # s: waits before a retry, the first and the longest
QUEUE = 1.0  # s of work that fit into the queue of the reconnects
EXPIRE_WITHIN = 5.0  # s
REPLICATIONS, QUICK_REPEATS = 4, 2
IN_LINE, QUICK_IN_LINE = 20, 5  # replications of the plain queue, which has an exact mean
PICTURED = 95.0  # s of the herd that are drawn
HERDS = {"reconnect": 0.0, "expiry": EXPIRE_WITHIN}  # spread of the first tries, s
Jitter = Literal["none", "equal", "full", "decorrelated"]
POLICIES: dict[str, tuple[Jitter, float] | None] = {  # jitter and longest wait, s
    "no jitter": ("none", LONGEST), "equal jitter": ("equal", LONGEST), "full jitter": ("full", LONGEST),
    "decorrelated jitter": ("decorrelated", LONGEST), "full jitter, up to 60 s": ("full", 2 * LONGEST),
    "full, first try spread": ("full", LONGEST), "everybody waits": None,
}  # fmt: skip
SPREAD, LINE = "full, first try spread", "everybody waits"


@dataclass(frozen=True, slots=True)
class Case:
    """One run."""

    herd: str
    policy: str
    scenario: Scenario
    seed: int
    replication: int


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: every herd under every policy; arrivals over time; the plain queue beside its formula."""
    import pandas as pd

    clients = QUICK_CLIENTS if quick else CLIENTS
    cases, lines = [], []
    for herd in HERDS:
        for policy in POLICIES:
            after = QUICK_AFTER if quick else AFTER[herd]
            described = changed(scenario(herd, policy, clients, after), settings)
            many = QUICK_REPEATS if quick else REPLICATIONS
            cases += [Case(herd, policy, described, seed, k) for k in range(many)]
        short = changed(scenario(herd, LINE, clients, _enough(clients)), settings)
        many = QUICK_IN_LINE if quick else IN_LINE
        lines += [Case(herd, LINE, short, seed, k) for k in range(many)]
    found = each(_one, cases, jobs, "herds")
    drained = each(_drained, lines, jobs, "plain queue")
    pictured = [table for row, table in found if row["replication"] == 0]
    return {
        "herds": pd.DataFrame([row for row, _ in found]),
        "arrivals": _side_by_side(pictured),
        "in_line": pd.DataFrame([_in_line(herd, lines, drained) for herd in HERDS]),
        "knocking": pd.DataFrame([_knocks(case) for case in cases if case.replication == 0]),
    }


def _side_by_side(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Arrivals per second: a row for each herd and time, a column for each policy."""
    import pandas as pd

    rows, where = pd.concat(tables, ignore_index=True), ["herd", "time_s"]
    return rows.pivot_table("arrivals_per_s", where, "policy", sort=False).reset_index()


def _enough(clients: int) -> float:
    """Twice the time in which the plain queue empties, seconds."""
    return 2 * clients / (CAPACITY - BASE) + 5


def scenario(herd: str, policy: str, clients: int, after: float) -> Scenario:
    """The server, its base load and one herd."""
    backoff, spread = POLICIES[policy], HERDS[herd]
    if policy == SPREAD:
        spread = exact.thundering_herd(
            clients=clients, spread=0, capacity=CAPACITY, rate=BASE
        ).harmless_spread_s
    cap = round(QUEUE * CAPACITY) if herd == "reconnect" and backoff else None
    gate = Pool("gate", threads=1, queue=Queue(cap=cap), serve=[Work(1 / CAPACITY)])
    retry, timeout = None, None
    if backoff:
        retry, timeout = Retry("forever", Backoff(FIRST, backoff[1], backoff[0])), TIMEOUT
    times = STARTS + spread * (np.arange(clients) + 0.5) / clients
    sources = [
        Source("base", Poisson(BASE), to=Call("gate", timeout=timeout)),
        Source("herd", Trace(times.tolist()), to=Call("gate", timeout=timeout, retry=retry)),
    ]
    name = "thundering_herd"
    return Scenario(System([gate]), sources=sources, horizon=STARTS + after, name=name)


# --- one run ------------------------------------------------------------------------------------


def _one(case: Case) -> tuple[dict[str, Any], pd.DataFrame]:
    """What came of one run, and what arrived in each second."""
    import pandas as pd

    outcomes = traffic(case.scenario, seed=case.seed, replication=case.replication).outcomes
    capacity = 1 / case.scenario.system["gate"].served[""][0].law.mean()
    herd, base = (requests_of(outcomes, name) for name in ("herd", "base"))
    went_well = integers(outcomes, "requests", "outcome") == 0
    ended, sent = (floats(outcomes, "requests", c) for c in ("ended_s", "sent_s"))
    hit = base & (sent >= STARTS) & (sent < outcomes.horizon_s - TIMEOUT)
    knocks = floats(outcomes, "attempts", "sent_s")[on_the_wire(outcomes)]
    edges = np.arange(0.0, STARTS + PICTURED + 0.5)
    each_second = np.bincount(knocks.astype(int), minlength=edges.size)
    done = bool(went_well[herd].all())
    served = float(ended[herd].max()) - STARTS if done else math.nan
    failed = int((hit & ~went_well).sum())
    row = {
        "herd": case.herd, "policy": case.policy, "replication": case.replication,
        "peak_over_capacity": each_second.max() / capacity, "served_s": served,
        "drained_s": idle_after(outcomes, served + STARTS) - STARTS if done else math.nan,
        "median_s": float(np.median((ended - sent)[herd])) if done else math.nan,
        "attempts_per_client": float(floats(outcomes, "requests", "attempts")[herd].mean()) if done else math.nan,
        "simulated_s": outcomes.horizon_s - STARTS, "base_failed": failed,
        "base_failed_over_rate_s": failed / (case.scenario.sources[0].rate or 1.0),
    }  # fmt: skip
    shown = min(edges.size - 1, int(outcomes.horizon_s))
    table = pd.DataFrame({"time_s": edges[:shown], "arrivals_per_s": each_second[:shown]})
    return row, table.assign(herd=case.herd, policy=case.policy)


def idle_after(outcomes: Outcomes, time: float) -> float:
    """End of the busy stretch of the only thread of "gate" in which `time` lies, seconds."""
    rows = attempts_to(outcomes, "gate")
    started, served = (floats(outcomes, "attempts", c)[rows] for c in ("started_s", "served_s"))
    worked = np.isfinite(started) & np.isfinite(served)
    order = np.argsort(started[worked])
    started, served = started[worked][order], served[worked][order]
    first = max(int(np.searchsorted(started, time, side="left")) - 1, 0)
    gaps = np.flatnonzero(started[first + 1 :] > served[first:-1] + 1e-9)
    return float(served[first + gaps[0]]) if gaps.size else math.nan


def _drained(case: Case) -> float:
    outcomes = traffic(case.scenario, seed=case.seed, replication=case.replication).outcomes
    herd = requests_of(outcomes, "herd")
    last = float(floats(outcomes, "requests", "ended_s")[herd].max())
    return idle_after(outcomes, last) - STARTS


def _in_line(herd: str, cases: Sequence[Case], drained: Sequence[float]) -> dict[str, Any]:
    ours = [(case, d) for case, d in zip(cases, drained, strict=True) if case.herd == herd]
    row = in_line(ours[0][0].scenario, HERDS[herd], [d for _, d in ours])
    return {"herd": herd, **row}


def _knocks(case: Case) -> dict[str, Any]:
    return {"herd": case.herd, "policy": case.policy, **knocking(case.scenario)}


# --- what is said of it -------------------------------------------------------------------------


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each herd and policy: means over replications, drain time with its interval."""
    import pandas as pd

    rows = []
    fluid = tables["in_line"].set_index("herd")["fluid_s"]
    knocks = tables["knocking"].set_index(["herd", "policy"])["knocks_over_spare"]
    for (herd, policy), part in tables["herds"].groupby(["herd", "policy"], sort=False):
        means = part.drop(columns=["herd", "policy", "replication", "drained_s"]).mean(skipna=False)
        whole = len(part) > 1 and bool(part["drained_s"].notna().all())
        seen = mean_estimate(part["drained_s"]) if whole else None
        rows.append(
            {
                "herd": herd, "policy": policy, **means.to_dict(),
                "drained_s": seen.value if seen else math.nan, "low_s": seen.low if seen else math.nan,
                "high_s": seen.high if seen else math.nan, "fluid_s": fluid[herd],
                "knocks_over_spare": knocks[herd, policy],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


FORMATS = {
    "served_s": "duration", "drained_s": "duration", "low_s": "duration", "high_s": "duration",
    "fluid_s": "duration", "median_s": "duration", "simulated_s": "duration", "base_failed_over_rate_s": "duration",
}  # fmt: skip


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What full jitter changes against none, on the same luck."""
    told = []
    for herd, part in tables["herds"].groupby("herd", sort=False):
        table = part.pivot(index="replication", columns="policy", values="served_s")
        pair = table[["full jitter", "no jitter"]]
        if len(pair) < 2 or pair.isna().any(axis=None) or (pair.iloc[:, 0] == pair.iloc[:, 1]).all():
            continue
        less = paired_difference(pair["no jitter"], pair["full jitter"])
        told.append(
            f"{herd}: with full jitter the last client is served {less.value:.3g} s earlier than without (95 % "
            f"interval {less.low:.3g} to {less.high:.3g} s, {len(pair)} pairs)."
        )
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Arrivals per second, one panel for each policy: a picture for each herd."""
    summary = summarise(tables).set_index(["herd", "policy"])
    about = tables["in_line"].set_index("herd")
    return {
        f"{herd}.png": _pictured(part, summary.loc[herd], about.loc[herd], str(herd))
        for herd, part in tables["arrivals"].groupby("herd", sort=False)
    }


def _pictured(
    arrivals: pd.DataFrame, summary: pd.DataFrame, about: pd.Series, herd: str
) -> Figure:
    shown = [policy for policy in POLICIES if policy != LINE]
    capacity, most = float(about["capacity_per_s"]), 1.6 * float(arrivals[shown].max(axis=None))
    panels = []
    for policy in shown:
        served, simulated = summary.loc[policy, ["served_s", "simulated_s"]]
        done = served == served  # NaN: in some replication not
        when = "all served after" if done else "not all served within"
        when = f"{when} {format_duration(float(served if done else simulated), 2)}"
        panels.append(
            Panel({policy: f"{policy}: {when}"}, "", "log",
                  {capacity: "" if panels else "capacity"}, most, 1.15, inside=True)
        )  # fmt: skip
    spread = float(about["harmless_spread_s"])
    title = {"reconnect": "connections that broke at once", "expiry": "sessions that end within 5 s"}
    return over_time(
        arrivals, panels, title=f"{int(about['clients']):,} {title[herd]}: arrivals at the server",
        shades=(Shade(STARTS, STARTS + spread, "the time the server needs at least"),),
        note="one replication", label="arrivals per second (log scale)",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
