"""Scenarios as TOML files: read, and written back exactly.

The file form: ``[pools.NAME]``, ``[sources.NAME]``, ``[links.NAME]`` (or ``[[links]]``), ``[faults.NAME]``,
``[controllers.NAME]`` (a one-key table: ``crew``, ``failover``, ``runbook`` ...), ``[backlogs.NAME]``,
``structure``, ``horizon``, ``starts``, ``name`` - or ``[chain]`` in place of pools.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.describe.backlogs import Backlog
from simulator.describe.chain import Chain
from simulator.describe.codec import build_from, from_plain, key_path
from simulator.describe.controllers import KINDS, Controller
from simulator.describe.faults import Fault
from simulator.describe.forms import choices, fields_of, tag_of
from simulator.describe.links import Link
from simulator.describe.pools import Pool
from simulator.describe.sources import Source
from simulator.describe.structure import Structure
from simulator.describe.system import Scenario, System
from simulator.describe.wording import NAME, as_written, nearest, shown
from simulator.describe.writing import to_plain
from simulator.errors import DescriptionError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_ENTRIES",
    "dump",
    "from_table",
    "load",
    "loads",
    "to_table",
]

MAX_BYTES = 4_000_000
"""Largest scenario file that is read."""

MAX_DEPTH = 40
"""Tables and lists inside each other that a scenario may have."""

MAX_ENTRIES = 1_000
"""Pools, shared faults or controllers that a scenario may have."""

_TOP = (
    "name", "horizon", "starts", "stands_for", "pools", "links", "sources", "structure", "faults", "controllers",
    "backlogs", "chain",
)  # fmt: skip


def load(path: str | Path) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : str or Path
        A TOML file.

    Returns
    -------
    Scenario

    Raises
    ------
    DescriptionError
        Names the file, the key path, the value and what is allowed.
    """
    try:
        return loads(_text(path))
    except DescriptionError as error:
        raise DescriptionError(str(error), str(path)) from None


def _text(path: str | Path) -> str:
    try:
        with Path(path).open("rb") as file:  # a pipe has no size, so the size is seen by reading
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DescriptionError("no such file") from None
    except IsADirectoryError:
        raise DescriptionError("is a directory, not a scenario file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise DescriptionError(f"cannot be read: {getattr(error, 'strerror', error)}") from None
    if len(data) > MAX_BYTES:
        raise DescriptionError(f"is too large: a scenario file has at most {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = f"0x{data[error.start]:02x}"
        raise DescriptionError(f"is not UTF-8 text: byte {byte} in line {line}") from None


def loads(text: str) -> Scenario:
    """Read a scenario from the text of a TOML file; see :func:`load`."""
    try:
        table = tomllib.loads(text)
    except ValueError as error:  # also Python's own, for numbers of more than 4,300 digits
        raise DescriptionError(f"is not TOML: {_with_line(str(error), text)}") from None
    except RecursionError:
        raise DescriptionError(f"is nested more than {MAX_DEPTH} deep") from None
    if not table:
        raise DescriptionError("is empty: a scenario has at least one table [pools.NAME]")
    return from_table(table)


def _with_line(message: str, text: str) -> str:
    """The message of the TOML parser, with the line that it speaks of."""
    found = re.search(r"at line (\d+)", message)
    if found is None:
        return message
    line = text.split("\n")[int(found[1]) - 1].strip()
    return f"{message}: {shown(line)}" if line else message


def from_table(table: Mapping[str, Any]) -> Scenario:
    """A scenario from plain data.

    Raises
    ------
    DescriptionError
        With the key path.
    """
    _check_depth(table)
    for key in table:
        if key not in _TOP:
            unknown = f"unknown key {shown(key)}{nearest(key, _TOP)}: allowed are {', '.join(_TOP)}"
            raise DescriptionError(unknown, key_path("", key))
    fields = fields_of(Scenario)
    own = [key for key in ("name", "horizon", "starts", "stands_for") if key in table]
    given = {key: from_plain(fields[key], table[key], key) for key in own}
    faults = [
        build_from(Fault, data, where, name=name) for name, data, where in _entries(table, "faults")
    ]
    controllers = [_controller(*entry) for entry in _entries(table, "controllers")]
    sources = [
        build_from(Source, data, at, name=name) for name, data, at in _entries(table, "sources")
    ]
    backlogs = [
        build_from(Backlog, data, at, name=name) for name, data, at in _entries(table, "backlogs")
    ]
    system = _system(table)
    try:
        return Scenario(
            system,
            faults=faults,
            controllers=controllers,
            sources=sources,
            backlogs=backlogs,
            **given,
        )
    except DescriptionError as error:
        own_texts = {key: table[key] for key in given}
        raise DescriptionError(as_written(error.message, own_texts, given), error.where) from None


def _check_depth(table: Mapping[str, Any]) -> None:
    """Raise if tables and lists are nested so deeply that reading them would never end well."""
    level: list[tuple[str, Any]] = list(table.items())
    for _ in range(MAX_DEPTH):
        inner: list[tuple[str, Any]] = []
        for top, value in level:
            items = value.values() if isinstance(value, Mapping) else value
            if isinstance(value, Mapping | list | tuple):
                inner += [(top, item) for item in items]
        level = inner
    if level:
        raise DescriptionError(f"is nested more than {MAX_DEPTH} deep", key_path("", level[0][0]))


def _system(table: Mapping[str, Any]) -> System | Chain:
    if "chain" in table:
        for other in ("pools", "structure", "links", "sources", "backlogs"):
            if other in table:
                message = f"[chain] and {other} contradict each other: a chain has no parts"
                raise DescriptionError(message, other)
        chain: Chain = from_plain(Chain, table["chain"], "chain")
        return chain
    if "pools" not in table:
        raise DescriptionError("is missing: needed are [pools.NAME] tables or one [chain]", "pools")
    pools = [build_from(Pool, data, at, name=name) for name, data, at in _entries(table, "pools")]
    given = "structure" in table
    structure = from_plain(Structure, table["structure"], "structure") if given else None
    return System(pools, structure, _links(table))


def _links(table: Mapping[str, Any]) -> list[Link]:
    """Links as named tables, or as a list of tables without names."""
    if isinstance(table.get("links"), list):
        return [build_from(Link, data, f"links[{i}]") for i, data in enumerate(table["links"])]
    return [build_from(Link, data, at, name=name) for name, data, at in _entries(table, "links")]


def _entries(table: Mapping[str, Any], key: str) -> list[tuple[str, Any, str]]:
    """Name, table and key path of each entry of `key`."""
    entries = table.get(key, {})
    if not isinstance(entries, Mapping):
        raise DescriptionError(f"{shown(entries)} is not a table: write [{key}.NAME]", key)
    if len(entries) > MAX_ENTRIES:
        raise DescriptionError(f"{len(entries)} entries: at most {MAX_ENTRIES} are allowed", key)
    for name, data in entries.items():
        where = key_path(key, name)
        if not re.fullmatch(NAME, name):
            raise DescriptionError(
                f"{shown(name)}: a name has letters, digits, spaces, _ and - only", where
            )
        if not isinstance(data, Mapping):
            raise DescriptionError(f"{shown(data)} is not a table: write [{where}]", where)
    return [(name, data, key_path(key, name)) for name, data in entries.items()]


def _controller(name: str, data: Mapping[str, Any], where: str) -> Controller:
    allowed = choices(KINDS)
    for tag in data:
        if tag not in allowed:
            unknown = f"unknown kind {shown(tag)}{nearest(tag, allowed)}: allowed are "
            raise DescriptionError(unknown + ", ".join(allowed), key_path(where, tag))
    if len(data) != 1:
        has = ", ".join(data) or "nothing"
        raise DescriptionError(f"has {has}: one key is needed, {' or '.join(allowed)}", where)
    ((tag, inner),) = data.items()
    controller: Controller = build_from(allowed[tag], inner, f"{where}.{tag}", name=name)
    return controller


def to_table(scenario: Scenario) -> dict[str, Any]:
    """Plain data of a scenario; ``from_table(to_table(s)) == s``."""
    table: dict[str, Any] = {"name": scenario.name} if scenario.name else {}
    table["horizon"] = scenario.horizon
    if scenario.starts != "new":
        table["starts"] = scenario.starts
    if scenario.stands_for is not None:
        table["stands_for"] = scenario.stands_for
    if isinstance(scenario.system, Chain):
        return table | {"chain": to_plain(scenario.system)}
    system = scenario.system
    if system.structure is not None:
        table["structure"] = to_plain(system.structure)
    table["pools"] = {pool.name: _unnamed(pool) for pool in system.pools}
    if system.links:
        table["links"] = _link_tables(system.links)
    if scenario.sources:
        table["sources"] = {source.name: _unnamed(source) for source in scenario.sources}
    if scenario.faults:
        table["faults"] = {fault.name: _unnamed(fault) for fault in scenario.faults}
    if scenario.controllers:
        table["controllers"] = {c.name: {tag_of(c): _unnamed(c)} for c in scenario.controllers}
    if scenario.backlogs:
        table["backlogs"] = {b.name: _unnamed(b) for b in scenario.backlogs}
    return table


def _link_tables(links: Sequence[Link]) -> Any:
    """Named tables where the names serve as keys, else a list."""
    if any(link.name == f"{link.a}-{link.b}" or "." in link.name for link in links):
        plain = [to_plain(link) for link in links]
        return [
            {k: v for k, v in row.items() if (k, v) != ("name", f"{row['a']}-{row['b']}")}
            for row in plain
        ]
    return {link.name: _unnamed(link) for link in links}


def _unnamed(value: object) -> dict[str, Any]:
    """The table of a value whose name stands in the header."""
    return {key: item for key, item in to_plain(value).items() if key != "name"}


def dump(scenario: Scenario) -> str:
    """The text of a TOML file that :func:`loads` reads back as an equal scenario."""
    import tomli_w

    return tomli_w.dumps(to_table(scenario))
