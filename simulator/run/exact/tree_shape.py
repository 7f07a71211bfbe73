"""Rewrite a fault tree so that what is independent in it stands apart.

A shared fault ties together all gates it stands under. Where it stands in every input of a gate it
can be pulled out in front (bad build: each of ten members is down by its own crash *or* by the
build, so seven are down when the build is active *or* seven crashed), and the rest is independent.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.rules.logic import Gate, Node
from simulator.run.exact.tree_compiler import gates_of

__all__ = ["independent_groups", "normalised"]

_Part = Node | bool  # True: always down, False: never


def normalised(node: Node) -> Node:
    """Same function in a plainer form.

    No gate is constant or has one input (except the whole), OR stands in no OR and AND in no AND,
    no input of those is repeated, and an event common to all inputs of a gate is pulled out.

    Parameters
    ----------
    node : Gate or int

    Returns
    -------
    Gate or int
        ``Gate(0)`` if always down and ``Gate(1)`` if never.
    """
    made: dict[int, _Part] = {}
    for gate in gates_of(node):
        parts = [made[id(p)] if isinstance(p, Gate) else p for p in gate.inputs]
        made[id(gate)] = _gate(gate.least, parts)
    whole = made[id(node)] if isinstance(node, Gate) else node
    if isinstance(whole, bool):
        return Gate(0) if whole else Gate(1)
    return whole


def _gate(least: int, parts: Sequence[_Part]) -> _Part:
    """Gate over parts that are already in plain form."""
    least -= sum(part is True for part in parts)
    inputs: list[Node] = [part for part in parts if not isinstance(part, bool)]
    if not 0 < least <= len(inputs):
        return least <= 0
    if len(inputs) > 1:
        if least == 1:
            inputs = _flat(inputs, ors=True)
        elif least == len(inputs):
            inputs = _flat(inputs, ors=False)
            least = len(inputs)
    if len(inputs) == 1:
        return inputs[0]
    return _pulled(least, inputs)


def _is(node: Node, ors: bool) -> bool:
    return isinstance(node, Gate) and node.least == (1 if ors else len(node.inputs))


def _inside(node: Node, ors: bool) -> tuple[Node, ...]:
    return node.inputs if isinstance(node, Gate) and _is(node, ors) else (node,)


def _flat(inputs: Sequence[Node], ors: bool) -> list[Node]:
    """Inputs of inputs of the same kind, each once (gates are the same if they are one object)."""
    found = {
        (id(part) if isinstance(part, Gate) else ~part): part
        for node in inputs
        for part in _inside(node, ors)
    }
    return list(found.values())


def _pulled(least: int, inputs: Sequence[Node]) -> _Part:
    """Pull out an event that is alone enough for every input, or needed by every input."""
    for ors in (True, False):
        if least == (1 if ors else len(inputs)):
            continue  # an OR of ORs is flat already
        parts = [_inside(node, ors) for node in inputs]
        shared = set.intersection(*({p for p in ps if not isinstance(p, Gate)} for ps in parts))
        if not shared:
            continue
        rest = [
            _gate(1 if ors else len(kept), kept)
            for kept in ([p for p in ps if isinstance(p, Gate) or p not in shared] for ps in parts)
        ]
        inner = _gate(least, rest)
        outer: list[_Part] = [*sorted(shared), inner]
        return _gate(1 if ors else len(outer), outer)
    return Gate(least, tuple(inputs))


def independent_groups(inputs: Sequence[Node]) -> list[list[Node]]:
    """Inputs grouped so that no event stands under two groups, in order of first appearance."""
    group_of: dict[int, int] = {}
    groups: dict[int, list[int]] = {}
    for place, node in enumerate(inputs):
        events = _events(node)
        touched = sorted({group_of[event] for event in events if event in group_of})
        home = touched[0] if touched else place
        members = [m for group in touched for m in groups.pop(group)]
        groups[home] = [*members, place]
        group_of.update(dict.fromkeys(events, home))
        if len(touched) > 1:
            joined = set(touched)
            group_of.update({e: home for e, group in group_of.items() if group in joined})
    return [[inputs[place] for place in sorted(groups[home])] for home in sorted(groups)]


def _events(node: Node) -> set[int]:
    if not isinstance(node, Gate):
        return {node}
    return {p for gate in gates_of(node) for p in gate.inputs if not isinstance(p, Gate)}
