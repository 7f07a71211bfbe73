"""What one member of a cache remembers: which keys it holds, and which makes place for a new one.

Only the memory. Who fetches what is missing, whether a late answer is still stored and who waits for
whose fetch (`fills` and `single_flight` of a :class:`~simulator.describe.serving.Cache`) is decided by
the engine. The times it hands in never fall.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice
from math import inf
from typing import Self

from simulator.describe.serving import Cache
from simulator.errors import DescriptionError

__all__ = ["Store", "new_store"]


class Store(ABC):
    """The keys one member holds.

    A fill counts as a use, and so does a hit. A key is held for less than its time to live: at the
    very instant at which it ends, the key is gone, and its place is free.
    """

    __slots__ = ("_expires", "_next", "_renews", "_size", "_ttl")

    def __init__(self, cache: Cache) -> None:
        self._size = inf if cache.size is None else cache.size
        self._ttl = inf if cache.ttl is None else cache.ttl
        self._renews = cache.ttl is not None and cache.ttl_from == "use"
        # Key -> when its time ends. The time to live is the same for all, so the order of the last
        # stamp is the order of the ends. Empty without a time to live.
        self._expires: OrderedDict[int, float] = OrderedDict()
        self._next = inf  # nobody's time ends before this

    def get(self, key: int, now: float) -> bool:
        """Whether the key is held at `now` (seconds); a hit is a use."""
        if now >= self._next:
            self._sweep(now)
        if not self._hit(key):
            return False
        if self._renews:
            self._stamp(key, now)
        return True

    def put(self, key: int, now: float) -> None:
        """Hold the key from `now` (seconds) on; its time to live starts anew if it was held already."""
        if now >= self._next:
            self._sweep(now)
        if not self._hit(key):
            if len(self) >= self._size:
                victim = self._evict()
                self._expires.pop(victim, None)
            self._add(key)
        if self._ttl != inf:
            self._stamp(key, now)

    def warm(self, keys: Iterable[int], now: float = 0.0) -> None:
        """Hold the first `size` of these keys, as if each had just been filled, the first one last.

        Parameters
        ----------
        keys : iterable of int
            From the most popular, each once.
        now : float
            When their time to live starts, seconds.
        """
        held = list(keys if self._size == inf else islice(keys, int(self._size)))
        for key in reversed(held):
            self.put(key, now)

    def forget(self) -> None:
        """Empty it: a restart, a flush."""
        self._clear()
        self._expires.clear()
        self._next = inf

    def _stamp(self, key: int, now: float) -> None:
        expires = self._expires
        expires[key] = end = now + self._ttl
        expires.move_to_end(key)
        if end < self._next:
            self._next = end

    def _sweep(self, now: float) -> None:
        """Drop the keys whose time has ended; each was stamped once for every time it is dropped."""
        expires = self._expires
        while expires:
            key, end = next(iter(expires.items()))
            if end > now:
                self._next = end
                return
            del expires[key]
            self._drop(key)
        self._next = inf

    @abstractmethod
    def __len__(self) -> int:
        """Keys held at the last `get` or `put`."""

    @abstractmethod
    def _hit(self, key: int) -> bool:
        """Note a use, if the key is held."""

    @abstractmethod
    def _add(self, key: int) -> None:
        """Hold a key that is not held."""

    @abstractmethod
    def _evict(self) -> int:
        """Drop the key that makes place, and say which."""

    @abstractmethod
    def _drop(self, key: int) -> None:
        """Drop a key that is held."""

    @abstractmethod
    def _clear(self) -> None:
        """Drop all keys."""

    def copy(self) -> Self:
        """A store with the same keys that goes its own way."""
        twin = type(self).__new__(type(self))
        twin._size, twin._ttl, twin._renews = self._size, self._ttl, self._renews
        twin._expires, twin._next = self._expires.copy(), self._next
        self._share(twin)
        return twin

    @abstractmethod
    def _share(self, twin: Self) -> None:
        """Give a copy of what is held to `twin`."""


class _Fifo(Store):
    """The oldest fill makes place; a key that is filled again while it is held keeps its place."""

    __slots__ = ("_held",)

    def __init__(self, cache: Cache) -> None:
        super().__init__(cache)
        self._held: OrderedDict[int, None] = (
            OrderedDict()
        )  # not a dict: the front is taken off in O(1)

    def __len__(self) -> int:
        return len(self._held)

    def _hit(self, key: int) -> bool:
        return key in self._held

    def _add(self, key: int) -> None:
        self._held[key] = None

    def _evict(self) -> int:
        return self._held.popitem(last=False)[0]

    def _drop(self, key: int) -> None:
        del self._held[key]

    def _clear(self) -> None:
        self._held.clear()

    def _share(self, twin: Self) -> None:
        twin._held = self._held.copy()


class _Lru(_Fifo):
    """The key whose last use is longest ago makes place."""

    __slots__ = ()

    def _hit(self, key: int) -> bool:
        if key not in self._held:
            return False
        self._held.move_to_end(key)
        return True


class _Lfu(Store):
    """The key with the fewest uses since its fill makes place, of several the least recently used.

    What is dropped is forgotten together with its count.
    """

    __slots__ = ("_fewest", "_uses", "_with")

    def __init__(self, cache: Cache) -> None:
        super().__init__(cache)
        self._uses: dict[int, int] = {}
        # Uses -> the keys that have had so many, in the order of their last use.
        self._with: dict[int, OrderedDict[int, None]] = {}
        self._fewest = 1  # right whenever the store is full: filling it up has just set it

    def __len__(self) -> int:
        return len(self._uses)

    def _hit(self, key: int) -> bool:
        if key not in self._uses:
            return False
        uses = self._uses[key]
        if self._leave(key, uses) and uses == self._fewest:
            self._fewest = uses + 1
        self._enter(key, uses + 1)
        return True

    def _add(self, key: int) -> None:
        self._enter(key, 1)
        self._fewest = 1

    def _evict(self) -> int:
        victim = next(iter(self._with[self._fewest]))
        self._drop(victim)
        return victim

    def _drop(self, key: int) -> None:
        self._leave(key, self._uses.pop(key))

    def _enter(self, key: int, uses: int) -> None:
        self._uses[key] = uses
        if uses in self._with:
            self._with[uses][key] = None
        else:
            self._with[uses] = OrderedDict({key: None})

    def _leave(self, key: int, uses: int) -> bool:
        """Take the key out of its company; whether that was the last of them."""
        company = self._with[uses]
        del company[key]
        if company:
            return False
        del self._with[uses]
        return True

    def _clear(self) -> None:
        self._uses.clear()
        self._with.clear()

    def _share(self, twin: Self) -> None:
        twin._uses = self._uses.copy()
        twin._with = {uses: company.copy() for uses, company in self._with.items()}
        twin._fewest = self._fewest


def new_store(cache: Cache) -> Store:
    """An empty store as described; `warm` it where the description says so.

    Every operation takes O(1) on average, those that drop expired keys included.

    Raises
    ------
    DescriptionError
        For a cache with a stated share of hits, which holds no keys.
    """
    if cache.hits is not None:
        raise DescriptionError("a cache with a stated share of hits holds no keys", "hits")
    kinds: dict[str, type[Store]] = {"lru": _Lru, "lfu": _Lfu, "fifo": _Fifo}
    return kinds[cache.eviction](cache)
