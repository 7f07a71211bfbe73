"""Which fault is to blame for how much of the downtime, and which one completed the outages.

At every instant of downtime the blame is shared equally among the minimal cut sets that are active,
within one equally among its events (`simulator.rules.blame`); here is the long-run expectation of
that. The sharing looks at all cut sets that are active at once, also those in independent parts
of the system, so parts are combined through the number of their active cut sets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError, NotSupported
from simulator.rules.blame import cut_matrix
from simulator.rules.logic import Gate, Node
from simulator.run.exact.bdd import birnbaum, p_down, p_up, probabilities
from simulator.run.exact.cut_counts import Spread, TooWide, collapsed, folded, grouped, leaf
from simulator.run.exact.cut_sets import minimal_cut_sets
from simulator.run.exact.tree_compiler import Diagram, compile_tree
from simulator.run.exact.tree_shape import independent_groups, normalised

__all__ = ["Attribution", "attribution"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

_MOST_CUTS = 5_000  # listed in a part that must be enumerated
_TOO_MUCH = 0.1  # of the downtime neglected: then the shares say too little
_WORK = 2e10  # states x cuts x events of one enumeration: some seconds
_NEVER = 1e-22  # cases so much rarer than all downtime together are rounding
_ALL_STATES = 20  # events of a part of which every state is listed
_RARE = 1e-9  # ... and those are left out if all cases are too many


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Blame for the downtime, by basic event; arrays of shape (events,).

    Parameters
    ----------
    unavailability : float
        P(down).
    shares : array
        Share of the downtime laid to each event; sums to 1 (all 0 if the system is never down, or
        always, whatever the events do).
    completed : array
        Share of the outages that began with this event becoming active; sums to 1 (all 0 if no
        outage ever begins).
    neglected : float
        Part of the downtime that was not looked at; every share is within this of the exact one.
        0 if the shares are exact.
    """

    unavailability: float
    shares: FloatArray
    completed: FloatArray
    neglected: float


def attribution(
    node: Node,
    u: npt.ArrayLike,
    w: npt.ArrayLike,
    a: npt.ArrayLike | None = None,
    *,
    most_states: int | None = None,
) -> Attribution:
    """Long-run attribution of downtime and of outages to the basic events.

    Parameters
    ----------
    node : Gate or int
    u, a : array, shape (events,)
        Probability that each event is active, and that it is not (default ``1 - u``).
    w : array, shape (events,)
        Frequency (1/s) with which each event becomes active.
    most_states : int, optional
        States to list in each part whose inputs share events; by default all of them up to 20
        events, else as many as some seconds and 100 MB allow. Of its minimal cut sets the first
        5,000 are looked at. What is left out is in `neglected`.

    Returns
    -------
    Attribution

    Raises
    ------
    DescriptionError
        For bad arrays.
    NotSupported
        If more than a tenth of the downtime would be neglected (and `most_states` is not given).
    """
    diagram = compile_tree(node)
    active, idle = probabilities(diagram.order, u, a)
    often = np.asarray(w, dtype=np.float64)
    if active.ndim != 1 or often.shape != active.shape or not (often >= 0).all():
        raise DescriptionError(
            f"u has shape {active.shape}, w {often.shape}: both must be (events,), w not negative"
        )
    down = float(p_down(diagram, active, idle))
    began = birnbaum(diagram, active, idle) * often
    shares, neglected = np.zeros(len(active)), 0.0
    if down > 0:
        shares, neglected = _Expectation(active, idle, most_states).shares(normalised(node), down)
    return Attribution(down, shares, began / (began.sum() or 1.0), neglected)


def _any(own: npt.NDArray[np.intp], first: int, stop: int) -> bool:
    """Whether the tree itself has a row from `first` to before `stop`."""
    return bool(np.searchsorted(own, stop) > np.searchsorted(own, first))


class _Expectation:
    """The spreads of one tree under given probabilities; remembers whether states were left out."""

    def __init__(self, u: FloatArray, a: FloatArray, most_states: int | None) -> None:
        self.u = u
        self.a = a
        self.most_states = most_states
        self.floor = 0.0  # cases so rare against the downtime of their part are left out
        self.left_out = False
        self.unlisted = 0.0  # P(a cut set that is not on the list is active) is at most this

    def shares(self, node: Node, down: float) -> tuple[FloatArray, float]:
        """Shares of all events, and the part of the downtime that was neglected."""
        out = np.zeros(len(self.u))
        if isinstance(node, Gate) and not node.inputs:
            return out, 0.0
        spread = self._some_way(node, down)
        number = spread.counts[:, 0]
        seen = number > 0
        blame = (spread.blame[seen, :, 0] / number[seen, None]).sum(axis=0)
        out[list(spread.events)] = blame / blame.sum()
        return out, self._neglected(float(spread.chance[seen].sum()), down)

    def _neglected(self, seen: float, down: float) -> float:
        """States not listed, and states in which a cut set that is not listed may be active."""
        if not self.left_out:
            return 0.0
        share = min(1.0, max(0.0, 1.0 - seen / down) + self.unlisted / down)
        if share > _TOO_MUCH and self.most_states is None:
            raise NotSupported(
                f"the attribution of downtime: {share:.2g} of it could not be looked at "
                f"(at most {_TOO_MUCH:g})", "exact", "use engine='montecarlo'",
            )  # fmt: skip
        return share

    def _some_way(self, node: Node, down: float) -> Spread:
        """By parts; if those have too many cases, without the rare ones; else state by state."""
        for floor in (0.0, _RARE):
            self.floor, self.left_out, self.unlisted = floor, floor > 0, 0.0
            try:
                return self._whole(node, down)
            except TooWide:
                continue
        self.left_out, self.unlisted = False, 0.0
        try:
            return self._enumerated(node, sized=False)
        except TooWide:
            raise NotSupported(
                "the attribution of downtime among so many different numbers of minimal cut sets",
                "exact", "use engine='montecarlo'",
            ) from None  # fmt: skip

    def _whole(self, node: Node, down: float) -> Spread:
        if not isinstance(node, Gate) or node.least > 1:
            return self._part(node, sized=False)
        parts = [self._part(part, sized=False) for part in self._independent(node)]
        return folded(parts, 1, max(_NEVER, self.floor) * down)

    def _part(self, node: Node, sized: bool = True) -> Spread:
        """Spread of a part; directly under the top the sizes of cut sets need not be kept."""
        if not isinstance(node, Gate):
            spread = leaf(node, float(self.u[node]), float(self.a[node]))
        else:
            parts = self._independent(node)
            if len(parts) == 1:
                return self._enumerated(node, sized)
            least = len(parts) if node.least == len(node.inputs) else node.least
            floor = self.floor and self.floor * float(p_down(node, self.u, self.a))
            spread = folded([self._part(part) for part in parts], least, floor)
        return spread if sized else collapsed(spread)

    def _independent(self, gate: Gate) -> list[Node]:
        """Inputs of `gate`; those of an OR or AND that share events stand under one gate.

        Inputs of another gate cannot be grouped: then the gate itself is the one part.
        """
        groups = independent_groups(gate.inputs)
        if len(groups) == len(gate.inputs):
            return list(gate.inputs)
        if 1 < gate.least < len(gate.inputs):
            return [gate]
        ors = gate.least == 1
        return [
            group[0] if len(group) == 1 else Gate(1 if ors else len(group), tuple(group))
            for group in groups
        ]

    def _enumerated(self, node: Node, sized: bool) -> Spread:
        found = minimal_cut_sets(node, self.u, most=_MOST_CUTS)
        if found.truncated:
            self.left_out = True
            self.unlisted += max(0.0, found.expected - math.fsum(found.probabilities))
        diagram = compile_tree(node)
        bottom_up = [e for e, first, stop in diagram.rows.spans if _any(diagram.own, first, stop)]
        events = bottom_up[::-1]  # those that matter, in the order in which they are asked
        place = {event: i for i, event in enumerate(events)}
        cuts = cut_matrix([[place[e] for e in cut] for cut in found.sets], len(events))
        active, chance = self._down_states(diagram, events, len(cuts))
        up = float(p_up(diagram, self.u, self.a))
        return grouped(events, active, chance, up, cuts, sized)

    def _down_states(
        self, diagram: Diagram, events: list[int], cuts: int
    ) -> tuple[BoolArray, FloatArray]:
        """States in which the part is down and their probabilities, the most probable ones.

        All events are decided one after the other from the top of the diagram; what is ranked is
        P(state so far and down in the end), so no state is followed that cannot end down.
        """
        most = self._room(len(events), cuts)
        rows, value = diagram.rows, diagram.rows.values(self.u, self.a, (0.0, 1.0))
        rare = _RARE * value[diagram.root] if len(events) > _ALL_STATES else 0.0
        asks = np.full(len(rows.low), -1)
        for event, start, stop in rows.spans:
            asks[start:stop] = event
        row, chance = np.array([diagram.root]), np.ones(1)
        active = np.zeros((1, len(events)), dtype=np.bool_)
        for column, event in enumerate(events):
            here = asks[row] == event
            sides = (np.where(here, rows.low[row], row), np.where(here, rows.high[row], row))
            row = np.concatenate(sides)
            chance = np.concatenate([chance * self.a[event], chance * self.u[event]])
            active = np.concatenate([active, active])
            active[len(active) // 2 :, column] = True
            ends_down = chance * value[row]
            kept = np.flatnonzero(ends_down > rare)
            self.left_out |= rare > 0 or len(kept) > most
            if len(kept) > most:
                kept = kept[np.argpartition(-ends_down[kept], most)[:most]]
            row, chance, active = row[kept], chance[kept], active[kept]
        return active, chance

    def _room(self, events: int, cuts: int) -> int:
        if self.most_states is not None:
            return self.most_states
        if events <= _ALL_STATES:
            return 1 << _ALL_STATES
        return int(max(1_000, min(12_000_000 // events, _WORK // (cuts * events))))
