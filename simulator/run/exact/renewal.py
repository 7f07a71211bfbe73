"""One unit that alternates between a life and a repair, as good as new after each, new at 0.

Long-run formulas for any two laws with finite moments, and the behaviour over time by the first of
these that applies: sums in closed form (gamma and fixed times), the chain of the phases (mixtures,
Erlang times of two scales), Laplace inversion (smooth laws; with a fixed repair or a fixed life as
a series of inverted sums), a grid. Every answer carries an error estimate and names its method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import DescriptionError
from simulator.run.exact.folds import SumLaw, fixed_time, series, sum_law
from simulator.run.exact.generator import FloatArray
from simulator.run.exact.laplace import ComplexArray, Estimate, Transforms, inverted
from simulator.run.exact.phase_chain import alternating_chain
from simulator.run.exact.renewal_grid import on_grid
from simulator.run.exact.transient import transient

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = [
    "RenewalLongRun", "expected_failures", "expected_minimal_repairs", "long_run_of",
    "mean_unavailability", "no_failure_probability", "unavailability",
]  # fmt: skip

_TRUSTED = 1e-8
_MOST_FOLDS = 80
_SMOOTH_AFTER = 10
_PHASES = 600


@dataclass(frozen=True, slots=True)
class RenewalLongRun:
    """Long-run measures of an alternating renewal process.

    Parameters
    ----------
    unavailability, availability : float
        Long-run shares of time down and up.
    frequency : float
        Failures per second.
    variance_rate_s : float
        Limit of Var[downtime in (0, t)] / t, s; NaN if a variance is infinite.
    """

    unavailability: float
    availability: float
    frequency: float
    variance_rate_s: float


def long_run_of(life: Distribution, repair: Distribution) -> RenewalLongRun:
    """Long-run measures: shares of the mean cycle, and the variance rate of downtime.

    The rate is (E[Y]^2 Var X + E[X]^2 Var Y) / (E[X] + E[Y])^3 (Takacs 1957; renewal-reward central
    limit theorem), X the life and Y the repair.
    """
    up, down = life.mean(), repair.mean()
    if np.isinf(up) and np.isinf(down):
        raise DescriptionError("neither life nor repair ends: there is no long run to speak of")
    if np.isinf(up) or np.isinf(down):
        lost = 1.0 if np.isinf(down) else 0.0
        return RenewalLongRun(lost, 1.0 - lost, 0.0, float("nan"))
    cycle = up + down
    rate = (down**2 * life.variance() + up**2 * repair.variance()) / cycle**3
    finite = float(rate) if np.isfinite(rate) else float("nan")
    return RenewalLongRun(down / cycle, up / cycle, 1.0 / cycle, finite)


def expected_minimal_repairs(life: Distribution, from_s: float, to_s: float) -> float:
    """Expected failures between two ages if each is repaired at once and to as bad as old.

    Failures are then a Poisson process whose mean is the cumulative hazard.
    """
    if not 0 <= from_s <= to_s:
        raise DescriptionError(f"ages {from_s!r} to {to_s!r} s: they must rise from 0 or more")
    return float(life.hazard_between(from_s, to_s - from_s))


def no_failure_probability(life: Distribution, from_s: float, to_s: float) -> float:
    """Chance of no failure between two ages under repair to as bad as old: exp(-hazard between)."""
    return float(np.exp(-expected_minimal_repairs(life, from_s, to_s)))


def unavailability(life: Distribution, repair: Distribution, time_s: float) -> Estimate:
    """Probability to be down at a time.

    Parameters
    ----------
    life, repair : Distribution
        Laws of the up and down periods, independent, renewed each time; up and new at 0.
    time_s : float
        When, s, >= 0.

    Returns
    -------
    Estimate
        Value, absolute error estimate and method. Relative accuracy: about 1e-12 by closed sums and
        phases, 1e-10 by inversion, as estimated on the grid.
    """
    if _nothing_yet(life, time_s):
        return Estimate(0.0, 0.0, "no life has ended")
    if repair.cdf(time_s) == 0.0:
        lost = float(life.cdf(time_s))
        return Estimate(lost, 4e-16 * lost, "no repair has ended")

    def one(law: SumLaw | _FoldsByInversion) -> _Term:
        return lambda n: law.cdf(n, n - 1, time_s) - law.cdf(n, n, time_s)

    return _answer(life, repair, time_s, "unavailability", one)


def mean_unavailability(life: Distribution, repair: Distribution, time_s: float) -> Estimate:
    """Expected share of [0, t] spent down; parameters and return as :func:`unavailability`."""
    if _nothing_yet(life, time_s):
        return Estimate(0.0, 0.0, "no life has ended")

    def one(law: SumLaw | _FoldsByInversion) -> _Term:
        return lambda n: (law.area(n, n - 1, time_s) - law.area(n, n, time_s)) / time_s

    return _answer(life, repair, time_s, "mean unavailability", one)


def expected_failures(life: Distribution, repair: Distribution | None, time_s: float) -> Estimate:
    """Expected number of failures by a time; without a repair (None) the renewal function M(t).

    Parameters and return as :func:`unavailability`.
    """
    if _nothing_yet(life, time_s):
        return Estimate(0.0, 0.0, "no life has ended")

    def one(law: SumLaw | _FoldsByInversion) -> _Term:
        return lambda n: law.cdf(n, n - 1, time_s)

    return _answer(life, repair, time_s, "failures", one)


_Term = Callable[[FloatArray], FloatArray]
_TermOf = Callable[["SumLaw | _FoldsByInversion"], _Term]


def _nothing_yet(life: Distribution, time_s: float) -> bool:
    if not (time_s >= 0 and np.isfinite(time_s)):
        raise DescriptionError(f"a time must be finite and >= 0, not {time_s!r} s")
    if life.mean() <= 0:
        raise DescriptionError(f"a life of mean {life.mean()!r} s: it must last a while")
    return bool(time_s == 0 or life.cdf(time_s) == 0.0)


def _answer(
    life: Distribution, repair: Distribution | None, time_s: float, wanted: str, term: _TermOf
) -> Estimate:
    """The first method that applies; the grid only where the estimate of inversion is poor."""
    law = sum_law(life, repair)
    if law is not None:
        value, rounding = series(term(law))
        return Estimate(value, rounding, "sums in closed form")
    by_phases = _by_phases(life, repair, time_s, wanted)
    if by_phases is not None:
        return by_phases
    smooth = _by_inversion(life, repair, time_s, wanted, term)
    if smooth is not None and smooth.error <= _TRUSTED * abs(smooth.value):
        return smooth
    rough = on_grid(life, repair, time_s, wanted)
    if rough.value == 0.0:  # rarer than the grid can tell; it is at most the chance of one failure
        rough = Estimate(0.0, float(life.cdf(time_s)), rough.method)
    return rough if smooth is None or rough.error < smooth.error else smooth


def _by_phases(
    life: Distribution, repair: Distribution | None, time_s: float, wanted: str
) -> Estimate | None:
    lives = life.phases()
    repairs = None if repair is None else repair.phases()
    if lives is None or (repair is not None and repairs is None):
        return None
    if len(lives) + (len(repairs) if repairs else 0) > _PHASES:
        return None
    chain = alternating_chain(lives, repairs)
    ends = np.zeros(chain.generator.states)
    ends[: len(lives)] = lives.exits()
    gains = ends if wanted == "failures" else (~chain.up).astype(np.float64)
    result = transient(chain.generator, chain.start, time_s, gains)
    value = float(result.reward[0]) / (time_s if wanted == "mean unavailability" else 1.0)
    if wanted == "unavailability":
        value = float(result.probabilities[0, ~chain.up].sum())
    return Estimate(value, 1e-12 * value, f"chain of phases, {result.method}")


def _by_inversion(
    life: Distribution, repair: Distribution | None, time_s: float, wanted: str, term: _TermOf
) -> Estimate | None:
    shift_life = fixed_time(life)
    shift_repair = None if repair is None else fixed_time(repair)
    cycle = life.mean() + (repair.mean() if repair is not None else 0.0)
    shifted = shift_life is not None or shift_repair is not None
    unit = time_s if wanted == "mean unavailability" else 1.0
    # The kinks that a fixed time makes wear off after many cycles: then invert across them.
    if not shifted or time_s > _SMOOTH_AFTER * cycle:
        found = inverted(_recipe(life, repair, wanted), time_s)
        if not shifted or found.error <= 1e-9 * abs(found.value):
            return Estimate(found.value / unit, found.error / unit, found.method)
    shift = shift_life if shift_life is not None else shift_repair
    other = repair if shift_life is not None else life
    if not shift or other is None:
        return inverted(_recipe(life, None, wanted), time_s) if wanted == "failures" else None
    folds = _FoldsByInversion(other, shift, shift_life is not None)
    value = _short_series(term(folds))
    if value is None:
        return None
    return Estimate(value, folds.error / unit, "sums by Laplace inversion")


def _recipe(
    life: Distribution, repair: Distribution | None, wanted: str
) -> Callable[[ComplexArray, float, int], ComplexArray]:
    """The transform of the wanted function, every part with its own digits."""

    def transform(s: ComplexArray, reach_s: float, panels: int) -> ComplexArray:
        lives = Transforms(life, s, reach_s, panels)
        cycle, failed = s * lives.survival, lives.law
        down = np.zeros_like(s)
        if repair is not None:
            down = Transforms(repair, s, reach_s, panels).survival
            cycle = cycle + failed * s * down  # 1 - E[exp(-s cycle)]
        if wanted == "failures":
            return np.asarray(failed / (s * cycle))
        share = failed * down / cycle
        return np.asarray(share if wanted == "unavailability" else share / s)

    return transform


class _FoldsByInversion:
    """Sums of n times of one smooth law and m fixed times; the twin of `SumLaw`."""

    def __init__(self, law: Distribution, shift_s: float, shifts_life: bool) -> None:
        self._law, self._shift, self._shifts_life = law, shift_s, shifts_life
        self._known: dict[tuple[int, int, float, int], float] = {}
        self.error = 0.0

    def cdf(self, a: FloatArray, b: FloatArray, time_s: float) -> FloatArray:
        """P(sum <= t)."""
        return self._each(a, b, time_s, 1)

    def area(self, a: FloatArray, b: FloatArray, time_s: float) -> FloatArray:
        """Integral of the cdf over [0, t], s."""
        return self._each(a, b, time_s, 2)

    def _each(self, a: FloatArray, b: FloatArray, time_s: float, order: int) -> FloatArray:
        pairs = zip(np.atleast_1d(a), np.atleast_1d(b), strict=True)
        return np.array([self._one(int(i), int(j), time_s, order) for i, j in pairs])

    def _one(self, a: int, b: int, time_s: float, order: int) -> float:
        shifts, folds = (a, b) if self._shifts_life else (b, a)
        left = time_s - shifts * self._shift
        if left < 0 or (left == 0 and folds > 0):
            return 0.0
        if folds == 0:
            return 1.0 if order == 1 else left
        if folds == 1 and order == 1:
            return float(self._law.cdf(left))
        key = (shifts, folds, time_s, order)
        if key not in self._known:
            self._known[key] = self._inverted(folds, left, order)
        return self._known[key]

    def _inverted(self, folds: int, left: float, order: int) -> float:
        def transform(s: ComplexArray, reach_s: float, panels: int) -> ComplexArray:
            return np.asarray(Transforms(self._law, s, reach_s, panels).law ** folds / s**order)

        found = inverted(transform, left, 0.1 if order == 1 else 0.1 * left)
        self.error += found.error
        return max(found.value, 0.0)


def _short_series(term: _Term) -> float | None:
    """Sum of a series whose terms are expensive; None if it is too long."""
    total = 0.0
    for n in range(1, _MOST_FOLDS):
        value = float(term(np.array([float(n)]))[0])
        total += value
        if abs(value) <= 1e-13 * total and n > 2:
            return total
    return None
