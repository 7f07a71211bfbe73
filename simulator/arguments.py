"""The arguments of the command: which there are, and what each may be."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from simulator import __version__
from simulator.describe.wording import shown
from simulator.errors import DescriptionError

__all__ = ["ENGINES", "joined", "parser"]

ENGINES = ("exact", "montecarlo", "events", "auto")


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


def parser(about: str) -> argparse.ArgumentParser:
    """The arguments of the command; `about` is its description."""
    top = _Parser(prog="python -m simulator", description=about, allow_abbrev=False)
    top.add_argument("system", nargs="?", help="a model, a TOML file, explain or schema")
    top.add_argument("of", nargs="?", help=argparse.SUPPRESS)
    for option, read, text in (
        ("--engine", _engine, f"one alone: {', '.join(ENGINES)}; default: all that fit"),
        ("--horizon", str, 'length of a run, such as "10 y"; a bare number is seconds'),
        ("--replications", _whole(1, 10_000_000), "independent histories (default 10,000; of requests 1)"),
        ("--precision", str, 'go on until the interval is this close, such as "5 %%"'),
        ("--seed", _whole(0, 2**64 - 1), "same seed, same numbers (default 1)"),
        ("--jobs", _whole(1, 256), "processes (default 1)"),
    ):
        top.add_argument(option, type=read, help=text, action=_Once)
    top.add_argument(
        "--trace", type=_whole(0, 10**12), action=_Once, metavar="N", help="one request, step by step"
    )
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


def joined(arguments: Sequence[str]) -> list[str]:
    """``--horizon -5h`` as ``--horizon=-5h``: a value to judge, not an option."""
    joined: list[str] = []
    for text in arguments:
        before = joined[-1] if joined else ""
        if re.match(r"-[0-9.]", text) and before.startswith("--") and "=" not in before:
            joined[-1] = f"{before}={text}"
        else:
            joined.append(text)
    return joined
