"""A token bucket that pays for retries, as a Markov chain over its whole tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from simulator.errors import NotSupported
from simulator.run.exact.arguments import at_least_zero, positive, share, whole
from simulator.run.exact.generator import Generator
from simulator.run.exact.stationary import stationary

__all__ = ["TokenBucket", "retry_token_bucket"]

Floats = npt.NDArray[np.float64]

_MOST_LEVELS = 2_000


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """Long-run behaviour of calls whose retries a token bucket pays.

    Parameters
    ----------
    attempts : float
        Mean attempts for each call, the first included; never above 1 + fill.
    failure : float
        Share of the calls whose last attempt fails.
    mean_tokens : float
        Mean tokens in the bucket before a call.
    """

    attempts: float
    failure: float
    mean_tokens: float


def retry_token_bucket(
    *, failure: float, fill: float, size: float, retries: int, strict: bool = True
) -> TokenBucket:
    """Every call adds `fill` tokens, every retry takes one; the bucket starts full.

    Tokens are counted in whole parts of a common unit (tenths, for a fill of 0.1), because ten
    floating tenths are not one.

    Parameters
    ----------
    failure : float
        Probability that an attempt fails, each independently.
    fill : float
        Tokens added by each call before its first attempt, whether it succeeds or not.
    size : float
        Most tokens that it holds.
    retries : int
        At most for each call.
    strict : bool
        True: a retry needs more than one token; False: one is enough.

    Raises
    ------
    DescriptionError
        For an argument out of range.
    NotSupported
        If the tokens have more than 2,000 levels.

    Examples
    --------
    >>> bucket = retry_token_bucket(failure=0.05, fill=0.1, size=5, retries=3)
    >>> round(bucket.attempts, 7), round(bucket.failure, 9)
    (1.0523865, 0.000232835)
    """
    p, most = share(failure, "failure"), whole(retries, "retries", 0, 10_000)
    step, top, one = _levels(fill, size)
    moves, attempts, fails = _calls(p, most, (step, top, one), one + 1 if strict else one)
    before, after = np.nonzero(moves)
    other = before != after
    chain = Generator.from_triplets(
        top + 1, before[other], after[other], moves[before[other], after[other]]
    )
    shares = stationary(chain, top).probabilities
    tokens = float(shares @ np.arange(top + 1)) / one
    return TokenBucket(float(shares @ attempts), float(shares @ fails), tokens)


def _levels(fill: float, size: float) -> tuple[int, int, int]:
    """Fill, size and one token in the largest common unit."""
    parts = (
        Fraction(repr(at_least_zero(fill, "fill"))),
        Fraction(repr(positive(size, "size"))),
    )
    unit = math.lcm(*(part.denominator for part in parts))
    step, top = (int(part * unit) for part in parts)
    if top > _MOST_LEVELS:
        what = f"a bucket of {top} levels (size {size!r} filled by {fill!r})"
        raise NotSupported(what, "exact", f"up to {_MOST_LEVELS}: rounder numbers have fewer")
    return step, top, unit


def _calls(
    p: float, retries: int, levels: tuple[int, int, int], least: int
) -> tuple[Floats, Floats, Floats]:
    """For each level before a call: chances of the level after it, mean attempts, P(it fails)."""
    step, top, one = levels
    moves = np.zeros((top + 1, top + 1))
    attempts, fails = np.zeros(top + 1), np.zeros(top + 1)
    for level in range(top + 1):
        left, alive, tried = min(level + step, top), 1.0, 1
        attempts[level] = 1.0
        while p and tried <= retries and left >= least:
            moves[level, left] += alive * (1.0 - p)
            alive *= p
            attempts[level] += alive
            left, tried = left - one, tried + 1
        moves[level, left] += alive
        fails[level] = alive * p
    return moves, attempts, fails
