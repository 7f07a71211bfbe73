"""The conductor: controllers on their own clock, in step with whatever engine drives the requests.

    while t < horizon:
        stop = control.next_time()
        t, signals = traffic.advance(until=stop, watch=asked)   # returns early when somebody got an answer
        control.step(t, signals)                                # sees what ended strictly before t

Controllers see signals and say changes; they never see a request. The timeline only grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import simpy

from simulator.describe.controllers import ACTING
from simulator.describe.rollouts import Autoscaler, Rollout
from simulator.describe.runbooks import Runbook
from simulator.describe.signals import Signal
from simulator.describe.sources import Source, Trace
from simulator.describe.system import Scenario, System
from simulator.run.controllers import rollouts, scaling
from simulator.run.controllers.acts import Acts
from simulator.run.controllers.amounts import Amounts
from simulator.run.controllers.deep_health import DeepChecks
from simulator.run.controllers.failover import Failovers
from simulator.run.controllers.given import Given
from simulator.run.controllers.health import HealthChecks
from simulator.run.controllers.later import at_last
from simulator.run.controllers.lived import Lived
from simulator.run.controllers.restarts import Restarts
from simulator.run.controllers.runbooks import People, access_name
from simulator.run.controllers.watching import Watching
from simulator.run.controllers.world import World
from simulator.run.probe_calls import probe_sources
from simulator.sample.luck import Luck
from simulator.tables.changes import Change
from simulator.tables.driven import Driven, NoTraffic, Signals
from simulator.tables.timeline import Spell, Timeline

__all__ = ["Conductor", "counted_pools", "needs_conducting", "with_access"]


def needs_conducting(scenario: Scenario) -> bool:
    """Whether anything in a scenario acts during the run, so that it cannot be known before."""
    if not isinstance(scenario.system, System):
        return False
    acting = any(isinstance(c, ACTING) for c in scenario.controllers)
    hours = any(crew.on_call is not None for crew in scenario.crews)
    led = any(f.zoned for f in scenario.failovers)
    roles = any(call.to_role for pool in scenario.system.pools for call in pool.calls) or any(
        source.to.to_role for source in scenario.sources
    )
    restarts = any(pool.restart is not None for pool in scenario.system.pools)
    deep = any(check.probe == "deep" for check in scenario.health_checks)
    return acting or hours or deep or led or roles or restarts or bool(scenario.backlogs)


def with_access(scenario: Scenario) -> Scenario:
    """With a source for each step of a runbook that needs an answer of the system, and for each deep probe.

    They send only when asked.
    """
    keys = next((source.keys for source in scenario.sources if source.keys is not None), None)
    people = [
        Source(access_name(book.name, number), Trace(()), to=step.needs, keys=keys)
        for book in scenario.controllers if isinstance(book, Runbook)
        for number, step in enumerate(book.steps) if step.needs is not None
    ]  # fmt: skip
    people += probe_sources(scenario)
    return replace(scenario, sources=(*scenario.sources, *people)) if people else scenario


def counted_pools(scenario: Scenario) -> tuple[str, ...]:
    """Pools whose members are counted one by one, because a signal compares new with old."""
    found = []
    for controller in scenario.controllers:
        if isinstance(controller, Rollout | Autoscaler):
            signals = [getattr(controller, "halts_on", None)]
        elif isinstance(controller, Runbook):
            signals = [s for s in (controller.when, *(step.when for step in controller.steps))
                       if isinstance(s, Signal)]  # fmt: skip
        else:
            continue
        found += [
            part.partition("[")[0]
            for s in signals
            if s is not None
            for part in s.parts
            if "[" in part
        ]
    return tuple(dict.fromkeys(found))


class Conductor:
    """Runs the controllers of a scenario, alone or in step with traffic.

    Parameters
    ----------
    scenario : Scenario
    given : Sequence of Spell
        Faults that are known before the run; those that some action ends are left to the conductor.
    seed, replication : int
    driven : Driven, optional
        The traffic; None = nobody sends requests.
    callee : dict of str to str, optional
        Pool that each call of the traffic goes to, by the name of the call.
    lived : Scenario, optional
        With the faults that are to be lived in the run, instead of being given.
    """

    def __init__(
        self, scenario: Scenario, given: Sequence[Spell] = (), *, seed: int = 1, replication: int = 0,
        driven: Driven | None = None, callee: dict[str, str] | None = None, lived: Scenario | None = None,
    ) -> None:  # fmt: skip
        self.scenario, self.driven = scenario, driven or NoTraffic()
        self.env = simpy.Environment()
        self.world = World(scenario, self.env, Luck(seed), replication, self._tell)
        self.amounts = Amounts(self.world)
        self.acts = Acts(self.world, self.amounts)
        self.watching = Watching(self.world, self.amounts, self.driven, callee or {})
        self.given = Given(self.world, given)
        self.acts.end_fault = self._end_fault
        self._asked: dict[str, tuple[simpy.Event, int, int]] = {}
        Restarts(self.world, self.acts)
        HealthChecks(self.world)
        self.failovers = Failovers(self.world)
        self.acts.promote = self.failovers.promote
        self.lived = None if lived is None else Lived(self.world, self.failovers, lived)
        rollouts.begin(self)
        scaling.begin(self)
        People(self.world, self.acts, self.watching, self._ask).begin()
        DeepChecks(self.world, self._ask).begin()

    def _end_fault(self, fault: str, cause: str) -> None:
        """People take away the cause of a fault, given or lived."""
        self.given.end(fault, cause)
        if self.lived is not None:
            self.lived.end(fault, cause)

    def _tell(self, change: Change) -> None:
        if change.what == "build":
            for pool, member in change.members:
                self.watching.changed_build(pool, member)
        self.driven.apply(change)

    # --- in step ----------------------------------------------------------------------------------

    def run(self) -> Timeline:
        """Everything up to the horizon.

        Returns
        -------
        Timeline
            The faults, what was done, and why.
        """
        horizon = self.scenario.horizon
        self._step(0.0, Signals(0.0))  # those who act at once are there from the start
        while True:
            signals = self.driven.advance(min(self.env.peek(), horizon), tuple(self._asked))
            if signals.time_s >= horizon:
                break
            self._step(signals.time_s, signals)
        if self.env.now < horizon:
            self.env.run(until=at_last(self.env, horizon))
        self.amounts.settle()
        return self.timeline()

    def _step(self, time: float, signals: Signals) -> None:
        """Let the controllers do what falls on a time."""
        if signals.requests or signals.attempts:
            self.world.signals = signals
        if time > self.env.now:
            self.env.timeout(time - self.env.now)
        self._catch_up(time)
        self._answered(signals)
        self._catch_up(time)  # whoever has waited for an answer goes on now

    def _catch_up(self, time: float) -> None:
        while self.env.peek() <= time:
            self.env.step()

    def _ask(self, source: str) -> simpy.Event:
        """Send a request of somebody's own; the event tells whether it was served."""
        waiting = self.env.event()
        served, failed = _ended(self.world.signals.requests.get(source, {}))
        self._asked[source] = (waiting, served, failed)
        self.driven.send(source)
        return waiting

    def _answered(self, signals: Signals) -> None:
        for source, (waiting, served, failed) in list(self._asked.items()):
            now_served, now_failed = _ended(signals.requests.get(source, {}))
            if now_served + now_failed > served + failed:
                del self._asked[source]
                waiting.succeed(now_served > served)

    def timeline(self) -> Timeline:
        """What has happened so far."""
        return Timeline([*self.given.spells(), *self.world.spells()], self.world.log)


def _ended(row: dict[str, int]) -> tuple[int, int]:
    served = row.get("ok", 0) + row.get("degraded", 0)
    return served, sum(row.values()) - served - row.get("in_flight", 0)
