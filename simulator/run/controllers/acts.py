"""What the actions of runbooks do to the world."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from simulator.describe import actions
from simulator.describe.effects import Effect
from simulator.describe.selectors import members_of
from simulator.rules.shortage import needed_of_shard, shard_of
from simulator.run.controllers.amounts import Amounts
from simulator.run.controllers.world import Who, World
from simulator.tables.changes import Change, Spell

__all__ = ["Acts"]

Act = Generator[simpy.Event, Any, None]

DOWN, PAUSED = Effect(up=False), Effect(threads=0.0)


class Acts:
    """Carries out actions.

    Parameters
    ----------
    world : World
    amounts : Amounts
    """

    def __init__(self, world: World, amounts: Amounts) -> None:
        self._world, self._amounts = world, amounts
        self.removed: dict[Who, Spell] = {}
        self._paused: dict[str, Spell] = {}
        self.absent = world.absent
        self.beside: dict[Who, Spell] = {}  # stand by, up, since a rollout has moved their traffic
        self.roll_back: Callable[[actions.RollBack, str], None] = lambda action, cause: None
        self.promote: Callable[[actions.Promote, str], None] = lambda action, cause: None
        self.arrives: Callable[[str, int, str], None] = lambda pool, member, cause: None
        self.end_fault: Callable[[str, str], None] = lambda fault, cause: None

    def do(self, action: actions.Action, cause: str) -> Act | None:
        """Carry out an action; a generator if it takes time."""
        world = self._world
        if isinstance(action, actions.Remove):
            return self._remove(action, cause)
        if isinstance(action, actions.Restore):
            self.restore(members_of(action.on, world.system), cause)
        elif isinstance(action, actions.Add):
            self.add(action, cause)
        elif isinstance(action, actions.Pause):
            self.pause(action.of, cause)
        elif isinstance(action, actions.Resume):
            self.resume(action.of, cause)
        elif isinstance(action, actions.SetQueue):
            self._set_queue(action, cause)
        elif isinstance(action, actions.Drop):
            self._drop(action.of, cause)
        elif isinstance(action, actions.Promote):
            self.promote(action, cause)
        elif isinstance(action, actions.RollBack):
            self.roll_back(action, cause)
        elif isinstance(action, actions.Ends):
            self.end_fault(action.fault, cause)
        elif isinstance(action, actions.Switch):
            world.say(Change(world.now, cause, "switch", value=action.on, of=action.call))
        else:
            world.note(cause, action.text)
        return None

    # --- members ----------------------------------------------------------------------------------

    def _remove(self, action: actions.Remove, cause: str) -> Act:
        """Take members away, all at once or one after the other, until somebody stops it."""
        world = self._world
        chosen = self._to_remove(action, cause)
        if action.per_min is None:
            self._take_away(chosen, cause)
            return
        pool_size = max(len(members_of(action.on, world.system)), 1)
        alarm: float | None = None
        for number, who in enumerate(chosen):
            if number:
                yield world.env.timeout(60.0 / action.per_min)
            up = sum(world.at(m).up for m in members_of(action.on, world.system))
            if alarm is None and up < action.alarm * pool_size:
                alarm = world.now
                world.note(cause, "alarm: fewer members than expected")
            stops = action.stops_after
            if alarm is not None and stops is not None and world.now - alarm >= stops:
                world.note(cause, f"stopped after {number} of {len(chosen)}")
                return
            self._take_away([who], cause)

    def _to_remove(self, action: actions.Remove, cause: str) -> list[Who]:
        world = self._world
        there = [who for who in members_of(action.on, world.system) if world.at(who).up]
        if action.from_shard is not None:
            there = [w for w in there if shard_of(world.system[w[0]], w[1]) == action.from_shard]
        chosen = there[: round(action.share * len(there))]
        if not action.floor:
            return chosen
        kept: list[Who] = []
        for pool in dict.fromkeys(name for name, _ in chosen):
            described = world.system[pool]
            for shard in range(described.shards):
                mine = [w for w in chosen if w[0] == pool and shard_of(described, w[1]) == shard]
                up = sum(shard_of(described, m) == shard for m in world.up(pool))
                kept += mine[: max(up - needed_of_shard(described, shard), 0)]
        if len(kept) < len(chosen):
            world.note(cause, f"the tool refuses {len(chosen) - len(kept)} of {len(chosen)}")
        return kept

    def _take_away(self, chosen: list[Who], cause: str) -> None:
        left = [w for w in chosen if w not in self.removed]  # another command may have been faster
        if left:
            spell = self._world.begin(cause, left, DOWN)
            self.removed.update((who, spell) for who in left)

    def restore(self, chosen: tuple[Who, ...] | list[Who], cause: str) -> None:
        """Put back what was removed; all that one command took comes back together."""
        spells = {id(self.removed[w]): self.removed[w] for w in chosen if w in self.removed}
        for spell in spells.values():
            back = [w for w in spell.members if w in chosen]
            stays = [w for w in spell.members if w not in back]
            for who in spell.members:
                self.removed.pop(who, None)
            self._take_away(stays, spell.cause)  # before the end: they are never up in between
            self._world.end(spell, cause)

    def add(self, action: actions.Add, cause: str) -> None:
        """Members that stood by as spares of the description come in."""
        count = action.members
        if count is None:
            first = sum(1 for i in range(len(self._world.members[action.on]))
                        if (action.on, i) not in self.absent)  # fmt: skip
            count = round((action.share or 0.0) * first)
        self.bring(action.on, count, cause)

    def bring(self, pool: str, count: int, cause: str, *, as_they_are: bool = False) -> list[int]:
        """So many absent members come in, with the build of the pool unless left as they are; their numbers."""
        waiting = [who for who in self.absent if who[0] == pool][:count]
        for who in waiting:
            if not as_they_are:
                self.arrives(*who, cause)
            self._world.end(self.absent.pop(who), cause)
        return [i for _, i in waiting]

    def send_away(self, who: Who, cause: str) -> None:
        """A member leaves."""
        self.absent[who] = self._world.begin(cause, (who,), DOWN)

    # --- queues -----------------------------------------------------------------------------------

    def pause(self, of: str, cause: str) -> None:
        """Nothing is taken from a queue; twice is once."""
        if of in self._amounts:
            self._amounts.pause(of, True, cause)
        elif of not in self._paused:
            whole = [(of, i) for i in range(len(self._world.members[of]))]
            self._paused[of] = self._world.begin(cause, whole, PAUSED)

    def resume(self, of: str, cause: str) -> None:
        """The end of a pause."""
        if of in self._amounts:
            self._amounts.pause(of, False, cause)
        elif of in self._paused:
            self._world.end(self._paused.pop(of), cause)

    def _set_queue(self, action: actions.SetQueue, cause: str) -> None:
        if action.of in self._amounts:
            self._amounts.expires(action.of, action.expires_after, cause)
        else:
            now = self._world.now
            self._world.say(Change(now, cause, "queue", value=action.expires_after, of=action.of))

    def _drop(self, of: str, cause: str) -> None:
        if of in self._amounts:
            self._amounts.drop(of, cause)
        else:
            self._world.say(Change(self._world.now, cause, "drop", of=of))
