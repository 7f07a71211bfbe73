"""Measuring speed and memory on a machine that has other things to do.

Speeds are only compared if they were measured in the same run, turn by turn: what slows one slows
the other. Each figure is a median, each ratio one of medians; the spread is shown beside it.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5

# One core: a linear-algebra library that spreads over all of them would flatter whoever calls it.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
ONE_THREAD = dict.fromkeys(_THREADS, "1")

# VmHWM is the peak of this very program. ru_maxrss is not: across fork and exec Linux hands down
# the parent's peak, so a small child of a large parent would look large. Elsewhere take ru_maxrss.
_PEAK = """
def _peak_bytes():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        import resource, sys
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(_peak_bytes())
"""


@dataclass(frozen=True, slots=True)
class Workload:
    """Something to be timed.

    Attributes
    ----------
    name : str
        The line it gets in the table.
    amount : float
        Work done by one call of `run`, in a unit that all workloads of one comparison share
        (replications here); speeds are amount per second.
    run : Callable[[], float | None]
        Does the work. Returns None, then the call is timed from outside; or the seconds it measured
        itself, such as those of a C program without the start of its process.
    """

    name: str
    amount: float
    run: Callable[[], float | None]


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of one workload, in seconds, in the order they were measured."""

    workload: Workload
    seconds: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """Median time of one call."""
        return statistics.median(self.seconds)

    @property
    def speed(self) -> float:
        """Amount of work per second, at the median time."""
        return self.workload.amount / self.median_s

    def __str__(self) -> str:
        """One line: median, fastest and slowest, speed."""
        low, high = min(self.seconds), max(self.seconds)
        return (
            f"{self.workload.name:<44} {self.median_s:9.4f} s ({low:.4f} .. {high:.4f}) "
            f"{self.speed:12,.0f} /s"
        )


def measure(workloads: Sequence[Workload], rounds: int = ROUNDS) -> list[Timing]:
    """Time all workloads in turn, `rounds` times; one round before that is not counted.

    The order turns round from one round to the next, so that nobody always runs after the same
    neighbour.
    """
    seconds: list[list[float]] = [[] for _ in workloads]
    for round_ in range(-1, rounds):
        order = list(enumerate(workloads))
        for index, workload in reversed(order) if round_ % 2 else order:
            taken = _time(workload)
            if round_ >= 0:
                seconds[index].append(taken)
    return [Timing(w, tuple(s)) for w, s in zip(workloads, seconds, strict=True)]


def _time(workload: Workload) -> float:
    start = perf_counter()
    own = workload.run()
    return perf_counter() - start if own is None else own


def ratio_line(ours: Timing, theirs: Timing, target: float, what: str) -> str:
    """How many times faster `ours` is than `theirs`, and whether that is enough."""
    ratio = ours.speed / theirs.speed
    return target_line(what, ratio, target, ratio >= target, "x")


def target_line(what: str, value: float, target: float, met: bool, unit: str) -> str:
    """One line of the verdict: a figure, what it should be, and whether it is."""
    verdict = "met" if met else "MISSED"
    return f"{what:<58} {value:8.3g} {unit:<2} (target {target:g} {unit}: {verdict})"


def peak_memory_mb(code: str) -> float:
    """Peak resident memory of a fresh Python process that runs `code`, in MB (1e6 bytes).

    The process starts in the checkout, on one thread; what it prints is dropped.

    Raises
    ------
    RuntimeError
        The code failed; the message carries its traceback.
    """
    return float(_fresh_python(code + _PEAK).splitlines()[-1]) / 1e6


def import_seconds(module: str) -> tuple[float, list[str]]:
    """Time of a first import in a fresh process, and which heavy packages it dragged in."""
    code = (
        "import time, sys; start = time.perf_counter(); "
        f"import {module}; print(time.perf_counter() - start); "
        "print(*{'pandas', 'scipy', 'simpy', 'matplotlib'} & set(sys.modules))"
    )
    first, *rest = _fresh_python(code).splitlines()
    return float(first), " ".join(rest).split()


def _fresh_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"a fresh process failed:\n{done.stderr}")
    return done.stdout


def machine_lines() -> list[str]:
    """What the figures were measured on: processor, cores, system and versions."""
    packages = ", ".join(f"{name} {_version(name)}" for name in ("numpy", "scipy", "simpy"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        f"{_processor()}, {cores} cores for this process, {_load()}",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {packages}",
    ]


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _load() -> str:
    if not hasattr(os, "getloadavg"):
        return "load unknown"
    return f"load before the run {os.getloadavg()[0]:.1f}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
