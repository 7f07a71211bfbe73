"""The bathtub: infant mortality, useful life and wear-out as three added hazards."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.checks import number, reject, shape_and_scale, store
from simulator.describe.distributions.inverse import InverseTable
from simulator.describe.distributions.simple import Weibull
from simulator.describe.quantities import Number, PerSecond, Seconds
from simulator.describe.units import YEAR, format_duration

__all__ = ["Bathtub"]


@dataclass(frozen=True, slots=True)
class Bathtub(Distribution):
    """Early, chance and wear-out hazard added: H(t) = (t/s1)^b1 + chance t + (t/s2)^b2.

    Parameters
    ----------
    early : tuple of float
        Shape b1 (above 0, at most 1) and scale s1 (s) of infant mortality.
    chance : float
        Rate of failures at any age, per second, at least 0.
    wear : tuple of float
        Shape b2 (at least 1) and scale s2 (s) of wear-out.

    Notes
    -----
    An infinite scale switches a part off. This is the additive Weibull model, the shortest of three
    independent lives.
    """

    early: tuple[Number, Seconds]
    chance: PerSecond
    wear: tuple[Number, Seconds]

    def __post_init__(self) -> None:
        early = shape_and_scale(self, "early", self.early, 0, 1)
        wear = shape_and_scale(self, "wear", self.wear, 1, math.inf)
        chance = number(self, "chance", self.chance, 0)
        if math.isinf(early[1]) and math.isinf(wear[1]) and chance == 0:
            raise reject(self, "chance", chance, "a rate above 0 where both scales are infinite")
        store(self, early=early, chance=chance, wear=wear)

    def describe(self) -> str:
        """Text for people: kind and parameters."""
        early = f"early shape {self.early[0]:.3g} scale {format_duration(self.early[1])}"
        wear = f"wear shape {self.wear[0]:.3g} scale {format_duration(self.wear[1])}"
        return f"Bathtub({early}; chance {self.chance * YEAR:.3g} a year; {wear})"

    def age_of_least_hazard(self) -> float:
        """The age (s) at which the hazard is smallest: the bottom of the tub.

        Zero if the hazard never falls, infinite if it never rises. Where the early and the wear
        term change at the same speed: b1(1-b1)/s1^b1 t^(b1-2) = b2(b2-1)/s2^b2 t^(b2-2).
        """
        (b1, s1), (b2, s2) = self.early, self.wear
        if b1 == 1 or math.isinf(s1):
            return 0.0
        if b2 == 1 or math.isinf(s2):
            return math.inf
        log_falls = math.log(b1) + math.log1p(-b1) - b1 * math.log(s1)
        log_rises = math.log(b2) + math.log(b2 - 1) - b2 * math.log(s2)
        return math.exp((log_falls - log_rises) / (b2 - b1))

    def _terms(self, t: Array) -> tuple[Array, Array, Array]:
        """The parts of the cumulative hazard; powers through one logarithm, which is faster."""
        x = np.log(t)
        chance = self.chance * t if self.chance > 0 else np.zeros_like(t)
        return _power(x, *self.early), chance, _power(x, *self.wear)

    def _total(self, t: Array) -> Array:
        early, chance, wear = self._terms(t)
        return early + chance + wear

    def _rate(self, t: Array) -> Array:
        (b1, s1), (b2, s2) = self.early, self.wear
        early = b1 / s1 * np.power(t / s1, b1 - 1) if s1 < math.inf else 0.0
        wear = b2 / s2 * np.power(t / s2, b2 - 1) if s2 < math.inf else 0.0
        return early + self.chance + wear + np.zeros_like(t)

    def _pair(self, t: Array) -> tuple[Array, Array]:
        if not np.all(t > 0):
            return self._total(t), self._rate(t)
        early, chance, wear = self._terms(t)
        rate = (self.early[0] * early + chance + self.wear[0] * wear) / t
        return early + chance + wear, rate

    def _time(self, e: Array) -> Array:
        table = self._cached(lambda: InverseTable(self._total, self._pair, smooth=True))
        return cast(Array, table(e))

    def _gain(self, age: Array, t: Array) -> Array:
        total = self.chance * t
        for shape, scale in (self.early, self.wear):
            if scale < math.inf:
                total = total + Weibull(shape, scale)._gain(age, t)
        return total


def _power(log_t: Array, shape: float, scale: float) -> Array:
    """(t / scale)^shape; nothing for an infinite scale."""
    return np.exp(shape * (log_t - math.log(scale))) if scale < math.inf else np.zeros_like(log_t)
