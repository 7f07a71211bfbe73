"""The bulk engine against its slow twin, outage by outage."""

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
    Uniform,
    Weibull,
)
from simulator.describe.units import HOUR
from simulator.rules.logic import all_of, any_of, needs
from simulator.run.montecarlo import bulk, changes
from simulator.run.montecarlo.bulk import run_bulk
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.renewals import RenewalEvent
from tests.fault_trees import minimal, trees
from tests.run.montecarlo.bulk_jobs import BLOCK, memoryless, same_bytes
from tests.run.montecarlo.event_walk import walk

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
