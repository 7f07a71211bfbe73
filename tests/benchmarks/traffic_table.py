"""The part of the table about request traffic: our engine beside idiomatic SimPy, in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import process_time

import numpy as np

from simulator import Scenario
from tests.benchmarks.baseline import simpy_program_c, simpy_w3
from tests.benchmarks.harness import (
    Timing,
    Workload,
    measure,
    peak_memory_mb,
    ratio_line,
    target_line,
)
from tests.benchmarks.traffic_workloads import (
    RATE,
    SCENARIOS,
    TRAFFIC_PEAK,
    rows,
    slow_spell,
    sums,
    with_controllers,
)

SEED = 1
W3_TARGET = 2.0
PROGRAM_C_TARGET = 1.5
GROWTH_TARGET = 1.05


@dataclass(frozen=True, slots=True)
class TrafficSizes:
    """Seconds of simulated time of each part; `QUICK_TRAFFIC` only shows that everything runs."""

    w3_s: float = 10.0
    program_c_s: float = 30.0
    peak_s: tuple[float, float] = (60.0, 600.0)
    w3_rounds: int = 15
    program_c_rounds: int = 5


QUICK_TRAFFIC = TrafficSizes(0.5, 0.5, (0.5, 1.0), 1, 1)


def traffic_lines(sizes: TrafficSizes) -> Iterator[str]:
    """Everything, measured as it is asked for."""
    yield from speed_lines(sizes)
    yield from controller_lines(sizes)
    yield from memory_lines(sizes)


def speed_lines(sizes: TrafficSizes) -> Iterator[str]:
    """Requests per CPU second, and the ratios.

    CPU seconds, since a run holds one thread and the machine may have other things to do; the start
    of a SimPy program and of ours, such as a million cumulated shares of keys, is part of it.
    """
    yield ""
    yield f"Requests per CPU second, medians of {sizes.w3_rounds} and of {sizes.program_c_rounds}:"
    for name, horizon_s, target, theirs, rounds in (
        ("w3", sizes.w3_s, W3_TARGET, _simpy_w3, sizes.w3_rounds),
        (
            "program_c",
            sizes.program_c_s,
            PROGRAM_C_TARGET,
            _simpy_program_c,
            sizes.program_c_rounds,
        ),
    ):
        scenario = SCENARIOS[name](horizon_s)
        timings = _timed(name, horizon_s, scenario, theirs, rounds)
        yield from (f"  {timing}" for timing in timings)
        yield f"  {name}: {_per_piece(timings[0], scenario)}"
        yield "  " + ratio_line(timings[0], timings[2], target, f"{name} with all rows / SimPy")
        yield "  " + ratio_line(timings[1], timings[2], target, f"{name} with sums / SimPy")


def controller_lines(sizes: TrafficSizes) -> Iterator[str]:
    """What controllers cost that have nothing to do: a run with them is conducted, step by step."""
    amount, rounds = RATE * sizes.program_c_s, sizes.program_c_rounds
    timings = measure(
        [
            Workload(f"program_c, {name}", amount, _cpu(partial(rows, scenario, SEED)))
            for name, scenario in with_controllers(sizes.program_c_s).items()
        ],
        rounds,
    )
    yield ""
    yield f"Requests per CPU second with controllers, medians of {rounds}, and times that of none:"
    for timing in timings:
        yield f"  {timing}, {timing.median_s / timings[0].median_s:.3f}"


def memory_lines(sizes: TrafficSizes) -> Iterator[str]:
    """Peak memory of fresh processes that keep sums only, at two horizons."""
    yield ""
    yield "Peak memory of a fresh process, w3 with sums:"
    peaks = [
        peak_memory_mb(TRAFFIC_PEAK.replace("{horizon_s}", str(length))) for length in sizes.peak_s
    ]
    for length, peak in zip(sizes.peak_s, peaks, strict=True):
        yield f"  {length:g} s, {length * RATE:,.0f} requests: {peak:.1f} MB"
    growth, times = peaks[1] / peaks[0], sizes.peak_s[1] / sizes.peak_s[0]
    what = f"memory for {times:g} times the horizon"
    yield "  " + target_line(what, growth, GROWTH_TARGET, growth <= GROWTH_TARGET, "x")


def _timed(
    name: str, horizon_s: float, scenario: Scenario, theirs: Callable[[float], object], rounds: int
) -> list[Timing]:
    amount = RATE * horizon_s
    return measure(
        [
            Workload(f"ours: {name}", amount, _cpu(lambda: rows(scenario, SEED))),
            Workload(f"ours: {name}, sums", amount, _cpu(lambda: sums(scenario, SEED))),
            Workload(
                f"SimPy, a process per request: {name}", amount, _cpu(lambda: theirs(horizon_s))
            ),
        ],
        rounds,
    )


def _cpu(run: Callable[[], object]) -> Callable[[], float]:
    def timed() -> float:
        start = process_time()
        run()
        return process_time() - start

    return timed


def _per_piece(timing: Timing, scenario: Scenario) -> str:
    seen = rows(scenario, SEED)
    requests, attempts = len(seen.requests["number"]), len(seen.attempts["id"])
    return (
        f"{timing.median_s / requests * 1e6:.1f} us per request, "
        f"{timing.median_s / attempts * 1e6:.1f} us per attempt ({attempts / requests:.2f} of them)"
    )


def _simpy_w3(horizon_s: float) -> None:
    simpy_w3.client_with_breaker(horizon_s, np.random.default_rng(SEED))


def _simpy_program_c(horizon_s: float) -> None:
    simpy_program_c.web_service(horizon_s, np.random.default_rng(SEED), slow_spell(horizon_s))
