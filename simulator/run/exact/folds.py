"""The law of a sum of n lives and m repairs, where it is known in closed form.

Sums of gamma times of one scale are gamma, sums of fixed times are fixed, and a fixed time only
shifts. That covers exponential, Erlang, gamma and deterministic lives and repairs in every pair but
two gammas of different scale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.run.exact.generator import FloatArray

if TYPE_CHECKING:
    from simulator.describe.distributions import Distribution

__all__ = ["SumLaw", "fixed_time", "gamma_form", "series", "sum_law"]

_CHUNK = 256
_MOST_TERMS = 2_000_000


def gamma_form(distribution: Distribution) -> tuple[float, float] | None:
    """Shape and scale (s) if the time is exponential, Erlang or gamma, else None."""
    from simulator.describe.distributions import Erlang, Exponential, Gamma

    if isinstance(distribution, Gamma):
        return distribution.shape, distribution.scale
    if isinstance(distribution, Erlang):
        return float(distribution.stages), distribution.mean() / distribution.stages
    phases = distribution.phases()
    if isinstance(distribution, Exponential) or (phases is not None and len(phases) == 1):
        return 1.0, distribution.mean()
    return None


def fixed_time(distribution: Distribution) -> float | None:
    """The value (s) of a time that is always the same, else None."""
    from simulator.describe.distributions import Deterministic

    return distribution.value if isinstance(distribution, Deterministic) else None


@dataclass(frozen=True, slots=True)
class SumLaw:
    """Law of the sum of `a` lives and `b` repairs: a gamma time after a fixed one.

    Parameters
    ----------
    life_shape, repair_shape : float
        Gamma shape that one life or repair adds.
    scale_s : float
        Common gamma scale, s.
    life_s, repair_s : float
        Fixed time that one life or repair adds, s.
    """

    life_shape: float
    repair_shape: float
    scale_s: float
    life_s: float
    repair_s: float

    def cdf(self, a: Any, b: Any, time_s: float) -> FloatArray:
        """P(sum <= t) for arrays of counts `a` and `b`."""
        from scipy.special import gammainc

        shape, x = self._standard(a, b, time_s)
        return np.where(shape > 0, gammainc(shape, np.maximum(x, 0.0)), 1.0) * (x >= 0)

    def survival(self, a: Any, b: Any, time_s: float) -> FloatArray:
        """P(sum > t), with its own digits."""
        from scipy.special import gammaincc

        shape, x = self._standard(a, b, time_s)
        tail = gammaincc(np.where(shape > 0, shape, 1.0), np.maximum(x, 0.0))
        return np.where(x >= 0, np.where(shape > 0, tail, 0.0), 1.0)

    def area(self, a: Any, b: Any, time_s: float) -> FloatArray:
        """Integral of the cdf over [0, t], s: E[(t - sum)+] = t F_k(t) - k scale F_(k+1)(t)."""
        from scipy.special import gammainc

        shape, x = self._standard(a, b, time_s)
        z = np.maximum(x, 0.0)
        inner = z * np.where(shape > 0, gammainc(shape, z), 1.0) - shape * gammainc(shape + 1, z)
        return np.asarray(self.scale_s * np.maximum(inner, 0.0))

    def _standard(self, a: Any, b: Any, time_s: float) -> tuple[FloatArray, FloatArray]:
        a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
        left = time_s - (a * self.life_s + b * self.repair_s)
        # n times a fixed repair may miss the budget it should meet exactly by a rounding.
        left = np.where(np.abs(left) <= 4e-16 * np.abs(time_s), 0.0, left)
        return a * self.life_shape + b * self.repair_shape, left / self.scale_s


def sum_law(life: Distribution, repair: Distribution | None) -> SumLaw | None:
    """The law of sums of these lives and repairs, or None if it has no closed form here.

    Without a repair (None) a repair takes no time.
    """
    life_gamma, life_fixed = gamma_form(life), fixed_time(life)
    repair_gamma = None if repair is None else gamma_form(repair)
    repair_fixed = 0.0 if repair is None else fixed_time(repair)
    if (life_gamma is None) == (life_fixed is None):
        return None
    if (repair_gamma is None) == (repair_fixed is None):
        return None
    if life_gamma and repair_gamma and abs(life_gamma[1] / repair_gamma[1] - 1) > 1e-15:
        return None
    scale = (life_gamma or repair_gamma or (0.0, 1.0))[1]
    return SumLaw(
        life_gamma[0] if life_gamma else 0.0, repair_gamma[0] if repair_gamma else 0.0, scale,
        life_fixed or 0.0, repair_fixed or 0.0,
    )  # fmt: skip


def series(term: Callable[[FloatArray], FloatArray]) -> tuple[float, float]:
    """Sum of term(1) + term(2) + ... of terms >= 0 that vanish, and a bound on rounding.

    Parameters
    ----------
    term : callable
        Terms for an array of indices; eventually falling to nothing faster than geometrically.
    """
    total, first = 0.0, 1
    while first < _MOST_TERMS:
        values = term(np.arange(first, first + _CHUNK, dtype=np.float64))
        total += float(values.sum())
        if values[-1] <= 1e-18 * total and values[-1] <= values[0]:
            break
        first += _CHUNK
    return total, 4e-16 * total * (1 + first**0.5)
