"""Numerical inversion of Laplace transforms, for times of any smooth distribution.

Euler's method (Abate & Whitt, ORSA J. Computing 7, 1995): a trapezoidal sum along a vertical line,
its alternating tail averaged with binomial weights, and its discretisation error corrected by the
value at three times the time. The transforms of a distribution are Gauss-Legendre sums over panels
that shrink towards zero, so that a steep start (Weibull shape below one) costs no accuracy.
Relative accuracy is about 1e-10 where the answer is smooth; the error estimate (the change under
more terms and another line) says where it is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simulator.run.exact.generator import FloatArray

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution, PiecewiseHazard

__all__ = ["Estimate", "Transforms", "inverted"]

ComplexArray = npt.NDArray[np.complex128]

_NODES = 16
_REACH = 4.5
_AVERAGED = 14
_TERMS = (45, 160, 600)
_LINES = ((18.0, 20.0), (25.0, 27.0))  # the first has less rounding, the second a smaller alias
_GOAL = 5e-11
_DEPTH = 56  # panels halve towards zero that often: to 1e-17 of the first panel


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and how far it may be off.

    Parameters
    ----------
    value : float
        The answer.
    error : float
        Estimated absolute error (not a proven bound).
    method : str
        How it was found.
    """

    value: float
    error: float
    method: str


class Transforms:
    """Laplace transforms of the cdf and the survival of a time, on a line of complex arguments.

    Parameters
    ----------
    distribution : Distribution
        The time.
    arguments : complex array
        Where, 1/s; real parts at least about 10 / (reach / 4).
    reach_s : float
        Integration stops here, s: beyond, exp(-Re(s) x) is below 1e-17.
    panels : int
        Number of panels of equal width.
    """

    def __init__(
        self, distribution: Distribution, arguments: ComplexArray, reach_s: float, panels: int
    ) -> None:
        self.arguments = arguments
        known = _known_law(distribution, arguments)
        if known is not None:
            self._law, self._survival = known
            return
        mixed = _mixed(distribution, arguments, reach_s, panels)
        if mixed is not None:
            self._law, self._survival = mixed
            return
        width = reach_s / panels
        halving = np.concatenate([[0.0], 2.0 ** np.arange(-_DEPTH, 1.0)]) * width
        first = _few_panels(distribution, arguments, halving)
        rest = _equal_panels(distribution, arguments, width, panels)
        self._law, self._survival = first + rest
        self._law *= arguments

    @property
    def cdf(self) -> ComplexArray:
        """Integral of exp(-s x) P(X <= x), s."""
        return self._law / self.arguments

    @property
    def survival(self) -> ComplexArray:
        """Integral of exp(-s x) P(X > x), s."""
        return self._survival

    @property
    def law(self) -> ComplexArray:
        """E[exp(-s X)]."""
        return self._law


def _known_law(
    distribution: Distribution, s: ComplexArray
) -> tuple[ComplexArray, ComplexArray] | None:
    """E[exp(-s X)] and the transform of the survival for laws with jumps or kinks, exactly."""
    from simulator.describe import distributions as known

    if isinstance(distribution, known.Deterministic):
        return _jumps(np.array([distribution.value]), s)
    if isinstance(distribution, known.Empirical):
        return _jumps(np.array(distribution.values), s)
    if isinstance(distribution, known.Uniform):
        low, width = distribution.low, distribution.high - distribution.low
        share = -np.expm1(-s * width) / (s * width)
        until_low = -np.expm1(-s * low) / s
        return np.exp(-s * low) * share, until_low + np.exp(-s * low) * (1 - share) / s
    if isinstance(distribution, known.PiecewiseHazard):
        return _pieces(distribution, s)
    return None


def _mixed(
    distribution: Distribution, s: ComplexArray, reach_s: float, panels: int
) -> tuple[ComplexArray, ComplexArray] | None:
    """A mixture part by part, so that a part with jumps does not spoil the others."""
    from simulator.describe.distributions import Mixture

    if not isinstance(distribution, Mixture):
        return None
    weights = np.array(distribution.weights) / math.fsum(distribution.weights)
    parts = [Transforms(part, s, reach_s, panels) for part in distribution.parts]
    law, survival = np.zeros_like(s), np.zeros_like(s)
    for weight, part in zip(weights, parts, strict=True):
        law += weight * part.law
        survival += weight * part.survival
    return law, survival


def _jumps(values: FloatArray, s: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Equally likely fixed times."""
    powers = np.outer(values, s)
    return np.exp(-powers).mean(axis=0), -np.expm1(-powers).mean(axis=0) / s


def _pieces(law: PiecewiseHazard, s: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """A hazard that is constant between given ages: one exponential integral per piece."""
    starts, rates = np.array(law.starts)[:, None], np.array(law.rates)[:, None]
    widths = np.diff(starts[:, 0], append=np.inf)[:, None]
    fall = rates + s
    inside = 1 - np.exp(-fall * np.minimum(widths, 1e3 / fall.real))
    areas = law.survival(starts) * np.exp(-s * starts) * inside / fall
    return (rates * areas).sum(axis=0), areas.sum(axis=0)


def _both(distribution: Distribution, x: FloatArray) -> FloatArray:
    """Cdf and survival at `x`, stacked."""
    return np.stack([distribution.cdf(x), distribution.survival(x)])


def _few_panels(
    distribution: Distribution, arguments: ComplexArray, edges: FloatArray
) -> ComplexArray:
    """Integrals of exp(-s x) times cdf and survival over unequal panels, shape (2, arguments)."""
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + points)).ravel()
    values = _both(distribution, x) * (half * weights).ravel()
    return np.asarray(values @ np.exp(-np.outer(x, arguments)))


def _equal_panels(
    distribution: Distribution, arguments: ComplexArray, width: float, panels: int
) -> ComplexArray:
    """The same over [width, panels * width]; equal panels share their exponentials."""
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    local = (1 + points) / 2 * width
    left = np.arange(1, panels) * width
    values = _both(distribution, left[:, None] + local) * (weights * width / 2)
    inner = np.exp(-np.outer(local, arguments))
    parts = values.reshape(-1, _NODES) @ inner
    outer = np.exp(-np.outer(left, arguments))
    return np.asarray((parts.reshape(2, panels - 1, -1) * outer).sum(axis=1))


Recipe = Callable[[ComplexArray, float, int], ComplexArray]
"""Transform of the wanted function: arguments, reach (s) and panels for `Transforms`."""


def inverted(recipe: Recipe, time_s: float, scale: float = 0.0) -> Estimate:
    """The function at a time, from its Laplace transform.

    Parameters
    ----------
    recipe : callable
        Gives the transform at complex arguments, with `Transforms` of the reach and panels told.
        The function must be bounded by a power of time, and smooth near `time_s`.
    time_s : float
        Time > 0, s.
    scale : float
        Values well below it need no relative accuracy of their own.
    """
    best = Estimate(np.nan, np.inf, "Laplace inversion")
    seen: list[float] = []  # on the last pair of lines: far from a jump they agree
    for terms in _TERMS:
        before = best.error
        for lines in _LINES:
            pair = [_corrected(recipe, time_s, terms, lines[0])]
            pair.append(_corrected(recipe, time_s, terms * 3 // 2, lines[1]))
            off = abs(pair[1] - pair[0]) + _GOAL / 5 * abs(pair[0])
            if off < best.error:
                best = Estimate(float(pair[0]), float(off), "Laplace inversion")
            if off <= _GOAL * max(abs(pair[0]), scale):
                return best
        seen += pair
        if best.error > before / 3:  # more terms do not help
            break
    spread = max(abs(value - best.value) for value in seen)
    # Two poor values may agree by chance, hence the margin.
    return Estimate(best.value, max(10 * best.error, 4 * spread), best.method)


def _corrected(recipe: Recipe, time_s: float, terms: int, line: float) -> float:
    """Euler's sum minus its first alias, exp(-line) times the function at three times the time."""
    later = _euler(recipe, 3 * time_s, terms, 16.0)
    return _euler(recipe, time_s, terms, line) - float(np.exp(-line)) * later


def _euler(recipe: Recipe, time_s: float, terms: int, line: float) -> float:
    k = np.arange(terms + _AVERAGED + 1)
    arguments: ComplexArray = np.asarray((line + 2j * np.pi * k) / (2 * time_s), dtype=complex)
    parts = recipe(arguments, _REACH * time_s, max(64, 2 * terms)).real * (-1.0) ** k
    parts[0] /= 2
    partial = np.cumsum(parts)[terms:]
    return float(np.exp(line / 2) / time_s * (partial @ _binomial(_AVERAGED)))


def _binomial(n: int) -> FloatArray:
    """Weights C(n, k) / 2^n."""
    weights = np.ones(1)
    for _ in range(n):
        weights = np.convolve(weights, [0.5, 0.5])
    return weights
