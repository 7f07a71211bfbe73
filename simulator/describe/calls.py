"""Checks of the calls between pools: they lead somewhere, and nowhere in a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.describe.steps import Answer, Call
from simulator.describe.wording import nearest, shown
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from simulator.describe.system import System

__all__ = ["MAX_CALL_DEPTH", "MAX_CALL_PATHS", "check_calls"]

MAX_CALL_DEPTH = 100
"""Most pools on one path of calls."""

MAX_CALL_PATHS = 100_000
"""Most ways in which calls lead through a system; each becomes a branch of its fault tree."""


def check_calls(system: System) -> None:
    """Raise :class:`DescriptionError` for a call to nowhere, a circle, or calls without measure."""
    targets: dict[str, list[str]] = {}
    names = [pool.name for pool in system.pools]
    for pool in system.pools:
        targets[pool.name] = [
            target
            for call in pool.calls
            for target in _targets(call, names, f"pools.{pool.name}.serve.{call.label}")
        ]
    paths: dict[str, int] = {}
    depths: dict[str, int] = {}
    for name in names:
        _visit(name, (), targets, paths, depths)


def _targets(call: Call | Answer, names: list[str], where: str) -> list[str]:
    """Pools that a call and its fallbacks ask."""
    if isinstance(call, Answer):
        return []
    if call.call not in names:
        hint = nearest(call.call, names)
        raise DescriptionError(
            f"{shown(call.call)} is no pool{hint}: there is {', '.join(names)}", f"{where}.call"
        )
    inner = [_targets(c, names, f"{where}.fallback[{i}]") for i, c in enumerate(call.fallback)]
    return [call.call, *(name for found in inner for name in found)]


def _visit(
    name: str,
    path: tuple[str, ...],
    targets: dict[str, list[str]],
    paths: dict[str, int],
    depths: dict[str, int],
) -> None:
    """Count the ways and the depth below `name`, which is called along `path`."""
    where = f"pools.{name}.serve"
    if name in path:
        circle = " -> ".join((*path[path.index(name) :], name))
        raise DescriptionError(f"a cycle of calls: {circle}", where)
    if name in paths:
        return
    if len(path) >= MAX_CALL_DEPTH:
        raise DescriptionError(f"calls are more than {MAX_CALL_DEPTH} deep: {shown(path)}", where)
    for target in targets[name]:
        _visit(target, (*path, name), targets, paths, depths)
    paths[name] = 1 + sum(paths[target] for target in targets[name])
    depths[name] = 1 + max((depths[target] for target in targets[name]), default=0)
    if depths[name] > MAX_CALL_DEPTH:
        raise DescriptionError(f"calls are {depths[name]} deep: at most {MAX_CALL_DEPTH}", where)
    if paths[name] > MAX_CALL_PATHS:
        raise DescriptionError(
            f"calls lead through the system in {paths[name]} ways: at most {MAX_CALL_PATHS:,}",
            where,
        )
