"""Random small fault trees and what they mean by definition, for the tests of everything on trees.

Nothing here uses the program's own evaluation: a state is down if the definition of the gates says
so, a set is a minimal cut if it brings the whole down and none of its parts does.
"""

import itertools
import math

import numpy as np
from hypothesis import strategies as st

from simulator.rules.logic import Gate

BRIDGE_UP = (0.95, 0.9, 0.85, 0.8, 0.7)  # s-u, s-v, u-t, v-t, u-v


def bridge():
    """The five-block bridge by its textbook cut sets."""
    cuts = ((0, 1), (2, 3), (0, 3, 4), (1, 2, 4))
    return Gate(1, tuple(Gate(len(cut), cut) for cut in cuts))


def trees(events, constants=False):
    """Trees over `events` basic events, which repeat freely; `constants`: also gates that never
    or always are down."""

    def gate(inputs):
        low, high = (0, len(inputs) + 1) if constants else (1, len(inputs))
        return st.integers(low, high).map(lambda least: Gate(least, tuple(inputs)))

    leaves = st.integers(0, events - 1)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, min_size=1, max_size=4).flatmap(gate), max_leaves=14
    )


def chances(events):
    """Probabilities from 1e-15 to 1, so that lost digits show."""
    one = st.floats(-15, 0).map(lambda exponent: 10.0**exponent)
    return st.lists(one, min_size=events, max_size=events).map(np.array)


def down(node, state):
    """Is the whole down in this state (a sequence of booleans)? By the definition of a gate."""
    if isinstance(node, Gate):
        return sum(down(part, state) for part in node.inputs) >= node.least
    return bool(state[node])


def truth(node, events):
    """Every state with its answer: list of (state, down)."""
    states = list(itertools.product((False, True), repeat=events))
    return [(state, down(node, state)) for state in states]


def weight(state, u):
    """Probability of a state of independent events."""
    return math.prod(p if on else 1 - p for on, p in zip(state, u, strict=True))


def brute_force(node, u):
    """P(down) as the sum over all 2**n states."""
    return math.fsum(weight(state, u) for state, is_it in truth(node, len(u)) if is_it)


def minimal(node, events, path=False):
    """Minimal cut sets (or path sets) by definition: it works, and nothing less does."""

    def works(chosen):
        return down(node, [(i in chosen) != path for i in range(events)]) != path

    sets = [
        frozenset(s) for k in range(events + 1) for s in itertools.combinations(range(events), k)
    ]
    return {s for s in sets if works(s) and not any(works(s - {i}) for i in s)}


def blame(node, u):
    """Expected shares of blame by definition, not normalised: sums to P(down)."""
    cuts = minimal(node, len(u))
    out = [0.0] * len(u)
    for state, is_it in truth(node, len(u)):
        active = [cut for cut in cuts if all(state[i] for i in cut)]
        assert bool(active) == is_it
        for cut in active:
            for i in cut:
                out[i] += weight(state, u) / len(active) / len(cut)
    return np.array(out)
