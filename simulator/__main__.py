"""The command: ``python -m simulator SYSTEM`` answers, ``... explain SYSTEM`` says who can.

SYSTEM is a model of the catalogue or a TOML file; ``... schema`` prints the JSON Schema of such
files. An error in what was asked ends with exit code 2 and one line on standard error.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulator.arguments import joined, parser
from simulator.describe.files import load
from simulator.describe.paths import parse_setting
from simulator.describe.system import Scenario
from simulator.describe.units import parse_share
from simulator.describe.wording import shown
from simulator.errors import DescriptionError, SimulatorError
from simulator.show.progress import Progress

__all__ = ["main", "scenario_of"]

_EPISODES = 16  # about so many are run for the line by request
_LONGEST = 1_000  # characters of an error message; the middle of a longer one is left out


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
        given = parser((__doc__ or "").replace("`", "")).parse_args(joined(arguments))
    except SystemExit:  # --help and --version have said what was asked
        return 0
    if given.system is None:
        from models import names

        message = f"which system? a TOML file or one of the models {', '.join(names())}"
        raise DescriptionError(message, "command line")
    if given.system in ("explain", "schema"):
        for name in ("engine", "replications", "precision", "seed", "jobs", "json", "trace"):
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
    if _asks_for_requests(given, scenario):
        return _requests(given, scenario)
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
        if chosen is None:
            report = _with_requests(report, how["seed"])
    if given.json:
        print(json.dumps(pages.as_json(report, steps), allow_nan=False))
    else:
        print(pages.as_text(report, steps, _provisional(given.system)))
    return 0


def _asks_for_requests(given: argparse.Namespace, scenario: Scenario) -> bool:
    """Whether the answer is what happens to each request, not the years."""
    from simulator.rules.traffic_effort import run_whole

    if given.trace is not None and given.engine not in (None, "events"):
        raise DescriptionError(f"a trace is of requests: not with --engine {given.engine}", "--trace")
    if given.engine == "events" or given.trace is not None:
        return True
    return given.engine in (None, "auto") and given.precision is None and run_whole(scenario)


def _requests(given: argparse.Namespace, scenario: Scenario) -> int:
    """Push the requests of a scenario through it, one by one."""
    from simulator.describe.assumptions import assumptions
    from simulator.describe.oddities import oddities
    from simulator.requests import traffic
    from simulator.rules.traffic_effort import check_requests

    if given.precision is not None:
        raise DescriptionError("a run of requests has a fixed length", f"--precision {given.precision}")
    check_requests(scenario, given.system)
    for line in oddities(scenario):
        print(f"warning: {line}", file=sys.stderr)
    seed = 1 if given.seed is None else given.seed
    runs = [traffic(scenario, seed=seed, replication=r) for r in range(given.replications or 1)]
    if given.trace is not None:
        print(runs[0].trace(given.trace))
    elif given.json:
        print(json.dumps(runs[0].as_json(runs[1:]), allow_nan=False))
    else:
        print(runs[0].text(runs[1:]))
        print("\nassumptions\n" + "\n".join(f"  - {line}" for line in assumptions(scenario)))
        if note := _provisional(given.system):
            print(f"\n{note}")
    return 0


def _with_requests(report: Any, seed: int) -> Any:
    """The report with its line by request, or with the reason why there is none."""
    from dataclasses import replace

    from simulator.errors import NotEnoughData, NotSupported
    from simulator.request_line import request_availability

    if not report.scenario.sources:
        return report
    try:
        known = report.system.exact_over_horizon
        line = request_availability(report.scenario, seed=seed, effort=_EPISODES, known=known)
    except (NotSupported, NotEnoughData) as error:
        return replace(report, request_reason=str(error))
    return replace(report, request=line)


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
    from simulator.rules.features import LIVED, features
    from simulator.rules.ideal import departures

    acts = features(scenario) & LIVED  # a gap of years would leave it out
    if isinstance(scenario.system, Chain) or acts or not departures(scenario):
        return ()
    return explain_gap(scenario, replications=min(count, 10_000), progress=progress, **how)


def _explain(given: argparse.Namespace) -> int:
    from simulator.explain import who_can

    if given.of is None:
        raise DescriptionError("explain what? name a model or a file", "command line")
    print(who_can(scenario_of(given.of, given.settings, given.horizon)))
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
