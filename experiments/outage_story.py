"""What a conducted run says about its requests: who was served, from when to when."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.conducting import Conducted

__all__ = ["Story"]

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class Story:
    """What a run says about the requests.

    Parameters
    ----------
    run : Conducted
    zero : float
        The moment from which minutes are counted, seconds.
    """

    def __init__(self, run: Conducted, zero: float) -> None:
        assert run.outcomes is not None  # the model has sources
        self.run, self.outcomes, self.zero = run, run.outcomes, zero
        rows = self.outcomes.requests
        self._source, self._kind = rows["source"].astype(int), rows["class"].astype(int)
        self.sent, self.ended = rows["sent_s"].astype(float), rows["ended_s"].astype(float)
        self.well = rows["outcome"].astype(int) <= 1

    def of(self, source: str, kind: str | None = None) -> Flags:
        """Which rows are of a source, and of a class."""
        chosen = self._source == self.outcomes.sources.index(source)
        if kind is not None:
            chosen &= self._kind == self.outcomes.classes.index(kind)
        return chosen

    def first_well(self, rows: Flags) -> float:
        """Minutes from the command to the first answer after one that failed; NaN if none failed."""
        failed = rows & ~self.well & (self.sent >= self.zero)
        if not failed.any():
            return float("nan")
        later = rows & self.well & (self.sent > self.sent[failed][0])
        return self.minutes(self.ended[later][0]) if later.any() else float("inf")

    def last_failed(self, rows: Flags) -> float:
        """Minutes from the command to the last request that failed; 0 if none did."""
        failed = rows & ~self.well & (self.sent >= self.zero)
        return self.minutes(self.sent[failed][-1]) if failed.any() else 0.0

    def share_well(self, rows: Flags, start: float, end: float) -> float:
        """Share served of what was sent in [start, end), seconds."""
        here = rows & (self.sent >= start) & (self.sent < end)
        return float(self.well[here].mean()) if here.any() else float("nan")

    def shares(self, rows: Flags, width: float) -> tuple[Floats, Floats]:
        """Middle of each bin (s), and the share served of what was sent in it."""
        edges = np.arange(0.0, self.outcomes.horizon_s + width, width)
        sent, _ = np.histogram(self.sent[rows], edges)
        well, _ = np.histogram(self.sent[rows & self.well], edges)
        with np.errstate(invalid="ignore"):
            return edges[:-1] + width / 2, well / sent

    def minutes(self, time: float) -> float:
        """From the zero, for a time in seconds."""
        return float((time - self.zero) / 60.0)
