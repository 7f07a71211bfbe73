"""What the description implies: basic events, who covers whom, and the structure as a fault tree.

A basic event is one fault on one member, or one shared fault over many. A pool is down when fewer
than `needed` of its members are up, or while its failover is under way (an event of its own); a
member is down when any event that covers it is active. Faults that only requests can feel are no
basic events: a slow member is up, and links are no parts.

The structure derived from calls: a caller is up while it is up itself and everything it requires is
up; a call with fallbacks is up while any of them is. The entries are where sources call; without
sources, the pools nobody calls. A pool that no required path reaches does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.describe.controllers import Failover
from simulator.describe.faults import At, Fault
from simulator.describe.pools import Pool
from simulator.describe.selectors import Member, members_of
from simulator.describe.steps import All, Answer, Call
from simulator.describe.structure import KofN, Network, Parallel, Part, Series, names_in
from simulator.describe.system import Scenario, System
from simulator.errors import DescriptionError, NotSupported
from simulator.rules.features import bears_on_time
from simulator.rules.logic import Gate, Node, all_of, any_of, needs

__all__ = ["Anatomy", "BasicEvent", "anatomy"]


@dataclass(frozen=True, slots=True)
class BasicEvent:
    """One fault on one member, one shared fault, or one state of a pool (``role``).

    Parameters
    ----------
    name : str
        Unique: ``"db[0].crash"``, ``"zone_a"``, ``"db.failover"``, ``"array.lost"``.
    cause : str
        Name under which like events are summed: ``"db.crash"``.
    fault : Fault or None
        None for a state of a pool.
    members : tuple of (pool, index)
        Whom it covers.
    age : float
        Age of the life at the start, seconds.
    role : {"", "failover", "lost"}
    """

    name: str
    cause: str
    fault: Fault | None
    members: tuple[Member, ...]
    age: float = 0.0
    role: str = ""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Basic events and fault trees over their indices.

    Parameters
    ----------
    events : tuple of BasicEvent
    top : Gate or int
        The system.
    pools : dict of str to Gate or int
        Each pool on its own, whatever it calls.
    members : dict of (pool, index) to Gate or int
    """

    events: tuple[BasicEvent, ...]
    top: Node
    pools: dict[str, Node]
    members: dict[Member, Node]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the events, by index."""
        return tuple(event.name for event in self.events)

    def no_stated_times(self, engine: str) -> None:
        """Raise :class:`NotSupported` for `engine` if a fault strikes at stated times: it has no law."""
        for event in self.events:
            if event.fault is not None and isinstance(event.fault.when, At):
                raise NotSupported(
                    f"faults at stated times ({event.cause})", engine, "request traffic can"
                )


def anatomy(scenario: Scenario) -> Anatomy:
    """Basic events and fault trees of a scenario.

    Raises
    ------
    NotSupported
        For a stated chain, which has no parts.
    """
    if not isinstance(scenario.system, System):
        raise NotSupported(
            "the parts of a stated chain", "the structure", "exact answers the chain as a whole"
        )
    events = _basic_events(scenario)
    cover: dict[Member, list[Node]] = {}
    for index, event in enumerate(events):
        downs = event.fault is not None and not event.fault.effect.up
        for member in event.members if downs else ():
            cover.setdefault(member, []).append(index)
    members: dict[Member, Node] = {
        (pool.name, i): any_of(cover.get((pool.name, i), []))
        if cover.get((pool.name, i))
        else Gate(1)
        for pool in scenario.system.pools
        for i in range(pool.members)
    }
    roles = {(e.members[0][0], e.role): i for i, e in enumerate(events) if e.role}
    pools = {pool.name: _pool_gate(pool, members, roles) for pool in scenario.system.pools}
    named = {e.name: i for i, e in enumerate(events)}
    top = _Reader(scenario.system, pools, members, named).top([s.to for s in scenario.sources])
    return Anatomy(events, top, pools, members)


def _pool_gate(pool: Pool, members: dict[Member, Node], roles: dict[tuple[str, str], int]) -> Node:
    gate = needs(pool.needed_members, [members[pool.name, i] for i in range(pool.members)])
    extra: list[Node] = [
        roles[key] for key in ((pool.name, "failover"), (pool.name, "lost")) if key in roles
    ]
    return any_of([gate, *extra]) if extra else gate


def _basic_events(scenario: Scenario) -> tuple[BasicEvent, ...]:
    assert isinstance(scenario.system, System)  # anatomy() has checked it
    events: list[BasicEvent] = []
    for pool in scenario.system.pools:
        for fault, label in zip(pool.faults, _labels(pool), strict=True):
            if not bears_on_time(fault, ()):
                continue
            events += _events_of(fault, f"{pool.name}.{label}", scenario.system, default=pool.name)
        if any(isinstance(c, Failover) and c.pool == pool.name for c in scenario.controllers):
            events.append(_role(pool, "failover"))
        if pool.on_shortage == "lost":
            events.append(_role(pool, "lost"))
    structure = scenario.system.structure
    named = () if structure is None else tuple(names_in(structure))
    for fault in (f for f in scenario.faults if bears_on_time(f, named)):
        events += _events_of(fault, fault.name, scenario.system, default="")
    return tuple(events)


def _labels(pool: Pool) -> list[str]:
    """Names of the faults of a pool, made unique by their number."""
    given = [fault.name or "fault" for fault in pool.faults]
    return [
        n if given.count(n) == 1 else f"{n}_{given[: i + 1].count(n)}" for i, n in enumerate(given)
    ]


def _role(pool: Pool, role: str) -> BasicEvent:
    members = tuple((pool.name, i) for i in range(pool.members))
    return BasicEvent(f"{pool.name}.{role}", f"{pool.name}.{role}", None, members, role=role)


def _events_of(fault: Fault, cause: str, system: System, default: str) -> list[BasicEvent]:
    selectors = tuple(s or default for s in fault.selectors if not s.startswith("link:"))
    members = tuple(dict.fromkeys(m for s in selectors for m in members_of(s, system)))
    if fault.together and not fault.shock:
        return [BasicEvent(cause, cause, fault, members)]
    pool, _, label = cause.rpartition(".")
    split = [
        BasicEvent(
            f"{p}[{i}].{label}",
            cause,
            fault,
            ((p, i),),
            0.0 if fault.shock else system[p].start_ages[i],
        )
        for p, i in members
    ]
    if len(split) == 1 and split[0].members[0][0] == pool and system[pool].members == 1:
        split = [BasicEvent(cause, cause, fault, split[0].members, split[0].age)]
    return split


class _Reader:
    """Turns the structure, given or derived from calls, into one fault tree."""

    def __init__(
        self,
        system: System,
        pools: dict[str, Node],
        members: dict[Member, Node],
        events: dict[str, int],
    ):
        self.system, self.pools, self.members, self.events = system, pools, members, events

    def top(self, users: list[Call]) -> Node:
        if self.system.structure is not None:
            return self.part(self.system.structure)
        if users:
            return any_of([self.call(call, ()) for call in users])
        return any_of([self.pool(name, ()) for name in entries(self.system)])

    def pool(self, name: str, above: tuple[str, ...]) -> Node:
        """The pool and everything it requires."""
        if name in above:
            raise DescriptionError(
                f"a cycle of calls: {' -> '.join((*above, name))}", f"pools.{name}.serve"
            )
        steps = [step for served in self.system[name].served.values() for step in served]
        needed: list[Node] = []
        for step in dict.fromkeys(steps):
            if isinstance(step, All):
                needed.append(self.all(step, (*above, name)))
            elif isinstance(step, Call) and step.required and step.plane == "data" and step.wait:
                needed.append(self.call(step, (*above, name)))
        return any_of([self.pools[name], *needed])

    def all(self, step: All, above: tuple[str, ...]) -> Node:
        """Calls made side by side: so many must be up that their answers, `times` each, suffice."""
        calls = [self.call(c, above) for c in step.all if c.required]
        if step.needs == "all":
            return any_of(calls) if calls else Gate(1)
        optional = (len(step.all) - len(calls)) * step.times
        least = -(-(step.needs - optional) // step.times)
        return needs(least, calls) if least > 0 else Gate(1)

    def call(self, call: Call | Answer, above: tuple[str, ...]) -> Node:
        if isinstance(call, Answer):  # a rule that decides some cases: the caller goes on
            return Gate(1)
        first = self.pool(call.call, above)
        if not call.fallback:
            return first
        return all_of([first, *(self.call(other, above) for other in call.fallback)])

    def part(self, part: Part) -> Node:
        if isinstance(part, str):
            return self.leaf(part)
        if isinstance(part, Series):
            return any_of([self.part(p) for p in part.series])
        if isinstance(part, Parallel):
            return all_of([self.part(p) for p in part.parallel])
        if isinstance(part, KofN):
            return needs(part.k, [self.part(p) for p in part.of])
        return self.mesh(part)

    def mesh(self, mesh: Network) -> Node:
        """Down when every path has an edge that is down."""
        paths = [any_of([self.part(p) for p in path]) for path in mesh.paths()]
        return all_of(paths) if paths else Gate(0)

    def leaf(self, name: str) -> Node:
        if name in self.pools:
            return self.pools[name]
        if name in self.events:
            return self.events[name]
        return self.members[members_of(name, self.system)[0]]


def entries(system: System) -> list[str]:
    """Pools that nobody calls: where users come in."""
    called = {name for pool in system.pools for call in pool.calls for name in _targets(call)}
    return [pool.name for pool in system.pools if pool.name not in called]


def _targets(call: Call | Answer) -> list[str]:
    if isinstance(call, Answer):
        return []
    return [call.call, *(name for other in call.fallback for name in _targets(other))]
