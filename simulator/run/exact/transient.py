"""A Markov chain at a given time: state probabilities, reliability, accumulated rewards.

Two routes, both made of positive terms only, so that a down probability of 1e-15 keeps its digits:

- *doubling*: exp(Q h) for a short step h by its uniformised series, then squared until the whole
  time is covered. After each squaring every row is scaled to sum to one: the rounding of the large
  diagonal entries is thereby tied to the small ones and does not double with the time. The cost
  grows with the logarithm of time x rate: for stiff chains and long times, dense;
- *uniformisation*: the Poisson-weighted sum of the jump chain's powers, sparse, cost proportional
  to time x rate; stops early when the chain has settled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.generator import BoolArray, FloatArray, Generator, check_start, check_up
from simulator.run.exact.uniformised import (
    doubling_steps,
    poisson_tails,
    poisson_window,
    short_series,
    squared,
    uniformised,
)

__all__ = [
    "Reliability", "Transient", "expected_failures", "mean_unavailability",
    "reliability", "transient",
]  # fmt: skip

DOUBLING_STATES = 1_500
_MOST_WORK = 3e10


@dataclass(frozen=True, slots=True, eq=False)
class Transient:
    """State probabilities over time.

    Parameters
    ----------
    times_s : float array, shape (times,)
        When, s.
    probabilities : float array, shape (times, states)
        Probability of each state at each time.
    reward : float array, shape (times,)
        Expected reward collected over [0, t] (zero if none was asked for).
    method : str
        "doubling" or "uniformisation".
    """

    times_s: FloatArray
    probabilities: FloatArray
    reward: FloatArray
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Chance of no failure, and of a failure, by given times; each with its own digits.

    Parameters
    ----------
    survival, failure : float array, shape (times,)
        R(t) and 1 - R(t).
    """

    survival: FloatArray
    failure: FloatArray


def transient(
    generator: Generator,
    start: npt.ArrayLike,
    times_s: npt.ArrayLike,
    reward: npt.ArrayLike | None = None,
) -> Transient:
    """State probabilities at several times, and a reward accumulated until then.

    Parameters
    ----------
    generator : Generator
        The chain.
    start : int or float array, shape (states,)
        First state or its distribution.
    times_s : float or float array
        Times >= 0, s, in any order.
    reward : float array, shape (states,), optional
        Reward per second in each state, >= 0.

    Raises
    ------
    DescriptionError
        For negative times or rewards.
    NotSupported
        If the chain is both too large for doubling and too fast for uniformisation.
    """
    p = check_start(generator, start)
    times = np.atleast_1d(np.asarray(times_s, dtype=np.float64))
    if not (np.isfinite(times).all() and (times >= 0).all()):
        raise DescriptionError(f"times must be finite and >= 0, not {times.min():.17g}")
    gains = _check_reward(generator, reward)
    fastest = float(generator.exit_rates().max(initial=0.0))
    jumps = fastest * float(times.max(initial=0.0))
    if jumps == 0:
        still = np.tile(p, (times.size, 1))
        return Transient(times, still, times * float(p @ gains), "nothing moves")
    dense, sparse = _work(generator, jumps)
    if generator.states <= DOUBLING_STATES and dense <= sparse:
        return _by_doubling(generator, p, times, gains)
    if sparse > _MOST_WORK:
        raise NotSupported(
            f"a chain of {generator.states} states over {jumps:.3g} jumps", "exact",
            "make it smaller or the time shorter, or use montecarlo",
        )  # fmt: skip
    return _by_uniformisation(generator, p, times, gains)


def _check_reward(generator: Generator, reward: npt.ArrayLike | None) -> FloatArray:
    if reward is None:
        return np.zeros(generator.states)
    gains = np.asarray(reward, dtype=np.float64)
    if gains.shape != (generator.states,) or not (gains >= 0).all():
        raise DescriptionError(f"a reward needs {generator.states} rates >= 0, not {gains!r}")
    return gains


def _work(generator: Generator, jumps: float) -> tuple[float, float]:
    """Rough cost of doubling and of uniformisation, in elementary steps."""
    n = generator.states
    dense = (doubling_steps(jumps) + 30) * (2.0 * n**3 / 10 + 2e4)
    sparse = (jumps + 20 * jumps**0.5 + 60) * (generator.rate.size + 2 * n + 8e3)
    return dense, sparse


def _by_doubling(
    g: Generator, start: FloatArray, times: FloatArray, gains: FloatArray
) -> Transient:
    step = uniformised(g)
    levels = doubling_steps(step.rate * float(times.max()))
    unit = float(times.max()) * 2.0**-levels
    whole = np.floor(times / unit)
    rows, earned = short_series(step, start, np.maximum(times - whole * unit, 0.0), gains)
    power, worth = short_series(step, np.eye(g.states), np.full(g.states, unit), gains)
    for level in range(levels + 1):
        take = np.floor(whole / 2.0**level) % 2 == 1
        earned[take] += rows[take] @ worth
        rows[take] = rows[take] @ power
        if level < levels:
            worth, power = worth + power @ worth, squared(power)
    rows /= rows.sum(axis=1, keepdims=True)
    return Transient(times, rows, earned, "doubling")


def _by_uniformisation(
    g: Generator, start: FloatArray, times: FloatArray, gains: FloatArray
) -> Transient:
    step = uniformised(g)
    windows = [poisson_window(step.rate * float(t)) for t in times]
    last = max(first + weights.size for first, weights in windows)
    rows, worth = np.zeros((times.size, g.states)), np.zeros(last)
    vector = start
    for n in range(last):
        worth[n] = float(vector @ gains)
        for row, (first, weights) in zip(rows, windows, strict=True):
            if first <= n < first + weights.size:
                row += weights[n - first] * vector
        after = step.advance(vector)
        if n % 64 == 63 and _settled(vector, after, last - n):
            _finish(rows, windows, after, n)
            worth[n + 1 :] = float(after @ gains)
            break
        vector = after
    earned = [float(poisson_tails(*window, last) @ worth) / step.rate for window in windows]
    return Transient(times, rows, np.array(earned), "uniformisation")


def _settled(before: FloatArray, after: FloatArray, steps_left: int) -> bool:
    """Whether going on at this pace would change no state by more than 1e-13 of itself."""
    return bool((np.abs(after - before) * steps_left <= 1e-13 * after).all())


def _finish(
    rows: FloatArray, windows: list[tuple[int, FloatArray]], vector: FloatArray, done: int
) -> None:
    for row, (first, weights) in zip(rows, windows, strict=True):
        row += weights[max(done + 1 - first, 0) :].sum() * vector


def mean_unavailability(
    generator: Generator, up: npt.ArrayLike, start: npt.ArrayLike, times_s: npt.ArrayLike
) -> FloatArray:
    """Expected share of [0, t] spent down, shape (times,); at t = 0 the chance to start down."""
    flags = check_up(generator, up)
    result = transient(generator, start, times_s, (~flags).astype(np.float64))
    now = result.probabilities[:, ~flags].sum(axis=1)
    positive = result.times_s > 0
    return np.where(positive, result.reward / np.where(positive, result.times_s, 1.0), now)


def expected_failures(
    generator: Generator, up: npt.ArrayLike, start: npt.ArrayLike, times_s: npt.ArrayLike
) -> FloatArray:
    """Expected number of changes from up to down in [0, t], shape (times,)."""
    flags = check_up(generator, up)
    return transient(generator, start, times_s, generator.rates_into(~flags) * flags).reward


def reliability(
    generator: Generator, up: npt.ArrayLike, start: npt.ArrayLike, times_s: npt.ArrayLike
) -> Reliability:
    """Chance that no down state is visited in [0, t], and of the contrary.

    Parameters
    ----------
    generator : Generator
        The chain; what it does after the first failure does not matter.
    up : bool array, shape (states,)
        Which states are up.
    start : int or float array, shape (states,)
        First state or its distribution.
    times_s : float or float array
        Times >= 0, s.
    """
    flags: BoolArray = check_up(generator, up)
    p = check_start(generator, start)
    first = np.append(p[flags], p[~flags].sum())
    rows = transient(generator.absorbed(flags), first, times_s).probabilities
    return Reliability(rows[:, :-1].sum(axis=1), rows[:, -1])
