"""What to write instead: advice for a value that has not the form its key needs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from simulator.describe import later
from simulator.describe.distributions import Distribution
from simulator.describe.forms import Build, choices
from simulator.describe.steps import Call
from simulator.describe.units import parse_duration
from simulator.describe.wording import nearest, shown
from simulator.errors import DescriptionError

__all__ = ["is_law", "is_law_of", "one_key", "unknown_key", "wanted"]

_UNITS = {
    "time": 'a time ("5 min")', "rate": 'a rate ("3 /s")', "share": "a share (0.2)",
    "size": 'a size ("8 TB")', "bandwidth": 'a bandwidth ("100 MB/s")', "number": "a number",
}  # fmt: skip
_PLAIN = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


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
    if reason := later.why(build.__name__, key):
        return reason
    first = next(iter(fields), "")
    if key in choices((Distribution,)) and is_law(fields.get(first)):
        return f"the law {key!r} has keys beside it: write {first} = {{ {key} = ... }}"
    allowed = [*fields, "preset"] if build is Call else list(fields)
    return f"unknown key {shown(key)}{nearest(key, allowed)}: allowed are {', '.join(allowed)}"


def is_law(kind: Any) -> bool:
    """Whether a type hint is a law of times."""
    return inspect.isclass(kind) and issubclass(kind, Distribution)


def is_law_of(fields: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether a one-key table is the value of the first field (``life = { weibull = ... }``)."""
    first = next(iter(fields.values()), None)
    return is_law(first) and len(data) == 1 and next(iter(data)) not in fields
