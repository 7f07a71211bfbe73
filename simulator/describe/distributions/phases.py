"""Phase-type representations: a life as the time a small Markov chain takes to leave its phases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Phases", "chained", "first_of", "one_of", "single"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Phases:
    """Start probabilities and rates of the phases of a life.

    Parameters
    ----------
    start : tuple of float
        Probability to begin in each phase, shape (n,), sums to 1.
    rates : tuple of tuple of float
        Sub-generator, shape (n, n), per second: off the diagonal the rates between phases, on it
        minus the whole rate out. What a row lacks to zero is the rate at which the life ends.
    """

    start: tuple[float, ...]
    rates: tuple[tuple[float, ...], ...]

    def __len__(self) -> int:
        return len(self.start)

    def exits(self) -> tuple[float, ...]:
        """Rate (1/s) at which the life ends from each phase."""
        return tuple(max(0.0, -float(np.sum(row))) for row in self.rates)


def single(rate: float) -> Phases:
    """The exponential life of `rate` per second."""
    return Phases((1.0,), ((-rate,),))


def chained(stages: int, rate: float) -> Phases:
    """`stages` exponential stages of `rate` per second, one after the other (Erlang)."""
    chain = np.diag(np.full(stages, -rate)) + np.diag(np.full(stages - 1, rate), 1)
    return _frozen(np.eye(stages)[0], chain)


def one_of(weights: tuple[float, ...], parts: tuple[Phases, ...]) -> Phases:
    """A life that is the i-th of `parts` with probability ``weights[i]``."""
    start = np.concatenate([w * np.array(p.start) for w, p in zip(weights, parts, strict=True)])
    rates = np.zeros((len(start), len(start)))
    at = 0
    for part in parts:
        rates[at : at + len(part), at : at + len(part)] = part.rates
        at += len(part)
    return _frozen(start, rates)


def first_of(parts: tuple[Phases, ...]) -> Phases:
    """The shortest of independent lives: all chains run side by side (Kronecker sum)."""
    start: Array = np.ones(1)
    rates: Array = np.zeros((1, 1))
    for part in parts:
        other = np.array(part.rates)
        rates = np.asarray(
            np.kron(rates, np.eye(len(part))) + np.kron(np.eye(len(start)), other), dtype=np.float64
        )
        start = np.kron(start, np.array(part.start))
    return _frozen(start, rates)


def _frozen(start: Array, rates: Array) -> Phases:
    rows = tuple(tuple(float(x) for x in row) for row in rates)
    return Phases(tuple(float(x) for x in start), rows)
