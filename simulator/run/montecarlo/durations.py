"""Durations for replications in lockstep: by address, so that every engine sees the same ones.

Number k of stream s in replication r is the same whoever asks and whenever: it comes from the
exposure (a unit exponential) at that address. Durations are kept in one flat buffer that grows
stream by stream, so one gather serves all replications at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.rules.plan import Stream
from simulator.sample.lifetimes import ExposureBlock
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck

__all__ = ["Durations"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_FIRST_ROWS = 8
_SHORTEST = 1e-300  # a clock at 0 has ended already; seconds


class Durations:
    """Durations of all streams for the replications of some blocks.

    Parameters
    ----------
    luck : Luck
    streams : tuple of Stream
    blocks : range
        Numbers of the blocks of replications.
    """

    def __init__(self, luck: Luck, streams: tuple[Stream, ...], blocks: range) -> None:
        self.streams = streams
        self.sources = [
            [ExposureBlock(luck, s.purpose, s.who, block) for block in blocks] for s in streams
        ]
        self.replications = len(blocks) * REPLICATIONS_PER_BLOCK
        self.tables: list[Floats] = [np.zeros((0, self.replications)) for _ in streams]
        self.capacity = np.zeros(len(streams), dtype=np.int64)
        self.base = np.zeros(len(streams), dtype=np.int64)
        self.flat = np.zeros(0)
        self.used = np.zeros((self.replications, len(streams)), dtype=np.int64)
        self.last = np.zeros((self.replications, len(streams)))
        self.ages = np.zeros((self.replications, len(streams)))
        for number, stream in enumerate(streams):
            self.ages[:, number] = stream.age
        self.special = [n for n, s in enumerate(streams) if s.age or s.keeps or s.period]
        self.lives = {s.who: n for n, s in enumerate(streams) if s.purpose == "life"}

    def draw(self, rows: Ints, stream: Ints) -> Floats:
        """The next duration of ``stream[i]`` in replication ``rows[i]``, seconds.

        Parameters
        ----------
        rows, stream : int arrays, shape (n,)
            No pair may stand twice.

        Returns
        -------
        float array, shape (n,)
        """
        occurrence = self.used[rows, stream]
        while (short := occurrence >= self.capacity.take(stream)).any():
            for number in np.unique(stream[short]):
                self._grow(int(number))
        value = self.flat.take(self.base.take(stream) + occurrence * self.replications + rows)
        self.used[rows, stream] = occurrence + 1
        for number in self.special:
            chosen = np.flatnonzero(stream == number)
            if chosen.size:
                value[chosen] = self._special(number, rows[chosen], value[chosen])
        if self.special:
            self.last[rows, stream] = value
        return np.maximum(value, _SHORTEST)

    def _special(self, number: int, rows: Ints, exposure: Floats) -> Floats:
        """Lives that start or go on at an age, and inspections that fall on multiples of a period."""
        stream = self.streams[number]
        if stream.period:
            lived = self.last[rows, self.lives[stream.who]]
            return np.asarray(stream.period - np.fmod(lived, stream.period))
        again = self.used[rows, number] > 1
        gained = stream.keeps * self.last[rows, number]
        self.ages[rows, number] = np.where(
            again, self.ages[rows, number] * (stream.keeps > 0) + gained, stream.age
        )
        return stream.law.time_after(self.ages[rows, number], exposure)

    def _grow(self, number: int) -> None:
        """Twice as many durations of one stream; those there are stay as they are."""
        have = int(self.capacity[number])
        want = max(2 * have, _FIRST_ROWS)
        exposures = np.concatenate(
            [block.rows(want)[have:want] for block in self.sources[number]], axis=1
        )
        law = self.streams[number].law
        fresh = exposures if number in self.special else law.time_at_hazard(exposures)
        self.tables[number] = np.concatenate([self.tables[number], fresh])
        self.capacity[number] = want
        sizes = np.array([table.size for table in self.tables])
        self.base = np.cumsum(sizes) - sizes
        self.flat = np.concatenate([table.ravel() for table in self.tables])
