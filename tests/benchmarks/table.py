"""The benchmark's table: our engine beside plain C and plain SimPy, all in one run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from tests.benchmarks.baseline import limit_w4, simpy_tutorial
from tests.benchmarks.harness import (
    ROUNDS,
    Timing,
    Workload,
    import_seconds,
    machine_lines,
    measure,
    peak_memory_mb,
    ratio_line,
    target_line,
)
from tests.benchmarks.traffic_table import QUICK_TRAFFIC, TrafficSizes, traffic_lines
from tests.benchmarks.workloads import OURS, PEAK_CODE

SEED = 1
C_TARGET = 0.45
TUTORIAL_TARGET = 20.0
ONE_CREW_TARGET = 10.0
PEAK_TARGET_MB = 120.0
IMPORT_TARGET_S = 0.4
GAIN_TARGET = 0.9
JOB_S = 20.0

Call = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much work each part does; `QUICK` shows in seconds that everything runs."""

    replications: int = 10_000
    simpy_replications: int = 300
    peak: tuple[int, ...] = (10_000, 100_000)
    job_s: float = JOB_S
    rounds: int = ROUNDS
    traffic: TrafficSizes = field(default_factory=TrafficSizes)


QUICK = Sizes(200, 5, (200,), 0.05, 2, QUICK_TRAFFIC)


@dataclass(slots=True)
class Bench:
    """One run of the whole table; `lines` grows as it goes and is printed at once."""

    sizes: Sizes = field(default_factory=Sizes)
    ours: Mapping[str, Call] = field(default_factory=lambda: OURS)
    peak_code: Mapping[str, str] = field(default_factory=lambda: PEAK_CODE)
    lines: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Measure and print everything."""
        self.say(*machine_lines())
        with limit_w4.built() as binary:
            self.speeds(binary)
            self.jobs(binary)
        for line in traffic_lines(self.sizes.traffic):
            self.say(line)
        self.memory()
        self.imports()

    def speeds(self, binary: Path | None) -> None:
        """Speed of all programs, interleaved, and their ratios."""
        self.say("", f"Ten-year replications per second, one core, medians of {self.sizes.rounds}:")
        workloads = {**_baselines(self.sizes, binary), **self._own()}
        timings = dict(
            zip(workloads, measure(list(workloads.values()), self.sizes.rounds), strict=True)
        )
        self.say(*(f"  {timing}" for timing in timings.values()), "")
        if binary is None:
            self.say(f"  C: {limit_w4.NO_COMPILER}")
        self.ratio(timings, "w4", "c", C_TARGET, "w4 through the public call / C")
        self.ratio(timings, "w4_outages", "c", C_TARGET, "... with outage list and causes / C")
        self.ratio(timings, "w4", "simpy_w4", TUTORIAL_TARGET, "w4 / SimPy as in its tutorial")
        self.ratio(
            timings, "one_crew", "simpy_crew", ONE_CREW_TARGET, "2 of 3 with one crew / SimPy"
        )

    def ratio(
        self, timings: Mapping[str, Timing], own: str, other: str, target: float, what: str
    ) -> None:
        """One ratio, or the reason why there is none."""
        absent = next((key for key in (own, other) if key not in timings), None)
        if absent is None:
            self.say("  " + ratio_line(timings[own], timings[other], target, what))
        else:
            self.say(f"  {what:<58} not measured: no '{absent}'")

    def jobs(self, binary: Path | None) -> None:
        """Gain of two processes, ours beside that of two C processes on the same machine."""
        self.say(
            "", f"Two processes instead of one, a job of {self.sizes.job_s:g} s, medians of three:"
        )
        if binary is None or not {"w4", "w4_two_jobs"} <= set(self.ours):
            reason = limit_w4.NO_COMPILER if binary is None else "no 'w4' and 'w4_two_jobs'"
            self.say(f"  not measured: {reason}")
            return
        c_replications = _replications_for(
            lambda n: limit_w4.run_limit(binary, n, SEED), self.sizes
        )
        own_replications = _replications_for(self.ours["w4"], self.sizes)
        gains = [
            (limit_w4.gain_of_two(binary, c_replications, SEED), self._own_gain(own_replications))
            for _ in range(3)
        ]
        c_gain, own_gain = (statistics.median(column) for column in zip(*gains, strict=True))
        share = own_gain / c_gain
        self.say(f"  C {c_gain:.2f} times as fast, ours {own_gain:.2f} times")
        met = share >= GAIN_TARGET
        self.say("  " + target_line("ours / C", share, GAIN_TARGET, met, "x"))

    def memory(self) -> None:
        """Peak memory of fresh processes."""
        self.say("", "Peak memory of a fresh process:")
        if not self.peak_code:
            self.say("  not measured: no 'PEAK_CODE'")
        for name, code in self.peak_code.items():
            for replications in self.sizes.peak:
                peak = peak_memory_mb(code.replace("{replications}", str(replications)))
                what = f"{name}, {replications:,} replications"
                self.say(
                    "  " + target_line(what, peak, PEAK_TARGET_MB, peak <= PEAK_TARGET_MB, "MB")
                )

    def imports(self) -> None:
        """Time of `import simulator` beside that of NumPy alone, in fresh processes."""
        self.say("", f"First import in a fresh process, medians of {self.sizes.rounds}:")
        pairs = [
            (import_seconds("simulator"), import_seconds("numpy")) for _ in range(self.sizes.rounds)
        ]
        seconds = statistics.median(own for (own, _), _ in pairs)
        numpy_s = statistics.median(base for _, (base, _) in pairs)
        heavy = pairs[0][0][1]
        self.say(
            "  "
            + target_line(
                "import simulator", seconds, IMPORT_TARGET_S, seconds < IMPORT_TARGET_S, "s"
            )
        )
        self.say(
            f"  of which NumPy {numpy_s:.3f} s; heavy packages loaded: {', '.join(heavy) or 'none'}"
        )

    def say(self, *lines: str) -> None:
        """Print lines and keep them."""
        self.lines.extend(lines)
        for line in lines:
            print(line, flush=True)

    def _own(self) -> dict[str, Workload]:
        n = self.sizes.replications
        return {
            key: Workload(f"ours: {key}", n, lambda call=call: call(n))  # type: ignore[misc]
            for key, call in self.ours.items()
            if key != "w4_two_jobs"
        }

    def _own_gain(self, replications: int) -> float:
        alone = _seconds(lambda: self.ours["w4"](replications))
        return alone / _seconds(lambda: self.ours["w4_two_jobs"](replications))


def _baselines(sizes: Sizes, binary: Path | None) -> dict[str, Workload]:
    found: dict[str, Workload] = {}
    if binary is not None:
        found["c"] = Workload(
            "C, binary heap: w4",
            sizes.replications,
            lambda: limit_w4.run_limit(binary, sizes.replications, SEED).seconds,
        )
    for key, name, program in (
        ("simpy_w4", "SimPy, as in its tutorial: w4", simpy_tutorial.web_service),
        ("simpy_crew", "SimPy, Resource: 2 of 3, one crew", simpy_tutorial.two_of_three_one_crew),
    ):
        found[key] = Workload(name, sizes.simpy_replications, _simpy(program, sizes))
    return found


def _simpy(program: Callable[..., object], sizes: Sizes) -> Callable[[], None]:
    def run() -> None:
        program(sizes.simpy_replications, np.random.default_rng(SEED))

    return run


def _replications_for(run: Callable[[int], object], sizes: Sizes) -> int:
    """Replications that take about `job_s`, an even number, judged by a short run of the same."""
    seconds = _seconds(lambda: run(sizes.replications))
    return 2 * max(1, round(sizes.replications * sizes.job_s / seconds / 2))


def _seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start
