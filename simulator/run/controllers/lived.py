"""Faults that are lived: lives, repairs and crews happen in the run, instead of being known before it.

What exact chains can say is said here a second time, member by member and day by day, so that
controllers and theory can be held against each other. The numbers of a fault (who is covered, which
crew, which urgency) are those of :mod:`simulator.rules.plan`.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.describe.faults import On
from simulator.describe.system import Scenario
from simulator.errors import NotSupported
from simulator.rules.logic import Gate, Node
from simulator.rules.plan import Plan, Shock, plan_of
from simulator.run.controllers.crews import Brigade, Job
from simulator.run.controllers.elections import Election
from simulator.run.controllers.failover import Failovers
from simulator.run.controllers.later import Operating
from simulator.run.controllers.part import Part
from simulator.run.controllers.standins import StandIns
from simulator.run.controllers.world import Who, World

__all__ = ["Lived", "check_lived"]


def check_lived(scenario: Scenario) -> None:
    """Raise :class:`NotSupported` for faults that only the engines of years can live."""
    from simulator.rules.features import FEATURES, features

    found = features(scenario) & {
        "hidden damage",
        "inspected",
        "data loss",
        "starts in equilibrium",
    }
    for name in sorted(found):
        message = "take the faults as given"
        raise NotSupported(f"{FEATURES[name]} (lived day by day)", "the conductor", message)


class Lived:
    """All faults of a scenario that bear on time.

    Parameters
    ----------
    world : World
    failovers : Failovers
    scenario : Scenario
        With those faults alone; see :func:`simulator.history.over_time`.

    Raises
    ------
    NotSupported
        For hidden or inspected faults, data that can be lost, and a start in equilibrium.
    """

    def __init__(self, world: World, failovers: Failovers, scenario: Scenario) -> None:
        check_lived(scenario)
        self.world, self._failovers = world, failovers
        self.plan: Plan = plan_of(scenario)
        self._crews = [Brigade(crew, world) for crew in self.plan.crews]
        self._led = dict(failovers.of)
        for led in self.plan.led:
            if led.pool.name not in self._led:
                self._led[led.pool.name] = StandIns(world, None, led.pool.name)
        self.parts = [Part(self, number) for number in range(len(self.plan.events))]
        self._held: list[Part] = []
        self._shocks = [_Shocks(self, shock) for shock in self.plan.shocks]
        self._changing = [p for p in self.parts if p.changes_speed]
        for one in self._led.values():
            if isinstance(one, StandIns):
                one.heard.append(self._failover_moved)
        world.listeners.append(self._look)
        for part in self.parts:
            part.begin()

    # --- what is so -------------------------------------------------------------------------------

    def up(self, who: Who) -> bool:
        """Whether a member is up, a failover of its pool aside."""
        led = self._led.get(who[0])
        if led is not None:
            return led.fit(who[1])
        return self.world.at(who).up

    def ups(self, pool: str) -> int:
        """Members that are up."""
        return sum(self.up((pool, m)) for m in range(len(self.world.members[pool])))

    def waits(self, who: Who) -> bool:
        """Whether a member of a pool with stand-ins has no load."""
        led = self._led[who[0]]
        return not led.all.leads(who[1]) if isinstance(led, Election) else who[1] not in led.active

    @property
    def serving(self) -> bool:
        """Whether the whole system is up by its structure."""
        return not self._down(self.plan.anatomy.top)

    def _down(self, node: Node) -> bool:
        if isinstance(node, Gate):
            return sum(map(self._down, node.inputs)) >= node.least
        event = self.plan.events[node]
        if event.role == "failover":
            return self._led[event.members[0][0]].covered
        return self.parts[node].active

    # --- what follows -----------------------------------------------------------------------------

    def _look(self, members: Sequence[Who]) -> None:
        for pool in dict.fromkeys(pool for pool, _ in members):
            led = self._led.get(pool)
            if isinstance(led, StandIns) and led.rule is None:
                led.look()
        self._speeds()

    def _speeds(self) -> None:
        for part in self._changing:
            part.look()

    def _failover_moved(self) -> None:
        """Repairs that were held back for a failover may begin."""
        self._speeds()
        free = [part for part in self._held if not self._is_held(part)]
        for part in free:
            self._held.remove(part)
            self._call(part)

    def _is_held(self, part: Part) -> bool:
        return any(
            pool in self._led and self._led[pool].holds_repairs for pool, _ in part.event.members
        )

    def call_out(self, part: Part) -> None:
        """A fault is there and wants to be repaired."""
        if self._is_held(part):
            self._held.append(part)
        else:
            self._call(part)

    def _call(self, part: Part) -> None:
        if part.repair is None:
            return  # nobody ever will
        crew = self._crew_of(part)
        travel = None if crew is None else crew.crew.travel
        rank = self.plan.rank[part.number]
        part.job = Job(
            self.world, part.event.name, rank, travel, part.repair, lambda: self._done(part)
        )
        if crew is None:
            part.job.run_at(1.0)
        else:
            crew.take(part.job)

    def _crew_of(self, part: Part) -> Brigade | None:
        number = self.plan.crew[part.number]
        return self._crews[number] if number >= 0 else None

    def _done(self, part: Part, cause: str = "") -> None:
        """A fault is over: its crew is free, and what it was lives again."""
        crew, job = self._crew_of(part), part.job
        part.job = None
        if crew is not None and job is not None:
            crew.leave(job)
        part.heal(cause)

    def end(self, fault: str, cause: str) -> None:
        """People take away the cause of a fault of the scenario, whoever was repairing it."""
        for part in self.parts:
            if part.event.cause == fault and part.active:
                if part in self._held:
                    self._held.remove(part)
                if part.job is not None:
                    part.job.stop()
                self._done(part, cause)

    def follow(self, event: str, spare: int = 0) -> None:
        """Faults that are chained to an event of a pool."""
        for number in self.plan.followers.get(event, ()):
            part = self.parts[number]
            when = part.event.fault.when if part.event.fault is not None else None
            assert isinstance(when, On)  # followers are chained faults
            if when.no_redundancy and spare > 0:
                continue
            if part.active or not any(self.up(who) for who in part.event.members):
                continue
            if when.chance == 1.0 or self.world.uniform("chained", part.event.name) < when.chance:
                part.strike()


class _Shocks:
    """Shocks that strike members with a chance, each of which is repaired on its own."""

    def __init__(self, lived: Lived, shock: Shock) -> None:
        self._lived, self._shock = lived, shock
        self._clock = Operating(lived.world.env, self._strike)
        self._again()

    def _again(self) -> None:
        when = self._shock.fault.when
        assert not isinstance(when, On)  # a shock is never chained
        law = getattr(when, "distribution")  # noqa: B009
        self._clock.start(self._lived.world.draw("life", self._shock.name, law))

    def _strike(self) -> None:
        lived, chance = self._lived, self._shock.fault.chance
        parts = [lived.parts[e] for e in self._shock.events]
        for part in [p for p in parts if lived.up(p.event.members[0])]:
            if chance == 1.0 or lived.world.uniform("struck", part.event.name) < chance:
                part.strike()
        self._again()
