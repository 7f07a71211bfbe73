"""Checks of the numbers that closed forms are asked with; each error names the argument."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.errors import DescriptionError

__all__ = ["at_least_zero", "positive", "probabilities", "share", "steady", "whole"]


def positive(value: Any, where: str) -> float:
    """`value` as a float, if it is finite and above 0.

    Raises
    ------
    DescriptionError
        Otherwise, naming the argument `where`.
    """
    return _real(value, where, "a finite number above 0", lambda x: 0 < x < math.inf)


def at_least_zero(value: Any, where: str) -> float:
    """`value` as a float, if it is finite and at least 0 (raises as :func:`positive`)."""
    return _real(value, where, "a finite number of at least 0", lambda x: 0 <= x < math.inf)


def share(value: Any, where: str, *, below_one: bool = False) -> float:
    """`value` as a float, if it is a share from 0 to 1 (raises as :func:`positive`)."""
    if below_one:
        return _real(value, where, "a share from 0 to below 1", lambda x: 0 <= x < 1)
    return _real(value, where, "a share from 0 to 1", lambda x: 0 <= x <= 1)


def whole(value: Any, where: str, least: int = 1, most: int | None = None) -> int:
    """`value` as an integer, if it is a whole number in the range (raises as :func:`positive`)."""
    allowed = f"a whole number of at least {least}"
    if most is not None:
        allowed += f" and at most {most}"

    def fits(x: float) -> bool:
        return math.isfinite(x) and x == int(x) and least <= x and (most is None or x <= most)

    _real(value, where, allowed, fits)
    return int(value)


def steady(load: float, capacity: float, where: str) -> float:
    """`load` / `capacity`, if it is below 1: at 1 or more the queue grows without end.

    Raises
    ------
    DescriptionError
        Otherwise, naming the argument `where`.
    """
    if not load < capacity:
        raise DescriptionError(
            f"{load!r} is not below the capacity of {capacity!r}: no steady state", where
        )
    return load / capacity


def probabilities(
    values: Sequence[float] | npt.NDArray[np.float64], where: str
) -> npt.NDArray[np.float64]:
    """Popularities as an array that sums to 1, keys that nobody asks for left out.

    Raises
    ------
    DescriptionError
        If it is no row of numbers of at least 0 that sum to 1 within 1e-9.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 1 or not np.isfinite(given).all() or (given < 0).any():
        raise DescriptionError("a row of numbers of at least 0 is needed", where)
    total = float(given.sum())
    if abs(total - 1.0) > 1e-9:
        raise DescriptionError(f"sums to {total!r}: the shares of the keys must sum to 1", where)
    asked: npt.NDArray[np.float64] = given[given > 0] / total
    return asked


def _real(value: Any, where: str, allowed: str, fits: Any) -> float:
    numeric = isinstance(value, int | float | np.integer | np.floating)
    if isinstance(value, bool | np.bool_) or not numeric or not fits(float(value)):
        raise DescriptionError(f"{value!r}: {allowed} is needed", where)
    return float(value)
