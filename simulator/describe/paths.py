"""Change one value of a scenario by its key path: ``--set pools.db.members=2``.

A path walks the file form (see :mod:`simulator.describe.files`). A step of `serve` is addressed by the
name of what it calls (``serve.CLASS.db`` where steps are by class), an entry of `faults` by its name or
kind, a link by its name (``a-b`` if it has none) or number, any list by number. Where a table has
one key only, ``crew``, ``failover`` or ``crash``, that key may be left out. A fault written as a crash
also answers to the keys of the long form (`when`, `lasts`, `effect` ...).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulator.describe.codec import build_from
from simulator.describe.faults import Fault, crash
from simulator.describe.forms import fields_of
from simulator.describe.wording import nearest, shown
from simulator.describe.writing import CONTROLLERS, long_fault, to_plain
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from simulator.describe.system import Scenario

__all__ = ["ablated", "parse_setting", "set_at"]

_STEP = re.compile(r'"([^"]*)"|([^."\[\]]+)|\.|\[([0-9]{1,9})\]')
_WRAPPED = (*CONTROLLERS, "crash")


def parse_setting(text: str) -> tuple[str, Any]:
    """Path and value of ``path=value``; the value is TOML, ``none``, or else a plain text.

    Raises
    ------
    DescriptionError
        If there is no ``=``.

    Examples
    --------
    >>> parse_setting("pools.db.members=2"), parse_setting("horizon=10 y")
    (('pools.db.members', 2), ('horizon', '10 y'))
    """
    path, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not path:
        message = f"{shown(text)}: write PATH=VALUE, such as pools.db.members=2"
        raise DescriptionError(message, "--set")
    if value in ("none", "None"):
        return path, None
    try:
        table = tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError):  # no TOML value, so a text that needs no quotes
        return path, value
    return path, table["value"] if len(table) == 1 else value


def set_at(scenario: Scenario, path: str, value: Any) -> Scenario:
    """The same scenario with `value` at `path`; see :meth:`Scenario.set`.

    Raises
    ------
    DescriptionError
        With the path, if it leads nowhere or the value does not fit.
    """
    if value is not None:
        return _changed(scenario, path, to_plain(value), take_out=False)
    try:  # a key whose default is something is said to be nothing; any other key is taken out
        return _changed(scenario, path, None, take_out=False)
    except DescriptionError:
        return _changed(scenario, path, None, take_out=True)


def ablated(scenario: Scenario, path: str, names: Sequence[str]) -> dict[str, Scenario]:
    """The scenario without its parts `names` at `path`, then with one more of them at a time.

    See :meth:`Scenario.ablate`.

    Raises
    ------
    DescriptionError
        If a part is not there, stands twice, or the rest makes no scenario.
    """
    parts = [".".join(step for step in (path, name) if step) for name in names]
    for part in parts:
        if parts.count(part) > 1:
            raise DescriptionError("stands twice among the parts to take away", part)
    found = {"bare": _without(scenario, parts)}
    for number, name in enumerate(names, start=1):
        found[f"+{name}"] = _without(scenario, parts[number:])
    return found


def _without(scenario: Scenario, parts: Sequence[str]) -> Scenario:
    """The scenario with all of `parts` taken out at once: those further back in a list first."""
    from simulator.describe.files import from_table, to_table

    if not parts:
        return scenario
    table = to_table(scenario)
    for part in sorted(parts, key=_from_the_back):
        *inner, last = _keys(part)
        node: Any = table
        for key in inner:
            node = _step(node, key, part, create=False)
        _assign(node, last, None, part, take_out=True)
    return from_table(table)


def _from_the_back(part: str) -> int:
    last = _keys(part)[-1]
    return -int(last) if last.isdecimal() else 0


def _changed(scenario: Scenario, path: str, value: Any, *, take_out: bool) -> Scenario:
    from simulator.describe.files import from_table, to_table

    table = to_table(scenario)
    *inner, last = _keys(path)
    node: Any = table
    for depth, key in enumerate(inner):
        node = _step(node, key, path, create=depth >= 2)
    _assign(node, last, value, path, take_out)
    return from_table(table)


def _keys(path: str) -> list[str]:
    """The steps of a path: keys between dots, numbers in brackets."""
    found = list(_STEP.finditer(path))
    keys = [next(g for g in m.groups() if g is not None) for m in found if m[0] != "."]
    if "".join(match[0] for match in found) != path or not keys or ".." in path:
        raise DescriptionError(f"{shown(path)} is no key path: write keys with dots", "--set")
    return keys


def _step(node: Any, key: str, path: str, create: bool) -> Any:
    """What `key` of `node` leads to; a table that is not there yet is made where one may be."""
    node = _unwrapped(node, key)
    if isinstance(node, list):
        return node[_index(node, key, path)]
    if isinstance(node, dict) and key in node:
        return node[key]
    if isinstance(node, dict) and key.isdecimal() and _are_links(node) and int(key) < len(node):
        return list(node.values())[int(key)]
    if create and isinstance(node, dict):
        return node.setdefault(key, {})
    raise _leads_nowhere(node, key, path)


def _assign(node: Any, last: str, value: Any, path: str, take_out: bool) -> None:
    node = _unwrapped(node, last)
    if isinstance(node, list):
        index = _index(node, last, path)
        node[index : index + 1] = [] if value is None else [value]
    elif not isinstance(node, dict) or (take_out and last not in node):
        raise _leads_nowhere(node, last, path)
    elif take_out:
        del node[last]
    else:
        node[last] = value
        if last in ("life", "availability") and "repair" in node:  # a crash takes one of the two
            node.pop("availability" if last == "life" else "life", None)


def _unwrapped(node: Any, key: str) -> Any:
    """The table inside ``{ crew = ... }`` and the like, unless `key` names the wrapper itself."""
    if not isinstance(node, dict) or len(node) != 1 or key in node:
        return node
    ((tag, inner),) = node.items()
    if tag not in _WRAPPED or not isinstance(inner, dict):
        return node
    if tag == "crash" and key not in fields_of(crash) and key in fields_of(Fault):
        fault = build_from(Fault, dict(node), "")
        node.clear()
        node.update(long_fault(fault))
        return node
    return inner


def _leads_nowhere(node: Any, key: str, path: str) -> DescriptionError:
    if not isinstance(node, dict):
        return DescriptionError(f"{shown(key)} leads nowhere: {shown(node)} has no keys", path)
    have = ", ".join(node) or "nothing"
    return DescriptionError(
        f"{shown(key)} leads nowhere{nearest(key, node)}: there is {have}", path
    )


def _are_links(node: dict[str, Any]) -> bool:
    """Whether these are links by name, which have an order too: the first that fits counts."""
    return all(isinstance(item, dict) and {"a", "b"} <= item.keys() for item in node.values())


def _index(items: list[Any], key: str, path: str) -> int:
    """Position in a list by number, by the name of an entry, or by what a step calls."""
    labels = [_label(item) for item in items]
    if key.isdecimal() and int(key) < len(items):
        return int(key)
    if labels.count(key) == 1:
        return labels.index(key)
    known = ", ".join(label for label in labels if label) or "nothing with a name"
    many = "stands more than once" if labels.count(key) > 1 else "leads nowhere"
    numbers = f"or a number from 0 to {len(items) - 1}" if items else "the list is empty"
    raise DescriptionError(f"{shown(key)} {many}: there is {known}, {numbers}", path)


def _label(item: Any) -> str:
    """Name of a list entry: its own, that of its crash, what it calls or links, or its first key."""
    if not isinstance(item, dict):
        return ""
    inner = item.get("crash", {})
    if "crash" in item:
        return str(inner.get("name") or "crash")
    ends = f"{item['a']}-{item['b']}" if {"a", "b"} <= item.keys() else ""
    return str(item.get("name") or item.get("call") or ends or next(iter(item), ""))
