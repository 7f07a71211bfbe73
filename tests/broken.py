"""Ways to break a valid scenario file: every place in it, one slip at a time.

A `Slip` says which key path the message must name, the value it must show, and words it must say.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Slip:
    """A broken table and what the message about it must contain."""

    table: dict[str, Any]
    words: tuple[str, ...]


def leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is neither a table nor a list, with the keys that lead to it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from leaves(value, (*path, i))
    else:
        yield path, node


def tables(node: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every table, with the keys that lead to it."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from tables(value, (*path, key))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from tables(value, (*path, i))


def dotted(path: Path) -> str:
    """A key path as messages write it."""
    steps = (f"[{k}]" if isinstance(k, int) else f".{k}" if k else '.""' for k in path)
    return "".join(steps).lstrip(".")


def put(table: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy with `value` at `path`; None takes the key away. What is not on the path is shared."""
    table = copy.copy(table)
    node: Any = table
    for key in path[:-1]:
        node[key] = copy.copy(node[key])
        node = node[key]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return table


def home(path: Path) -> tuple[str, str]:
    """The key path of the table a value stands in, and its key there."""
    last = max(i for i, key in enumerate(path) if isinstance(key, str))
    return dotted(path[:last]), str(path[last])


def with_unit(value: Any) -> re.Match[str] | None:
    """Number and unit of a text such as ``"5 min"``."""
    return re.fullmatch(r"([0-9.]+) ([a-zA-Z%/]+)", value) if isinstance(value, str) else None


def shown(value: Any) -> str:
    """How a message shows a value."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if not isinstance(value, int) or value < 10**50 else repr(value)[:50]


def changed(
    table: dict[str, Any], wanted: Callable[[Path, Any], bool], *values: Any
) -> Iterator[Slip]:
    """Each leaf that is `wanted`, replaced by each of `values`: path, key and value are named."""
    for path, old in leaves(table):
        if wanted(path, old):
            for new in values:
                yield Slip(put(table, path, new), (*home(path), shown(new)))


def wrong_type(table: dict[str, Any]) -> Iterator[Slip]:
    """A truth value for a number or a text, a number for a truth value."""
    yield from changed(table, lambda _, v: not isinstance(v, bool), True)
    yield from changed(table, lambda _, v: isinstance(v, bool), 7, "yes")


def no_number(table: dict[str, Any]) -> Iterator[Slip]:
    """Texts that are no number where a number with a unit stood."""
    yield from changed(table, lambda _, v: with_unit(v) is not None, "soon", "", "1,000 h")


def wrong_unit(table: dict[str, Any]) -> Iterator[Slip]:
    """A unit that does not exist."""
    for path, old in leaves(table):
        if found := with_unit(old):
            new = f"{found[1]} parsec"
            yield Slip(put(table, path, new), (*home(path), repr(new), "unit", "takes"))


def not_finite(table: dict[str, Any]) -> Iterator[Slip]:
    """NaN, infinity and numbers beyond the largest float; the one place where inf is allowed stays."""
    nan, inf = float("nan"), float("inf")
    numbers = (nan, -inf, 10**400, "1e999 s")
    for path, old in leaves(table):
        if (found := with_unit(old)) and "bathtub" not in path:
            for new in (*numbers[:3], f"1e999 {found[2]}", inf):
                yield Slip(put(table, path, new), (*home(path), shown(new), "finite"))


def negative(table: dict[str, Any]) -> Iterator[Slip]:
    """Times, shares and rates below zero."""
    for path, old in leaves(table):
        if (found := with_unit(old)) and path[-1] != "takes":
            new = f"-{found[1]} {found[2]}"
            in_a_list = isinstance(path[-1], int)
            yield Slip(put(table, path, new), (*home(path), "-" if in_a_list else repr(new)))


def from_zero(path: Path) -> bool:
    """Whether a count may be 0: places in a line, keys held at the start, members added, numbers of one."""
    _, key = home(path)
    budget = key == "minimum" and "envoy_budget" in path
    added = key == "members" and "add" in path
    return budget or added or key in ("cap", "warm", "waiting", "queue", "first", "from_shard")


def whole_number(table: dict[str, Any]) -> Iterator[Slip]:
    """Counts that count nothing, less than nothing, halves, or more than is sensible."""

    def counts(path: Path, value: Any) -> bool:
        return type(value) is int and "starts" not in path and "zones" not in path

    yield from changed(table, counts, -1, 1.5, 10**9, 10**400, "2")
    yield from changed(table, lambda p, v: counts(p, v) and not from_zero(p), 0)


def two_kinds(table: dict[str, Any]) -> Iterator[Slip]:
    """A second key in a table that names its kind by one."""
    from simulator.describe.forms import TAGS
    from simulator.describe.writing import CONTROLLERS

    for path, node in tables(table):
        tag = next(iter(node), "")
        if len(node) == 1 and tag in TAGS and tag not in (*CONTROLLERS, "uniform"):
            second = {"low": 1, "high": 2}
            yield Slip(put(table, (*path, "uniform"), second), (dotted(path), "side"))


def unknown_kind(table: dict[str, Any]) -> Iterator[Slip]:
    """A kind of law, trigger, inspection or controller that is not known."""
    from simulator.describe.forms import TAGS

    for path, node in tables(table):
        if len(node) == 1 and (tag := next(iter(node))) in TAGS:
            new = {f"{tag}x": node[tag]}
            yield Slip(
                put(table, path, new), (f"{dotted(path)}.{tag}x", f"'{tag}x'", "allowed are")
            )


def unknown_key(table: dict[str, Any]) -> Iterator[Slip]:
    """A key that nobody reads, in every table that has fields of its own."""
    for path, node in tables(table):
        named = len(path) == 1 or path[-1:] in (
            ("zones",),
            ("classes",),
            ("serve",),
            ("voters",),
        )  # keys are names
        if path and len(node) > 1 and not (named and path != ("structure",)):
            yield Slip(put(table, (*path, "colour"), 7), (dotted(path), "'colour'"))


def reference(table: dict[str, Any]) -> Iterator[Slip]:
    """Names that lead nowhere."""
    keys = {
        "a", "b", "call", "pool", "on", "priority", "serves", "event", "first", "spares", "of", "fault", "restore",
        "pause", "resume", "drop", "ends", "zone",
    }  # fmt: skip
    for path, old in leaves(table):
        _, key = home(path)
        if (key in keys and isinstance(old, str)) or (
            path[0] == "structure" and key in ("series", "parallel", "of")
        ):
            new = old.replace(old.rpartition(":")[2], "nobody") if key != "on" else "nobody"
            where = dotted(path[:2]) if path[0] != "structure" else "structure"
            if key == "zone" and path[0] == "sources":
                continue  # users may stand in a zone of their own
            yield Slip(put(table, path, new), (where, "'nobody'"))


def bad_names(table: dict[str, Any]) -> Iterator[Slip]:
    """Pools, faults and controllers with names that no key path can say."""
    for room in ("pools", "faults", "controllers", "sources", "links", "backlogs"):
        for name in ("", "a.b", "a[0]", "a\nb", "a\x00b", " a", "*"):
            entry = next(iter(table.get(room, {}).values()), {})
            full = table if room in table else table | {room: {}}
            yield Slip(put(full, (room, name), entry), (room, "a name has"))


def same_name(table: dict[str, Any]) -> Iterator[Slip]:
    """One name for two things of different kinds."""
    for room in ("faults", "controllers"):
        for other in ("pools", "faults"):
            for name in table[other] if room != other else ():
                entry = next(iter(table[room].values()))
                yield Slip(put(table, (room, name), entry), (f"{room}.{name}", "unique"))
