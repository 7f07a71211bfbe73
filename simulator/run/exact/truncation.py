"""What the rare levels that were cut off a chain can change."""

from __future__ import annotations

import math

import numpy as np

from simulator.run.exact.generator import BoolArray, FloatArray, Generator
from simulator.run.exact.state_space import StateSpace

__all__ = ["share_cut", "with_cut"]


def share_cut(space: StateSpace, probabilities: FloatArray) -> float:
    """Most of the time that levels cut off can hold, if none is left slower than the highest kept.

    The flow into them times the mean stay at the highest level kept, summed as a geometric series.

    Parameters
    ----------
    space : StateSpace
    probabilities : float array, shape (states,)
        Long-run probabilities of the states kept.
    """
    top = space.level == space.level.max()
    chain = space.generator
    into = float(probabilities @ space.cut_rate)
    mass = float(probabilities[top].sum())
    lower = ~top[chain.target] & top[chain.source]
    back = float((probabilities[chain.source] * chain.rate)[lower].sum())
    stay = mass / back if back else math.inf
    ratio = into * stay / mass if mass else 0.0
    return into * stay / (1 - ratio) if ratio < 1 else math.inf


def with_cut(
    space: StateSpace, down: BoolArray, begin: FloatArray
) -> tuple[Generator, BoolArray, FloatArray]:
    """The chain with one more state that collects all that was cut and counts as down.

    Its first failure comes no later than the true one; that of the chain as kept, no sooner.

    Returns
    -------
    Generator, down states, distribution at time 0
    """
    last = space.generator.states
    chain = Generator.from_triplets(
        last + 1,
        np.append(space.generator.source, np.arange(last)),
        np.append(space.generator.target, np.full(last, last)),
        np.append(space.generator.rate, space.cut_rate),
    )
    return chain, np.append(down, True), np.append(begin, 0.0)
