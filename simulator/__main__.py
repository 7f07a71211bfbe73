"""The command: ``python -m simulator SYSTEM`` answers, ``python -m simulator explain SYSTEM`` says who can.

SYSTEM is the name of a model of the catalogue or a TOML file. Errors in what the user wrote end with
exit code 2 and one message; nothing is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from simulator import __version__
from simulator.describe.files import load
from simulator.describe.paths import parse_setting
from simulator.describe.system import Scenario
from simulator.describe.units import parse_duration, parse_share
from simulator.errors import DescriptionError, SimulatorError

__all__ = ["main", "scenario_of"]


class _Parser(argparse.ArgumentParser):
    """Argument errors in the same form as all others."""

    def error(self, message: str) -> NoReturn:
        raise DescriptionError(message, "command line")


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    top = _Parser(prog="python -m simulator", description=__doc__.splitlines()[0], allow_abbrev=False)
    top.add_argument("system", help='a model of the catalogue, a TOML file, or "explain" before one of them')
    top.add_argument("of", nargs="?", help=argparse.SUPPRESS)
    top.add_argument("--engine", choices=("exact", "montecarlo", "auto"), help="one engine alone; default: all that can")
    top.add_argument("--horizon", help='length of a run, such as "10 y"; a bare number is seconds')
    top.add_argument("--replications", type=_count, help="independent histories (default 10,000)")
    top.add_argument("--precision", help='go on until the interval is this close, such as "5 %%"')
    top.add_argument("--seed", type=_seed, default=1, help="same seed, same numbers (default 1)")
    top.add_argument("--jobs", type=_count, default=1, help="processes (default 1)")
    top.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", dest="settings", help="change a value")
    top.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
    top.add_argument("--version", action="version", version=f"simulator {__version__}")
    return top


def _count(text: str) -> int:
    return _whole(text, 1)


def _seed(text: str) -> int:
    return _whole(text, 0)


def _whole(text: str, least: int) -> int:
    try:
        value = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        value = least - 1
    if value < least or value > 10**12:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least}")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 2 for an error in what was asked."""
    try:
        given = parser().parse_args(arguments)
        if given.system == "explain":
            return _explain(given)
        if given.of is not None:
            raise DescriptionError(f"one system at a time: {given.of!r} is too many", "command line")
        return _answer(given)
    except SimulatorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        return 130


def scenario_of(name: str, settings: Sequence[str] = (), horizon: str | None = None) -> Scenario:
    """A model of the catalogue or a TOML file, with ``PATH=VALUE`` settings applied.

    Raises
    ------
    DescriptionError
        With the file or the setting, and what is allowed.
    """
    looks_like_file = name.endswith(".toml") or "/" in name or Path(name).exists()
    if looks_like_file:
        scenario = load(name)
    else:
        from models import get  # the only place where the package looks into the catalogue

        scenario = get(name).build()
    for setting in settings:
        path, value = parse_setting(setting)
        try:
            scenario = scenario.set(path, value)
        except DescriptionError as error:
            raise DescriptionError(f"{error}", f"--set {setting}") from None
    if horizon is not None:
        try:
            scenario = scenario.set("horizon", parse_duration(_number_or_text(horizon)))
        except DescriptionError as error:
            raise DescriptionError(error.message, "--horizon") from None
    return scenario


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _answer(given: argparse.Namespace) -> int:
    from simulator.simulate import auto, availability

    if given.precision is not None and given.replications is not None:
        raise DescriptionError("either --precision or --replications, not both", "command line")
    if given.engine == "exact" and (given.precision or given.replications):
        raise DescriptionError("the exact engine has no replications and no precision", "--engine")
    scenario = scenario_of(given.system, given.settings, given.horizon)
    warn = _provisional(given.system)
    chosen = auto(scenario) if given.engine == "auto" else given.engine
    engines = ("analytic", "exact", "montecarlo") if chosen is None else ("analytic", chosen)
    precision = None if given.precision is None else _precision(given.precision)
    with _Progress() as progress:
        report = availability(
            scenario, seed=given.seed, replications=given.replications or 10_000, precision=precision, jobs=given.jobs,
            engines=engines, progress=progress,
        )  # fmt: skip
        steps = _steps(scenario, given, progress) if chosen is None else ()
    from simulator import report as pages

    if given.json:
        print(json.dumps(pages.as_json(report, steps), allow_nan=False))
    else:
        print(pages.as_text(report, steps, warn))
    return 0


def _precision(text: str) -> float:
    try:
        return parse_share(_number_or_text(text))
    except DescriptionError as error:
        raise DescriptionError(error.message, "--precision") from None


def _provisional(name: str) -> str:
    """A warning if the model has no second implementation yet."""
    if name.endswith(".toml") or "/" in name:
        return ""
    from models import get

    entry = get(name)
    return "" if entry.checked else f"note: the model {name} is provisional: nobody has written it a second time yet"


def _steps(scenario: Scenario, given: argparse.Namespace, progress: Any) -> Any:
    from simulator.describe.chain import Chain
    from simulator.gap import explain_gap
    from simulator.rules.ideal import departures

    if isinstance(scenario.system, Chain) or not departures(scenario):
        return ()
    return explain_gap(scenario, seed=given.seed, replications=min(given.replications or 10_000, 10_000), jobs=given.jobs, progress=progress)


def _explain(given: argparse.Namespace) -> int:
    from simulator import report as pages

    if given.of is None:
        raise DescriptionError("explain what? name a model or a file", "command line")
    print(pages.who_can(scenario_of(given.of, given.settings, given.horizon)))
    return 0


class _Progress:
    """A progress bar on standard error, if somebody is watching and it takes more than a moment."""

    def __enter__(self) -> _Progress:
        self.bar: Any = None
        return self

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        if self.bar is None or self.bar.total != total:
            from tqdm import tqdm

            self.__exit__()
            self.bar = tqdm(total=total, unit=" replications", delay=1.0, leave=False, file=sys.stderr)
        self.bar.update(done - self.bar.n)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


if __name__ == "__main__":
    sys.exit(main())
