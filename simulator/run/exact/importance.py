"""How much each basic event matters to the unavailability of the whole, in six ways.

The events are faults: "active" is the bad state. All measures are exact, from the decision diagram.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError, NotSupported
from simulator.rules.logic import Node
from simulator.run.exact.bdd import birnbaum, p_down, probabilities
from simulator.run.exact.decision_nodes import Nodes, TooMany
from simulator.run.exact.set_family import Family
from simulator.run.exact.tree_compiler import Diagram, diagram_of

__all__ = ["Importance", "fussell_vesely", "importance"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Importance:
    """Importance of every basic event; arrays of shape (events,), U is the unavailability.

    Parameters
    ----------
    unavailability : float
        U, the probability that the whole is down.
    birnbaum : array
        P(down if active) - P(down if not): what one more point of probability costs.
    criticality : array
        ``birnbaum * u / U``: P(active and decisive | down).
    fussell_vesely : array
        P(some minimal cut set with the event is completely active) / U, the exact union.
    raw : array
        Risk achievement worth: P(down if active) / U; 1 = does not matter.
    rrw : array
        Risk reduction worth: U / P(down if never active); infinite for an event in every cut set.
    structural : array
        Birnbaum's measure with every event at probability 1/2.

    Notes
    -----
    Where ``U = 0`` the four ratios are nan: there is no risk to divide by.
    """

    unavailability: float
    birnbaum: FloatArray
    criticality: FloatArray
    fussell_vesely: FloatArray
    raw: FloatArray
    rrw: FloatArray
    structural: FloatArray

    def as_dict(self) -> dict[str, FloatArray]:
        """Return the six arrays by name, in the order in which people read them."""
        names = ("birnbaum", "criticality", "fussell_vesely", "raw", "rrw", "structural")
        return {name: getattr(self, name) for name in names}


def importance(
    structure: Node | Diagram, u: npt.ArrayLike, a: npt.ArrayLike | None = None
) -> Importance:
    """All importance measures of all events.

    Parameters
    ----------
    structure : Gate, int or Diagram
    u, a : array, shape (events,)
        Probability that each event is active, and that it is not (default ``1 - u``).

    Returns
    -------
    Importance

    Raises
    ------
    DescriptionError
        For bad probabilities.
    NotSupported
        If the structure is too large for a decision diagram.

    Notes
    -----
    Definitions: Birnbaum 1969; Fussell 1975 and Vesely; Vesely et al., NUREG/CR-3385, 1983.
    """
    diagram = diagram_of(structure)
    active, idle = probabilities(diagram.order, u, a)
    if active.ndim != 1:
        raise DescriptionError(f"u of shape {active.shape}: must be (events,)")
    whole = float(p_down(diagram, active, idle))
    slope = birnbaum(diagram, active, idle)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Importance(
            unavailability=whole,
            birnbaum=slope,
            criticality=np.divide(slope * active, whole),
            fussell_vesely=np.divide(_union_with_each(diagram, active, idle), whole),
            raw=np.divide(_p_down_fixed(diagram, active, idle, 1.0), whole),
            rrw=np.divide(whole, _p_down_fixed(diagram, active, idle, 0.0)),
            structural=birnbaum(diagram, np.full(len(active), 0.5)),
        )


def fussell_vesely(
    structure: Node | Diagram, u: npt.ArrayLike, a: npt.ArrayLike | None = None
) -> FloatArray:
    """P(some minimal cut set with the event is completely active | down), of every event.

    Arguments and errors as `importance`; nan where the whole is never down.
    """
    diagram = diagram_of(structure)
    active, idle = probabilities(diagram.order, u, a)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(_union_with_each(diagram, active, idle), p_down(diagram, active, idle))


def _p_down_fixed(diagram: Diagram, u: FloatArray, a: FloatArray, to: float) -> FloatArray:
    """P(down) with each event in turn fixed to be active (`to` = 1) or never (`to` = 0)."""
    out = np.full(len(u), float(p_down(diagram, u, a)))
    block = 256  # a table of events x events would be large for thousands of events
    for start in range(0, len(diagram.order), block):
        events = list(diagram.order[start : start + block])
        columns = np.arange(len(events))
        active, idle = (np.repeat(x[:, None], len(events), axis=1) for x in (u, a))
        active[events, columns], idle[events, columns] = to, 1.0 - to
        out[events] = p_down(diagram, active, idle)
    return out


def _union_with_each(diagram: Diagram, u: FloatArray, a: FloatArray) -> FloatArray:
    """P(some minimal cut set that holds event i is completely active), shape (events,)."""
    family = Family(diagram)
    nodes = Nodes(len(diagram.order))
    out = np.zeros(len(u))
    try:
        unions = _unions(family, nodes)
        tops = [_union_holding(level, family, nodes, unions) for level in range(len(family.order))]
    except TooMany:
        raise NotSupported(
            f"Fussell-Vesely importance with more than {nodes.most} decision nodes", "exact",
            "ask for the other importance measures",
        ) from None  # fmt: skip
    rows, row = nodes.rows(tops, family.order)
    value = rows.values(u, a, (0.0, 1.0))
    for event, top in zip(family.order, tops, strict=True):
        out[event] = u[event] * value[row[top]]
    return out


def _unions(family: Family, nodes: Nodes) -> list[int]:
    """For every node of the family, the function "one of my sets is completely active"."""
    done = [0, 1]
    for node in range(2, len(family.level)):
        low, high = done[family.low[node]], done[family.high[node]]
        done.append(nodes.make(family.level[node], low, nodes.if_then_else(high, 1, low)))
    return done


def _union_holding(level: int, family: Family, nodes: Nodes, unions: list[int]) -> int:
    """The function "one set that holds the event of `level` is complete but for that event"."""
    done = [0] * len(family.level)
    for node in range(2, len(family.level)):
        here = family.level[node]
        if here == level:
            done[node] = unions[family.high[node]]
        elif here < level:
            low, high = done[family.low[node]], done[family.high[node]]
            if low or high:
                done[node] = nodes.make(here, low, nodes.if_then_else(high, 1, low))
    return done[family.root]
