"""Recovered, stuck or degraded: runs made by hand, whose answer is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from simulator.errors import DescriptionError
from simulator.measure.verdict import Drain, verdict
from simulator.tables.outcomes import Outcomes
from tests.measure.rows_by_hand import outcomes

TRIGGER = (20.0, 30.0)


def run_of(bad: Callable[[float], bool], horizon_s: float = 100.0, took: float = 0.5) -> Outcomes:
    """Ten requests a second; those sent at a bad time time out, as late as the others answer."""
    sent = np.arange(0.0, horizon_s, 0.1)
    outcome = np.array([3 if bad(t) else 0 for t in sent])
    under_way = sent + took > horizon_s
    columns = {
        "source": np.zeros(sent.size, dtype=int), "sent_s": sent,
        "ended_s": np.where(under_way, np.nan, sent + took),
        "outcome": np.where(under_way, 6, outcome),
    }  # fmt: skip
    return replace(outcomes([], horizon_s=horizon_s), requests=columns)


def test_it_recovers_when_the_last_bad_window_is_over() -> None:
    got = verdict(run_of(lambda t: 20 <= t < 50), TRIGGER, window_s=2.0)
    assert got.state == "recovered"
    # windows of 20 requests, moved by 0.1 s: one bad request is 5 %, still enough good ones
    assert got.recovered_after_s == pytest.approx(20.0, rel=0, abs=0.2)
    assert (got.before, got.during, got.last) == (1.0, 0.0, 1.0)
    assert got.observed_s == 70.0


def test_a_wider_window_is_not_content_earlier() -> None:
    run = run_of(lambda t: 20 <= t < 50)
    for width in (1.0, 5.0, 10.0):
        back = verdict(run, TRIGGER, window_s=width).recovered_after_s
        assert back is not None
        assert 20.0 - 0.05 * width - width / 20 - 0.11 <= back <= 20.0 + width / 20 + 0.11


def test_at_once() -> None:
    got = verdict(run_of(lambda t: 20 <= t < 30), TRIGGER)
    assert got.recovered_after_s == 0.0
    assert str(got).startswith("recovered as soon as the trigger was over; 100 % of the requests")


def test_stuck_and_degraded() -> None:
    stuck = verdict(run_of(lambda t: t >= 20), TRIGGER)
    assert (stuck.state, stuck.recovered_after_s, stuck.last) == ("stuck", None, 0.0)
    half = verdict(run_of(lambda t: t >= 20 and round(t * 10) % 4 == 0), TRIGGER)
    assert half.state == "degraded"
    assert half.last == pytest.approx(0.75, rel=0, abs=0.03)


def test_a_relapse_undoes_a_recovery() -> None:
    got = verdict(run_of(lambda t: 20 <= t < 40 or 60 <= t < 65), TRIGGER, window_s=2.0)
    assert got.recovered_after_s == pytest.approx(35.0, rel=0, abs=0.2)
    late = verdict(run_of(lambda t: 20 <= t < 40 or t >= 95), TRIGGER, window_s=2.0)
    assert late.state == "stuck"


def test_failures_that_take_longer_than_answers_are_not_missed() -> None:
    """Of the last seconds only the good half has ended: that is no recovery."""
    run = run_of(lambda t: t >= 20 and round(t * 10) % 2 == 0)
    slow = np.where(run.requests["outcome"] == 3, 8.0, 0.5)
    ended = run.requests["sent_s"] + slow
    open_ = ended > run.horizon_s
    columns = dict(run.requests) | {
        "ended_s": np.where(open_, np.nan, ended),
        "outcome": np.where(open_, 6, run.requests["outcome"]),
    }
    got = verdict(replace(run, requests=columns), TRIGGER, window_s=2.0)
    assert got.state == "degraded"
    assert got.last == pytest.approx(0.5, rel=0, abs=0.06)


def test_requests_that_never_end_have_failed() -> None:
    run = run_of(lambda t: False)
    hung = run.requests["sent_s"] >= 20
    columns = dict(run.requests) | {
        "ended_s": np.where(hung, np.nan, run.requests["ended_s"]),
        "outcome": np.where(hung, 6, run.requests["outcome"]),
    }
    assert verdict(replace(run, requests=columns), TRIGGER).state == "stuck"


def test_the_prediction_stands_beside() -> None:
    stuck = run_of(lambda t: t >= 20)
    long = verdict(stuck, TRIGGER, Drain(200.0, "formula"))
    assert "predicted drain time 3.33 min: formula" in str(long)
    assert "run it longer" in long.warnings[0]
    assert verdict(stuck, TRIGGER, Drain(60.0, "formula")).warnings == ()
    assert verdict(stuck, TRIGGER, Drain(math.inf, "formula")).warnings == ()
    assert "never to drain" in str(verdict(stuck, TRIGGER, Drain(math.inf, "formula")))
    well = run_of(lambda t: 20 <= t < 30)
    assert (
        "look at its assumptions" in verdict(well, TRIGGER, Drain(math.inf, "formula")).warnings[0]
    )
    assert "no predicted drain time: none was asked for" in str(verdict(well, TRIGGER))


def test_bad_before_is_told() -> None:
    got = verdict(run_of(lambda t: round(t * 10) % 5 == 0), TRIGGER)
    assert got.state == "degraded"
    assert "before the trigger only 80 % ended well, 95 % is asked for" in got.warnings[0]
    assert verdict(run_of(lambda t: round(t * 10) % 5 == 0), TRIGGER, share=0.7).warnings == ()


def test_bad_questions_are_named() -> None:
    run = run_of(lambda t: False)
    for trigger in ((20.0, 100.0), (30.0, 20.0), (-1.0, 3.0)):
        with pytest.raises(DescriptionError, match="trigger"):
            verdict(run, trigger)
    with pytest.raises(DescriptionError, match="share"):
        verdict(run, TRIGGER, share=0.0)
    with pytest.raises(DescriptionError, match="no request was sent after"):
        verdict(run, (20.0, 99.95))
