"""Checks that every estimate shares: what arrives is named when it is refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.errors import DescriptionError

__all__ = ["Floats", "check_confidence", "check_positive", "per_replication", "same_length"]

Floats = NDArray[np.float64]


def per_replication(name: str, values: ArrayLike, lowest: float | None = None) -> Floats:
    """One finite float per replication, shape (R,) with R >= 1.

    Parameters
    ----------
    name : str
        What the values are; said in the error.
    values : array_like
        Shape (R,).
    lowest : float, optional
        The smallest value allowed.

    Raises
    ------
    DescriptionError
        If the shape is not (R,), a value is not finite, or one is below `lowest`.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise DescriptionError(
            f"{name} has shape {array.shape}: one value per replication is needed, (R,), R >= 1"
        )
    if not np.isfinite(array).all():
        bad = int(np.flatnonzero(~np.isfinite(array))[0])
        raise DescriptionError(f"{name}[{bad}] is {array[bad]}: finite numbers are needed")
    if lowest is not None and array.min() < lowest:
        bad = int(array.argmin())
        raise DescriptionError(f"{name}[{bad}] is {array[bad]}: at least {lowest:g} is allowed")
    return array


def same_length(first: str, a: Floats, second: str, b: Floats) -> None:
    """Refuse two arrays that do not describe the same replications."""
    if a.shape != b.shape:
        raise DescriptionError(
            f"{first} has {a.shape[0]} replications and {second} has {b.shape[0]}: they must match"
        )


def check_confidence(confidence: float) -> float:
    """A confidence strictly between 0 and 1.

    Raises
    ------
    DescriptionError
        Otherwise.
    """
    if not 0.0 < confidence < 1.0:
        raise DescriptionError(
            f"confidence is {confidence!r}: a share between 0 and 1, such as 0.95"
        )
    return float(confidence)


def check_positive(name: str, value: float) -> float:
    """A finite number above 0.

    Raises
    ------
    DescriptionError
        Otherwise.
    """
    if not (np.isfinite(value) and value > 0):
        raise DescriptionError(f"{name} is {value!r}: a finite number above 0 is needed")
    return float(value)
