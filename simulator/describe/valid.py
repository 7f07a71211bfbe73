"""Checks of single numbers of a description: each raises an error with the key, the value and what is allowed."""

from __future__ import annotations

import math

from simulator.errors import DescriptionError

__all__ = ["above", "at_least", "finite", "one_of", "share", "whole"]


def above(value: float, key: str, low: float = 0.0) -> None:
    """Raise :class:`DescriptionError` unless `value` is above `low`."""
    if not value > low:
        raise DescriptionError(f"{value!r}: allowed is a number above {low:g}", key)


def at_least(value: float, key: str, low: float = 0.0) -> None:
    """Raise :class:`DescriptionError` unless `value` is `low` or more."""
    if not value >= low:
        raise DescriptionError(f"{value!r}: allowed is {low:g} or more", key)


def finite(value: float, key: str) -> None:
    """Raise :class:`DescriptionError` for infinity and for what is no number."""
    if not math.isfinite(value):
        raise DescriptionError(f"{value!r}: a finite number is needed", key)


def share(value: float, key: str) -> None:
    """Raise :class:`DescriptionError` unless `value` is a share from 0 to 1."""
    if not 0.0 <= value <= 1.0:
        raise DescriptionError(f"{value!r}: allowed is a share from 0 to 1", key)


def whole(value: object, key: str, low: int = 1) -> None:
    """Raise :class:`DescriptionError` unless `value` is a whole number of at least `low`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise DescriptionError(f"{value!r}: allowed is a whole number from {low}", key)


def one_of(value: object, key: str, *allowed: object) -> None:
    """Raise :class:`DescriptionError` unless `value` is one of `allowed`."""
    if value not in allowed:
        words = ", ".join(str(word) for word in allowed if word != "")
        raise DescriptionError(f"{value!r}: allowed are {words}", key)
