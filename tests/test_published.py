"""What the comparison with published figures rests on: its verdicts, and the parts it adds of its own."""

from __future__ import annotations

import heapq
import math
import random

import numpy as np
import pytest

from experiments import backoff
from experiments.comparing import AGREES, DIFFERS, Figure, Said, table_of, tally
from experiments.published_load import COLLAPSE, Tent, collapse_figures
from experiments.published_retries import CLIENTS, layer_figures, ratio_breaker
from experiments.published_storms import Watched, recovery_s
from tests.statistical import check_mean

# --- verdicts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        ({}, DIFFERS),
        ({"percent": 9.9}, DIFFERS),
        ({"percent": 10.1}, AGREES),
        ({"errors": 3.0, "ours_error": 3.0, "published_error": 2.0}, AGREES),  # 10 / 3.606 = 2.77
        ({"errors": 2.7, "ours_error": 3.0, "published_error": 2.0}, DIFFERS),
        ({"errors": 3.0}, DIFFERS),  # no chance, so no errors apart
        ({"least": 100.0, "most": 110.0}, AGREES),
        ({"least": 100.0, "most": 109.0}, DIFFERS),
    ],
)
def test_verdicts(stated, verdict):
    assert Figure("study", "figure", 100.0, 110.0, **stated).verdict == verdict


def test_the_same_is_the_same_and_nothing_is_nothing():
    assert Figure("study", "figure", 0.0, 0.0).verdict == AGREES
    assert Figure("study", "figure", 0.0, 1e-9).verdict == DIFFERS


def test_an_outcome_must_come_about_in_every_run():
    table = table_of([Said("a", "x", "recovers", 5, 5), Said("a", "y", "recovers", 4, 5)])
    assert table["verdict"].to_list() == [AGREES, DIFFERS]
    row = tally(table).iloc[0]
    assert (row["figures"], row["agree"], row["not"]) == (2, 1, "y: recovers")


def test_recovery_is_to_the_end():
    offered = np.full(60, 10.0)
    good = np.full(60, 10.0)
    good[20:30] = 0.0
    assert recovery_s(Watched(offered, offered, good)) == 30.0
    assert recovery_s(Watched(offered, offered, offered)) == 0.0
    good[50:] = 5.0
    assert math.isnan(recovery_s(Watched(offered, offered, good)))


# --- the contest ----------------------------------------------------------------------------------


def test_a_client_alone_writes_once_in_four_messages():
    contest = backoff.contests([1], 4_000, 1)[0]
    ended, calls = backoff.hold(contest)
    assert set(calls) == {1}
    check_mean(ended, 4 * 0.010, detects=0.01)
    with pytest.raises(AssertionError, match="z = "):
        check_mean(ended, 3 * 0.010, detects=0.01)


def test_two_without_spread_collide_as_long_as_they_keep_step():
    """Messages of equal length: both read, both write, the second fails and needs one more round."""
    stated = {**backoff.TIMES, "hop_spread": 0.0}
    none, doubling = backoff.contests([2], 3, 1, stated)[:2]
    ended, calls = backoff.hold(none)
    assert calls.tolist() == [3, 3, 3]
    assert ended == pytest.approx([0.080] * 3, rel=1e-9, abs=0)
    ended, _ = backoff.hold(doubling)  # ... after 2 x 5 ms
    assert ended == pytest.approx([0.090] * 3, rel=1e-9, abs=0)


def test_n_in_step_need_n_rounds():
    stated = {**backoff.TIMES, "hop_spread": 0.0}
    _, calls = backoff.hold(backoff.contests([20], 1, 1, stated)[0])
    assert calls.tolist() == [20 * 21 / 2]


# --- the breaker on retries -------------------------------------------------------------------------


def test_breaker_on_retries_at_both_ends():
    calls, attempts, good = ratio_breaker(0.0, np.random.default_rng(1)).sum(axis=0)
    assert calls == attempts == good > 15_000
    calls, attempts, good = ratio_breaker(1.0, np.random.default_rng(1)).sum(axis=0)
    assert calls == attempts > 15_000
    assert good == 0
    assert len(ratio_breaker(0.5, np.random.default_rng(1))) == CLIENTS


# --- load -------------------------------------------------------------------------------------------


def test_tent_adds_up():
    tent, times = Tent(80.0, 1.6, 25.0), np.linspace(0.0, 90.0, 90_001)
    rates = np.array([tent.at(t) for t in times])
    assert rates[[0, 25_000, 50_000, 75_000]] == pytest.approx([40, 80, 40, 0], rel=1e-9, abs=1e-9)
    areas = np.concatenate([[0.0], np.cumsum((rates[1:] + rates[:-1]) / 2 * 0.001)])
    np.testing.assert_allclose(tent.total(times)[1:], areas[1:], rtol=1e-6)


def test_layers_multiply():
    assert [figure.ours for figure in layer_figures(1)] == [3**5, 4**3]


def _answered(seed: int) -> float:
    """The spike without backoff by a plain program of its own: answers per second from 60 to 80 s."""
    luck, ahead, order = random.Random(seed), [], 0
    attempt: list[int] = []
    handled = answered = 0

    def plan(time: float, kind: str, *about: int) -> None:
        nonlocal order
        order += 1
        heapq.heappush(ahead, (time, order, kind, about))

    def send(time: float, number: int) -> None:
        plan(time + 3.0, "late", number, attempt[number])
        plan(time + luck.expovariate(10.0), "arrives", number, attempt[number])

    plan(luck.expovariate(40.0), "new")
    while ahead and ahead[0][0] < 80.0:
        time, _, kind, about = heapq.heappop(ahead)
        if kind == "new":
            attempt.append(0)
            send(time, len(attempt) - 1)
            plan(time + luck.expovariate(80.0 if 20.0 <= time < 25.0 else 40.0), "new")
        elif kind == "arrives":
            handled += 1
            plan(time + 1.0 + 0.01 * handled, "leaves", *about)
        elif kind == "leaves":
            handled -= 1
            plan(time + luck.expovariate(10.0), "answer", *about)
        elif attempt[about[0]] == about[1]:
            attempt[about[0]] += 1 if kind == "late" else 10
            answered += kind == "answer" and time >= 60.0
            if kind == "late" and attempt[about[0]] < 3:
                send(time, about[0])
    return answered / 20.0


@pytest.mark.slow
def test_after_the_spike_all_or_nothing_is_served():
    """An independent program agrees: no run serves a part for ever, and about one in four recovers."""
    rates = np.array([_answered(seed) for seed in range(200)])
    assert not ((rates > 1.0) & (rates < 35.0)).any()
    found, _ = collapse_figures(1, True, 1, 40)
    part = next(row for row in found if isinstance(row, Said) and "fifth" in row.says)
    assert (part.group, part.times, part.runs) == (COLLAPSE, 0, 80)
    mean = found[1]
    assert isinstance(mean, Figure)
    share = float((rates > 35.0).mean())
    error = math.sqrt(share * (1 - share) * (1 / len(rates) + 1 / part.runs))
    assert abs(mean.ours - share) < 4.5 * error
    assert abs(mean.ours - 0.9) > 4.5 * error
