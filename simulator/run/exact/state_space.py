"""The Markov chain of a system whose parts depend on each other, from the rule book.

Beyond ``MOST_STATES`` states the rarest levels are cut; the rates into them are kept, so that what the
cut can change is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.describe.chain import Chain
from simulator.describe.system import Scenario, System
from simulator.rules.anatomy import anatomy
from simulator.rules.dependence import Rules
from simulator.rules.plan import Plan, plan_of
from simulator.rules.state import State, is_up
from simulator.run.exact.explorer import Explorer
from simulator.run.exact.generator import BoolArray, FloatArray, Generator

__all__ = ["MOST_STATES", "StateSpace", "state_space"]

MOST_STATES = 20_000
"""Most states of a chain that is solved."""


@dataclass(frozen=True, slots=True, eq=False)
class StateSpace:
    """A chain with what its states mean.

    Parameters
    ----------
    generator : Generator
    start : float array, shape (states,)
        Distribution at time 0: everything new.
    up : bool array, shape (states,)
        Whether the system is up.
    pools_up : dict of str to bool array, shape (states,)
    failed : dict of str to float array, shape (states,)
        Members of each pool that are down.
    active : bool array, shape (states, events)
        Active basic events (of one representative of the lumped states).
    level : int array, shape (states,)
        Number of active faults.
    cut_rate : float array, shape (states,)
        Rate into levels that were cut, 1/s; all zero if nothing was cut.
    plan : Plan or None
        None for a stated chain.
    """

    generator: Generator
    start: FloatArray
    up: BoolArray
    pools_up: dict[str, BoolArray]
    failed: dict[str, FloatArray]
    active: BoolArray
    level: np.ndarray
    cut_rate: FloatArray
    plan: Plan | None


def state_space(scenario: Scenario, most: int = MOST_STATES) -> StateSpace:
    """The chain of a scenario.

    Parameters
    ----------
    scenario : Scenario
    most : int
        Most states; rarer levels are cut.

    Raises
    ------
    NotSupported
        For laws without a phase-type form, for faults at stated times, and if even the lowest levels
        have more than `most` states.
    """
    if isinstance(scenario.system, Chain):
        return _stated(scenario.system)
    anatomy(scenario).no_stated_times("exact")
    return _assembled(Explorer(plan_of(scenario), most))


def _stated(chain: Chain) -> StateSpace:
    number = {name: i for i, name in enumerate(chain.states)}
    source, target = [number[a] for a, _, _ in chain.rates], [number[b] for _, b, _ in chain.rates]
    generator = Generator.from_triplets(
        len(number), source, target, [rate for _, _, rate in chain.rates]
    )
    up = np.array([name in set(chain.up) for name in chain.states])
    start = np.eye(1, len(number), number[chain.start])[0]
    zero = np.zeros(len(number))
    return StateSpace(
        generator, start, up, {}, {}, np.zeros((len(number), 0), bool), zero.astype(int), zero, None
    )


def _assembled(explorer: Explorer) -> StateSpace:
    kept, start = explorer.explore()
    new = {old: i for i, old in enumerate(kept)}
    n = len(kept)
    inside = [
        (new[a], new[b], r) for a, b, r in explorer.triplets if a in new and b in new and a != b
    ]
    source, target, rate = zip(*inside, strict=True) if inside else ((), (), ())
    cut, begin = np.zeros(n), np.zeros(n)
    for a, b, r in explorer.triplets:
        if a in new and b not in new:
            cut[new[a]] += r
    for state, chance in start:
        begin[new[state]] += chance
    states = [explorer.states[old][0] for old in kept]
    generator = Generator.from_triplets(n, source, target, rate)
    level = np.array([explorer.level(s) for s in states])
    return StateSpace(
        generator, begin, *_meaning(explorer.rules, states), level, cut, explorer.plan
    )


def _meaning(
    rules: Rules, states: list[State]
) -> tuple[BoolArray, dict[str, BoolArray], dict[str, FloatArray], BoolArray]:
    """Up or down, by system and pool; failed members; active events; level."""
    plan, system = rules.plan, rules.plan.scenario.system
    assert isinstance(system, System)  # a plan is of a system
    up = np.array([not rules.down(plan.anatomy.top, s.phases) for s in states])
    pools = {
        name: np.array([not rules.down(node, s.phases) for s in states])
        for name, node in plan.anatomy.pools.items()
    }
    failed = {
        pool.name: np.array(
            [
                sum(not is_up(plan, s.phases, (pool.name, i)) for i in range(pool.members))
                for s in states
            ],
            float,
        )
        for pool in system.pools
    }
    active = np.array([[p != 0 for p in s.phases] for s in states], dtype=bool).reshape(
        len(states), -1
    )
    return up, pools, failed, active
