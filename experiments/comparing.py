"""Published beside simulated: one row for each figure, how far apart they are, and what that means.

How close is close enough is said with the figure, before it is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AGREES", "DIFFERS", "Figure", "Said", "table_of", "tally"]

AGREES, DIFFERS = "agrees", "DIFFERS"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that somebody published, beside ours.

    Parameters
    ----------
    group, what : str
        Which study, and which of its figures.
    published, ours : float
    published_error, ours_error : float
        Standard errors, 0 where there is no chance or none was stated.
    percent : float
        Agrees if no further apart than so many percent of the published value, ...
    errors : float
        ... or than so many combined standard errors (0: this does not count).
    least, most : float or None
        Instead, where a range is published: agrees within it.
    note : str
    """

    group: str
    what: str
    published: float
    ours: float
    published_error: float = 0.0
    ours_error: float = 0.0
    percent: float = 0.0
    errors: float = 0.0
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def apart(self) -> float:
        """Distance in combined standard errors; NaN without chance."""
        error = math.hypot(self.published_error, self.ours_error)
        return (self.ours - self.published) / error if error else math.nan

    @property
    def off_percent(self) -> float:
        """Distance in percent of the published value; NaN if that is 0."""
        if not self.published:
            return math.nan
        return 100 * (self.ours / self.published - 1)

    @property
    def verdict(self) -> str:
        """Whether the two agree in the sense stated."""
        if self.least is not None and self.most is not None:
            return AGREES if self.least <= self.ours <= self.most else DIFFERS
        if self.ours == self.published or abs(self.off_percent) <= self.percent:
            return AGREES
        return AGREES if self.errors and abs(self.apart) <= self.errors else DIFFERS

    @property
    def allowed(self) -> str:
        """How close is close enough, in words."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        words = [f"{self.percent:g} %"] if self.percent else []
        words += [f"{self.errors:g} standard errors"] if self.errors else []
        return " or ".join(words) or "equal"

    def row(self) -> dict[str, Any]:
        """As a row of the table."""
        return {
            "group": self.group, "what": self.what, "published": self.published, "ours": self.ours,
            "published_error": self.published_error, "ours_error": self.ours_error,
            "off_percent": self.off_percent, "errors_apart": self.apart, "allowed": self.allowed,
            "verdict": self.verdict, "note": self.note,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """An outcome that somebody published in words, and in how many of our runs it came about.

    Parameters
    ----------
    group, what : str
    says : str
        The outcome, such as "recovers" or "never".
    times, runs : int
    published_share : float
        Share of runs in which it came about there; 1 if only the outcome is stated.
    note : str
    """

    group: str
    what: str
    says: str
    times: int
    runs: int
    published_share: float = 1.0
    note: str = ""

    def row(self) -> dict[str, Any]:
        """As a row of the table: shares of the runs."""
        share = self.times / self.runs
        agrees = share == self.published_share
        return {
            "group": self.group, "what": f"{self.what}: {self.says}", "published": self.published_share,
            "ours": share, "published_error": 0.0, "ours_error": 0.0, "off_percent": math.nan,
            "errors_apart": math.nan, "allowed": f"all {self.runs} runs" if self.runs > 1 else "the run",
            "verdict": AGREES if agrees else DIFFERS, "note": self.note,
        }  # fmt: skip


def table_of(found: list[Figure | Said]) -> pd.DataFrame:
    """One row for each figure."""
    import pandas as pd

    return pd.DataFrame([one.row() for one in found])


def tally(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each group: figures, how many agree, the largest distances, what does not agree."""
    import pandas as pd

    rows: list[Mapping[str, Any]] = []
    for group, part in table.groupby("group", sort=False):
        off = part[part["verdict"] == DIFFERS]
        rows.append(
            {
                "group": group, "figures": len(part), "agree": int((part["verdict"] == AGREES).sum()),
                "furthest_percent": float(part["off_percent"].abs().max()),
                "furthest_errors": float(part["errors_apart"].abs().max()),
                "not": "; ".join(off["what"]) or "-",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
