"""CPU time that one rule of a firewall adds to a request, and what limits it.

Laws and sources are in `models.waf_measured`. The lengths of lines are an assumption of whoever asks: if
they are lognormal, so are the times, with the median moved along the law and sigma multiplied by its
exponent. Lines are cut at `longest`. A limit of steps per attempt does this:

* `match`, `no_match`: one attempt makes the cost, so the time is the lesser of the law and the limit's time;
* `json`: the law holds up to the length that passes; on a longer line an early attempt hits the limit, and
  that limit's time is all. So a limit is leaky: lines just short enough cost 30 times as much (100 000).

ASSUMPTION typed by us: a `json` line that is aborted has cost one limit's time and nothing before it (as
measured well beyond the length that passes; just beyond it, two to five times as much).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from statistics import NormalDist
from typing import get_args

from models.waf_measured import (
    CHEAP,
    LIMITS,
    LINEAR,
    MEASURED,
    PASSES,
    STEP,
    Guard,
    PowerLaw,
    fitted,
)
from simulator.describe import (
    CompetingRisks,
    Deterministic,
    Distribution,
    Empirical,
    Lognormal,
    Mixture,
)
from simulator.describe.valid import above, share
from simulator.errors import DescriptionError

__all__ = ["MEASURED", "Guard", "extra_work", "fitted", "line_cost", "mean_inflation"]

LONGEST = 4096  # characters; assumption: what a server takes as one line
LEVELS = (0.0, 0.9, 0.99, 0.999, 1.0)  # shares of the lines that pass, from short to long ...
BINS = 100  # ... each told by so many times of equal probability


def line_cost(kind: str, characters: float, *, guard: Guard | None = None, k: float = 1.0) -> float:
    """CPU time of one evaluation of the rule on one line.

    Parameters
    ----------
    kind : {"match", "no_match", "json", "cheap"}
    characters : float
        Length of the line, at least 0.
    guard : {None, "10k", "100k", "linear"}
        None = the library's own limit, which stops long `json` lines only; a lower limit of steps for
        each attempt; an engine (or a rule) that never goes back.
    k : float
        Factor on all times: how much slower a core is than the one measured.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    DescriptionError
        If the kind or the guard is not one of these, or `k` not above 0.
    """
    _check(kind, guard, k)
    if kind == "cheap":
        return CHEAP * k
    law = _law(kind, guard)
    return k * min(law.time(characters), _ceiling(kind, guard, characters))


def extra_work(
    length: Distribution,
    shares: Mapping[str, float],
    *,
    guard: Guard | None = None,
    k: float = 1.0,
    longest: float = LONGEST,
) -> Distribution:
    """Law of the CPU time that the rule adds to a request.

    Parameters
    ----------
    length : Lognormal or Deterministic
        Length of the line in characters (where other laws have seconds).
    shares : mapping of str to float
        Share of the requests by kind of line; the rest, to 1, is not matched against the rule: 0 s.
    guard, k
        As in `line_cost`.
    longest : float
        Characters at which a line is cut.

    Returns
    -------
    Distribution
        Seconds: a mixture. Exact, but for `json` lines that a limit lets pass: those are bins of equal
        probability (finer towards the top, see `LEVELS`), each told by its mean. So the mean is exact;
        the standard deviation is low by less than 1 %.

    Raises
    ------
    DescriptionError
        If a kind, a share, the guard, `k` or `longest` is not allowed, the shares exceed 1, or the
        length has another law.
    """
    above(longest, "longest")
    for kind, part in shares.items():
        _check(kind, guard, k)
        share(part, f"shares.{kind}")
    rest = 1.0 - math.fsum(shares.values())
    if rest < -1e-9:
        raise DescriptionError(f"{dict(shares)!r}: allowed are shares with a sum up to 1", "shares")
    weights: list[float] = [max(rest, 0.0)]
    laws: list[Distribution] = [Deterministic(0.0)]
    for kind, part in shares.items():
        for weight, law in _kind(kind, length, guard, k, longest):
            weights.append(part * weight)
            laws.append(law)
    return Mixture(tuple(weights), tuple(laws))


def mean_inflation(extra: Distribution, base_work_s: float) -> float:
    """By what factor the rule multiplies the mean CPU time of a request.

    Parameters
    ----------
    extra : Distribution
        Seconds added; see `extra_work`.
    base_work_s : float
        Mean seconds without the rule, above 0.

    Returns
    -------
    float
        No unit, at least 1: (base + mean of the extra work) / base.

    Raises
    ------
    DescriptionError
        If the base is not above 0.
    """
    above(base_work_s, "base_work_s")
    return 1.0 + extra.mean() / base_work_s


def _check(kind: str, guard: Guard | None, k: float) -> None:
    if kind != "cheap" and kind not in MEASURED:
        raise DescriptionError(f"{kind!r}: allowed are {', '.join(MEASURED)}, cheap", "shares")
    if guard is not None and guard not in get_args(Guard):
        raise DescriptionError(f"{guard!r}: allowed are None, 10k, 100k, linear", "guard")
    above(k, "k")


def _law(kind: str, guard: Guard | None) -> PowerLaw:
    return PowerLaw(LINEAR, 1.0) if guard == "linear" else fitted(kind)


def _ceiling(kind: str, guard: Guard | None, characters: float) -> float:
    """Seconds at which a limit ends the evaluation of such a line; infinite if it does not."""
    if guard not in LIMITS or (kind == "json" and characters <= PASSES[guard]):
        return math.inf
    return math.inf if kind != "json" and guard is None else LIMITS[guard] * STEP


def _kind(
    kind: str, length: Distribution, guard: Guard | None, k: float, longest: float
) -> list[tuple[float, Distribution]]:
    """Weights, to 1, and laws of the time of one kind of line."""
    if kind == "cheap":
        return [(1.0, Deterministic(CHEAP * k))]
    if isinstance(length, Deterministic):
        cost = line_cost(kind, min(length.value, longest), guard=guard, k=k)
        return [(1.0, Deterministic(cost))]
    if not isinstance(length, Lognormal):
        raise DescriptionError(f"{length!r}: allowed are Lognormal and Deterministic", "length")
    law = _law(kind, guard)
    law = PowerLaw(law.factor * k, law.exponent)
    if kind == "json" and guard in LIMITS and PASSES[guard] < longest:
        return _leaky(law, length, PASSES[guard], LIMITS[guard] * STEP * k)
    most = min(law.time(longest), k * _ceiling(kind, guard, longest))
    return [(1.0, CompetingRisks((law.of(length), Deterministic(most))))]


def _leaky(
    law: PowerLaw, length: Lognormal, passes: float, limit: float
) -> list[tuple[float, Distribution]]:
    """Lines up to a length pay in full, longer ones one limit's time."""
    below = NormalDist().cdf(math.log(passes / length.median) / length.sigma)
    cost = law.of(length)
    laws: list[tuple[float, Distribution]] = [(1.0 - below, Deterministic(limit))]
    for low, high in pairwise(LEVELS):
        if (weight := (high - low) * below) > 1e-15:
            laws.append((weight, _binned(cost, low * below, high * below)))
    return laws


def _binned(cost: Lognormal, low: float, high: float) -> Empirical:
    """A lognormal time between two of its quantiles: bins of equal probability, told by their means.

    With z the normal quantile at an edge, the part of the mean up to it is mean * Phi(z - sigma).
    """
    edges = (_mean_up_to(low + (high - low) * i / BINS, cost.sigma) for i in range(BINS + 1))
    scale = cost.mean() * BINS / (high - low)
    return Empirical(tuple(scale * (right - left) for left, right in pairwise(edges)))


def _mean_up_to(p: float, sigma: float) -> float:
    """Share of the mean of a lognormal that lies below its quantile of `p`."""
    normal = NormalDist()
    return normal.cdf(normal.inv_cdf(p) - sigma) if 0.0 < p < 1.0 else float(p >= 1.0)
