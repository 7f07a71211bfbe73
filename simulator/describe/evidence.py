"""Evidence: where each number of a reproduction comes from, and what it may prove.

A reproduction of a real incident is honest if every number says what it is: *given* (published, or a
human decision time), *assumed* (typed by us, with the range it could have), or *fitted* to one named
observable. An observable that a constant was fitted to can never count as a success, and the types
here refuse to let it.

>>> fit = Fit(169.0, "S1", unit="min")
>>> late = Observed("S1", "first GET served", 169.0, (150.0, 190.0), "number", null="never")
>>> Evidence({"opens": fit}, (late,))
Traceback (most recent call last):
simulator.errors.DescriptionError: S1: the constant 'opens' is fitted to it, so its kind is 'calibrated'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from simulator.describe.valid import one_of
from simulator.errors import DescriptionError

__all__ = ["Assumed", "Constant", "Evidence", "Fit", "Given", "Observed"]

SCORED = ("number", "structure")
"""Kinds of observables that count."""


@dataclass(frozen=True, slots=True)
class Given:
    """A number or text that somebody published: a cause, a topology, the time of a human decision.

    Parameters
    ----------
    value : float or str
    source : str
        Who says so.
    unit : str
    """

    value: float | str
    source: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """A constant fitted to one published number, which can then prove nothing.

    Parameters
    ----------
    value : float
    id : str
        Of the observable it was fitted to.
    unit, why : str
    """

    value: float
    id: str
    unit: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Assumed:
    """A number nobody published, with the range it could have.

    Parameters
    ----------
    value : float
    low, high : float
        Prior range.
    why : str
    unit : str
    """

    value: float
    low: float
    high: float
    why: str
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise DescriptionError(
                f"{self.value!r}: stands outside its own range, {self.low!r} to {self.high!r}",
                "value",
            )


Constant = Given | Fit | Assumed


@dataclass(frozen=True, slots=True)
class Observed:
    """What was published about an incident, and what a reproduction must give to agree.

    Parameters
    ----------
    id : str
    what : str
    published : float, str or None
        In `unit`; a text for what is no number.
    accept : (float, float) or str
        Range that agrees, ends included; a text for a structure: the answer that agrees.
    kind : {"number", "structure", "consistency", "calibrated", "input"}
        The first two are scored as predictions; the others are shown and never count.
    null : str
        What a model without the mechanism says, in words.
    null_set : mapping of str to value
        Constants that make the null model of this scenario.
    unit, source : str
    """

    id: str
    what: str
    published: float | str | None
    accept: tuple[float, float] | str
    kind: Literal["number", "structure", "consistency", "calibrated", "input"]
    null: str = ""
    null_set: Mapping[str, float | str | bool | None] = field(default_factory=dict)
    unit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        one_of(self.kind, "kind", "number", "structure", "consistency", "calibrated", "input")
        if self.kind in SCORED and not self.null:
            raise DescriptionError(
                f"{self.id}: what counts as a prediction names its null model", "null"
            )

    @property
    def scored(self) -> bool:
        """Whether it counts as a prediction."""
        return self.kind in SCORED

    def agrees(self, found: float | str | bool) -> bool:
        """Whether a simulated value is inside what is accepted; NaN never is."""
        if isinstance(self.accept, str):
            return str(found) == self.accept
        low, high = self.accept
        return not isinstance(found, str) and low <= float(found) <= high


@dataclass(frozen=True, slots=True)
class Evidence:
    """The constants of a reproduction by name, and what it is compared with.

    Parameters
    ----------
    constants : mapping of str to Given, Fit and Assumed
    observed : sequence of Observed

    Raises
    ------
    DescriptionError
        If an observable is scored that a constant was fitted to, or an id stands twice.
    """

    constants: Mapping[str, Constant]
    observed: Sequence[Observed]

    def __post_init__(self) -> None:
        object.__setattr__(self, "observed", tuple(self.observed))
        ids = [one.id for one in self.observed]
        for one in self.observed:
            if ids.count(one.id) > 1:
                raise DescriptionError(f"{one.id}: stands twice", "observed")
        fitted = {c.id: name for name, c in self.constants.items() if isinstance(c, Fit)}
        for one in self.observed:
            if one.scored and one.id in fitted:
                raise DescriptionError(
                    f"the constant {fitted[one.id]!r} is fitted to it, so its kind is 'calibrated'",
                    one.id,
                )

    def value(self, name: str) -> float:
        """A constant as a number.

        Raises
        ------
        DescriptionError
            If there is none of that name, or it is a text.
        """
        if name not in self.constants:
            raise DescriptionError(
                f"{name!r} is no constant: there are {', '.join(self.constants)}"
            )
        value = self.constants[name].value
        if isinstance(value, str):
            raise DescriptionError(f"{name!r} is a text, {value!r}, not a number")
        return value

    @property
    def fits(self) -> dict[str, Fit]:
        """The fitted constants."""
        return {name: c for name, c in self.constants.items() if isinstance(c, Fit)}

    @property
    def moved(self) -> dict[str, Fit | Assumed]:
        """The constants that a sensitivity band moves: fitted or assumed."""
        return {n: c for n, c in self.constants.items() if isinstance(c, Fit | Assumed)}

    @property
    def scored(self) -> tuple[Observed, ...]:
        """The observables that count as predictions."""
        return tuple(one for one in self.observed if one.scored)
