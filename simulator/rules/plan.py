"""The static side of dependence: events, clocks, crews and led pools, numbered for the rules.

A *clock* runs down a duration drawn from a *stream* (an address and a law). Every fault has a life
clock and a stage clock (inspection, travel, repair); every failover has a stage clock (detection,
promotion, by hand); every shock has one life clock of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from simulator.describe.controllers import Crew, Failover
from simulator.describe.distributions import Deterministic, Distribution, Exponential, Uniform
from simulator.describe.faults import Drain, Every, Fault, Life, On
from simulator.describe.pools import Pool
from simulator.describe.selectors import Member
from simulator.describe.system import Scenario, System
from simulator.rules.anatomy import Anatomy, BasicEvent, anatomy

__all__ = ["Clock", "Led", "Plan", "Shock", "Stream", "law_of", "plan_of"]


@dataclass(frozen=True, slots=True)
class Stream:
    """Where durations come from: the address of their luck and their law.

    Parameters
    ----------
    purpose : str
        ``life repair travel found detect promote by_hand``.
    who : str
    law : Distribution
        Seconds.
    age : float
        Age of the first life at time 0, seconds.
    keeps : float
        Share of the gained age that a repair leaves (Kijima); lives only.
    period : float
        Inspection period, seconds, if the end is the next multiple of it since the life began; else 0.
    """

    purpose: str
    who: str
    law: Distribution
    age: float = 0.0
    keeps: float = 0.0
    period: float = 0.0


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock and the streams it may draw from, by stage."""

    kind: str  # "life", "stage" or "shock"
    owner: int  # index of the event, or of the shock
    streams: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shock:
    """A fault that strikes many members at once, each repaired on its own."""

    name: str
    fault: Fault
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Led:
    """A pool in which some members are active and the others stand by, or one is primary."""

    pool: Pool
    slots: int
    failover: Failover | None
    event: int  # index of the failover event, -1 without failover


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the rules look up, numbered."""

    scenario: Scenario
    anatomy: Anatomy
    streams: tuple[Stream, ...]
    clocks: tuple[Clock, ...]
    life: tuple[int, ...]  # clock of each event's life, -1 = none
    stage: tuple[int, ...]  # clock of each event's stages, -1 = none
    crew: tuple[int, ...]  # crew of each event, -1 = nobody is waited for
    rank: tuple[int, ...]  # priority class of each event, 0 = most urgent
    crews: tuple[Crew, ...]
    led: tuple[Led, ...]
    led_of: dict[str, int]  # pool -> position in `led`
    shocks: tuple[Shock, ...]
    covers: dict[Member, tuple[int, ...]]  # member -> events that take it down
    hidden: dict[Member, tuple[int, ...]]  # member -> events of hidden damage
    lost: dict[str, int]  # pool -> its "lost" event
    followers: dict[str, tuple[int, ...]]  # "repaired:POOL" / "failed:POOL" -> events
    pools: dict[str, Pool]
    skip_instant: bool  # repairs that take no time are no states

    @property
    def events(self) -> tuple[BasicEvent, ...]:
        """The basic events."""
        return self.anatomy.events


def law_of(lasts: Distribution | Drain) -> Distribution:
    """The law of a duration: an amount of work at a steady rate always takes the same time."""
    return Deterministic(lasts.seconds) if isinstance(lasts, Drain) else lasts


def plan_of(
    scenario: Scenario, only: Collection[int] | None = None, *, skip_instant: bool = True
) -> Plan:
    """Number the parts of a scenario for the rules.

    Parameters
    ----------
    scenario : Scenario
    only : collection of int, optional
        Events that are to happen; the others stay idle for ever (a group that depends on no other).
    skip_instant : bool
        Pass over repairs that take no time; False shows them as states that last no time.

    Raises
    ------
    NotSupported
        For a stated chain.
    """
    return _Builder(scenario, only, skip_instant).plan()


class _Builder:
    """Collects streams and clocks while it walks the events."""

    def __init__(
        self, scenario: Scenario, only: Collection[int] | None, skip_instant: bool
    ) -> None:
        self.skip_instant = skip_instant
        self.anatomy = anatomy(scenario)
        self.only = frozenset(range(len(self.anatomy.events)) if only is None else only)
        assert isinstance(scenario.system, System)  # anatomy() has refused a stated chain
        self.scenario, self.system = scenario, scenario.system
        self.streams: list[Stream] = []
        self.clocks: list[Clock] = []

    def plan(self) -> Plan:
        events = self.anatomy.events
        crew = tuple(self.crew_of(e) for e in events)
        led = self.led_pools()
        life = tuple(self.life_clock(i, e) for i, e in enumerate(events))
        stage = tuple(self.stage_clock(i, e, crew[i]) for i, e in enumerate(events))
        shocks = self.shocks()
        return Plan(
            scenario=self.scenario,
            anatomy=self.anatomy,
            streams=tuple(self.streams),
            clocks=tuple(self.clocks),
            life=life,
            stage=stage,
            crew=crew,
            rank=tuple(self.rank_of(e, c) for e, c in zip(events, crew, strict=True)),
            crews=self.scenario.crews,
            led=led,
            led_of={x.pool.name: i for i, x in enumerate(led)},
            shocks=shocks,
            covers=self.cover(hidden=False),
            hidden=self.cover(hidden=True),
            lost={e.members[0][0]: i for i, e in enumerate(events) if e.role == "lost"},
            followers=self.followers(),
            pools={pool.name: pool for pool in self.system.pools},
            skip_instant=self.skip_instant,
        )

    def stream(self, purpose: str, who: str, law: Distribution, **more: float) -> int:
        self.streams.append(Stream(purpose, who, law, **more))
        return len(self.streams) - 1

    def clock(self, kind: str, owner: int, streams: dict[str, int]) -> int:
        self.clocks.append(Clock(kind, owner, streams))
        return len(self.clocks) - 1

    def crew_of(self, event: BasicEvent) -> int:
        """The crew that this event waits for."""
        if event.fault is None or not event.fault.needs_crew or event.fault.lasts is None:
            return -1
        names = {pool for pool, _ in event.members} | {event.cause}
        for index, crew in enumerate(self.scenario.crews):
            if not crew.serves or names & set(crew.serves):
                return index
        return -1

    def rank_of(self, event: BasicEvent, crew: int) -> int:
        order = self.scenario.crews[crew].priority if crew >= 0 else ()
        names = {pool for pool, _ in event.members} | {event.cause}
        return next((i for i, name in enumerate(order) if name in names), len(order))

    def life_clock(self, index: int, event: BasicEvent) -> int:
        fault = event.fault
        if fault is None or fault.shock or not isinstance(fault.when, Life):
            return -1
        if index not in self.only:
            return -1
        life = fault.when
        stream = self.stream("life", event.name, life.distribution, age=event.age, keeps=life.keeps)
        return self.clock("life", index, {"life": stream})

    def stage_clock(self, index: int, event: BasicEvent, crew: int) -> int:
        laws = (
            self.failover_laws(event) if event.role == "failover" else self.repair_laws(event, crew)
        )
        if not laws or index not in self.only:
            return -1
        streams = {
            purpose: self.stream(purpose, event.name, law, period=_period(event, purpose))
            for purpose, law in laws.items()
        }
        return self.clock("stage", index, streams)

    def repair_laws(self, event: BasicEvent, crew: int) -> dict[str, Distribution]:
        fault, laws = event.fault, dict[str, Distribution]()
        if fault is None:
            return laws
        if isinstance(fault.found_by, Every):
            laws["found"] = Uniform(0.0, fault.found_by.period)
        elif fault.found_by is not None:
            laws["found"] = Exponential(1.0 / fault.found_by.most)
        travel = self.scenario.crews[crew].travel if crew >= 0 else None
        if travel is not None:
            laws["travel"] = travel
        if fault.repair is not None:
            laws["repair"] = law_of(fault.repair)
        return laws

    def failover_laws(self, event: BasicEvent) -> dict[str, Distribution]:
        failover = next(f for f in self.scenario.failovers if f.pool == event.members[0][0])
        laws: dict[str, Distribution] = {}
        detect = failover.detect
        if detect.latest > 0:
            same = detect.latest == detect.earliest
            laws["detect"] = (
                Deterministic(detect.latest) if same else Uniform(detect.earliest, detect.latest)
            )
        laws["promote"] = failover.promote
        if failover.by_hand is not None:
            laws["by_hand"] = failover.by_hand
        return laws

    def led_pools(self) -> tuple[Led, ...]:
        failovers = {f.pool: f for f in self.scenario.failovers}
        event = {
            e.members[0][0]: i for i, e in enumerate(self.anatomy.events) if e.role == "failover"
        }
        return tuple(
            Led(
                p,
                p.needed_members if p.standby else 1,
                failovers.get(p.name),
                event.get(p.name, -1),
            )
            for p in self.system.pools
            if p.standby or p.name in failovers
        )

    def shocks(self) -> tuple[Shock, ...]:
        found: dict[str, list[int]] = {}
        faults: dict[str, Fault] = {}
        for index, event in enumerate(self.anatomy.events):
            if event.fault is not None and event.fault.shock and index in self.only:
                found.setdefault(event.cause, []).append(index)
                faults[event.cause] = event.fault
        for number, (name, fault) in enumerate(faults.items()):
            assert isinstance(fault.when, Life)  # a shock is never chained: check_system()
            self.clock(
                "shock", number, {"life": self.stream("life", name, fault.when.distribution)}
            )
        return tuple(Shock(name, faults[name], tuple(events)) for name, events in found.items())

    def cover(self, *, hidden: bool) -> dict[Member, tuple[int, ...]]:
        found: dict[Member, list[int]] = {}
        for index, event in enumerate(self.anatomy.events):
            effect = event.fault.effect if event.fault is not None else None
            if effect is not None and (effect.hidden if hidden else not effect.up):
                for member in event.members:
                    found.setdefault(member, []).append(index)
        return {member: tuple(indices) for member, indices in found.items()}

    def followers(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, list[int]] = {}
        for index, event in enumerate(self.anatomy.events):
            if event.fault is not None and isinstance(event.fault.when, On):
                found.setdefault(event.fault.when.event, []).append(index)
        return {key: tuple(indices) for key, indices in found.items()}


def _period(event: BasicEvent, purpose: str) -> float:
    by = event.fault.found_by if event.fault is not None else None
    return by.period if purpose == "found" and isinstance(by, Every) else 0.0
