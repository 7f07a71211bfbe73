"""Replications in lockstep: parts that depend on each other, many replications a step.

Each step takes every replication to its next event: the clock with the least time left ends, the
rule book says what follows, and the durations that start afresh are drawn. Clocks have *operating*
time left; a clock at speed v needs (time left) / v. A clock that stands still keeps its rest.
Of several clocks that end at one instant all end, in the order fault, repair, control, whatever
the first of them changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.rules.dependence import Rules
from simulator.rules.plan import Plan
from simulator.run.montecarlo.durations import Durations
from simulator.run.montecarlo.state_table import StateTable
from simulator.sample.lifetimes import ExposureBlock
from simulator.sample.luck import Luck

__all__ = ["Histories", "Lockstep"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_DUE = -1.0  # a clock that has ended at this very instant and waits for its turn


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """What happened to some replications.

    Parameters
    ----------
    times : float array, shape (steps + 1, replications)
        When each state began, seconds; the horizon once a replication has ended.
    states : int array, shape (steps + 1, replications)
        Number of the state in the table.
    """

    times: Floats
    states: Ints


class Lockstep:
    """Runs the replications of one block range.

    Parameters
    ----------
    plan : Plan
    luck : Luck
    """

    def __init__(self, plan: Plan, luck: Luck) -> None:
        self.plan, self.luck = plan, luck
        self.table = StateTable(Rules(plan))

    def run(self, blocks: range, horizon: float) -> Histories:
        """Histories of all replications of `blocks` over [0, `horizon`] seconds."""
        return _Run(self, blocks, horizon).histories()


class _Run:
    def __init__(self, lockstep: Lockstep, blocks: range, horizon: float) -> None:
        self.table, self.horizon = lockstep.table, horizon
        self.durations = Durations(lockstep.luck, lockstep.plan.streams, blocks)
        self.branches = _Branches(lockstep.luck, lockstep.plan, blocks)
        n = self.durations.replications
        self.row = np.arange(n)  # the replication of each row that still runs
        self.state = np.full(n, self.table.start, dtype=np.int64)
        self.now = np.zeros(n)
        self.left = np.full((n, self.table.clocks), np.inf)
        for clock, stream in self.table.start_resets:
            self.left[:, clock] = self.durations.draw(self.row, np.full(n, stream))

    def histories(self) -> Histories:
        n = len(self.row)
        times, states = [np.zeros(n)], [self.state.copy()]
        if not self.table.clocks:  # nothing that could ever happen, such as a pool without faults
            times, states = [*times, np.full(n, self.horizon)], states * 2
            self.row = self.row[:0]
        while self.row.size:
            self.step()
            time, state = np.full(n, self.horizon), states[-1].copy()
            time[self.row] = self.now
            state[self.row] = self.state
            times.append(time)
            states.append(state)
        return Histories(np.array(times), np.array(states))

    def step(self) -> None:
        """Every running replication has its next event, or ends at the horizon."""
        with np.errstate(invalid="ignore", over="ignore"):
            wait = self.left * self.table.slowness.take(self.state, axis=0)
        clock = wait.argmin(axis=1)
        step = np.maximum(wait.ravel().take(clock + np.arange(0, wait.size, wait.shape[1])), 0.0)
        later = self.now + step
        running = later < self.horizon
        if not running.all():
            clock, step, later = clock[running], step[running], later[running]
            self._keep(running)
        self.now = later
        self.left -= step[:, None] * self.table.speeds.take(self.state, axis=0)
        over = self.left <= 0.0
        self.left[over] = _DUE
        self.left[np.arange(len(clock)), clock] = np.inf
        self._fire(clock)

    def _keep(self, running: npt.NDArray[np.bool_]) -> None:
        self.row, self.state, self.now, self.left = (
            self.row[running], self.state[running], self.now[running], self.left[running],
        )  # fmt: skip

    def _fire(self, clock: Ints) -> None:
        table = self.table
        move = table.moves(self.state, clock)
        if table.branches:
            many = np.flatnonzero(table.outcomes.take(move) > 1)
            if many.size:
                move[many] = self._choose(move[many], self.row[many], clock[many])
        self.state = table.target.take(move)
        for column in range(table.reset_clock.shape[1]):
            target = table.reset_clock[:, column].take(move)
            rows = np.flatnonzero(target >= 0)
            if rows.size:
                stream = table.reset_stream[:, column].take(move[rows])
                self.left[rows, target[rows]] = self.durations.draw(self.row[rows], stream)

    def _choose(self, move: Ints, rows: Ints, clock: Ints) -> Ints:
        """Which outcome of a chance event comes true."""
        chance = self.branches.draw(rows, clock)
        last = move + self.table.outcomes[move] - 1
        while (further := (move < last) & (chance > self.table.cumulative[move])).any():
            move = move + further
        return move


class _Branches:
    """Chances between 0 and 1, addressed by the clock whose end they decide."""

    def __init__(self, luck: Luck, plan: Plan, blocks: range) -> None:
        names = [_who(plan, clock) for clock in range(len(plan.clocks))]
        self.sources = [
            [ExposureBlock(luck, "chance", name, block) for block in blocks] for name in names
        ]
        self.tables: list[Floats | None] = [None] * len(names)
        self.used: Ints | None = None

    def draw(self, rows: Ints, clock: Ints) -> Floats:
        """The next chance of ``clock[i]`` in replication ``rows[i]``."""
        value = np.empty(len(rows))
        for number in np.unique(clock):
            chosen = clock == number
            value[chosen] = self._one(int(number), rows[chosen])
        return value

    def _one(self, number: int, rows: Ints) -> Floats:
        table = self.tables[number]
        if self.used is None or table is None:
            table = self.tables[number] = self._rows(number, 8)
        if self.used is None:
            self.used = np.zeros((table.shape[1], len(self.tables)), dtype=np.int64)
        occurrence = self.used[rows, number]
        while occurrence.max(initial=0) >= len(table):
            table = self.tables[number] = self._rows(number, 2 * len(table))
        self.used[rows, number] += 1
        return np.asarray(table[occurrence, rows])

    def _rows(self, number: int, rows: int) -> Floats:
        exposures = [block.rows(rows) for block in self.sources[number]]
        return np.asarray(np.exp(-np.concatenate(exposures, axis=1)))


def _who(plan: Plan, clock: int) -> str:
    described = plan.clocks[clock]
    if described.kind == "shock":
        return f"{plan.shocks[described.owner].name}.{described.kind}"
    return f"{plan.events[described.owner].name}.{described.kind}"
