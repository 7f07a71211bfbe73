"""The world as controllers know it: who is up, in which role, what is cut; and the log of every change.

Nothing here knows of requests. A change is written into the log, told to whoever drives the traffic,
and announced to the processes that wait for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import simpy

from simulator.describe.distributions import Distribution
from simulator.describe.effects import Effect
from simulator.describe.faults import Drain
from simulator.describe.rollouts import Build
from simulator.describe.system import Scenario, System
from simulator.sample.draws import Column, durations, uniforms
from simulator.sample.luck import Luck
from simulator.tables.changes import NO_EFFECT, Change, Spell
from simulator.tables.driven import Signals

__all__ = ["Standing", "World"]

Who = tuple[str, int]


@dataclass(slots=True)
class Standing:
    """One member as it stands.

    Attributes
    ----------
    effects : list of Effect
        Of the spells that cover it.
    out : int
        Spells that hold it out of rotation.
    role, term, build
        See :class:`~simulator.tables.changes.Change`.
    new : bool
        Its build is the one that is being rolled out, or was last: ``"pool[new]"``.
    """

    effects: list[Effect] = field(default_factory=list)
    out: int = 0
    role: str = ""
    term: int = 0
    build: Build | None = None
    new: bool = False

    @property
    def up(self) -> bool:
        """Whether it serves at all."""
        return all(effect.up for effect in self.effects)

    @property
    def answers(self) -> bool:
        """Whether it answers a probe: up and not paused."""
        return all(effect.up and effect.speed > 0.0 for effect in self.effects)


class World:
    """What is so now.

    Parameters
    ----------
    scenario : Scenario
        Of a system.
    env : simpy.Environment
        The clock of the controllers.
    luck : Luck
    replication : int
    tell : callable
        Told of each change as it is made: the traffic.
    """

    def __init__(
        self, scenario: Scenario, env: simpy.Environment, luck: Luck, replication: int,
        tell: Callable[[Change], None],
    ) -> None:  # fmt: skip
        assert isinstance(scenario.system, System)  # a conductor has checked it
        self.scenario, self.system, self.env = scenario, scenario.system, env
        self.members = {p.name: [Standing() for _ in range(p.members)] for p in self.system.pools}
        self.absent: dict[Who, Spell] = {}
        self.cut: dict[str, int] = {}
        self.log: list[Change] = []
        self.begun: list[Spell] = []
        self.ended: dict[int, float] = {}
        self._apart: dict[int, Spell] = {}  # who is out of rotation for a spell, where not all are
        self.watched = {check.pool for check in scenario.health_checks}
        self.signals = Signals(0.0)
        self.listeners: list[Callable[[Sequence[Who]], None]] = []
        self.before: list[Callable[[], None]] = []
        self._tell, self._luck, self._replication = tell, luck, replication
        self._waiting: dict[str, list[simpy.Event]] = {}
        self._columns: dict[tuple[str, str, Distribution | None], Column] = {}
        self._drawn: dict[tuple[str, str], int] = {}

    # --- time, luck, events -----------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Seconds."""
        return float(self.env.now)

    def until(self, time: float) -> simpy.Event:
        """An event at `time` (s), or now if that is past."""
        return self.env.timeout(max(time - self.now, 0.0))

    def draw(self, purpose: str, who: str, law: Distribution | Drain) -> float:
        """The next duration of one purpose, seconds, by its own address."""
        if isinstance(law, Drain):
            return law.seconds
        return self._next(purpose, who, durations(law), law)

    def uniform(self, purpose: str, who: str) -> float:
        """The next uniform number in [0, 1) of one purpose."""
        return self._next(purpose, who, uniforms)

    def _next(
        self, purpose: str, who: str, draw: Callable[..., object], law: Distribution | None = None
    ) -> float:
        key = (purpose, who)
        column = self._columns.get((*key, law))
        if column is None:
            address = f"control {purpose}"
            column = Column(self._luck, address, who, self._replication, draw)  # type: ignore[arg-type]
            self._columns[*key, law] = column
        occurrence = self._drawn.get(key, 0)
        self._drawn[key] = occurrence + 1
        return column.at(occurrence)

    def wait(self, event: str) -> simpy.Event:
        """The next time something is announced, such as ``"failed:db"``; its value says who."""
        waiting = self.env.event()
        self._waiting.setdefault(event, []).append(waiting)
        return waiting

    def announce(self, event: str, value: object = None) -> None:
        """Wake whoever waits for an event."""
        for waiting in self._waiting.pop(event, ()):
            waiting.succeed(value)

    # --- who is where -----------------------------------------------------------------------------

    def at(self, who: Who) -> Standing:
        """A member."""
        return self.members[who[0]][who[1]]

    def up(self, pool: str) -> list[int]:
        """Numbers of the members that are up."""
        return [i for i, standing in enumerate(self.members[pool]) if standing.up]

    def there(self, pool: str) -> int:
        """How many members a pool has: those that stand by for later are none."""
        return len(self.members[pool]) - sum(name == pool for name, _ in self.absent)

    # --- changes ----------------------------------------------------------------------------------

    def begin(
        self, cause: str, members: Iterable[Who] = (), effect: Effect = NO_EFFECT, *,
        links: Iterable[str] = (), out_of_rotation: bool = False,
    ) -> Spell:  # fmt: skip
        """An effect begins, until it is ended.

        A member that goes down leaves the rotation at once if it refuses and no health check watches it.
        """
        chosen = tuple(members)
        refuses = not effect.up and not effect.silent
        unwatched = tuple(who for who in chosen if who[0] not in self.watched)
        out = out_of_rotation or (refuses and bool(chosen) and unwatched == chosen)
        apart = None
        if refuses and unwatched and not out:  # of some of its pools alone
            apart = self.begin(cause, unwatched, out_of_rotation=True)
        spell = Spell(self.now, math.inf, cause, chosen, effect, tuple(links), out)
        self.begun.append(spell)
        self.say(Change(self.now, cause, "begins", chosen, spell=spell))
        self.take(spell, 1)
        if apart is not None:
            self._apart[id(spell)] = apart
        return spell

    def end(self, spell: Spell, cause: str) -> None:
        """The end of what was begun; again is nothing."""
        if id(spell) in self.ended:
            return
        self.ended[id(spell)] = self.now
        self.say(Change(self.now, cause, "ends", spell.members, spell=spell))
        self.take(spell, -1)
        if id(spell) in self._apart:
            self.end(self._apart.pop(id(spell)), cause)

    def set_role(self, who: Who, role: str, cause: str) -> None:
        """A member takes a role."""
        self.say(Change(self.now, cause, "role", (who,), role))
        self.at(who).role = role

    def set_term(self, who: Who, term: int, cause: str) -> None:
        """A member serves in a term."""
        self.say(Change(self.now, cause, "term", (who,), term))
        self.at(who).term = term

    def set_build(
        self, members: Iterable[Who], build: Build | None, cause: str, *, new: bool | None = None
    ) -> None:
        """Members run another build; None is the one they ran before any rollout.

        `new`: whether it is the one that is being rolled out; by default any but None is.
        """
        chosen = tuple(members)
        self.say(Change(self.now, cause, "build", chosen, build))
        for who in chosen:
            self.at(who).build = build
            self.at(who).new = build is not None if new is None else new

    def note(self, cause: str, text: str) -> None:
        """A row of the log, and nothing else."""
        self.say(Change(self.now, cause, "note", value=text))

    def say(self, change: Change) -> None:
        """Write a change down and tell the traffic."""
        self._prepare()
        self.log.append(change)
        self._tell(change)

    def _prepare(self) -> None:
        """What moves on by itself is brought up to date before anything changes."""
        for prepare in self.before:
            prepare()

    def take(self, spell: Spell, sign: int) -> None:
        """Take a spell that begins (1) or ends (-1) into account, and announce what follows from it."""
        self._prepare()
        were_up = [self.at(who).up for who in spell.members]
        for who in spell.members:
            standing = self.at(who)
            standing.out += sign * spell.out_of_rotation
            if spell.effect == NO_EFFECT:
                continue
            if sign > 0:
                standing.effects.append(spell.effect)
            else:
                standing.effects.remove(spell.effect)
        for link in spell.links:
            self.cut[link] = self.cut.get(link, 0) + sign * (not spell.effect.up)
        for listener in self.listeners:
            listener(spell.members)
        for event in self._news(spell, were_up):
            self.announce(event)
        if spell.links:
            self.announce("links")

    def _news(self, spell: Spell, were_up: list[bool]) -> list[str]:
        """What happened to pools, each once."""
        found: dict[str, None] = {}
        for who, was_up in zip(spell.members, were_up):
            is_up = self.at(who).up
            if was_up != is_up:
                found[f"{'repaired' if is_up else 'failed'}:{who[0]}"] = None
            found[f"changed:{who[0]}"] = None
        return list(found)

    # --- afterwards -------------------------------------------------------------------------------

    def spells(self) -> list[Spell]:
        """What was begun during the run, with the ends that are known."""
        return [replace(s, end=self.ended.get(id(s), math.inf)) for s in self.begun]
