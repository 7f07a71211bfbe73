"""How much the downtime of an interval varies: mean and variance of D(t), for any Markov chain.

Doubling again: over a step h, keep for every first state i the mean r_i and the variance v_i of the
downtime, and the joint moments G_ij = E[D; last state j]. Two steps in a row combine by

    v <- v_i + sum_j E_ij v_j + Var_i(r_J) + 2 Cov_i(D, r_J),    G <- G E + E G

with J the state in the middle. Only centred quantities are combined, so the variance keeps its
digits however long the interval is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.generator import FloatArray, Generator, check_start, check_up
from simulator.run.exact.uniformised import (
    Uniformised,
    doubling_steps,
    short_weights,
    squared,
    uniformised,
)

__all__ = ["MOST_VARIANCE_STATES", "DowntimeMoments", "downtime_moments"]

MOST_VARIANCE_STATES = 600


@dataclass(frozen=True, slots=True)
class DowntimeMoments:
    """Mean and variance of the time spent down in an interval.

    Parameters
    ----------
    mean_s : float
        Expected downtime, s.
    variance_s2 : float
        Its variance, s^2. Divide by t and t^2 for the share of the interval.
    """

    mean_s: float
    variance_s2: float


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Law of a piece of time: last state, mean and variance of downtime, joint first moments."""

    power: FloatArray
    mean: FloatArray
    variance: FloatArray
    joint: FloatArray


def downtime_moments(
    generator: Generator, up: npt.ArrayLike, start: npt.ArrayLike, time_s: float
) -> DowntimeMoments:
    """Mean and variance of the downtime in [0, t].

    Parameters
    ----------
    generator : Generator
        The chain, up to `MOST_VARIANCE_STATES` states.
    up : bool array, shape (states,)
        Which states are up.
    start : int or float array, shape (states,)
        First state or its distribution.
    time_s : float
        Length of the interval, s, > 0.

    Raises
    ------
    DescriptionError
        If the time is not positive.
    NotSupported
        Above `MOST_VARIANCE_STATES` states.
    """
    p, down = check_start(generator, start), (~check_up(generator, up)).astype(np.float64)
    if not (time_s > 0 and np.isfinite(time_s)):
        raise DescriptionError(f"the interval must be positive and finite, not {time_s!r} s")
    if generator.states > MOST_VARIANCE_STATES:
        what = f"the variance of downtime with {generator.states} states"
        raise NotSupported(what, "exact", f"up to {MOST_VARIANCE_STATES} states; use montecarlo")
    jumps = float(generator.exit_rates().max()) * time_s
    if jumps == 0:
        share = float(p @ down)
        return DowntimeMoments(share * time_s, share * (1 - share) * time_s**2)
    step = uniformised(generator)
    levels = doubling_steps(step.rate * time_s)
    block = _first_block(step, down, time_s * 2.0**-levels)
    for _ in range(levels):
        block = _doubled(block)
    mean = float(p @ block.mean)
    return DowntimeMoments(mean, float(p @ (block.variance + (block.mean - mean) ** 2)))


def _first_block(step: Uniformised, down: FloatArray, time_s: float) -> _Block:
    """The block of a time in which at most 1/16 jump is expected, by its uniformised series."""
    weights = short_weights(np.array([step.rate * time_s]))[0]
    tails = np.append(np.cumsum(weights[::-1])[::-1], 0.0)
    power = np.eye(down.size)
    joint = np.diag(down)
    law, joints = np.zeros_like(power), np.zeros_like(power)
    mean, second = np.zeros(down.size), np.zeros(down.size)
    for n in range(weights.size - 2):
        law += weights[n] * power
        mean += tails[n + 1] * (power @ down)
        joints += weights[n + 1] * joint
        second += 2 * tails[n + 2] * (joint @ down)
        power = step.advance(power)
        joint = step.advance(joint) + power * down[None, :]
    mean, second = mean / step.rate, second / step.rate**2
    law /= law.sum(axis=1, keepdims=True)
    return _Block(law, mean, np.maximum(second - mean**2, 0.0), joints / step.rate)


def _doubled(b: _Block) -> _Block:
    middle = b.power @ b.mean
    spread = b.mean[None, :] - middle[:, None]
    among = (b.power * spread**2).sum(axis=1)
    along = ((b.joint - b.mean[:, None] * b.power) * spread).sum(axis=1)
    variance = b.variance + b.power @ b.variance + among + 2 * along
    joint = b.joint @ b.power + b.power @ b.joint
    return _Block(squared(b.power), b.mean + middle, np.maximum(variance, 0.0), joint)
