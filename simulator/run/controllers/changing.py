"""The hands of a rollout: members are changed, stopped, built beside the old ones, and put back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import simpy

from simulator.describe.distributions import Distribution
from simulator.describe.rollouts import Build, Rollout
from simulator.rules.rollout import due, way_back
from simulator.run.controllers.acts import Acts
from simulator.run.controllers.builds import Builds
from simulator.run.controllers.leaving import Leaving
from simulator.run.controllers.world import Who, World

__all__ = ["Changing", "Occasion"]

Wait = Generator[simpy.Event, Any, None]


@dataclass(slots=True, eq=False)
class Occasion:
    """One time that a rollout runs.

    Attributes
    ----------
    rule : Rollout
    build : Build
        As it turned out: bad, or one that does nothing.
    stop : Event
        Happens when it has to go back.
    waves : list of list
        Members of the waves so far, as they were to change.
    before : dict
        What members ran before.
    busy, goes_back : bool
        Whether it is under way, and whether it was told to go back.
    told_takes : Distribution or None
        Time by member that the one who took it back has stated, seconds.
    watcher : Process or None
    pool_ran : Build or None
        What the pool ran before it.
    """

    rule: Rollout
    build: Build
    stop: simpy.Event
    waves: list[list[Who]] = field(default_factory=list)
    before: dict[Who, Build | None] = field(default_factory=dict)
    busy: bool = True
    goes_back: bool = False
    told_takes: Distribution | None = None
    watcher: simpy.Process | None = None
    pool_ran: Build | None = None

    def ran(self, who: Who) -> Build | None:
        """What a member runs without it; who came when it was done runs what the pool ran before."""
        return self.before.get(who, self.pool_ran)


class Changing:
    """Changes the members of a pool.

    Parameters
    ----------
    world : World
    acts : Acts
    builds : Builds
    leaving : Leaving
    first : callable
        Told of an occasion whenever a member has got its build.
    """

    def __init__(
        self, world: World, acts: Acts, builds: Builds, leaving: Leaving, first: Callable[[Occasion], None]
    ) -> None:  # fmt: skip
        self._world, self._acts, self._builds = world, acts, builds
        self._leaving, self._first = leaving, first

    def _there(self, pool: str) -> list[Who]:
        """Members that are there and take requests, or will after their change."""
        every = ((pool, m) for m in range(len(self._world.members[pool])))
        return [w for w in every if w not in self._acts.absent and w not in self._acts.beside]

    def _takes(self, one: Occasion, who: Who, law: object) -> float:
        assert isinstance(law, Distribution)  # made a law at the start
        return self._world.draw("rollout", f"{one.rule.name} {who[0]}[{who[1]}]", law)

    # --- forward ----------------------------------------------------------------------------------

    def stop_all(self, one: Occasion) -> Wait:
        """Nobody serves any more, before the first is changed."""
        cause = f"rollout {one.rule.name}: stop"
        yield from self._all(
            one, [self._leaving.stand_down(who, cause) for who in self._there(one.rule.on)]
        )

    def wave(self, one: Occasion, cause: str) -> Wait:
        """Change the members of the next wave; what is not done when it has to stop stays undone."""
        there = self._there(one.rule.on)
        changed = [who for who in there if self._world.at(who).build is one.build]
        chosen = due(one.rule.waves[len(one.waves)], there, changed)
        if one.rule.strategy == "beside":
            yield from self._build_beside(one, chosen, cause)
            return
        one.waves.append(chosen)
        yield from self._all(one, [self._change(one, who, cause) for who in chosen])

    def _all(self, one: Occasion, parts: list[Wait]) -> Wait:
        """Let things go on side by side, until all are done or it has to stop."""
        env = self._world.env
        going = [env.process(_until_interrupted(part)) for part in parts]
        yield env.all_of(going) | one.stop
        for process in going:
            if process.is_alive:
                process.interrupt()

    def _change(self, one: Occasion, who: Who, cause: str) -> Wait:
        """One member gets the build."""
        if not one.rule.live:
            yield from self._leaving.stand_down(who, cause)
        yield self._world.env.timeout(self._takes(one, who, one.rule.member_takes))
        one.before[who] = self._world.at(who).build
        self._builds.put(who, one.build, cause, new=True)
        self._leaving.stand_up(who, cause)
        self._first(one)

    def _build_beside(self, one: Occasion, old: list[Who], cause: str) -> Wait:
        """As many absent members are built; when all are up, traffic moves to them."""
        fresh = self._absent(one.rule.on, len(old))
        one.waves.append(fresh)
        self._world.note(cause, f"{len(fresh)} members are built")
        takes = [self._takes(one, who, one.rule.member_takes) for who in fresh]
        yield self._world.env.timeout(max(takes, default=0.0)) | one.stop
        if one.stop.triggered:
            return
        one.waves[-1] = fresh = self._absent(
            one.rule.on, len(fresh)
        )  # some may have come meanwhile
        for who in fresh:
            one.before[who] = None
            self._builds.put(who, one.build, cause, new=True)
        self._acts.bring(one.rule.on, len(fresh), cause, as_they_are=True)
        for who in old[: len(fresh)]:
            self._acts.beside[who] = self._world.begin(cause, (who,), out_of_rotation=True)
        self._first(one)

    def _absent(self, pool: str, count: int) -> list[Who]:
        """The first so many members that are not there."""
        return [who for who in self._acts.absent if who[0] == pool][:count]

    # --- back -------------------------------------------------------------------------------------

    def back(self, one: Occasion, cause: str) -> Wait:
        """Whoever has the build, or was stopped for it, gets the one before."""
        if one.rule.strategy == "beside":
            yield from self._move_back(one, cause)
            return
        there = self._there(one.rule.on)
        still = [w for w in there if self._world.at(w).build is one.build or w in self._leaving]
        at_once = one.rule.back == "at_once" or one.told_takes is not None
        if one.rule.strategy == "stop_first":
            yield from self._side_by_side(self._leaving.stand_down(who, cause) for who in still)
        law = one.told_takes or (one.rule.back_takes if at_once else one.rule.member_takes)
        for group in way_back(one.waves, still, at_once):
            yield from self._side_by_side(self._put_back(one, who, law, cause) for who in group)

    def _side_by_side(self, parts: Iterable[Wait]) -> Wait:
        env = self._world.env
        yield env.all_of([env.process(part) for part in parts])

    def _put_back(self, one: Occasion, who: Who, law: object, cause: str) -> Wait:
        if not one.rule.live:
            yield from self._leaving.stand_down(who, cause)
        yield self._world.env.timeout(self._takes(one, who, law))
        if self._world.at(who).build is one.build:
            self._builds.put(who, one.ran(who), cause, new=False)
        self._leaving.stand_up(who, cause)

    def _move_back(self, one: Occasion, cause: str) -> Wait:
        """The old members stand by: traffic moves to them, and the new ones go."""
        law = one.told_takes or one.rule.back_takes
        assert isinstance(law, Distribution)  # made a law at the start
        yield self._world.env.timeout(self._world.draw("back", one.rule.name, law))
        for who in [who for who in self._acts.beside if who[0] == one.rule.on]:
            self._world.end(self._acts.beside.pop(who), cause)
        new = [w for w in self._there(one.rule.on) if self._world.at(w).build is one.build]
        for who in new:
            self._leaving.out_of_rotation(who, cause)
        yield from self._side_by_side(self._go(who, one, cause) for who in new)

    def _go(self, who: Who, one: Occasion, cause: str) -> Wait:
        """A member that was built beside the others goes away again."""
        yield from self._leaving.idle(who)
        self._acts.send_away(who, cause)
        self._leaving.stand_up(who, cause)
        self._builds.put(who, one.ran(who), cause, new=False)

    def forget_those_beside(self, rule: Rollout) -> None:
        """The old members that stand by since the last rollout go: their places are built anew."""
        cause = f"rollout {rule.name}"
        for who in [who for who in self._acts.beside if who[0] == rule.on]:
            self._acts.send_away(who, cause)
            self._world.end(self._acts.beside.pop(who), cause)


def _until_interrupted(part: Wait) -> Wait:
    """Whoever is interrupted leaves things as they are."""
    try:
        yield from part
    except simpy.Interrupt:
        return
