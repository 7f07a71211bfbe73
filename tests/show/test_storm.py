"""The storm picture: what is shaded, which lines there are, what is said about bounds."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulator.errors import DescriptionError
from simulator.show.storm import plot_storm
from tests.show.pictures import check, check_bytes, faults, from_csv, seen, words_of


def series(attempts: float = 560.0, bins: int = 100) -> pd.DataFrame:
    time = np.arange(float(bins))
    bad = time >= 20
    return from_csv(
        pd.DataFrame(
            {
                "time_s": time, "offered_per_s": 280.0, "attempts_per_s": np.where(bad, attempts, 280.0),
                "goodput_per_s": np.where(bad, 0.0, 280.0),
            }
        )
    )  # fmt: skip


def waits(most: float = 40.0, open_from: float = math.inf) -> pd.DataFrame:
    time = np.arange(100.0)
    mean = np.where(time < 20, 0.0, most * (time - 19) / 81)
    share = np.where(time >= open_from, 1.0, 0.0)
    return from_csv(
        pd.DataFrame({"time_s": time, "mean_s": mean, "max_s": 1.2 * mean, "open_share": share})
    )


def check_two(figure: Figure) -> str:
    items = seen(figure)
    found = faults(figure, items)
    assert not found, "; ".join(found)
    assert len(figure.axes) == 2
    assert all(axes.get_window_extent().height > 100 for axes in figure.axes)
    return words_of(items)


def test_one_panel() -> None:
    text = check(plot_storm(series(), (20.0, 30.0), capacity=300.0, title="A storm", note="seed 1"))
    for word in (
        "A storm", "seed 1", "bins of 1 s", "trigger, 10 s", "offered", "attempts", "goodput", "capacity 300/s",
        "time (seconds)", "per second",
    ):  # fmt: skip
        assert word in text


def test_lines_have_the_heights_of_the_table() -> None:
    axes = plot_storm(series(), capacity=300.0).axes[0]
    tops = sorted(float(np.max(line.get_ydata())) for line in axes.lines)
    assert tops == [280.0, 280.0, 300.0, 560.0]
    assert axes.get_ylim()[0] == 0.0
    assert axes.get_ylim()[1] > 560.0


def test_two_panels_with_a_log_axis_where_waits_are_far_above_the_timeout() -> None:
    figure = plot_storm(series(), (20.0, 30.0), capacity=300.0, wait=waits(), timeout_s=1.0)
    text = check_two(figure)
    for word in ("longest wait", "mean wait", "timeout 1 s", "log scale", "are drawn there"):
        assert word in text
    assert "hatched" not in text
    lower = figure.axes[1]
    assert lower.get_yscale() == "log"
    assert lower.get_ylim()[0] < 1.0 < 48.0 < lower.get_ylim()[1]
    assert figure.axes[0].get_xlim() == lower.get_xlim() == (0.0, 100.0)


def test_a_linear_axis_near_the_timeout() -> None:
    figure = plot_storm(series(), wait=waits(3.0), timeout_s=1.0)
    check_two(figure)
    assert figure.axes[1].get_yscale() == "linear"
    assert figure.axes[1].get_ylim()[0] == 0.0


def test_waits_that_had_not_ended_are_hatched() -> None:
    """A tired reader must not take the falling lower bound for a recovery."""
    figure = plot_storm(series(), wait=waits(open_from=60.0), timeout_s=1.0)
    assert "hatched: still waiting at the end of the run" in check_two(figure)
    lower = figure.axes[1]
    (area,) = lower.collections
    assert area.get_hatch() == "///"
    corners = area.get_paths()[0].vertices
    assert corners[:, 0].min() == 60.0
    assert corners[:, 1].max() == pytest.approx(lower.get_ylim()[1], rel=1e-9, abs=0)
    solid = [line for line in lower.lines if line.get_linestyle() == "-"]
    for line in solid:
        x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata(), dtype=float)
        assert np.isnan(y[(x >= 60) & (x < 100)]).all()


def test_gaps_are_told() -> None:
    some = waits(3.0)
    some.loc[40:60, ["mean_s", "max_s"]] = math.nan
    assert "gaps: nothing was sent" in check_two(plot_storm(series(), wait=some, timeout_s=1.0))


def test_a_trigger_that_is_short_late_or_long() -> None:
    for trigger in ((20.0, 20.2), (97.0, 99.0), (0.0, 100.0), (98.0, 150.0)):
        check(plot_storm(series(), trigger))


def test_extremes() -> None:
    check(plot_storm(series(1e6), capacity=1e-3))
    check(plot_storm(series(bins=1)))
    zero = series().assign(offered_per_s=0.0, attempts_per_s=0.0, goodput_per_s=0.0)
    check_two(plot_storm(zero, wait=waits(0.0), timeout_s=1e-4))
    long = series().assign(time_s=lambda t: t["time_s"] * 1000)
    assert "time (hours)" in check(plot_storm(long))


def test_the_same_table_gives_the_same_bytes() -> None:
    check_bytes(
        lambda: plot_storm(series(), (20.0, 30.0), wait=waits(open_from=60.0), timeout_s=1.0)
    )


def test_bad_input_is_named() -> None:
    with pytest.raises(DescriptionError, match=r"plot_storm.*'goodput_per_s'"):
        plot_storm(series().drop(columns="goodput_per_s"))
    with pytest.raises(DescriptionError, match="capacity is 0"):
        plot_storm(series(), capacity=0)
    with pytest.raises(DescriptionError, match="timeout_s is -1"):
        plot_storm(series(), wait=waits(), timeout_s=-1)
    with pytest.raises(DescriptionError, match="ends before it starts"):
        plot_storm(series(), (3.0, 2.0))
    with pytest.raises(DescriptionError, match=r"'mean_s'"):
        plot_storm(series(), wait=series())
