"""Sending requests to the shorter queue: of two exactly, of d among very many in the limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.run.exact.arguments import at_least_zero, positive, steady, whole

__all__ = ["PowerOfChoices", "ShorterOfTwo", "join_shorter_of_two", "power_of_choices"]

Floats = npt.NDArray[np.float64]

_WIDEST = 48


@dataclass(frozen=True, slots=True)
class ShorterOfTwo:
    """Two queues in equilibrium, each arrival joins the shorter one.

    Parameters
    ----------
    mean_time, mean_wait : float
        Mean seconds in the system and in the queue.
    mean_number : float
        Mean number in both queues, those in service included.
    relative_error : float
        How far off these may be, relatively: rounding, and what the truncation leaves out.
    """

    mean_time: float
    mean_wait: float
    mean_number: float
    relative_error: float


def join_shorter_of_two(*, rate: float, service: float) -> ShorterOfTwo:
    """Two exponential servers with a queue each; arrivals join the shorter (no changing later).

    The chain (length of the shorter, difference) is solved by matrix-geometric means: exactly in the
    first and cut at a difference of 48 in the second. Differences are rare: each further one has at
    most about a third of the probability of the one before, so the cut costs 3^-48 and rounding decides.

    Parameters
    ----------
    rate : float
        Arrivals per second at both together, above 0.
    service : float
        Mean service time, s.

    Raises
    ------
    DescriptionError
        For an argument out of range, or arrivals at or above the capacity of both.

    Examples
    --------
    >>> round(join_shorter_of_two(rate=1.6, service=1.0).mean_time, 8)
    2.95573662
    """
    arrivals, mean = positive(rate, "rate"), positive(service, "service")
    load = 2.0 * steady(arrivals * mean, 2.0, "rate")  # rates in units of one server
    up, inside, down = _blocks(load)
    local = inside - np.diag((up + inside + down).sum(axis=1))
    first = inside - np.diag((up + inside).sum(axis=1))
    first[0, 1] = load
    rise = _rate_matrix(up, local, down)
    start = _null_row(first + rise @ down)
    rest = np.linalg.inv(np.eye(_WIDEST + 1) - rise)
    total = start @ rest
    difference = np.arange(_WIDEST + 1)
    mass = float(total.sum())
    number = float(2.0 * (total @ rise @ rest).sum() + total @ difference) / mass
    time = number / arrivals
    return ShorterOfTwo(time, time - mean, number, 1e-14 / (1.0 - load / 2.0))


def _blocks(load: float) -> tuple[Floats, Floats, Floats]:
    """Rates that lift, keep and lower the shorter queue, by difference before and after."""
    size = _WIDEST + 1
    up, inside, down = np.zeros((size, size)), np.zeros((size, size)), np.zeros((size, size))
    for d in range(1, size):
        up[d, d - 1] = load
        inside[d, d - 1] = 1.0
        if d + 1 < size:
            down[d, d + 1] = 1.0
    inside[0, 1] = load
    down[0, 1] = 2.0
    return up, inside, down


def _rate_matrix(up: Floats, local: Floats, down: Floats) -> Floats:
    """R of a quasi birth-death chain by logarithmic reduction (Latouche and Ramaswami 1993)."""
    size = up.shape[0]
    rise, fall = np.linalg.solve(-local, up), np.linalg.solve(-local, down)
    passage, so_far = fall.copy(), rise.copy()
    for _ in range(64):
        back = np.eye(size) - rise @ fall - fall @ rise
        rise, fall = np.linalg.solve(back, rise @ rise), np.linalg.solve(back, fall @ fall)
        step = so_far @ fall
        passage += step
        so_far = so_far @ rise
        if float(np.abs(step).max()) < 1e-17:
            break
    inside = -(local + up @ passage)
    return np.asarray(np.linalg.solve(inside.T, up.T).T, dtype=np.float64)


def _null_row(matrix: Floats) -> Floats:
    """The row p with p @ matrix = 0, scaled so that its first entry is 1."""
    rest = np.linalg.solve(matrix[1:, 1:].T, -matrix[0, 1:])
    return np.concatenate([[1.0], rest])


@dataclass(frozen=True, slots=True)
class PowerOfChoices:
    """Very many servers, each arrival joins the shortest of d: the limit, not a finite system.

    Parameters
    ----------
    load : float
        Share of time that a server is busy.
    service : float
        Mean service time, s.
    choices : int
    mean_time : float
        Mean seconds in the system; N servers differ from it by about 1 / N of it.
    """

    load: float
    service: float
    choices: int
    mean_time: float

    def share_with(self, requests: int) -> float:
        """Share of the servers with at least so many requests, the one in service included."""
        depth = whole(requests, "requests", 0)
        return _power(self.load, _ladder(self.choices, depth))


def power_of_choices(*, rate: float, service: float, choices: int = 2) -> PowerOfChoices:
    """Mean-field limit of "the shortest of d" (Mitzenmacher 1996; Vvedenskaya et al. 1996).

    Parameters
    ----------
    rate : float
        Arrivals per second *per server*, at least 0.
    service : float
        Mean service time, s (exponential).
    choices : int
        How many servers are looked at, at random; 1 is plain random routing.

    Raises
    ------
    DescriptionError
        For an argument out of range, or arrivals at or above the capacity.

    Examples
    --------
    >>> round(power_of_choices(rate=0.9, service=1.0, choices=2).mean_time, 8)
    2.61405738
    """
    mean, d = positive(service, "service"), whole(choices, "choices")
    load = steady(at_least_zero(rate, "rate") * mean, 1.0, "rate")
    if d == 1:
        return PowerOfChoices(load, mean, d, mean / (1.0 - load))
    terms, k = [], 1
    while (term := _power(load, d * _ladder(d, k - 1))) > 0.0:
        terms.append(term)
        k += 1
    return PowerOfChoices(load, mean, d, mean * math.fsum(terms))


def _ladder(d: int, k: int) -> int:
    """1 + d + ... + d^(k-1)."""
    return k if d == 1 else (d**k - 1) // (d - 1)


def _power(load: float, exponent: int) -> float:
    if exponent == 0:
        return 1.0
    if load == 0.0 or exponent > 1e300:
        return 0.0
    return math.exp(exponent * math.log(load))
