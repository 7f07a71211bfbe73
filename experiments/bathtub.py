"""Which bathtub is meant: hazard and failures a year by age, for servers and disks, against what was published?

Scenario: the source document's server (MTBF of 25,000-50,000 h, 5 % failed in year one, 2-4 % a
year after it), read in two ways because one bathtub cannot have all three; disks as published by
Backblaze (2013) and Pinheiro et al. (2007). Then fleets: all bought at once, or over five years.
Method: one calibration per reading, with its misfit; published points beside the curve, each with
where it is from; 20,000 simulated servers followed to their first failure, and with replacement,
beside the exact shares and the renewal function.
Look at: the words of the calibration about what cannot hold together. The fleet's AFR in one
calendar year says as much about when it was bought as about how good it is: a growing fleet hides
wear-out for as long as it grows, and shows infant mortality instead.
Sources: System Design Fundamentals, sections 1.1 and 2.2; Backblaze, how long do disk drives last,
2013; E. Pinheiro, W. Weber, L. Barroso, FAST 2007. Points whose
status is "recalled" were read off a figure or remembered, not checked against the source.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.lives import (
    EVERYTHING,
    LAST_YEAR,
    PUBLISHED,
    SERVERS,
    SURVIVAL,
    calibrations,
    conflict_rows,
    oldest_age,
    published_row,
    survival_row,
    target_rows,
)
from experiments.pictures import Axis, exact_and_simulated
from experiments.running import Progress, changed, main
from models.server_bathtub import REPAIR, server
from simulator.describe import YEAR, Bathtub, Distribution, Drain, Scenario, System
from simulator.describe.distributions import afr, fleet_afr
from simulator.measure.estimates import proportion_estimate
from simulator.measure.frequency import frequency_estimate
from simulator.replicate import replicate
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from simulator.run.montecarlo.results import BulkResult

QUICK_YEARS = 1  # years with replacement
UNITS, QUICK_UNITS = 20_000, 1_000  # simulated servers
BUYING = {  # shares of a fleet bought in year 1, 2, ...
    "all in year 1": (1.0,),
    "a fifth a year": (0.2,) * 5,
    "twice as many each year": tuple(2.0**k / 31 for k in range(5)),
}


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: calibrations and conflicts, hazard, AFR by age, published points, fleets, simulated servers."""
    import pandas as pd

    found = calibrations(quick)
    units = QUICK_UNITS if quick else UNITS
    tables: dict[str, list[dict[str, Any]]] = {
        k: [] for k in ("hazard", "afr", "fleet", "replaced", "montecarlo")
    }
    for name, calibration in found.items():
        tables["hazard"] += [
            {"life": name} | row for row in _hazard(calibration.life, oldest_age(name))
        ]
        tables["afr"] += [{"life": name} | row for row in _afr(calibration.life)]
    for name in SERVERS:
        scenario = changed(
            Scenario(server(found[name].life, repair=REPAIR), horizon=LAST_YEAR * YEAR), settings
        )
        samples = replicate(
            scenario,
            seed=seed,
            replications=units,
            jobs=jobs,
            outages=True,
            progress=Progress(name),
        )
        life, repair = _laws(scenario)
        tables["fleet"] += [{"life": name} | row for row in _fleets(life)]
        tables["montecarlo"] += [{"life": name} | row for row in _first_failures(life, samples)]
        if quick and name != SERVERS[0]:
            continue
        years = QUICK_YEARS if quick else LAST_YEAR
        tables["replaced"] += [
            {"life": name} | row for row in _replaced(life, repair, samples, years)
        ]
    return {
        "calibration": pd.DataFrame(
            [row for name, c in found.items() for row in target_rows(name, c)]
        ),
        "conflicts": pd.DataFrame(conflict_rows(found[EVERYTHING], quick)),
        "published": pd.DataFrame([published_row(*row) for row in PUBLISHED]),
        "survival": pd.DataFrame([survival_row(*row) for row in SURVIVAL]),
    } | {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _hazard(life: Bathtub, oldest: float) -> list[dict[str, Any]]:
    """Hazard and its three parts, per year; from the first days on, since it may begin at infinity."""
    ages = np.linspace(0.02, oldest, 200) * YEAR
    nothing = (1.0, np.inf)
    parts = {
        "hazard_per_year": life,
        "early": Bathtub(life.early, 0.0, nothing),
        "wear": Bathtub(nothing, 0.0, life.wear),
    }
    columns = {name: part.hazard(ages) * YEAR for name, part in parts.items()}
    columns |= {"age_s": ages, "chance": np.full(len(ages), life.chance * YEAR)}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _afr(life: Distribution) -> list[dict[str, Any]]:
    """Share of those alive at each birthday that fail before the next."""
    return [
        {
            "age_from_s": age,
            "age_s": age + YEAR / 2,
            "afr": afr(life, age),
            "alive": life.survival(age),
        }
        for age in (year * YEAR for year in range(LAST_YEAR))
    ]


def _laws(scenario: Scenario) -> tuple[Distribution, Distribution | None]:
    """Life and repair of the simulated server, as the settings left them."""
    assert isinstance(scenario.system, System)
    fault = scenario.system.pools[0].faults[0]
    repair = fault.lasts
    assert not isinstance(repair, Drain)
    return fault.when.distribution, repair  # type: ignore[union-attr]


def _first_failures(life: Distribution, samples: BulkResult) -> list[dict[str, Any]]:
    """AFR by age among simulated servers that have not failed before."""
    first, rows = samples.system.first_s, []
    for year in range(min(LAST_YEAR, int(samples.horizon_s / YEAR))):
        alive = int((first >= year * YEAR).sum())
        failed = int(((first >= year * YEAR) & (first < (year + 1) * YEAR)).sum())
        if not alive:
            break
        seen, known = proportion_estimate(failed, alive), afr(life, year * YEAR)
        rows.append(
            {
                "age_s": (year + 0.5) * YEAR, "alive": alive, "failed": failed, "estimate": seen.value, "low": seen.low,
                "high": seen.high, "exact": known, "z": (failed - alive * known) / np.sqrt(alive * known * (1 - known)),
                "replications": samples.replications,
            }
        )  # fmt: skip
    return rows


def _replaced(
    life: Distribution, repair: Distribution | None, samples: BulkResult, years: int
) -> list[dict[str, Any]]:
    """Failures a server and year when every failed one is replaced: renewal function and simulation."""
    assert samples.outages is not None
    starts, owner, rows, before = samples.outages.start_s, samples.outages.replication, [], 0.0
    for year in range(min(years, int(samples.horizon_s / YEAR))):
        inside = (starts >= year * YEAR) & (starts < (year + 1) * YEAR)
        counts = np.bincount(owner[inside], minlength=samples.replications)
        seen = frequency_estimate(counts, YEAR)  # per year: it counts failures of a year of 1
        now = exact.expected_failures(life, (year + 1) * YEAR, repair=repair)
        rows.append(
            {
                "year": year + 1, "exact": now - before, "estimate": seen.value, "low": seen.low, "high": seen.high,
                "z": seen.z(now - before), "replications": samples.replications,
            }
        )  # fmt: skip
        before = now
    return rows


def _fleets(life: Distribution) -> list[dict[str, Any]]:
    """AFR of the whole fleet in each calendar year: nobody is replaced, purchases go on for five years."""
    rows = []
    for policy, shares in BUYING.items():
        for year in range(1, LAST_YEAR + 1):
            ages = [(year - 1 - k) * YEAR for k in range(len(shares)) if k < year]
            weights = [shares[k] * life.survival((year - 1 - k) * YEAR) for k in range(len(ages))]
            rows.append(
                {
                    "buying": policy, "year": year, "afr": fleet_afr(life, ages, weights), "in_service": sum(weights),
                    "mean_age_s": float(np.average(ages, weights=weights)),
                }
            )  # fmt: skip
    return rows


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What each calibration was asked and got."""
    return tables["calibration"][["life", "asked", "got", "misfit", "holds", "mean_life_s"]]


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The calibration's own words about what cannot hold together, and the published survival."""
    words = [f"{text}." for text in tables["conflicts"]["conflict"]]
    for row in tables["survival"].to_dict("records"):
        words.append(
            f"{row['source']}: the published rates leave {100 * row['computed']:.1f} % at 4 years;"
            f" printed beside them: {row['printed']}."
        )
    return words


FORMATS = {"mean_life_s": "duration", "misfit": "percent"}


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Hazards with published points, AFR by age and fleets of the servers."""
    from simulator.show.hazard import plot_hazard

    figures = {}
    published = tables["published"].assign(source=lambda t: t["source"] + ", " + t["status"])
    for life, curve in tables["hazard"].groupby("life", sort=False):
        if life == EVERYTHING:
            continue
        kind, name = str(life).split(", ")
        points = published[tables["published"]["source"] == name] if kind == "disk" else None
        fit = tables["calibration"].query("life == @life")["rms_misfit"].iloc[0]
        figures[f"hazard_{_slug(str(life))}.png"] = plot_hazard(
            curve, points, title=f"Hazard by age: {life}", note=f"misfit {100 * fit:.2g} % (rms)"
        )
    servers = tables["afr"][tables["afr"]["life"].isin(SERVERS)]
    share = "annual failure rate\n(share of those alive failing within a year)"
    ages = Axis("age_s", "age at the middle of the year (years)", per=YEAR)
    figures["afr_by_age.png"] = exact_and_simulated(
        servers, tables["montecarlo"], ages, Axis("afr", share, "percent"), "life",
        title="The two readings of the document's server", note="exact for the calibrated bathtub",
    )  # fmt: skip
    calendar = Axis("year", "calendar year", ticks={y: str(y) for y in range(1, LAST_YEAR + 1)})
    for life, part in tables["fleet"].groupby("life", sort=False):
        figures[f"fleet_{_slug(str(life))}.png"] = exact_and_simulated(
            part, None, calendar, Axis("afr", "share of the fleet failing in the year", "percent"), "buying",
            title=f"One kind of server, three fleets: {life}", note="exact; failed servers are not replaced",
        )  # fmt: skip
    figures["replaced.png"] = exact_and_simulated(
        tables["replaced"], tables["replaced"], calendar, Axis("exact", "failures per server and year"), "life",
        title="Every failed server replaced by a new one", note="exact: renewal function",
    )  # fmt: skip
    return figures


def _slug(name: str) -> str:
    return name.replace(", ", "_").replace(" ", "_").lower()


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
