"""The bulk engine against timelines made by hand, and the formulas."""

import dataclasses
import math

import numpy as np
import pytest

from simulator.describe.distributions import (
    Deterministic,
    Exponential,
    Never,
)
from simulator.describe.units import HOUR, YEAR
from simulator.errors import DescriptionError
from simulator.rules.logic import Gate, all_of, any_of, needs
from simulator.run.montecarlo.bulk import run_bulk
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.renewals import RenewalEvent
from tests.run.montecarlo.bulk_jobs import fixed, hours, memoryless, web_service
from tests.statistical import check_mean

# --- by hand --------------------------------------------------------------------------------------


def test_f03_fixed_life_and_repair():
    """F03: 9 cycles of 100 h + 10 h, then 10 h up: 910 h up in 1,000 h."""
    job = BulkJob((fixed("x", 100, 10),), 0, 1000 * HOUR, 1)
    result = run_bulk(job, 0, 5)
    assert np.all(result.system.down_s == 90 * HOUR)
    assert np.all(result.system.failures == 9)
    assert np.all(result.system.first_s == 100 * HOUR)
    assert result.replications == 5


def test_f02_two_in_series_that_age_on_their_own():
    """F02-det-series-T600-age: 510 h up in 600 h."""
    events = (fixed("a", 100, 10), fixed("b", 120, 10))
    result = run_bulk(BulkJob(events, any_of([0, 1]), 600 * HOUR, 1), 0, 1)
    assert 600 * HOUR - result.system.down_s[0] == 510 * HOUR


def test_overlap_completion_and_cut_off_at_the_horizon():
    events = (fixed("a", 10, 5), fixed("b", 12, 9), fixed("c", 40, None))
    both, either = all_of([0, 1]), any_of([0, 2])
    # down: a 10-15, 25-30, 40-45; b 12-21, 33-42; c from 40 on
    assert hours(BulkJob(events, both, 50 * HOUR, 1)) == [[12, 15, 1, {0, 1}], [40, 42, 0, {0, 1}]]
    assert hours(BulkJob(events, either, 50 * HOUR, 1)) == [
        [10, 15, 0, {0}], [25, 30, 0, {0}], [40, 50, 0, {0, 1}],
    ]  # fmt: skip


def test_a_failure_at_the_instant_of_a_repair_meets_it():
    """a is down 10-15, b 15-20: in parallel an outage of no length at 15, in series one of 10 h."""
    events = (fixed("a", 10, 5), fixed("b", 15, 5))
    assert hours(BulkJob(events, all_of([0, 1]), 22 * HOUR, 1)) == [[15, 15, 1, {0, 1}]]
    assert hours(BulkJob(events, any_of([0, 1]), 22 * HOUR, 1)) == [[10, 20, 0, {0}]]
    result = run_bulk(BulkJob(events, all_of([0, 1]), 22 * HOUR, 1), 0, 1)
    assert (result.system.down_s[0], result.system.failures[0]) == (0.0, 1)


def test_failures_at_one_instant_are_taken_by_index():
    events = tuple(fixed(n, 10, r) for n, r in (("a", 3), ("b", 1), ("c", 2)))
    assert hours(BulkJob(events, needs(2, [0, 1, 2]), 12.5 * HOUR, 1)) == [[10, 12, 1, {0, 1}]]


def test_lives_and_repairs_of_no_length():
    flicker = BulkJob((fixed("x", 10, 0),), 0, 35 * HOUR, 1)
    assert hours(flicker) == [[10, 10, 0, {0}], [20, 20, 0, {0}], [30, 30, 0, {0}]]
    broken = BulkJob((fixed("x", 0, 10),), 0, 35 * HOUR, 1)  # fails as soon as it is repaired
    assert hours(broken) == [[0, 35, 0, {0}]]
    assert run_bulk(broken, 0, 1).system.failures[0] == 0
    with pytest.raises(DescriptionError, match="x: life and repair both take 0 s"):
        run_bulk(BulkJob((fixed("x", 0, 0),), 0, HOUR, 1), 0, 1)


def test_starts_down_and_first_life():
    late = fixed("x", 10, 5, first=Deterministic(2 * HOUR))
    assert hours(BulkJob((late,), 0, 20 * HOUR, 1)) == [[2, 7, 0, {0}], [17, 20, 0, {0}]]
    down = fixed("x", 10, 5, starts_down=1.0, first_repair=Deterministic(HOUR))
    job = BulkJob((down,), 0, 20 * HOUR, 1)
    assert hours(job) == [[0, 1, 0, {0}], [11, 16, 0, {0}]]
    system = run_bulk(job, 0, 1).system
    assert (system.failures[0], system.first_s[0]) == (1, 0.0)


def test_what_never_fails_and_what_is_never_up():
    never = RenewalEvent("x", Never(), Exponential(HOUR))
    pools = {"always": Gate(0), "never": Gate(1), "x": 0}
    for outages in (False, True):
        job = BulkJob((never,), any_of([0, Gate(1)]), YEAR, 1, pools, outages=outages)
        result = run_bulk(job, 0, 3)
        for tally in (result.system, result.pools["never"], result.pools["x"]):
            assert not tally.down_s.any()
            assert not tally.failures.any()
            assert np.isinf(tally.first_s).all()
        assert np.all(result.pools["always"].down_s == YEAR)
        assert np.all(result.pools["always"].first_s == 0)
        assert not result.pools["always"].failures.any()
    lost = run_bulk(BulkJob((never,), any_of([0, Gate(0)]), YEAR, 1, outages=True), 0, 2)
    assert lost.outages.completed_by.tolist() == [-1, -1]
    assert lost.causes.completed_s.sum() == 0


def test_windows_share_out_the_downtime():
    events = (fixed("a", 8, 25),)  # down 8-33, 41-66, 74-99, 107-
    job = BulkJob(events, 0, 115 * HOUR, 1, window_s=10 * HOUR)
    assert job.windows == 11
    expected = [2, 10, 10, 3, 9, 10, 6, 6, 10, 9, 3]  # the rest, 110-115, is no window
    assert (run_bulk(job, 0, 2).windows_s / HOUR).tolist() == [expected, expected]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"horizon_s": 0.0}, "horizon is 0.0 s"),
        ({"horizon_s": math.inf}, "horizon is inf s"),
        ({"window_s": 11 * YEAR}, "window is"),
        ({"top": any_of([0, 7])}, "the system names event 7: must lie in 0..6"),
        ({"pools": {"p": -1}}, "p names event -1"),
        ({"events": (fixed("x", 1, 1),) * 7}, "x: the names of events must be unique"),
    ],
)
def test_bad_jobs_are_refused(change, said):
    with pytest.raises(DescriptionError, match=said):
        dataclasses.replace(web_service(), **change)


def test_bad_events_and_ranges_are_refused():
    with pytest.raises(DescriptionError, match=r"starts_down is 1\.5"):
        fixed("x", 1, 1, starts_down=1.5)
    with pytest.raises(DescriptionError, match="first repair"):
        fixed("x", 1, None, first_repair=Deterministic(1.0))
    with pytest.raises(DescriptionError, match="needs a name"):
        fixed("", 1, 1)
    for first, count in ((-1, 5), (0, 0)):
        with pytest.raises(DescriptionError, match=f"{count} replications from number {first}"):
            run_bulk(web_service(), first, count)


# --- against the formulas -------------------------------------------------------------------------


def mean_down(life_h, repair_h, horizon_s):
    """E[time down in [0, T]], up at 0: U (T - (1 - exp(-(l + m) T)) / (l + m)), rates l and m."""
    failure, repair = 1 / (life_h * HOUR), 1 / (repair_h * HOUR)
    total = failure + repair
    return failure / total * (horizon_s + math.expm1(-total * horizon_s) / total)


def test_one_unit_against_its_formula():
    """Detects a bias of 2 % of the downtime; the control, a repair longer by 4 %, must fail."""
    job = BulkJob((memoryless("x", 100, 10),), 0, 2000 * HOUR, 3)
    down = run_bulk(job, 0, 8000).system.down_s
    check_mean(down, mean_down(100, 10, job.horizon_s), detects=0.02)
    with pytest.raises(AssertionError):
        check_mean(down, mean_down(100, 10.4, job.horizon_s), detects=0.02)


def test_start_in_equilibrium_against_its_formula():
    """In equilibrium the mean downtime is U T at once; detects 3 %; an up start must fail."""
    share, horizon = 10 / 110, 30 * HOUR
    x = memoryless("x", 100, 10, starts_down=share)
    down = run_bulk(BulkJob((x,), 0, horizon, 5), 0, 120_000).system.down_s
    check_mean(down, share * horizon, detects=0.03)
    with pytest.raises(AssertionError):
        check_mean(down, mean_down(100, 10, horizon), detects=0.03)


def long_run(tree, unavailability):
    """Long-run unavailability of a series-parallel tree of independent parts."""
    if not isinstance(tree, Gate):
        return unavailability[tree]
    each = [long_run(part, unavailability) for part in tree.inputs]
    chance = np.array([1.0])  # chance[k] = k inputs down
    for u in each:
        chance = np.convolve(chance, [1 - u, u])
    return chance[tree.least :].sum()


def test_modules_against_products_and_k_of_n():
    """(1-of-2, 3-of-5, 2 in series) in series with a start in equilibrium: unavailability exact.

    Detects 2 % of the unavailability; the control, 2-of-5 in place of 3-of-5, must fail.
    """
    lives = [50, 60, 40, 40, 40, 40, 40, 900, 700]
    shares = [5 / (life + 5) for life in lives]
    events = tuple(
        memoryless(f"e{i}", life, 5, starts_down=u)
        for i, (life, u) in enumerate(zip(lives, shares, strict=True))
    )

    def tree(k):
        return any_of([all_of([0, 1]), needs(k, [2, 3, 4, 5, 6]), any_of([7, 8])])

    job = BulkJob(events, tree(3), 2000 * HOUR, 9, {"five": needs(3, [2, 3, 4, 5, 6])})
    result = run_bulk(job, 0, 6000)
    check_mean(result.system.down_s / job.horizon_s, long_run(tree(3), shares), detects=0.02)
    five = result.pools["five"].down_s / job.horizon_s
    check_mean(five, long_run(job.pools["five"], shares), detects=0.05)
    with pytest.raises(AssertionError):
        check_mean(result.system.down_s / job.horizon_s, long_run(tree(2), shares), detects=0.02)


def test_completions_and_shares_of_a_series_system():
    """In series each failure of an up system completes an outage: rates 1/100 and 1/50, 1 to 2.

    Detects 3 % of the share of the first; the control, equal shares, must fail.
    """
    events = (memoryless("a", 100, 1), memoryless("b", 50, 1))
    cuts = (frozenset({0}), frozenset({1}))
    job = BulkJob(events, any_of([0, 1]), 5000 * HOUR, 2, cuts=cuts)
    causes = run_bulk(job, 0, 2000).causes
    assert causes.causes == ("a", "b")
    share = causes.completed[:, 0] / causes.completed.sum(axis=1)
    check_mean(share, 1 / 3, detects=0.03)
    with pytest.raises(AssertionError):
        check_mean(share, 1 / 2, detects=0.03)
    # At any instant both down has weight u v and is shared equally: (u (1-v) + u v / 2) / U.
    u, v = 1 / 101, 1 / 51
    total = u + v - u * v
    shared = causes.shared_s.sum(axis=0) / causes.shared_s.sum()
    np.testing.assert_allclose(shared[0], u * (1 - v / 2) / total, rtol=0.02, atol=0)
