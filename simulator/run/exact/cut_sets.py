"""Minimal cut sets and minimal path sets: the smallest sets of faults that bring the whole down.

They are listed best first, by number of events and then by probability, and all of them are
counted even where there are too many to list.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError
from simulator.rules.logic import Gate, Node
from simulator.run.exact.bdd import probabilities
from simulator.run.exact.set_family import Family
from simulator.run.exact.tree_compiler import Diagram, diagram_of, gates_of

__all__ = ["CutSets", "minimal_cut_sets", "minimal_path_sets"]


@dataclass(frozen=True, slots=True)
class CutSets:
    """Minimal sets of events, smallest first, within one size the most probable first.

    Parameters
    ----------
    sets : tuple of frozenset of int
    probabilities : tuple of float
        P(all events of the set are active); for path sets P(none of them is active). 1 without `u`.
    counts : tuple of int
        ``counts[k]`` is the number of minimal sets of `k` events there are, listed or not.
    expected : float
        Sum of the probabilities of all of them, listed or not: what P(down) is at most, and nearly
        is while faults are rare. Their number without `u`.
    """

    sets: tuple[frozenset[int], ...]
    probabilities: tuple[float, ...]
    counts: tuple[int, ...]
    expected: float

    @property
    def total(self) -> int:
        """How many minimal sets there are, listed or not."""
        return sum(self.counts)

    @property
    def truncated(self) -> bool:
        """Whether a cap left sets out of the list."""
        return len(self.sets) < self.total


def minimal_cut_sets(
    structure: Node | Diagram,
    u: npt.ArrayLike | None = None,
    *,
    max_order: int | None = None,
    most: int = 10_000,
) -> CutSets:
    """Smallest sets of events that, all active, bring the whole down.

    Parameters
    ----------
    structure : Gate, int or Diagram
    u : array, shape (events,), optional
        Probability that each event is active, for the order of the list.
    max_order : int, optional
        List only sets of at most so many events.
    most : int
        List at most so many sets (the smallest, then the most probable); the rest is still counted.

    Returns
    -------
    CutSets
        One empty set if the whole is always down; no set if it never is.

    Raises
    ------
    NotSupported
        If even the diagram of all sets is too large.
    DescriptionError
        For bad probabilities or caps.
    """
    if most < 0 or (max_order is not None and max_order < 0):
        raise DescriptionError(f"most = {most}, max_order = {max_order}: must not be negative")
    diagram = diagram_of(structure)
    chances = np.ones(max(diagram.order, default=-1) + 1)
    if u is not None:
        chances = probabilities(diagram.order, u)[0]
        if chances.ndim != 1:
            raise DescriptionError(f"u of shape {chances.shape}: must be (events,)")
    family = Family(diagram)
    listed: list[tuple[int, float, tuple[int, ...]]] = []
    for found in family.best_first(chances):
        if len(listed) == most or (max_order is not None and len(found) > max_order):
            break
        events = tuple(sorted(found))
        listed.append((len(events), -math.prod(float(chances[e]) for e in events), events))
    listed.sort()
    return CutSets(
        tuple(frozenset(events) for _, _, events in listed),
        tuple(-minus for _, minus, _ in listed),
        family.counts(),
        family.expected(chances),
    )


def minimal_path_sets(
    node: Node,
    a: npt.ArrayLike | None = None,
    *,
    max_order: int | None = None,
    most: int = 10_000,
) -> CutSets:
    """Smallest sets of events that, none of them active, keep the whole up.

    Parameters
    ----------
    node : Gate or int
    a : array, shape (events,), optional
        Probability that each event is *not* active, for the order of the list.
    max_order, most : int
        As `minimal_cut_sets`.

    Returns
    -------
    CutSets
        One empty set if the whole is never down; no set if it always is.

    Notes
    -----
    A gate that is down with `least` of n inputs down is up with ``n - least + 1`` of them up: the
    path sets are the cut sets of the tree with every gate turned so.
    """
    turned: dict[int, Gate] = {}

    def of(part: Node) -> Node:
        return turned[id(part)] if isinstance(part, Gate) else part

    for gate in gates_of(node):
        inputs = tuple(of(part) for part in gate.inputs)
        turned[id(gate)] = Gate(len(inputs) - gate.least + 1, inputs)
    return minimal_cut_sets(of(node), a, max_order=max_order, most=most)
