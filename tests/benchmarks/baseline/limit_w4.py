"""Compiles the C yardstick into a temporary directory and runs it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

SOURCE = Path(__file__).with_suffix(".c")
NO_COMPILER = "no C compiler found (cc, gcc, clang, or the one CC names): nothing to compare with"


@dataclass(frozen=True, slots=True)
class LimitRun:
    """One run of the C program.

    Attributes
    ----------
    seconds : float
        Wall time of the simulation, measured inside the program, without the start of the process.
    replications : int
        Replications of ten years.
    changes : int
        Failures and repairs of members, all replications together.
    mean_down_h, sd_down_h : float
        Mean and standard deviation of the hours down per replication.
    outages : int
        System failures, all replications together.
    """

    seconds: float
    replications: int
    changes: int
    mean_down_h: float
    sd_down_h: float
    outages: int


def find_compiler() -> list[str] | None:
    """Command line of a C compiler, or None. ``CC`` decides if it is set, options included."""
    wanted = os.environ.get("CC")
    for candidate in [wanted] if wanted else ["cc", "gcc", "clang"]:
        words = shlex.split(candidate)
        if words and shutil.which(words[0]):
            return words
    return None


def build(folder: Path) -> Path | None:
    """Compile the program into `folder`.

    Returns
    -------
    Path or None
        The executable; None without a compiler.

    Raises
    ------
    RuntimeError
        The compiler refused the source; the message carries what it said.
    """
    compiler = find_compiler()
    if compiler is None:
        return None
    binary = folder / "limit_w4"
    command = [*compiler, "-O3", "-march=native", str(SOURCE), "-lm", "-o", str(binary)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)} failed:\n{done.stderr}")
    return binary


@contextmanager
def built() -> Iterator[Path | None]:
    """The executable for the time of a ``with`` block; None without a compiler."""
    with tempfile.TemporaryDirectory(prefix="limit-w4-") as folder:
        yield build(Path(folder))


def run_limit(binary: Path, replications: int, seed: int) -> LimitRun:
    """Run the program once. At least 2 replications."""
    return _read(_start(binary, replications, seed))


def gain_of_two(binary: Path, replications: int, seed: int) -> float:
    """How much faster two processes with half the replications each are than one with all of them.

    Wall time from start to the end of the last process, so 2.0 is a machine with two idle cores.
    """
    start = perf_counter()
    run_limit(binary, replications, seed)
    alone_s = perf_counter() - start
    start = perf_counter()
    pair = [_start(binary, replications // 2, seed + k) for k in (1, 2)]
    for process in pair:
        _read(process)
    return alone_s / (perf_counter() - start)


def _start(binary: Path, replications: int, seed: int) -> subprocess.Popen[str]:
    command = [str(binary), str(replications), str(seed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _read(process: subprocess.Popen[str]) -> LimitRun:
    output, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{process.args!r} ended with code {process.returncode}")
    return LimitRun(**json.loads(output))
