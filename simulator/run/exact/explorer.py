"""Which states a system with dependent parts can be in, and the rates between them.

States are explored level by level (a level = the number of active faults), alike members lumped.
Phase-type laws carry the phase of their clock in the state.
"""

from __future__ import annotations

import heapq

import numpy as np

from simulator.errors import NotSupported
from simulator.rules.dependence import Rules
from simulator.rules.plan import Plan
from simulator.rules.state import BY_HAND, DETECT, PROMOTE, REPAIR, TRAVEL, UNSEEN, State, instant
from simulator.run.exact.symmetry import Phased, Symmetry

__all__ = ["Explorer"]

_STREAM_OF = {
    UNSEEN: "found",
    TRAVEL: "travel",
    REPAIR: "repair",
    DETECT: "detect",
    PROMOTE: "promote",
    BY_HAND: "by_hand",
}


class Explorer:
    """Breadth-first search by level.

    Parameters
    ----------
    plan : Plan
    most : int
        Most states; rarer levels are left out.

    Attributes
    ----------
    states : list of (State, phases)
        Everything met, by number.
    triplets : list of (int, int, float)
        Rates between numbers, 1/s.
    """

    def __init__(self, plan: Plan, most: int) -> None:
        self.plan, self.most = plan, most
        self.rules, self.symmetry = Rules(plan), Symmetry(plan)
        self.laws = [s.law.phases() for s in plan.streams]
        self.exits = [() if law is None else law.exits() for law in self.laws]
        for number, (stream, law) in enumerate(zip(plan.streams, self.laws, strict=True)):
            known = law is not None or instant(plan, number) or stream.law.mean() == float("inf")
            if stream.age and not (law is not None and len(law) == 1):
                raise NotSupported(
                    f"the age at the start of {stream.who}, whose law remembers it", "exact", "montecarlo can"
                )
            if not known or stream.keeps or stream.period:
                self._refuse(
                    stream.who, stream.purpose, stream.law.describe(), stream.keeps, stream.period
                )
        self.index: dict[Phased, int] = {}
        self.states: list[Phased] = []
        self.triplets: list[tuple[int, int, float]] = []
        self.heap: list[tuple[int, int]] = []

    def _refuse(self, who: str, purpose: str, law: str, keeps: float, period: float) -> None:
        what = f"the {purpose} of {who}: {law}"
        if keeps:
            what = f"the {purpose} of {who}, which a repair does not renew"
        if period:
            what = f"the inspections of {who} at fixed times"
        raise NotSupported(f"{what} (no Markov chain has it)", "exact", "montecarlo can")

    def level(self, state: State) -> int:
        """Number of active faults."""
        return sum(
            p != 0 for p, e in zip(state.phases, self.plan.events, strict=True) if not e.role
        )

    def number(self, phased: Phased) -> int:
        """Number of the representative of a state; a new one is put on the list."""
        phased = self.symmetry.canonical(phased)
        found = self.index.get(phased)
        if found is None:
            found = self.index[phased] = len(self.states)
            self.states.append(phased)
            heapq.heappush(self.heap, (self.level(phased[0]), found))
        return found

    def explore(self) -> tuple[list[int], list[tuple[int, float]]]:
        """Numbers of the states that are kept, and the distribution at time 0."""
        state, resets = self.rules.start()
        idle = (0,) * len(self.plan.clocks)
        start = [(self.number(p), chance) for p, chance in self.drawn(state, idle, resets)]
        done: list[int] = []
        while self.heap:
            level, current = self.heap[0]
            if len(done) >= self.most and level > self.level(self.states[done[-1]][0]):
                break
            if len(done) > 3 * self.most:
                break
            heapq.heappop(self.heap)
            self.expand(current)
            done.append(current)
        return (self._within(done) if len(done) > self.most else done), start

    def expand(self, current: int) -> None:
        """Follow every clock that runs in a state."""
        state, phases = self.states[current]
        for clock, speed, times in self.distinct(self.states[current]):
            stream = self.stream(state, clock)
            law, exits = self.laws[stream], self.exits[stream]
            if law is None:
                continue  # a life that never ends
            phase = phases[clock]
            for other, rate in enumerate(law.rates[phase]):
                if other != phase and rate > 0:
                    moved = (*phases[:clock], other, *phases[clock + 1 :])
                    self.triplets.append(
                        (current, self.number((state, moved)), rate * speed * times)
                    )
            leave = exits[phase] * speed * times
            if leave <= 0:
                continue
            for chance, target, resets in self.rules.fire(state, clock):
                cleared = (*phases[:clock], 0, *phases[clock + 1 :])
                for phased, likely in self.drawn(target, cleared, resets):
                    self.triplets.append((current, self.number(phased), leave * chance * likely))

    def distinct(self, phased: Phased) -> list[tuple[int, float, int]]:
        """Running clocks; those of members in the same condition are one, counted."""
        keys = [self.symmetry.keys(phased, group) for group in self.symmetry.classes]
        seen: dict[tuple[object, ...], int] = {}
        found: list[list[float]] = []
        for clock, speed in self.rules.clocks(phased[0]):
            described = self.plan.clocks[clock]
            place = (
                self.symmetry.class_of_event.get(described.owner)
                if described.kind != "shock"
                else None
            )
            if place is None:
                found.append([clock, speed, 1])
                continue
            c, position = place
            cause = self.plan.events[described.owner].cause
            key = (c, keys[c][position], described.kind, cause)
            if key in seen:
                found[seen[key]][2] += 1
            else:
                seen[key] = len(found)
                found.append([clock, speed, 1])
        return [(int(clock), speed, int(times)) for clock, speed, times in found]

    def stream(self, state: State, clock: int) -> int:
        """The stream that a running clock was drawn from."""
        described = self.plan.clocks[clock]
        if described.kind != "stage":
            return described.streams["life"]
        return described.streams[_STREAM_OF[state.phases[described.owner]]]

    def drawn(
        self, state: State, phases: tuple[int, ...], resets: tuple[tuple[int, int], ...]
    ) -> list[tuple[Phased, float]]:
        """The state with every way the phases of freshly drawn clocks can begin."""
        ways: list[tuple[tuple[int, ...], float]] = [(phases, 1.0)]
        for clock, stream in resets:
            law = self.laws[stream]
            begins = (
                [(0, 1.0)] if law is None else [(i, p) for i, p in enumerate(law.start) if p > 0]
            )
            ways = [
                ((*w[:clock], i, *w[clock + 1 :]), chance * p)
                for w, chance in ways
                for i, p in begins
            ]
        return [((state, w), chance) for w, chance in ways]

    def _within(self, done: list[int]) -> list[int]:
        """The lowest levels that fit into the limit."""
        levels = np.array([self.level(self.states[i][0]) for i in done])
        fits = [top for top in range(levels.max()) if (levels <= top).sum() <= self.most]
        if not fits or fits[-1] == 0:
            raise NotSupported(
                f"a chain of more than {self.most} states", "exact", "montecarlo can"
            )
        return [i for i, level in zip(done, levels, strict=True) if level <= fits[-1]]
