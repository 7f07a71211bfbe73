"""The command: ``python -m simulator SYSTEM`` answers, ``... explain SYSTEM`` says who can.

SYSTEM is a model of the catalogue or a TOML file; ``... schema`` prints the JSON Schema of such
files. An error in what was asked ends with exit code 2 and one line on standard error.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from simulator import __version__
from simulator.describe.files import load
from simulator.describe.paths import parse_setting
from simulator.describe.system import Scenario
from simulator.describe.units import parse_share
from simulator.describe.wording import shown
from simulator.errors import DescriptionError, SimulatorError
from simulator.show.progress import Progress

__all__ = ["main", "scenario_of"]

ENGINES = ("exact", "montecarlo", "auto")
_LONGEST = 1_000  # characters of an error message; the middle of a longer one is left out


class _Parser(argparse.ArgumentParser):
    """Argument errors in the same form as all others."""

    def error(self, message: str) -> NoReturn:
        raise DescriptionError(message.removeprefix("argument "), "command line")


class _Once(argparse.Action):
    """An option that may be given one time only: of two values one would be ignored."""

    def __call__(self, parser: Any, namespace: Any, value: Any, option: Any = None) -> None:
        before = getattr(namespace, self.dest)
        if before is not None:
            raise DescriptionError(f"given twice: {shown(before)} and {shown(value)}", str(option))
        setattr(namespace, self.dest, value)


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    about = (__doc__ or "").replace("`", "")
    top = _Parser(prog="python -m simulator", description=about, allow_abbrev=False)
    top.add_argument("system", nargs="?", help="a model, a TOML file, explain or schema")
    top.add_argument("of", nargs="?", help=argparse.SUPPRESS)
    for option, read, text in (
        ("--engine", _engine, f"one alone: {', '.join(ENGINES)}; default: all that can"),
        ("--horizon", str, 'length of a run, such as "10 y"; a bare number is seconds'),
        ("--replications", _whole(1, 10_000_000), "independent histories (default 10,000)"),
        ("--precision", str, 'go on until the interval is this close, such as "5 %%"'),
        ("--seed", _whole(0, 2**64 - 1), "same seed, same numbers (default 1)"),
        ("--jobs", _whole(1, 256), "processes (default 1)"),
    ):
        top.add_argument(option, type=read, help=text, action=_Once)
    change = "change a value, such as pools.db.members=2; none takes a part away"
    top.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", dest="settings", help=change
    )
    top.add_argument("--json", action="store_true", help="one JSON object on standard output")
    top.add_argument("--version", action="version", version=f"simulator {__version__}")
    return top


def _engine(text: str) -> str:
    if text not in ENGINES:
        raise argparse.ArgumentTypeError(f"{shown(text)}: allowed are {', '.join(ENGINES)}")
    return text


def _whole(least: int, most: int) -> Any:
    """Reader of a whole number from `least` to `most`."""

    def read(text: str) -> int:
        digits = text.replace("_", "").replace(",", "")
        value = int(digits) if re.fullmatch("[0-9]{1,30}", digits) else -1
        if not least <= value <= most:
            message = f"{shown(text)} is not a whole number from {least:,} to {most:,}"
            raise argparse.ArgumentTypeError(message)
        return value

    return read


def _joined(arguments: Sequence[str]) -> list[str]:
    """``--horizon -5h`` as ``--horizon=-5h``: a value to judge, not an option."""
    joined: list[str] = []
    for text in arguments:
        before = joined[-1] if joined else ""
        if re.match(r"-[0-9.]", text) and before.startswith("--") and "=" not in before:
            joined[-1] = f"{before}={text}"
        else:
            joined.append(text)
    return joined


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 2 for an error in what was asked."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that a terminal cannot show is no error
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except SimulatorError as error:
        return _failed(str(error))
    except (MemoryError, RecursionError) as error:
        lack = "memory" if isinstance(error, MemoryError) else "depth"
        return _failed(f"the system is too large to be answered: not enough {lack}")
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        _forget_output()
        return 0
    except OSError as error:
        _forget_output()
        return _failed(f"the output cannot be written: {error.strerror}")
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        return 130


def _failed(message: str) -> int:
    """Say what is wrong in one line."""
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST // 2]} ... {line[-_LONGEST // 2 :]}"
    print(f"error: {line}", file=sys.stderr)
    return 2


def _forget_output() -> None:
    """Let Python's own flush at the end go nowhere (see the note on SIGPIPE in its manual)."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:  # a standard output without a file behind it
        return


def _run(arguments: Sequence[str]) -> int:
    try:
        given = parser().parse_args(_joined(arguments))
    except SystemExit:  # --help and --version have said what was asked
        return 0
    if given.system is None:
        from models import names

        message = f"which system? a TOML file or one of the models {', '.join(names())}"
        raise DescriptionError(message, "command line")
    if given.system in ("explain", "schema"):
        for name in ("engine", "replications", "precision", "seed", "jobs", "json"):
            if (value := getattr(given, name)) not in (None, False):
                message = f"{shown(value)} contradicts {given.system}, which runs nothing"
                raise DescriptionError(message, f"--{name}")
        return _explain(given) if given.system == "explain" else _schema(given)
    if given.of is not None:
        message = f"one system at a time: {shown(given.of)} is too many"
        raise DescriptionError(message, "command line")
    return _answer(given)


def scenario_of(name: str, settings: Sequence[str] = (), horizon: str | None = None) -> Scenario:
    """A model of the catalogue or a TOML file, with ``PATH=VALUE`` settings applied.

    Raises
    ------
    DescriptionError
        With the file or the setting, and what is allowed.
    """
    if _is_file(name):
        scenario = load(name)
    else:
        from models import get

        try:
            scenario = get(name).build()
        except DescriptionError as error:
            raise DescriptionError(f"{error.message}, or a TOML file", error.where) from None
    done = set() if horizon is None else {"horizon"}
    for setting in settings:
        path, value = parse_setting(setting)
        if path in done:
            raise DescriptionError(f"{path} is set twice", f"--set {setting}")
        done.add(path)
        scenario = _set(scenario, path, value, f"--set {setting}")
    if horizon is not None:
        scenario = _set(scenario, "horizon", horizon, f"--horizon {horizon}")
    return scenario


def _set(scenario: Scenario, path: str, value: Any, option: str) -> Scenario:
    try:
        return scenario.set(path, value)
    except DescriptionError as error:
        raise DescriptionError(str(error), option) from None


def _is_file(name: str) -> bool:
    """Whether `name` means a file: by its form, or because there is one."""
    try:
        return name.endswith(".toml") or "/" in name or (name != "" and Path(name).exists())
    except OSError:  # a name too long for any file
        return False


def _answer(given: argparse.Namespace) -> int:
    from simulator import report as pages
    from simulator.rules.effort import check_effort
    from simulator.simulate import auto, availability

    precision = _histories(given)
    scenario = scenario_of(given.system, given.settings, given.horizon)
    how: dict[str, Any] = {"seed": 1 if given.seed is None else given.seed, "jobs": given.jobs or 1}
    count = given.replications or 10_000
    chosen = auto(scenario) if given.engine == "auto" else given.engine
    engines = ("analytic", "exact", "montecarlo") if chosen is None else ("analytic", chosen)
    if "montecarlo" in engines:
        check_effort(scenario, count, given.system)
    with Progress() as progress:
        report = availability(
            scenario, replications=count, precision=precision, engines=engines, progress=progress, **how
        )  # fmt: skip
        steps = _steps(scenario, count, progress, how) if chosen is None else ()
    if given.json:
        print(json.dumps(pages.as_json(report, steps), allow_nan=False))
    else:
        print(pages.as_text(report, steps, _provisional(given.system)))
    return 0


def _histories(given: argparse.Namespace) -> float | None:
    """The precision asked for; raise if options about histories contradict each other."""
    if given.precision is not None and given.replications is not None:
        message = f"contradicts --replications {given.replications}: give one of the two"
        raise DescriptionError(message, f"--precision {given.precision}")
    for name in ("precision", "replications"):
        if given.engine == "exact" and (value := getattr(given, name)) is not None:
            raise DescriptionError("the exact engine runs no histories", f"--{name} {value}")
    if given.precision is None:
        return None
    option = f"--precision {given.precision}"
    try:
        share = parse_share(given.precision)
    except DescriptionError as error:
        raise DescriptionError(error.message, option) from None
    if not 0 < share < 1:
        raise DescriptionError("allowed is a share above 0 and below 1, such as 5 %", option)
    return share


def _provisional(name: str) -> str:
    """A warning if the model has no second implementation yet."""
    if _is_file(name):
        return ""
    from models import get

    note = f"note: the model {name} is provisional: nobody has written it a second time yet"
    return "" if get(name).checked else note


def _steps(scenario: Scenario, count: int, progress: Any, how: dict[str, Any]) -> Any:
    from simulator.describe.chain import Chain
    from simulator.gap import explain_gap
    from simulator.rules.ideal import departures

    if isinstance(scenario.system, Chain) or not departures(scenario):
        return ()
    return explain_gap(scenario, replications=min(count, 10_000), progress=progress, **how)


def _explain(given: argparse.Namespace) -> int:
    from simulator import report as pages

    if given.of is None:
        raise DescriptionError("explain what? name a model or a file", "command line")
    print(pages.who_can(scenario_of(given.of, given.settings, given.horizon)))
    return 0


def _schema(given: argparse.Namespace) -> int:
    from simulator.describe.schema import json_schema

    for value in (given.of, given.horizon, *given.settings):
        if value is not None:
            raise DescriptionError(f"schema stands alone: {shown(value)} is too many", "command line")
    print(json.dumps(json_schema(), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
