"""Change one value of a scenario by its key path: ``--set pools.db.members=2``.

A path walks the file form (see :mod:`simulator.describe.files`). A step of `serve` is addressed by the
name of what it calls, an entry of `faults` by its name or kind, any list by number.
"""

from __future__ import annotations

import copy
import re
import tomllib
from typing import TYPE_CHECKING, Any

from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from simulator.describe.system import Scenario

__all__ = ["parse_setting", "set_at"]


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
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise DescriptionError(f"{text!r}: write PATH=VALUE, such as pools.db.members=2", "--set")
    if value.strip() in ("none", "None"):
        return path.strip(), None
    try:
        return path.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return path.strip(), value.strip()


def set_at(scenario: Scenario, path: str, value: Any) -> Scenario:
    """The same scenario with `value` at `path`; see :meth:`Scenario.set`.

    Raises
    ------
    DescriptionError
        With the path, if it leads nowhere or the value does not fit.
    """
    from simulator.describe.files import from_table, to_table

    table = copy.deepcopy(to_table(scenario))
    keys = [k for k in re.split(r"\.|\[(\d+)\]", path) if k]
    if not keys:
        raise DescriptionError(f"{path!r}: an empty path", "--set")
    _assign(table, keys, _plain(value), path)
    return from_table(table)


def _plain(value: Any) -> Any:
    from simulator.describe.codec import to_plain

    return to_plain(value)


def _assign(node: Any, keys: list[str], value: Any, path: str) -> None:
    *inner, last = keys
    for depth, key in enumerate(inner):
        node = _step(node, key, path, create=depth >= 2)
    if isinstance(node, list):
        index = _index(node, last, path)
        if value is None:
            del node[index]
        else:
            node[index] = value
    elif not isinstance(node, dict):
        raise DescriptionError(f"{last!r} leads nowhere: {node!r} has no keys", path)
    elif value is None:
        _remove(node, last, path)
    else:
        node[last] = value


def _remove(node: dict[str, Any], last: str, path: str) -> None:
    if last not in node:
        raise DescriptionError(f"there is no {last!r} to take away: there is {_have(node)}", path)
    del node[last]


def _step(node: Any, key: str, path: str, create: bool) -> Any:
    if isinstance(node, list):
        return node[_index(node, key, path)]
    if isinstance(node, dict) and key in node:
        return node[key]
    inner = node.get("crew") or node.get("failover") if isinstance(node, dict) and len(node) == 1 else None
    if isinstance(inner, dict):
        return inner.setdefault(key, {})
    if create and isinstance(node, dict):
        return node.setdefault(key, {})
    raise DescriptionError(f"{key!r} leads nowhere: there is {_have(node)}", path)


def _have(node: Any) -> str:
    return ", ".join(map(str, node)) if isinstance(node, dict) and node else "nothing"


def _index(items: list[Any], key: str, path: str) -> int:
    """Position in a list by number, by the name of an entry, or by what a step calls."""
    labels = [_label(item) for item in items]
    if key.isdigit() and int(key) < len(items):
        return int(key)
    if labels.count(key) == 1:
        return labels.index(key)
    known = ", ".join(label for label in labels if label) or "nothing with a name"
    many = "stands more than once" if labels.count(key) > 1 else "leads nowhere"
    raise DescriptionError(f"{key!r} {many}: there is {known}, or a number from 0 to {len(items) - 1}", path)


def _label(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    return str(item.get("name") or item.get("call") or next(iter(item), ""))
