"""Histories of one scenario by Monte-Carlo: how many, until when, in how many processes."""

from __future__ import annotations

import functools
from collections.abc import Callable

from simulator.describe.system import Scenario
from simulator.errors import DescriptionError, NotSupported
from simulator.measure.stopping import StopRule, Totals, decide
from simulator.run.montecarlo.bulk import run_bulk
from simulator.run.montecarlo.engine import job_of
from simulator.run.montecarlo.job import BulkJob
from simulator.run.montecarlo.results import BulkResult
from simulator.run.montecarlo.workers import map_blocks

__all__ = ["MOST_REPLICATIONS", "Progress", "replicate"]

MOST_REPLICATIONS = 4_000_000
"""A run to a given precision gives up there."""

Progress = Callable[[int, int], None]


def replicate(
    scenario: Scenario,
    *,
    seed: int,
    replications: int,
    precision: float | None = None,
    jobs: int = 1,
    window_s: float | None = None,
    outages: bool = False,
    causes: bool = False,
    progress: Progress | None = None,
) -> BulkResult:
    """Histories of a scenario by Monte-Carlo; parameters as :func:`simulator.availability`.

    Returns
    -------
    BulkResult
        One value per replication.

    Raises
    ------
    NotSupported
        For a stated chain.
    DescriptionError
        For a number out of range.
    """
    for name, value in (("replications", replications), ("jobs", jobs)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise DescriptionError(f"{value!r}: allowed is a whole number from 1", name)
    cuts = _cuts(scenario) if causes else None
    job = job_of(scenario, seed=seed, window_s=window_s, outages=outages, cuts=cuts)
    if precision is None:
        return _run(job, 0, replications, jobs, progress)
    if not 0 < precision < 1:
        raise DescriptionError(
            f"{precision!r}: allowed is a share above 0 and below 1", "precision"
        )
    return _until(job, StopRule(precision, max_replications=MOST_REPLICATIONS), jobs, progress)


def _cuts(scenario: Scenario) -> tuple[frozenset[int], ...]:
    from simulator.rules.anatomy import anatomy
    from simulator.run.exact.cut_sets import minimal_cut_sets

    found = minimal_cut_sets(anatomy(scenario).top)
    if len(found.sets) < found.total:
        raise NotSupported(
            f"downtime by cause with {found.total} minimal cut sets",
            "montecarlo",
            "ask for the outage list",
        )
    return found.sets


def _run(job: BulkJob, first: int, count: int, jobs: int, progress: Progress | None) -> BulkResult:
    task = functools.partial(run_bulk, job)
    return BulkResult.join(map_blocks(task, first, count, jobs, progress))


def _until(job: BulkJob, rule: StopRule, jobs: int, progress: Progress | None) -> BulkResult:
    """Batches until the rule is content."""
    pieces: list[BulkResult] = []
    totals, done, goal = Totals(), 0, 512
    while True:

        def report(now: int, _: int, before: int = done, total: int = goal) -> None:
            if progress is not None:
                progress(before + now, total)

        piece = _run(job, done, goal - done, jobs, report)
        pieces.append(piece)
        totals = totals.add(piece.system.down_s / job.horizon_s, piece.system.failures)
        done = goal
        decision = decide(totals, rule)
        if decision.stop:
            return BulkResult.join(pieces)
        goal = decision.next_look
