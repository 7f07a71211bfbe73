"""The order in which a fault tree is worked off: module by module, from the faults to the top.

A module is a part of the tree that shares no event with the rest. It is merged on its own and hands
up its spells only, so a tree of hundreds of events becomes a chain of small merges. What shares
events (bridges, shared faults) is merged as one, with the modules inside it as its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.rules.logic import Gate, Node

__all__ = ["ALWAYS", "NEVER", "Plan", "Step", "flat_plan", "modular_plan"]

NEVER = -1
"""In place of a slot: never down."""
ALWAYS = -2
"""In place of a slot: down all the time."""


@dataclass(frozen=True, slots=True)
class Step:
    """One merge.

    Parameters
    ----------
    parts : tuple of int
        Slots that are merged: events, or outcomes of earlier steps.
    outcomes : tuple of (slot, Node)
        Trees over the positions in `parts`, and the slots their spells go to.
    """

    parts: tuple[int, ...]
    outcomes: tuple[tuple[int, Node], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, and the slot in which each wanted tree ends up (or ALWAYS, or NEVER)."""

    steps: tuple[Step, ...]
    wanted: tuple[int, ...]


def flat_plan(trees: Sequence[Node], events: int) -> Plan:
    """All events in one merge, so that every state is seen whole; the system is the last tree.

    The parts of its only step are the events 0 to `events` - 1 themselves.
    """
    slots: dict[Node, int] = {}
    wanted = []
    for place, tree in enumerate(trees):
        small = _simplified(tree, {}, set())
        if isinstance(small, bool):
            wanted.append(ALWAYS if small else NEVER)
        elif isinstance(small, Gate) or place == len(trees) - 1:
            wanted.append(slots.setdefault(small, events + len(slots)))
        else:
            wanted.append(small)
    outcomes = tuple((slot, tree) for tree, slot in slots.items())
    return Plan((Step(tuple(range(events)), outcomes),) if outcomes else (), tuple(wanted))


def modular_plan(trees: Sequence[Node], events: int) -> Plan:
    """Modules first, each merged once even if several trees want it.

    Parameters
    ----------
    trees : sequence of Gate or int
        The trees whose spells are wanted; the small ones (pools) before those that contain them.
    events : int
        Number of basic events: slots 0 to `events` - 1.
    """
    kept: set[Node] = set()
    memo: dict[Gate, Gate | int | bool] = {}
    builder = _Builder(events)
    wanted = []
    for tree in trees:
        small = _simplified(tree, memo, kept)
        if isinstance(small, bool):
            wanted.append(ALWAYS if small else NEVER)
        else:
            kept.add(small)
            wanted.append(builder.slot(small))
    return Plan(tuple(builder.steps), tuple(wanted))


def _simplified(
    node: Node, memo: dict[Gate, Gate | int | bool], kept: set[Node]
) -> Gate | int | bool:
    """The same tree without constants, without gates of one input, nested ORs and ANDs made one.

    Gates in `kept` are not dissolved: their spells are wanted anyway. A bool is a constant.
    """
    if not isinstance(node, Gate):
        return node
    if node not in memo:
        memo[node] = _simplified_gate(node, memo, kept)
    return memo[node]


def _simplified_gate(
    gate: Gate, memo: dict[Gate, Gate | int | bool], kept: set[Node]
) -> Gate | int | bool:
    least, inputs = gate.least, list[Node]()
    for child in gate.inputs:
        small = _simplified(child, memo, kept)
        if isinstance(small, bool):
            least -= small
        else:
            inputs.append(small)
    if least <= 0 or least > len(inputs):
        return least <= 0
    if least == 1 or least == len(inputs):
        whole, inputs = least > 1, _absorbed(inputs, least, kept)
        least = len(inputs) if whole else 1
    return inputs[0] if len(inputs) == 1 else Gate(least, tuple(inputs))


def _absorbed(inputs: list[Node], least: int, kept: set[Node]) -> list[Node]:
    """Inputs of an OR or AND, with the inputs of like gates in their place and none twice."""
    out: dict[Node, None] = {}
    for child in inputs:
        like = isinstance(child, Gate) and (
            child.least == 1 if least == 1 else child.least == len(child.inputs)
        )
        if like and isinstance(child, Gate) and child not in kept:
            out.update(dict.fromkeys(child.inputs))
        else:
            out[child] = None
    return list(out)


class _Builder:
    """Numbers the modules below wanted trees and collects the steps."""

    def __init__(self, events: int) -> None:
        self.steps: list[Step] = []
        self._next = events
        self._slots: dict[Gate, int] = {}
        self._below: dict[Gate, frozenset[int]] = {}

    def slot(self, node: Node) -> int:
        if not isinstance(node, Gate):
            return node
        if node not in self._slots:
            self._slots[node] = self._add(node)
        return self._slots[node]

    def _add(self, gate: Gate) -> int:
        grouped = self._grouped(gate)
        if grouped is not gate:
            return self._add(grouped)
        parts: dict[Node, int] = {}
        tree = self._over_parts(gate, gate, parts)
        slots = tuple(self.slot(part) for part in parts)
        out, self._next = self._next, self._next + 1
        self.steps.append(Step(slots, ((out, tree),)))
        return out

    def events(self, node: Node) -> frozenset[int]:
        if not isinstance(node, Gate):
            return frozenset((node,))
        if node not in self._below:
            self._below[node] = frozenset().union(*(self.events(child) for child in node.inputs))
        return self._below[node]

    def _grouped(self, gate: Gate) -> Gate:
        """OR and AND with inputs that share events: these become one input of their own."""
        whole = gate.least == len(gate.inputs)
        groups: list[tuple[frozenset[int], list[Node]]] = []
        for child in gate.inputs if gate.least == 1 or whole else ():
            mine, members = self.events(child), [child]
            apart = []
            for events, others in groups:
                if events & mine:
                    mine, members = mine | events, others + members
                else:
                    apart.append((events, others))
            groups = [*apart, (mine, members)]
        if len(groups) in (0, 1, len(gate.inputs)):
            return gate
        return _like(gate, [m[0] if len(m) == 1 else _like(gate, m) for _, m in groups])

    def _over_parts(self, node: Node, top: Gate, parts: dict[Node, int]) -> Node:
        """`node` over positions of its modules and events, collected in `parts`."""
        if node is not top and (not isinstance(node, Gate) or self._is_module(node, top)):
            return parts.setdefault(node, len(parts))
        assert isinstance(node, Gate)  # events were handled above
        return Gate(node.least, tuple(self._over_parts(child, top, parts) for child in node.inputs))

    def _is_module(self, gate: Gate, top: Gate) -> bool:
        """Whether no event below `gate` can be reached from `top` except through it."""
        inside, stack, seen = self.events(gate), [top], set[Gate]()
        while stack:
            for child in stack.pop().inputs:
                if isinstance(child, Gate):
                    if child != gate and child not in seen and self.events(child) & inside:
                        seen.add(child)
                        stack.append(child)
                elif child in inside:
                    return False
        return True


def _like(gate: Gate, inputs: list[Node]) -> Gate:
    """An OR of `inputs` if `gate` is one, otherwise an AND."""
    return Gate(1 if gate.least == 1 else len(inputs), tuple(inputs))
