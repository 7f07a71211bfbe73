"""Autoscalers at work: they look at a pool every so often, and members come and go.

A member that goes leaves in good order: it is taken out of rotation first, and away once it is idle, at
the latest after 30 s; what is inside it then is lost. Those with the highest numbers go first. A member
on order cannot be called off.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from simulator.describe.distributions import Distribution
from simulator.describe.rollouts import Autoscaler
from simulator.rules.scaling import ScalingState, decide, wanted
from simulator.run.controllers.leaving import Leaving
from simulator.run.controllers.world import Who

if TYPE_CHECKING:
    from simulator.run.conductor import Conductor

__all__ = ["Scaler", "begin"]

Wait = Generator[simpy.Event, Any, None]


def begin(conductor: Conductor) -> None:
    """Start the autoscalers of a scenario."""
    for rule in conductor.scenario.controllers:
        if isinstance(rule, Autoscaler):
            Scaler(conductor, rule)


class Scaler:
    """One autoscaler.

    Parameters
    ----------
    conductor : Conductor
    rule : Autoscaler
    """

    def __init__(self, conductor: Conductor, rule: Autoscaler) -> None:
        self._world, self._acts, self._rule = conductor.world, conductor.acts, rule
        self._gauge = conductor.driven.gauge
        self._leaving = Leaving(self._world, self._gauge)
        self._ordered = 0
        self._world.env.process(self._follow())

    def _follow(self) -> Wait:
        rule, state, looks = self._rule, ScalingState(), 0
        while True:
            looks += 1
            yield self._world.until(looks * rule.every)
            there = self._there()
            present = len(there) + self._ordered
            value, serving = self._value(there)
            asked = wanted(rule, value, serving, present)
            state, change = decide(rule, state, self._world.now, asked, present)
            cause = f"autoscaler {rule.name}"
            if change:
                self._world.note(
                    cause, f"{rule.quantity} {value:.3g}: {present + change} of {present} members"
                )
            for _ in range(change):
                self._ordered += 1
                self._world.env.process(self._come(cause))
            for who in reversed(there[len(there) + change :] if change < 0 else []):
                self._world.env.process(self._go(who, cause))

    def _there(self) -> list[Who]:
        """Members that are there and neither leave nor stand by, whatever else is wrong with them."""
        pool = self._rule.pool
        every = ((pool, m) for m in range(len(self._world.members[pool])))
        away = self._acts.absent.keys() | self._acts.beside.keys()
        return [w for w in every if w not in away and w not in self._leaving]

    def _value(self, there: list[Who]) -> tuple[float, int]:
        """Mean of the quantity over the members that serve, and how many they are."""
        gauge = self._gauge(self._rule.pool)
        serving = [m for _, m in there if self._serves(m) and m < len(gauge.of)]
        if not serving:
            return math.nan, 0
        if self._rule.quantity == "queue":
            return sum(gauge.waiting[m] for m in serving) / len(serving), len(serving)
        shares = [gauge.busy[m] / gauge.of[m] if gauge.of[m] else 0.0 for m in serving]
        return sum(shares) / len(serving), len(serving)

    def _serves(self, member: int) -> bool:
        standing = self._world.at((self._rule.pool, member))
        return standing.up and standing.out == 0

    def _come(self, cause: str) -> Wait:
        """A member that was ordered serves after its lag."""
        assert isinstance(self._rule.lag, Distribution)  # made a law at the start
        yield self._world.env.timeout(self._world.draw("lag", self._rule.name, self._rule.lag))
        self._ordered -= 1
        self._acts.bring(self._rule.pool, 1, cause)

    def _go(self, who: Who, cause: str) -> Wait:
        self._leaving.out_of_rotation(who, cause)
        yield from self._leaving.idle(who)
        self._acts.send_away(who, cause)
        self._leaving.stand_up(who, cause)
