"""The rule book as arrays, so that many replications can take a step at the same time.

States and moves are worked out once, when some replication first meets them, and kept.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simulator.rules.dependence import Rules
from simulator.rules.state import State

__all__ = ["StateTable"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class StateTable:
    """States and moves met so far.

    Parameters
    ----------
    rules : Rules

    Attributes
    ----------
    speeds : float array, shape (capacity, clocks)
        Speed of every clock in every state; rows beyond the number of states are unused.
    slowness : float array, shape (capacity, clocks)
        Its inverse; infinite for a clock that stands still.
    branches : bool
        Whether any move has several outcomes.
    first_move : int array, shape (capacity, clocks)
        Where the outcomes of a clock's end begin; -1 = not worked out yet.
    outcomes : int array, shape (moves,)
        At the first of a group: how many outcomes it has.
    target, cumulative : arrays, shape (moves,)
        Next state, and the sum of chances up to and including this outcome.
    reset_clock, reset_stream : int arrays, shape (moves, most resets)
        Durations drawn afresh; -1 = none.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.clocks = len(rules.plan.clocks)
        self.states: list[State] = []
        self.index: dict[State, int] = {}
        self.speeds = np.zeros((64, self.clocks))
        self.slowness = np.full((64, self.clocks), np.inf)
        self.branches = False
        self.first_move = np.full((64, self.clocks), -1, dtype=np.int64)
        self.outcomes = np.zeros(0, dtype=np.int64)
        self.target = np.zeros(0, dtype=np.int64)
        self.cumulative = np.zeros(0)
        self.reset_clock = np.full((0, 1), -1, dtype=np.int64)
        self.reset_stream = np.full((0, 1), -1, dtype=np.int64)
        state, self.start_resets = rules.start()
        self.start = self.number(state)

    def number(self, state: State) -> int:
        """Number of a state; a new one is added."""
        found = self.index.get(state)
        if found is not None:
            return found
        found = self.index[state] = len(self.states)
        self.states.append(state)
        if found == len(self.speeds):
            self.speeds = np.concatenate([self.speeds, np.zeros_like(self.speeds)])
            self.slowness = np.concatenate([self.slowness, np.full_like(self.slowness, np.inf)])
            self.first_move = np.concatenate([self.first_move, np.full_like(self.first_move, -1)])
        for clock, speed in self.rules.clocks(state):
            self.speeds[found, clock] = speed
            self.slowness[found, clock] = 1.0 / speed
        return found

    def moves(self, state: Ints, clock: Ints) -> Ints:
        """First outcome of the end of ``clock[i]`` in ``state[i]``, worked out if it is new.

        Parameters
        ----------
        state, clock : int arrays, shape (rows,)

        Returns
        -------
        int array, shape (rows,)
        """
        pair = state * self.clocks + clock
        first = self.first_move.ravel().take(pair)
        unknown = first < 0
        if unknown.any():
            for new in np.unique(pair[unknown]):
                self._work_out(*divmod(int(new), self.clocks))
            first = self.first_move.ravel().take(pair)
        return first

    def _work_out(self, state: int, clock: int) -> None:
        moves = self.rules.fire(self.states[state], clock)
        targets = [self.number(move.state) for move in moves]
        self.branches |= len(moves) > 1
        self.first_move[state, clock] = len(self.target)
        self._widen(max(len(move.resets) for move in moves))
        width = self.reset_clock.shape[1]
        resets = np.full((len(moves), width, 2), -1, dtype=np.int64)
        for row, move in enumerate(moves):
            if move.resets:
                resets[row, : len(move.resets)] = move.resets
        cumulative = np.cumsum([move.chance for move in moves])
        cumulative[-1] = 1.0  # whatever rounding left over
        self.outcomes = np.append(self.outcomes, np.full(len(moves), len(moves)))
        self.target = np.append(self.target, targets)
        self.cumulative = np.append(self.cumulative, cumulative)
        self.reset_clock = np.concatenate([self.reset_clock, resets[:, :, 0]])
        self.reset_stream = np.concatenate([self.reset_stream, resets[:, :, 1]])

    def _widen(self, width: int) -> None:
        extra = width - self.reset_clock.shape[1]
        if extra > 0:
            pad = ((0, 0), (0, extra))
            self.reset_clock = np.pad(self.reset_clock, pad, constant_values=-1)
            self.reset_stream = np.pad(self.reset_stream, pad, constant_values=-1)
