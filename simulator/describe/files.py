"""Scenarios as TOML files: read, written back exactly, and their JSON Schema.

The file form: ``[pools.NAME]``, ``[faults.NAME]``, ``[controllers.NAME]`` (a one-key table: ``crew`` or
``failover``), ``structure``, ``horizon``, ``starts``, ``name`` - or ``[chain]`` in place of pools.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.describe import later
from simulator.describe.chain import Chain
from simulator.describe.codec import build_from, choices, fields_of, from_plain, to_plain
from simulator.describe.controllers import Crew, Failover
from simulator.describe.faults import Fault
from simulator.describe.pools import Pool
from simulator.describe.structure import Structure
from simulator.describe.system import Scenario, System
from simulator.errors import DescriptionError

__all__ = ["MAX_BYTES", "dump", "from_table", "load", "loads", "to_table"]

MAX_BYTES = 4_000_000
"""Largest scenario file that is read."""

_TOP = ("name", "horizon", "starts", "pools", "structure", "faults", "controllers", "chain")


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
    path = Path(path)
    try:
        if path.is_dir():
            raise DescriptionError("is a directory, not a scenario file")
        if path.stat().st_size > MAX_BYTES:
            raise DescriptionError(f"{path.stat().st_size} bytes: a scenario file has at most {MAX_BYTES}")
        text = path.read_bytes().decode("utf-8")
        return loads(text)
    except FileNotFoundError:
        raise DescriptionError("no such file", str(path)) from None
    except UnicodeDecodeError as error:
        raise DescriptionError(f"is not UTF-8 text: byte {error.start}", str(path)) from None
    except OSError as error:
        raise DescriptionError(f"cannot be read: {error.strerror}", str(path)) from None
    except DescriptionError as error:
        detail = f"{error.where}: {error.message}" if error.where else error.message
        raise DescriptionError(detail, str(path)) from None


def loads(text: str) -> Scenario:
    """Read a scenario from the text of a TOML file; see :func:`load`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DescriptionError(f"is not TOML: {error}") from None
    except RecursionError:
        raise DescriptionError("is not TOML that can be read: nested too deeply") from None
    if not table:
        raise DescriptionError("is empty: a scenario has at least one table [pools.NAME]")
    return from_table(table)


def from_table(table: Mapping[str, Any]) -> Scenario:
    """A scenario from plain data.

    Raises
    ------
    DescriptionError
        With the key path.
    """
    for key in table:
        if key not in _TOP:
            reason = later.why("Scenario", key)
            raise DescriptionError(reason or f"unknown key {key!r}: allowed are {', '.join(_TOP)}", key)
    fields = fields_of(Scenario)
    given = {k: from_plain(fields[k], table[k], k) for k in ("name", "horizon", "starts") if k in table}
    faults = [build_from(Fault, data, where, name=name) for name, data, where in _entries(table, "faults")]
    controllers = [_controller(name, data, where) for name, data, where in _entries(table, "controllers")]
    return Scenario(_system(table), faults=faults, controllers=controllers, **given)


def _system(table: Mapping[str, Any]) -> System | Chain:
    if ("chain" in table) == ("pools" in table):
        raise DescriptionError("either [pools.NAME] tables or one [chain] is needed", "pools")
    if "chain" in table:
        chain: Chain = from_plain(Chain, table["chain"], "chain")
        return chain
    pools = [build_from(Pool, data, where, name=name) for name, data, where in _entries(table, "pools")]
    structure = from_plain(Structure, table["structure"], "structure") if "structure" in table else None
    return System(pools, structure)


def _entries(table: Mapping[str, Any], key: str) -> list[tuple[str, Any, str]]:
    entries = table.get(key, {})
    if not isinstance(entries, Mapping):
        raise DescriptionError(f"a table of named tables is needed: [{key}.NAME]", key)
    for name, data in entries.items():
        if not isinstance(data, Mapping):
            raise DescriptionError(f"{data!r} is not a table: write [{key}.{name}]", f"{key}.{name}")
    return [(name, data, f"{key}.{name}") for name, data in entries.items()]


def _controller(name: str, data: Any, where: str) -> Crew | Failover:
    allowed = choices((Crew, Failover))
    if len(data) != 1 or next(iter(data)) not in allowed:
        tag = next(iter(data), "")
        reason = later.why("controller", tag) if data else ""
        raise DescriptionError(reason or f"one key is needed: {', '.join(allowed)}", f"{where}.{tag}".rstrip("."))
    ((tag, inner),) = data.items()
    controller: Crew | Failover = build_from(allowed[tag], inner, f"{where}.{tag}", name=name)
    return controller


def to_table(scenario: Scenario) -> dict[str, Any]:
    """Plain data of a scenario; ``from_table(to_table(s)) == s``."""
    table: dict[str, Any] = {"name": scenario.name} if scenario.name else {}
    table["horizon"] = scenario.horizon
    if scenario.starts != "new":
        table["starts"] = scenario.starts
    if isinstance(scenario.system, Chain):
        return table | {"chain": to_plain(scenario.system)}
    system = scenario.system
    if system.structure is not None:
        table["structure"] = to_plain(system.structure)
    table["pools"] = {pool.name: _without_name(to_plain(pool)) for pool in system.pools}
    if scenario.faults:
        table["faults"] = {fault.name: _without_name(to_plain(fault)) for fault in scenario.faults}
    if scenario.controllers:
        tags = {Crew: "crew", Failover: "failover"}
        table["controllers"] = {c.name: {tags[type(c)]: _without_name(to_plain(c))} for c in scenario.controllers}
    return table


def _without_name(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != "name"}


def dump(scenario: Scenario) -> str:
    """The text of a TOML file that :func:`loads` reads back as an equal scenario."""
    import tomli_w

    return tomli_w.dumps(to_table(scenario))
