"""Convergence: what it says, and inputs that could break it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from simulator.errors import DescriptionError
from simulator.show.convergence import plot_convergence
from tests.show.pictures import check, from_csv


def table(level: float = 6e-4, width: float = 1.0) -> pd.DataFrame:
    n = np.unique(np.geomspace(10, 10_000, 30).astype(int))
    half = width * level / np.sqrt(n)
    estimate = level + half * np.sin(np.arange(n.size))
    return from_csv(
        pd.DataFrame(
            {
                "replications": n,
                "estimate": estimate,
                "low": estimate - 2 * half,
                "high": estimate + 2 * half,
            }
        )
    )


def test_it_says_what_the_marks_are() -> None:
    text = check(
        plot_convergence(table(), reference=6.0e-4, label="exact over 10 y", note="t interval")
    )
    for word in (
        "Monte-Carlo, 10,000 replications", "95 % interval (", "inside the last interval", "t interval",
        "exact over 10 y: 6.0000e-4", "running estimate", "unavailability (share of time down)",
        "downtime per year", "number of replications (log scale)", "5.26 h", "6.0e-4",
    ):  # fmt: skip
        assert word in text


def test_a_reference_outside_the_interval_is_said_loudly() -> None:
    assert "OUTSIDE the last interval" in check(plot_convergence(table(), reference=7e-4))


def test_the_confidence_is_named() -> None:
    assert "99 % interval" in check(plot_convergence(table(), confidence=0.99))


@pytest.mark.parametrize(("level", "width"), [(1e-15, 1.0), (1e-9, 0.0), (0.3, 1.0), (0.3, 0.0)])
def test_any_level_and_an_interval_without_width(level: float, width: float) -> None:
    check(plot_convergence(table(level, width), reference=level * 1.001))


def test_one_row_and_unknown_ends() -> None:
    rows = table()
    check(plot_convergence(rows.tail(1), reference=6e-4))
    check(plot_convergence(rows.assign(high=math.inf)))
    check(plot_convergence(rows.assign(low=math.nan, high=math.nan), reference=math.nan))
    check(plot_convergence(rows.assign(estimate=0.0, low=0.0, high=0.0), reference=0.0))


def test_rows_in_any_order_draw_the_same() -> None:
    rows = table()
    a, b = plot_convergence(rows), plot_convergence(rows.sample(frac=1, random_state=1))
    lines = [f.axes[0].lines[0].get_xydata() for f in (a, b)]
    np.testing.assert_array_equal(lines[0], lines[1])


def test_a_missing_column_is_named() -> None:
    with pytest.raises(DescriptionError, match=r"plot_convergence.*'low'"):
        plot_convergence(table().drop(columns="low"))
    with pytest.raises(DescriptionError, match="empty"):
        plot_convergence(table().head(0))
    with pytest.raises(DescriptionError, match=r"'high'.*not a number"):
        plot_convergence(table().assign(high="x"))
