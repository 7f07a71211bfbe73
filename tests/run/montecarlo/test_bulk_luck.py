"""The bulk engine: luck by address, and the split of work."""

import dataclasses
import functools

import numpy as np

from simulator.describe.units import HOUR, YEAR
from simulator.rules.logic import all_of, any_of
from simulator.run.montecarlo.bulk import run_bulk
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.results import BulkResult
from simulator.run.montecarlo.workers import map_blocks
from tests.run.montecarlo.bulk_jobs import BLOCK, memoryless, same_bytes, web_service

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
