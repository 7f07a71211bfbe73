"""The time left of a life that has reached an age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.checks import number, reject, store
from simulator.describe.distributions.inverse import InverseTable
from simulator.describe.distributions.phases import Phases
from simulator.describe.quantities import Seconds
from simulator.describe.units import format_duration

__all__ = ["Residual"]


@dataclass(frozen=True, slots=True)
class Residual(Distribution):
    """What is left of `life` at `age`; `residual()` returns it where nothing simpler exists.

    Parameters
    ----------
    life : Distribution
        The life as it was when new.
    age : float
        Seconds, at least 0, an age that the life can reach.
    """

    life: Distribution
    age: Seconds

    def __post_init__(self) -> None:
        if not isinstance(self.life, Distribution):
            raise reject(self, "life", self.life, "a distribution")
        age = number(self, "age", self.age, 0)
        if np.isinf(self.life.cumulative_hazard(age)):
            raise reject(self, "age", self.age, f"an age that {self.life.describe()} can reach")
        store(self, age=age)

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        return f"what is left of {self.life.describe()} at age {format_duration(self.age)}"

    def phases(self) -> Phases | None:
        """The phases of the life, begun where a survivor of that age stands."""
        whole = self.life.phases()
        if whole is None:
            return None
        from scipy.linalg import expm

        rates = np.array(whole.rates)
        # Lifted by the fastest rate no entry is below 0, so nothing cancels; the factor drops out.
        lifted = rates + np.eye(len(whole)) * float(np.max(-np.diag(rates)))
        stands = np.array(whole.start) @ expm(lifted * self.age)
        return Phases(tuple(float(x) for x in stands / stands.sum()), whole.rates)

    def _total(self, t: Array) -> Array:
        return self.life._gain(np.full_like(t, self.age), t)

    def _rate(self, t: Array) -> Array:
        return self.life._rate(self.age + t)

    def _time(self, e: Array) -> Array:
        if type(self.life)._time_after is not Distribution._time_after or self._breaks():
            return self.life._time_after(np.full_like(e, self.age), e)
        return cast(
            Array, self._cached(lambda: InverseTable(self._total, self._pair, smooth=True))(e)
        )

    def _gain(self, age: Array, t: Array) -> Array:
        return self.life._gain(self.age + age, t)

    def _time_after(self, age: Array, e: Array) -> Array:
        return self.life._time_after(self.age + age, e)

    def _residual(self, age: float) -> Distribution:
        return self.life.residual(self.age + age)

    def _breaks(self) -> tuple[float, ...]:
        return tuple(b - self.age for b in self.life._breaks() if b > self.age)
