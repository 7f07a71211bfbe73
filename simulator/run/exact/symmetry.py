"""Like members are lumped: of all states that differ only in which of them is which, one is kept.

Members of a pool are alike if the same faults can cover them and the structure does not single one
out. Swapping alike members changes neither rates nor what is up, so lumping is exact.
"""

from __future__ import annotations

from simulator.describe.structure import names_in
from simulator.describe.system import System
from simulator.rules.plan import Plan
from simulator.rules.state import State

__all__ = ["Symmetry"]

Key = tuple[tuple[int, ...], tuple[tuple[int, int], ...], bool, tuple[int, ...]]
"""Phases of the events, places in queues, whether active, phases of the clocks."""

Phased = tuple[State, tuple[int, ...]]
"""A state and the phase of each clock (0 where the law has one phase)."""


class Symmetry:
    """The classes of alike members of a plan and the canonical form of a state.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        owned: dict[tuple[str, int], list[int]] = {}
        for index, event in enumerate(plan.events):
            if len(event.members) == 1 and not event.role:
                owned.setdefault(event.members[0], []).append(index)
        self.owned = owned
        self.classes = [group for group in self._classes() if len(group) > 1]
        self._parts = {m: self._parts_of(m) for group in self.classes for m in group}
        self.class_of_event = {
            event: (c, position)
            for c, group in enumerate(self.classes)
            for position, member in enumerate(group)
            for event in owned.get(member, ())
        }

    def _classes(self) -> list[list[tuple[str, int]]]:
        plan = self.plan
        system = plan.scenario.system
        assert isinstance(system, System)  # a plan is of a system
        singled = set(names_in(system.structure)) if system.structure is not None else set()
        groups: dict[tuple[str, ...], list[tuple[str, int]]] = {}
        for pool in system.pools:
            for i in range(pool.members):
                member = (pool.name, i)
                touching = sorted(e.cause for e in plan.events if member in e.members)
                alone = f"{pool.name}[{i}]" if f"{pool.name}[{i}]" in singled else ""
                groups.setdefault((pool.name, alone, *touching), []).append(member)
        return list(groups.values())

    def _parts_of(self, member: tuple[str, int]) -> tuple[list[int], list[int], int]:
        """Events, clocks whose law has several phases, and the led pool of a member."""
        plan, events = self.plan, self.owned.get(member, [])
        clocks = [c for e in events for c in (plan.life[e], plan.stage[e]) if c >= 0]
        laws = [[plan.streams[s].law for s in plan.clocks[c].streams.values()] for c in clocks]
        several = [any(len(p) > 1 for law in found if (p := law.phases())) for found in laws]
        chosen = [c for c, many in zip(clocks, several, strict=True) if many]
        return events, chosen, plan.led_of.get(member[0], -1)

    def keys(self, phased: Phased, group: list[tuple[str, int]]) -> list[Key]:
        """What distinguishes the members of a class in a state."""
        state, phases = phased
        places = {event: (n, k) for n, q in enumerate(state.queues) for k, event in enumerate(q)}
        keys = []
        for member in group:
            events, clocks, led = self._parts[member]
            keys.append(
                (
                    tuple([state.phases[e] for e in events]),
                    tuple([places[e] for e in events if e in places]) if places else (),
                    led >= 0 and member[1] in state.active[led],
                    tuple([phases[c] for c in clocks]),
                )
            )
        return keys

    def canonical(self, phased: Phased) -> Phased:
        """The representative of all states that differ only in which alike member is which."""
        moved: dict[tuple[str, int], tuple[str, int]] = {}
        for group in self.classes:
            keys = self.keys(phased, group)
            order = sorted(range(len(group)), key=keys.__getitem__)
            if order != list(range(len(group))):
                moved.update({group[old]: group[new] for new, old in enumerate(order)})
        return self._relabelled(phased, moved) if moved else phased

    def _relabelled(self, phased: Phased, moved: dict[tuple[str, int], tuple[str, int]]) -> Phased:
        plan, (state, phases) = self.plan, phased
        event_to = {
            a: b
            for old, new in moved.items()
            for a, b in zip(self.owned.get(old, ()), self.owned.get(new, ()), strict=True)
        }
        new_phases, new_clocks = list(state.phases), list(phases)
        for old, new in event_to.items():
            new_phases[new] = state.phases[old]
            for clocks in (plan.life, plan.stage):
                if clocks[old] >= 0:
                    new_clocks[clocks[new]] = phases[clocks[old]]
        queues = tuple(tuple(event_to.get(e, e) for e in queue) for queue in state.queues)
        active = tuple(
            tuple(sorted(moved.get((led.pool.name, i), ("", i))[1] for i in members))
            for led, members in zip(plan.led, state.active, strict=True)
        )
        return State(tuple(new_phases), queues, active), tuple(new_clocks)
