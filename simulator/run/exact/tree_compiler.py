"""Compile a fault tree into a decision diagram: a good order of events, then gate by gate.

Source: A. Rauzy, New algorithms for fault trees analysis, 1993.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import NotSupported
from simulator.rules.logic import Gate, Node
from simulator.run.exact.decision_nodes import MOST_NODES, Nodes, Rows, TooMany

__all__ = ["Diagram", "compile_tree", "diagram_of", "gates_of"]

IntArray = npt.NDArray[np.intp]

_SMALL = 8  # a diagram of at most so many nodes per event is taken without trying other orders


@dataclass(frozen=True, slots=True, eq=False)
class Diagram:
    """A compiled fault tree.

    Parameters
    ----------
    rows : Rows
    order : tuple of int
        The events, in the order in which they are asked.
    root : int
        Row where the question starts.
    own : int array
        Rows of the tree itself, ascending; the others only serve `gap`.
    gap : int array, shape (rows,), or None
        Row of "down if this event is active, up if not" for each own row (0 elsewhere): the chance
        that the event decides, as a sum of positive terms. None where this would take too many
        rows; then the chance is a difference and small ones lose digits.
    """

    rows: Rows
    order: tuple[int, ...]
    root: int
    own: IntArray
    gap: IntArray | None


def gates_of(node: Node) -> list[Gate]:
    """Every gate object under `node` once, inputs before the gates they enter."""
    done: dict[int, Gate] = {}
    stack: list[tuple[Node, bool]] = [(node, False)]
    while stack:
        part, ready = stack.pop()
        if not isinstance(part, Gate) or id(part) in done:
            continue
        if ready:
            done[id(part)] = part
        else:
            stack.append((part, True))
            stack += [(inner, False) for inner in part.inputs]
    return list(done.values())


def _by_first_appearance(node: Node, rank: Callable[[Node], int]) -> tuple[int, ...]:
    """Events in the order a reader meets them who takes the inputs of each gate by `rank`."""
    seen: set[int] = set()
    found: dict[int, None] = {}
    stack: list[Node] = [node]
    while stack:
        part = stack.pop()
        if not isinstance(part, Gate):
            found[int(part)] = None
        elif id(part) not in seen:
            seen.add(id(part))
            stack += sorted(part.inputs, key=rank)[::-1]
    return tuple(found)


def _orders(node: Node) -> list[tuple[int, ...]]:
    """Orders of events worth trying: as written, small inputs first, repeated events first."""
    size: dict[int, int] = {}
    uses: dict[int, int] = {}
    for gate in gates_of(node):
        size[id(gate)] = sum(size.get(id(part), 1) for part in gate.inputs)
        for part in gate.inputs:
            if not isinstance(part, Gate):
                uses[part] = uses.get(part, 0) + 1
    written = _by_first_appearance(node, lambda part: 0)
    small = _by_first_appearance(node, lambda part: size.get(id(part), 1))
    repeated = tuple(sorted(written, key=lambda event: -uses.get(event, 0)))
    return list(dict.fromkeys((written, small, repeated)))


def _build(node: Node, order: Sequence[int], most: int) -> tuple[Nodes, int]:
    nodes = Nodes(len(order), most)
    leaf = {event: nodes.make(level, 0, 1) for level, event in enumerate(order)}
    made: dict[int, int] = {}

    def of(part: Node) -> int:
        return made[id(part)] if isinstance(part, Gate) else leaf[part]

    for gate in gates_of(node):
        made[id(gate)] = nodes.at_least(gate.least, [of(part) for part in gate.inputs])
    return nodes, of(node)


def compile_tree(node: Node, most: int = MOST_NODES) -> Diagram:
    """Decision diagram of a fault tree.

    Parameters
    ----------
    node : Gate or int
    most : int
        Decision nodes allowed while building.

    Raises
    ------
    NotSupported
        If no order of events that was tried stays within `most` nodes.
    """
    best: tuple[Nodes, int, tuple[int, ...]] | None = None
    limit = most
    for order in _orders(node):
        try:
            nodes, root = _build(node, order, limit)
        except TooMany:
            continue
        best, limit = (nodes, root, order), len(nodes.level)
        if limit <= _SMALL * len(order) + 2:
            break
    if best is None:
        raise NotSupported(
            f"a structure whose decision diagram needs more than {most} nodes", "exact",
            "use engine='montecarlo'",
        )  # fmt: skip
    return _finished(*best, most)


def _finished(nodes: Nodes, root: int, order: tuple[int, ...], most: int) -> Diagram:
    own = nodes.reachable([root])
    nodes.most = max(most, len(nodes.level))
    gaps: dict[int, int] | None = {}
    try:
        gaps = {n: nodes.if_then_else(nodes.low[n], 0, nodes.high[n]) for n in own}
    except TooMany:
        gaps = None
    rows, row = nodes.rows([root, *(gaps or {}).values()], order)
    gap = None
    if gaps is not None:
        gap = np.zeros(len(rows.low), dtype=np.intp)
        gap[[row[n] for n in gaps]] = [row[n] for n in gaps.values()]
    return Diagram(rows, order, row[root], np.sort([row[n] for n in own]).astype(np.intp), gap)


def diagram_of(structure: Node | Diagram) -> Diagram:
    """`structure` itself if it is compiled, else its diagram."""
    return structure if isinstance(structure, Diagram) else compile_tree(structure)
