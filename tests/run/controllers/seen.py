"""A conducted run with its insides: who was told what, when, and how everybody stands at the end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from simulator import conducting
from simulator.conducting import Conducted
from simulator.describe.system import Scenario
from simulator.run.conductor import Conductor
from simulator.run.controllers.world import World
from simulator.tables.changes import Change
from simulator.tables.driven import Signals

__all__ = ["MUTANTS", "Seen", "observe", "planted"]


@dataclass
class Seen:
    """What a run has shown."""

    scenario: Scenario
    run: Conducted | None = None
    conductor: Any = None
    steps: list[tuple[float, Signals]] = field(default_factory=list)  # asked to stop at, told
    said: list[Change] = field(default_factory=list)


def observe(scenario: Scenario, seed: int, faults: Any = None) -> Seen:
    """Conduct a scenario and keep what only its conductor knows."""
    seen = Seen(scenario)

    class Watched(Conductor):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            seen.conductor = self
            advance = self.driven.advance

            def advanced(until: float, watch: Any = ()) -> Signals:
                signals = advance(until, watch)
                seen.steps.append((until, signals))
                return signals

            self.driven.advance = advanced  # type: ignore[method-assign]

    say = World.say

    def told(self: World, change: Change) -> None:
        seen.said.append(change)
        say(self, change)

    with mock.patch.object(conducting, "Conductor", Watched), mock.patch.object(World, "say", told):
        seen.run = conducting.conduct(scenario, seed=seed, faults=faults)
    return seen


# --- runs that are wrong on purpose ---------------------------------------------------------------


def _not_ended(old: Any, self: World, spell: Any, cause: str) -> None:
    """The end is written down, but the effect stays."""
    if id(spell) not in self.ended:
        self.ended[id(spell)] = self.now
        self.say(Change(self.now, cause, "ends", spell.members, spell=spell))


def _not_logged(old: Any, self: World, change: Change) -> None:
    """A role is given without a row in the log."""
    if change.what == "role":
        self._tell(change)
    else:
        old(self, change)


def _sees_what_ends_now(old: Any, self: Any, until: float) -> None:
    """Controllers see what ends at the very moment at which they act."""
    old(self, math.nextafter(until, math.inf))
    self._now = min(self._now, until)


MUTANTS = {
    "a spell is not ended": ("simulator.run.controllers.world.World.end", _not_ended),
    "a change is not logged": ("simulator.run.controllers.world.World.say", _not_logged),
    "acts on what ends now": ("simulator.run.events.clock.Clock.advance", _sees_what_ends_now),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The world with one fault in it."""
    where, wrong = MUTANTS[name]
    path, _, method = where.rpartition(".")
    module, _, kind = path.rpartition(".")
    owner = getattr(__import__(module, fromlist=[kind]), kind)
    old = getattr(owner, method)

    def instead(self: Any, *given: Any, **named: Any) -> Any:
        return wrong(old, self, *given, **named)

    with mock.patch.object(owner, method, instead):
        yield
