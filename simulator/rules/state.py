"""State of a system whose parts depend on each other, and the draft of the next one."""

from __future__ import annotations

from typing import NamedTuple

from simulator.describe.distributions import Deterministic
from simulator.rules.plan import Plan

__all__ = [
    "BY_HAND",
    "CALLED",
    "DETECT",
    "ENDLESS",
    "HELD",
    "IDLE",
    "PROMOTE",
    "REPAIR",
    "TRAVEL",
    "UNSEEN",
    "WAITING",
    "Draft",
    "State",
    "instant",
    "is_up",
]

IDLE, UNSEEN, CALLED, HELD, WAITING, TRAVEL, REPAIR, ENDLESS, DETECT, PROMOTE, BY_HAND = range(11)
"""Phases of an event: not active; active and not found; about to call a crew; held until a failover
has ended; in a crew's queue; crew on its way; in repair; active for ever; stages of a failover."""


class State(NamedTuple):
    """A hashable state.

    phases : phase of each event
    queues : for each crew, its waiting and (if it may be interrupted) begun jobs, first come first
    active : for each led pool, its active members, in order
    """

    phases: tuple[int, ...]
    queues: tuple[tuple[int, ...], ...]
    active: tuple[tuple[int, ...], ...]


class Draft:
    """The next state in the making, with its probability and the clocks that start afresh."""

    __slots__ = ("active", "chance", "downed", "heals", "phases", "queues", "repaired", "resets")

    def __init__(self, state: State) -> None:
        self.phases = list(state.phases)
        self.queues = [list(q) for q in state.queues]
        self.active = [list(a) for a in state.active]
        self.chance = 1.0
        self.resets: list[tuple[int, int]] = []
        self.heals: list[int] = []  # repairs that take no time, still to be done
        self.downed: list[
            tuple[str, int]
        ] = []  # members that went down, whose followers are to be asked
        self.repaired = False

    def split(self, chance: float) -> Draft:
        """A copy that is taken with probability `chance` of this one."""
        copy = Draft(self.freeze())
        copy.chance = self.chance * chance
        copy.resets, copy.heals = list(self.resets), list(self.heals)
        copy.downed, copy.repaired = list(self.downed), self.repaired
        return copy

    def freeze(self) -> State:
        """The state as a hashable value."""
        return State(
            tuple(self.phases), tuple(map(tuple, self.queues)), tuple(map(tuple, self.active))
        )


def is_up(plan: Plan, phases: list[int] | tuple[int, ...], member: tuple[str, int]) -> bool:
    """Whether no active fault covers the member down."""
    return all(phases[event] == IDLE for event in plan.covers.get(member, ()))


def instant(plan: Plan, stream: int) -> bool:
    """Whether durations of this stream are always zero."""
    law = plan.streams[stream].law
    return isinstance(law, Deterministic) and law.value == 0.0
