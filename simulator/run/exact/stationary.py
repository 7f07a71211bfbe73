"""Long-run behaviour of a Markov chain: state probabilities, and the availability read off them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.generator import (
    BoolArray,
    FloatArray,
    Generator,
    IntArray,
    check_start,
    check_up,
)
from simulator.run.exact.passage import MOST_STATES, passage

__all__ = ["LongRun", "Stationary", "closed_classes", "long_run", "stationary", "variance_rate"]


@dataclass(frozen=True, slots=True, eq=False)
class Stationary:
    """Long-run state probabilities of a chain.

    Parameters
    ----------
    probabilities : float array, shape (states,)
        Long-run share of time in each state.
    method : str
        How they were found.
    residual : float
        Largest |flow in - flow out| / flow out over the states that have flow.
    relative_error : float
        Estimated relative error of every probability, the small ones included.
    classes : int
        Number of closed classes that the start can end in; above one the answer depends on it.
    """

    probabilities: FloatArray
    method: str
    residual: float
    relative_error: float
    classes: int


@dataclass(frozen=True, slots=True)
class LongRun:
    """What the long-run probabilities say about a system that is up or down in each state.

    Parameters
    ----------
    unavailability, availability : float
        Long-run shares of time down and up; each a sum of its own, so small ones keep their digits.
    frequency : float
        Long-run rate of changes from up to down, 1/s.
    mean_up_s, mean_down_s : float
        Mean length of an up and of a down period, s (infinite or NaN if there is none).
    mean_cycle_s : float
        Mean time from one failure of the system to the next (MTBF as a cycle), s: 1 / frequency.
    """

    unavailability: float
    availability: float
    frequency: float
    mean_up_s: float
    mean_down_s: float
    mean_cycle_s: float


def closed_classes(generator: Generator) -> list[IntArray]:
    """The sets of states that are never left again and cannot be split, as index arrays."""
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components(generator.sparse(), directed=True, connection="strong")
    leaving = label[generator.source] != label[generator.target]
    is_open = np.zeros(count, dtype=bool)
    is_open[label[generator.source[leaving]]] = True
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(label, minlength=count))[:-1])
    return [group for group, leaks in zip(groups, is_open, strict=True) if not leaks]


def stationary(generator: Generator, start: npt.ArrayLike | None = None) -> Stationary:
    """Long-run state probabilities, relatively accurate in every component.

    With one closed class the start does not matter. With several (say, two ways to be lost) each is
    weighted with the probability of ending in it.

    Parameters
    ----------
    generator : Generator
        The chain, up to `MOST_STATES` states.
    start : int or float array, optional
        First state or its distribution; needed if there are several closed classes.

    Raises
    ------
    DescriptionError
        If the answer depends on a start that is not given.
    NotSupported
        Above `MOST_STATES` states.
    """
    if generator.states > MOST_STATES:
        what = f"a chain of {generator.states} states"
        raise NotSupported(what, "exact", f"up to {MOST_STATES} states; use montecarlo")
    classes = closed_classes(generator)
    weights, method, error = np.ones(1), "", 0.0
    if len(classes) > 1:
        weights, error = _class_weights(generator, classes, start)
    p = np.zeros(generator.states)
    for group, weight in zip(classes, weights, strict=True):
        if weight > 0:
            share, method, own = _within_class(generator, group)
            p[group] = weight * share
            error = max(error, own)
    p /= p.sum()
    ends = int((weights > 0).sum())
    return Stationary(p, method, _residual(generator, p), error, ends)


def _class_weights(
    generator: Generator, classes: list[IntArray], start: npt.ArrayLike | None
) -> tuple[FloatArray, float]:
    """Probability of ending in each closed class, and its relative error."""
    if start is None:
        raise DescriptionError(
            f"the chain has {len(classes)} closed classes (for example around the states"
            f" {[int(group[0]) for group in classes[:3]]}): the answer needs a start, give one"
        )
    p = check_start(generator, start)
    marks = [_mask(generator, group) for group in classes]
    passing = ~np.any(marks, axis=0)
    direct = np.array([p[mark].sum() for mark in marks])
    if not passing.any():
        return direct, 0.0
    solver = passage(generator, passing)
    times = solver.times(p[passing])
    flows = np.array([times @ generator.rates_into(mark)[passing] for mark in marks])
    return direct + flows, solver.relative_error


def _mask(generator: Generator, group: IntArray) -> BoolArray:
    mask = np.zeros(generator.states, dtype=bool)
    mask[group] = True
    return mask


def _within_class(generator: Generator, group: IntArray) -> tuple[FloatArray, str, float]:
    """Stationary shares in one closed class: time per visit to a pivot state and around it."""
    if group.size == 1:
        return np.ones(1), "one state", 0.0
    inner = generator.restricted(_mask(generator, group))
    inside, first = _around(inner, _busiest(inner))
    solver = passage(inner, inside)
    pivot = int(np.flatnonzero(~inside)[0])
    shares = np.empty(inner.states)
    shares[inside] = solver.times(first)
    shares[pivot] = 1.0 / inner.exit_rates()[pivot]
    shares /= shares.sum()
    return shares, solver.method, solver.relative_error


def _around(inner: Generator, pivot: int) -> tuple[BoolArray, FloatArray]:
    """All states but the pivot, and where it jumps to."""
    inside = np.ones(inner.states, dtype=bool)
    inside[pivot] = False
    jumps = np.zeros(inner.states)
    own = inner.source == pivot
    jumps[inner.target[own]] = inner.rate[own] / inner.rate[own].sum()
    return inside, jumps[inside]


def _busiest(inner: Generator, steps: int = 100) -> int:
    """A state that the chain comes back to after few jumps: a good pivot. Any state is correct."""
    jump = inner.rate / inner.exit_rates()[inner.source]
    visits = np.full(inner.states, 1.0 / inner.states)
    for _ in range(steps):  # half of the mass waits, so that periodic chains settle too
        came = np.bincount(inner.target, visits[inner.source] * jump, minlength=inner.states)
        visits = (visits + came) / 2
    return int(np.argmax(visits))


def _residual(generator: Generator, p: FloatArray) -> float:
    out = p * generator.exit_rates()
    flows = p[generator.source] * generator.rate
    came = np.bincount(generator.target, weights=flows, minlength=generator.states)
    busy = out > 0
    return float(np.max(np.abs(came[busy] - out[busy]) / out[busy])) if busy.any() else 0.0


def long_run(generator: Generator, probabilities: FloatArray, up: npt.ArrayLike) -> LongRun:
    """Availability measures of long-run probabilities, given which states are up.

    Parameters
    ----------
    generator : Generator
        The chain.
    probabilities : float array, shape (states,)
        From :func:`stationary`.
    up : bool array, shape (states,)
        Which states count as up.
    """
    flags = check_up(generator, up)
    down, good = float(probabilities[~flags].sum()), float(probabilities[flags].sum())
    often = float((probabilities * generator.rates_into(~flags))[flags].sum())
    if often == 0:
        if down == 0:
            return LongRun(0.0, good, 0.0, np.inf, np.nan, np.inf)
        return LongRun(down, good, 0.0, np.nan, np.inf, np.inf)
    return LongRun(down, good, often, good / often, down / often, 1.0 / often)


def variance_rate(
    generator: Generator, up: npt.ArrayLike, start: npt.ArrayLike | None = None
) -> float:
    """Limit of Var[downtime in (0, t)] / t, s.

    With h(i) the surplus of downtime that a start in state i brings for ever, the rate is
    2 sum_i p_i (d_i - U) h_i (central limit theorem of Markov reward processes); h is found up to a
    constant as downtime minus U times time until the chain is back in a pivot state.

    Raises
    ------
    NotSupported
        If the chain can end in several closed classes (then the variance grows like t squared).
    """
    flags = check_up(generator, up)
    classes = closed_classes(generator)
    if len(classes) > 1:
        weights, _ = _class_weights(generator, classes, start)
        classes = [c for c, weight in zip(classes, weights, strict=True) if weight > 0]
    if len(classes) > 1:
        what = f"a variance rate with {len(classes)} closed classes"
        raise NotSupported(what, "exact", "start inside one of them")
    group = classes[0]
    inner, down = generator.restricted(_mask(generator, group)), ~flags[np.sort(group)]
    if inner.states == 1:
        return 0.0
    return _variance_rate_within(inner, down)


def _variance_rate_within(inner: Generator, down: BoolArray) -> float:
    p = stationary(inner).probabilities
    share = float(p[down].sum())
    inside, _ = _around(inner, int(np.argmax(p)))
    solver = passage(inner, inside)
    surplus = np.zeros(inner.states)
    downtime = solver.rewards(down[inside].astype(np.float64))
    surplus[inside] = downtime - share * solver.rewards(np.ones(inner.states - 1))
    return float(2 * ((p * surplus)[down].sum() - share * (p @ surplus)))
