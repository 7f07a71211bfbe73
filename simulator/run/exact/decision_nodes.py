"""Unique decision nodes: the table behind every decision diagram of this room.

A node asks one event "are you active?" and goes to `high` if so, to `low` if not; nodes 0 and 1 are
the answers "up" and "down". Two nodes that ask the same and go to the same places are one node, so
equal functions are equal numbers.

Source: R. E. Bryant, Graph-based algorithms for Boolean function manipulation, 1986.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_NODES", "Nodes", "Rows", "TooMany", "unrolled"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Key = TypeVar("Key", bound=Hashable)

MOST_NODES = 1_000_000


def unrolled(
    step: Callable[[Key], Generator[Key, int, int]], key: Key, memo: dict[Key, int]
) -> int:
    """Value of a recursive function without recursion: `step` yields the keys it needs.

    Python stops at a thousand nested calls; a diagram of two thousand events is deeper.
    """
    stack = [(key, step(key))]
    value: int | None = None
    while stack:
        wanted, frame = stack[-1]
        try:
            ask = next(frame) if value is None else frame.send(value)
        except StopIteration as stop:
            memo[wanted] = value = stop.value
            stack.pop()
            continue
        value = memo.get(ask)
        if value is None:
            stack.append((ask, step(ask)))
    return memo[key]


class TooMany(Exception):
    """The diagram outgrew its limit under this order of events."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Decision rows, children before parents; rows 0 and 1 are the answers "up" and "down".

    Parameters
    ----------
    spans : tuple of (event, start, stop)
        From the bottom level to the top one, the event asked and its rows.
    low, high : int arrays, shape (rows,)
        Row to go to when the event is not active, and when it is.
    """

    spans: tuple[tuple[int, int, int], ...]
    low: IntArray
    high: IntArray

    def values(self, u: FloatArray, a: FloatArray, ends: tuple[float, float]) -> FloatArray:
        """Expected answer below every row, where the answers count ``ends``; (rows, ...)."""
        out = np.empty((len(self.low), *u.shape[1:]))
        out[0], out[1] = ends
        for event, start, stop in self.spans:
            low, high = self.low[start:stop], self.high[start:stop]
            out[start:stop] = a[event] * out[low] + u[event] * out[high]
        return out


class Nodes:
    """Table of unique decision nodes over `levels` ordered events; node 0 is "up", 1 "down"."""

    def __init__(self, levels: int, most: int = MOST_NODES) -> None:
        self.level = [levels, levels]
        self.low = [0, 1]
        self.high = [0, 1]
        self.most = most
        self._unique: dict[tuple[int, int, int], int] = {}
        self._memo: dict[tuple[int, int, int], int] = {}

    def make(self, level: int, low: int, high: int) -> int:
        """The one node that asks `level` and goes to `low` or `high`."""
        if low == high:
            return low
        key = (level, low, high)
        found = self._unique.get(key)
        if found is None:
            found = len(self.level)
            if found > self.most:
                raise TooMany
            self._unique[key] = found
            self.level.append(level)
            self.low.append(low)
            self.high.append(high)
        return found

    def if_then_else(self, test: int, then: int, other: int) -> int:
        """The function that is `then` where `test` is down and `other` where it is up."""
        key = (test, then, other)
        known = self._known(key)
        return unrolled(self._step, key, self._memo) if known is None else known

    def _known(self, key: tuple[int, int, int]) -> int | None:
        test, then, other = key
        if test < 2:
            return then if test else other
        if then == other:
            return then
        return test if (then, other) == (1, 0) else self._memo.get(key)

    def _step(self, key: tuple[int, int, int]) -> Generator[tuple[int, int, int], int, int]:
        top = min(self.level[node] for node in key)
        sides = []
        for child in (self.low, self.high):
            below = [child[node] if self.level[node] == top else node for node in key]
            ask = (below[0], below[1], below[2])
            known = self._known(ask)
            sides.append((yield ask) if known is None else known)
        return self.make(top, sides[0], sides[1])

    def at_least(self, least: int, inputs: Sequence[int]) -> int:
        """The function that is down where at least `least` of the functions `inputs` are.

        One input at a time from the bottom of the order, keeping "still missing j" for all j that
        the inputs above can leave open.
        """
        inputs = sorted(inputs, key=lambda node: -self.level[node])
        above = len(inputs)
        missing = {j: int(j == 0) for j in range(least + 1)}
        for node in inputs:
            above -= 1
            missing = {
                j: self.if_then_else(node, missing[max(j - 1, 0)], missing[j]) if j else 1
                for j in range(max(0, least - above), least + 1)
            }
        return missing[least]

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """Every node on a way down from `roots`, without the two answers."""
        seen = {0, 1}
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack += (self.low[node], self.high[node])
        return sorted(seen - {0, 1})

    def rows(self, roots: Iterable[int], order: Sequence[int]) -> tuple[Rows, dict[int, int]]:
        """The part below `roots` as arrays, and the row of every node in it."""
        kept = [0, 1, *sorted(self.reachable(roots), key=lambda node: (-self.level[node], node))]
        row = {node: place for place, node in enumerate(kept)}
        spans: list[tuple[int, int, int]] = []
        for place, node in enumerate(kept[2:], start=2):
            event = order[self.level[node]]
            start = spans.pop()[1] if spans and spans[-1][0] == event else place
            spans.append((event, start, place + 1))
        low = np.array([row[self.low[node]] for node in kept], dtype=np.intp)
        high = np.array([row[self.high[node]] for node in kept], dtype=np.intp)
        return Rows(tuple(spans), low, high), row
