"""Lives made of lives: one of several kinds, or the first of several causes."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.bounded import Deterministic
from simulator.describe.distributions.checks import numbers, reject, store
from simulator.describe.distributions.inverse import InverseTable
from simulator.describe.distributions.phases import Phases, first_of, one_of
from simulator.describe.distributions.simple import Exponential, Never, Weibull
from simulator.describe.quantities import Share

__all__ = ["CompetingRisks", "Mixture"]


def _parts(owner: object, parts: object) -> tuple[Distribution, ...]:
    row = tuple(parts) if isinstance(parts, (tuple, list)) else ()
    if not row or not all(isinstance(p, Distribution) for p in row):
        raise reject(owner, "parts", parts, "a row of at least one distribution")
    return row


def _all_breaks(parts: tuple[Distribution, ...]) -> tuple[float, ...]:
    return tuple(sorted({b for p in parts for b in p._breaks()}))


@dataclass(frozen=True, slots=True)
class Mixture(Distribution):
    """Each unit is of one kind for good: with probability ``weights[i]`` it lives as ``parts[i]``.

    Parameters
    ----------
    weights : tuple of float
        Shares 0-1 that sum to 1 (to 1e-9).
    parts : tuple of Distribution
        One for each weight.

    Notes
    -----
    Survival is the weighted mean of survivals. With exponential parts it is hyperexponential. Given
    survival the weights shift towards the kinds that last: `residual` is a mixture again.
    """

    weights: tuple[Share, ...]
    parts: tuple[Distribution, ...]

    def __post_init__(self) -> None:
        parts = _parts(self, self.parts)
        weights = numbers(self, "weights", self.weights, low=0, high=1)
        if len(weights) != len(parts):
            raise reject(self, "weights", weights, f"one share for each of the {len(parts)} parts")
        if abs(math.fsum(weights) - 1) > 1e-9:
            raise reject(
                self, "weights", weights, f"shares that sum to 1, not {math.fsum(weights):.12g}"
            )
        store(self, weights=weights, parts=parts)

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        kinds = zip(self.weights, self.parts, strict=True)
        return "Mixture(" + ", ".join(f"{w:.4g} of {p.describe()}" for w, p in kinds) + ")"

    def mean(self) -> float:
        """Mean (s)."""
        return math.fsum(w * p.mean() for w, p in self._kinds())

    def variance(self) -> float:
        """Variance (s^2): the mean of the variances plus the variance of the means."""
        mean = self.mean()
        if math.isinf(mean):
            return math.inf
        return math.fsum(w * (p.variance() + (p.mean() - mean) ** 2) for w, p in self._kinds())

    def phases(self) -> Phases | None:
        """Exact phase-type representation, or None."""
        kinds = self._kinds()
        found = [(w, phases) for w, p in kinds if (phases := p.phases()) is not None]
        if len(found) < len(kinds):
            return None
        return one_of(tuple(w for w, _ in found), tuple(p for _, p in found))

    def _kinds(self) -> list[tuple[float, Distribution]]:
        return [(w, p) for w, p in zip(self.weights, self.parts, strict=True) if w > 0]

    def _shares(self) -> Array:
        """Weights as a column."""
        return np.array([[w] for w, _ in self._kinds()])

    def _total(self, t: Array) -> Array:
        return _blend(self._shares(), np.array([p._total(t) for _, p in self._kinds()]))[0]

    def _rate(self, t: Array) -> Array:
        return self._pair(t)[1]

    def _pair(self, t: Array) -> tuple[Array, Array]:
        pairs = [p._pair(t) for _, p in self._kinds()]
        total, alive = _blend(self._shares(), np.array([h for h, _ in pairs]))
        rates = np.array([r for _, r in pairs])
        return total, np.sum(np.where(alive > 0, alive * rates, 0.0), axis=0)

    def _time(self, e: Array) -> Array:
        def make() -> InverseTable:
            return InverseTable(self._total, self._pair, smooth=not self._breaks())

        return cast(Array, self._cached(make)(e))

    def _gain(self, age: Array, t: Array) -> Array:
        kinds = [p for _, p in self._kinds()]
        _, alive = _blend(self._shares(), np.array([p._total(age) for p in kinds]))
        return _blend(alive, np.array([p._gain(age, t) for p in kinds]))[0]

    def _residual(self, age: float) -> Distribution:
        kinds, at = [p for _, p in self._kinds()], np.array([age])
        _, alive = _blend(self._shares(), np.array([p._total(at) for p in kinds]))
        left = [
            (float(w), p.residual(age)) for w, p in zip(alive[:, 0], kinds, strict=True) if w > 0
        ]
        if len(left) == 1:
            return left[0][1]
        return Mixture(tuple(w for w, _ in left), tuple(p for _, p in left))

    def _breaks(self) -> tuple[float, ...]:
        return _all_breaks(self.parts)


def _blend(shares: Array, totals: Array) -> tuple[Array, Array]:
    """Cumulative hazard of a mixture and the shares of its kinds among the survivors, shape (k, n).

    With H0 the smallest of the parts' hazards, H = H0 - log(sum w exp(H0 - Hi)): by log1p of the
    sum of w expm1(...) where that is small, so that 1e-300 and 700 both keep their digits.
    """
    totals = np.where(shares > 0, totals, np.inf)
    least = totals.min(axis=0)
    behind = np.where(totals == least, 0.0, least - totals)
    alive = shares * np.exp(behind)
    whole = alive.sum(axis=0)
    lost = np.sum(shares * np.expm1(behind), axis=0)
    total = least - np.where(lost > -0.5, np.log1p(lost), np.log(whole))
    return total, alive / whole


class _Core(NamedTuple):
    """Competing risks with everything merged that merges: a fixed end and what may come before."""

    fixed_end: float
    rest: tuple[Distribution, ...]
    table: InverseTable | None


@dataclass(frozen=True, slots=True)
class CompetingRisks(Distribution):
    """The shortest of independent lives: several causes, whichever comes first.

    Parameters
    ----------
    parts : tuple of Distribution
        One for each cause.

    Notes
    -----
    Hazards add. Exponential causes merge into one, and so do Weibull causes of the same shape; a
    deterministic one (replacement at a fixed age) cuts the others off.
    """

    parts: tuple[Distribution, ...]

    def __post_init__(self) -> None:
        store(self, parts=_parts(self, self.parts))

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return "CompetingRisks(" + ", ".join(p.describe() for p in self.parts) + ")"

    def mean(self) -> float:
        """Mean (s)."""
        return self._only().mean() if self._only() is not self else self._moments()[0]

    def variance(self) -> float:
        """Variance (s^2)."""
        return self._only().variance() if self._only() is not self else self._moments()[1]

    def phases(self) -> Phases | None:
        """Exact phase-type representation, or None."""
        fixed_end, rest, _ = self._core()
        found = tuple(phases for p in rest if (phases := p.phases()) is not None)
        if not rest or len(found) < len(rest) or fixed_end < math.inf:
            return None
        return first_of(found)

    def _core(self) -> _Core:
        return cast(_Core, self._cached(self._merge))

    def _merge(self) -> _Core:
        fixed_end, rest = _merged(self.parts)
        if len(rest) < 2:
            return _Core(fixed_end, rest, None)
        with np.errstate(all="ignore"):
            table = InverseTable(
                lambda t: _sum([p._total(t) for p in rest]),
                lambda t: _sum_pairs([p._pair(t) for p in rest]),
                smooth=not _all_breaks(rest),
            )
        return _Core(fixed_end, rest, table)

    def _only(self) -> Distribution:
        """The single life this merges into, or itself."""
        fixed_end, rest, _ = self._core()
        if not rest:
            return Never() if math.isinf(fixed_end) else Deterministic(fixed_end)
        return rest[0] if len(rest) == 1 and math.isinf(fixed_end) else self

    def _total(self, t: Array) -> Array:
        return _sum([p._total(t) for p in self.parts])

    def _rate(self, t: Array) -> Array:
        return _sum([p._rate(t) for p in self.parts])

    def _time(self, e: Array) -> Array:
        fixed_end, rest, table = self._core()
        if table is not None:
            return np.minimum(table(e), fixed_end)
        return np.minimum(rest[0]._time(e), fixed_end) if rest else np.full_like(e, fixed_end)

    def _gain(self, age: Array, t: Array) -> Array:
        return _sum([p._gain(age, t) for p in self.parts])

    def _residual(self, age: float) -> Distribution:
        left = CompetingRisks(tuple(p.residual(age) for p in self.parts))
        return left._only()

    def _breaks(self) -> tuple[float, ...]:
        return _all_breaks(self.parts)


def _merged(parts: tuple[Distribution, ...]) -> tuple[float, tuple[Distribution, ...]]:
    """Fixed end and remaining lives: nested ones opened, like Weibull hazards added."""
    fixed_end, others = math.inf, []
    power: dict[float, list[float]] = defaultdict(list)  # shape: scales
    waiting = list(parts)
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, CompetingRisks):
            waiting = list(part.parts) + waiting
        elif isinstance(part, Deterministic):
            fixed_end = min(fixed_end, part.value)
        elif isinstance(part, Exponential):
            power[1.0].append(part.mean_)
        elif isinstance(part, Weibull):
            power[part.shape].append(part.scale)
        elif not isinstance(part, Never):
            others.append(part)
    added = [_added(shape, scales) for shape, scales in power.items()]
    return fixed_end, (*added, *others)


def _added(shape: float, scales: list[float]) -> Distribution:
    """Weibull hazards of one shape added: (t/s)^k with s^-k the sum of the s_i^-k."""
    least = min(scales)
    scale = least * math.fsum((least / s) ** shape for s in scales) ** (-1 / shape)
    return Exponential(scale) if shape == 1 else Weibull(shape, scale)


def _sum(arrays: list[Array]) -> Array:
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total


def _sum_pairs(pairs: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    return _sum([h for h, _ in pairs]), _sum([r for _, r in pairs])
