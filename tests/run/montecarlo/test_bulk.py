"""The bulk engine: against timelines made by hand, its slow twin, and the formulas."""

import dataclasses
import functools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.describe.distributions import (
    Deterministic,
    Exponential,
    Gamma,
    Never,
    Uniform,
    Weibull,
)
from simulator.describe.units import HOUR, YEAR
from simulator.errors import DescriptionError
from simulator.rules.logic import Gate, all_of, any_of, needs
from simulator.run.montecarlo import bulk, changes
from simulator.run.montecarlo.bulk import run_bulk
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.renewals import RenewalEvent
from simulator.run.montecarlo.results import BulkResult
from simulator.run.montecarlo.workers import map_blocks
from simulator.sample.luck import REPLICATIONS_PER_BLOCK
from tests.fault_trees import minimal, trees
from tests.run.montecarlo.event_walk import walk
from tests.statistical import check_mean

BLOCK = REPLICATIONS_PER_BLOCK


def fixed(name, life_h, repair_h, **more):
    repair = None if repair_h is None else Deterministic(repair_h * HOUR)
    return RenewalEvent(name, Deterministic(life_h * HOUR), repair, **more)


def memoryless(name, life_h, repair_h, **more):
    return RenewalEvent(name, Exponential(life_h * HOUR), Exponential(repair_h * HOUR), **more)


def web_service(**more):
    """One load balancer, three apps, two caches, one database; repairs take 4 h on average."""
    lives = {"lb": 39996, "app0": 3996, "app1": 3996, "app2": 3996}
    lives |= {"cache0": 3996, "cache1": 3996, "db": 7996}
    pools = {"lb": 0, "app": all_of([1, 2, 3]), "cache": all_of([4, 5]), "db": 6}
    settings = {"horizon_s": 10 * YEAR, "seed": 1, "pools": pools} | more
    events = tuple(memoryless(n, life, 4, cause=n.rstrip("012")) for n, life in lives.items())
    return BulkJob(events, any_of(list(pools.values())), **settings)


def hours(job):
    """Outages of the first replication, in hours: [start, end, completing event, active events]."""
    listed = run_bulk(dataclasses.replace(job, outages=True), 0, 1).outages
    active = [set(map(int, np.flatnonzero(row))) for row in listed.active_events()]
    columns = (listed.start_s / HOUR, listed.end_s / HOUR, listed.completed_by, active)
    return [list(row) for row in zip(*columns, strict=True)]


def arrays_of(result):
    """Every array of a result, by path."""
    out = {}

    def collect(path, value):
        if isinstance(value, np.ndarray):
            out[path] = value
        elif isinstance(value, dict):
            for key, inner in value.items():
                collect(f"{path}.{key}", inner)
        elif dataclasses.is_dataclass(value):
            for part in dataclasses.fields(value):
                collect(f"{path}.{part.name}", getattr(value, part.name))

    collect("", result)
    return out


def same_bytes(one, two):
    a, b = arrays_of(one), arrays_of(two)
    assert a.keys() == b.keys()
    return all(a[k].dtype == b[k].dtype and a[k].tobytes() == b[k].tobytes() for k in a)


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


# --- against the slow twin ------------------------------------------------------------------------


LAWS = (
    lambda h: Exponential(h),
    lambda h: Weibull(1.7, h),
    lambda h: Weibull(0.6, h),
    lambda h: Gamma(2.0, h / 2),
    lambda h: Uniform(0.0, 2 * h),
    lambda h: Deterministic(round(h / HOUR) * HOUR),  # whole hours meet each other all the time
)


def random_event(rng, index, fixed_only):
    def law(mean):
        return (LAWS[-1] if fixed_only else rng.choice(LAWS))(mean * HOUR)

    repair = None if rng.random() < 0.1 else law(rng.uniform(1, 12))
    more = {"first": law(rng.uniform(1, 30))} if rng.random() < 0.3 else {}
    if rng.random() < 0.3:
        more["starts_down"] = rng.random()
        more["first_repair"] = None if repair is None else law(rng.uniform(1, 4))
    return RenewalEvent(f"e{index}", law(rng.uniform(2, 40)), repair, **more)


def check_against_walk(job, replications=(0, 3, BLOCK + 1)):
    flat = dataclasses.replace(job, cuts=tuple(minimal(job.top, len(job.events))), outages=True)
    for replication in replications:
        twin = walk(job, replication, blames=True)
        plain, full = run_bulk(job, replication, 1), run_bulk(flat, replication, 1)
        check_outages(twin, full, replication)
        for result in (plain, full):
            assert result.system.down_s[0] == functools.reduce(
                lambda total, o: total + (o[1] - o[0]), twin.outages, 0.0
            )
            assert result.system.failures[0] == sum(o[0] > 0 for o in twin.outages)
            first = twin.outages[0][0] if twin.outages else math.inf
            assert result.system.first_s[0] == first
            for name, spells in twin.pools.items():
                assert result.pools[name].failures[0] == sum(s[0] > 0 for s in spells)
                spent = functools.reduce(lambda total, s: total + (s[1] - s[0]), spells, 0.0)
                assert result.pools[name].down_s[0] == spent
        shared = full.causes.shared_s[0]
        expected = [twin.blame[i] for i in range(len(job.events))]
        np.testing.assert_allclose(shared, expected, rtol=1e-9, atol=1e-6)  # seconds; sums of 1e5


def check_outages(twin, full, replication):
    listed = full.outages
    assert np.all(listed.replication == replication)
    assert listed.start_s.tolist() == [o[0] for o in twin.outages]
    assert listed.end_s.tolist() == [o[1] for o in twin.outages]
    begun = [o for o in twin.outages if o[2] is not None]
    if len(begun) == len(twin.outages):
        assert listed.completed_by.tolist() == [o[2] for o in begun]
        active = [set(map(int, np.flatnonzero(row))) for row in listed.active_events()]
        assert active == [o[3] for o in twin.outages]


@settings(max_examples=40, deadline=None)
@given(tree=trees(6), pool=trees(6, constants=True), seed=st.integers(0, 999), ties=st.booleans())
def test_random_trees_agree_outage_by_outage(tree, pool, seed, ties):
    rng = random.Random(seed)
    events = tuple(random_event(rng, i, ties) for i in range(6))
    job = BulkJob(events, tree, 200 * HOUR, seed, {"pool": pool, "one": 2})
    check_against_walk(job)


@settings(max_examples=15, deadline=None)
@given(tree=trees(5), seed=st.integers(0, 999), ties=st.booleans(), slices=st.integers(2, 9))
def test_slices_of_time_change_nothing(tree, seed, ties, slices):
    rng = random.Random(seed)
    events = tuple(random_event(rng, i, ties) for i in range(5))
    cuts = tuple(minimal(tree, 5))
    job = BulkJob(events, tree, 120 * HOUR, seed, {"one": 0}, 24 * HOUR, outages=True, cuts=cuts)
    whole = run_bulk(job, 0, 40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "_stops", lambda h, _: [h * k / slices for k in range(1, slices + 1)])
        cut = run_bulk(job, 0, 40)
    agree(cut, whole)


@settings(max_examples=15, deadline=None)
@given(tree=trees(6), seed=st.integers(0, 999), ties=st.booleans())
def test_tracing_module_by_module_finds_the_same(tree, seed, ties):
    """Above 16 events outages are found by modules and traced afterwards; here both must agree."""
    rng = random.Random(seed)
    events = tuple(random_event(rng, i, ties) for i in range(6))
    cuts = tuple(minimal(tree, 6))
    job = BulkJob(events, tree, 150 * HOUR, seed, {"p": 3}, 24 * HOUR, outages=True, cuts=cuts)
    narrow = run_bulk(job, 0, 30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "TABLE_PARTS", 0)
        wide = run_bulk(job, 0, 30)
    agree(wide, narrow)


def agree(one, two):
    """The same bytes, except that shared downtime may be summed in another order."""
    shares = [result.causes.shared_s for result in (one, two)]
    np.testing.assert_allclose(*shares, rtol=1e-9, atol=1e-6)  # seconds, of sums up to 1e5
    one, two = (
        dataclasses.replace(r, causes=dataclasses.replace(r.causes, shared_s=None))
        for r in (one, two)
    )
    assert same_bytes(one, two)


@pytest.mark.parametrize("width", [18, 40, 90])  # truth table no longer, masks still, neither
def test_many_events_that_share_agree_with_the_walk(width):
    """A ring: down when two neighbours are; each event stands in two gates, so none is a module."""
    pairs = [frozenset((i, (i + 1) % width)) for i in range(width)]
    tree = any_of([all_of(sorted(pair)) for pair in pairs])
    events = tuple(memoryless(f"e{i}", 30 + i, 3) for i in range(width))
    job = BulkJob(events, tree, 60 * HOUR, 4, {"half": needs(5, list(range(10)))}, outages=True)
    full = run_bulk(dataclasses.replace(job, cuts=tuple(pairs)), 0, 3)
    assert full.system.failures.sum() > 3
    for replication in range(3):
        twin = walk(job, replication)
        piece = run_bulk(job, replication, 1)
        check_outages(twin, piece, replication)
        assert same_bytes(
            piece.system, run_bulk(dataclasses.replace(job, outages=False), replication, 1).system
        )
        np.testing.assert_allclose(
            full.causes.shared_s[replication].sum(), full.system.down_s[replication], rtol=1e-9
        )


def test_bits_of_states_in_pieces(monkeypatch):
    """States of more than 62 parts are made in pieces of bounded memory; the pieces do not show."""
    pairs = [(i, i + 1) for i in range(0, 69)]
    events = tuple(memoryless(f"e{i}", 30, 3) for i in range(70))
    cuts = tuple(map(frozenset, pairs))
    job = BulkJob(events, any_of([all_of(p) for p in pairs]), 60 * HOUR, 4, outages=True, cuts=cuts)
    whole = run_bulk(job, 0, 20)
    monkeypatch.setattr(changes, "_CELLS", 70_000)
    assert same_bytes(whole, run_bulk(job, 0, 20))


# --- luck and the split of work -------------------------------------------------------------------


def test_same_bytes_for_any_number_of_workers_and_any_chunks():
    cuts = ({0}, {1, 2, 3}, {4, 5}, {6})
    job = web_service(outages=True, cuts=tuple(map(frozenset, cuts)), window_s=YEAR)
    count = 5 * BLOCK + 37
    whole = run_bulk(job, 0, count)
    for workers in (1, 2, 5):
        pieces = map_blocks(functools.partial(run_bulk, job), 0, count, workers)
        assert same_bytes(whole, BulkResult.join(pieces))
    for cut in (BLOCK, 3 * BLOCK, 700):  # even off the block boundaries
        pieces = [run_bulk(job, 0, cut), run_bulk(job, cut, count - cut)]
        assert same_bytes(whole, BulkResult.join(pieces))


def test_what_else_is_asked_does_not_change_the_answer():
    plain = run_bulk(web_service(), 0, 600)
    asked = run_bulk(web_service(outages=True, window_s=YEAR / 12, audit=True), 0, 600)
    assert same_bytes(plain.system, asked.system)
    assert same_bytes(plain.pools, asked.pools)
    listed = asked.outages
    spent = np.bincount(listed.replication, listed.end_s - listed.start_s, 600)
    np.testing.assert_allclose(spent, plain.system.down_s, rtol=1e-12, atol=0)
    np.testing.assert_allclose(asked.windows_s.sum(axis=1), spent, rtol=1e-9, atol=0)
    assert np.array_equal(asked.causes.completed.sum(axis=1), plain.system.failures)


def test_another_event_moves_no_other_draw():
    job = web_service()
    more = (memoryless("new", 500, 10), *job.events)
    moved = {
        "lb": 1, "app": all_of([2, 3, 4]), "cache": all_of([5, 6]), "db": 7, "new": 0,
    }  # fmt: skip
    wider = BulkJob(more, any_of(list(moved.values())), job.horizon_s, job.seed, moved)
    one, two = run_bulk(job, 0, 300), run_bulk(wider, 0, 300)
    for name in job.pools:
        assert same_bytes(one.pools[name], two.pools[name])
    assert not same_bytes(one.system, two.system)


def test_changing_a_law_keeps_the_luck():
    """Twice the life of everything, twice the repair, twice the horizon: twice the downtime."""
    job = web_service()
    slower = tuple(memoryless(e.name, e.life.mean_ / HOUR * 2, 8) for e in job.events)
    double = dataclasses.replace(job, events=slower, horizon_s=2 * job.horizon_s)
    one, two = run_bulk(job, 0, 50), run_bulk(double, 0, 50)
    assert np.array_equal(2 * one.system.down_s, two.system.down_s)


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
