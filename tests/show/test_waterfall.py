"""Downtime by cause and the steps of assumptions: bars that add up, words for what is not there."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulator.errors import DescriptionError
from simulator.show.steps import plot_steps
from simulator.show.waterfall import plot_downtime_by_cause
from tests.show.pictures import check, from_csv

HOUR = 3600.0
YEAR_H = 8760.0


def causes(
    count: int = 3, total_s: float = 5.26 * HOUR, name: str = "pool{}:crash"
) -> pd.DataFrame:
    share = np.arange(count, 0, -1) / (count * (count + 1) / 2)
    down = share * total_s
    return from_csv(
        pd.DataFrame(
            {
                "cause": [name.format(i) for i in range(count)], "share": share,
                "downtime_s_per_year": down, "low_s_per_year": 0.9 * down,
                "high_s_per_year": 1.15 * down, "completed_share": share[::-1],
                "exact_s_per_year": down * 1.01,
            }
        )
    )  # fmt: skip


def bars(figure: Figure) -> list[tuple[float, float]]:
    """Start and end of every bar, top to bottom."""
    boxes = [patch.get_bbox() for patch in figure.axes[0].patches]
    return [(box.x0, box.x1) for box in sorted(boxes, key=lambda b: b.y0)]


def test_bars_follow_one_another_up_to_the_total() -> None:
    figure = plot_downtime_by_cause(causes(4), replications=10_000)
    *parts, total = bars(figure)
    starts, ends = np.array(parts).T
    np.testing.assert_allclose(starts[1:], ends[:-1], rtol=1e-12)
    assert starts[0] == 0.0
    assert total == pytest.approx((0.0, 5.26), rel=1e-9, abs=0)
    assert ends[-1] == pytest.approx(5.26, rel=1e-9, abs=0)
    assert (np.diff(ends - starts) <= 0).all(), "largest first"
    text = check(figure)
    for word in (
        "10,000 replications", "95 % interval", "diamond: exact", "2.13 h", "downtime per year (hours)", "100.0 %",
        "5.26 h", "all causes", "pool0:crash", "40.0 %",
    ):  # fmt: skip
        assert word in text


def test_thirty_causes_and_very_long_names() -> None:
    name = (
        "zone-a.rack{:02d}.power-distribution-unit and everything behind it, as of the last audit"
    )
    figure = plot_downtime_by_cause(causes(30, name=name))
    assert "15 smaller causes together" in check(figure)
    assert bars(figure)[-1][1] == pytest.approx(5.26, rel=1e-9, abs=0)
    assert "smaller" not in check(plot_downtime_by_cause(causes(30), most=30))


def test_causes_of_every_size_down_to_none() -> None:
    rows = causes(3)
    rows.loc[2, ["share", "downtime_s_per_year", "low_s_per_year", "completed_share"]] = 0.0
    rows.loc[2, "high_s_per_year"] = 8.0
    rows.loc[1, "share"] = 1e-5
    text = check(plot_downtime_by_cause(rows.assign(exact_s_per_year=math.nan)))
    assert "none seen, at most 8 s" in text
    assert "< 0.1 %" in text
    assert "diamond" not in text


@pytest.mark.parametrize("total_s", [1e-15 * 365 * 86400, 1.0, 0.3 * 365 * 86400])
def test_one_cause_at_any_level(total_s: float) -> None:
    check(plot_downtime_by_cause(causes(1, total_s)))
    without = causes(1, total_s).drop(columns="exact_s_per_year")
    check(plot_downtime_by_cause(without.assign(low_s_per_year=total_s, high_s_per_year=total_s)))


def test_no_downtime_at_all() -> None:
    rows = causes(2)
    rows.loc[:, rows.columns != "cause"] = 0.0
    assert "none seen" in check(plot_downtime_by_cause(rows))


def test_missing_columns_are_named() -> None:
    with pytest.raises(DescriptionError, match=r"plot_downtime_by_cause.*'completed_share'"):
        plot_downtime_by_cause(causes().drop(columns="completed_share"))
    with pytest.raises(DescriptionError, match=r"plot_steps.*'method'"):
        plot_steps(steps().drop(columns="method"))


def steps(base: float = 1e-4) -> pd.DataFrame:
    rows = [
        ("analytic", 1.0, 0.0, 0.0, 0.0, "exact"),
        ("one crew", 1.5, 0.5, 0.5, 0.5, "exact"),
        ("common cause on the database pair", 3.5, 2.0, 1.6, 2.4, "paired on the same luck, 2000 replications"),
        ("dormant standby", 3.52, 0.02, -0.1, 0.14, "paired on the same luck, 2000 replications"),
        ("finite horizon", 3.4, -0.12, -0.12, -0.12, "exact"),
    ]  # fmt: skip
    table = pd.DataFrame(
        rows, columns=["assumption", "unavailability", "effect", "low", "high", "method"]
    )
    scale = ["unavailability", "effect", "low", "high"]
    return from_csv(table.assign(**{name: table[name] * base for name in scale}))


def test_steps_join_and_end_at_the_last_level() -> None:
    figure = plot_steps(steps())
    ends = [sorted(bar) for bar in bars(figure)]
    level = np.array([1.0, 1.5, 3.5, 3.52, 3.4]) * 1e-4 * YEAR_H
    for (low, high), a, b in zip(ends, level[:-1], level[1:], strict=True):
        assert (low, high) == pytest.approx((min(a, b), max(a, b)), rel=1e-9, abs=0)
    diamonds = figure.axes[0].lines[-1].get_xdata()
    assert list(diamonds) == pytest.approx([level[0], level[-1]], rel=1e-9, abs=0)


def test_steps_say_effects_and_the_lack_of_one() -> None:
    text = check(plot_steps(steps()))
    for word in (
        "no measurable effect", "+26.3 min", "+1.75 h (1.4 .. 2.1)", "-6.31 min", "with all of them",
        "+2.1 h", "downtime per year (hours)", "(a) paired on the same luck, 2000 replications",
        "95 % interval", "99.98500 %", "change per year",
    ):  # fmt: skip
        assert word in text
    assert text.count("no measurable effect") == 2  # the row and the subtitle


@pytest.mark.parametrize("base", [1e-15, 0.08])
def test_steps_at_any_level(base: float) -> None:
    check(plot_steps(steps(base)))


def test_degenerate_steps() -> None:
    check(plot_steps(steps().head(1)))
    flat = steps().assign(unavailability=1e-4, effect=0.0, low=0.0, high=0.0)
    assert check(plot_steps(flat)).count("no measurable effect") == 5
    check(plot_steps(steps().assign(low=math.nan, high=math.nan)))
    many = pd.concat([steps()] * 4, ignore_index=True)
    many["assumption"] = [
        f"assumption {i} with a name that is longer than anybody would wish" for i in many.index
    ]
    check(plot_steps(many))
