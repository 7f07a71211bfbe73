"""How much downtime does each number of nines allow - and is the reference table right?

Scenario: the source document's availability reference table, 99 % to 99.999 %, with its downtime
per year and per month as printed; beside it a 30-day SLO window, a week and a day.
Method: unavailability times the length of the period, in exact decimals; a printed cell agrees if
the computed value rounds to it at the digits given. The calendar can be changed, to see which one
the document uses: ``--set "year=365.25 d"``, ``--set "month=30 d"``.
Look at: the column "agrees"; the difference between a month (730 h) and a 30-day window (720 h),
which is small enough to be overlooked and large enough to lose an argument about an SLO.
Sources: System Design Fundamentals, section 2.4, availability reference table.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.pictures import Axis, exact_and_simulated, times
from experiments.running import main, quantities
from simulator.describe.units import DAY, HOUR, MIN, MONTH, WEEK, YEAR, format_duration

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LEVELS = ("99", "99.9", "99.95", "99.99", "99.999")  # availability, %
CALENDAR = {"year": YEAR, "month": MONTH, "slo_window": 30 * DAY, "week": WEEK, "day": DAY}  # s
PERIODS = {
    "year": "a year", "month": "a month", "slo_window": "an SLO window", "week": "a week", "day": "a day",
}  # fmt: skip
PRINTED = {  # section 2.4, digits and units as printed
    ("99", "year"): "3.65 days", ("99", "month"): "7.3 hours",
    ("99.9", "year"): "8.76 hours", ("99.9", "month"): "43.8 minutes",
    ("99.95", "year"): "4.38 hours", ("99.95", "month"): "21.9 minutes",
    ("99.99", "year"): "52.6 minutes", ("99.99", "month"): "4.4 minutes",
    ("99.999", "year"): "5.26 minutes", ("99.999", "month"): "26 seconds",
}  # fmt: skip
UNITS = {"days": DAY, "hours": HOUR, "minutes": MIN, "seconds": 1.0}  # s


def run(
    *, seed: int, quick: bool, jobs: int, settings: Sequence[str] = ()
) -> dict[str, pd.DataFrame]:
    """Table: one row for each level and period. Nothing here is random, and all of it is quick."""
    import pandas as pd

    calendar = quantities(settings, CALENDAR)
    rows = [_row(level, name, length) for level in LEVELS for name, length in calendar.items()]
    return {"downtime": pd.DataFrame(rows)}


def _row(level: str, period: str, length_s: float) -> dict[str, Any]:
    share = (100 - Decimal(level)) / 100
    allowed = share * Decimal(repr(length_s))
    printed = PRINTED.get((level, period), "")
    at_its_digits = as_printed(allowed, printed) if printed else ""
    return {
        "availability_percent": float(level), "unavailability": float(share), "period": period,
        "period_s": length_s, "downtime_s": float(allowed),
        "computed": at_its_digits or format_duration(float(allowed), 4), "printed": printed,
        "agrees": agrees(at_its_digits, printed),
    }  # fmt: skip


def as_printed(seconds: Decimal, printed: str) -> str:
    """`seconds` in the unit of `printed` and rounded, half up, to as many decimals.

    Examples
    --------
    >>> as_printed(Decimal("3153.6"), "52.6 minutes")
    '52.6 minutes'
    """
    number, unit = printed.split()
    exactly = seconds / Decimal(repr(UNITS[unit]))
    step = Decimal(1).scaleb(-len(number.partition(".")[2]))
    return f"{exactly.quantize(step, ROUND_HALF_UP)} {unit}"


def agrees(computed: str, printed: str) -> str:
    """``"yes"``, ``"NO"``, or ``"not printed"``."""
    if not printed:
        return "not printed"
    return "yes" if computed == printed else "NO"


def summarise(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row for each level: computed beside printed, and whether all printed cells agree."""
    import pandas as pd

    rows = []
    for level, part in tables["downtime"].groupby("availability_percent", sort=False):
        cells = part.set_index("period")
        row: dict[str, Any] = {"availability": f"{level:g} %"}
        for period in cells.index:
            row[period] = cells.loc[period, "computed"]
            if cells.loc[period, "agrees"] != "not printed":
                row[f"printed_{period}"] = cells.loc[period, "printed"]
        verdicts = set(cells["agrees"]) - {"not printed"}
        row["agrees"] = "yes" if verdicts == {"yes"} else "NO"
        rows.append(row)
    return pd.DataFrame(rows)


def draw(tables: Mapping[str, pd.DataFrame]) -> dict[str, Figure]:
    """Downtime allowed against the objective, a line for each period."""
    table = tables["downtime"]
    names = [
        f"{PERIODS[name]} ({format_duration(length, 4)})"
        for name, length in zip(table["period"], table["period_s"], strict=True)
    ]
    nines = -np.log10(table["unavailability"])
    levels = {
        n: ("\n" if a == 99.95 else "") + f"{a:g} %"  # a line lower: it stands close to 99.9 %
        for n, a in zip(nines, table["availability_percent"], strict=True)
    }
    figure = exact_and_simulated(
        table.assign(nines=nines, line=names), None,
        Axis("nines", "availability objective (stricter to the right, log scale)", ticks=levels),
        Axis("downtime_s", "downtime allowed in the period", "log",
             ticks=times(1, 10, MIN, 10 * MIN, HOUR, 8 * HOUR, DAY, 4 * DAY)),
        "line", title="How much downtime an availability objective allows", note="computed",
    )  # fmt: skip
    return {"nines.png": figure}


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
