"""Outcomes, breakers and herds over time: areas, shares and peaks as in the tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.errors import DescriptionError
from simulator.show.over_time import bin_ends, plot_breaker_states, plot_herd, plot_outcomes
from tests.show.pictures import check, check_bytes, from_csv


def outcome_table() -> pd.DataFrame:
    time = np.arange(0.0, 60.0, 2.0)
    bad = (time >= 20) & (time < 40)
    return from_csv(
        pd.DataFrame(
            {
                "time_s": time, "ok": np.where(bad, 20.0, 100.0), "degraded": np.where(bad, 30.0, 0.0),
                "error": np.where(bad, 10.0, 0.0), "timeout": np.where(bad, 25.0, 0.0), "rejected": 0.0,
                "shed": np.where(bad, 15.0, 0.0), "in_flight": np.where(time > 56, 5.0, 0.0),
            }
        )
    )  # fmt: skip


def test_stacked_outcomes_reach_up_to_what_was_offered() -> None:
    figure = plot_outcomes(outcome_table(), trigger=(20.0, 40.0), note="one run")
    text = check(figure)
    for word in (
        "ok", "degraded", "error", "timeout", "shed by the callee", "under way at the end", "trigger, 20 s", "one run",
        "time of sending (seconds)",
    ):  # fmt: skip
        assert word in text
    assert "rejected" not in text  # none was
    areas = [area for area in figure.axes[0].collections if area.get_paths()]
    tops = [float(area.get_paths()[0].vertices[:, 1].max()) for area in areas]
    assert tops == sorted(tops)
    assert tops[-1] == 105.0
    assert len(areas) == 6


def test_only_ok_and_nothing_at_all() -> None:
    check(plot_outcomes(outcome_table()[["time_s", "ok"]]))
    check(plot_outcomes(pd.DataFrame({"time_s": [0.0], "ok": [0.0]})))


def breakers(share: float = 0.5) -> pd.DataFrame:
    time = np.arange(100.0)
    return from_csv(
        pd.DataFrame({"time_s": time, "share": np.where(time < 50, 0.0, share), "breakers": 6})
    )


def test_breakers() -> None:
    figure = plot_breaker_states(breakers(1.0), trigger=(40.0, 60.0))
    text = check(figure)
    for word in ("6 breakers", "share of breakers open", "100 %", "trigger, 20 s"):
        assert word in text
    line = figure.axes[0].lines[0]
    assert line.get_drawstyle() == "steps-post"
    assert float(np.max(line.get_ydata())) == 1.0


def test_breakers_of_several_kinds_and_a_column_called_time() -> None:
    rows = pd.concat([breakers(s).assign(kind=f"opens at {s:.0%}") for s in (0.2, 0.21, 0.9)])
    text = check(plot_breaker_states(rows, by="kind"))
    assert all(f"opens at {s} %" in text.replace("%", " %") for s in (20, 21, 90))
    check(plot_breaker_states(breakers().rename(columns={"time_s": "time"})))


def herd(peaks: dict[str, float]) -> pd.DataFrame:
    rows = [
        {"time_s": float(t), "arrivals_per_s": peak if t < 5 else 700.0, "jitter": name}
        for name, peak in peaks.items()
        for t in range(60)
    ]
    return from_csv(pd.DataFrame(rows))


def test_a_herd_with_peaks_in_the_key() -> None:
    figure = plot_herd(herd({"none": 10_000.0, "full": 900.0}), capacity=1000.0)
    text = check(figure)
    for word in ("none: 10 x capacity", "full: 0.9 x capacity", "capacity, 1,000/s", "bins of 1 s"):
        assert word in text
    assert figure.axes[0].get_yscale() == "log"
    low, high = figure.axes[0].get_ylim()
    assert low < 700.0 < 10_000.0 < high


def test_a_small_herd_is_linear_and_may_have_no_capacity() -> None:
    figure = plot_herd(herd({"none": 1500.0, "full": 900.0}), capacity=1000.0)
    assert figure.axes[0].get_ylim()[0] == 0.0
    assert "none: 1,500/s" in check(plot_herd(herd({"none": 1500.0})))
    check(plot_herd(herd({f"kind {i}": 1e3 * 10**i for i in range(6)}), capacity=10.0))
    check(plot_herd(herd({"none": 0.0}).assign(arrivals_per_s=0.0), capacity=1.0))


def test_bins_end_where_the_next_begin() -> None:
    assert bin_ends(np.array([0.0, 2.0, 4.0])).tolist() == [2.0, 4.0, 6.0]
    assert bin_ends(np.array([3.0])).tolist() == [4.0]


def test_the_same_table_gives_the_same_bytes() -> None:
    check_bytes(lambda: plot_outcomes(outcome_table(), trigger=(20.0, 40.0)))
    check_bytes(lambda: plot_herd(herd({"none": 1e4, "full": 900.0}), capacity=1000.0))


def test_bad_input_is_named() -> None:
    with pytest.raises(DescriptionError, match=r"plot_outcomes.*'ok'"):
        plot_outcomes(outcome_table().drop(columns="ok"))
    with pytest.raises(DescriptionError, match=r"plot_breaker_states.*'share'"):
        plot_breaker_states(outcome_table())
    with pytest.raises(DescriptionError, match="capacity is 0"):
        plot_herd(herd({"none": 1.0}), capacity=0)
    with pytest.raises(DescriptionError, match="ends before it starts"):
        plot_outcomes(outcome_table(), trigger=(2.0, 1.0))
    with pytest.raises(DescriptionError, match="empty"):
        plot_herd(herd({"none": 1.0}).iloc[:0])
