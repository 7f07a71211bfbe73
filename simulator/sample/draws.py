"""Random numbers of requests, by address: the same whoever asks, whenever, in whatever order.

A column holds one number for each request of a source: the service time of one step on one path of
attempts, say. It is drawn in blocks; a block that was thrown away is drawn again the same.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from simulator.describe.distributions import Deterministic, Distribution
from simulator.sample.luck import Luck

__all__ = ["BLOCK_BITS", "Column", "durations", "uniforms"]

BLOCK_BITS = 10
"""A block has 2 ** BLOCK_BITS requests. Changing it changes every number ever drawn."""
_SIZE = 1 << BLOCK_BITS
_MASK = _SIZE - 1
_KEPT = 6  # blocks of one column that are held at once

Draw = Callable[[np.random.Generator, int], npt.NDArray[np.float64]]


class Column:
    """One number for each request, as a Python float.

    Parameters
    ----------
    luck : Luck
    purpose, who : str
        The address; see :class:`simulator.sample.luck.Luck`.
    replication : int
    draw : callable
        ``draw(generator, size)`` gives a block of numbers.
    """

    __slots__ = ("_draw", "_luck", "blocks", "purpose", "replication", "who")

    def __init__(self, luck: Luck, purpose: str, who: str, replication: int, draw: Draw) -> None:
        luck.claim(purpose, who, replication)
        self._luck, self._draw = luck, draw
        self.purpose, self.who, self.replication = purpose, who, replication
        self.blocks: dict[int, list[float]] = {}

    def at(self, request: int) -> float:
        """The number of one request."""
        block = self.blocks.get(request >> BLOCK_BITS)
        if block is None:
            block = self.load(request >> BLOCK_BITS)
        return block[request & _MASK]

    def load(self, block: int) -> list[float]:
        """Numbers of the requests of one block."""
        rng = self._luck.stream(self.purpose, self.who, block, self.replication)
        values: list[float] = self._draw(rng, _SIZE).tolist()
        if len(self.blocks) >= _KEPT:
            del self.blocks[min(self.blocks)]
        self.blocks[block] = values
        return values


def durations(law: Distribution) -> Draw:
    """Blocks of durations of a law, seconds: one unit exponential each."""
    if isinstance(law, Deterministic):
        return lambda rng, size: np.full(size, law.mean())

    def draw(rng: np.random.Generator, size: int) -> npt.NDArray[np.float64]:
        return np.asarray(law.time_at_hazard(rng.standard_exponential(size)), dtype=np.float64)

    return draw


def uniforms(rng: np.random.Generator, size: int) -> npt.NDArray[np.float64]:
    """Blocks of uniform numbers in [0, 1)."""
    return rng.random(size)
