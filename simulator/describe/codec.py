"""Between dataclasses and plain data (what a TOML file holds), driven by the type hints alone.

Rules: a dataclass is a table; a choice between classes is a one-key table whose key names the class
(``{ exponential = "30 d" }``), or, for steps and structures, the table that has the marking key
(``call``, ``work``, ``series``, ``of`` ...); a class given by one value only takes it for its first
field; a number may be a text with a unit. Nothing is written that equals its default.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from simulator.describe import distributions, later
from simulator.describe.chain import Chain
from simulator.describe.controllers import Crew, Detect, Failover
from simulator.describe.distributions import CONSTRUCTORS, Distribution
from simulator.describe.faults import Drain, Effect, Every, Fault, Life, On, Poisson, crash
from simulator.describe.pools import Call, LoadSharing, Pool, Replication, Standby, Work
from simulator.describe.structure import KofN, Network, Parallel, Series
from simulator.describe.units import (
    parse_bandwidth,
    parse_duration,
    parse_rate,
    parse_share,
    parse_size,
)
from simulator.errors import DescriptionError

__all__ = ["TAGS", "choices", "fields_of", "from_plain", "required_keys", "to_plain"]

TAGS: dict[str, Callable[..., Any]] = {
    **CONSTRUCTORS,
    "drain": Drain, "life": Life, "on": On, "every": Every, "poisson": Poisson, "crew": Crew, "failover": Failover,
}  # fmt: skip
"""Tagged choices: key in a file -> class or constructor."""

MARKED: dict[type, str] = {Work: "work", Call: "call", Series: "series", Parallel: "parallel", KofN: "of", Network: "edges"}
"""Choices told apart by a key of their own table."""

_PARSERS: dict[str, Callable[[Any], float]] = {
    "time": parse_duration, "rate": parse_rate, "share": parse_share, "size": parse_size, "bandwidth": parse_bandwidth,
}  # fmt: skip
_NAMES = {
    **vars(distributions),
    **{c.__name__: c for c in (Call, Chain, Crew, Detect, Distribution, Drain, Effect, Every, Failover, Fault, KofN, Life)},
    **{c.__name__: c for c in (LoadSharing, Network, On, Parallel, Poisson, Pool, Replication, Series, Standby, Work)},
}


@functools.cache
def fields_of(build: Callable[..., Any]) -> dict[str, Any]:
    """Keys of a class or constructor and their types, with units; ``mean_`` is written ``mean``."""
    hints = typing.get_type_hints(build.__init__ if inspect.isclass(build) else build, _NAMES | _module_names(build), include_extras=True)
    hints.pop("return", None)
    return {name.rstrip("_"): kind for name, kind in hints.items()}


@functools.cache
def _parameters(build: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """Parameters by key."""
    return {name.rstrip("_"): p for name, p in inspect.signature(build).parameters.items()}


def _module_names(build: Callable[..., Any]) -> dict[str, Any]:
    module = inspect.getmodule(build)
    return dict(vars(module)) if module else {}


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
        return _literal(get_args(kind), data, where)
    if origin in (tuple, typing.Sequence) or getattr(origin, "__name__", "") == "Sequence":
        return _sequence(get_args(kind), data, where)
    if isinstance(kind, type) and issubclass(kind, Distribution):
        return _tagged((kind,), data, where)
    if dataclasses.is_dataclass(kind):
        return build_from(typing.cast(type, kind), data, where)
    return _scalar(kind, data, where)


def _quantity(kind: Any, data: Any, where: str) -> Any:
    unit = get_args(kind)[1]
    if unit == "number":
        return _scalar(get_args(kind)[0], data, where)
    try:
        return _PARSERS[unit](data)
    except DescriptionError as error:
        raise DescriptionError(error.message, where) from None


_PLAIN = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _scalar(kind: Any, data: Any, where: str) -> Any:
    fits = isinstance(data, kind) and not (isinstance(data, bool) and kind is not bool)
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not fits:
        raise DescriptionError(f"{_short(data)} is not {_PLAIN.get(kind, kind)}", where)
    return data


def _literal(allowed: tuple[Any, ...], data: Any, where: str) -> Any:
    if isinstance(data, str) and data in allowed:
        return data
    raise DescriptionError(f"{_short(data)}: allowed are {', '.join(a for a in allowed if a)}", where)


def _sequence(args: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    pairs = len(args) == 2 and args[1] is Ellipsis and get_origin(args[0]) is tuple
    if pairs and isinstance(data, Mapping):  # zones: a table of name = count
        data = [list(item) for item in data.items()]
    if not isinstance(data, list | tuple):
        raise DescriptionError(f"{_short(data)} is not a list", where)
    if len(args) == 1 or args[1] is Ellipsis:
        return tuple(from_plain(args[0], item, f"{where}[{i}]") for i, item in enumerate(data))
    if len(data) != len(args):
        raise DescriptionError(f"{_short(data)}: a list of {len(args)} values is needed", where)
    return tuple(from_plain(a, item, f"{where}[{i}]") for i, (a, item) in enumerate(zip(args, data, strict=True)))


def _choice(options: tuple[Any, ...], data: Any, where: str) -> Any:
    """One of several types: by tag, by marking key, or by what the plain value is."""
    classes = [o for o in options if inspect.isclass(o) and (dataclasses.is_dataclass(o) or issubclass(o, Distribution))]
    if isinstance(data, Mapping) and classes:
        marked = [c for c in classes if MARKED.get(c) in data]
        if marked:
            return build_from(marked[0], data, where)
        if len(classes) == 1 and not issubclass(classes[0], Distribution):
            return build_from(classes[0], data, where)
        if any(c in MARKED for c in classes):
            keys = ", ".join(MARKED[c] for c in classes)
            raise DescriptionError(f"a table with one of the keys {keys} is needed, not {_short(data)}", where)
        return _tagged(tuple(classes), data, where)
    if data is None and type(None) in options:
        return None
    return _plain_choice(options, classes, data, where)


def _plain_choice(options: tuple[Any, ...], classes: list[type], data: Any, where: str) -> Any:
    rest = [o for o in options if o not in classes and o is not type(None)]
    literals = [o for o in rest if get_origin(o) is Literal]
    if literals and isinstance(data, str) and data in get_args(literals[0]):
        return data
    lists = [o for o in rest if get_origin(o) is tuple]
    if lists and isinstance(data, list | tuple):
        return from_plain(lists[0], data, where)
    single = [o for o in rest if o not in literals and o not in lists]
    if single:
        return from_plain(single[0], data, where)
    if len(classes) == 1 and not issubclass(classes[0], Distribution):
        return build_from(classes[0], data, where)
    if classes:
        return _tagged(tuple(classes), data, where)
    return _literal(get_args(literals[0]) if literals else (), data, where)


def choices(kinds: tuple[type, ...]) -> dict[str, Callable[..., Any]]:
    """Tags that build one of `kinds`."""
    found = {}
    for tag, build in TAGS.items():
        product = build if inspect.isclass(build) else Distribution
        if any(issubclass(product, k) for k in kinds):
            found[tag] = build
    return found


def _tagged(kinds: tuple[type, ...], data: Any, where: str) -> Any:
    allowed = choices(kinds)
    if not isinstance(data, Mapping) or len(data) != 1:
        raise DescriptionError(
            f"{_short(data)}: a table with one key is needed, such as {{ {next(iter(allowed))} = ... }}; keys: {', '.join(allowed)}", where
        )
    ((tag, inner),) = data.items()
    if tag not in allowed:
        raise DescriptionError(f"unknown kind {tag!r}{_nearest(tag, allowed)}: allowed are {', '.join(allowed)}", where)
    return build_from(allowed[tag], inner, f"{where}.{tag}")


def build_from(build: Callable[..., Any], data: Any, where: str, **given: Any) -> Any:
    """Call a class or constructor with the fields of a table; `given` fields come from elsewhere."""
    if build is Fault and isinstance(data, Mapping) and set(data) == {"crash"}:
        return build_from(crash, data["crash"], f"{where}.crash")
    fields = {k: v for k, v in fields_of(build).items() if k not in given}
    if not isinstance(data, Mapping) or _is_value_of(next(iter(fields.values()), None), data, fields):
        if not fields:
            raise DescriptionError(f"{_short(data)}: an empty table is needed", where)
        data = {next(iter(fields)): data}
    values = {}
    for key, value in data.items():
        if key not in fields:
            raise DescriptionError(_unknown(key, fields, build), f"{where}.{key}".lstrip("."))
        values[key] = from_plain(fields[key], value, f"{where}.{key}".lstrip("."))
    missing = [k for k in required_keys(build) if k not in values and k not in given]
    if missing:
        raise DescriptionError(f"the key {missing[0]!r} is missing: needed are {', '.join(missing)}", where)
    try:
        return build(**{_parameters(build)[key].name: value for key, value in values.items()}, **given)
    except DescriptionError as error:
        raise error.under(where) if where else error from None


def _is_value_of(kind: Any, data: Mapping[str, Any], fields: dict[str, Any]) -> bool:
    """Whether a one-key table is the value of the first field (``life = { weibull = ... }``)."""
    is_law = inspect.isclass(kind) and issubclass(kind, Distribution)
    return is_law and len(data) == 1 and next(iter(data)) not in fields and next(iter(data)) in CONSTRUCTORS


def required_keys(build: Callable[..., Any]) -> list[str]:
    """Keys without a default."""
    return [key for key, p in _parameters(build).items() if p.default is inspect.Parameter.empty]


def _unknown(key: str, fields: Mapping[str, Any], build: Callable[..., Any]) -> str:
    if reason := later.why(build.__name__, key):
        return reason
    return f"unknown key {key!r}{_nearest(key, fields)}: allowed are {', '.join(fields)}"


def _nearest(key: Any, allowed: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(str(key), list(allowed), 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _short(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 60 else f"{text[:57]}..."


def to_plain(value: Any, kind: Any = None) -> Any:
    """Plain data of a value; `from_plain` of it gives an equal value."""
    if isinstance(value, Distribution | Drain | Life | On | Every | Poisson) and kind is not type(value):
        tag = next(t for t, b in TAGS.items() if b is type(value))
        return {tag: _table(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _table(value)
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value


def _table(value: Any) -> dict[str, Any]:
    """The fields that differ from their defaults."""
    table = {}
    for field in dataclasses.fields(value):
        item = getattr(value, field.name)
        default = field.default
        if default is dataclasses.MISSING and field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if default is dataclasses.MISSING or item != default:
            if item is None:
                continue  # absent means None wherever None is allowed
            key = field.name.rstrip("_")
            table[key] = dict(item) if key == "zones" else to_plain(item)
    return table
