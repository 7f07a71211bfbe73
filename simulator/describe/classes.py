"""Checks of request classes: whoever receives a class serves it, and lists of classes name known ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.describe.steps import All, Answer, Call, Step
from simulator.describe.wording import nearest, shown
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    from simulator.describe.pools import Pool
    from simulator.describe.sources import Source
    from simulator.describe.system import Scenario, System

__all__ = ["check_classes", "check_sent", "check_served"]


def check_sent(system: System) -> None:
    """Raise :class:`DescriptionError` if a call sends a class (``as``) that its callee does not serve."""
    for pool in system.pools:
        for _, steps in pool.served.items():
            for where, call in _calls(steps, f"pools.{pool.name}.serve"):
                if call.as_:
                    check_served(call.as_, system[call.call], f"{where}.as")


def check_classes(scenario: Scenario, system: System) -> None:
    """Raise if requests of the sources come to a pool that does not serve them, or nobody sends a class."""
    if not scenario.sources:
        return
    seen: set[tuple[str, str]] = set()
    for source in scenario.sources:
        for kind in [name for name, _ in source.classes] or [""]:
            _follow(source, kind, system, seen)
    known = {name for source in scenario.sources for name, _ in source.classes}
    known |= {name for pool in system.pools for name in pool.served if name}
    known |= {call.as_ for pool in system.pools for call in pool.calls if call.as_}
    for pool in system.pools:
        _check_lists(pool, known)


def _check_lists(pool: Pool, known: set[str]) -> None:
    """Lists of classes: who is served first, and who is never shed."""
    lists = [("queue.first", pool.queue.first)]
    lists += [("sheds.spares", pool.sheds.spares)] if pool.sheds is not None else []
    for key, names in lists:
        for name in names:
            where = f"pools.{pool.name}.{key}"
            if name not in known:
                words = ", ".join(sorted(known)) or "none: no source states classes"
                message = (
                    f"{shown(name)} is no class of requests{nearest(name, known)}: there is {words}"
                )
                raise DescriptionError(message, where)
            if names.count(name) > 1:
                raise DescriptionError(f"{shown(name)} stands twice", where)


def _follow(source: Source, kind: str, system: System, seen: set[tuple[str, str]]) -> None:
    """Go with requests of one class through all pools they can come to."""
    where = f"sources.{source.name}"
    todo = [(call, kind, path) for path, call in _with_fallbacks(source.to, f"{where}.to")]
    while todo:
        call, before, path = todo.pop()
        now, pool = call.as_ or before, system[call.call]
        if (pool.name, now) in seen:
            continue
        seen.add((pool.name, now))
        check_served(now, pool, f"{path}.as" if call.as_ else f"{where}.classes")
        served = pool.served
        steps = served.get(now, served.get("", ()))
        todo += [(c, now, at) for at, c in _calls(steps, f"pools.{pool.name}.serve")]


def check_served(kind: str, pool: Pool, where: str) -> None:
    """Raise if the pool has no steps for requests of the class `kind`; empty = of none."""
    served = pool.served
    if kind not in served and "" not in served:
        what = f"requests of class {shown(kind)}" if kind else "requests without a class"
        hint = nearest(kind, served)
        raise DescriptionError(
            f"{pool.name} does not serve {what}{hint}: it serves {', '.join(served)}, and states no "
            'steps for the others, ""',
            where,
        )


def _calls(steps: tuple[Step, ...], where: str) -> Iterator[tuple[str, Call]]:
    """The calls of steps, their fallbacks included, with their key paths."""
    for step in steps:
        if isinstance(step, All):
            yield from _calls(tuple(step.all), f"{where}.{step.label}.all")
        elif isinstance(step, Call):
            yield from _with_fallbacks(step, f"{where}.{step.label}")


def _with_fallbacks(call: Call | Answer, where: str) -> Iterator[tuple[str, Call]]:
    if isinstance(call, Answer):
        return
    yield where, call
    for number, other in enumerate(call.fallback):
        yield from _with_fallbacks(other, f"{where}.fallback[{number}]")
