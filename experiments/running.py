"""What every experiment's command does: arguments, tables, pictures, files, a short table to read.

An experiment is a module with ``run(*, seed, quick, jobs, settings) -> tables``,
``summarise(tables) -> DataFrame`` and ``draw(tables) -> {file name: Figure}``; `draw` needs nothing but
the tables, so a picture can be made again from the CSV files. ``FORMATS``, if there is one, names the
columns of the summary whose numbers are said in words: "duration" (seconds), "availability" (of an
unavailability) or "percent" (of a share). ``remarks(tables)``, if there is one, gives sentences to print
below it. ``arguments(parser)``, if there is one, adds options of its own, which `run` gets by name; such a
run goes to results/own unless it is told where, or the option is named in ``USUAL``.
"""

from __future__ import annotations

import argparse
import math
import os
import shlex
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from simulator.describe.paths import parse_setting
from simulator.describe.system import Scenario
from simulator.describe.units import format_duration, parse_duration
from simulator.errors import DescriptionError, NotSupported, SimulatorError
from simulator.tables import Provenance, read_tables, write_tables

if TYPE_CHECKING:
    import pandas as pd

    from simulator.run.montecarlo.results import BulkResult

__all__ = ["Progress", "changed", "main", "quantities", "simulated_row"]

Tables = Mapping[str, "pd.DataFrame"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise DescriptionError(message, "command line")


def _parser(name: str, question: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=f"python -m experiments.{name}", description=question, allow_abbrev=False)
    parser.add_argument(
        "--quick", action="store_true", help="a small version that ends within seconds"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", help="where to write; default: results/NAME")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", dest="settings")
    return parser


def main(module: ModuleType, arguments: Sequence[str] | None = None) -> int:
    """Run an experiment from the command line; 0, or 2 for an error in what was asked."""
    name = Path(module.__file__ or "experiment").stem
    question = (module.__doc__ or "").splitlines()[0]
    try:
        parser = _parser(name, question)
        common = set(vars(parser.parse_args([])))
        if hasattr(module, "arguments"):
            module.arguments(parser)
        given = parser.parse_args(arguments)
        own = {key: value for key, value in vars(given).items() if key not in common}
        usual = getattr(module, "USUAL", ())
        asked = any(parser.get_default(k) != v for k, v in own.items() if k not in usual)
        if given.seed < 0 or given.jobs < 1:
            raise DescriptionError(
                f"--seed {given.seed} --jobs {given.jobs}: at least 0 and 1", "command line"
            )
        out = _place(name, given, asked or (bool(own) and bool(given.settings)))
        begun = time.perf_counter()
        tables = module.run(
            seed=given.seed, quick=given.quick, jobs=given.jobs, settings=tuple(given.settings), **own
        )
        elapsed = time.perf_counter() - begun
        _write(
            module,
            out,
            tables,
            Provenance(_command(name, arguments), given.seed, elapsed, given.settings),
        )
    except SimulatorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: what was written before is as it was", file=sys.stderr)
        return 130
    print(question)
    print(_text(module.summarise(tables), getattr(module, "FORMATS", {})))
    for remark in module.remarks(tables) if hasattr(module, "remarks") else ():
        print(textwrap.fill(remark, 110, initial_indent="- ", subsequent_indent="  "))
    print(f"written to {out} in {elapsed:.1f} s")
    return 0


def _place(name: str, given: argparse.Namespace, own: bool) -> Path:
    """The output directory, known to be writable before any work is done."""
    default = Path("results") / (f"own/{name}" if own else f"quick/{name}" if given.quick else name)
    out = Path(given.out) if given.out else default
    blocked = next((p for p in (out, *out.parents) if p.exists()), Path())
    if not blocked.is_dir() or not os.access(blocked, os.W_OK):
        raise DescriptionError(f"{str(out)!r} cannot be written: {blocked} is in the way", "--out")
    return out


def _command(name: str, arguments: Sequence[str] | None) -> str:
    words = list(sys.argv[1:] if arguments is None else arguments)
    return shlex.join(["python", "-m", f"experiments.{name}", *words])


def _write(module: ModuleType, out: Path, tables: Tables, provenance: Provenance) -> None:
    """Tables first; the pictures are drawn from what was written, so they show just that."""
    from simulator.show.style import save

    write_tables(out, {**tables, "summary": module.summarise(tables)}, provenance)
    written = {name: table for name, table in read_tables(out).items() if name in tables}
    for file, figure in module.draw(written).items():
        save(figure, out / file)


def _text(summary: pd.DataFrame, formats: Mapping[str, str]) -> str:
    """The summary for people; `formats` says which columns are times or availabilities."""
    from simulator.show.text import text_table

    rows = [
        {k: _cell(v, formats.get(str(k), "")) for k, v in row.items()}
        for row in summary.to_dict("records")
    ]
    heads = {c: _head(str(c), formats.get(str(c), "")) for c in summary.columns}
    return text_table(rows, heads)


def _head(column: str, kind: str) -> str:
    """The name of a column; a unit that its cells carry is left out."""
    words = column.replace("_s_", "_").removesuffix("_s") if kind == "duration" else column
    return words.replace("_", " ")


def _cell(value: Any, kind: str) -> str:
    from simulator.show.text import format_availability

    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return ""
    if kind == "duration":
        return format_duration(value)
    if kind == "percent":
        return f"{100 * value:.4g} %"
    return format_availability(value) if kind == "availability" else f"{value:.5g}"


def quantities(settings: Sequence[str], defaults: Mapping[str, float]) -> dict[str, float]:
    """Named times in seconds with ``NAME=VALUE`` settings applied, for experiments without a scenario."""
    values = dict(defaults)
    for setting in settings:
        name, value = parse_setting(setting)
        if name not in values:
            raise DescriptionError(f"{name!r}: allowed are {', '.join(values)}", "--set")
        if not (seconds := parse_duration(value)) > 0:
            raise DescriptionError(f"{value!r}: {name} is a time above 0", "--set")
        values[name] = seconds
    return values


def changed(scenario: Scenario, settings: Sequence[str]) -> Scenario:
    """The scenario with ``PATH=VALUE`` settings applied."""
    for setting in settings:
        scenario = scenario.set(*parse_setting(setting))
    return scenario


def simulated_row(described: Scenario, samples: BulkResult) -> dict[str, Any]:
    """Unavailability by Monte-Carlo beside the exact mean over the same horizon.

    Returns
    -------
    dict
        Keys estimate, low, high, failures, replications, exact_over_horizon, z, method; NaN where
        there is no exact answer, or no z because only a bound is known.
    """
    from simulator.measure.availability import unavailability_estimate
    from simulator.run.exact.solver import Solver

    tally = samples.system
    found = unavailability_estimate(tally.down_s, tally.failures, samples.horizon_s)
    try:
        known = Solver(described).mean_unavailability(described.horizon)
    except NotSupported:
        known = math.nan
    return {
        "estimate": found.value, "low": found.low, "high": found.high, "failures": int(tally.failures.sum()),
        "replications": samples.replications, "exact_over_horizon": known, "z": found.z(known), "method": found.method,
    }  # fmt: skip


class Progress:
    """A progress bar on standard error, if somebody is watching."""

    def __init__(self, what: str) -> None:
        self.what, self.bar = what, None

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        from tqdm import tqdm

        bar: Any = self.bar
        if bar is None or bar.total != total:
            bar = self.bar = tqdm(total=total, desc=self.what, delay=1.0, leave=False)
        bar.update(done - bar.n)
