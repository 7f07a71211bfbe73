"""Independent faults as alternating renewals: up for a life, down for a repair, and so on.

All replications of a block advance together: row k of an array holds life number k of every one of
them, and one running sum along the rows gives all failure and repair times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.describe.distributions import Distribution
from simulator.errors import DescriptionError
from simulator.run.montecarlo.spells import BoolArray, FloatArray, Spells, empty_spells, joined
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck

__all__ = ["Alternation", "RenewalEvent"]


@dataclass(frozen=True, slots=True)
class RenewalEvent:
    """A fault that strikes and is repaired without regard to any other, as good as new each time.

    Parameters
    ----------
    name : str
        Address of its luck; unique.
    life : Distribution
        Time from repair to failure, seconds.
    repair : Distribution or None
        Time from failure to repair, seconds; None = never repaired.
    cause : str
        Name under which like events are summed; empty = `name`.
    first : Distribution or None
        First life where it differs: a part of a given age, or a start in equilibrium.
    starts_down : float
        Probability 0-1 to be down at time 0.
    first_repair : Distribution or None
        Time left of that repair where it differs from `repair`.
    """

    name: str
    life: Distribution
    repair: Distribution | None
    cause: str = ""
    first: Distribution | None = None
    starts_down: float = 0.0
    first_repair: Distribution | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise DescriptionError("a renewal event needs a name: it is the address of its luck")
        if not 0 <= self.starts_down <= 1:
            given = f"starts_down is {self.starts_down}"
            raise DescriptionError(f"{self.name}: {given}: must be within 0-1")
        if self.repair is None and self.first_repair is not None:
            raise DescriptionError(f"{self.name}: a first repair is given but no repair: give both")

    @property
    def summed_as(self) -> str:
        """Name under which its downtime is summed."""
        return self.cause or self.name

    def cycle_s(self) -> float:
        """Mean time from failure to failure, seconds; infinite if there is no second one.

        Raises
        ------
        DescriptionError
            If life and repair both take no time: it would fail without end.
        """
        if self.repair is None:
            return math.inf
        cycle = self.life.mean() + self.repair.mean()
        if cycle == 0:
            raise DescriptionError(f"{self.name}: life and repair both take 0 s: one must last")
        return cycle


class Alternation:
    """The spells of one event in one block, handed out slice of time by slice of time.

    Parameters
    ----------
    event : RenewalEvent
    cycle_s : float
        ``event.cycle_s()``, computed once per run.
    luck : Luck
    block : int
    horizon_s : float
        Seconds.

    Notes
    -----
    Purposes ``life``, ``repair`` and, if it may start down, ``start``. Occurrence k of ``repair``
    ends the failure that occurrence k of ``life`` began, also where life 0 is skipped by a start
    in the down state.
    """

    __slots__ = (
        "_clock", "_event", "_horizon", "_later", "_lives", "_mean", "_repairs", "_start",
    )  # fmt: skip

    def __init__(
        self, event: RenewalEvent, cycle_s: float, luck: Luck, block: int, horizon_s: float
    ) -> None:
        self._event, self._mean, self._horizon = event, cycle_s, horizon_s
        self._lives = luck.stream("life", event.name, block)
        self._repairs: np.random.Generator | None = None
        if event.repair is not None:
            self._repairs = luck.stream("repair", event.name, block)
        self._start: np.random.Generator | None = None
        if event.starts_down > 0:
            self._start = luck.stream("start", event.name, block)
        self._clock: FloatArray | None = None  # end of the last repair known, per replication
        self._later = empty_spells()

    def until(self, stop_s: float) -> Spells:
        """Spells not handed out yet that begin before `stop_s`, cut there (at the end: `horizon`).

        What reaches `stop_s` is handed out again from the last float before it. So it comes before
        the failures of the instant of the cut, and a repair at that instant still meets them.
        """
        parts = [self._later]
        touching, drawn = False, 0
        while self._clock is None or self._clock.min() < stop_s:
            before = self._clock
            times = self._advance(max(self._rows_needed(stop_s), drawn // 2))
            drawn += len(times) // 2
            touching |= self._touch(times, before)
            parts.append(self._within(times))
        spells = joined(parts, self._horizon)[0] if touching else _concatenated(parts)
        if stop_s >= self._horizon:
            return spells
        return self._cut(spells, stop_s)

    def _cut(self, spells: Spells, stop_s: float) -> Spells:
        stays, before = np.flatnonzero(spells.end >= stop_s), math.nextafter(stop_s, 0.0)
        self._later = Spells(
            spells.column[stays], np.maximum(spells.start[stays], before), spells.end[stays], True
        )
        now = np.flatnonzero(spells.start < stop_s)
        end = np.minimum(spells.end.take(now), stop_s)
        return Spells(spells.column.take(now), spells.start.take(now), end, True)

    def _advance(self, count: int) -> FloatArray:
        """Times of the next `count` failures and repairs in turn, shape (2 * count, block)."""
        times = self._durations(count)
        if self._clock is not None:
            times[0] += self._clock
        last = times[0]
        for row in times[1:]:  # five times as fast as cumsum along axis 0, and the same sums
            row += last
            last = row
        self._clock = last.copy()
        return times

    def _within(self, times: FloatArray) -> Spells:
        """The spells that begin within the horizon, cut there."""
        chosen = np.flatnonzero(times[0::2] < self._horizon)
        column = chosen & (REPLICATIONS_PER_BLOCK - 1)
        chosen += chosen
        chosen -= column  # where the failure stands in `times`; its repair stands a row below
        flat = times.ravel()
        start = flat.take(chosen)
        chosen += REPLICATIONS_PER_BLOCK
        return Spells(column, start, np.minimum(flat.take(chosen), self._horizon), in_order=True)

    def _rows_needed(self, stop_s: float) -> int:
        """Lives until nearly every replication has passed `stop_s`."""
        if self._repairs is None:
            return 1
        lives = (stop_s - (0.0 if self._clock is None else float(self._clock.min()))) / self._mean
        return int(lives + 3.2 * math.sqrt(lives)) + 2

    def _durations(self, count: int) -> FloatArray:
        """Lives and repairs in turn, shape (2 * count, block)."""
        event, shape = self._event, (count, REPLICATIONS_PER_BLOCK)
        out = np.empty((2 * count, REPLICATIONS_PER_BLOCK))
        exposure = self._lives.standard_exponential(shape)
        out[0::2] = event.life.time_at_hazard(exposure)
        if self._clock is None and event.first is not None:
            out[0] = event.first.time_at_hazard(exposure[0])
        if event.repair is None or self._repairs is None:
            out[1] = math.inf
        else:
            exposure = self._repairs.standard_exponential(out=exposure)
            out[1::2] = event.repair.time_at_hazard(exposure)
        if self._clock is None and self._start is not None:
            self._start_down(out, exposure[0], self._start)
        return out

    def _start_down(self, out: FloatArray, exposure: FloatArray, rng: np.random.Generator) -> None:
        """Skip the first life by chance: P(E <= -log(1-p)) = p for a unit draw E."""
        level = -math.log1p(-self._event.starts_down) if self._event.starts_down < 1 else math.inf
        down: BoolArray = rng.standard_exponential(REPLICATIONS_PER_BLOCK) <= level
        out[0, down] = 0.0
        if self._event.first_repair is not None:
            out[1, down] = self._event.first_repair.time_at_hazard(exposure)[down]

    def _touch(self, times: FloatArray, before: FloatArray | None) -> bool:
        """Whether a failure falls on the instant of the repair before it (rare: joined then)."""
        again = times[2::2] <= times[1:-1:2]
        if again.any() and bool((again & (times[2::2] < self._horizon)).any()):
            return True
        if before is None:
            return False
        return bool(((times[0] <= before) & (times[0] < self._horizon)).any())


def _concatenated(parts: list[Spells]) -> Spells:
    parts = [p for p in parts if len(p)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    return Spells(
        np.concatenate([p.column for p in parts]),
        np.concatenate([p.start for p in parts]),
        np.concatenate([p.end for p in parts]),
        in_order=True,
    )
