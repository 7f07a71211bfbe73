"""Who is active: standby members that step in, primaries that are replaced, elections.

A led pool has `slots` active members. When one goes down, a member that is up and waiting takes its
place: at once without a :class:`~simulator.describe.controllers.Failover`, after it otherwise.
If nobody is left, the first one back is active at once - unless members vote, then there is an
election as soon as enough of them are back.
"""

from __future__ import annotations

from simulator.rules.plan import Led, Plan
from simulator.rules.standing_in import what_follows
from simulator.rules.state import BY_HAND, DETECT, ENDLESS, IDLE, PROMOTE, Draft, instant, is_up

__all__ = ["after_stage", "update_roles"]


def update_roles(plan: Plan, draft: Draft) -> list[Draft]:
    """Fill the places of active members that went down, or begin to; may branch on coverage."""
    drafts = [draft]
    for number in range(len(plan.led)):
        drafts = [after for before in drafts for after in _update(plan, before, number)]
    return drafts


def _update(plan: Plan, draft: Draft, number: int) -> list[Draft]:
    led = plan.led[number]
    phase = draft.phases[led.event] if led.event >= 0 else IDLE
    up = [i for i in range(led.pool.members) if is_up(plan, draft.phases, (led.pool.name, i))]
    draft.active[number], follows = what_follows(
        draft.active[number], up, led.slots, led.pool.needed_members, failover=led.failover is not None,
        voting=led.failover is not None and led.failover.voters is not None,
        running=phase != IDLE, endless=phase == ENDLESS,
    )  # fmt: skip
    if follows == "stop":
        draft.phases[led.event] = IDLE  # nobody is left to be promoted
    elif follows == "fill":
        _fill(plan, draft, number)
    elif follows == "begin":
        return _begin(plan, draft, number)
    return [draft]


def _fill(plan: Plan, draft: Draft, number: int) -> None:
    """The lowest-numbered members that are up become active."""
    led = plan.led[number]
    for member in range(led.pool.members):
        full = len(draft.active[number]) == led.slots
        if (
            not full
            and member not in draft.active[number]
            and is_up(plan, draft.phases, (led.pool.name, member))
        ):
            draft.active[number].append(member)


def _begin(plan: Plan, draft: Draft, number: int) -> list[Draft]:
    led = plan.led[number]
    streams = plan.clocks[plan.stage[led.event]].streams
    if "detect" in streams:
        draft.phases[led.event] = DETECT
        draft.resets.append((plan.stage[led.event], streams["detect"]))
        return [draft]
    return _decide(plan, draft, number)


def _decide(plan: Plan, draft: Draft, number: int) -> list[Draft]:
    """The failure is believed: the automatic failover works, or people must do it."""
    led = plan.led[number]
    assert led.failover is not None  # only a failover has stages
    works = led.failover.works
    branches = []
    if works > 0:
        branches.append(_promote(plan, draft.split(works), number))
    if works < 1:
        branches.append(_by_hand(plan, draft.split(1 - works), led))
    return branches


def _promote(plan: Plan, draft: Draft, number: int) -> Draft:
    led = plan.led[number]
    clock = plan.stage[led.event]
    stream = plan.clocks[clock].streams["promote"]
    if instant(plan, stream):
        draft.phases[led.event] = IDLE
        _fill(plan, draft, number)
    else:
        draft.phases[led.event] = PROMOTE
        draft.resets.append((clock, stream))
    return draft


def _by_hand(plan: Plan, draft: Draft, led: Led) -> Draft:
    clock = plan.stage[led.event]
    stream = plan.clocks[clock].streams.get("by_hand")
    draft.phases[led.event] = ENDLESS if stream is None else BY_HAND
    if stream is not None:
        draft.resets.append((clock, stream))
    return draft


def after_stage(plan: Plan, draft: Draft, event: int) -> list[Draft]:
    """A stage of the failover `event` has ended."""
    number = next(i for i, led in enumerate(plan.led) if led.event == event)
    if draft.phases[event] == DETECT:
        return _decide(plan, draft, number)
    draft.phases[event] = IDLE
    _fill(plan, draft, number)
    return [draft]
