"""From plain data (what a TOML file holds) to values, driven by the type hints alone.

Rules: a dataclass is a table; a choice between classes is a one-key table whose key names the class
(``{ exponential = "30 d" }``), or, for steps and structures, the table that has the marking key
(``call``, ``work``, ``series``, ``of`` ...); a class given by one value only takes it for its first
field; a number may be a text with a unit; ``"none"`` says without, where that is allowed; a preset
fills what a call does not state. The way back is :mod:`simulator.describe.writing`.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from simulator.describe.advice import is_law_of, one_key, unknown_key, wanted
from simulator.describe.faults import Fault, crash
from simulator.describe.forms import (
    ABSTRACT,
    MARKED,
    TAGS,
    Build,
    choices,
    fields_of,
    most,
    parameters,
    required_keys,
)
from simulator.describe.presets import preset
from simulator.describe.steps import Call
from simulator.describe.units import (
    parse_bandwidth,
    parse_duration,
    parse_rate,
    parse_share,
    parse_size,
)
from simulator.describe.wording import as_written, nearest, shown
from simulator.errors import DescriptionError

__all__ = ["build_from", "from_plain", "key_path"]

_PARSERS: dict[str, Callable[[Any], float]] = {
    "time": parse_duration, "rate": parse_rate, "share": parse_share, "size": parse_size,
    "bandwidth": parse_bandwidth,
    "time or inf": lambda text: math.inf if text == math.inf else parse_duration(text),
}  # fmt: skip
_PLAIN = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def key_path(where: str, key: str) -> str:
    """Path of `key` inside `where`; quoted, as in TOML, where it is not a bare key."""
    step = key if re.fullmatch(r"[\w-]+", key) else f'"{key}"'
    return f"{where}.{step}" if where else step


def from_plain(kind: Any, data: Any, where: str = "") -> Any:
    """Build a value of type `kind` from plain data.

    Parameters
    ----------
    kind : type hint
    data : plain value
        Number, text, bool, list or table.
    where : str
        Key path, for messages.

    Raises
    ------
    DescriptionError
        With the key path, the value and what is allowed.
    """
    origin = get_origin(kind)
    if origin is Annotated:
        return _quantity(kind, data, where)
    if origin in (Union, types.UnionType):
        return _choice(get_args(kind), data, where)
    if origin is Literal:
        return _choice((kind,), data, where)
    if origin in (tuple, Sequence):
        return _sequence(get_args(kind), data, where)
    if inspect.isclass(kind) and issubclass(kind, ABSTRACT):
        return _tagged((kind,), data, where)
    if dataclasses.is_dataclass(kind):
        return build_from(typing.cast(type, kind), data, where)
    return _scalar(kind, data, where)


def _quantity(kind: Any, data: Any, where: str) -> Any:
    plain, unit = get_args(kind)
    if unit == "number":
        return _scalar(plain, data, where)
    try:
        return _PARSERS[unit](data)
    except DescriptionError as error:
        raise DescriptionError(error.message, where) from None


def _scalar(kind: type, data: Any, where: str) -> Any:
    if kind is float and isinstance(data, int | float) and not isinstance(data, bool):
        try:
            number = float(data)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise DescriptionError(f"{shown(data)}: a finite number is needed", where)
        return number
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise DescriptionError(f"{shown(data)} is not {_PLAIN[kind]}", where)
    return data


def _sequence(args: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    same = len(args) == 1 or args[1] is Ellipsis
    pairs = get_origin(args[0]) is tuple and len(get_args(args[0])) == 2
    if same and pairs and isinstance(data, Mapping):  # zones: a table of name = count
        inner = get_args(args[0])[1]
        return tuple((k, from_plain(inner, v, key_path(where, k))) for k, v in data.items())
    if not isinstance(data, list | tuple):
        raise DescriptionError(f"{shown(data)} is not a list: write [...]", where)
    if not same and len(data) != len(args):
        raise DescriptionError(f"{shown(data)}: a list of {len(args)} values is needed", where)
    kinds = [args[0]] * len(data) if same else args
    each = enumerate(zip(kinds, data))
    return tuple(from_plain(kind, item, f"{where}[{i}]") for i, (kind, item) in each)


def _choice(options: tuple[Any, ...], data: Any, where: str) -> Any:
    """One of several types: by tag, by marking key, or by what the plain value is."""
    words = [w for o in options if get_origin(o) is Literal for w in get_args(o) if w]
    classes = tuple(o for o in options if _is_class(o))
    number = next((o for o in options if get_origin(o) is Annotated), None)
    if (data is None or data == "none") and type(None) in options:
        return None
    if isinstance(data, str) and data in words:
        return data
    if isinstance(data, Mapping) and classes:
        return _table_choice(classes, data, where)
    if number is not None and classes and not isinstance(data, Mapping | list | tuple):
        return _quantity(number, data, where)
    others = (*classes, type(None))
    plain = [o for o in options if o not in others and get_origin(o) is not Literal]
    for kind in plain:
        # Beside classes (an action, or a list of actions) only what is a list is taken for one.
        if _fits(kind, data) or (len(plain) == 1 and not classes):
            return _plain_choice(kind, words, data, where)
    if words:
        raise DescriptionError(f"{shown(data)}: allowed are {', '.join(words)}", where)
    if not classes:
        raise DescriptionError(f"{shown(data)}: needed is {wanted(plain)}", where)
    if len(classes) == 1 and not issubclass(classes[0], ABSTRACT):
        return build_from(classes[0], data, where)
    return _table_choice(classes, data, where)


def _is_class(option: Any) -> bool:
    is_class = inspect.isclass(option)
    return is_class and (dataclasses.is_dataclass(option) or issubclass(option, ABSTRACT))


def _fits(kind: Any, data: Any) -> bool:
    """Whether plain data have the form of `kind`: a table of lists, a list, or a single value."""
    if get_origin(kind) not in (tuple, Sequence):
        return not isinstance(data, Mapping | list | tuple)
    if len(get_args(get_args(kind)[0])) == 2 and get_origin(get_args(kind)[0]) is tuple:
        return isinstance(data, Mapping)
    return isinstance(data, list | tuple)


def _plain_choice(kind: Any, words: list[str], data: Any, where: str) -> Any:
    try:
        return from_plain(kind, data, where)
    except DescriptionError as error:
        if not words:
            raise
        raise DescriptionError(f"{error.message} (or {', '.join(words)})", where) from None


def _table_choice(classes: tuple[type, ...], data: Any, where: str) -> Any:
    marks = [MARKED[c] for c in classes if c in MARKED]
    if not marks:
        one = len(classes) == 1 and not issubclass(classes[0], ABSTRACT)
        return build_from(classes[0], data, where) if one else _tagged(classes, data, where)
    if isinstance(data, Mapping):
        for option in classes:
            if MARKED[option] in data:
                return build_from(option, data, where)
    keys = ", ".join(marks)
    raise DescriptionError(f"{shown(data)}: a table with one of the keys {keys} is needed", where)


def _tagged(kinds: tuple[type, ...], data: Any, where: str) -> Any:
    allowed = choices(kinds)
    if not isinstance(data, Mapping) or len(data) != 1:
        raise DescriptionError(one_key(data, allowed), where)
    ((tag, inner),) = data.items()
    path = key_path(where, tag)
    if tag not in allowed:
        unknown = f"unknown kind {shown(tag)}{nearest(tag, allowed)}: allowed are "
        raise DescriptionError(unknown + ", ".join(allowed), path)
    return build_from(allowed[tag], inner, path)


def build_from(build: Build, data: Any, where: str, **given: Any) -> Any:
    """Call a class or constructor with the fields of a table; `given` come from elsewhere.

    Raises
    ------
    DescriptionError
        With the key path, the value as it is written, and what is allowed.
    """
    if build is Fault and isinstance(data, Mapping) and "crash" in data:
        return _crash(data, where, given)
    fields = {k: v for k, v in fields_of(build).items() if k not in given}
    if isinstance(data, Mapping) and len(data) == 1:
        ((tag, inner),) = data.items()  # the tag of the only class there is may be written, too
        if TAGS.get(tag) is build and tag not in fields:
            return build_from(build, inner, key_path(where, tag), **given)
    make: Build = build
    if build is Call and isinstance(data, Mapping) and "preset" in data:
        make, data = _like(data, where)
    if not isinstance(data, Mapping) or is_law_of(fields, data):
        if not fields:
            raise DescriptionError(f"{shown(data)}: an empty table {{}} is needed", where)
        first, kind = next(iter(fields.items()))
        values = {first: _field(build, first, kind, data, where)}
        data = {first: data}
    else:
        values = _fields(build, fields, data, where)
    missing = [k for k in required_keys(build) if k not in values and k not in given]
    if missing:
        needed = ", ".join(k for k in required_keys(build) if k not in given)
        raise DescriptionError(f"the key {missing[0]!r} is missing: needed are {needed}", where)
    try:
        named = {parameters(build)[key].name: value for key, value in values.items()}
        return make(**named, **given)
    except DescriptionError as error:
        said = DescriptionError(as_written(error.message, data, values), error.where)
        raise said.under(where) if where else said from None
    except ArithmeticError:
        raise DescriptionError(f"{shown(data)}: these numbers are too far apart", where) from None


def _fields(
    build: Build, fields: Mapping[str, Any], data: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """The values of a table by key."""
    values = {}
    for key, value in data.items():
        path = key_path(where, key)
        if key not in fields:
            raise DescriptionError(unknown_key(build, fields, key), path)
        values[key] = _field(build, key, fields[key], value, path)
    return values


def _field(build: Build, key: str, kind: Any, value: Any, path: str) -> Any:
    result = from_plain(kind, value, path)
    if isinstance(result, int) and abs(result) > most(build, key):
        raise DescriptionError(f"{shown(value)}: at most {most(build, key):,} is allowed", path)
    return result


def _like(data: Mapping[str, Any], where: str) -> tuple[Build, Mapping[str, Any]]:
    """What builds a call with the policies of its preset, and the keys the call states itself."""
    path = key_path(where, "preset")
    try:
        ready = preset(_scalar(str, data["preset"], path))
    except DescriptionError as error:
        raise DescriptionError(error.message, path) from None

    def make(call: str, **stated: Any) -> Call:
        return ready.call(call, **stated)

    return make, {key: value for key, value in data.items() if key != "preset"}


def _crash(data: Mapping[str, Any], where: str, given: Mapping[str, Any]) -> Any:
    if given:  # a fault of the scenario has its name from its table
        raise DescriptionError(
            "a crash belongs to a pool: write it in [[pools.NAME.faults]], or use on, when, lasts",
            f"{where}.crash",
        )
    if len(data) > 1:
        other = next(key for key in data if key != "crash")
        raise DescriptionError(
            f"{shown(other)} stands beside crash: put it inside, or leave crash out",
            key_path(where, other),
        )
    return build_from(crash, data["crash"], f"{where}.crash")
