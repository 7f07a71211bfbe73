"""Many runs of requests, in this process or in several: the same results in the same order."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from experiments.running import Progress

__all__ = ["each", "iterate"]

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
    return list(iterate(task, items, jobs, what))


def iterate(task: Callable[[T], R], items: Sequence[T], jobs: int, what: str) -> Iterator[R]:
    """The same, one after the other as they are there."""
    progress = Progress(what)
    if jobs == 1 or len(items) < 2:
        for number, item in enumerate(items, start=1):
            yield task(item)
            progress(number, len(items))
        return
    method = "fork" if sys.platform == "linux" else "spawn"
    with ProcessPoolExecutor(jobs, multiprocessing.get_context(method)) as pool:
        for number, result in enumerate(pool.map(task, items), start=1):
            yield result
            progress(number, len(items))
