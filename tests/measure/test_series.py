"""A run over time, counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.errors import DescriptionError
from simulator.measure.series import outcomes_over_time, queue_wait, series
from tests.measure.rows_by_hand import NEVER, attempt, outcomes, request

REQUESTS = [
    request(0.0, 0.5),
    request(0.5, 2.5, "timeout", attempts=2),
    request(1.0, 1.0, "rejected", attempts=0),
    request(1.5, 2.0, "degraded"),
    request(2.0, NEVER, "in_flight"),
    request(2.25, 2.5, source=1),
]
ATTEMPTS = [
    attempt(0.0, 0.0, 0.5, 0.5, number=0),
    attempt(0.5, 0.5, 9.0, 1.5, "timeout", number=1),
    attempt(1.0, NEVER, NEVER, 1.0, "rejected", number=2, cause="breaker open", member=-1),
    attempt(1.5, 1.5, 2.5, 2.5, "timeout", number=1, attempt=1),
    attempt(1.5, 1.75, 2.0, 2.0, number=3),
    attempt(
        1.75, 1.75, 2.0, 2.0, number=3, parent=4, site=1
    ),  # sent by the pool, not by the source
    attempt(2.0, NEVER, NEVER, 2.0, "error", number=4, cause="nobody in rotation", member=-1),
    attempt(2.25, 2.25, 2.5, 2.5, number=5, source=1),
]
RUN = outcomes(
    REQUESTS, ATTEMPTS, horizon_s=2.5, sources=("users", "jobs"), sites=("users>db", "db>disk"),
    pools=("db", "disk"), callee=(0, 1),
)  # fmt: skip


def test_every_column_by_hand() -> None:
    got = series(RUN, 1.0, "users")
    assert got["time_s"].tolist() == [0.0, 1.0, 2.0]
    assert got["offered_per_s"].tolist() == [2.0, 2.0, 2.0]  # the last bin is half as long
    assert got["attempts_per_s"].tolist() == [2.0, 2.0, 0.0]
    assert got["goodput_per_s"].tolist() == [1.0, 0.0, 2.0]
    assert got["failed_per_s"].tolist() == [0.0, 1.0, 2.0]
    assert got["timeouts_per_s"].tolist() == [0.0, 0.0, 2.0]
    assert got["rejected_per_s"].tolist() == [0.0, 1.0, 0.0]
    # 0-0.5 and 0.5-1; then 1-2 and 1.5-2; then 2-2.5 twice in half a second
    assert got["in_flight"].tolist() == [1.0, 1.5, 2.0]


def test_all_sources_are_the_sum() -> None:
    one, other, both = (series(RUN, 1.0, who) for who in ("users", "jobs", None))
    for column in both.columns[1:]:
        np.testing.assert_allclose(both[column], one[column] + other[column], rtol=1e-12)


def test_totals_do_not_depend_on_the_bins() -> None:
    rng = np.random.default_rng(7)
    sent = np.sort(rng.uniform(0, 50, 400))
    run = outcomes(
        [request(t, t + s) for t, s in zip(sent, rng.exponential(3, 400))], horizon_s=80.0
    )
    for width in (0.7, 3.0, 200.0):
        got = series(run, width)
        lengths = np.diff([*got["time_s"], 80.0])
        assert (got["offered_per_s"] * lengths).sum() == pytest.approx(400, rel=1e-12, abs=0)
        # Little: the time integral of the number under way is the sum of the sojourns
        ended = np.minimum(run.requests["ended_s"], 80.0)
        whole = (ended - run.requests["sent_s"]).sum()
        assert (got["in_flight"] * lengths).sum() == pytest.approx(whole, rel=1e-9, abs=0)


def test_outcomes_stand_where_they_were_sent() -> None:
    got = outcomes_over_time(RUN, 1.0, "users")
    assert got["ok"].tolist() == [1.0, 0.0, 0.0]
    assert got["timeout"].tolist() == [1.0, 0.0, 0.0]
    assert got["rejected"].tolist() == [0.0, 1.0, 0.0]
    assert got["degraded"].tolist() == [0.0, 1.0, 0.0]
    assert got["in_flight"].tolist() == [0.0, 0.0, 2.0]


def test_waits_of_a_first_come_first_served_queue() -> None:
    """The third is dropped at the head when its caller has left; the last two are still there."""
    run = outcomes(
        [],
        [
            attempt(0.0, 0.0, 4.0, 4.0),
            attempt(0.5, 4.0, 5.0, 1.5, "timeout"),
            attempt(0.75, NEVER, NEVER, 1.75, "timeout"),
            attempt(1.0, 5.0, 9.5, 2.0, "timeout"),
            attempt(1.25, NEVER, NEVER, 1.25, "shed", cause="queue full"),
            attempt(2.0, NEVER, NEVER, 3.0, "timeout"),
            attempt(8.0, NEVER, NEVER, NEVER, "in_flight"),
            attempt(2.5, NEVER, NEVER, 4.5, "shed", cause="expired"),
        ],
    )
    got = queue_wait(run, "db", 1.0)
    assert got["attempts"].tolist() == [3, 1, 2, 0, 0, 0, 0, 0, 1, 0]
    # 0, 3.5, and 4.25: until the next one was taken up
    assert got["mean_s"][0] == pytest.approx((0 + 3.5 + 4.25) / 3, rel=1e-12, abs=0)
    assert got["max_s"][0] == 4.25
    assert got["unserved_share"][0] == pytest.approx(1 / 3, rel=1e-12, abs=0)
    assert got["max_s"][1] == 4.0
    assert got["open_share"].dropna().tolist() == [0.0, 0.0, 0.5, 1.0]  # the last to be sent
    assert (got["mean_s"][2], got["max_s"][2]) == ((8.0 + 2.0) / 2, 8.0)
    assert got["mean_s"][8] == 2.0
    assert math.isnan(got["mean_s"][4])


def test_one_member_says_nothing_about_the_other() -> None:
    rows = [attempt(0.0, NEVER, NEVER, 1.0, "timeout"), attempt(1.0, 1.0, 2.0, 2.0, member=1)]
    assert queue_wait(outcomes([], rows), "db", 20.0)["max_s"][0] == 10.0
    rows[1] |= {"member": 0}
    assert queue_wait(outcomes([], rows), "db", 20.0)["max_s"][0] == 1.0


def test_bad_questions_are_named() -> None:
    with pytest.raises(DescriptionError, match=r"'nobody'.*users, jobs"):
        series(RUN, 1.0, "nobody")
    with pytest.raises(DescriptionError, match=r"'x'.*db, disk"):
        queue_wait(RUN, "x", 1.0)
    for width in (0.0, -1.0, math.nan):
        with pytest.raises(DescriptionError, match="above 0"):
            series(RUN, width)


def test_a_run_without_anything() -> None:
    empty = outcomes([])
    assert series(empty, 2.0)["offered_per_s"].tolist() == [0.0] * 5
    assert np.isnan(queue_wait(empty, "db", 2.0)["max_s"]).all()
