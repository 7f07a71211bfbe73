"""Distribution of downtime per window: the share within budget is the table's own."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from simulator.errors import DescriptionError
from simulator.show.downtime import plot_downtime_cdf
from tests.show.pictures import check, from_csv

DAY = 86400.0


def table(name: str = "", scale: float = 1.0) -> pd.DataFrame:
    down = np.array([0.0, 60.0, 600.0, 2592.0, 7200.0, 36000.0]) * scale
    p = np.array([0.5, 0.6, 0.8, 0.9, 0.97, 1.0])
    rows = {"downtime_s": down, "probability": p, "low": p - 0.02, "high": np.minimum(p + 0.02, 1)}
    return from_csv(pd.DataFrame(rows | ({"system": name} if name else {})))


def test_budget_and_share_within_it_are_named() -> None:
    # 0.1 % of 30 days is 43.2 min = 2592 s; the row at 2592 s counts as within
    figure = plot_downtime_cdf(table(), budget_s=2592.0, window_s=30 * DAY, replications=500)
    text = check(figure)
    for word in (
        "budget 43.2 min (99.9 % of 30 d)", "90 % (88 % .. 92 %) of windows within budget",
        "50 % without downtime", "downtime in a window of 30 d (log scale)", "95 % interval at each point",
        "share of windows with at most this downtime", "Monte-Carlo, 500 replications", "1 h",
    ):  # fmt: skip
        assert word in text
    assert "80 % (78 % .. 82 %) of windows" in check(plot_downtime_cdf(table(), budget_s=2591.9))


def test_several_systems() -> None:
    rows = pd.concat([table(f"system {i}", 3.0**i) for i in range(9)])
    text = check(plot_downtime_cdf(rows, budget_s=2592.0))
    assert all(f"system {i}: " in text for i in range(9))


def test_steps_are_drawn_where_the_table_has_them() -> None:
    line = plot_downtime_cdf(table()).axes[0].lines[0]
    assert line.get_drawstyle() == "steps-post"
    assert set(table()["downtime_s"][1:]) <= set(line.get_xdata())
    assert line.get_ydata()[0] == 0.5  # at the left edge: the windows without downtime


def test_a_share_just_below_all_is_not_shown_as_all() -> None:
    rows = table().assign(
        probability=[0.5, 0.6, 0.8, 0.99996, 1.0, 1.0], low=math.nan, high=math.nan
    )
    text = check(plot_downtime_cdf(rows, budget_s=2592.0))
    assert "99.996 % of windows within budget" in text
    assert "band" not in text


@pytest.mark.parametrize(
    ("budget_s", "scale"), [(0.5, 1.0), (60.0, 500.0), (1e6, 1.0), (None, 1e-9), (2592.0, 1e-9)]
)
def test_budgets_and_downtimes_of_any_size(budget_s: float | None, scale: float) -> None:
    check(plot_downtime_cdf(table(scale=scale), budget_s=budget_s))


def test_one_row_no_downtime_and_long_names() -> None:
    never = pd.DataFrame({"downtime_s": [0.0], "probability": [1.0], "low": [0.99], "high": [1.0]})
    assert "100 %" in check(plot_downtime_cdf(from_csv(never), budget_s=2592.0))
    check(plot_downtime_cdf(from_csv(never)))
    long = "the web service in three zones, as it will be after the migration of next spring, draft two"
    check(plot_downtime_cdf(table(long), budget_s=2592.0))
    always = never.assign(downtime_s=5000.0)
    assert "0 % of windows within budget" in check(plot_downtime_cdf(always, budget_s=60.0))


def test_bad_input_is_named() -> None:
    with pytest.raises(DescriptionError, match=r"plot_downtime_cdf.*'probability'"):
        plot_downtime_cdf(table().drop(columns="probability"))
    with pytest.raises(DescriptionError, match=r"budget_s is -1\.0"):
        plot_downtime_cdf(table(), budget_s=-1.0)
