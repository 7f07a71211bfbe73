"""A unit that alternates between a life and a repair made of exponential phases, as a chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.run.exact.generator import BoolArray, FloatArray, Generator

if TYPE_CHECKING:
    from simulator.describe.distributions import Phases

__all__ = ["AlternatingChain", "alternating_chain"]


@dataclass(frozen=True, slots=True, eq=False)
class AlternatingChain:
    """A chain of one unit: the phases of its life first, then those of its repair.

    Parameters
    ----------
    generator : Generator
        The rates.
    up : bool array, shape (states,)
        True in the phases of the life.
    start : float array, shape (states,)
        New and up at 0.
    """

    generator: Generator
    up: BoolArray
    start: FloatArray


def alternating_chain(life: Phases, repair: Phases | None) -> AlternatingChain:
    """Life, repair, life ... renewed each time; None for the repair means that it takes no time.

    With instant repair there is no down state; a renewal that returns to the phase that ended is
    then no transition of the chain, so count renewals with the exit rates of the phases instead.

    Parameters
    ----------
    life, repair : Phases
        Start probabilities and sub-generators (1/s).
    """
    first, lives, ends = _parts(life)
    size = first.size
    if repair is None:
        rates = lives + np.outer(ends, first)
        np.fill_diagonal(rates, 0.0)
        return AlternatingChain(Generator.from_dense(rates), np.ones(size, dtype=bool), first)
    begun, repairs, done = _parts(repair)
    rates = np.block([[lives, np.outer(ends, begun)], [np.outer(done, first), repairs]])
    up = np.arange(size + begun.size) < size
    return AlternatingChain(
        Generator.from_dense(rates), up, np.concatenate([first, np.zeros(begun.size)])
    )


def _parts(phases: Phases) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Start, rates between phases (zero diagonal), and rates at which the time ends."""
    between = np.array(phases.rates, dtype=np.float64)
    ends = np.array(phases.exits(), dtype=np.float64)
    whole = -between.diagonal()
    np.fill_diagonal(between, 0.0)
    # A difference that is only rounding is no exit.
    ends = np.where(ends > 1e-14 * whole, ends, 0.0)
    return np.array(phases.start, dtype=np.float64), between, ends
