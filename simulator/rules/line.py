"""The waiting line of a member: who is served next, and who finds no place.

The line holds whatever the engine puts in. Nothing is taken out of its middle: an item whose caller
has given up stays where it is until it reaches the head, and the engine, which knows that it is dead,
pops on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sized
from heapq import heappop, heappush
from typing import Generic, TypeVar

from simulator.describe.serving import Queue

__all__ = ["WaitingLine", "rank_of"]

Item = TypeVar("Item")


def rank_of(queue: Queue, cls: str) -> int:
    """How urgent requests of a class are: 0 = most, and all alike unless the order is by priority.

    Classes that `queue.first` does not name come last, all with rank ``len(queue.first)``.
    """
    first = queue.first
    return first.index(cls) if cls in first else len(first)


class WaitingLine(Generic[Item]):
    """Items that wait for a thread, in the order of a :class:`~simulator.describe.serving.Queue`.

    Parameters
    ----------
    queue : Queue
        `cap`, `order` and `first` are the line's affair; expiry is the engine's, who knows when an
        item has joined (`pop` tells) and what an expired one costs.

    Attributes
    ----------
    gone : int
        Items in the line whose callers have given up: the engine adds one when it marks an item,
        and takes one off when it pops a marked one. They do not count against the cap.
    waiting : collection
        What holds the items: empty if nobody waits. Cheaper to ask than ``len(line)``.
    """

    __slots__ = ("_cap", "_entries", "_heap", "_lifo", "_number", "gone", "waiting")

    def __init__(self, queue: Queue) -> None:
        self._cap = float("inf") if queue.cap is None else queue.cap
        self._lifo = queue.order == "lifo"
        self._entries: deque[tuple[Item, float]] = deque()
        # By priority: (rank, running number, item, since); the number keeps equals in order of arrival
        # and items, which need not be comparable, out of the comparison.
        self._heap: list[tuple[int, int, Item, float]] | None = (
            [] if queue.order == "priority" else None
        )
        self.waiting: Sized = self._entries if self._heap is None else self._heap
        self._number = 0
        self.gone = 0

    def push(self, item: Item, now: float, rank: int = 0) -> bool:
        """Join the line; False if it is full and the item was not taken.

        Parameters
        ----------
        item : object
        now : float
            Seconds; what `pop` and `head_since` give back.
        rank : int
            See `rank_of`; matters to the order by priority alone.
        """
        heap = self._heap
        if heap is None:
            entries = self._entries
            if len(entries) - self.gone >= self._cap:
                return False
            entries.append((item, now))
            return True
        if len(heap) - self.gone >= self._cap:
            return False
        self._number += 1
        heappush(heap, (rank, self._number, item, now))
        return True

    def pop(self) -> tuple[Item, float]:
        """Take out the item that is served next, and the time since when it has waited.

        Raises
        ------
        IndexError
            If nobody waits.
        """
        if self._heap is not None:
            _, _, item, since = heappop(self._heap)
            return item, since
        return self._entries.pop() if self._lifo else self._entries.popleft()

    def head(self) -> Item:
        """The item that is served next, dead or alive; it stays.

        Raises
        ------
        IndexError
            If nobody waits.
        """
        if self._heap is not None:
            return self._heap[0][2]
        return self._entries[-1 if self._lifo else 0][0]

    def head_since(self) -> float | None:
        """Since when the item that is served next has waited, seconds; None if nobody waits.

        A dead item at the head is an item like any other. Last in, first out: the head is the newest.
        """
        if self._heap is not None:
            return self._heap[0][3] if self._heap else None
        if not self._entries:
            return None
        return self._entries[-1 if self._lifo else 0][1]

    def __len__(self) -> int:
        return len(self.waiting)

    def copy(self) -> WaitingLine[Item]:
        """A line with the same items that goes its own way; the items are shared."""
        twin: WaitingLine[Item] = WaitingLine.__new__(WaitingLine)
        twin._cap, twin._lifo = self._cap, self._lifo
        twin._entries = self._entries.copy()
        twin._heap = None if self._heap is None else self._heap.copy()
        twin.waiting = twin._entries if twin._heap is None else twin._heap
        twin._number, twin.gone = self._number, self.gone
        return twin
