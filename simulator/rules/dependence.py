"""What happens next when parts depend on each other: crews, standby, failover, shocks, lost data.

One rule book for every engine. :meth:`Rules.clocks` says which clocks run in a state and how fast,
:meth:`Rules.fire` what the end of a clock leads to. The exact engine makes a Markov chain of it, the
Monte-Carlo engine a table for its replications in lockstep.

Order within one instant: the fault strikes or heals, chained faults follow, roles change (failover
begins or ends), those that wait call a crew, crews take jobs, data are found lost.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from simulator.describe.faults import Fault, Life, On
from simulator.errors import NotSupported
from simulator.rules import crews
from simulator.rules.logic import Gate, Node
from simulator.rules.plan import Plan
from simulator.rules.roles import after_stage, update_roles
from simulator.rules.state import (
    CALLED,
    ENDLESS,
    HELD,
    IDLE,
    TRAVEL,
    UNSEEN,
    WAITING,
    Draft,
    State,
    is_up,
)

__all__ = ["MOST_BRANCHES", "Move", "Rules", "Running"]

MOST_BRANCHES = 4096
"""Most outcomes of one event that are followed (a shock that may or may not strike each of many)."""


class Running(NamedTuple):
    """A clock that runs: its number and its speed (operating seconds per second)."""

    clock: int
    speed: float


class Move(NamedTuple):
    """One outcome of the end of a clock."""

    chance: float
    state: State
    resets: tuple[tuple[int, int], ...]  # (clock, stream) of the durations that are drawn afresh


class Rules:
    """Transitions of a plan.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def start(self) -> tuple[State, tuple[tuple[int, int], ...]]:
        """Everything up, the first members active; and the durations to draw."""
        plan = self.plan
        active = tuple(tuple(range(led.slots)) for led in plan.led)
        state = State((IDLE,) * len(plan.events), ((),) * len(plan.crews), active)
        resets = tuple(
            (i, c.streams["life"]) for i, c in enumerate(plan.clocks) if "life" in c.streams
        )
        return state, resets

    def down(self, node: Node, phases: tuple[int, ...]) -> bool:
        """Whether a part is down while the events with a phase other than idle are active."""
        if not isinstance(node, Gate):
            return phases[node] != IDLE
        return sum(self.down(part, phases) for part in node.inputs) >= node.least

    def clocks(self, state: State) -> list[Running]:
        """Clocks that run in `state`, with their speeds; a speed of 0 is left out."""
        plan, running = self.plan, []
        serving: bool | None = None
        for number, clock in enumerate(plan.clocks):
            if clock.kind == "stage":
                busy = state.phases[clock.owner] not in (IDLE, CALLED, HELD, WAITING, ENDLESS)
                speed = crews.effort(plan, state, clock.owner) if busy else 0.0
            elif clock.kind == "shock":
                speed = 1.0
            else:
                if serving is None:
                    serving = not self.down(plan.anatomy.top, state.phases)
                speed = self.ageing(state, clock.owner, serving)
            if speed > 0:
                running.append(Running(number, speed))
        return running

    def ageing(self, state: State, event: int, serving: bool) -> float:
        """Speed at which the life of `event` is used up."""
        plan, fault = self.plan, self.plan.events[event].fault
        if state.phases[event] != IDLE or fault is None or not isinstance(fault.when, Life):
            return 0.0
        members = plan.events[event].members
        if any(pool in plan.lost and state.phases[plan.lost[pool]] != IDLE for pool, _ in members):
            return 0.0
        up = any(is_up(plan, state.phases, member) for member in members)
        ages = fault.when.ages
        if ages != "always" and (not up or (ages == "while_serving" and not serving)):
            return 0.0
        if len(members) > 1:
            return 1.0
        return self._load(state, *members[0], counts=ages != "while_serving")

    def _load(self, state: State, pool: str, member: int, *, counts: bool) -> float:
        """Factor of standby and load sharing on one member."""
        plan, described = self.plan, self.plan.pools[pool]
        if described.standby and member not in state.active[plan.led_of[pool]]:
            return described.standby.rate if counts else 0.0
        if described.load_sharing:
            up = sum(is_up(plan, state.phases, (pool, i)) for i in range(described.members))
            return described.load_sharing.factor(up, described.members)
        return 1.0

    def fire(self, state: State, clock: int) -> list[Move]:
        """Outcomes of the end of `clock` in `state`; their chances sum to 1."""
        plan = self.plan
        kind, owner = plan.clocks[clock].kind, plan.clocks[clock].owner
        if kind == "stage" and state.phases[owner] in (IDLE, ENDLESS):
            return [Move(1.0, state, ())]  # undone by another event of the same instant
        draft = Draft(state)
        if kind == "shock":
            drafts = self._shock(draft, owner)
            for each in drafts:
                each.resets.append((clock, plan.clocks[clock].streams["life"]))
        elif kind == "life":
            self._strike(draft, owner)
            drafts = [draft]
        else:
            drafts = self._stage_ends(draft, owner)
        settled = [after for before in drafts for after in self._settle(before)]
        return _merged(settled)

    def _stage_ends(self, draft: Draft, event: int) -> list[Draft]:
        plan, phase = self.plan, draft.phases[event]
        if plan.events[event].role == "failover":
            return after_stage(plan, draft, event)
        fault = plan.events[event].fault
        assert fault is not None  # only faults and failovers have stages
        if phase == UNSEEN:
            if fault.lasts is None:  # finding the damage mends it
                return self._heal(draft, event)
            draft.phases[event] = CALLED
            return [draft]
        if phase == TRAVEL:
            crews.begin_repair(plan, draft, event)
            return [draft]
        return self._heal(draft, event)

    def _strike(self, draft: Draft, event: int) -> None:
        """The fault becomes active."""
        plan = self.plan
        if draft.phases[event] != IDLE:
            return
        members = plan.events[event].members
        before = [is_up(plan, draft.phases, m) for m in members] if plan.followers else []
        crews.discover(plan, draft, event)
        were = [m for m, up in zip(members, before, strict=False) if up]
        draft.downed += [m for m in were if not is_up(plan, draft.phases, m)]

    def _shock(self, draft: Draft, number: int) -> list[Draft]:
        """Each covered member that is up is struck with the shock's chance, independently."""
        plan, shock = self.plan, self.plan.shocks[number]
        hit = [e for e in shock.events if is_up(plan, draft.phases, plan.events[e].members[0])]
        p = shock.fault.chance
        some = product((False, True), repeat=min(len(hit), 13))
        patterns = [(True,) * len(hit)] if p == 1.0 else list(some)
        if len(patterns) > MOST_BRANCHES or (p < 1.0 and len(hit) > 13):
            raise NotSupported(
                f"the shock {shock.name!r}, which may strike each of {len(hit)} members",
                "the rule book",
                "cover at most 12",
            )
        drafts = []
        for pattern in patterns:
            struck = sum(pattern)
            branch = draft.split(p**struck * (1 - p) ** (len(hit) - struck) if p < 1.0 else 1.0)
            for event, is_hit in zip(hit, pattern, strict=True):
                if is_hit:
                    self._strike(branch, event)
            drafts.append(branch)
        return drafts

    def _heal(self, draft: Draft, event: int) -> list[Draft]:
        """The repair of `event` is done; chained faults may follow."""
        plan = self.plan
        members = plan.events[event].members
        down = any(event in plan.covers.get(m, ()) for m in members)
        spare = {pool: self._spare(draft, pool) for pool, _ in members}
        self._clear(draft, event)
        crews.leave(plan, draft, event)
        draft.repaired = True
        for member in members if down else ():
            for damage in plan.hidden.get(member, ()):
                if draft.phases[damage] != IDLE:
                    self._clear(draft, damage)  # a replaced part has no old damage
        drafts = [draft]
        for pool in spare if down else ():
            for follower in plan.followers.get(f"repaired:{pool}", ()):
                when = _on(plan.events[follower].fault)
                if not (when.no_redundancy and spare[pool] > 0):
                    drafts = self._chained(drafts, follower, when.chance)
        return drafts

    def _clear(self, draft: Draft, event: int) -> None:
        draft.phases[event] = IDLE
        life = self.plan.life[event]
        if life >= 0:
            draft.resets.append((life, self.plan.clocks[life].streams["life"]))

    def _spare(self, draft: Draft, pool: str) -> int:
        """Members that could still go down before the pool does."""
        described = self.plan.pools[pool]
        up = sum(is_up(self.plan, draft.phases, (pool, i)) for i in range(described.members))
        return up - described.needed_members

    def _chained(self, drafts: list[Draft], event: int, chance: float) -> list[Draft]:
        """With probability `chance` the chained fault strikes, in each of `drafts`."""
        found = [d for one in drafts for d in self._maybe(one, event, chance)]
        if len(found) > MOST_BRANCHES:
            what = f"{self.plan.events[event].cause}, which may follow for each of so many"
            raise NotSupported(what, "the rule book", 'at most 12, or conduct(..., faults="lived")')
        return found

    def _maybe(self, draft: Draft, event: int, chance: float) -> list[Draft]:
        """With probability `chance` the chained fault strikes a member that is up."""
        plan = self.plan
        reachable = any(is_up(plan, draft.phases, m) for m in plan.events[event].members)
        if chance == 0.0 or draft.phases[event] != IDLE or not reachable:
            return [draft]
        struck = draft.split(chance)
        self._strike(struck, event)
        return [struck] if chance == 1.0 else [struck, draft.split(1 - chance)]

    def _settle(self, draft: Draft) -> list[Draft]:
        """Everything that follows within the instant, until nothing more does."""
        drafts = self._follow(draft)
        drafts = [after for before in drafts for after in update_roles(self.plan, before)]
        done = []
        for each in drafts:
            crews.call_out(self.plan, each)
            crews.assign(self.plan, each)
            self._lose(each)
            if each.heals:
                event = each.heals.pop()
                done += [d for h in self._heal(each, event) for d in self._settle(h)]
            else:
                done.append(each)
        return done

    def _follow(self, draft: Draft) -> list[Draft]:
        """Faults chained to a member that went down."""
        drafts, plan = [draft], self.plan
        if not draft.downed:
            return drafts
        pools = [pool for pool, _ in draft.downed]
        draft.downed = []
        for pool in pools:
            for follower in plan.followers.get(f"failed:{pool}", ()):
                drafts = self._chained(drafts, follower, _on(plan.events[follower].fault).chance)
        return [after for one in drafts for after in self._follow(one)]

    def _lose(self, draft: Draft) -> None:
        """Data are lost when fewer than `needed` members are up, or up and free of hidden damage during a repair."""
        plan = self.plan
        for pool, event in plan.lost.items():
            described = plan.pools[pool]
            members = [(pool, i) for i in range(described.members)]
            up = [m for m in members if is_up(plan, draft.phases, m)]
            clean = [m for m in up if all(draft.phases[e] == IDLE for e in plan.hidden.get(m, ()))]
            good = len(clean) if len(up) < len(members) else len(up)
            if good < described.needed_members:
                draft.phases[event] = ENDLESS


def _on(fault: Fault | None) -> On:
    assert fault is not None  # followers are chained faults
    assert isinstance(fault.when, On)
    return fault.when


def _merged(drafts: list[Draft]) -> list[Move]:
    """Outcomes with the same state and the same fresh draws are one."""
    found: dict[tuple[State, tuple[tuple[int, int], ...]], float] = {}
    for draft in drafts:
        key = (draft.freeze(), tuple(dict(draft.resets).items()))
        found[key] = found.get(key, 0.0) + draft.chance
    return [Move(chance, state, resets) for (state, resets), chance in found.items()]
