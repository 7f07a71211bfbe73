"""A cache is emptied: does the service come back, and what decides it?

Scenario: a cache in front of a database: 100 requests per second, 1,000 keys by Zipf's law, a database for
30 per second; the cache, warm, is emptied in an instant. The application gives up on the database after
0.25 to 8 s; an answer that comes later is stored or not. Beside it an empty cache in front of an origin that
takes 5, 10 or 20 requests per second and refuses the rest.
Method: share of hits and load of the database over time; whether the last half minute is as good as before.
Replications share their luck. The cold cache stands beside its fluid (exact.rewarm_time).
Look at: the same loss is soon over, or it stays. If the application gives up before the
database answers, what it brings is thrown away and asked for again: the cache stays empty, the database
above its limit. Storing late answers, or dropping queries nobody waits for, each bring it back, and so does
an application that waits long enough. Asking once for each key shortens that wait but does not replace it:
the one who asks gives up as well. An origin that refuses at once is never stuck: its limit sets the pace.
Sources: N. Bronson et al., Metastable failures in distributed systems, HotOS 2021; M. Brooker's cold cache,
simulator_example, 2021; see models/look_aside_cache.py for what is assumed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.panels import Panel, Shade, over_time
from experiments.pictures import Axis, exact_and_simulated, times
from experiments.repeat import each
from experiments.running import changed, main
from models import look_aside_cache as model
from simulator.describe import Scenario, Zipf
from simulator.measure.estimates import mean_estimate
from simulator.measure.rows import floats, integers
from simulator.requests import traffic
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simulator.tables.outcomes import Outcomes

FLUSH, HORIZON, QUICK_HORIZON = 10.0, 110.0, 22.0  # s
LAST = 30.0  # s at the end that are judged
BACK = 0.95  # of the requests of that time end well: it is back
TIMEOUTS, QUICK_TIMEOUTS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0), (0.5,)  # s, of the application
USUAL = 0.5  # s: the timeout at which the other designs are compared
LOOK_ASIDE, ONCE, LATE, DROP, BOTH = (
    "as it is", "asks once for each key", "stores late answers", "drops abandoned queries",
    "asks once, stores late answers",
)  # fmt: skip
DESIGNS: dict[str, dict[str, Any]] = {
    LOOK_ASIDE: {},
    ONCE: {"single_flight": True},
    LATE: {"fills": "always"},
    DROP: {"cancels": "queued"},
    BOTH: {"single_flight": True, "fills": "always"},
}
SWEPT = (LOOK_ASIDE, ONCE)  # over all timeouts
REPLICATIONS, QUICK_REPEATS = 3, 2
BIN = 2.0  # s
HIT_WITHIN = 0.02  # s: who asked nobody and is answered so soon was answered by the cache
COLD_KEYS = Zipf(model.COLD_KEYS.exponent, 20_000)  # a hundredth of Brooker's: the rest is rare
POINTS = 5  # s of the cold cache that make one point
COLD_RATE, COLD_HORIZON, COLD_QUICK = 200.0, 75.0, 18.0  # per second; s
LIMITS = (5.0, 10.0, 20.0)  # per second
REACHED = (0.7, 0.8)  # shares of hits whose time is told
SMOOTH = 3.0  # s over which a share of hits is taken


@dataclass(frozen=True, slots=True)
class Case:
    """One run."""

    name: str
    x: float
    scenario: Scenario
    seed: int
    replication: int


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: every design and timeout; hits and load over time; the cold cache beside its fluid."""
    import pandas as pd

    many = range(QUICK_REPEATS if quick else REPLICATIONS)
    horizon = QUICK_HORIZON if quick else HORIZON
    timeouts = QUICK_TIMEOUTS if quick else TIMEOUTS
    cases = [
        Case(name, t, _loss(name, t, horizon, settings), seed, k)
        for name in DESIGNS
        for t in (timeouts if name in SWEPT else (USUAL,))
        for k in many
    ]
    cold = [
        Case("cold", limit, _cold(limit, quick, settings), seed, k)
        for limit in (LIMITS[-1:] if quick else LIMITS)
        for k in many
    ]
    found, colds = each(_one, cases, jobs, "losses"), each(_rewarmed, cold, jobs, "cold cache")
    shown = [table for row, table in found if row["replication"] == 0 and row["timeout_s"] == USUAL]
    return {
        "losses": pd.DataFrame([row for row, _ in found]),
        "over_time": pd.concat(shown, ignore_index=True),
        "cold": pd.DataFrame(_beside(cold, [marks for marks, _ in colds])),
        "rewarming": _rewarming(cold, [hits for _, hits in colds]),
    }


def _loss(name: str, timeout: float, horizon: float, settings: Sequence[str]) -> Scenario:
    described = model.scenario(timeout=timeout, flush=FLUSH, horizon=horizon, **DESIGNS[name])
    return changed(described, settings)


def _cold(limit: float, quick: bool, settings: Sequence[str]) -> Scenario:
    """The cold cache; of the settings only the keys of its source mean something to it."""
    horizon = COLD_QUICK if quick else COLD_HORIZON
    ours = [s for s in settings if s.startswith("sources.web.keys")]
    return changed(model.cold_cache(rate=COLD_RATE, limit=limit, keys=COLD_KEYS, horizon=horizon), ours)


# --- a warm cache is emptied --------------------------------------------------------------------


def hits_of(outcomes: Outcomes) -> tuple[np.ndarray, np.ndarray]:
    """When requests reached the application, and whether the cache answered them, shape (n,) each."""
    site, parent, ids = (integers(outcomes, "attempts", c) for c in ("site", "parent", "id"))
    sent, served = (floats(outcomes, "attempts", c) for c in ("sent_s", "served_s"))
    app = site == outcomes.sites.index("web>app")
    behind = [i for i, name in enumerate(outcomes.sites) if name in ("app>db", "app>origin")]
    asked = np.isin(ids, parent[np.isin(site, behind)])
    return sent[app], (~asked & (served - sent < HIT_WITHIN))[app]


def _one(case: Case) -> tuple[dict[str, Any], pd.DataFrame]:
    import pandas as pd

    outcomes = traffic(case.scenario, seed=case.seed, replication=case.replication).outcomes
    capacity = 1 / case.scenario.system["db"].served[""][0].law.mean()
    when, hit = hits_of(outcomes)
    begun = floats(outcomes, "attempts", "sent_s")
    queries = begun[integers(outcomes, "attempts", "site") == outcomes.sites.index("app>db")]
    sent, well = floats(outcomes, "requests", "sent_s"), integers(outcomes, "requests", "outcome") <= 1
    patience = case.scenario.sources[0].to.timeout or 0.0
    judged = min(LAST, (outcomes.horizon_s - FLUSH) / 2)
    since = outcomes.horizon_s - judged
    last = (sent >= since) & (sent < outcomes.horizon_s - patience)
    good = float(well[last].mean())
    row = {
        "design": case.name, "timeout_s": case.x, "replication": case.replication, "good_share": good,
        "hit_share": float(hit[when >= since].mean()),
        "load_over_capacity": float((queries >= since).sum() / judged / capacity), "back": int(good >= BACK),
        "failed": int((~well & (sent >= FLUSH) & (sent < outcomes.horizon_s - patience)).sum()),
    }  # fmt: skip
    edges = np.arange(0.0, outcomes.horizon_s + 1e-9, BIN)
    came, hits = np.histogram(when, edges)[0], np.histogram(when[hit], edges)[0]
    load = np.histogram(queries, edges)[0] / BIN / capacity
    table = {"time_s": edges[:-1], "hit_share": hits / np.maximum(came, 1), "load": load}
    return row, pd.DataFrame(table).round(4).assign(design=case.name)


# --- an empty cache -----------------------------------------------------------------------------


def _rewarmed(case: Case) -> tuple[list[float], np.ndarray]:
    """When the share of hits reached each mark, seconds; hits second by second."""
    outcomes = traffic(case.scenario, seed=case.seed, replication=case.replication).outcomes
    when, hit = hits_of(outcomes)
    width = max(1, round(SMOOTH * COLD_RATE))
    level = np.convolve(hit, np.ones(width) / width, mode="valid")
    middle = when[: level.size] + SMOOTH / 2
    marks = [_crossing(middle, level >= reached) for reached in REACHED]
    seconds = np.arange(0.0, outcomes.horizon_s + 1e-9)
    came, hits = np.histogram(when, seconds)[0], np.histogram(when[hit], seconds)[0]
    return marks, hits / np.maximum(came, 1)


def _crossing(when: np.ndarray, above: np.ndarray) -> float:
    """Half way between the first time above and the last below: a noisy level crosses many times."""
    if not above.any() or not above[-1]:
        return math.nan
    below = np.flatnonzero(~above)
    last = float(when[below[-1]]) if below.size else 0.0
    return (float(when[np.argmax(above)]) + last) / 2


def _beside(cases: Sequence[Case], marks: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    rows = []
    for limit in dict.fromkeys(case.x for case in cases):
        ours = [(case, t) for case, t in zip(cases, marks, strict=True) if case.x == limit]
        keys = ours[0][0].scenario.sources[0].keys.probabilities()
        for k, reached in enumerate(REACHED):
            known = exact.rewarm_time(keys, rate=COLD_RATE, origin_limit=limit, hit_ratio=reached)
            seen = [t[k] for _, t in ours if not math.isnan(t[k])]
            found = mean_estimate(seen) if len(seen) == len(ours) else None
            rows.append(
                {
                    "origin_limit_per_s": limit, "hit_share": reached, "fluid_s": known.seconds,
                    "estimate": found.value if found else math.nan, "low": max(found.low, 0.0) if found else math.nan,
                    "high": found.high if found else math.nan, "replications": len(ours),
                }
            )  # fmt: skip
    return rows


def _rewarming(cases: Sequence[Case], hits: Sequence[np.ndarray]) -> pd.DataFrame:
    """Share of hits second by second, mean over replications, with the fluid."""
    import pandas as pd

    parts = []
    for limit in dict.fromkeys(case.x for case in cases):
        ours = [h for case, h in zip(cases, hits, strict=True) if case.x == limit]
        keys = next(c for c in cases if c.x == limit).scenario.sources[0].keys.probabilities()
        for second in range(0, ours[0].size - POINTS + 1, POINTS):
            within = range(second, second + POINTS)
            found = mean_estimate([float(h[within].mean()) for h in ours])
            fluid = [exact.rewarm_hit_ratio(keys, rate=COLD_RATE, origin_limit=limit, at=t + 0.5) for t in within]
            seen = {"estimate": found.value, "low": max(found.low, 0.0), "high": min(found.high, 1.0)}
            at = {"origin": f"{limit:g} per second", "time_s": second + POINTS / 2}
            parts.append({**at, "fluid": float(np.mean(fluid)), **seen})
    return pd.DataFrame(parts)


# --- what is said of it -------------------------------------------------------------------------


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each design and timeout: the last half minute, means over replications."""
    import pandas as pd

    rows = []
    for (design, timeout), part in tables["losses"].groupby(["design", "timeout_s"], sort=False):
        good = mean_estimate(part["good_share"])
        rows.append(
            {
                "design": design, "timeout_s": timeout, "runs": len(part), "back": int(part["back"].sum()),
                "good_share": good.value, "low": max(good.low, 0.0), "high": min(good.high, 1.0),
                "hit_share": part["hit_share"].mean(), "load_over_capacity": part["load_over_capacity"].mean(),
                "failed": part["failed"].mean(),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


FORMATS = {
    "timeout_s": "duration", "good_share": "percent", "low": "percent", "high": "percent", "hit_share": "percent",
    "load_over_capacity": "percent",
}  # fmt: skip


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The cold cache beside its fluid."""
    told = []
    for row in tables["cold"].to_dict("records"):
        if row["estimate"] == row["estimate"]:
            told.append(
                f"cold cache, origin {row['origin_limit_per_s']:g} per second: {row['hit_share']:.0%} hits after "
                f"{row['estimate']:.3g} s (95 % interval {row['low']:.3g} to {row['high']:.3g}), by the fluid "
                f"{row['fluid_s']:.3g} s."
            )
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Hits and load after the loss; the last half minute by timeout; the cold cache and its fluid."""
    losses = Panel({"hit_share": ""}, "requests the cache answers", "percent", height=3.0)
    load = Panel({"load": ""}, "queries over capacity", marks={1.0: "capacity of the database"}, height=3.0)
    rewarming = tables["rewarming"]
    return {
        "loss.png": over_time(
            tables["over_time"], (losses, load), by="design",
            title="One instant without cache: what comes back, and what does not",
            shades=(Shade(FLUSH, FLUSH + 0.5, f"the cache is emptied at {FLUSH:g} s"),),
            note=f"the application gives up after {USUAL:g} s; {BIN:g} s bins; one replication",
        ),
        "timeouts.png": _by_timeout(summarise(tables)),
        "cold.png": exact_and_simulated(
            rewarming, rewarming, Axis("time_s", "time since the cache was empty (s)"),
            Axis("fluid", "requests the cache answers", "percent"), "origin",
            title="An empty cache, by what the origin takes", note="lines: fluid", top=1.0,
        ),
    }  # fmt: skip


def _by_timeout(summary: pd.DataFrame) -> Figure:
    table = summary[summary["design"].isin(SWEPT)].assign(estimate=summary["good_share"])
    waits = times(*sorted(set(table["timeout_s"])))
    return exact_and_simulated(
        table, table, Axis("timeout_s", "how long the application waits for the database", "log", ticks=waits),
        Axis("good_share", "requests that end well, last half minute", "percent"), "design", top=1.04,
        title="Stuck or not, by the application's timeout", note=f"mean of {table['runs'].iloc[0]} runs",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
