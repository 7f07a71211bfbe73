"""Availability on an axis of nines: points, intervals, bounds, and answers that are missing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import DescriptionError
from simulator.show.nines import plot_nines
from simulator.show.scales import nines_limits
from tests.show.pictures import check, from_csv

COLUMNS = ["part", "method", "unavailability", "low", "high"]


def table(*rows: tuple[str, str, float, float, float]) -> pd.DataFrame:
    return from_csv(pd.DataFrame(rows, columns=COLUMNS))


def exact(part: str, u: float) -> tuple[str, str, float, float, float]:
    return part, "exact", u, u, u


def test_it_says_availability_and_downtime_and_merges_equal_methods() -> None:
    text = check(
        plot_nines(
            table(
                ("system", "analytic", 6e-4, 6e-4, 6e-4), exact("system", 6e-4),
                ("system", "exact over horizon", 5.9e-4, 5.9e-4, 5.9e-4),
                ("system", "montecarlo", 6.1e-4, 5.7e-4, 6.5e-4),
                ("system", "request", math.nan, math.nan, math.nan),
                exact("cache", 1e-6), ("cache", "montecarlo", 0.0, 0.0, 3.7e-5),
            ), replications=10_000,
        )
    )  # fmt: skip
    for word in (
        "analytic = exact", "99.94 %", "5.26 h", "5.34 h (4.99 .. 5.69)", "Monte-Carlo: 10,000 replications",
        "bar: 95 % interval", "arrow: none seen down, 95 % bound", "at most 19.4 min", "at least 99.9963 %",
        "99.9 %", "8.76 h", "downtime per year", "better to the right",
    ):  # fmt: skip
        assert word in text
    assert "request" not in text


def test_better_is_to_the_right_and_every_nine_has_a_line() -> None:
    figure = plot_nines(table(exact("a", 2e-3), exact("b", 5e-9)))
    axes = figure.axes[0]
    left, right = axes.get_xlim()
    assert left > right
    lines = np.concatenate([axes.get_xticks(), axes.get_xticks(minor=True)])
    for k in range(3, 9):
        assert np.isclose(lines, 10.0**-k, rtol=1e-9, atol=0).any()
    dots = {line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"}
    assert dots == {2e-3, 5e-9}


@pytest.mark.parametrize("u", [1e-15, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3, 0.3, 1.0, 0.0])
def test_one_part_at_any_level(u: float) -> None:
    text = check(plot_nines(table(exact("all", u))))
    assert ("never down" in text) == (u == 0)


def test_both_extremes_together() -> None:
    check(
        plot_nines(table(exact("a", 1e-15), exact("b", 0.3), ("c", "montecarlo", 1e-6, 0.0, 1e-5)))
    )


def test_only_a_bound_or_no_answer_at_all() -> None:
    check(plot_nines(table(("a", "montecarlo", 0.0, 0.0, 2e-4))))
    assert "no answer" in check(plot_nines(table(("a", "exact", math.nan, math.nan, math.nan))))


def test_a_bound_is_an_arrow_towards_better() -> None:
    figure = plot_nines(table(("a", "montecarlo", 0.0, 0.0, 2e-4)))
    arrows = [t for t in figure.axes[0].texts if getattr(t, "arrow_patch", None) is not None]
    assert len(arrows) == 1
    assert arrows[0].xy[0] < 2e-4  # the head: smaller unavailability
    assert arrows[0].xyann[0] == 2e-4


def test_many_parts_with_long_names() -> None:
    rows = [
        exact(f"the pool number {i} of the availability zone in the far north", 10.0**-i)
        for i in range(1, 16)
    ]
    check(plot_nines(table(*rows)))


def test_missing_columns_are_named() -> None:
    with pytest.raises(DescriptionError, match=r"plot_nines.*'method'"):
        plot_nines(table(exact("a", 1e-3)).drop(columns="method"))


@given(st.lists(st.floats(1e-15, 1.0), min_size=1, max_size=5))
def test_limits_hold_the_values_in_whole_decades(values: list[float]) -> None:
    low, high = nines_limits(values)
    assert low * (1 - 1e-9) <= min(values)
    assert high * (1 + 1e-9) >= max(values)
    assert high / low >= 99.9
    for end in (low, high):
        assert abs(math.log10(end) - round(math.log10(end))) < 1e-9
