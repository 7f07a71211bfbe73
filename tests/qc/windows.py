"""Windows of time, and two sets of runs side by side."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from tests.statistical import check_estimate

__all__ = ["Array", "Rows", "compare", "shares", "told_apart"]

Array = npt.NDArray[np.float64]
Rows = list[list[float]]


def shares(sent: Array, what: npt.NDArray[np.bool_], edges: list[float]) -> list[float]:
    """Share of the requests sent in each window of which `what` is true."""
    window = np.digitize(sent, edges)
    return [float(np.mean(what[window == k])) for k in range(1, len(edges))]


def compare(mine: Rows, theirs: Rows, detects: list[float]) -> None:
    """A row for each run: column by column, the second implementation is the truth.

    Its own error counts too. `detects` are the relative biases that would be found.
    """
    a, b = np.array(mine), np.array(theirs)
    assert a.shape[1] == b.shape[1] == len(detects)
    for k, bias in enumerate(detects):
        error = math.hypot(*(float(x[:, k].std(ddof=1)) / math.sqrt(len(x)) for x in (a, b)))
        check_estimate(float(b[:, k].mean()), error, float(a[:, k].mean()), bias)


def told_apart(mine: Rows, theirs: Rows) -> None:
    """Negative control: some column must be beyond 4.5 standard errors."""
    with pytest.raises(AssertionError, match="z ="):
        compare(mine, theirs, [9.9] * len(mine[0]))
