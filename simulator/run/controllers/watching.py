"""Watching signals: what a quantity is at a look, and when it has been beyond its level for long enough."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

import simpy

from simulator.describe.signals import Signal
from simulator.run.controllers.amounts import Amounts
from simulator.run.controllers.world import World
from simulator.tables.driven import Driven

__all__ = ["Counts", "Watching", "next_multiple"]

_SIDE = re.compile(r"([^\[\]]+?)(?:\[(new|old)\])?")
_ROUNDING = 1e-6  # of a period: 10 * 0.1 - 7 * 0.1 is a little less than 0.3
_SERVED = ("ok", "degraded")
_LEFT_OUT = ("in_flight", "cancelled", "rejected")

Counts = tuple[int, int]
"""Served, and not served, since the start."""


class Watching:
    """Reads the quantities of signals.

    Parameters
    ----------
    world : World
    amounts : Amounts
    driven : Driven
    callee : dict of str to str
        Pool that each call goes to, by the name of the call.
    """

    def __init__(
        self, world: World, amounts: Amounts, driven: Driven, callee: dict[str, str]
    ) -> None:
        self._world, self._amounts, self._driven, self._callee = world, amounts, driven, callee
        self._sources = {source.name for source in world.scenario.sources}
        self._since: dict[tuple[str, int], Counts] = {}

    # --- values -----------------------------------------------------------------------------------

    def changed_build(self, pool: str, member: int) -> None:
        """A member runs another build from now on: what it did before counts for neither side."""
        self._since[pool, member] = self._of_members(pool)[member]

    def meter(self, signal: Signal, *, whole: bool = False) -> Callable[[], float]:
        """A function that gives the value at each look; NaN = nothing to say.

        What is counted in a window is measured between looks, so the meter must be asked at each. With
        `whole` it says nothing until it has seen a whole window, or all there is from time 0.
        """
        parts = [self._part(signal, part, whole) for part in signal.parts]
        if len(parts) == 1:
            return parts[0]
        return lambda: parts[0]() - parts[1]()

    def _part(self, signal: Signal, part: str, whole: bool) -> Callable[[], float]:
        match = _SIDE.fullmatch(part)
        assert match is not None  # the description was checked
        name, side = match[1], match[2]
        if signal.quantity in ("waiting", "expired", "age"):
            return lambda: float(getattr(self._amounts.at(name), signal.quantity))
        if signal.quantity == "up_share":
            return lambda: len(self._world.up(name)) / max(self._world.there(name), 1)
        if signal.quantity in ("utilisation", "queue"):
            return lambda: self._gauge(signal.quantity, name, side)
        return _Window(signal, lambda: self._counts(name, side), lambda: self._world.now, whole)

    def _gauge(self, quantity: str, pool: str, side: str | None) -> float:
        gauge = self._driven.gauge(pool)
        chosen = [m for m in range(len(gauge.of)) if self._on_side(pool, m, side)]
        if quantity == "queue":
            return float(sum(gauge.waiting[m] for m in chosen))
        there = sum(gauge.of[m] for m in chosen)
        return sum(gauge.busy[m] for m in chosen) / there if there else math.nan

    def _on_side(self, pool: str, member: int, side: str | None) -> bool:
        if side is None:
            return True
        return self._world.members[pool][member].new == (side == "new")

    def _counts(self, name: str, side: str | None) -> dict[Any, Counts]:
        """Served and not served so far, piece by piece: calls, a source, or members on one side."""
        signals = self._world.signals
        if side is not None:
            rows = self._of_members(name)
            chosen = (m for m in range(len(rows)) if self._on_side(name, m, side))
            return {m: _minus(rows[m], self._since.get((name, m), (0, 0))) for m in chosen}
        if name in self._sources:
            return {name: _sum(signals.requests.get(name, {}))}  # empty at the very start
        return {
            call: _sum(row)
            for call, row in signals.attempts.items()
            if self._callee.get(call) == name
        }

    def _of_members(self, pool: str) -> list[Counts]:
        rows = self._world.signals.members.get(pool)
        return rows if rows is not None else [(0, 0)] * len(self._world.members[pool])

    # --- waiting ----------------------------------------------------------------------------------

    def until_on(self, signal: Signal, *, whole: bool = True) -> Generator[simpy.Event, Any, None]:
        """Wait until a signal is on: beyond its level at every look for its time.

        Looks fall on whole multiples of its period. `whole` as in `meter`: False where what is watched
        is itself new, a build on its first members.
        """
        world, read = self._world, self.meter(signal, whole=whole)
        since: float | None = None
        read()
        while True:
            yield world.until(next_multiple(world.now, signal.every))
            value = read()
            if math.isnan(value):
                continue
            if not signal.beyond(value):
                since = None
                continue
            since = world.now if since is None else since
            if world.now - since >= signal.for_ - _ROUNDING * signal.every:
                return


class _Window:
    """What ended in a sliding window, from counters that only grow."""

    __slots__ = ("_counts", "_now", "_rows", "_signal", "_whole")

    def __init__(
        self, signal: Signal, counts: Callable[[], dict[Any, Counts]], now: Callable[[], float], whole: bool
    ) -> None:  # fmt: skip
        self._signal, self._counts, self._now = signal, counts, now
        self._whole = whole and now() > 0.0
        self._rows: deque[tuple[float, dict[Any, Counts]]] = deque()

    def __call__(self) -> float:
        now, there = self._now(), self._counts()
        self._rows.append((now, there))
        while len(self._rows) > 1 and self._rows[1][0] <= now - self._signal.window:
            self._rows.popleft()
        start, before = self._rows[0]
        served = failed = 0
        for piece, counts in there.items():
            more = _minus(counts, before.get(piece, (0, 0)))
            # a member that changed its build meanwhile counts from there, so its counter fell
            part = counts if min(more) < 0 else more
            served, failed = served + part[0], failed + part[1]
        return self._value(served, failed, now - start)

    def _value(self, served: int, failed: int, length: float) -> float:
        ended = served + failed
        signal = self._signal
        short = length < signal.window - _ROUNDING * signal.every
        if length <= 0.0 or (self._whole and short):
            return math.nan
        if self._signal.quantity in ("ok_per_s", "sent_per_s"):
            return (served if self._signal.quantity == "ok_per_s" else ended) / length
        if ended < self._signal.least:
            return math.nan
        return (served if self._signal.quantity == "ok_share" else failed) / ended


def _sum(row: dict[str, int]) -> Counts:
    failed = sum(n for word, n in row.items() if word not in (*_SERVED, *_LEFT_OUT))
    return sum(row.get(word, 0) for word in _SERVED), failed


def _minus(one: Counts, other: Counts) -> Counts:
    return one[0] - other[0], one[1] - other[1]


def next_multiple(now: float, every: float) -> float:
    """The next whole multiple of `every` (s) after `now` (s), never `now` itself however it is rounded."""
    look = (math.floor(now / every) + 1) * every
    return look if look > now else look + every
