"""Events whose spells come from replications in lockstep, handed out like any other event's."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simulator.describe.system import Scenario
from simulator.rules.plan import plan_of
from simulator.rules.state import IDLE
from simulator.run.montecarlo.lockstep import Histories, Lockstep
from simulator.run.montecarlo.spells import Spells, empty_spells, joined
from simulator.sample.luck import REPLICATIONS_PER_BLOCK, Luck

__all__ = ["BLOCKS_AT_ONCE", "DependentGroup", "Given"]

BLOCKS_AT_ONCE = 4
"""Blocks of replications that take a step together: more rows a step, but they must fit the cache."""


class Given:
    """The spells of one event in one block, handed out slice of time by slice of time.

    Parameters
    ----------
    spells : Spells
        Of the whole horizon, in order.
    horizon_s : float
    """

    __slots__ = ("_horizon", "_rest")

    def __init__(self, spells: Spells, horizon_s: float) -> None:
        self._rest, self._horizon = spells, horizon_s

    def until(self, stop_s: float) -> Spells:
        """Spells not handed out yet that begin before `stop_s`, cut there."""
        rest = self._rest
        if stop_s >= self._horizon:
            self._rest = empty_spells()
            return rest
        stays = rest.end >= stop_s
        self._rest = Spells(
            rest.column[stays],
            np.maximum(rest.start[stays], math.nextafter(stop_s, 0.0)),
            rest.end[stays],
            True,
        )
        now = rest.start < stop_s
        return Spells(rest.column[now], rest.start[now], np.minimum(rest.end[now], stop_s), True)


class DependentGroup:
    """A group of events that depend on each other, simulated some blocks at a time.

    Parameters
    ----------
    scenario : Scenario
    events : sequence of int
        Indices of the events of the group.
    luck : Luck
    last_block : int
        Blocks beyond this one are not needed.
    """

    def __init__(
        self, scenario: Scenario, events: Sequence[int], luck: Luck, last_block: int
    ) -> None:
        self.events, self.last = tuple(events), last_block
        self.horizon = scenario.horizon
        self.lockstep = Lockstep(plan_of(scenario, only=events, skip_instant=False), luck)
        self.ready: dict[int, dict[int, Spells]] = {}

    def units(self, block: int) -> dict[int, Given]:
        """The events' spells in one block; blocks are to be asked for in order, each once."""
        if block not in self.ready:
            blocks = range(block, min(block + BLOCKS_AT_ONCE, self.last + 1))
            histories = self.lockstep.run(blocks, self.horizon)
            self.ready = dict(zip(blocks, self._split(histories, len(blocks)), strict=True))
        return {
            event: Given(spells, self.horizon) for event, spells in self.ready.pop(block).items()
        }

    def _split(self, histories: Histories, blocks: int) -> list[dict[int, Spells]]:
        active = np.array(
            [[phase != IDLE for phase in s.phases] for s in self.lockstep.table.states]
        )
        times = np.vstack([histories.times, np.full(histories.times.shape[1], self.horizon)])
        found = []
        for block in range(blocks):
            columns = slice(block * REPLICATIONS_PER_BLOCK, (block + 1) * REPLICATIONS_PER_BLOCK)
            states, when = histories.states[:, columns], times[:, columns]
            found.append(
                {event: _spells(active[states, event], when, self.horizon) for event in self.events}
            )
        return found


def _spells(
    active: npt.NDArray[np.bool_], times: npt.NDArray[np.float64], horizon: float
) -> Spells:
    """Spells of one event from its state after each step.

    Parameters
    ----------
    active : bool array, shape (steps, replications)
    times : float array, shape (steps + 1, replications)
        When each state began; the last row is the horizon.
    """
    idle = np.zeros((1, active.shape[1]), dtype=np.bool_)
    edges = np.diff(np.concatenate([idle, active, idle]).T.view(np.int8), axis=1)
    column, first = np.nonzero(edges == 1)
    _, last = np.nonzero(edges == -1)
    start, end = times[first, column], times[last, column]
    begun = start < horizon
    spells = Spells(column[begun], start[begun], end[begun], in_order=True)
    touch = (spells.column[1:] == spells.column[:-1]) & (spells.start[1:] <= spells.end[:-1])
    return joined([spells], horizon)[0] if touch.any() else spells
