"""Lines with names at their ends, on linear, log, nines, duration and percent axes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from simulator.errors import DescriptionError
from simulator.show.lines import plot_lines
from tests.show.pictures import check, from_csv


def table(lines: int = 2, points: int = 6) -> pd.DataFrame:
    rows = [
        (n, 10.0 ** (-n / (1 + i)), f"case {i}") for i in range(lines) for n in range(1, points + 1)
    ]
    found = pd.DataFrame(rows, columns=["members", "u", "case"])
    return from_csv(found.assign(low=found["u"] * 0.7, high=found["u"] * 1.4))


def test_nines_upwards_with_downtime() -> None:
    figure = plot_lines(
        table(), "members", "u", "case", low="low", high="high", y_axis="nines", x_label="number of members",
        title="Redundancy", note="exact", replications=10_000,
    )  # fmt: skip
    text = check(figure)
    for word in (
        "Redundancy", "exact", "10,000 replications", "bar: 95 % interval", "number of members", "case 0", "case 1",
        "99.9 % 8.76 h/y", "downtime per year", "better upwards",
    ):  # fmt: skip
        assert word in text
    bottom, top = figure.axes[0].get_ylim()
    assert bottom > top


def test_names_stand_at_the_right_end_also_where_better_is_right() -> None:
    text_x = []
    for kind in ("linear", "nines"):
        figure = plot_lines(table(), "u", "members", "case", x_axis=kind)  # type: ignore[arg-type]
        check(figure)
        label = next(t for t in figure.axes[0].texts if t.get_text() == "case 0")
        text_x.append(label.xy)
        assert label.xyann[0] > 1
    # x falls from 0.1 to 1e-6 while members rise: the right end is the largest u, or the smallest
    assert text_x[0][1] < text_x[1][1]


@pytest.mark.parametrize(
    ("x_axis", "y_axis"),
    [
        ("linear", "linear"), ("log", "log"), ("nines", "duration"), ("duration", "percent"),
        ("log", "nines"),
    ],
)  # fmt: skip
def test_every_kind_of_axis(x_axis: str, y_axis: str) -> None:
    rows = table().assign(x=lambda t: t["members"] / 10)
    check(plot_lines(rows, "x", "u", "case", low="low", high="high", x_axis=x_axis, y_axis=y_axis))  # type: ignore[arg-type]


def test_twelve_equal_lines_and_long_names() -> None:
    rows = table(12).assign(u=lambda t: 10.0 ** -t["members"])
    rows["case"] += " with a name that says rather a lot about what is assumed here"
    check(plot_lines(rows, "members", "u", "case", y_axis="nines"))


def test_dense_lines_have_a_band() -> None:
    text = check(
        plot_lines(table(2, 40), "members", "u", "case", low="low", high="high", y_axis="log")
    )
    assert "band: 95 % interval" in text


def test_bounds_are_arrows_and_zeros_are_confessed() -> None:
    rows = table(1)
    rows.loc[4:, ["u", "low"]] = 0.0
    rows.loc[5, "high"] = 0.0
    figure = plot_lines(rows, "members", "u", "case", low="low", high="high", y_axis="nines")
    text = check(figure)
    assert "arrow: none seen, 95 % bound" in text
    assert "not drawn on a log scale: 1 points at 0 or below" in text
    arrows = [t for t in figure.axes[0].texts if not t.get_text()]
    assert [tuple(t.xy) for t in arrows] == [(5, rows.loc[4, "high"])]


@pytest.mark.parametrize(
    ("u", "y_axis"),
    [
        (1e-15, "nines"),
        (0.3, "nines"),
        (0.0, "nines"),
        (1e-15, "log"),
        (0.0, "linear"),
        (0.3, "percent"),
    ],
)
def test_a_single_point(u: float, y_axis: str) -> None:
    rows = table(1, 1).assign(u=u, low=u, high=u)
    check(plot_lines(rows, "members", "u", "case", low="low", high="high", y_axis=y_axis))  # type: ignore[arg-type]


def test_both_extremes_and_missing_values() -> None:
    rows = table(2).assign(u=lambda t: np.where(t["case"] == "case 0", 1e-15, 0.3))
    rows.loc[3, "u"] = math.nan
    check(plot_lines(rows, "members", "u", "case", y_axis="nines"))
    check(plot_lines(rows.assign(u=math.nan), "members", "u", "case", y_axis="nines"))
    check(plot_lines(rows, "members", "u"))


@pytest.mark.parametrize("y_axis", ["log", "nines", "duration"])
def test_every_point_lies_in_the_picture(y_axis: str) -> None:
    rows = table(2).assign(u=lambda t: 1e-3 ** t["members"], low=1e-40)
    figure = plot_lines(rows, "members", "u", "case", low="low", high="high", y_axis=y_axis)  # type: ignore[arg-type]
    ends = figure.axes[0].get_ylim()
    assert min(ends) <= 1e-18
    assert min(ends) > 1e-21
    assert max(ends) >= 1e-3


def test_units() -> None:
    rows = pd.DataFrame({"age_s": [3600.0, 7200.0], "y": [1.0, 2.0]})
    line = plot_lines(rows, "age_s", "y", x_per=3600.0, x_label="age (hours)").axes[0].lines[0]
    np.testing.assert_array_equal(line.get_xdata(), [1.0, 2.0])


def test_bad_input_is_named() -> None:
    with pytest.raises(DescriptionError, match=r"plot_lines.*'nobody'"):
        plot_lines(table(), "members", "u", "nobody")
    with pytest.raises(DescriptionError, match=r"y_axis is 'logg'.*percent"):
        plot_lines(table(), "members", "u", y_axis="logg")  # type: ignore[arg-type]
    with pytest.raises(DescriptionError, match=r"'case'.*not a number"):
        plot_lines(table(), "members", "case")
