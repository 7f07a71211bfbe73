"""One scenario, every exact answer: independent parts by their decision diagram, others by their chain."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from simulator.describe.chain import Chain
from simulator.describe.system import Scenario, System
from simulator.errors import DescriptionError, NotSupported
from simulator.rules.anatomy import Anatomy, anatomy
from simulator.rules.features import independent, refuse_lived
from simulator.rules.logic import Node, events_of
from simulator.run.exact import bdd
from simulator.run.exact.laws import EventLaw, law_of_event
from simulator.run.exact.state_space import MOST_STATES, StateSpace, state_space
from simulator.run.exact.truncation import share_cut, with_cut

__all__ = ["Solver"]

Floats = npt.NDArray[np.float64]

_SMALL = 600  # states of a chain whose transient is followed step by step
_MOST_CUT = 1e-3  # largest share of the unavailability that levels cut off may hold


class Solver:
    """Exact answers about one scenario; what is worked out once is kept.

    Parameters
    ----------
    scenario : Scenario

    Attributes
    ----------
    notes : list of str
        How the answers came about: method, states, residual, bound of what was cut.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.independent = independent(scenario)
        self.notes: list[str] = []

    # --- ingredients ------------------------------------------------------------------------------

    @functools.cached_property
    def anatomy(self) -> Anatomy:
        """Basic events and fault trees."""
        body = anatomy(self.scenario)
        body.no_stated_times("exact")
        return body

    @functools.cached_property
    def laws(self) -> tuple[EventLaw, ...]:
        """Law of each basic event (independent parts)."""
        refuse_lived(self.scenario, "exact")
        return tuple(law_of_event(event) for event in self.anatomy.events)

    @functools.cached_property
    def long_run_events(self) -> tuple[Floats, Floats, Floats]:
        """Share active, share not active and frequency (1/s) of each basic event, shape (events,) each."""
        rows = np.array([law.long_run() for law in self.laws]).reshape(-1, 3)
        return rows[:, 0], rows[:, 1], rows[:, 2]

    @functools.cached_property
    def space(self) -> StateSpace:
        """The Markov chain of the scenario."""
        refuse_lived(self.scenario, "exact")
        space = state_space(self.scenario)
        self.notes.append(f"Markov chain of {len(space.up)} states (like members lumped)")
        return space

    @functools.cached_property
    def stationary(self) -> Floats:
        """Long-run probability of each state of the chain."""
        from simulator.run.exact.stationary import stationary

        found = stationary(self.space.generator, self.space.start)
        self.notes.append(
            f"solved by {found.method}; residual {found.residual:.1e}, relative error about {found.relative_error:.1e}"
        )
        self._check_cut(found.probabilities)
        return found.probabilities

    @property
    def begin(self) -> Floats:
        """Distribution of the states at time 0."""
        return self.stationary if self.scenario.starts == "equilibrium" else self.space.start

    def _check_cut(self, probabilities: Floats) -> None:
        """Bound the share of time in levels that were cut off; refuse if it is not small."""
        space = self.space
        if not space.cut_rate.any():
            return
        bound = share_cut(space, probabilities)
        self.notes.append(
            f"levels of more than {space.level.max()} active faults are cut: they hold at most"
            f" {bound:.1e} of the time, if they are left no slower than the highest level kept"
        )
        if not bound <= _MOST_CUT * float(probabilities[~space.up].sum()):
            what = (
                f"a chain of more than {MOST_STATES} states whose rare levels are not rare enough"
            )
            raise NotSupported(what, "exact", "montecarlo can")

    def node(self, pool: str | None) -> Node:
        """Fault tree of the system (None) or of one pool."""
        if pool is None:
            return self.anatomy.top
        if pool not in self.anatomy.pools:
            raise DescriptionError(
                f"{pool!r} is no pool: there is {', '.join(self.anatomy.pools)}", "pool"
            )
        return self.anatomy.pools[pool]

    def _under(self, pool: str | None) -> tuple[EventLaw, ...]:
        """Laws of the events that the system, or one pool, depends on."""
        chosen = events_of(self.node(pool))
        return tuple(law for i, law in enumerate(self.laws) if i in chosen)

    def up(self, pool: str | None) -> npt.NDArray[np.bool_]:
        """States of the chain in which the system, or one pool, is up."""
        if pool is None:
            return self.space.up
        if pool not in self.space.pools_up:
            raise DescriptionError(
                f"{pool!r} is no pool: there is {', '.join(self.space.pools_up) or 'none'}", "pool"
            )
        return self.space.pools_up[pool]

    # --- shares of time ---------------------------------------------------------------------------

    def unavailability(self, pool: str | None = None) -> float:
        """Long-run share of time down."""
        if self.independent:
            u, a, _ = self.long_run_events
            self._say("structure function over independent faults, by a decision diagram")
            return float(bdd.p_down(self.node(pool), u, a))
        return float(self.stationary[~self.up(pool)].sum())

    def unavailability_at(self, times: Floats, pool: str | None = None) -> Floats:
        """Probability to be down at each time (seconds)."""
        if self.scenario.starts == "equilibrium":
            return np.full(len(times), self.unavailability(pool))
        if self.independent:
            known: dict[EventLaw, Floats] = {}
            rows, under = [], self._under(pool)
            for law in self.laws:
                if law not in under:
                    rows.append(np.zeros(len(times)))
                    continue
                key = EventLaw("", law.life, law.repair, law.found_by, law.age, law.keeps)
                if key not in known:
                    known[key] = law.active(times)
                rows.append(known[key])
            u = np.array(rows).reshape(len(rows), len(times))
            return np.asarray(bdd.p_down(self.node(pool), u, 1.0 - u))
        from simulator.run.exact.transient import transient

        self._check_horizon()
        found = transient(self.space.generator, self.space.start, times)
        return np.asarray(found.probabilities[:, ~self.up(pool)].sum(axis=1))

    def mean_unavailability(self, horizon: float, pool: str | None = None) -> float:
        """Expected share of [0, horizon] spent down."""
        if self.scenario.starts == "equilibrium":
            return self.unavailability(pool)
        if self.independent and all(law.is_closed for law in self._under(pool)):
            from simulator.run.exact.quadrature import mean_over

            steps = [(law.repair or law.life).mean() for law in self._under(pool)]
            shortest = min(steps, default=horizon)
            return mean_over(lambda t: self.unavailability_at(t, pool), horizon, shortest)
        from simulator.run.exact.settling import settled_mean
        from simulator.run.exact.transient import mean_unavailability

        self._check_horizon()
        chain, up, start = self.space.generator, self.up(pool), self.space.start
        if chain.states > _SMALL:
            return settled_mean(chain, up, self.stationary, start, horizon)
        return float(mean_unavailability(chain, up, start, [horizon])[0])

    def _check_horizon(self) -> None:
        """A chain with levels cut off must have been shown to lose little."""
        if self.space.cut_rate.any():
            _ = self.stationary

    # --- events -----------------------------------------------------------------------------------

    def frequency(self, pool: str | None = None) -> float:
        """Long-run rate of changes from up to down, 1/s."""
        if self.independent:
            u, a, w = self.long_run_events
            return float(bdd.frequency(self.node(pool), u, w, a))
        from simulator.run.exact.stationary import long_run

        return long_run(self.space.generator, self.stationary, self.up(pool)).frequency

    def mttf(self, pool: str | None = None) -> float:
        """Mean time from the start to the first failure, seconds."""
        if self._repairs_do_not_matter(pool):
            from simulator.run.exact.quadrature import integral_to_infinity

            lives = [law.life.residual(law.age) for law in self._under(pool)]
            if len(lives) == 1:
                return lives[0].mean()
            scale = min(life.mean() for life in lives)
            if math.isinf(scale):
                return math.inf
            return integral_to_infinity(lambda t: self.reliability(t, pool), scale)
        from simulator.run.exact.passage import first_passage

        chain, down = self.space.generator, ~self.up(pool)
        mean = first_passage(chain, down, self.begin).mean_s
        if self.space.cut_rate.any():
            soonest = first_passage(*with_cut(self.space, down, self.begin)).mean_s
            self._bracket("MTTF", soonest, mean)
        return mean

    def unreliability(self, times: Floats, pool: str | None = None) -> Floats:
        """Probability of at least one failure by each time (seconds)."""
        return self._first_failure(times, pool)[1]

    def reliability(self, times: Floats, pool: str | None = None) -> Floats:
        """Probability of no failure by each time (seconds)."""
        return self._first_failure(times, pool)[0]

    def _repairs_do_not_matter(self, pool: str | None) -> bool:
        """Whether the first failure comes before any repair can help: nothing is repaired, or all is in series."""
        if not self.independent or self.scenario.starts != "new" or not self._under(pool):
            return False
        node = self.node(pool)
        in_series = isinstance(node, int) or _is_series(node)
        return in_series or all(x.repair is None and x.found_by is None for x in self._under(pool))

    def _first_failure(self, times: Floats, pool: str | None) -> tuple[Floats, Floats]:
        if self._repairs_do_not_matter(pool):
            lives = [law.life.residual(law.age) for law in self.laws]
            u = np.array([life.cdf(times) for life in lives])
            survive = np.array([life.survival(times) for life in lives])
            return np.asarray(bdd.p_up(self.node(pool), u, survive)), np.asarray(
                bdd.p_down(self.node(pool), u, survive)
            )
        from simulator.run.exact.transient import reliability

        found = reliability(self.space.generator, self.up(pool), self.begin, times)
        if self.space.cut_rate.any():
            chain, into, begin = with_cut(self.space, ~self.up(pool), self.begin)
            worst = reliability(chain, ~into, begin, times)
            for low, high in zip(found.failure, worst.failure, strict=True):
                self._bracket("probability of a failure", float(low), float(high))
        return found.survival, found.failure

    def _bracket(self, what: str, one: float, other: float) -> None:
        """What was cut lies between never failing and failing at once: say how much that is, or refuse."""
        gap = abs(other - one) / max(abs(one), abs(other), 1e-300)
        if gap > _MOST_CUT:
            raise NotSupported(
                f"the {what} of a chain of more than 20,000 states (the levels cut leave {gap:.1e} open)",
                "exact",
                "montecarlo can",
            )
        self._say(f"{what}: the levels cut leave at most {gap:.1e} of it open")

    def mean_members_down(self, pool: str) -> float:
        """Long-run mean number of members of a pool that are down."""
        if self.independent:
            u, a, _ = self.long_run_events
            members = [node for (name, _), node in self.anatomy.members.items() if name == pool]
            return float(sum(float(bdd.p_down(node, u, a)) for node in members))
        self.up(pool)  # names the pools there are
        return float(self.stationary @ self.space.failed[pool])

    def _say(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    @property
    def is_chain(self) -> bool:
        """Whether the user stated the chain."""
        return isinstance(self.scenario.system, Chain)

    @property
    def pools(self) -> tuple[str, ...]:
        """Names of the pools; none for a stated chain."""
        system = self.scenario.system
        return tuple(pool.name for pool in system.pools) if isinstance(system, System) else ()


def _is_series(node: Node) -> bool:
    """Whether any one event takes the whole down."""
    return isinstance(node, int) or (
        node.least == 1 and all(_is_series(part) for part in node.inputs)
    )
