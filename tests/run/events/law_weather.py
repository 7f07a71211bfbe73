"""Laws of faults and links: who is down serves nobody, who is out is not asked, what is far takes time."""

from __future__ import annotations

import numpy as np

from simulator.describe.distributions import Deterministic
from simulator.describe.steps import Work
from simulator.tables.outcomes import TRUTHS
from tests.run.events.seen import EPS, Seen, cause, outcome

__all__ = ["LAWS"]

WELL = outcome("ok", "degraded")


def the_dead_serve_nobody(seen: Seen) -> None:
    """No attempt starts at a member that is down, and none lives through a crash."""
    a = seen.a
    for who, rows in seen.at_member.items():
        down = [s for s in seen.spells(*who) if not s.effect.up]
        started, left = a["started_s"][rows], seen.left[rows]
        refused = np.isin(a["cause"][rows], cause("refused", "silent"))
        direct = seen.link[rows] < 0
        at_down = np.zeros(len(rows), dtype=bool)
        for s in down:
            assert not ((started >= s.start) & (started < s.end)).any(), f"{who} serves while down"
            assert not ((started < s.start) & (left > s.start + EPS)).any(), f"{who} lives on"
            at_down |= (a["sent_s"][rows] >= s.start) & (a["sent_s"][rows] < s.end)
        assert not (refused & direct & ~at_down).any(), f"{who} refuses although it is up"
        well = np.isin(a["outcome"][rows], WELL)
        assert not (well & direct & at_down).any()
        crashed = rows[np.isin(a["cause"][rows], cause("crashed"))]
        assert not len(crashed) or down, f"{who} never crashed"
        if len(crashed) and (seen.link[crashed] < 0).all() and not _delays(seen, who):
            starts = np.array([s.start for s in down])
            apart = np.abs(a["ended_s"][crashed][:, None] - starts[None, :]).min(axis=1)
            assert (apart <= EPS).all(), f"{who}: crashed when it did not"


def _delays(seen: Seen, who: tuple[int, int]) -> bool:
    return any(s.effect.delay for s in seen.spells(*who))


def who_is_out_is_not_asked(seen: Seen) -> None:
    """Nobody asks a member out of rotation, unless panic or a permit's wait intervenes; shards keep to keys."""
    a = seen.a
    keys = seen.r["key"][seen.request]
    for (index, member), rows in seen.at_member.items():
        pool = seen.plan.pools[index].pool
        rows = rows[~seen.pair[rows]]
        if pool.shards > 1:
            assert (keys[rows] % pool.shards == member % pool.shards).all(), "the wrong shard"
        if pool.panic:
            continue
        for s in seen.spells(index, member):
            if s.out_of_rotation:
                asked = (a["sent_s"][rows] >= s.start) & (a["sent_s"][rows] < s.end)
                assert not asked.any(), f"{pool.name}[{member}] is asked while out"
    for pool in seen.plan.pools:
        steady = not any(seen.spells(pool.index, m) for m in range(pool.pool.members))
        if pool.pool.balance == "by_key" and steady and pool.pool.outliers is None:
            at = np.flatnonzero((seen.callee == pool.index) & (a["member"] >= 0))
            homes = {(k, m) for k, m in zip(keys[at], a["member"][at])}
            assert len(homes) == len({k for k, _ in homes}), "a key has two homes"


def nobody_means_nobody(seen: Seen) -> None:
    """An attempt that finds nobody in rotation comes when all members are out."""
    a = seen.a
    for j in np.flatnonzero(np.isin(a["cause"], cause("nobody in rotation"))):
        pool = seen.plan.pools[seen.callee[j]]
        if pool.pool.outliers is not None:
            continue
        key = seen.r["key"][seen.request[j]]
        assert pool.pool.panic == 0.0 or pool.pool.shards > 1
        if pool.pool.panic:
            continue
        for member in range(pool.pool.members):
            mine = pool.pool.shards == 1 or member % pool.pool.shards == key % pool.pool.shards
            out = [
                s for s in seen.spells(pool.index, member)
                if s.out_of_rotation and s.start <= a["ended_s"][j] <= s.end
            ]  # fmt: skip
            assert out or not mine, f"attempt {j} could have asked member {member}"


def links_take_time(seen: Seen) -> None:
    """What crosses a link takes its time both ways; a cut link lets nothing through."""
    a = seen.a
    for plan in seen.plan.links:
        rows = np.flatnonzero((seen.link == plan.index) & seen.wired)
        law = plan.law
        least = law.value if isinstance(law, Deterministic) else 0.0
        there = a["started_s"][rows] - a["sent_s"][rows]
        assert not (there < least - EPS).any(), f"{plan.link.name} is faster than light"
        back = np.isin(a["outcome"][rows], WELL)
        answers = a["ended_s"][rows] - a["served_s"][rows]
        assert not (answers[back] < least - EPS).any()
        for s in seen.timeline.spells:
            if plan.link.name not in s.links:
                continue
            sent = (a["sent_s"][rows] >= s.start) & (a["sent_s"][rows] < s.end)
            left = (a["served_s"][rows] >= s.start) & (a["served_s"][rows] < s.end) & back
            if not s.effect.up:
                assert np.isnan(a["started_s"][rows[sent]]).all(), "through a cut link"
                assert not left.any(), "an answer through a cut link"
            assert not (there[sent] < s.effect.delay - EPS).any()
            assert not (answers[left] < s.effect.delay - EPS).any()


def effects_are_felt(seen: Seen) -> None:
    """All answers fail, are wrong, late or lost while a fault says so; nothing is done in a pause."""
    a = seen.a
    for (index, member), rows in seen.at_member.items():
        steps = [s for served in seen.plan.pools[index].pool.served.values() for s in served]
        works = all(isinstance(step, Work) for step in steps)
        for s in seen.spells(index, member):
            inside = (a["served_s"][rows] >= s.start) & (a["served_s"][rows] < s.end)
            well = rows[inside & np.isin(a["outcome"][rows], WELL)]
            assert not (s.effect.error >= 1.0 and len(well)), f"{well} are no errors"
            if s.effect.wrong >= 1.0:
                assert (a["truth"][well] >= TRUTHS.index("wrong")).all(), "not wrong"
            if s.effect.delay:
                late = a["ended_s"][well] - a["served_s"][well]
                assert (late >= s.effect.delay - EPS).all(), "not delayed"
            if s.effect.lost >= 1.0:
                sent = (a["sent_s"][rows] >= s.start) & (a["sent_s"][rows] < s.end)
                assert np.isnan(a["started_s"][rows[sent]]).all(), "not lost"
                assert not len(well), "an answer was not lost"
            if s.effect.speed == 0.0 and works:
                assert not (inside & (a["served_s"][rows] > s.start) & ~_stopped(seen, rows)).any()


def _stopped(seen: Seen, rows: np.ndarray) -> np.ndarray:
    """Jobs that ended because their caller stopped them."""
    stops = np.array([call.cancels == "running" for call in seen.calls])[seen.a["site"][rows]]
    return stops & ~np.isin(seen.a["outcome"][rows], WELL)  # type: ignore[no-any-return]


LAWS = (
    the_dead_serve_nobody, who_is_out_is_not_asked, nobody_means_nobody, links_take_time,
    effects_are_felt,
)  # fmt: skip
