"""From values to the plain data of a TOML file, so that reading them gives equal values.

Nothing is written that equals its default, but for a key that tells the kind of a table. None is said
by leaving the key out, or by ``"none"`` where that would mean something else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from simulator.describe.distributions import Distribution
from simulator.describe.faults import Fault, Life, crash
from simulator.describe.forms import MARKED, Build, parameters, tag_of
from simulator.errors import DescriptionError

__all__ = ["long_fault", "to_plain"]

CONTROLLERS = ("crew", "failover", "health_check", "runbook", "rollout", "autoscaler")
"""Tags that stand around the whole table of an entry of ``[controllers]``."""


def to_plain(value: Any) -> Any:
    """Plain data of a value; `from_plain` of it gives an equal value."""
    if isinstance(value, Fault):
        return _fault_table(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        tag = tag_of(value)
        if tag is None and isinstance(value, Distribution):
            raise DescriptionError(f"{value.describe()} has no form in a file")
        return _table(value) if tag in (None, *CONTROLLERS) else {tag: _table(value)}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    return value


def _table(value: Any) -> dict[str, Any]:
    """The fields that differ from their defaults."""
    table: dict[str, Any] = {}
    build: Build = type(value)
    for key, parameter in parameters(build).items():
        item, default = getattr(value, parameter.name), _default(value, parameter.name)
        if item is None and default is not None:
            table[key] = "none"
        elif item is not None and (item != default or key == MARKED.get(type(value))):
            table[key] = _named(item) if _is_named(item) else to_plain(item)
    return table


def _is_named(item: Any) -> bool:
    """Whether a field holds pairs of a name and a value: zones, classes, steps by class."""
    if not isinstance(item, tuple) or not item:
        return False
    return all(isinstance(p, tuple) and len(p) == 2 and isinstance(p[0], str) for p in item)


def _named(item: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {name: to_plain(value) for name, value in item}


def _default(value: Any, name: str) -> Any:
    """Default of a field; the missing marker, which equals nothing, if there is none."""
    field = next(f for f in dataclasses.fields(value) if f.name == name)
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _fault_table(fault: Fault) -> dict[str, Any]:
    """The short form ``{ crash = ... }`` where it says the same."""
    when = fault.when
    if isinstance(when, Life) and fault.name:
        said = {"ages": when.ages, "renews": when.renews, "needs_crew": fault.needs_crew}
        life: dict[str, Any] = {"life": when.distribution, "repair": fault.lasts, **said}
        if crash(**life, name=fault.name) == fault:
            table = life | {"name": fault.name}
            defaults = {key: p.default for key, p in parameters(crash).items()}
            return {"crash": {k: to_plain(v) for k, v in table.items() if v != defaults[k]}}
    return _table(fault)


def long_fault(fault: Fault) -> dict[str, Any]:
    """Plain data of a fault without the short form of a crash."""
    return _table(fault)
