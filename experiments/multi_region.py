"""A second region: what does it save, what does it cost, and when does it make things worse?

Scenario: models/multi_region.py: one region; one that stands by; two or three that all take users, with
half of the cores that all users need in each, or all of them. A region is lost every two years for four hours; a
tenth of the losses hits all regions.
Method: over years the exact engine, Monte-Carlo beside it with intervals; then the same requests under every
design while the East is lost for ten minutes, replications on the same luck, 95 % intervals by t. Pages in
health by where the data are, beside the formula: calls times the way there and back.
Look at: two regions that need each other are down twice as often as one, and when one is lost its users bury the
other: without turning anybody away it serves nearly nobody, its own users included. N+1 counts regions,
not servers: three of half size survive the same loss as two of full size at three quarters of the price.
What hits all regions at once is soon all that is left. A standby region is worth what its switch is. And
an application that asks far data ten times a page pays for the distance ten times.
Sources: of the model.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.designs import mean_by, run_designs
from experiments.grids import plot_grids
from experiments.pictures import Axis, exact_and_simulated
from experiments.running import Progress, changed, main, simulated_row
from models.multi_region import (
    DESIGNS,
    ONE_WAY,
    PAGE,
    RATE,
    SHARED,
    page_scenario,
    scenario,
    years,
)
from simulator.describe import MIN, MS, YEAR
from simulator.measure.estimates import mean_estimate
from simulator.measure.series import series
from simulator.replicate import replicate
from simulator.requests import TrafficRun, traffic
from simulator.run import exact

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LOST_AT, LOST_FOR, AFTER = 60.0, 10 * MIN, 4 * MIN  # s
QUICK_SPAN = (10.0, 50.0, 5.0)  # s
QUICK_SWITCH = 15.0  # s
RUNS, QUICK_RUNS = 4, 1
SHARES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.9)  # of the losses that hit all regions
SIMULATED = (0.01, 0.1)
SURVIVE = ("active-passive", "two active, whole each", "three active, half each")
REPLICATIONS, QUICK_REPLICATIONS = 4_000, 64
CALLS = (1, 2, 3, 5, 8, 10)
QUICK_CALLS = (1, 5)
LAYOUTS = {
    "user crosses": "all in the other region", "calls cross": "data in the other region", "all near": "all near",
}  # fmt: skip
BIN = 20.0  # s
PICTURED = ("one region", "active-passive", "two active, half each", "two active, half each, sheds",
            "two active, whole each")  # over time


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: years by share of common losses, years simulated, runs by design, over time, pages."""
    import pandas as pd

    span = QUICK_SPAN if quick else (LOST_AT, LOST_FOR, AFTER)
    how = {"at_s": span[0], "lasts_s": span[1], "after_s": span[2]}
    if quick:
        how["switch_s"] = QUICK_SWITCH
    designs = [({"design": d}, changed(scenario(design=d, **how), settings)) for d in DESIGNS]
    measure = functools.partial(_numbers, span=span)
    rows = run_designs(
        designs, measure, seed=seed, jobs=jobs, replications=QUICK_RUNS if quick else RUNS, what="designs"
    )
    times = [
        table.assign(design=design)
        for design, table in zip(rows["design"], rows.pop("over_time"), strict=True)
        if table is not None and design in PICTURED
    ]
    return {
        "years": pd.DataFrame([_years(d, share) for d in SURVIVE for share in SHARES]),
        "losses": pd.DataFrame([_years(d, share) | {"shared": share} for d in DESIGNS for share in (0.0, SHARED)]),
        "montecarlo": _simulated(seed, quick, jobs), "runs": rows, "over_time": pd.concat(times),
        "pages": _pages(seed, quick), "page_formula": _formula(),
        "loss": pd.DataFrame([{"begins_s": span[0], "ends_s": span[0] + span[1]}]),
    }  # fmt: skip


def _years(design: str, share: float) -> dict[str, Any]:
    made = years(design=design, shared=share)
    return {
        "design": design, "shared": share, "capacity": DESIGNS[design].capacity,
        "unavailability": exact.unavailability(made),
    }  # fmt: skip


def _simulated(seed: int, quick: bool, jobs: int) -> pd.DataFrame:
    import pandas as pd

    many, rows = QUICK_REPLICATIONS if quick else REPLICATIONS, []
    for design in DESIGNS if not quick else SURVIVE:
        for share in SIMULATED:
            made = years(design=design, shared=share)
            samples = replicate(made, seed=seed, replications=many, jobs=jobs, progress=Progress(design))
            rows.append({"design": design, "shared": share} | simulated_row(made, samples))
    return pd.DataFrame(rows)


def _numbers(run_: TrafficRun, span: tuple[float, float, float]) -> dict[str, Any]:
    """Shares served while the East is lost, of its users and of others; in the last half of it; after it."""
    outcomes = run_.outcomes
    rows = outcomes.requests
    sent, well = rows["sent_s"].astype(float), rows["outcome"].astype(int) <= 1
    east = rows["source"].astype(int) == outcomes.sources.index("users_east")
    begin, end = span[0], span[0] + span[1]
    during = (sent >= begin) & (sent < end)
    tries = rows["attempts"].astype(int)
    return {
        "east": float(well[during & east].mean()), "others": float(well[during & ~east].mean()),
        "late": float(well[during & (sent >= begin + 0.7 * span[1])].mean()),
        "after": float(well[(sent >= end) & (sent < outcomes.horizon_s - 2.0)].mean()),
        "tries": float(tries[during].mean()),
        "over_time": series(outcomes, BIN) if run_.replication == 0 else None,
    }  # fmt: skip


def _pages(seed: int, quick: bool) -> pd.DataFrame:
    """Mean time of a page for users in the West, in health."""
    import pandas as pd

    rows = []
    for layout, line in LAYOUTS.items():
        for calls in QUICK_CALLS if quick else CALLS:
            found = traffic(page_scenario(calls=calls, layout=layout), seed=seed).outcomes.requests
            took = found["ended_s"].astype(float) - found["sent_s"].astype(float)
            mean = mean_estimate(took[np.isfinite(took)])
            known = page_time(layout, calls)
            error = (mean.high - mean.low) / 3.92
            rows.append({"line": line, "calls": calls, "estimate": mean.value, "low": mean.low, "high": mean.high,
                         "exact": known, "z": (mean.value - known) / error})  # fmt: skip
    return pd.DataFrame(rows)


def page_time(layout: str, calls: int) -> float:
    """Mean seconds of a page: work, and the way there and back once, for every call, or not at all."""
    ways = {"user crosses": 1, "calls cross": calls, "all near": 0}[layout]
    return PAGE + calls * 1 * MS + ways * 2 * ONE_WAY


def _formula() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [{"line": line, "calls": calls, "page_s": page_time(layout, calls)}
         for layout, line in LAYOUTS.items() for calls in CALLS]
    )  # fmt: skip


# --- what is said of it -----------------------------------------------------------------------------

MEASURES = ("east", "others", "late", "after")


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each design: price, downtime over years, and what is served while the East is lost."""
    found = mean_by(tables["runs"], ["design"], MEASURES, MEASURES).set_index("design")
    years_ = tables["losses"].pivot(index="design", columns="shared", values="unavailability").loc[list(DESIGNS)]
    out = found[["east", "others", "late", "after"]].loc[list(DESIGNS)]
    out.insert(0, "capacity", [d.capacity for d in DESIGNS.values()])
    out.insert(1, "alone_min_a_year", years_[0.0] * YEAR / MIN)
    out.insert(2, "min_a_year", years_[SHARED] * YEAR / MIN)
    return out.reset_index().rename(columns={k: f"{k}_served" for k in MEASURES})


FORMATS = dict.fromkeys((f"{k}_served" for k in MEASURES), "percent")


def remarks(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What each design is worth."""
    rows = summarise(tables).set_index("design")
    down, others = rows["min_a_year"], rows["others_served"]
    half, whole, three = "two active, half each", "two active, whole each", "three active, half each"
    floor = rows.loc[whole, "alone_min_a_year"]
    page = {calls: page_time("calls cross", calls) for calls in (1, 10)}
    return [
        f"Down a year: {down['one region']:.0f} min with one region, {down[half]:.0f} with two that need each other, "
        f"{down['active-passive']:.0f} with one that stands by, {down[whole]:.0f} with two of full size "
        f"({floor:.2g} if no loss hit both), {down[three]:.0f} with three of half size.",
        f"Price, in cores that one region needs: {rows.loc[whole, 'capacity']:g} for two of full size, "
        f"{rows.loc[three, 'capacity']:g} for three of half size.",
        f"While the East is lost, of users at home elsewhere {others[half]:.1%} are served by two of half size, "
        f"{others['two active, half each, sheds']:.0%} if they turn away what they have no place for, "
        f"{others[whole]:.0%} by two of full size.",
        f"Four minutes after it is back two of half size still serve {rows.loc[half, 'after_served']:.0%}: what waits "
        "at the survivor has been given up long ago.",
        f"A page that asks data in the other region once takes {page[1]:.2f} s, ten times {page[10]:.2f} s.",
    ]  # fmt: skip


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Designs; over years by what hits all regions; the loss over time; pages by calls."""
    from experiments.panels import Panel, Shade, over_time

    loss = tables["loss"].iloc[0]
    shade = Shade(loss["begins_s"], loss["ends_s"], "the East is lost")
    panel = Panel({"goodput_per_s": ""}, "good answers per second", height=3.6, marks={RATE: "asked for"})
    points = tables["montecarlo"]
    return {
        "designs.png": _designs(summarise(tables)),
        "years.png": exact_and_simulated(
            tables["years"], points[points["design"].isin(SURVIVE)],
            Axis("shared", "share of the losses that hit all regions", "log", ticks={s: f"{s:.1%}" for s in SHARES}),
            Axis("unavailability", "", "nines"), "design", title="What hits all regions is soon all that is left",
            note="line: exact; a region is lost every two years, for four hours",
        ),
        "over_time.png": over_time(
            tables["over_time"], [panel], title="The East is lost: good answers of all users", shades=[shade],
            by="design", note="first replication",
        ),
        "pages.png": exact_and_simulated(
            tables["page_formula"], tables["pages"], Axis("calls", "calls to the data for each page"),
            Axis("page_s", "mean seconds of a page"), "line", title="A page for users in the West",
            note="line: work + 70 ms for each way there and back",
        ),
    }  # fmt: skip


def _designs(rows: pd.DataFrame) -> Figure:
    table = rows.set_index("design")
    down = table[["alone_min_a_year", "min_a_year"]].set_axis(["no common\nlosses", "10 % are\ncommon"], axis=1)
    homes = table[["east_served", "others_served"]]
    failed = 100 * (1 - homes.set_axis(["at home in\nthe East", "at home\nelsewhere"], axis=1))
    price = table[["capacity"]].set_axis(["times one\nregion"], axis=1)
    grids = {"cores paid for": price, "minutes down a year": down, "failed while the\nEast is lost, %": failed}
    return plot_grids(
        grids, title="Regions: price, years, and one loss", below=1e-3, widths={"cores paid for": 1.4},
        note="years: exact; loss of ten minutes: requests, mean of replications",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
