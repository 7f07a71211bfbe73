"""A third party is up 99 % of the time: what does that cost, and what may stand in for it?

Scenario: a shop asks a fraud API at 99 % for every payment (models/fraud_api.py). Row by row something
is added: a breaker, a second provider at 99 %, a queue (the payment is taken, decided on later), a local
rule (decides 90 % of the cases, 1 % of them wrongly), a cache of decisions on known customers. When a
provider is down it says nothing; once a year one cause takes both for an hour.
Method: "by state": the requests of an outage of each kind are run, on the same luck in every row, and
weighted with the exact share of time of that kind (neither, one, the other, both). "By episodes": the
share of failed requests over simulated years (request_availability), and the time down in the same years
beside its formula (to which the queue is no answer, because nobody waits for it). Money: stated
prices for a lost sale, a fraud let through, a decision made later.
Look at: the breaker alone saves no payment, it only makes failures quick. The second provider brings the
floor that both share. The queue brings availability to 100 %, and no certainty: "1 % fraud let through or
1 % sales lost" becomes a number.
Sources: System Design Fundamentals, section 2.4, for the list; rates, prices and laws are assumptions.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.designs import mean_by
from experiments.repeat import each
from experiments.running import changed, main
from models.fraud_api import DOWN, scenario
from simulator.describe import Scenario, System, parallel
from simulator.episodes import Pace
from simulator.errors import NotEnoughData
from simulator.request_line import request_availability
from simulator.requests import traffic
from simulator.run import exact
from simulator.tables.outcomes import OUTCOMES, TRUTHS
from simulator.tables.timeline import Spell, Timeline

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PARTS = {"bare": "", "+ breaker": "breaker", "+ second provider": "second", "+ queue": "queue",
         "+ rules": "rules", "+ cache": "cache"}  # fmt: skip
STATES = {"neither": (), "the first": ("fraud",), "the second": ("fraud_2",), "both": ("fraud", "fraud_2")}
BEGINS, OUTAGE, QUICK_OUTAGE = 3.0, 75.0, 6.0  # s
RUNS, QUICK_RUNS = 5, 2
YEARS, QUICK_YEARS = 40, 2  # histories of a year each
EFFORT, QUICK_EFFORT = 20, 1  # episodes whose requests are run, about
QUICK_DESIGNS = ("bare",)  # of those the years are run
PACE = Pace(check_s=5.0, warm_s=10.0, plateau_s=30.0, settle_s=60.0, limit_s=600.0)
QUICK_PACE = Pace(check_s=3.0, warm_s=4.0, plateau_s=4.0, settle_s=60.0, limit_s=600.0)
KINDS = ("ok", "degraded", "provisional", "wrong", "failed")
PRICES = {"failed": 30.0, "wrong": 200.0, "provisional": 3.0}  # assumption: money for each payment
PER = 1_000  # payments


def design(name: str, settings: Sequence[str] = ()) -> Scenario:
    """The shop with everything up to the row `name`."""
    names = list(PARTS)
    parts = {PARTS[row]: row in names[: names.index(name) + 1] for row in names[1:]}
    return changed(scenario(**parts), settings)


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: shares of time, what becomes of payments in each state, years, money."""
    import pandas as pd

    designs = {name: design(name, settings) for name in PARTS}
    weights = shares_of_time(designs["bare"])
    lasts, many = (QUICK_OUTAGE, QUICK_RUNS) if quick else (OUTAGE, RUNS)
    items = [
        (name, designs[name], state, lasts, seed, number)
        for name in PARTS for state in STATES for number in range(many)
    ]  # fmt: skip
    states = pd.DataFrame(each(_state, items, jobs, "states"))
    over = functools.partial(_years, seed=seed, quick=quick)
    long = [(n, d) for n, d in designs.items() if not quick or n in QUICK_DESIGNS]
    return {
        "weights": pd.DataFrame({"state": list(weights), "share_of_time": list(weights.values())}),
        "states": states,
        "years": pd.DataFrame(each(over, long, jobs, "years")),
        "money": money(states, weights),
    }


def shares_of_time(described: Scenario) -> dict[str, float]:
    """Exact share of time in which neither, one or both providers are down."""
    first, second = (exact.unavailability(described, pool=name) for name in ("fraud", "fraud_2"))
    assert isinstance(described.system, System)  # as the model makes it
    either = replace(described.system, structure=parallel("fraud", "fraud_2"))
    both = exact.unavailability(replace(described, system=either))
    values = (1.0 - first - second + both, first - both, second - both, both)
    return dict(zip(STATES, values, strict=True))


def _state(item: tuple[str, Scenario, str, float, int, int]) -> dict[str, Any]:
    """Shares of the payments sent while some providers are down."""
    name, described, state, lasts, seed, replication = item
    end = BEGINS + lasts
    spells = [Spell(BEGINS, end, f"{who} down", ((who, 0),), DOWN) for who in STATES[state]]
    short = replace(described, horizon=end + 4.0)
    run_ = traffic(short, seed=seed, replication=replication, timeline=Timeline(spells))
    rows = run_.outcomes.requests
    sent = rows["sent_s"].astype(float)
    here = (sent >= BEGINS) & (sent < end)
    outcome, truth = (rows[key].astype(int)[here] for key in ("outcome", "truth"))
    took = (rows["ended_s"].astype(float) - sent)[here]
    shares = {kind: float(flags.mean()) for kind, flags in _kinds(outcome, truth).items()}
    return {
        "design": name, "state": state, "replication": replication, "payments": int(here.sum()), **shares,
        "p50_s": float(np.median(took)), "p99_s": float(np.quantile(took, 0.99, method="inverted_cdf")),
    }  # fmt: skip


def _kinds(outcome: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    """Every payment is of one kind."""
    answered = outcome <= OUTCOMES.index("degraded")
    wrong = answered & (truth == TRUTHS.index("wrong"))
    later = answered & (truth == TRUTHS.index("provisional"))
    plain = answered & ~wrong & ~later
    whole = plain & (outcome == OUTCOMES.index("ok"))
    return dict(zip(KINDS, (whole, plain & ~whole, later, wrong, ~answered), strict=True))


def money(states: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Shares of all payments and what they cost, weighted by the shares of time; intervals by t."""
    import pandas as pd

    part = states.assign(weight=states["state"].map(dict(weights)))
    for kind in KINDS:
        part[kind] *= part["weight"]
    whole = part.groupby(["design", "replication"], sort=False)[list(KINDS)].sum().reset_index()
    for kind, price in PRICES.items():
        whole[f"cost_{kind}"] = PER * price * whole[kind]
    whole["cost"] = whole[[f"cost_{kind}" for kind in PRICES]].sum(axis=1)
    numbers = [*KINDS, *(f"cost_{kind}" for kind in PRICES), "cost"]
    return pd.DataFrame(mean_by(whole, ["design"], numbers))


def _years(item: tuple[str, Scenario], seed: int, quick: bool) -> dict[str, Any]:
    """Failed requests over years, and the time down beside its formula."""
    name, described = item
    row: dict[str, Any] = {"design": name, "years": QUICK_YEARS if quick else YEARS}
    known = exact.unavailability(described)
    try:
        found = request_availability(
            described, seed=seed, replications=row["years"], effort=QUICK_EFFORT if quick else EFFORT,
            pace=QUICK_PACE if quick else PACE, steps=False,
        )  # fmt: skip
    except NotEnoughData:
        return row | {"by_request": math.nan, "low": math.nan, "high": math.nan, "by_time": math.nan}
    down, told = found.by_time, found.estimate
    z = (down.value - known) / down.error if down.error > 0 else math.nan
    return row | {
        "by_request": max(told.value, 0.0), "low": told.low, "high": told.high, "in_health": found.healthy.value,
        "by_time": down.value, "exact": known, "z": z, "stuck": found.stuck, "method": told.method,
    }  # fmt: skip


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each step: shares of all payments, by episodes beside it, and money."""
    years = tables["years"][["design", "by_request", "low", "high"]]
    years = years.rename(columns={"by_request": "failed_by_episodes", "low": "from", "high": "to"})
    rows = tables["money"][["design", *KINDS, "cost"]].merge(years, on="design", how="left", sort=False)
    rows["ok"] = 1.0 - rows["ok"]  # said as an availability
    return rows.rename(columns={"cost": f"cost_per_{PER}"})


FORMATS = {"ok": "availability"} | dict.fromkeys(
    ("degraded", "provisional", "wrong", "failed", "failed_by_episodes", "from", "to"), "percent"
)


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What each step buys, and when the rules are worth it."""
    rows = tables["money"].set_index("design")
    cost = rows["cost"]
    states = tables["states"].groupby(["design", "state"], sort=False).mean(numeric_only=True)
    slow, quick = (states.loc[(name, "the first"), "p50_s"] for name in ("bare", "+ breaker"))
    told = [
        f"The breaker takes the cost from {cost['bare']:.4g} to {cost['+ breaker']:.4g} per {PER} payments: it saves "
        f"none; one that fails in an outage does so after {quick * 1e3:.0f} ms instead of {slow * 1e3:.0f} ms.",
        f"A second provider takes the cost from {cost['+ breaker']:.4g} to {cost['+ second provider']:.3g} per "
        f"{PER} payments; {rows.loc['+ second provider', 'failed']:.2e} still fail, most while both are down.",
    ]
    both = {name: states.loc[(name, "both")] for name in ("+ queue", "+ rules")}
    spared = both["+ queue"]["provisional"] - both["+ rules"]["provisional"]
    wrong = both["+ rules"]["wrong"]
    if wrong > 0:
        even = PRICES["provisional"] * spared / wrong
        told.append(
            f"Rules before the queue are cheaper than the queue alone while a fraud let through costs less than "
            f"about {round(even, -1):.0f} (here {PRICES['wrong']:g}), at {PRICES['provisional']:g} for a decision made "
            f"later."
        )
    return told


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """What becomes of payments in each kind of outage; what each row costs."""
    from experiments.third_party_pictures import plot_cost, plot_outages

    return {
        "outages.png": plot_outages(tables["states"], tables["weights"], list(PARTS)),
        "cost.png": plot_cost(tables["money"], PRICES, PER),
    }


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
