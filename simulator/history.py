"""One history of a scenario's faults, as a timeline to push requests through.

Faults that bear on availability over time are those of the Monte-Carlo engine, replication for
replication: a history of requests and the years of downtime around it see the same failures. Faults
at stated times, and those only requests can feel, are added here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from simulator.describe.controllers import Crew, Failover
from simulator.describe.distributions import Deterministic, Distribution
from simulator.describe.effects import Effect
from simulator.describe.faults import At, Drain, Fault, Life
from simulator.describe.selectors import Member, members_of
from simulator.describe.system import Scenario, System
from simulator.errors import NotSupported
from simulator.rules.anatomy import anatomy
from simulator.rules.health import believed_out
from simulator.run.montecarlo.engine import job_of
from simulator.run.montecarlo.histories import event_spells
from simulator.sample.draws import Column, durations, uniforms
from simulator.sample.luck import Luck
from simulator.tables.timeline import Spell, Timeline

__all__ = ["faults_of", "for_requests", "over_time", "timeline_of", "with_beliefs"]

DOWN = Effect(up=False)


def timeline_of(scenario: Scenario, *, seed: int = 1, replication: int = 0) -> Timeline:
    """The faults of one replication, and what health checks make balancers believe.

    Parameters
    ----------
    scenario : Scenario
    seed, replication : int

    Returns
    -------
    Timeline

    Raises
    ------
    NotSupported
        For a stated chain.
    """
    (spells,) = faults_of(scenario, seed=seed, first=replication, count=1)
    return with_beliefs(spells, scenario)


def faults_of(scenario: Scenario, *, seed: int, first: int, count: int) -> list[list[Spell]]:
    """The faults of some replications, replication by replication.

    Raises
    ------
    NotSupported
        For a stated chain.
    """
    if not isinstance(scenario.system, System):
        raise NotSupported("requests in a stated chain", "events", "describe pools and calls")
    histories = _over_time(scenario, seed, first, count)
    for number, spells in enumerate(histories):
        spells += _of_traffic(scenario, scenario.system, seed, first + number)
    return histories


def with_beliefs(spells: Sequence[Spell], scenario: Scenario, *, probes: bool = True) -> Timeline:
    """A timeline of faults with who is out of rotation: by probes where there are any, at once elsewhere.

    Without `probes` nothing is said about members that a health check watches: a run in which
    controllers act looks at them as it goes.
    """
    assert isinstance(scenario.system, System)  # faults_of has checked it
    if probes and any(check.probe == "deep" for check in scenario.health_checks):
        raise NotSupported("deep health checks", "a timeline known before", "conduct and traffic can")
    return Timeline(_with_beliefs(list(spells), scenario, scenario.system, probes))


def _named(scenario: Scenario, system: System) -> list[tuple[str, str, Fault]]:
    """Every fault with the name of its cause and the pool it stands in."""
    found = []
    for pool in system.pools:
        labels = [fault.name or "fault" for fault in pool.faults]
        for number, (label, fault) in enumerate(zip(labels, pool.faults)):
            many = labels.count(label) > 1
            name = f"{label}_{labels[: number + 1].count(label)}" if many else label
            found.append((f"{pool.name}.{name}", pool.name, fault))
    return found + [(fault.name, "", fault) for fault in scenario.faults]


def _only_for_requests(fault: Fault) -> bool:
    """Faults the engines of years know nothing about."""
    linked = all(s.startswith("link:") for s in fault.selectors)
    return isinstance(fault.when, At) or fault.effect.on_traffic or linked


def _over_time(scenario: Scenario, seed: int, first: int, count: int) -> list[list[Spell]]:
    """Faults as the Monte-Carlo engine has them."""
    bare = over_time(scenario)
    events = anatomy(bare).events
    if not events:
        return [[] for _ in range(count)]
    found = []
    for history in event_spells(job_of(bare, seed=seed), first, count):
        spells: list[Spell] = []
        for event, times in zip(events, history):
            effect = DOWN if event.fault is None else event.fault.effect
            if not effect.hidden:
                spells += [
                    Spell(
                        start,
                        math.inf if end >= scenario.horizon else end,
                        event.name,
                        event.members,
                        effect,
                    )
                    for start, end in times
                ]
        found.append(spells)
    return found


def over_time(scenario: Scenario) -> Scenario:
    """The scenario with those faults and controllers alone that the engines of years know."""
    assert isinstance(scenario.system, System)
    pools = [
        replace(p, faults=[f for f in p.faults if not _only_for_requests(f)])
        for p in scenario.system.pools
    ]
    return replace(
        scenario,
        system=replace(scenario.system, pools=pools, links=()),
        faults=[f for f in scenario.faults if not _only_for_requests(f)],
        controllers=[c for c in scenario.controllers if isinstance(c, Crew | Failover)],
        sources=(),
    )


def for_requests(scenario: Scenario) -> Scenario:
    """The scenario with those faults alone that the engines of years do not know."""
    assert isinstance(scenario.system, System)
    pools = [
        replace(p, faults=[f for f in p.faults if _only_for_requests(f)])
        for p in scenario.system.pools
    ]
    kept = [f for f in scenario.faults if _only_for_requests(f)]
    return replace(scenario, system=replace(scenario.system, pools=pools), faults=kept)


def _of_traffic(scenario: Scenario, system: System, seed: int, replication: int) -> list[Spell]:
    """Faults at stated times, and those whose effect only requests can feel."""
    luck = Luck(seed)
    found: list[Spell] = []
    for cause, pool, fault in _named(scenario, system):
        if not _only_for_requests(fault):
            continue
        chosen = [s or pool for s in fault.selectors]
        links = tuple(s.removeprefix("link:") for s in chosen if s.startswith("link:"))
        members = tuple(
            dict.fromkeys(
                m for s in chosen if not s.startswith("link:") for m in members_of(s, system)
            )
        )
        for who, covered in _copies(fault, cause, members, links):
            for start, end in _times(fault, who, luck, replication, scenario.horizon):
                found.append(Spell(start, end, who, covered, fault.effect, links))
    return found


def _copies(
    fault: Fault, cause: str, members: tuple[Member, ...], links: tuple[str, ...]
) -> list[tuple[str, tuple[Member, ...]]]:
    """Who goes down and comes back on its own: all together, or each member.

    What strikes all at stated times and lasts as long for each needs no copies.
    """
    law = fault.repair
    fixed = isinstance(law, Deterministic) or not isinstance(law, Distribution)
    alike = isinstance(fault.when, At) and fixed and fault.chance == 1.0
    if alike or links or (fault.together and not fault.shock):
        return [(cause, members)]
    label = cause.rpartition(".")[2]
    return [(f"{p}[{i}].{label}", ((p, i),)) for p, i in members]


def _times(
    fault: Fault, who: str, luck: Luck, replication: int, horizon: float
) -> Iterable[tuple[float, float]]:
    """Start and end of each occurrence, seconds."""
    lasts = _law_column(fault.repair, luck, "lasts", who, replication)
    if isinstance(fault.when, At):
        struck = Column(luck, "traffic struck", who, replication, uniforms).at
        for k, start in enumerate(fault.when.all):
            if fault.chance == 1.0 or struck(k) < fault.chance:
                yield start, start + lasts(k)
        return
    if not isinstance(fault.when, Life) or fault.shock:
        kind = "is a shock" if fault.shock else "follows another event"
        raise NotSupported(
            f"{who}, which {kind} and only requests can feel", "events", "give it a life of its own"
        )
    life = _law_column(fault.when.distribution, luck, "life", who, replication)
    now = 0.0
    for k in range(1_000_000):
        now += life(k)
        if now >= horizon:
            return
        end = now + lasts(k)
        yield now, end
        now = end


def _law_column(
    law: Distribution | Drain | None, luck: Luck, purpose: str, who: str, replication: int
) -> Callable[[int], float]:
    if law is None:
        return lambda k: math.inf
    if isinstance(law, Drain):
        return lambda k: law.seconds
    return Column(luck, f"traffic {purpose}", who, replication, durations(law)).at


def _with_beliefs(
    spells: list[Spell], scenario: Scenario, system: System, probes: bool
) -> list[Spell]:
    """Add who is out of rotation: by probes where there are any; elsewhere at once, if it refuses.

    A silent member tells nobody: without probes it is asked on, and callers wait.
    """
    checks = {check.pool: check for check in scenario.health_checks}
    found: list[Spell] = []
    for spell in spells:
        unwatched = [m for m in spell.members if m[0] not in checks]
        if spell.effect.up or spell.effect.silent or not unwatched:
            found.append(spell)
            continue
        watched = tuple(m for m in spell.members if m[0] in checks)
        found.append(replace(spell, members=tuple(unwatched), out_of_rotation=True))
        if watched:
            found.append(replace(spell, members=watched))
    for name, check in checks.items() if probes else ():
        for index in range(system[name].members):
            down = _not_answering(spells, (name, index))
            for start, end in believed_out(down, check, scenario.horizon):
                cause = f"{check.name} {name}[{index}]"
                found.append(Spell(start, end, cause, ((name, index),), out_of_rotation=True))
    return found


def _not_answering(spells: list[Spell], member: tuple[str, int]) -> list[tuple[float, float, bool]]:
    """When a member answers no probe: down or paused; overlapping times are one."""
    times = sorted(
        (s.start, s.end, s.effect.silent or s.effect.speed == 0.0)
        for s in spells
        if member in s.members and (not s.effect.up or s.effect.speed == 0.0)
    )
    merged: list[tuple[float, float, bool]] = []
    for start, end, silent in times:
        if merged and start <= merged[-1][1]:
            first, last, before = merged[-1]
            merged[-1] = (first, max(last, end), before or silent)
        else:
            merged.append((start, end, silent))
    return merged
