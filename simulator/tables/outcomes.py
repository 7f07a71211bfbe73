"""Rows of requests and attempts: what became of each, as its sender saw it, and what was true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulator.errors import SimulatorError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CAUSES", "OUTCOMES", "TRUTHS", "NotConserved", "Outcomes"]

OUTCOMES = ("ok", "degraded", "error", "timeout", "rejected", "shed", "in_flight", "cancelled")
"""What a sender sees. Only attempts can be cancelled: a lost hedge, or one its caller has left."""

TRUTHS = ("good", "stale", "provisional", "wrong")
"""What an answer was worth, which a sender cannot see."""

CAUSES = (
    "", "refused", "nobody in rotation", "error", "crashed", "breaker open", "no permit", "rate limit", "throttled",
    "queue full", "expired", "over the limit", "shedding", "a required call failed", "deadline", "lost on a link",
    "silent", "hedged", "caller left", "local rule", "fallback", "old term", "no data", "dropped",
)  # fmt: skip
"""Why an outcome came about; empty for a good answer and for a plain timeout."""

OK, DEGRADED, ERROR, TIMEOUT, REJECTED, SHED, IN_FLIGHT, CANCELLED = range(8)

Columns = Mapping[str, npt.NDArray[np.generic]]


class NotConserved(SimulatorError, AssertionError):
    """What was sent is not the sum of what became of it: an error in the program, not in the input."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Every request and every attempt of a run.

    Parameters
    ----------
    requests : mapping of str to array, each of shape (n,)
        source, number, class, client, key (int); sent_s, ended_s (float, s; NaN while under way);
        outcome, truth, cause (index in OUTCOMES, TRUTHS, CAUSES); attempts (int: sent on the wire by
        the source itself).
    attempts : mapping of str to array, each of shape (m,)
        id, parent (id of the attempt being served that sent it, -1 for a source's), site, source,
        number, attempt (0 = first), caller, member (-1 = none), epoch; sent_s, started_s (a thread
        was taken), served_s (the callee was done), ended_s (the caller knew; NaN as above);
        outcome, truth, cause.
    sources, classes, sites, pools : tuple of str
        Names of the indices; a site is a call, such as ``"app>db"``.
    callee : tuple of int
        Pool that each site calls.
    horizon_s : float
    """

    requests: Columns
    attempts: Columns
    sources: tuple[str, ...]
    classes: tuple[str, ...]
    sites: tuple[str, ...]
    pools: tuple[str, ...]
    callee: tuple[int, ...]
    horizon_s: float
    notes: tuple[str, ...] = field(default=())

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Requests and attempts as tables with words in place of indices."""
        import pandas as pd

        requests, attempts = pd.DataFrame(dict(self.requests)), pd.DataFrame(dict(self.attempts))
        words = {"outcome": OUTCOMES, "truth": TRUTHS, "cause": CAUSES, "source": self.sources}
        for table in (requests, attempts):
            for column, names in words.items():
                table[column] = np.array(names, dtype=object)[table[column].to_numpy()]
        requests["class"] = np.array(self.classes, dtype=object)[requests["class"].to_numpy()]
        attempts["site"] = np.array(self.sites, dtype=object)[attempts["site"].to_numpy()]
        return requests, attempts

    def counts(self, source: int | None = None) -> dict[str, int]:
        """Requests by outcome, of one source or of all."""
        outcome = self.requests["outcome"]
        if source is not None:
            outcome = outcome[self.requests["source"] == source]
        found = np.bincount(outcome.astype(np.int64), minlength=len(OUTCOMES))
        return {word: int(n) for word, n in zip(OUTCOMES, found) if word != "cancelled"}
