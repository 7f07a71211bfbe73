"""Unit exponential draws of one address: "the hazard that life number k will consume".

A duration is `distribution.time_at_hazard` of such a draw, whatever the distribution. Changing a
distribution therefore keeps the luck, which is what makes two designs comparable in pairs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck

__all__ = ["ExposureBlock"]

_FIRST_ROWS = 8


class ExposureBlock:
    """The exposures of one address, as many occurrences as anybody has asked for.

    Parameters
    ----------
    luck : Luck
    purpose : str
        ``"life"`` or ``"repair"``, say.
    who : str
        Name of the fault.
    block : int
        Number of the block of replications.

    Notes
    -----
    Row k is occurrence k, column r replication r of the block. The generator is read row by row and
    only forward, so the number of rows asked for, and in how many steps, changes no value.
    """

    __slots__ = ("_drawn", "_rng", "_table")

    def __init__(self, luck: Luck, purpose: str, who: str, block: int) -> None:
        self._rng = luck.stream(purpose, who, block)
        self._table = np.empty((0, REPLICATIONS_PER_BLOCK))
        self._drawn = 0

    def rows(self, count: int) -> npt.NDArray[np.float64]:
        """Occurrences 0 to `count` - 1.

        Parameters
        ----------
        count : int
            At least 0.

        Returns
        -------
        float64 array, shape (count, REPLICATIONS_PER_BLOCK)
            Read-only view; cumulative hazards, no unit.
        """
        if count < 0:
            raise DescriptionError(f"asked for {count} rows of exposures: must be at least 0")
        if count > self._drawn:
            self._grow(count)
        view = self._table[:count]
        view.flags.writeable = False
        return view

    def between(self, first: int, last: int) -> npt.NDArray[np.float64]:
        """Occurrences `first` to `last` - 1, as `rows`."""
        return self.rows(last)[first:]

    def _grow(self, count: int) -> None:
        if count > len(self._table):
            capacity = max(count, _FIRST_ROWS if self._drawn == 0 else 2 * self._drawn)
            table = np.empty((capacity, REPLICATIONS_PER_BLOCK))
            table[: self._drawn] = self._table[: self._drawn]
            self._table = table
        self._rng.standard_exponential(out=self._table[self._drawn : count])
        self._drawn = count
