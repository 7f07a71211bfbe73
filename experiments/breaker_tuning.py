"""Which breaker or budget fits: what does each cost and save at any error rate of a dependency?

Scenario: twenty clients, five calls a second each, to a dependency that fails a share of them, 0 to 100 %.
Six policies: nothing; 3 retries; 3 retries in a budget of 10 %; a breaker that opens at 5 failures in a
row; one that opens at 5 of the last 10; resilience4j as it comes. Then an incident: fifty clients, the
dependency answers errors only for 110 s, breakers that stay open for 20 s, with and without jitter.
Method: long runs, each client its own breaker, twenty clients for an interval; beside them exact attempts and
success (exact.retry_amplification, retry_token_bucket, breaker_cycle and calls_to_full_window).
Look at: retries multiply the load just when the dependency fails most; a budget caps that at 10 %, and the
good it does at less than ten points. Five in a row do not see an error rate of 10 %; a window of ten opens
on noise at 20 %, and then refuses calls that would have gone well. Breakers that opened together probe
together: jitter takes the peak off the probes, and the way back into a crowd.
Sources: M. Nygard, Release It, 2018: the breaker; resilience4j 2 documentation: the preset; the numbers of
clients and calls are assumptions.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from experiments.breaker_formulas import known_answers
from experiments.panels import Panel, Shade, over_time
from experiments.pictures import Axis, exact_and_simulated
from experiments.repeat import each
from experiments.running import changed, main
from simulator.describe import (
    MS,
    At,
    Breaker,
    Call,
    Consecutive,
    Count,
    Effect,
    Fault,
    Poisson,
    Pool,
    Retry,
    Scenario,
    Source,
    System,
    TokenBucket,
    Work,
    preset,
)
from simulator.measure.breakers import breaker_openings, breakers_open
from simulator.measure.estimates import ratio_estimate
from simulator.measure.rows import attempts_of, floats, integers, on_the_wire
from simulator.requests import traffic

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simulator.tables.outcomes import Outcomes

CLIENTS, RATE = 20, 5.0  # how many, calls per second of each
WORK = 1 * MS
ERRORS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.0)
QUICK_ERRORS = (0.3, 1.0)
HORIZON, QUICK_HORIZON = 80.0, 24.0  # s
LONGER = {"resilience4j": 4.0}  # its breaker stays open for a minute
WARM = 0.25  # of the horizon, left out
LAST = 2.0  # s at the end, left out: calls that are still under way
OPEN_FOR = 5.0  # s
ROW, WINDOW, THRESHOLD = 5, 10, 5  # failures in a row; the last so many calls, failures among them
FILL, SIZE = 0.1, 2.0  # tokens a call, most tokens: soon forgotten that it starts full
ATTEMPTS = 4  # 3 retries
RETRY = Retry(ATTEMPTS, on=("error",))
POLICIES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "3 retries": {"retry": RETRY},
    "3 retries, budget 10 %": {"retry": Retry(ATTEMPTS, on=("error",), budget=TokenBucket(FILL, SIZE))},
    "breaker, 5 in a row": {"breaker": Breaker(Consecutive(ROW), stays_open=OPEN_FOR, one_at_a_time=True)},
    "breaker, 5 of 10": {
        "breaker": Breaker(Count(WINDOW), opens_at=THRESHOLD / WINDOW, minimum=WINDOW, stays_open=OPEN_FOR,
                           one_at_a_time=True)
    },
    "resilience4j": {"preset": "resilience4j"},
}  # fmt: skip
INCIDENT = (30.0, 140.0)  # s
INCIDENT_HORIZON, INCIDENT_CLIENTS = 200.0, 50
INCIDENT_OPEN = 20.0  # s
SETTLED = 10.0  # s after its begin all breakers have opened: what comes then are probes
INCIDENT_RUNS = 3
INCIDENTS = {"no jitter": 0.0, "jitter 50 %": 0.5}  # stretch of the time open, drawn at each opening


@dataclass(frozen=True, slots=True)
class Case:
    """One run: a policy (or a jitter), a share of errors, a scenario and its luck."""

    name: str
    error: float
    scenario: Scenario
    seed: int
    replication: int = 0


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: attempts and success of each policy at each share of errors; breakers in an incident."""
    import pandas as pd

    horizon, errors = (QUICK_HORIZON, QUICK_ERRORS) if quick else (HORIZON, ERRORS)
    longer = {} if quick else LONGER
    cases = [
        Case(k, p, changed(scenario(k, p, horizon * longer.get(k, 1.0)), settings), seed)
        for k in POLICIES
        for p in errors
    ]
    clients = 10 if quick else INCIDENT_CLIENTS
    incidents = [
        Case(name, 1.0, changed(incident(jitter, clients), settings), seed, k)
        for name, jitter in INCIDENTS.items()
        for k in range(1 if quick else INCIDENT_RUNS)
    ]
    seen = each(_incident, incidents, jobs, "incident")
    return {
        "tuning": pd.DataFrame([row for rows in each(_one, cases, jobs, "policies") for row in rows]),
        "incident": pd.concat([table for table, _ in seen[:: len(seen) // 2]], ignore_index=True),
        "probes": pd.DataFrame([row for _, row in seen]),
    }


def scenario(policy: str, error: float, horizon: float) -> Scenario:
    """Clients with a policy, and a dependency that fails a share of its calls all the time."""
    options = dict(POLICIES[policy])
    ready = options.pop("preset", None)
    call = preset(ready).call("dependency") if ready else Call("dependency", **options)
    return _scenario(call, CLIENTS, horizon, Fault("dependency", At(0.0), effect=Effect(error=error), name="errors"))


def incident(jitter: float, clients: int) -> Scenario:
    """Many clients with a breaker each, and a dependency that fails for a while."""
    breaker = Breaker(
        Consecutive(ROW), stays_open=INCIDENT_OPEN, jitter=jitter, one_at_a_time=True
    )
    broken = Fault("dependency", At(INCIDENT[0]), INCIDENT[1] - INCIDENT[0], Effect(error=1.0), name="errors")
    return _scenario(Call("dependency", breaker=breaker), clients, INCIDENT_HORIZON, broken)


def _scenario(call: Call, clients: int, horizon: float, fault: Fault) -> Scenario:
    callers = Source("callers", Poisson(RATE * clients), to=call, clients=clients)
    system = System([Pool("dependency", serve=[Work(WORK)])])
    return Scenario(system, [fault], sources=[callers], horizon=horizon, name="breaker_tuning")


# --- one policy at one share of errors ----------------------------------------------------------


def _one(case: Case) -> list[dict[str, Any]]:
    outcomes = traffic(case.scenario, seed=case.seed).outcomes
    counted = _counted(outcomes, case.scenario.sources[0])
    client = integers(outcomes, "requests", "client")[counted]
    calls = np.bincount(client, minlength=case.scenario.sources[0].clients).astype(float)
    well = integers(outcomes, "requests", "outcome")[counted] <= 1
    known = known_answers(case.scenario)
    rows = []
    for measure, values in (("attempts", floats(outcomes, "requests", "attempts")[counted]), ("success", well)):
        found = ratio_estimate(np.bincount(client, values, calls.size), calls)
        exactly = known.get(measure, math.nan)
        apart = found.error > 1e-9  # else all clients are alike, as without any error
        rows.append(
            {
                "policy": case.name, "error": case.error, "measure": measure, "exact": exactly,
                "estimate": found.value, "low": found.low, "high": found.high,
                "z": found.z(exactly) if apart else math.nan, "calls": int(calls.sum()),
                "openings_per_client_min": 60 * sum(breaker_openings(outcomes).values())
                / calls.size / outcomes.horizon_s,
            }
        )  # fmt: skip
    return rows


def _counted(outcomes: Outcomes, source: Source) -> np.ndarray:
    """Which calls are counted: of each client those of a window as long as every other client's.

    Breakers open together and cycle in step. Windows that begin at all phases of a cycle, evenly over
    the clients, see a fixed cycle without bias, whatever their length.
    """
    breaker, rate = source.to.breaker, (source.rate or 0.0) / source.clients
    cycle = min(breaker.stays_open + 1 / rate, outcomes.horizon_s / 4) if breaker else 0.0
    sent, client = floats(outcomes, "requests", "sent_s"), integers(outcomes, "requests", "client")
    begins = WARM * outcomes.horizon_s + cycle * (client + 0.5) / source.clients
    length = (1 - WARM) * outcomes.horizon_s - LAST - cycle
    return np.asarray((sent >= begins) & (sent < begins + length))


# --- the incident -------------------------------------------------------------------------------


def _incident(case: Case) -> tuple[pd.DataFrame, dict[str, Any]]:
    outcomes = traffic(case.scenario, seed=case.seed, replication=case.replication).outcomes
    table = breakers_open(outcomes, outcomes.sites[0], 1.0)[["time_s", "share"]].round(4)
    ours = attempts_of(outcomes, None) & on_the_wire(outcomes)
    wired = np.bincount(floats(outcomes, "attempts", "sent_s")[ours].astype(int), minlength=len(table))
    table = table.assign(attempts_per_s=wired[: len(table)], jitter=case.name)
    during = table["time_s"].between(INCIDENT[0] + SETTLED, INCIDENT[1], inclusive="left")
    probes = table.loc[during, "attempts_per_s"]
    row = {
        "jitter": case.name, "replication": case.replication, "probes": int(probes.sum()),
        "peak_probes_per_s": int(probes.max()), "mean_probes_per_s": float(probes.mean()),
    }  # fmt: skip
    return table, row


# --- what is said of it -------------------------------------------------------------------------


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each policy and share of errors."""
    rows = tables["tuning"].pivot(index=["policy", "error"], columns="measure", values=["estimate", "exact"])
    rows.columns = [f"{m}_exact" if k == "exact" else m for k, m in rows.columns]
    rows = rows.reset_index()
    place = rows["policy"].map({name: k for k, name in enumerate(POLICIES)})
    return rows.assign(place=place).sort_values(["place", "error"]).drop(columns="place")


FORMATS = {"error": "percent", "success": "percent", "success_exact": "percent"}


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Probes with and without jitter."""
    told = []
    for name, part in tables["probes"].groupby("jitter", sort=False):
        told.append(
            f"incident, {name}: at most {part['peak_probes_per_s'].mean():.3g} probes a second ({len(part)} runs), on "
            f"average {part['mean_probes_per_s'].mean():.2g}."
        )
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Attempts and success against the share of errors; breakers over time in the incident."""
    tuning = tables["tuning"]
    return {
        "attempts.png": _by_error(tuning, "attempts", "attempts per call that reach the dependency",
                                  "What a policy costs the dependency", "linear"),
        "success.png": _by_error(tuning, "success", "calls that end well",
                                 "What a policy does for the caller", "percent"),
        "incident.png": _pictured(tables["incident"]),
    }  # fmt: skip


def _pictured(incident: pd.DataFrame) -> Figure:
    wide = incident.pivot(index="time_s", columns="jitter", values=["share", "attempts_per_s"])
    wide.columns = [f"{measure} {name}" for measure, name in wide.columns]
    usual = incident.loc[incident["time_s"] < INCIDENT[0], "attempts_per_s"].mean()
    top = 2.2 * incident.loc[incident["time_s"].between(INCIDENT[0] + SETTLED, INCIDENT[1]), "attempts_per_s"].max()
    shares = Panel({f"share {name}": name for name in INCIDENTS}, "breakers open", "percent")
    probes = [
        Panel({f"attempts_per_s {name}": name}, "attempts per second", top=top, height=1.9, inside=True)
        for name in INCIDENTS
    ]
    return over_time(
        wide.reset_index(), (shares, *probes), title="Many clients with a breaker each: who probes when?",
        shades=(Shade(*INCIDENT, "every call ends in an error"),),
        note=f"breakers stay open for {INCIDENT_OPEN:g} s and more with jitter; lower axes end below the usual "
        f"{usual:.0f} per second; one replication",
    )  # fmt: skip


def _by_error(
    tuning: pd.DataFrame, measure: str, label: str, title: str, scale: Literal["linear", "percent"]
) -> Figure:
    part = tuning[tuning["measure"] == measure]
    curve = part.assign(y=part["exact"].fillna(part["estimate"]))
    return exact_and_simulated(
        curve, part, Axis("error", "calls that the dependency fails (%)", per=0.01), Axis("y", label, scale),
        "policy", title=title, note="lines: exact; resilience4j: simulated alone",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
