"""How likely are data to be lost - by scheme, by class of read errors, by rebuild time, by scrubbing?

Scenario: mirror, RAID-5 and RAID-6 of eight, three copies and a 10+4 code, on disks of 8 TB that fail
at 3 % a year and are rebuilt in 22 h on average; reads that fail not at all, once in 1e14 or 1e15 bits
(the two specification classes), or once in 1e14 sectors of 512 bytes, as the source document has it.
Method: the exact engine: mean time to data loss (MTTDL), loss in a year as 1 - exp(-year / MTTDL), loss
within ten years by uniformisation; 10,000 simulated arrays beside it, or an upper bound where none
lost data. Per PB of user data, because the arrays hold different amounts.
Look at: between 1e-14 per bit and no read errors lie three to four orders of magnitude, for every
scheme; the document's class is within one order of none. RAID-5 of 8 TB disks at 1e-14 loses data in one
year out of five; at 1e-15 a faster rebuild still does nothing for it, because what kills it is reading
seven disks, not waiting. A scrub a year instead of a week costs a mirror a factor of 30 and the 10+4
code a factor of a million.
Sources: models/disk_array.py and what it cites; System Design Fundamentals, section 2.2.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.pictures import Axis, exact_and_simulated, times
from experiments.running import Progress, changed, main
from models import disk_array
from models.disk_array import (
    BIT_ERROR_DESKTOP,
    BIT_ERROR_DOCUMENT_512,
    BIT_ERROR_ENTERPRISE,
    SIZE,
)
from simulator.describe import DAY, HOUR, PB, TB, YEAR, Exponential, Poisson, Scenario
from simulator.study import durability

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SCHEMES = {  # disks, of which parity
    "mirror": (2, 1), "RAID-5 of 8": (8, 1), "RAID-6 of 8": (8, 2), "3 copies": (3, 2), "10+4 code": (14, 4),
}  # fmt: skip
READ_ERRORS = {  # unreadable, per bit
    "none": 0.0,
    "1 in 1e14 sectors": BIT_ERROR_DOCUMENT_512,
    "1e-15 per bit": BIT_ERROR_ENTERPRISE,
    "1e-14 per bit": BIT_ERROR_DESKTOP,
}
REBUILDS = tuple(h * HOUR for h in (3, 6, 12, 24, 48, 96, 240))  # means, seconds
SCRUBS = tuple(d * DAY for d in (1, 3, 7, 14, 30, 91, 182, 365))  # mean intervals, seconds
REPLICATIONS, QUICK_REPLICATIONS = 10_000, 256  # arrays
QUICK_READ_ERRORS = ("1e-15 per bit", "1e-14 per bit")
YEARS = 10 * YEAR
LATENT = (
    "exact; latent errors on 3.45 % of disks in 32 months, taken to share a stripe (pessimistic)"
)


def array(scheme: str, settings: Sequence[str] = (), **what: Any) -> Scenario:
    """An array of the catalogue over ten years, changed by the settings; `what` as for its model."""
    disks, parity = SCHEMES[scheme]
    return changed(disk_array.array(disks=disks, parity=parity, horizon=YEARS, **what), settings)


def user_bytes(scheme: str) -> float:
    """Bytes of user data that an array of this scheme holds."""
    disks, parity = SCHEMES[scheme]
    return (disks - parity) * SIZE


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables: loss by scheme and class of read errors, simulated, and by rebuild time and scrub interval."""
    import pandas as pd

    loss, seen = [], []
    for scheme in SCHEMES:
        for name, bit_error in READ_ERRORS.items():
            described = array(scheme, settings, bit_error=bit_error)
            what = {"scheme": scheme, "read_errors": name}
            answer = _answer(described)
            loss.append(what | _exact(scheme, answer) | {"horizon_s": described.horizon})
            if quick and name not in QUICK_READ_ERRORS:
                continue
            simulated = durability(
                described, methods=("montecarlo",), seed=seed, jobs=jobs,
                replications=QUICK_REPLICATIONS if quick else REPLICATIONS, progress=Progress(f"{scheme}, {name}"),
            )  # fmt: skip
            seen.append(what | _simulated(simulated.iloc[0], float(answer["p_loss"]), quick))
    rebuilds = [
        {"scheme": s, "rebuild_s": r, "read_errors": "1e-15 per bit"}
        | _exact(s, _answer(array(s, settings, rebuild=Exponential(r))))
        for s in SCHEMES
        for r in REBUILDS
    ]
    scrubs = [
        {"scheme": s, "scrub_every_s": t}
        | _exact(s, _answer(array(s, settings, bit_error=0.0, scrub=Poisson(1 / t))))
        for s in SCHEMES
        for t in SCRUBS
    ]
    tables = {"loss": loss, "montecarlo": seen, "rebuild": rebuilds, "scrub": scrubs}
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _answer(described: Scenario) -> pd.Series:
    """The exact line of a scenario."""
    return durability(described, methods=("exact",)).iloc[0]


def _exact(scheme: str, answer: pd.Series) -> dict[str, Any]:
    """Exact figures of one array, and of as many of them as hold 1 PB."""
    annual, arrays = float(answer["annual_loss"]), PB / user_bytes(scheme)
    return {
        "mttdl_s": answer["mttdl_s"], "annual_loss": annual, "loss_in_horizon": answer["p_loss"],
        "annual_loss_per_pb": -float(np.expm1(arrays * np.log1p(-annual))), "user_tb": user_bytes(scheme) / TB,
    }  # fmt: skip


def _simulated(seen: pd.Series, known: float, quick: bool) -> dict[str, Any]:
    """Loss within the horizon among simulated arrays, beside the exact probability `known`."""
    many = QUICK_REPLICATIONS if quick else REPLICATIONS
    error = np.sqrt(known * (1 - known) / many)
    frequent = many * min(known, 1 - known) >= 10  # below, a normal score says nothing
    return {
        "estimate": seen["p_loss"], "low": seen["low"], "high": seen["high"], "exact": known,
        "z": (seen["p_loss"] - known) / error if frequent else np.nan,
        "replications": many, "reason": seen["reason"] or "losses seen",
    }  # fmt: skip


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each scheme and class of read errors: exact beside simulated."""
    exactly = tables["loss"][
        ["scheme", "read_errors", "user_tb", "mttdl_s", "annual_loss_per_pb", "loss_in_horizon"]
    ]
    seen = tables["montecarlo"].rename(columns={"estimate": "simulated"})
    seen = seen[["scheme", "read_errors", "simulated", "low", "high", "z"]]
    return exactly.merge(seen, "left", ["scheme", "read_errors"])


FORMATS = {"mttdl_s": "duration"}


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Loss by class of read errors, by rebuild time and by scrub interval."""
    place = {name: float(i) for i, name in enumerate(READ_ERRORS)}
    classes = Axis(
        "place", "unreadable (each step is worse)", ticks={i: name for name, i in place.items()}
    )
    decade = "chance that one array\nloses data in 10 years"
    by_class = [
        tables[k].assign(place=tables[k]["read_errors"].map(place)) for k in ("loss", "montecarlo")
    ]
    yearly = Axis(
        "annual_loss_per_pb", "chance to lose data in a year,\nper PB of user data", "chance"
    )
    return {
        "read_errors.png": exact_and_simulated(
            by_class[0], by_class[1], classes, Axis("loss_in_horizon", decade, "chance"), "scheme",
            title="Data loss by class of read errors", note="exact",
        ),
        "rebuild.png": exact_and_simulated(
            tables["rebuild"], None,
            Axis("rebuild_s", "mean time to rebuild a disk", "log", ticks=times(*REBUILDS)), yearly, "scheme",
            title="Data loss by time to rebuild a disk", note="exact; 1e-15 per bit unreadable",
        ),
        "scrub.png": exact_and_simulated(
            tables["scrub"], None,
            Axis("scrub_every_s", "mean time between scrubs of a disk", "log", ticks=times(*SCRUBS)), yearly, "scheme",
            title="Data loss by time between scrubs", note=LATENT,
        ),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
