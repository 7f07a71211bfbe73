"""Laws of every conducted run. Each gives what breaks it, in words; an empty list means kept."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from simulator.measure.leadership import two_primaries
from simulator.tables.changes import NO_EFFECT, Change, Spell
from simulator.tables.outcomes import OUTCOMES
from tests.run.controllers.seen import Seen

__all__ = ["LAWS", "broken"]

Row = tuple[Any, ...]


def the_log_only_grows(seen: Seen) -> list[str]:
    """The log is what was said, in that order and no other, and its times never fall."""
    log = seen.run.timeline.changes
    found = []
    if [id(c) for c in log] != [id(c) for c in seen.said]:
        found.append(f"{len(seen.said)} changes were said, {len(log)} stand in the log")
    found += [f"{a.at} before {b.at}" for a, b in pairwise(log) if b.at < a.at]
    return found


def every_change_has_a_cause(seen: Seen) -> list[str]:
    """Spells that were not given stand in the log with beginning and end; nothing is without a cause."""
    given = list(seen.conductor.given.spells())
    begun = {id(c.spell): c for c in seen.run.timeline.changes if c.what == "begins"}
    ended = {id(c.spell): c.at for c in seen.run.timeline.changes if c.what == "ends"}
    told = [(c.at, ended.get(key, math.inf), c.cause, c.members) for key, c in begun.items()]
    known = Counter([*told, *((s.start, s.end, s.cause, s.members) for s in given)])
    shown = Counter((s.start, s.end, s.cause, s.members) for s in seen.run.timeline.spells)
    found = [f"nobody said {row}" for row in shown - known]
    found += [f"{row} is not shown" for row in known - shown]
    return found + [c.words() for c in seen.run.timeline.changes if not c.cause]


class _Replay:
    """The world from nothing, by the faults that were given and the log."""

    def __init__(self, seen: Seen) -> None:
        self.effects: dict[Any, Counter[Any]] = {}
        self.out: Counter[Any] = Counter()
        self.cut: Counter[str] = Counter()
        self.last: dict[tuple[Any, str], Any] = {}
        horizon = seen.run.scenario.horizon
        for spell in seen.conductor.given.spells():
            if spell.start < horizon <= spell.end:
                self._take(spell, 1)
        for change in seen.run.timeline.changes:
            self._read(change)

    def _read(self, change: Change) -> None:
        if change.what in ("begins", "ends"):
            assert change.spell is not None
            self._take(change.spell, 1 if change.what == "begins" else -1)
        for who in change.members if change.what in ("role", "term", "build") else ():
            self.last[who, change.what] = change.value

    def _take(self, spell: Spell, sign: int) -> None:
        for who in spell.members:
            self.out[who] += sign * spell.out_of_rotation
            if spell.effect != NO_EFFECT:
                self.effects.setdefault(who, Counter())[spell.effect] += sign
        for link in spell.links:
            self.cut[link] += sign * (not spell.effect.up)

    def member(self, who: tuple[str, int]) -> Row:
        """As it stands at the end."""
        last = [
            self.last.get((who, what), start)
            for what, start in (("role", ""), ("term", 0), ("build", None))
        ]
        return (+self.effects.get(who, Counter()), self.out[who], *last)


def the_log_tells_the_end(seen: Seen) -> list[str]:
    """Replayed from nothing it gives the world's last state, and that of the requests' engine."""
    replay, world, found = _Replay(seen), seen.conductor.world, []
    stations = {s.pool.name: s.members for s in seen.conductor.driven.stations}
    for pool, members in world.members.items():
        for number, standing in enumerate(members):
            told = replay.member((pool, number))
            for where, there in (("world", standing), ("requests", stations[pool][number])):
                effects = Counter(e for e in there.effects if e != NO_EFFECT)
                row = (effects, there.out, there.role, there.term, there.build)
                if row != told:
                    found.append(f"{where} {pool}[{number}]: {row}, the log says {told}")
    found += [f"link {k}: {n}" for k, n in world.cut.items() if n != replay.cut[k]]
    return found


def controllers_see_the_past_only(seen: Seen) -> list[str]:
    """Signals count what ended strictly before the time at which controllers act."""
    rows, found = seen.run.outcomes, []
    ended, outcome, source = (rows.requests[k] for k in ("ended_s", "outcome", "source"))
    for stop, signals in seen.steps:
        if signals.time_s < stop or not signals.requests:
            continue  # somebody got an answer before
        before = ended < stop
        for number, name in enumerate(rows.sources):
            counts = np.bincount(
                outcome[before & (source == number)].astype(int), minlength=len(OUTCOMES)
            )
            told = signals.requests[name]
            if [told[w] for w in OUTCOMES if w != "in_flight"] != [
                int(n) for w, n in zip(OUTCOMES, counts) if w != "in_flight"
            ]:
                found.append(f"at {stop}: {name} {told}, before it ended {counts}")
    return found


def one_primary_a_term(seen: Seen) -> list[str]:
    """Terms only grow, and each has one primary."""
    found = []
    for rule in seen.run.scenario.failovers:
        terms = [
            c.value
            for c in seen.run.timeline.changes
            if c.what == "term" and c.members[0][0] == rule.pool
        ]
        found += [f"{rule.pool}: terms {terms}"] * (terms != list(range(1, len(terms) + 1)))
        guarded = rule.fences or rule.lease is not None
        if guarded and rule.drift == 0.0 and rule.voters is not None:
            both = two_primaries(seen.run.timeline, rule.pool, seen.run.scenario.horizon)
            found += [f"{rule.pool}: two primaries for {both} s"] * (both > 1e-9)
    return found


def requests_are_conserved(seen: Seen) -> list[str]:
    """What was sent is the sum of what became of it."""
    rows, found = seen.run.outcomes, []
    for number, name in enumerate(rows.sources):
        sent, counted = (
            int((rows.requests["source"] == number).sum()),
            sum(rows.counts(number).values()),
        )
        found += [f"{name}: {sent} sent, {counted} counted"] * (sent != counted)
    return found


LAWS: tuple[Callable[[Seen], list[str]], ...] = (
    the_log_only_grows, every_change_has_a_cause, the_log_tells_the_end, controllers_see_the_past_only,
    one_primary_a_term, requests_are_conserved,
)  # fmt: skip


def broken(seen: Seen) -> dict[str, list[str]]:
    """The laws that a run breaks, and how."""
    found = {law.__name__: law(seen) for law in LAWS}
    return {name: words for name, words in found.items() if words}
