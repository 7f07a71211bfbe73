"""What to write instead: advice for a value that has not the form its key needs."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from simulator.describe.actions import ACTIONS
from simulator.describe.forms import ABSTRACT, TAGS, Build, choices
from simulator.describe.runbooks import Step
from simulator.describe.steps import Call
from simulator.describe.units import parse_duration
from simulator.describe.wording import nearest, shown
from simulator.errors import DescriptionError

__all__ = ["is_law_of", "one_key", "unknown_key", "wanted"]

_UNITS = {
    "time": 'a time ("5 min")', "rate": 'a rate ("3 /s")', "share": "a share (0.2)",
    "size": 'a size ("8 TB")', "bandwidth": 'a bandwidth ("100 MB/s")', "number": "a number",
}  # fmt: skip
_PLAIN = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}

_ELSEWHERE = {
    ("Pool", "build"): "a pool has no build of its own: write [controllers.NAME] rollout = { on, build, when }",
    ("Pool", "cpu"): "what a pool can do at once is said by threads and cores",
    ("Drain", "inflow"): "a drain has a fixed amount: write [backlogs.NAME] for what goes on growing",
    ("Drain", "starts_after"): "a drain begins at once: a step of a runbook says after, a restart says boots",
}  # fmt: skip
"""Keys that people look for in one noun and that another noun says."""


def wanted(kinds: Sequence[Any]) -> str:
    """The plain forms of several types in words, such as ``a time ("5 min") or a list``."""
    words = []
    for kind in kinds:
        if get_origin(kind) is Annotated:
            words.append(_UNITS.get(get_args(kind)[1], "a number"))
        elif get_origin(kind) in (tuple, Sequence):
            words.append("a list [...]")
        else:
            words.append(_PLAIN.get(kind, "a table"))
    return " or ".join(dict.fromkeys(words))


def one_key(data: Any, allowed: Mapping[str, Build]) -> str:
    """What to write instead of `data`, which is no table with one key."""
    if isinstance(data, Mapping) and data:
        return f"{', '.join(map(shown, data))} stand side by side: one key alone is needed"
    first = next(iter(allowed))
    value = "..."
    if first in ("exponential", "every"):
        value = '"30 d"' if isinstance(data, Mapping | list) else _time_text(data)
    example = f"{{ {first} = {value} }}"
    keys = ", ".join(allowed)
    return f"{shown(data)}: a table with one key is needed, such as {example}; keys: {keys}"


def _time_text(data: Any) -> str:
    """`data` as it would stand in an example, if it is a time, else another time."""
    try:
        parse_duration(data)
    except DescriptionError:
        return '"30 d"'
    return f'"{data}"' if isinstance(data, str) else str(data)


def unknown_key(build: Build, fields: Mapping[str, Any], key: str) -> str:
    """Why `key` is no key of `build`, which has `fields`."""
    if reason := _ELSEWHERE.get((build.__name__, key)):
        return reason
    if TAGS.get(key) is build:
        return (
            f"{shown(key)} stands side by side with other keys: put them inside it, or leave it out"
        )
    if build is Step and key in choices(ACTIONS):
        return f"the action {key!r} is what the step does: write does = {{ {key} = ... }}"
    first = next(iter(fields), "")
    if key in choices(_laws(fields.get(first))):
        return f"the law {key!r} has keys beside it: write {first} = {{ {key} = ... }}"
    allowed = [*fields, "preset"] if build is Call else list(fields)
    return f"unknown key {shown(key)}{nearest(key, allowed)}: allowed are {', '.join(allowed)}"


def _laws(kind: Any) -> tuple[type, ...]:
    """The classes among the options of a type hint that are always written with their tag."""
    options = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    return tuple(k for k in options if inspect.isclass(k) and issubclass(k, ABSTRACT))


def is_law_of(fields: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether a one-key table is the value of the first field: ``{ weibull = ... }``, ``{ daily = ... }``."""
    if len(data) != 1 or (key := next(iter(data))) in fields:
        return False
    first = next(iter(fields.values()), None)
    laws = _laws(first)
    return bool(laws) and (laws == (first,) or key in choices(laws))
