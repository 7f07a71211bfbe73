"""A family of minimal sets as a diagram: counted even where it is too long to list.

Source: A. Rauzy, New algorithms for fault trees analysis, 1993 (minimal solutions and the operator
"without"); S. Minato, Zero-suppressed BDDs, 1993.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.errors import NotSupported
from simulator.run.exact.decision_nodes import MOST_NODES, unrolled
from simulator.run.exact.tree_compiler import Diagram

__all__ = ["Family"]

_Chosen = tuple[int, Any] | None  # a level and those chosen before it: shared between branches


class Family:
    """A family of minimal sets as a diagram: node 0 is no set, node 1 the empty set alone.

    Node ``n`` stands for the sets below ``low[n]`` and, with its event added, those below
    ``high[n]``. Children have smaller numbers than their parents.

    Parameters
    ----------
    diagram : Diagram
        Whose minimal solutions the family holds.
    most : int
        Nodes allowed.

    Raises
    ------
    NotSupported
        If the family needs more than `most` nodes.
    """

    def __init__(self, diagram: Diagram, most: int = MOST_NODES) -> None:
        self.order = diagram.order
        self.level = [len(self.order)] * 2
        self.low = [0, 1]
        self.high = [0, 1]
        self._most = most
        self._unique: dict[tuple[int, int, int], int] = {}
        self._memo: dict[tuple[int, int], int] = {}
        level_of = {event: level for level, event in enumerate(self.order)}
        event_of = np.empty(len(diagram.rows.low), dtype=np.intp)
        for event, start, stop in diagram.rows.spans:
            event_of[start:stop] = event
        made = {0: 0, 1: 1}
        for row in diagram.own.tolist():
            low = made[int(diagram.rows.low[row])]
            high = self._without(made[int(diagram.rows.high[row])], low)
            made[row] = self._make(level_of[int(event_of[row])], low, high)
        self.root = made[diagram.root]

    def _make(self, level: int, low: int, high: int) -> int:
        if high == 0:
            return low
        key = (level, low, high)
        if key not in self._unique:
            if len(self.level) > self._most:
                raise NotSupported(
                    f"minimal cut sets that need more than {self._most} nodes", "exact",
                    "ask for availability and importance alone",
                )  # fmt: skip
            self._unique[key] = len(self.level)
            self.level.append(level)
            self.low.append(low)
            self.high.append(high)
        return self._unique[key]

    def _without(self, sets: int, smaller: int) -> int:
        """The sets that contain none of the sets of `smaller`."""
        key = (sets, smaller)
        known = self._known(key)
        return unrolled(self._step, key, self._memo) if known is None else known

    def _known(self, key: tuple[int, int]) -> int | None:
        sets, smaller = key
        if sets == 0 or smaller == 1 or sets == smaller:
            return 0
        return sets if smaller == 0 or sets == 1 else self._memo.get(key)

    def _step(self, key: tuple[int, int]) -> Generator[tuple[int, int], int, int]:
        sets, smaller = key
        level = self.level[sets]
        if level > self.level[smaller]:  # a set with that event is inside none of ours
            ask = (sets, self.low[smaller])
            known = self._known(ask)
            return (yield ask) if known is None else known
        here = level == self.level[smaller]
        lacking = self.low[smaller] if here else smaller
        ask = (self.low[sets], lacking)
        known = self._known(ask)
        low = (yield ask) if known is None else known
        ask = (self.high[sets], lacking)
        known = self._known(ask)
        high = (yield ask) if known is None else known
        if here:
            ask = (high, self.high[smaller])
            known = self._known(ask)
            high = (yield ask) if known is None else known
        return self._make(level, low, high)

    def counts(self) -> tuple[int, ...]:
        """Number of sets by size, from 0 to the largest size there is."""
        by_size: list[dict[int, int]] = [{}, {0: 1}]
        for node in range(2, len(self.level)):
            table = dict(by_size[self.low[node]])
            for size, count in by_size[self.high[node]].items():
                table[size + 1] = table.get(size + 1, 0) + count
            by_size.append(table)
        table = by_size[self.root]
        return tuple(table.get(size, 0) for size in range(max(table, default=-1) + 1))

    def expected(self, u: npt.NDArray[np.float64]) -> float:
        """Expected number of completely active sets, listed or not: an upper bound of P(down)."""
        total = [0.0, 1.0]
        for node in range(2, len(self.level)):
            event = self.order[self.level[node]]
            total.append(total[self.low[node]] + float(u[event]) * total[self.high[node]])
        return total[self.root]

    def best_first(self, u: npt.NDArray[np.float64]) -> Iterator[frozenset[int]]:
        """The sets by size, then by falling product of `u`; ties in no particular order."""
        best: list[dict[int, float]] = [{}, {0: 0.0}]
        with np.errstate(divide="ignore"):
            logs = np.log(u)
        weight = [float(logs[event]) for event in self.order]
        for node in range(2, len(self.level)):
            table = dict(best[self.low[node]])
            for size, value in best[self.high[node]].items():
                with_event = value + weight[self.level[node]]
                table[size + 1] = max(table.get(size + 1, -math.inf), with_event)
            best.append(table)
        for size in sorted(best[self.root]):
            yield from self._of_size(size, best, weight)

    def _of_size(
        self, size: int, best: list[dict[int, float]], weight: list[float]
    ) -> Iterator[frozenset[int]]:
        """Follow the better branch at every node, keep the other one for later."""
        heap: list[tuple[float, int, int, int, float, _Chosen]]
        heap = [(-best[self.root][size], 0, self.root, size, 0.0, None)]
        pushed = 0  # breaks ties, so that the chosen events are never compared
        while heap:
            _, _, node, left, value, chosen = heapq.heappop(heap)
            while node > 1:
                low, high, level = self.low[node], self.high[node], self.level[node]
                gain = value + weight[level]
                without = best[low].get(left)
                with_it = best[high].get(left - 1)
                take = with_it is not None and (without is None or gain + with_it > value + without)
                if with_it is not None and without is not None:
                    pushed += 1
                    other = (
                        (-value - without, pushed, low, left, value, chosen)
                        if take
                        else (-gain - with_it, pushed, high, left - 1, gain, (level, chosen))
                    )
                    heapq.heappush(heap, other)
                if take:
                    node, left, value, chosen = high, left - 1, gain, (level, chosen)
                else:
                    node = low
            yield frozenset(self._events(chosen))

    def _events(self, chosen: _Chosen) -> Iterator[int]:
        while chosen is not None:
            level, chosen = chosen
            yield self.order[level]
