"""Checks of the numbers a distribution is built from; each error names class, field and value."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from simulator.errors import DescriptionError

__all__ = ["number", "numbers", "reject", "shape_and_scale", "store"]


def reject(owner: object, field: str, value: object, allowed: str) -> DescriptionError:
    """The error for a field of `owner` that holds `value` where only `allowed` will do."""
    name = owner if isinstance(owner, str) else type(owner).__name__
    return DescriptionError(f"{name}: {field} is {value!r}; allowed is {allowed}")


def number(
    owner: object,
    field: str,
    value: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    open_low: bool = False,
    open_high: bool = False,
    infinite: bool = False,
) -> float:
    """`value` as a float, if it is a number in the range; whole numbers are taken as floats.

    Raises
    ------
    DescriptionError
        If it is no number, NaN, out of range, or infinite without `infinite`.
    """
    left = f"{'above' if open_low else 'at least'} {low:g}"
    right = f"{'below' if open_high else 'at most'} {high:g}"
    bounds = [text for text, end in ((left, low), (right, high)) if math.isfinite(end)]
    allowed = " ".join(
        ["a number" if infinite else "a finite number", " and ".join(bounds)]
    ).strip()
    if isinstance(value, bool) or (
        not isinstance(value, (int, float)) and not hasattr(value, "__float__")
    ):
        raise reject(owner, field, value, allowed)
    try:
        result = float(value)
    except (OverflowError, TypeError, ValueError):
        raise reject(owner, field, value, allowed) from None
    too_low = result < low or (open_low and result == low)
    too_high = result > high or (open_high and result == high)
    if math.isnan(result) or too_low or too_high or (math.isinf(result) and not infinite):
        raise reject(owner, field, value, allowed)
    return result


def numbers(owner: object, field: str, values: Any, **limits: Any) -> tuple[float, ...]:
    """A non-empty row of numbers as a tuple; `limits` are those of `number`."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise reject(owner, field, values, "a row of numbers")
    row = tuple(number(owner, f"{field}[{i}]", v, **limits) for i, v in enumerate(values))
    if not row:
        raise reject(owner, field, values, "a row of at least one number")
    return row


def shape_and_scale(
    owner: object, field: str, pair: Any, low: float, high: float
) -> tuple[float, float]:
    """A Weibull part of a bathtub: shape in the range, scale above 0 (infinite: no such part)."""
    if isinstance(pair, str) or not isinstance(pair, Iterable):
        raise reject(owner, field, pair, "a pair (shape, scale)")
    row = tuple(pair)
    if len(row) != 2:
        raise reject(owner, field, pair, "a pair (shape, scale)")
    shape = number(owner, f"{field} shape", row[0], low, high, open_low=low == 0)
    return shape, number(owner, f"{field} scale", row[1], 0, open_low=True, infinite=True)


def store(owner: object, **fields: object) -> None:
    """Put checked values into a frozen dataclass; for its ``__post_init__`` only."""
    for name, value in fields.items():
        object.__setattr__(owner, name, value)
