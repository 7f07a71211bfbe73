"""The harness itself: what it counts, in which order, and that the whole table runs."""

from __future__ import annotations

import pytest

from tests.benchmarks.harness import Timing, Workload, measure, peak_memory_mb, ratio_line
from tests.benchmarks.table import QUICK, Bench
from tests.benchmarks.workloads import OURS, PEAK_CODE


def test_workloads_take_turns_and_the_first_round_is_not_counted():
    calls = []

    def own_clock(name):
        def run():
            calls.append(name)
            return float(calls.count(name))

        return run

    timings = measure([Workload(n, 1.0, own_clock(n)) for n in "ab"], rounds=3)
    assert "".join(calls) == "baabbaab"
    assert [t.seconds for t in timings] == [(2.0, 3.0, 4.0)] * 2
    assert timings[0].median_s == 3.0


def test_a_workload_without_a_clock_is_timed_from_outside():
    (timing,) = measure([Workload("loop", 1.0, lambda: None)], rounds=2)
    assert all(seconds > 0 for seconds in timing.seconds)


def test_a_ratio_compares_speeds_and_not_times():
    ours = Timing(Workload("ours", 1000.0, lambda: None), (2.0,))
    theirs = Timing(Workload("theirs", 100.0, lambda: None), (1.0,))
    assert "5 x" in ratio_line(ours, theirs, 4.0, "speed")
    assert "met" in ratio_line(ours, theirs, 4.0, "speed")
    assert "MISSED" in ratio_line(ours, theirs, 6.0, "speed")


def test_peak_memory_is_the_childs_own():
    ballast = bytearray(300_000_000)  # ours: the child must not be charged for it
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert peak_memory_mb("pass") < 100
    assert peak_memory_mb("x = b'x' * 200_000_000") > 200


def test_a_failing_child_says_why():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        peak_memory_mb("1 / 0")


def test_keys_of_our_workloads_are_known():
    assert set(OURS) <= {"w4", "w4_outages", "one_crew", "w4_two_jobs"}
    assert all("{replications}" in code for code in PEAK_CODE.values())


def test_the_table_runs_and_says_what_it_did_not_measure(capsys):
    calls = dict.fromkeys(("w4", "one_crew", "w4_two_jobs"), lambda replications: None)
    bench = Bench(QUICK, ours=calls, peak_code={"nothing": "n = {replications}"})
    bench.speeds(None)
    bench.jobs(None)
    bench.memory()
    text = capsys.readouterr().out
    assert text.splitlines() == bench.lines
    assert "no C compiler" in text
    assert "not measured: no 'w4_outages'" in text
    assert "nothing, 200 replications" in text
