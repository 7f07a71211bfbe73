"""Chance that one alternating unit keeps a downtime budget in a window.

Takacs (1957) in words: the downtime D of a window t is at most x exactly if, by the moment the unit
has been up for t - x, its finished repairs took at most x. So

    P(D <= x) = sum over n of P(n failures in up time t - x) * P(n repairs take at most x)

and every term is positive; the same sum with "take more than x" gives the miss with its own digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import DescriptionError, NotSupported
from simulator.run.exact.folds import SumLaw, fixed_time, gamma_form, sum_law
from simulator.run.exact.generator import FloatArray
from simulator.run.exact.laplace import ComplexArray, Transforms, inverted
from simulator.run.exact.uniformised import poisson_window

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = ["STARTS", "BudgetRisk", "unit_downtime"]

STARTS = ("up", "down", "equilibrium")
_TRUSTED = 1e-7
_MOST_COUNTS = 5e6


@dataclass(frozen=True, slots=True)
class BudgetRisk:
    """Chance to keep, and to miss, a downtime budget.

    Parameters
    ----------
    meets, misses : float
        P(D <= x) and P(D > x), each with its own digits.
    error : float
        Absolute error estimate: truncation and, where used, inversion.
    method : str
        How it was found.
    """

    meets: float
    misses: float
    error: float
    method: str


def unit_downtime(
    life: Distribution,
    repair: Distribution,
    window_s: float,
    budget_s: float,
    start: str = "up",
) -> BudgetRisk:
    """P(downtime in a window <= budget) for one unit, as good as new after each repair.

    Parameters
    ----------
    life, repair : Distribution
        Up and down times. Exponential, Erlang, gamma and fixed times in any pair; with an
        exponential life also every smooth repair law (by Laplace inversion).
    window_s, budget_s : float
        Window t > 0 and budget x >= 0, s.
    start : {"up", "down", "equilibrium"}
        New and up at 0; just failed at 0; or running for ever before. The latter two need an
        exponential life, the last also an exponential, Erlang or fixed repair.

    Raises
    ------
    DescriptionError
        For a window, budget or start out of range.
    NotSupported
        For laws without known sums; the message says what can.
    """
    _check(window_s, budget_s, start)
    if budget_s >= window_s:
        return BudgetRisk(1.0, 0.0, 0.0, "the budget is the window")
    if start != "up" and gamma_form(life) != (1.0, life.mean()):
        what = f"a start {start!r} with {life.describe()}"
        raise NotSupported(what, "exact", "only exponential lives forget their age; use montecarlo")
    if start == "equilibrium":
        return _from_equilibrium(life, repair, window_s, budget_s)
    extra = 1 if start == "down" else 0
    return _from_start(life, repair, window_s - budget_s, budget_s, extra)


def _check(window_s: float, budget_s: float, start: str) -> None:
    if not (window_s > 0 and np.isfinite(window_s)):
        raise DescriptionError(f"the window must be positive and finite, not {window_s!r} s")
    if not budget_s >= 0:
        raise DescriptionError(f"the downtime budget must be >= 0, not {budget_s!r} s")
    if start not in STARTS:
        raise DescriptionError(f"start {start!r} is none of {', '.join(STARTS)}")


def _from_start(
    life: Distribution, repair: Distribution, up_s: float, budget_s: float, extra: int
) -> BudgetRisk:
    """`extra` whole repairs come on top of those of the failures within the up time."""
    sums = _repair_sums(repair)
    if sums is not None:
        counts, chances = _failure_counts(life, up_s)
        n = counts + extra
        meets = float(chances @ sums.cdf(0 * n, n, budget_s))
        misses = float(chances @ sums.survival(0 * n, n, budget_s))
        return BudgetRisk(meets, misses, 1e-14, "Takacs' sum")
    if gamma_form(life) != (1.0, life.mean()):
        what = f"the downtime law of {life.describe()} with {repair.describe()}"
        raise NotSupported(what, "exact", "use montecarlo")
    return _by_inversion(up_s / life.mean(), repair, budget_s, extra)


def _repair_sums(repair: Distribution) -> SumLaw | None:
    """Law of n repairs, if closed."""
    form, fixed = gamma_form(repair), fixed_time(repair)
    if form is not None:
        return SumLaw(0.0, form[0], form[1], 0.0, 0.0)
    return None if fixed is None else SumLaw(0.0, 0.0, 1.0, 0.0, fixed)


def _failure_counts(life: Distribution, up_s: float) -> tuple[FloatArray, FloatArray]:
    """Numbers of failures strictly within an up time, and their probabilities."""
    fixed, form = fixed_time(life), gamma_form(life)
    if fixed is not None:
        ratio = up_s / fixed if fixed > 0 else np.inf
        if not np.isfinite(ratio):
            raise DescriptionError(f"a life of {fixed!r} s: it must last a while")
        return np.array([float(np.ceil(ratio * (1 - 4e-16))) - 1.0]), np.ones(1)
    if form is None:
        what = f"the failure counts of {life.describe()}"
        raise NotSupported(what, "exact", "use montecarlo")
    shape, scale = form
    if up_s / scale > _MOST_COUNTS**2:
        raise NotSupported(f"{up_s / scale:.3g} failures in a window", "exact", "use montecarlo")
    if shape == round(shape):  # failures are every shape-th event of a Poisson process
        first, weights = poisson_window(up_s / scale)
        count = (first + np.arange(weights.size)) // int(shape)
        chances = np.bincount(count - count[0], weights=weights).astype(np.float64)
        return count[0] + np.arange(chances.size, dtype=np.float64), chances
    return _gamma_counts(life, up_s, shape)


def _gamma_counts(life: Distribution, up_s: float, shape: float) -> tuple[FloatArray, FloatArray]:
    """P(N = n) = F_n - F_(n+1), from whichever tail is small."""
    law = sum_law(life, None)
    most = int(4 * up_s / life.mean() + 60 / min(shape, 1.0) + 60)
    if law is None or most > _MOST_COUNTS:
        raise NotSupported(f"about {most} failures in a window", "exact", "use montecarlo")
    n = np.arange(most + 1, dtype=np.float64)
    below, above = law.cdf(n, 0 * n, up_s), law.survival(n, 0 * n, up_s)
    chances = np.where(below[:-1] < 0.5, below[:-1] - below[1:], above[1:] - above[:-1])
    return n[:-1], np.maximum(chances, 0.0)


def _by_inversion(
    mean_failures: float, repair: Distribution, budget_s: float, extra: int
) -> BudgetRisk:
    """Compound Poisson sum of repairs: its transform is exp(-m (1 - E[exp(-s Y)]))."""
    if budget_s == 0:
        none = float(np.exp(-mean_failures)) if extra == 0 else 0.0
        return BudgetRisk(none, 1.0 - none, 0.0, "no failure at all")

    def kept(s: ComplexArray, reach_s: float, panels: int) -> ComplexArray:
        law = Transforms(repair, s, reach_s, panels)
        if extra:
            return np.asarray(law.law * np.exp(-mean_failures * s * law.survival) / s)
        return np.asarray(np.exp(-mean_failures) * np.expm1(mean_failures * law.law) / s)

    def missed(s: ComplexArray, reach_s: float, panels: int) -> ComplexArray:
        law = Transforms(repair, s, reach_s, panels)
        gone = -np.expm1(-mean_failures * s * law.survival) / s
        if extra:
            gone = gone + np.exp(-mean_failures * s * law.survival) * law.survival
        return np.asarray(gone)

    low, high = inverted(kept, budget_s, 1e-3), inverted(missed, budget_s, 1e-3)
    alone = float(np.exp(-mean_failures)) if extra == 0 else 0.0
    meets, misses = low.value + alone, high.value
    error = max(low.error, high.error, abs(meets + misses - 1.0))
    if error > _TRUSTED:
        what = f"the downtime law of {repair.describe()} (error {error:.1g})"
        raise NotSupported(what, "exact", "it is not smooth enough; use montecarlo")
    return BudgetRisk(max(meets, 0.0), max(misses, 0.0), error, "Takacs' sum, Laplace inversion")


def _from_equilibrium(
    life: Distribution, repair: Distribution, window_s: float, budget_s: float
) -> BudgetRisk:
    """Up with the long-run chance, else in the middle of a repair."""
    down = repair.mean() / (life.mean() + repair.mean())
    up_s = window_s - budget_s
    up = _from_start(life, repair, up_s, budget_s, 0)
    if repair.mean() == 0:
        return up
    counts, chances = _failure_counts(life, up_s)
    keeps, fails = _residual_and_sums(repair, counts, budget_s)
    meets = (1 - down) * up.meets + down * float(chances @ keeps)
    misses = (1 - down) * up.misses + down * float(chances @ fails)
    return BudgetRisk(meets, misses, up.error, f"{up.method}, from equilibrium")


def _residual_and_sums(
    repair: Distribution, counts: FloatArray, budget_s: float
) -> tuple[FloatArray, FloatArray]:
    """P(rest of a running repair + n whole ones <= x), and > x."""
    fixed, form = fixed_time(repair), gamma_form(repair)
    if fixed is not None:  # the rest is uniform on (0, fixed)
        keeps = np.clip((budget_s - counts * fixed) / fixed, 0.0, 1.0)
        return keeps, 1.0 - keeps
    if form is None or form[0] != round(form[0]):
        what = f"a start in equilibrium with the repair {repair.describe()}"
        raise NotSupported(what, "exact", "the repair must be Erlang or fixed; use montecarlo")
    shape, scale = form  # as likely in any stage: 1 ... shape stages are left
    stages = np.arange(1.0, shape + 1)
    law = SumLaw(0.0, 1.0, scale, 0.0, 0.0)
    n = stages[:, None] + shape * counts[None, :]
    zero = np.zeros_like(n)
    return law.cdf(zero, n, budget_s).mean(axis=0), law.survival(zero, n, budget_s).mean(axis=0)
