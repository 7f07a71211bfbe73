"""Which build every member runs, and what the build does to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulator.describe.rollouts import Build
from simulator.run.controllers.world import Who, World
from simulator.tables.changes import NO_EFFECT, Spell

__all__ = ["Builds"]


class Builds:
    """Puts builds on members. The effect of a build is a spell for as long as the member runs it.

    Parameters
    ----------
    world : World
    counts_anew : callable
        Told of a pool and member whose requests so far are of neither the new nor the old build.
    """

    def __init__(self, world: World, counts_anew: Callable[[str, int], None]) -> None:
        self._world, self._counts_anew = world, counts_anew
        self._effects: dict[Who, Spell] = {}
        self.current: dict[str, Build | None] = {}
        """What a member that comes into a pool runs: the build of the last rollout that is done."""

    def put(self, who: Who, build: Build | None, cause: str, *, new: bool) -> None:
        """A member runs another build; `new` says whether it is the one that is being rolled out."""
        old = self._effects.pop(who, None)
        self._world.set_build((who,), build, cause, new=new)
        if old is not None:
            self._world.end(old, cause)
        if build is not None and build.effect != NO_EFFECT:
            self._effects[who] = self._world.begin(cause, (who,), build.effect)

    def settle(self, members: Iterable[Who]) -> None:
        """What members run counts as old from now on: another rollout begins."""
        for who in members:
            if self._world.at(who).new:
                self._counts_anew(*who)
                self._world.at(who).new = False

    def arrives(self, pool: str, member: int, cause: str) -> None:
        """A member that comes in runs what the pool runs."""
        build = self.current.get(pool)
        if self._world.at((pool, member)).build is not build:
            self.put((pool, member), build, cause, new=False)
