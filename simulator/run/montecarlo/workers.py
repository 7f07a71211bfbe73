"""Replications spread over processes, results in order, the same bytes for any number of workers.

Ranges end on block boundaries, so a worker draws nothing that another one draws too. Workers are
forked where that is safe (Linux, one Python thread): they start in milliseconds and scripts need no
``if __name__ == "__main__"``. Elsewhere they are spawned, which costs an import of NumPy each.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing.context import BaseContext
from typing import TypeVar

from simulator.errors import DescriptionError
from simulator.sample.luck import REPLICATIONS_PER_BLOCK

__all__ = ["block_ranges", "map_blocks"]

T = TypeVar("T")

_TASKS_PER_WORKER = 8  # enough to even out, few enough that starting a task does not count
_LEAST_BLOCKS = 4  # replications in lockstep want company
_BLOCKS_PER_TASK = 64  # so that progress shows and an interrupt is soon obeyed


def block_ranges(first: int, replications: int, blocks_each: int) -> list[tuple[int, int]]:
    """Ranges (first, count) of up to `blocks_each` blocks that end on block boundaries.

    Examples
    --------
    >>> block_ranges(500, 600, 1)
    [(500, 12), (512, 512), (1024, 76)]
    """
    step = blocks_each * REPLICATIONS_PER_BLOCK
    end, start, out = first + replications, first, list[tuple[int, int]]()
    while start < end:
        stop = min(end, (start // REPLICATIONS_PER_BLOCK) * REPLICATIONS_PER_BLOCK + step)
        out.append((start, stop - start))
        start = stop
    return out


def map_blocks(
    task: Callable[[int, int], T],
    first: int,
    replications: int,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[T]:
    """Call ``task(first, count)`` for ranges of replications, in this process or in several.

    Parameters
    ----------
    task : callable
        Importable (a module's function, or a `functools.partial` of one): workers get it sent.
    first, replications : int
        The range to cover; `replications` at least 1.
    workers : int
        Number of processes; 1 = none besides this one.
    progress : callable, optional
        ``progress(done, total)`` in replications, called in this process.

    Returns
    -------
    list
        Results in order of the ranges.

    Raises
    ------
    DescriptionError
        If `workers` or `replications` is below 1.
    KeyboardInterrupt
        On Ctrl-C; the workers are ended first. So are they when a task raises.
    """
    if workers < 1 or replications < 1:
        given = f"{workers} workers for {replications} replications"
        raise DescriptionError(f"{given}: there must be at least 1 of each")
    blocks = -(-replications // REPLICATIONS_PER_BLOCK)
    share = blocks if workers == 1 else blocks // (_TASKS_PER_WORKER * workers)
    each = min(_BLOCKS_PER_TASK, max(share, min(_LEAST_BLOCKS, -(-blocks // workers))))
    ranges = block_ranges(first, replications, each)
    report = _Report(replications, progress)
    if workers == 1 or len(ranges) == 1:
        return [report.after(task(*span), span[1]) for span in ranges]
    return _in_processes(task, ranges, min(workers, len(ranges)), report)


class _Report:
    """Counts what is done and tells whoever wants to know."""

    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def after(self, result: T, count: int) -> T:
        self.done += count
        if self.progress is not None:
            self.progress(self.done, self.total)
        return result


def _in_processes(
    task: Callable[[int, int], T], ranges: list[tuple[int, int]], workers: int, report: _Report
) -> list[T]:
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, _context(), initializer=_die_quietly)
    try:
        futures: dict[Future[T], int] = {pool.submit(task, *span): span[1] for span in ranges}
        for future in as_completed(futures):
            report.after(future.result(), futures[future])
        results = [future.result() for future in futures]
    except BaseException:
        for child in multiprocessing.active_children():
            if child not in others:
                child.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()
    return results


def _context() -> BaseContext:
    forks = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if forks else "spawn")


def _die_quietly() -> None:
    """In a worker: Ctrl-C ends it at once and without a traceback; the parent does the talking."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
