"""What a specification or a publication says about lives, and the bathtubs calibrated to it.

For the experiment `bathtub`. Points whose status is "recalled" were read off a figure or remembered,
not checked against the source.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.describe import HOUR, YEAR
from simulator.describe.distributions import (
    AnnualFailureRate,
    Calibration,
    MeanLife,
    ShareFailed,
    calibrate_afr_table,
    calibrate_bathtub,
)

__all__ = [
    "EVERYTHING", "LAST_YEAR", "PUBLISHED", "SERVERS", "SURVIVAL", "calibrations", "conflict_rows", "oldest_age",
    "published_row", "survival_row", "target_rows",
]  # fmt: skip

LAST_YEAR = 8  # years of age that tables and pictures show
MTBF = MeanLife(25_000 * HOUR, 50_000 * HOUR, "section 1.1")
FIRST_YEAR = ShareFailed(YEAR, 0.05, source="sections 1.1 and 2.2")
LATER_YEARS = AnnualFailureRate(YEAR, 0.02, 0.04, "section 2.2", until=5 * YEAR)
EVERYTHING = "server, all the document says"
ASKED = {
    "server, MTBF kept": (MTBF, FIRST_YEAR),
    "server, yearly rates kept": (FIRST_YEAR, LATER_YEARS),
    EVERYTHING: (MTBF, FIRST_YEAR, LATER_YEARS),
}
SERVERS = tuple(ASKED)[:2]  # the readings that hold together
STATED, RECALLED = "stated in the text", "recalled, read off a figure"
PUBLISHED = (  # source, age from and to (years), share failing a year, status
    ("Backblaze 2013", 0.0, 1.5, 0.051, STATED),
    ("Backblaze 2013", 1.5, 3.0, 0.014, STATED),
    ("Backblaze 2013", 3.0, 4.0, 0.118, STATED),
    ("Pinheiro 2007", 0.0, 1.0, 0.017, STATED),
    ("Pinheiro 2007", 1.0, 2.0, 0.080, RECALLED),
    ("Pinheiro 2007", 2.0, 3.0, 0.086, STATED),
    ("Pinheiro 2007", 3.0, 4.0, 0.060, RECALLED),
    ("Pinheiro 2007", 4.0, 5.0, 0.070, RECALLED),
)
SURVIVAL = (  # at 4 years, both in the text that prints the rates
    ("Backblaze 2013", 4.0, "nearly 80 %"),
    ("Backblaze 2013", 4.0, "74 %"),
)
YEARS_SEEN = {
    "Backblaze 2013": (0.0, 0.5, 1.5, 2.0, 3.0),
    "Pinheiro 2007": (0.0, 1.0, 2.0, 3.0, 4.0),
}


def calibrations(quick: bool) -> dict[str, Calibration]:
    """Each reading of the server, and the disks of each published table."""
    found = {
        name: calibrate_bathtub(asked, find_conflicts=not quick) for name, asked in ASKED.items()
    }
    for source, begins in YEARS_SEEN.items():
        rates = [
            next(r for s, a, b, r, _ in PUBLISHED if s == source and a <= t < b) for t in begins
        ]
        found[f"disk, {source}"] = calibrate_afr_table([t * YEAR for t in begins], rates, source)
    return found


def target_rows(name: str, calibration: Calibration) -> list[dict[str, Any]]:
    """What one calibration was asked, and what it got."""
    return [
        {
            "life": name, "asked": row.asked, "source": getattr(row.target, "source", ""), "got": row.got(),
            "misfit": row.misfit, "holds": "yes" if row.holds else "no", "mean_life_s": calibration.life.mean(),
            "rms_misfit": calibration.rms_relative_error, "law": calibration.life.describe(),
        }
        for row in calibration.rows
    ]  # fmt: skip


def conflict_rows(calibration: Calibration, quick: bool) -> list[dict[str, str]]:
    """What cannot hold together, in the calibration's words."""
    words = calibration.conflicts or (("not searched for with --quick",) if quick else ("none",))
    return [{"conflict": text} for text in words]


def published_row(
    source: str, begin: float, end: float, rate: float, status: str
) -> dict[str, Any]:
    """One published rate, drawn at the middle of the ages (years) it covers."""
    return {
        "source": source, "age_from_s": begin * YEAR, "age_to_s": end * YEAR, "age_s": (begin + end) / 2 * YEAR,
        "afr": rate, "low": np.nan, "high": np.nan, "status": status,
    }  # fmt: skip


def survival_row(source: str, age: float, printed: str) -> dict[str, Any]:
    """Share that the published rates, each constant over its span, leave at an age (years)."""
    spans = [
        (min(end, age) - begin, rate)
        for s, begin, end, rate, _ in PUBLISHED
        if s == source and begin < age
    ]
    left = float(np.prod([(1 - rate) ** years for years, rate in spans]))
    return {"source": source, "age_s": age * YEAR, "computed": left, "printed": printed}


def oldest_age(name: str) -> float:
    """Years up to which a calibration says anything: where what was published ends."""
    return max(
        (end for source, _, end, _, _ in PUBLISHED if name.endswith(source)),
        default=float(LAST_YEAR),
    )
