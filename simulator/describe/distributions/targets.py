"""What a specification asks of a life: a mean, a share failed by an age, an annual failure rate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from simulator.describe.distributions.base import Array, Distribution
from simulator.describe.distributions.checks import number, store
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.units import YEAR, format_duration

__all__ = ["AnnualFailureRate", "MeanLife", "ShareFailed", "Target", "TargetRow"]


class Target(ABC):
    """A value asked for, from `low` to `high`; without `high` the point `low`."""

    __slots__ = ()
    low: float
    high: float | None
    weight: float

    @property
    def top(self) -> float:
        """Upper end of the range; `low` itself for a point."""
        return self.low if self.high is None else self.high

    @abstractmethod
    def name(self) -> str:
        """What is asked about, without the number."""

    @abstractmethod
    def asked(self) -> str:
        """The target in words."""

    @abstractmethod
    def show(self, value: float) -> str:
        """A value of this kind in words."""

    @abstractmethod
    def values(self, life: Distribution) -> Array:
        """What `life` gives, one value per age covered."""

    def spans(self) -> tuple[Array, Array]:
        """Begin and end (s) of each span over which a share is counted; none for a mean."""
        return np.empty(0), np.empty(0)

    def weighted(self, factor: float) -> Self:
        """The same target with its misfit counted `factor` times as much."""
        changed: Any = replace(self, weight=self.weight * factor)  # type: ignore[type-var]
        return changed  # type: ignore[no-any-return]

    def _check(self, top: float) -> None:
        limits = {"low": 0.0, "high": top, "open_low": True, "open_high": True}
        low = number(self, "low", self.low, **limits)  # type: ignore[arg-type]
        if self.high is not None:
            store(self, high=number(self, "high", self.high, low, top, open_high=True))
        store(self, low=low, weight=number(self, "weight", self.weight, 0, open_low=True))

    def _range(self) -> str:
        return (
            self.show(self.low)
            if self.top == self.low
            else f"{self.show(self.low)} to {self.show(self.top)}"
        )


@dataclass(frozen=True, slots=True)
class MeanLife(Target):
    """Mean life (s): the MTBF or MTTF of a data sheet."""

    low: Seconds
    high: Seconds | None = None
    source: str = ""
    weight: Number = 1.0

    def __post_init__(self) -> None:
        self._check(float("inf"))

    def name(self) -> str:
        """What is asked about, without the number."""
        return "the mean life"

    def asked(self) -> str:
        """The target in words."""
        return f"a mean life of {self._range()}"

    def show(self, value: float) -> str:
        """A value of this kind in words."""
        return format_duration(value)

    def values(self, life: Distribution) -> Array:
        """What `life` gives, one value per age covered."""
        return np.array([life.mean()])


@dataclass(frozen=True, slots=True)
class ShareFailed(Target):
    """Share (0-1) of new units that have failed by the age `by` (s)."""

    by: Seconds
    low: Share
    high: Share | None = None
    source: str = ""
    weight: Number = 1.0

    def __post_init__(self) -> None:
        self._check(1.0)
        store(self, by=number(self, "by", self.by, 0, open_low=True))

    def name(self) -> str:
        """What is asked about, without the number."""
        return f"the share failed by {format_duration(self.by)}"

    def asked(self) -> str:
        """The target in words."""
        return f"{self._range()} failed by {format_duration(self.by)}"

    def show(self, value: float) -> str:
        """A value of this kind in words."""
        return f"{100 * value:.3g} %"

    def values(self, life: Distribution) -> Array:
        """What `life` gives, one value per age covered."""
        return np.array([life.cdf(self.by)])

    def spans(self) -> tuple[Array, Array]:
        """Begin and end (s) of each span over which a share is counted."""
        return np.array([0.0]), np.array([self.by])


@dataclass(frozen=True, slots=True)
class AnnualFailureRate(Target):
    """Share (0-1) of those alive at `age` (s) that fail within the next year.

    With `until` (s) the same is asked of every year that begins from `age` to `until`.
    """

    age: Seconds
    low: Share
    high: Share | None = None
    source: str = ""
    weight: Number = 1.0
    until: Seconds | None = None

    def __post_init__(self) -> None:
        self._check(1.0)
        store(self, age=number(self, "age", self.age, 0))
        if self.until is not None:
            store(self, until=number(self, "until", self.until, self.age))

    def name(self) -> str:
        """What is asked about, without the number."""
        return f"the annual failure rate {self._when()}"

    def asked(self) -> str:
        """The target in words."""
        return f"{self._range()} failing a year {self._when()}"

    def show(self, value: float) -> str:
        """A value of this kind in words."""
        return f"{100 * value:.3g} %"

    def values(self, life: Distribution) -> Array:
        """What `life` gives, one value per age covered."""
        begin, end = self.spans()
        return -np.expm1(-life.hazard_between(begin, end - begin))

    def spans(self) -> tuple[Array, Array]:
        """Begin and end (s) of each span over which a share is counted."""
        last = self.age if self.until is None else self.until
        begin = self.age + YEAR * np.arange(int((last - self.age) / YEAR + 1e-9) + 1)
        return np.asarray(begin, dtype=np.float64), np.asarray(begin + YEAR, dtype=np.float64)

    def _when(self) -> str:
        start = format_duration(self.age) if self.age > 0 else "0"
        if self.until is None:
            return f"from age {start}"
        return f"at ages {start} to {format_duration(self.until)}"


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One line of the table of a calibration.

    Parameters
    ----------
    target : Target
        What was asked.
    asked : str
        The same in words.
    got_low, got_high : float
        Smallest and largest value the life gives over the ages covered (equal for one value).
    misfit : float
        Largest relative distance from the range asked for; 0 inside it.
    holds : bool
        Whether the misfit is within the tolerance.
    """

    target: Target
    asked: str
    got_low: float
    got_high: float
    misfit: float
    holds: bool

    def got(self) -> str:
        """What the life gives, in words."""
        low, high = self.target.show(self.got_low), self.target.show(self.got_high)
        return low if low == high else f"{low} to {high}"
