"""Work spread over processes: in order, whole, reported, and gone when told to go."""

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from simulator.errors import DescriptionError
from simulator.run.montecarlo.workers import block_ranges, map_blocks
from simulator.sample.luck import REPLICATIONS_PER_BLOCK

BLOCK = REPLICATIONS_PER_BLOCK


def span(first, count):
    return first, count, os.getpid()


def fails_at(bad, first, count):
    if first <= bad < first + count:
        raise DescriptionError(f"replication {bad} is bad")
    return count


@pytest.mark.parametrize(("first", "count"), [(0, 1), (0, 5 * BLOCK), (700, 9 * BLOCK + 3)])
@pytest.mark.parametrize("each", [1, 3])
def test_ranges_cover_all_and_end_on_block_boundaries(first, count, each):
    ranges = block_ranges(first, count, each)
    assert [r for start, n in ranges for r in range(start, start + n)] == list(
        range(first, first + count)
    )
    assert all((start + n) % BLOCK == 0 for start, n in ranges[:-1])
    assert all(n <= each * BLOCK for _, n in ranges)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_in_order_and_progress_in_the_parent(workers):
    said = []
    count = 40 * BLOCK + 5
    results = map_blocks(span, 3, count, workers, lambda done, total: said.append((done, total)))
    assert [r for start, n, _ in results for r in range(start, start + n)] == list(
        range(3, 3 + count)
    )
    assert said[-1] == (count, count)
    assert [done for done, _ in said] == sorted(done for done, _ in said)
    assert (os.getpid() in {pid for _, _, pid in results}) == (workers == 1)
    assert not multiprocessing.active_children()


def test_spawned_when_other_threads_run():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        results = map_blocks(span, 0, 2 * BLOCK, 2)
    finally:
        stop.set()
        thread.join()
    assert [r[:2] for r in results] == [(0, BLOCK), (BLOCK, BLOCK)]


def test_an_error_in_a_task_arrives_and_ends_the_workers():
    for workers in (1, 2):
        with pytest.raises(DescriptionError, match="replication 3000 is bad"):
            map_blocks(functools.partial(fails_at, 3000), 0, 20 * BLOCK, workers)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(("workers", "count"), [(0, 10), (1, 0), (-2, 5)])
def test_nothing_to_do_is_refused(workers, count):
    with pytest.raises(DescriptionError, match=f"{workers} workers for {count} replications"):
        map_blocks(span, 0, count, workers)


SLEEPER = """
    import os, sys, time
    from simulator.run.montecarlo.workers import map_blocks

    def nap(first, count):
        os.write(1, b"started\\n")  # one write, so that two workers do not mix theirs
        time.sleep(60)

    try:
        map_blocks(nap, 0, 100_000, 2)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(130)
"""


@pytest.mark.parametrize("whole_group", [True, False])
def test_ctrl_c_ends_workers_at_once_and_without_noise(whole_group):
    """As a terminal does it (to the whole group), and as `kill -INT` does it (the parent only)."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SLEEPER)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        heard = [program.stdout.readline() for _ in range(2)]
        time.sleep(0.2)
        if whole_group:
            os.killpg(program.pid, signal.SIGINT)
        else:
            os.kill(program.pid, signal.SIGINT)
        out, err = program.communicate(timeout=30)  # ends only when the workers let go of the pipe
    assert heard == ["started\n"] * 2
    assert program.returncode == 130
    assert out.endswith("interrupted\n")
    assert err == ""
