"""Reading the columns of a table that is to be drawn, with words for what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.errors import DescriptionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Floats", "need", "numbers", "optional_numbers", "words"]

Floats = NDArray[np.float64]


def need(what: str, table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Check that a table has rows and the columns a picture draws.

    Raises
    ------
    DescriptionError
        Naming the picture, the missing columns and those there are.
    """
    missing = [name for name in columns if name not in table.columns]
    if missing:
        there = ", ".join(map(str, table.columns)) or "none"
        raise DescriptionError(
            f"{what} needs the column {', '.join(map(repr, missing))}; the table has {there}"
        )
    if len(table) == 0:
        raise DescriptionError(f"{what} needs at least one row; the table is empty")


def numbers(what: str, table: pd.DataFrame, column: str) -> Floats:
    """A column as numbers; empty cells are NaN.

    Raises
    ------
    DescriptionError
        If a cell is not a number.
    """
    try:
        return np.asarray(table[column].to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError):
        raise DescriptionError(
            f"{what}: the column {column!r} holds something that is not a number"
        ) from None


def optional_numbers(what: str, table: pd.DataFrame, column: str) -> Floats:
    """A column as numbers, all NaN if the table does not have it."""
    if column not in table.columns:
        return np.full(len(table), np.nan)
    return numbers(what, table, column)


def words(table: pd.DataFrame, column: str) -> list[str]:
    """A column as text."""
    return [str(cell) for cell in table[column]]
