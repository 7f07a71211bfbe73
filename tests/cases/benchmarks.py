"""Two published models as chains the user states: workstations, a computing system (cases E).

Their repair policies (a crew that picks a group at random, failures in two modes, failures that
spread to one processor of another type) have no noun; states and rates say them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from simulator import HOUR, Chain, exact
from tests.cases.catalogue import Answer, Parameters

# --- the cluster --------------------------------------------------------------------------------


class Cluster(NamedTuple):
    """What is up, and which group the repair unit is busy with (empty: idle)."""

    left: int
    right: int
    left_switch: int
    right_switch: int
    line: int
    busy: str


_GROUPS = Cluster._fields[:-1]
_FAILS = dict(zip(_GROUPS, (1 / 500, 1 / 500, 1 / 4000, 1 / 4000, 1 / 5000), strict=True))
_REPAIR = dict(zip(_GROUPS, (2.0, 2.0, 0.25, 0.25, 0.125), strict=True))
_INSPECTION = 10.0


@cache
def cluster(n: int) -> Chain:
    """Two clusters of `n` workstations; up = `n` of them are connected."""
    whole = Cluster(n, n, 1, 1, 1, "")

    def moves(s: Cluster) -> Iterator[tuple[Cluster, float]]:
        for group in _GROUPS:
            up, all_of_it = getattr(s, group), getattr(whole, group)
            yield s._replace(**{group: up - 1}), up * _FAILS[group] / HOUR
            if not s.busy and up < all_of_it:
                yield s._replace(busy=group), _INSPECTION / HOUR
        if s.busy:
            mended = {s.busy: getattr(s, s.busy) + 1, "busy": ""}
            yield s._replace(**mended), _REPAIR[s.busy] / HOUR

    def premium(s: Cluster) -> bool:
        joined = s.left + s.right >= n and s.left_switch and s.right_switch and s.line
        return bool((s.left >= n and s.left_switch) or (s.right >= n and s.right_switch) or joined)

    return Chain.explore(whole, moves, premium, name=f"cluster of {n}")


# --- the computing system -----------------------------------------------------------------------

Modes = tuple[int, int]
"""Failed units of a group, in mode 1 and in mode 2."""


class Machine(NamedTuple):
    """Failed units by group; like groups in ascending order, for they are interchangeable."""

    processors: tuple[Modes, Modes]
    controllers: tuple[Modes, ...]
    disks: tuple[Modes, ...]

    def __repr__(self) -> str:
        return str(tuple(self))  # names states; three times as fast as with the field names


_SIZE = {"processors": 2, "controllers": 2, "disks": 4}
_REPAIRS = (1.0, 0.5)


def _failed(s: Machine) -> int:
    return sum(a + b for kind in s for a, b in kind)


def _with(s: Machine, kind: str, group: int, mode: int, change: int) -> Machine:
    groups = list(getattr(s, kind))
    modes = list(groups[group])
    modes[mode] += change
    groups[group] = (modes[0], modes[1])
    return s._replace(**{kind: tuple(sorted(groups))})


def _spread(s: Machine, group: int, mode: int) -> Iterator[Machine]:
    """A processor fails and takes one of the other type with it, in either mode."""
    for also in (0, 1):
        types = [list(modes) for modes in s.processors]
        types[group][mode] += 1
        types[1 - group][also] += 1
        yield s._replace(processors=tuple(sorted((a, b) for a, b in types)))


@cache
def computing_system(most_failed: int, lam: tuple[tuple[str, float], ...], spreads: float) -> Chain:
    """28 units, two modes of failure, one repairman shared; at most `most_failed` failed."""
    fails = dict(lam)
    whole = Machine(((0, 0),) * 2, ((0, 0),) * 2, ((0, 0),) * 6)

    def fail(s: Machine, kind: str, group: int, mode: int) -> Iterator[tuple[Machine, float]]:
        rate = (_SIZE[kind] - sum(getattr(s, kind)[group])) * fails[kind] / 2 / HOUR
        if not rate or _failed(s) >= most_failed:
            return
        share = 0.0
        if kind == "processors" and sum(s.processors[1 - group]) < _SIZE[kind]:
            share = spreads
        yield _with(s, kind, group, mode, 1), rate * (1 - share)
        if share and _failed(s) + 2 <= most_failed:
            yield from ((both, rate * share / 2) for both in _spread(s, group, mode))

    def moves(s: Machine) -> Iterator[tuple[Machine, float]]:
        failed = _failed(s)
        for kind in _SIZE:
            for group, modes in enumerate(getattr(s, kind)):
                for mode in (0, 1):
                    yield from fail(s, kind, group, mode)
                    if modes[mode]:
                        mended = _with(s, kind, group, mode, -1)
                        yield mended, modes[mode] * _REPAIRS[mode] / failed / HOUR

    def up(s: Machine) -> bool:
        served = all(sum(modes) < 2 for modes in (*s.processors, *s.controllers))
        return served and all(sum(modes) <= 1 for modes in s.disks)

    return Chain.explore(whole, moves, up, name="computing system")


def _computing_system(p: Parameters) -> Chain:
    rates = {"processors": 1 / 2000, "controllers": 1 / 2000, "disks": 1 / 6000}
    return computing_system(p["truncation_failed"], tuple(rates.items()), 0.01)


ANSWERS: dict[str, Answer] = {
    "E01-hhk-cluster-N4-premium": lambda p: exact.unavailability(cluster(p["N"])),
    "E01-hhk-cluster-N8-premium": lambda p: exact.unavailability(cluster(p["N"])),
    "E05-goyal-computing-system-U": lambda p: exact.unavailability(_computing_system(p)),
    "E06-goyal-computing-system-MTTF": lambda p: exact.mttf(_computing_system(p)) / HOUR,
}
