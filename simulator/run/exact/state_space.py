"""The Markov chain of a system whose parts depend on each other, from the rule book.

States are explored level by level (a level = the number of active faults), alike members lumped.
Phase-type laws carry the phase of their clock in the state. Beyond ``MOST_STATES`` states the rarest
levels are cut; :class:`Cut` bounds what that can change.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from simulator.describe.chain import Chain
from simulator.describe.system import Scenario, System
from simulator.errors import NotSupported
from simulator.rules.dependence import Rules
from simulator.rules.plan import Plan, plan_of
from simulator.rules.state import (
    BY_HAND,
    DETECT,
    PROMOTE,
    REPAIR,
    TRAVEL,
    UNSEEN,
    State,
    instant,
    is_up,
)
from simulator.run.exact.generator import BoolArray, FloatArray, Generator
from simulator.run.exact.symmetry import Phased, Symmetry

__all__ = ["MOST_STATES", "StateSpace", "state_space"]

MOST_STATES = 20_000
"""Most states of a chain that is solved."""

_STREAM_OF = {
    UNSEEN: "found",
    TRAVEL: "travel",
    REPAIR: "repair",
    DETECT: "detect",
    PROMOTE: "promote",
    BY_HAND: "by_hand",
}


@dataclass(frozen=True, slots=True, eq=False)
class StateSpace:
    """A chain with what its states mean.

    Parameters
    ----------
    generator : Generator
    start : float array, shape (states,)
        Distribution at time 0: everything new.
    up : bool array, shape (states,)
        Whether the system is up.
    pools_up : dict of str to bool array, shape (states,)
    failed : dict of str to float array, shape (states,)
        Members of each pool that are down.
    active : bool array, shape (states, events)
        Active basic events (of one representative of the lumped states).
    level : int array, shape (states,)
        Number of active faults.
    cut_rate : float array, shape (states,)
        Rate into levels that were cut, 1/s; all zero if nothing was cut.
    plan : Plan or None
        None for a stated chain.
    """

    generator: Generator
    start: FloatArray
    up: BoolArray
    pools_up: dict[str, BoolArray]
    failed: dict[str, FloatArray]
    active: BoolArray
    level: np.ndarray
    cut_rate: FloatArray
    plan: Plan | None


def state_space(scenario: Scenario, most: int = MOST_STATES) -> StateSpace:
    """The chain of a scenario.

    Parameters
    ----------
    scenario : Scenario
    most : int
        Most states; rarer levels are cut.

    Raises
    ------
    NotSupported
        For laws without a phase-type form, and if even the lowest levels have more than `most` states.
    """
    if isinstance(scenario.system, Chain):
        return _stated(scenario.system)
    return _Explorer(plan_of(scenario), most).space()


def _stated(chain: Chain) -> StateSpace:
    number = {name: i for i, name in enumerate(chain.states)}
    source, target = [number[a] for a, _, _ in chain.rates], [number[b] for _, b, _ in chain.rates]
    generator = Generator.from_triplets(
        len(number), source, target, [rate for _, _, rate in chain.rates]
    )
    up = np.array([name in set(chain.up) for name in chain.states])
    start = np.eye(1, len(number), number[chain.start])[0]
    zero = np.zeros(len(number))
    return StateSpace(
        generator, start, up, {}, {}, np.zeros((len(number), 0), bool), zero.astype(int), zero, None
    )


class _Explorer:
    """Breadth-first search by level."""

    def __init__(self, plan: Plan, most: int) -> None:
        self.plan, self.most = plan, most
        self.rules, self.symmetry = Rules(plan), Symmetry(plan)
        self.laws = [s.law.phases() for s in plan.streams]
        self.exits = [() if law is None else law.exits() for law in self.laws]
        for number, (stream, law) in enumerate(zip(plan.streams, self.laws, strict=True)):
            known = law is not None or instant(plan, number) or stream.law.mean() == float("inf")
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
        return sum(
            p != 0 for p, e in zip(state.phases, self.plan.events, strict=True) if not e.role
        )

    def number(self, phased: Phased) -> int:
        phased = self.symmetry.canonical(phased)
        found = self.index.get(phased)
        if found is None:
            found = self.index[phased] = len(self.states)
            self.states.append(phased)
            heapq.heappush(self.heap, (self.level(phased[0]), found))
        return found

    def space(self) -> StateSpace:
        state, resets = self.rules.start()
        start = [
            (self.number(p), chance)
            for p, chance in self.drawn(state, (0,) * len(self.plan.clocks), resets)
        ]
        done: list[int] = []
        last = 0
        while self.heap:
            last, current = self.heap[0]
            if len(done) >= self.most and last > self.level(self.states[done[-1]][0]):
                break
            if len(done) > 3 * self.most:
                break
            heapq.heappop(self.heap)
            self.expand(current)
            done.append(current)
        return self.assembled(start, done)

    def expand(self, current: int) -> None:
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

    def assembled(self, start: list[tuple[int, float]], done: list[int]) -> StateSpace:
        if len(done) > self.most:
            done = self._within(done)
        new = {old: i for i, old in enumerate(done)}
        n = len(done)
        inside = [
            (new[a], new[b], r) for a, b, r in self.triplets if a in new and b in new and a != b
        ]
        cut = np.zeros(n)
        for a, b, r in self.triplets:
            if a in new and b not in new:
                cut[new[a]] += r
        source, target, rate = zip(*inside, strict=True) if inside else ((), (), ())
        begin = np.zeros(n)
        for state, chance in start:
            begin[new[state]] += chance
        states = [self.states[old][0] for old in done]
        return StateSpace(
            Generator.from_triplets(n, source, target, rate),
            begin,
            *self.meaning(states),
            cut,
            self.plan,
        )

    def _within(self, done: list[int]) -> list[int]:
        """The lowest levels that fit into the limit."""
        levels = np.array([self.level(self.states[i][0]) for i in done])
        fits = [top for top in range(levels.max()) if (levels <= top).sum() <= self.most]
        if not fits or fits[-1] == 0:
            raise NotSupported(
                f"a chain of more than {self.most} states", "exact", "montecarlo can"
            )
        return [i for i, level in zip(done, levels, strict=True) if level <= fits[-1]]

    def meaning(
        self, states: list[State]
    ) -> tuple[BoolArray, dict[str, BoolArray], dict[str, FloatArray], BoolArray, np.ndarray]:
        """Up or down, by system and pool; failed members; active events; level."""
        plan, system = self.plan, self.plan.scenario.system
        assert isinstance(system, System)  # a plan is of a system
        up = np.array([not self.rules.down(plan.anatomy.top, s.phases) for s in states])
        pools = {
            name: np.array([not self.rules.down(node, s.phases) for s in states])
            for name, node in plan.anatomy.pools.items()
        }
        failed = {
            pool.name: np.array(
                [
                    sum(not is_up(plan, s.phases, (pool.name, i)) for i in range(pool.members))
                    for s in states
                ],
                float,
            )
            for pool in system.pools
        }
        active = np.array([[p != 0 for p in s.phases] for s in states], dtype=bool).reshape(
            len(states), -1
        )
        return up, pools, failed, active, np.array([self.level(s) for s in states])
