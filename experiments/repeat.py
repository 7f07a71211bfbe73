"""Many runs of requests, in this process or in several: the same results in the same order."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from experiments.running import Progress

__all__ = ["each"]

T = TypeVar("T")
R = TypeVar("R")


def each(task: Callable[[T], R], items: Sequence[T], jobs: int, what: str) -> list[R]:
    """Results of ``task(item)``, in the order of the items.

    Parameters
    ----------
    task : callable
        A function of a module: other processes are sent its name.
    items : sequence
    jobs : int
        Processes; 1 = this one.
    what : str
        Said beside the progress bar.
    """
    progress, results = Progress(what), []
    if jobs == 1 or len(items) < 2:
        for item in items:
            results.append(task(item))
            progress(len(results), len(items))
        return results
    method = "fork" if sys.platform == "linux" else "spawn"
    with ProcessPoolExecutor(jobs, multiprocessing.get_context(method)) as pool:
        for result in pool.map(task, items):
            results.append(result)
            progress(len(results), len(items))
    return results
