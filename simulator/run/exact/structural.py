"""What the structure says about the parts: cut sets, path sets, importance, shares of downtime."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from simulator.describe.system import Scenario
from simulator.errors import DescriptionError, NotSupported
from simulator.rules.blame import cut_matrix, shares_of
from simulator.run.exact import cut_sets
from simulator.run.exact import importance as numbers
from simulator.run.exact.answers import Described
from simulator.run.exact.attribution import attribution
from simulator.run.exact.solver import Solver

__all__ = [
    "DowntimeShares",
    "Importances",
    "downtime_shares",
    "importances",
    "minimal_cut_sets",
    "minimal_path_sets",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Importances:
    """Importance of every basic event for the long-run unavailability.

    Parameters
    ----------
    names : tuple of str
        Basic events.
    birnbaum, criticality, fussell_vesely, raw, rrw, structural : float array, shape (events,)
        Change of unavailability between the event active and not; that times its probability over the
        unavailability; share of downtime with a minimal cut set that contains it; unavailability with
        the event always active, over today's; today's over that with it never active; Birnbaum's at
        one half.
    """

    names: tuple[str, ...]
    birnbaum: Floats
    criticality: Floats
    fussell_vesely: Floats
    raw: Floats
    rrw: Floats
    structural: Floats

    def of(self, name: str) -> dict[str, float]:
        """All measures of one event, by its name, or by its pool's if the pool has no other."""
        found = [i for i, n in enumerate(self.names) if n == name] or [
            i for i, n in enumerate(self.names) if n.partition(".")[0] == name
        ]
        if len(found) != 1:
            raise DescriptionError(
                f"{name!r} is not one event: there is {', '.join(self.names)}", "name"
            )
        return {
            f.name: float(getattr(self, f.name)[found[0]])
            for f in fields(self)
            if f.name != "names"
        }


def importances(described: Described) -> Importances:
    """Importance of every basic event.

    Raises
    ------
    NotSupported
        If parts depend on each other: the measures presuppose independence.
    """
    solver = _independent(described, "importance measures")
    u, a, _ = solver.long_run_events
    found = numbers.importance(solver.anatomy.top, u, a)
    return Importances(
        solver.anatomy.names,
        found.birnbaum,
        found.criticality,
        found.fussell_vesely,
        found.raw,
        found.rrw,
        found.structural,
    )


def minimal_cut_sets(
    described: Described, *, max_order: int | None = None
) -> tuple[frozenset[str], ...]:
    """Smallest sets of basic events that together take the system down, the most probable first within an order."""
    return _names(described, cut_sets.minimal_cut_sets, max_order)


def minimal_path_sets(
    described: Described, *, max_order: int | None = None
) -> tuple[frozenset[str], ...]:
    """Smallest sets of basic events whose absence keeps the system up."""
    return _names(described, cut_sets.minimal_path_sets, max_order)


def _names(described: Described, find: object, max_order: int | None) -> tuple[frozenset[str], ...]:
    solver = Solver(Scenario.of(described))
    assert callable(find)  # one of the two functions of cut_sets
    found: cut_sets.CutSets = find(solver.anatomy.top, max_order=max_order)
    if len(found.sets) < found.total and max_order is None:
        raise NotSupported(f"a list of {found.total} sets", "exact", "give max_order")
    return tuple(frozenset(solver.anatomy.names[i] for i in one) for one in found.sets)


def _independent(described: Described, what: str) -> Solver:
    solver = Solver(Scenario.of(described))
    if not solver.independent:
        raise NotSupported(
            f"{what} of parts that depend on each other", "exact", "take the dependence out first"
        )
    return solver


@dataclass(frozen=True, slots=True, eq=False)
class DowntimeShares:
    """Whose the downtime is, by cause.

    Parameters
    ----------
    causes : tuple of str
    shared : float array, shape (causes,)
        At every instant of downtime shared equally among the minimal cut sets that are down, within
        one equally among its events; sums to 1.
    completed : float array, shape (causes,) or None
        Share of the outages that an event of this cause completed.
    neglected : float
        Most by which a share can be wrong because rare states were passed over; 0 = exact.
    """

    causes: tuple[str, ...]
    shared: Floats
    completed: Floats | None
    neglected: float


def downtime_shares(described: Described) -> DowntimeShares:
    """Long-run shares of downtime by cause, as the Monte-Carlo engine attributes it."""
    solver = Solver(Scenario.of(described))
    events = solver.anatomy.events
    causes = tuple(dict.fromkeys(event.cause for event in events))
    belongs = np.zeros((len(events), len(causes)))
    belongs[np.arange(len(events)), [causes.index(event.cause) for event in events]] = 1.0
    if solver.independent:
        u, a, w = solver.long_run_events
        found = attribution(solver.anatomy.top, u, w, a)
        return DowntimeShares(
            causes, found.shares @ belongs, found.completed @ belongs, found.neglected
        )
    shared = _chain_shares(solver) @ belongs
    return DowntimeShares(causes, shared, None, 0.0)


def _chain_shares(solver: Solver) -> Floats:
    """Shares from the long-run probabilities of the down states of the chain.

    Alike members are lumped, so shares are right by cause, not by member.
    """
    space, pi = solver.space, solver.stationary
    sets = cut_sets.minimal_cut_sets(solver.anatomy.top)
    cuts = cut_matrix(sets.sets, len(solver.anatomy.events))
    down = ~space.up
    each = shares_of(space.active[down], cuts)
    total = float(pi[down].sum())
    return np.asarray(pi[down] @ each / total) if total else np.zeros(each.shape[1])
