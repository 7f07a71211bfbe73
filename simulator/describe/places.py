"""Where calls stand: every call of a scenario with its key path, for checks and advice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.describe.codec import key_path
from simulator.describe.steps import All, Call, Step, Work
from simulator.describe.system import Scenario, System

__all__ = ["Place", "callers_of", "places"]


@dataclass(frozen=True, slots=True)
class Place:
    """A call and where it stands.

    Parameters
    ----------
    where : str
        Key path: ``"pools.app.serve.db"``, ``"sources.clients.to.fallback[0]"``.
    call : Call
    caller : str
        Name of the pool or source that calls.
    by_user : bool
        Whether the caller is a source.
    """

    where: str
    call: Call
    caller: str
    by_user: bool = False


def places(scenario: Scenario) -> tuple[Place, ...]:
    """Every call, those of sources first; a chain makes none."""
    system = scenario.system
    if not isinstance(system, System):
        return ()
    found: list[Place] = []
    for source in scenario.sources:
        found += _of_call(source.to, f"{key_path('sources', source.name)}.to", source.name, True)
    for pool in system.pools:
        for kind, steps in pool.served.items():
            where = f"{key_path('pools', pool.name)}.serve"
            found += _of_steps(steps, key_path(where, kind) if kind else where, pool.name)
    return tuple(found)


def callers_of(pool: str, made: Sequence[Place]) -> list[Place]:
    """The calls, among all those `made`, that ask `pool` and wait for its answer."""
    return [place for place in made if place.call.call == pool and place.call.wait]


def _of_steps(steps: Sequence[Step], where: str, caller: str) -> Iterator[Place]:
    labels = ["work" if isinstance(step, Work) else step.label for step in steps]
    for number, (label, step) in enumerate(zip(labels, steps, strict=True)):
        at = key_path(where, label) if labels.count(label) == 1 else f"{where}[{number}]"
        if isinstance(step, All):
            yield from _of_steps(step.all, f"{at}.all", caller)
        elif isinstance(step, Call):
            yield from _of_call(step, at, caller, False)


def _of_call(call: Call, where: str, caller: str, by_user: bool) -> Iterator[Place]:
    yield Place(where, call, caller, by_user)
    for number, other in enumerate(call.fallback):
        if isinstance(other, Call):
            yield from _of_call(other, f"{where}.fallback[{number}]", caller, by_user)
