"""Two primaries: which of quorum, lease, fencing token and STONITH prevents what, and what does each cost?

Scenario: models/split_brain.py: five members in three zones, writers everywhere. The primary's zone, or
another, loses everybody else; the primary is paused; it crashes. A majority decides or one monitor;
writes are kept by the member and copied later, or go to a store, to one that refuses old terms (fencing
tokens), or to two of three copies that do; leases of 2 and 10 s on clocks that are slow by 0, 20, 50 %; STONITH.
Method: a year is too long for requests and nothing happens in most of it, so only windows around
incidents are run, each begun afresh with member 0 as primary, and weighted by how often each kind comes (assumed).
Lengths are drawn in equal slices of their law, the same incidents for every design; longer ones are
run for five minutes. 95 % intervals by t over independent sets.
Then leases alone, by drift: seconds with two primaries beside the formula.
Look at: only leases and STONITH touch the two primaries; what a primary that was asleep writes as it wakes
only STONITH and whoever checks terms stop. (STONITH is taken to work whatever the network does.) A lease
fails just where its owner's clock is slower than the margin that detection and promotion leave. A monitor
makes a split where a majority does nothing. What late copies have not got yet no guard gives back: a long
lease even adds to it, for its owner goes on taking writes that nobody else has.
Sources: of the model.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.designs import mean_by
from experiments.grids import plot_grids
from experiments.pictures import Axis, exact_and_simulated
from experiments.repeat import each
from experiments.running import changed, main
from models.split_brain import DATA, INCIDENTS, PROBES, Incident, scenario
from simulator.conducting import conduct
from simulator.describe import YEAR, Deterministic, Lognormal
from simulator.measure.estimates import mean_estimate
from simulator.measure.leadership import lost_writes, two_primaries
from simulator.measure.old_terms import stale_writes, without_primary
from simulator.tables.outcomes import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PER_YEAR: dict[Incident, float] = {"cut a": 52.0, "cut b": 52.0, "pause": 365.0, "crash": 12.0}
LENGTHS = {
    "cut a": Lognormal(60.0, 1.5), "cut b": Lognormal(60.0, 1.5), "pause": Lognormal(5.0, 1.2),
    "crash": Lognormal(60.0, 1.0),
}  # fmt: skip
LONGEST = 300.0  # s
RATE = 1.0  # writes per second and zone
SLICES, SETS = 5, 5
QUICK_SLICES, QUICK_SETS = 1, 1
QUICK_GUARDS = ("none", "lease 10 s, good clock", "STONITH")
GUARDS: dict[str, dict[str, Any]] = {
    "none": {},
    "lease 2 s, good clock": {"lease_s": 2.0},
    "lease 2 s, 20 % slow": {"lease_s": 2.0, "drift": 0.2},
    "lease 2 s, 50 % slow": {"lease_s": 2.0, "drift": 0.5},
    "lease 10 s, good clock": {"lease_s": 10.0},
    "lease 10 s, 20 % slow": {"lease_s": 10.0, "drift": 0.2},
    "lease 10 s, 50 % slow": {"lease_s": 10.0, "drift": 0.5},
    "STONITH": {"stonith": True},
}
DECIDES = {"majority": True, "monitor": False}
PLACES = dict(zip(DATA, ("own, copied later", "store", "store checks term", "2 of 3 copies"), strict=True))
DRIFTS = tuple(k / 40 for k in range(23))  # of a clock
LEASES = (2.0, 10.0)  # s
PROMOTE = 0.5  # s, for the curve by drift
PHASES, QUICK_PHASES = 40, 4  # cuts for each point of it
SHARES = {k / 10: f"{10 * k} %" for k in range(6)}  # ticks
_LAG = 0.2  # s, of copies: the mean of the model
_ERROR = OUTCOMES.index("error")


@dataclass(frozen=True, slots=True)
class _Item:
    """One incident under one design."""

    labels: Mapping[str, Any]
    settings: Mapping[str, Any]
    changes: tuple[str, ...]
    seed: int
    number: int


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: incidents by kind, design and set; seconds with two primaries by drift, and the formula."""
    import pandas as pd

    slices, sets = (QUICK_SLICES, QUICK_SETS) if quick else (SLICES, SETS)
    items = [
        _Item({"decides": d, "writes_to": PLACES[place], "guard": g, **labels},
              {"majority": DECIDES[d], "data": place, **guard, **what}, tuple(settings), seed, number)
        for d in DECIDES for place in DATA for g, guard in GUARDS.items()
        for number, (labels, what) in enumerate(incidents(seed, slices, sets))
        if not quick or g in QUICK_GUARDS
    ]  # fmt: skip
    return {
        "incidents": _means(pd.DataFrame(each(_row, items, jobs, "incidents"))),
        "drift": by_drift(seed, QUICK_PHASES if quick else PHASES, DRIFTS[:: 11 if quick else 1]),
        "formula": pd.DataFrame(
            [{"lease": _named(lease), "drift": d, "two_primaries_s": overlap(lease, d)}
             for lease in LEASES for d in np.linspace(0.0, DRIFTS[-1], 111)]
        ),
    }  # fmt: skip


def incidents(seed: int, slices: int, sets: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Labels and settings of the incidents: every law of a length in equal slices, sets of them."""
    rng = np.random.default_rng([seed, 1])
    found = []
    for number in range(sets):
        for kind in INCIDENTS:
            for k in range(slices):
                length = float(LENGTHS[kind].quantile((k + rng.random()) / slices))
                what = {"incident": kind, "lasts_s": min(length, LONGEST), "at_s": 5.0 + rng.random()}
                found.append(({"set": number, "incident": kind}, what))
    return found


def _row(item: _Item) -> dict[str, Any]:
    made = changed(scenario(**{"rate": RATE, **item.settings}), item.changes)
    done = conduct(made, seed=item.seed, replication=item.number)
    outcomes, timeline, end = done.outcomes, done.timeline, made.horizon
    assert outcomes is not None  # the model has sources
    place, system = item.settings["data"], done.scenario.system
    fates = lost_writes(outcomes, timeline, "leader", system, horizon=end, lag=_LAG).counts()  # type: ignore[arg-type]
    rows = outcomes.requests["outcome"].astype(int)
    kept_by = "leader" if place == "copies" else "store"  # copies: what a client was told is written
    stale = 0 if place == "own" else len(stale_writes(outcomes, timeline, "leader", kept_by))
    return {
        **item.labels,
        "two_primaries_s": two_primaries(timeline, "leader", end),
        "without_primary_s": without_primary(timeline, "leader", end),
        "lost": float(fates["lost"]) if place == "own" else 0.0,  # elsewhere the next primary reads them
        "diverged": float(fates["diverged"] if place == "own" else stale),
        "refused": float((rows == _ERROR).sum()),
        "failed_s": float((rows > 1).sum()) / (3 * RATE),  # seconds of all clients' writes
    }  # fmt: skip


def _means(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over the lengths of each set: a row for each design, set and kind of incident."""
    by = ["decides", "writes_to", "guard", "set", "incident"]
    return rows.groupby(by, sort=False)[list(MEASURES)].mean().reset_index()


# --- leases by drift --------------------------------------------------------------------------------


def by_drift(seed: int, phases: int, drifts: Sequence[float]) -> pd.DataFrame:
    """Mean seconds with two primaries in a cut of a minute, over cuts at any moment between two probes."""
    import pandas as pd

    rng, rows = np.random.default_rng([seed, 2]), []
    at = 5.0 + (np.arange(phases) + rng.random(phases)) / phases * PROBES.every
    for lease in LEASES:
        for drift in drifts:
            seconds = []
            for begins in at:
                made = scenario(lease_s=lease, drift=drift, at_s=begins, promote=Deterministic(PROMOTE), rate=0.01)
                done = conduct(made, seed=seed)
                seconds.append(two_primaries(done.timeline, "leader", made.horizon))
            found = mean_estimate(seconds)
            rows.append({"lease": _named(lease), "drift": drift, "estimate": found.value,
                         "low": max(found.low, 0.0), "high": found.high, "replications": phases})  # fmt: skip
    return pd.DataFrame(rows)


def overlap(lease: float, drift: float) -> float:
    """Mean seconds with two primaries: ``E max(0, lease / (1 - drift) - max(lease, D) - promote)``.

    D, the time until the cut is believed, is uniform between the two ends of `Detect`.
    """
    detected = np.linspace(PROBES.earliest, PROBES.latest, 2001)
    return float(np.maximum(lease / (1 - drift) - np.maximum(lease, detected) - PROMOTE, 0.0).mean())


def largest_drift(lease: float) -> float:
    """Share by which a clock may be slow before there can be two primaries."""
    return 1.0 - lease / (max(lease, PROBES.earliest) + PROMOTE)


def _named(lease: float) -> str:
    return f"lease {lease:g} s"


# --- what is said of it -----------------------------------------------------------------------------

MEASURES = ("two_primaries_s", "without_primary_s", "lost", "diverged", "refused", "failed_s")


def per_year(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each design and set: every measure per year, incidents weighted by how often they come."""
    by = ["decides", "writes_to", "guard", "set"]
    means = table.groupby([*by, "incident"], sort=False)[list(MEASURES)].mean()
    weights = means.index.get_level_values("incident").map(PER_YEAR).to_numpy(dtype=float)
    return means.mul(weights, axis=0).groupby(level=by, sort=False).sum().reset_index()


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each design, per year."""
    found = mean_by(per_year(tables["incidents"]), ["decides", "writes_to", "guard"], MEASURES)
    found["unavailability"] = found["failed_s"] / YEAR
    found["diverged_low"] = found["diverged_low"].clip(lower=0.0)
    found = found.rename(columns={"refused": "told_no"})
    return found[["decides", "writes_to", "guard", "two_primaries_s", "lost", "diverged", "diverged_low",
                  "diverged_high", "told_no", "unavailability"]]  # fmt: skip


FORMATS = {"two_primaries_s": "duration", "unavailability": "availability"}


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What prevents what."""
    rows = summarise(tables).set_index(["decides", "writes_to", "guard"])
    two, bad, stale = rows["two_primaries_s"], rows["lost"] + rows["diverged"], rows["diverged"]
    store, checks, own, copies = (PLACES[k] for k in ("store", "checked", "own", "copies"))
    kept = " and ".join(f"{largest_drift(lease):.0%} with {lease:g} s" for lease in LEASES)
    lease = "lease 10 s, good clock"
    failed = rows["unavailability"] * YEAR / 3600
    return [
        f"Two primaries, seconds a year: {two['majority', store, 'none']:,.0f} with a majority and no guard, "
        f"{two['monitor', store, 'none']:,.0f} with a monitor, {two['majority', store, lease]:g} with a lease on a "
        f"good clock, {two['majority', store, 'STONITH']:g} with STONITH.",
        f"A primary that wakes writes nevertheless: {stale['majority', store, lease]:,.0f} stale writes a year under "
        f"that lease if the store does not check, {stale['majority', checks, lease]:g} if it checks terms. A store "
        f"that checks and nothing else: {stale['majority', checks, 'none']:g} for "
        f"{stale['majority', store, 'none']:,.0f}, and still "
        f"{two['majority', checks, 'none']:,.0f} s with two primaries.",
        f"Drift that a lease bears, promotion {PROMOTE:g} s after detection or lease: {kept}.",
        f"Members that copy later, lost and diverged: {bad['majority', own, 'none']:,.0f} without a guard, "
        f"{bad['majority', own, lease]:,.0f} under that lease, whose owner goes on meanwhile, "
        f"{bad['majority', own, 'STONITH']:,.0f} with STONITH, {bad['majority', copies, 'none']:g} where "
        "two of three copies must confirm.",
        f"What serves most is what is wrong most: {failed['majority', own, 'none']:.1f} h of failed writes a year "
        f"without a guard, {failed['majority', own, lease]:.1f} h with the lease, "
        f"{failed['majority', copies, 'none']:.1f} h with copies.",
    ]  # fmt: skip


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Wrong writes of every design, and its price; leases by drift."""
    rows = summarise(tables)
    rows["wrong"] = rows["lost"] + rows["diverged"]
    rows["hours"] = rows["unavailability"] * YEAR / 3600
    heads = {"own": "own", "store": "store", "checked": "store\nchecks", "copies": "2 of 3\ncopies"}
    guards = [guard for guard in GUARDS if (rows["guard"] == guard).any()]
    grids = {}
    for column, what in (("wrong", "wrong writes"), ("hours", "hours of failed writes")):
        for decides in DECIDES:
            part = rows[rows["decides"] == decides].pivot(index="guard", columns="writes_to", values=column)
            part = part.reindex(index=guards, columns=list(PLACES.values()))
            grids[f"{what}\n{decides} decides"] = part.rename(columns={v: heads[k] for k, v in PLACES.items()})
    two = rows[rows["writes_to"] == PLACES["store"]].pivot(index="guard", columns="decides", values="two_primaries_s")
    grids = {"two primaries,\nseconds": two.reindex(index=guards, columns=list(DECIDES)), **grids}
    return {
        "designs.png": plot_grids(
            grids, widths={"two primaries,\nseconds": 3.0},
            title="Split brain: per year, by who decides, where writes go, and guard",
            note="wrong: lost, or old on top of new; failed: as if all clients had failed for so long\n"
            "assumed: 52 cuts of each of two zones, 365 pauses, 12 crashes",
        ),
        "drift.png": exact_and_simulated(
            tables["formula"].rename(columns={"two_primaries_s": "seconds"}), tables["drift"],
            Axis("drift", "share by which the primary's clock is slow", ticks=SHARES),
            Axis("seconds", "seconds with two primaries"),
            "lease", title="A lease holds while the clock is slow by less than the margin",
            note=f"cuts of a minute, line: formula; margin {largest_drift(10.0):.0%} and {largest_drift(2.0):.0%}",
        ),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
