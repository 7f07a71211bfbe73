"""How available is the web service, by formula, by time and by request, and whose is the downtime?

Scenario: the source document's example (load balancer 99.99 %, three apps and two caches 99.9 %, a
database 99.95 %, all four needed, repairs of 1 h) with 200 requests a second, and a TOML file with
published failure data and no traffic.
Method: serial and parallel formulas, the exact engine, independent histories of ten years, and the
requests of a sample of the episodes of faults, side by side; downtime shared among causes at every
instant; where the lines differ, the assumptions that break are switched on one by one.
Look at: the z of the Monte-Carlo line; what the line by request adds; the steps of the second system.
Sources: System Design Fundamentals, section 2.4; the comments of models/bookshop.toml.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.running import Progress, changed, main
from models import get
from simulator.describe.files import load
from simulator.describe.system import Scenario
from simulator.describe.units import MONTH, YEAR
from simulator.errors import NotSupported
from simulator.gap import explain_gap
from simulator.measure.downtime import downtime_cdf
from simulator.report import rows_of, step_rows
from simulator.report_request import request_rows
from simulator.request_line import request_availability
from simulator.run import exact
from simulator.simulate import Report, availability

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

BOOKSHOP = Path(__file__).resolve().parent.parent / "models" / "bookshop.toml"
REPLICATIONS = 10_000  # histories of the horizon
QUICK_REPLICATIONS = 512
EPISODES = 40  # of faults, whose requests are run one by one
SLO = 0.999  # availability a month, for the budget line of the pictures


def systems(settings: Sequence[str]) -> dict[str, Scenario]:
    """The two systems, with settings applied to the first."""
    return {
        "web_service": changed(get("web_service_traffic").build(), settings),
        "bookshop": load(BOOKSHOP),
    }


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: answers, steps, causes, convergence and monthly downtime of both systems."""
    import pandas as pd

    replications = QUICK_REPLICATIONS if quick else REPLICATIONS
    found: dict[str, list[dict[str, Any]]] = {
        k: [] for k in ("answers", "steps", "request_steps", "causes", "convergence", "months")
    }
    chosen = systems(settings)
    if quick:  # the chain of the second system takes longer than a glance
        del chosen["bookshop"]
    for name, scenario in chosen.items():
        report = availability(
            scenario, seed=seed, replications=replications, jobs=jobs, causes=True, outages=True,
            window_s=MONTH, progress=Progress(name),
        )  # fmt: skip
        report = _by_request(report, quick)
        found["request_steps"] += [{"system": name} | row for row in request_rows(report.request)]
        found["answers"] += [{"system": name} | row for row in rows_of(report)]
        steps = explain_gap(scenario, seed=seed, replications=min(replications, 2_000), jobs=jobs)
        found["steps"] += [{"system": name} | row for row in step_rows(steps)]
        found["causes"] += [{"system": name} | row for row in _causes(report)]
        found["convergence"] += [{"system": name} | row for row in _convergence(report)]
        found["months"] += [{"system": name} | row for row in _months(report)]
    return {name: pd.DataFrame(rows) for name, rows in found.items() if rows}


def _by_request(report: Report, quick: bool) -> Report:
    """The report with its line by request, where there are requests; a glance leaves it out."""
    scenario = report.scenario
    if quick or not scenario.sources:
        reason = "needs traffic" if not scenario.sources else "left out of the quick run"
        return replace(report, request_reason=reason)
    known = report.system.exact_over_horizon
    line = request_availability(scenario, seed=report.seed, effort=EPISODES, known=known)
    return replace(report, request=line)


def _causes(report: Report) -> list[dict[str, Any]]:
    """Downtime by cause, seconds a year with 95 % intervals, beside the exact figures."""
    from simulator.measure.availability import unavailability_estimate

    samples = report.samples
    if samples is None or samples.causes is None or samples.causes.shared_s is None:
        return []
    causes, horizon = samples.causes, samples.horizon_s
    total = max(float(samples.system.down_s.mean()), 1e-300)
    completed = causes.completed_s.sum(axis=0)
    known = _exact_causes(report)
    rows = []
    for i, cause in enumerate(causes.causes):
        down = samples.causes.shared_s[:, i]
        found = unavailability_estimate(down, causes.completed[:, i], horizon).scaled(YEAR)
        rows.append(
            {
                "cause": cause,
                "share": float(down.mean()) / total,
                "downtime_s_per_year": found.value,
                "low_s_per_year": found.low,
                "high_s_per_year": found.high,
                "completed_share": float(completed[i] / max(completed.sum(), 1e-300)),
                "exact_s_per_year": known.get(cause, np.nan),
            }
        )
    return rows


def _exact_causes(report: Report) -> dict[str, float]:
    """Exact downtime by cause in the long run, seconds a year; empty if there is no exact answer."""
    if report.system.exact is None:
        return {}
    try:
        found = exact.downtime_shares(report.scenario)
    except NotSupported:
        return {}
    return {c: float(s) * report.system.exact * YEAR for c, s in zip(found.causes, found.shared, strict=True)}


def _convergence(report: Report) -> list[dict[str, Any]]:
    """The estimate and its interval after more and more replications."""
    from simulator.measure.availability import unavailability_estimate

    samples = report.samples
    if samples is None:
        return []
    rows = []
    counts = np.unique(np.geomspace(10, samples.replications, 60).astype(int))
    for n in counts:
        down, failures = samples.system.down_s[:n], samples.system.failures[:n]
        if not down.any():
            continue
        found = unavailability_estimate(down, failures, samples.horizon_s)
        rows.append(
            {
                "replications": int(n), "estimate": found.value, "low": found.low, "high": found.high,
                "reference": report.system.exact_over_horizon,
            }
        )  # fmt: skip
    return rows


def _months(report: Report) -> list[dict[str, Any]]:
    """Distribution of downtime per month."""
    samples = report.samples
    if samples is None or samples.windows_s is None:
        return []
    cdf = downtime_cdf(samples.windows_s)
    columns = zip(cdf.downtime_s, cdf.probability, cdf.low, cdf.high, strict=True)
    return [{"downtime_s": d, "probability": p, "low": lo, "high": hi} for d, p, lo, hi in columns]


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The lines of the systems: what a reader decides on."""
    answers = tables["answers"]
    table = answers[answers["part"] == "system"].drop(columns=["part"])
    digits = [f"{1.0 - u:.12f}" if u == u else "" for u in table["unavailability"]]
    plain = table.assign(availability=digits)
    return plain[["system", "method", "availability", "unavailability", "low", "high", "remark"]]


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Convergence, causes, steps, nines and monthly downtime, for each system."""
    from simulator.show.convergence import plot_convergence
    from simulator.show.downtime import plot_downtime_cdf
    from simulator.show.nines import plot_nines
    from simulator.show.waterfall import plot_downtime_by_cause, plot_steps

    figures = {}
    for name in tables["answers"]["system"].unique():
        part = {
            key: t[t["system"] == name].drop(columns=["system"])
            for key, t in tables.items()
            if "system" in t
        }
        runs = part["convergence"]
        many = int(runs["replications"].max())
        reference = float(runs["reference"].iloc[0])
        pictures = {
            "convergence": plot_convergence(runs, reference=reference, label="exact over the horizon"),
            "causes": plot_downtime_by_cause(part["causes"], replications=many),
            "nines": plot_nines(part["answers"], replications=many),
            "months": plot_downtime_cdf(
                part["months"], budget_s=(1 - SLO) * MONTH, window_s=MONTH, replications=many
            ),
        }
        if len(part.get("request_steps", ())) > 1:
            title = "From the time down to the requests that fail"
            pictures["request_steps"] = plot_steps(part["request_steps"], title=title)
        if len(part["steps"]) > 2:
            pictures["steps"] = plot_steps(part["steps"])
        figures |= {f"{name}_{key}.png": picture for key, picture in pictures.items()}
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
