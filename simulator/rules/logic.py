"""When is the whole down, given which faults are active? One kind of gate says it all.

A :class:`Gate` is down if and only if at least `least` of its inputs are down; an input is another
gate or the index of a basic event (an active fault). ``least=1`` is OR (a series system), ``least=n``
is AND (a parallel one), and a k-of-n system is down when ``n - k + 1`` of its members are.
The same event may stand under several gates: that is how a shared fault is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError

__all__ = ["Gate", "Node", "all_of", "any_of", "events_of", "is_down", "is_down_table", "needs"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Down if and only if at least `least` of `inputs` are down.

    Parameters
    ----------
    least : int
        0 = always down, ``len(inputs) + 1`` = never down.
    inputs : tuple of Gate or int
        Gates, or indices of basic events.
    """

    least: int
    inputs: tuple[Gate | int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.least <= len(self.inputs) + 1:
            raise DescriptionError(
                f"a gate of {len(self.inputs)} inputs cannot wait for {self.least} of them"
            )


Node = Gate | int


def any_of(inputs: Sequence[Node]) -> Node:
    """Down when any input is (series); with no input never down."""
    return inputs[0] if len(inputs) == 1 else Gate(1, tuple(inputs))


def all_of(inputs: Sequence[Node]) -> Node:
    """Down when all inputs are (parallel)."""
    return inputs[0] if len(inputs) == 1 else Gate(len(inputs), tuple(inputs))


def needs(k: int, inputs: Sequence[Node]) -> Node:
    """Up while at least `k` of `inputs` are up, so down when ``n - k + 1`` are down."""
    least = len(inputs) - k + 1
    if least == 1:
        return any_of(inputs)
    return all_of(inputs) if least == len(inputs) else Gate(least, tuple(inputs))


def _leaves(node: Node) -> Iterator[int]:
    if isinstance(node, Gate):
        for part in node.inputs:
            yield from _leaves(part)
    else:
        yield node


def events_of(node: Node) -> frozenset[int]:
    """Indices of the basic events under `node`."""
    return frozenset(_leaves(node))


def is_down(node: Node, active: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Evaluate `node` for many states at once.

    Parameters
    ----------
    node : Gate or int
    active : bool array, shape (events, ...)
        Which basic events are active; the trailing axes are states.

    Returns
    -------
    bool array, shape of ``active[0]``
    """
    if not isinstance(node, Gate):
        return np.asarray(active[node])
    if not node.inputs:
        return np.full(active.shape[1:], node.least == 0)
    parts = [is_down(part, active) for part in node.inputs]
    if node.least == 1:
        return np.asarray(np.logical_or.reduce(parts))
    if node.least == len(parts):
        return np.asarray(np.logical_and.reduce(parts))
    count = np.zeros(active.shape[1:], dtype=np.int32)
    for part in parts:
        count += part
    return count >= node.least


def is_down_table(node: Node, events: int) -> npt.NDArray[np.bool_]:
    """Truth table: entry ``mask`` says whether `node` is down when the bits of `mask` are active.

    Parameters
    ----------
    node : Gate or int
    events : int
        Number of basic events, at most 24.

    Returns
    -------
    bool array, shape (2**events,)
    """
    if events > 24:
        raise DescriptionError(f"a truth table of {events} events is too large: at most 24")
    masks = np.arange(1 << events, dtype=np.uint32)
    active = (masks[None, :] >> np.arange(events, dtype=np.uint32)[:, None]) & 1
    return is_down(node, active.astype(bool))
