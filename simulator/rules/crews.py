"""Who is repaired when: calls for a crew, queues, and which jobs are being worked on."""

from __future__ import annotations

from simulator.rules.plan import Plan
from simulator.rules.state import (
    CALLED,
    ENDLESS,
    HELD,
    REPAIR,
    TRAVEL,
    UNSEEN,
    WAITING,
    Draft,
    State,
    instant,
)  # fmt: skip

__all__ = ["assign", "begin_repair", "call_out", "discover", "effort", "leave"]


def discover(plan: Plan, draft: Draft, event: int) -> None:
    """A fault has struck: it is noticed at once, or only when an inspection finds it."""
    clock = plan.stage[event]
    found = plan.clocks[clock].streams.get("found") if clock >= 0 else None
    if found is None:
        draft.phases[event] = CALLED
    else:
        draft.phases[event] = UNSEEN
        draft.resets.append((clock, found))


def call_out(plan: Plan, draft: Draft) -> None:
    """Everybody who needs a repair asks for it, except in a pool whose failover comes first."""
    for event, phase in enumerate(draft.phases):
        if phase not in (CALLED, HELD):
            continue
        if _failover_first(plan, draft, event):
            draft.phases[event] = HELD
        elif "repair" not in (
            plan.clocks[plan.stage[event]].streams if plan.stage[event] >= 0 else {}
        ):
            draft.phases[event] = ENDLESS
        elif plan.crew[event] < 0:
            _start(plan, draft, event)
        else:
            draft.phases[event] = WAITING
            draft.queues[plan.crew[event]].append(event)


def _failover_first(plan: Plan, draft: Draft, event: int) -> bool:
    for pool, _ in plan.events[event].members:
        led = plan.led[plan.led_of[pool]] if pool in plan.led_of else None
        if (
            led
            and led.failover
            and led.failover.repairs == "after"
            and draft.phases[led.event] not in (0, ENDLESS)
        ):
            return True
    return False


def _start(plan: Plan, draft: Draft, event: int) -> None:
    """A crew takes the job: it travels, or begins at once."""
    clock = plan.stage[event]
    travel = plan.clocks[clock].streams.get("travel")
    if travel is not None and not instant(plan, travel):
        draft.phases[event] = TRAVEL
        draft.resets.append((clock, travel))
    else:
        begin_repair(plan, draft, event)


def begin_repair(plan: Plan, draft: Draft, event: int) -> None:
    """The repair itself begins; one that takes no time is done at once."""
    clock = plan.stage[event]
    repair = plan.clocks[clock].streams["repair"]
    draft.phases[event] = REPAIR
    if plan.skip_instant and instant(plan, repair):
        draft.heals.append(event)
    else:
        draft.resets.append((clock, repair))


def assign(plan: Plan, draft: Draft) -> None:
    """Free crew members take the next jobs."""
    for number, crew in enumerate(plan.crews):
        queue = draft.queues[number]
        queue.sort(key=lambda event: plan.rank[event])  # stable: first come first within a rank
        if crew.order == "shared":
            todo = list(queue)
        elif crew.preemptive:
            todo = queue[: crew.size]
        else:
            busy = sum(
                plan.crew[e] == number and phase in (TRAVEL, REPAIR)
                for e, phase in enumerate(draft.phases)
            )
            todo = queue[: max(crew.size - busy, 0)]
        for event in todo:
            if draft.phases[event] == WAITING:
                _start(plan, draft, event)
            if not crew.preemptive:
                queue.remove(event)


def leave(plan: Plan, draft: Draft, event: int) -> None:
    """A job is done: it leaves the queue of the crew that may be interrupted."""
    number = plan.crew[event]
    if number >= 0 and event in draft.queues[number]:
        draft.queues[number].remove(event)


def effort(plan: Plan, state: State, event: int) -> float:
    """Speed of the stage clock of `event`: 0 while its repair is interrupted, a share if the crew is shared."""
    number = plan.crew[event]
    if number < 0 or state.phases[event] not in (TRAVEL, REPAIR):
        return 1.0
    crew = plan.crews[number]
    if crew.preemptive:
        return 1.0 if event in state.queues[number][: crew.size] else 0.0
    if crew.order == "shared":
        jobs = sum(
            plan.crew[e] == number and p in (TRAVEL, REPAIR) for e, p in enumerate(state.phases)
        )
        return min(1.0, crew.size / jobs)
    return 1.0
