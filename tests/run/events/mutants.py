"""Engines with one fault each, planted on purpose: the laws must find every one of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from simulator.rules.line import WaitingLine
from simulator.run.events.calling import Callers
from simulator.run.events.clock import TIMEOUT
from simulator.run.events.failing import Failures
from simulator.run.events.guarding import Guards
from simulator.run.events.serving import Servers
from simulator.run.events.steps import Steps
from simulator.run.events.stopping import Stops
from simulator.tables import outcomes
from simulator.tables.outcomes import CANCELLED, CAUSES, OK, REJECTED

__all__ = ["MUTANTS", "planted"]

_OPEN, _HEDGED = CAUSES.index("breaker open"), CAUSES.index("hedged")

Plant = Callable[..., Any]


def _rejected_counts_as_ok(old: Plant, self: Any, one: Any, outcome: int, *rest: int) -> Any:
    return old(self, one, OK if outcome == REJECTED else outcome, *rest)


def _hedge_loser_counts_as_ok(
    old: Plant, self: Any, one: Any, outcome: int, truth: int, cause: int
) -> Any:
    lost = outcome == CANCELLED and cause == _HEDGED and one.wired
    return old(self, one, OK if lost else outcome, truth, cause)


def _breaker_hears_of_rejections(
    old: Plant, self: Any, one: Any, outcome: int, truth: int, cause: int
) -> Any:
    if cause == _OPEN:
        breaker = one.calling.site.breaker(one.calling.caller, self.guards._member(one))
        breaker.record(self.clock.now, True, 0.0, breaker.epoch)
    return old(self, one, outcome, truth, cause)


def _permit_leaks_on_timeout(old: Plant, self: Any, one: Any, outcome: int) -> Any:
    if outcome == outcomes.TIMEOUT:
        one.permit = False
    return old(self, one, outcome)


def _permit_given_twice(old: Plant, self: Any, one: Any, outcome: int) -> Any:
    held = one.permit
    freed = old(self, one, outcome)
    if held and outcome == outcomes.TIMEOUT:
        one.calling.site.permit(one.calling.caller, self._member(one)).held -= 1
    return freed


def _retry_without_budget(old: Plant, self: Any, *args: Any) -> bool:
    old(self, *args)
    return True


def _thread_leaks_at_crash(old: Plant, self: Any, members: Any) -> None:
    busy = [member.busy for member in members]
    old(self, members)
    for member, before in zip(members, busy):
        member.busy += before > 0


def _crash_spares_other_members(old: Plant, self: Any, members: Any) -> None:
    """Only the first member of those that go down at one moment goes down."""
    old(self, members[:1])


def _late_answer_counts_twice(old: Plant, self: Any, one: Any, *args: Any) -> None:
    old(self, one, *args)
    self.record.attempt(one)


def _timeout_leaves_the_queue_out(old: Plant, self: Any, one: Any) -> None:
    if one.queued:
        self.clock.at(self.clock.now + 0.05, TIMEOUT, self._deadline_passes, one)
    else:
        old(self, one)


def _expired_are_served(old: Plant, self: Any) -> Any:
    item, _ = old(self)
    return item, math.inf


def _queue_is_not_bounded(old: Plant, self: Any, item: Any, now: float, rank: int = 0) -> bool:
    cap, self._cap = self._cap, self._cap + 1
    try:
        return bool(old(self, item, now, rank))
    finally:
        self._cap = cap


def _the_dead_serve(old: Plant, self: Any, job: Any) -> None:
    up, job.member.up = job.member.up, True
    old(self, job)
    job.member.up = up


def _cores_are_free(old: Plant, self: Any, job: Any) -> None:
    cores, job.member.cores = job.member.cores, math.inf
    old(self, job)
    job.member.cores = cores


def _one_attempt_too_many(old: Plant, self: Any, calling: Any, *args: Any) -> Any:
    site = calling.site
    site.attempts += 1
    granted = old(self, calling, *args)
    site.attempts -= 1
    return granted


def _deadline_forgotten_by_retries(old: Plant, self: Any, calling: Any, copy: bool = False) -> None:
    if calling.attempts:
        calling.deadline = math.inf
    old(self, calling, copy)


def _required_is_optional(old: Plant, self: Any, job: Any) -> None:
    if not job.gone:
        job.step = job.step.next
        self.proceed(job)


def _everybody_fetches(old: Plant, self: Any, job: Any) -> bool:
    return False


def _slowness_is_not_felt(old: Plant, self: Any, member: Any, speed: float) -> None:
    member.speed = speed


def _abandoned_calls_go_on(old: Plant, self: Any, calling: Any) -> None:
    """Their attempts stay under way although the job that waited is gone."""
    calling.done = True


def _threads_are_never_full(old: Plant, self: Any, member: Any) -> None:
    threads, member.threads = member.threads, member.threads + 1
    old(self, member)
    member.threads = threads


MUTANTS: dict[str, tuple[type, str, Plant]] = {
    "a rejected request counts as ok": (Callers, "end", _rejected_counts_as_ok),
    "a permit leaks on timeout": (Guards, "ended", _permit_leaks_on_timeout),
    "a permit comes back twice": (Guards, "ended", _permit_given_twice),
    "a retry without budget": (Guards, "spend", _retry_without_budget),
    "a thread leaks at a crash": (Stops, "crash", _thread_leaks_at_crash),
    "a crash spares other members": (Stops, "crash", _crash_spares_other_members),
    "a late answer counts twice": (Callers, "too_late", _late_answer_counts_twice),
    "the timeout leaves the queue out": (Callers, "_time_out", _timeout_leaves_the_queue_out),
    "a breaker hears of rejections": (Callers, "end", _breaker_hears_of_rejections),
    "the loser of a hedge counts as ok": (Callers, "end", _hedge_loser_counts_as_ok),
    "an expired job is served": (WaitingLine, "pop", _expired_are_served),
    "a queue takes one too many": (WaitingLine, "push", _queue_is_not_bounded),
    "the dead serve": (Servers, "arrive", _the_dead_serve),
    "cores are free": (Servers, "work", _cores_are_free),
    "one thread too many": (Servers, "next_jobs", _threads_are_never_full),
    "one attempt too many": (Failures, "_retried", _one_attempt_too_many),
    "a deadline is forgotten by retries": (Callers, "attempt", _deadline_forgotten_by_retries),
    "a required call is optional": (Steps, "_fails", _required_is_optional),
    "everybody fetches": (Steps, "_joins_flight", _everybody_fetches),
    "slowness is not felt": (Stops, "change_speed", _slowness_is_not_felt),
    "abandoned calls go on": (Callers, "abandon", _abandoned_calls_go_on),
}
"""Name -> class, method, and what stands in its place (told the old one first)."""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The engine with one of the faults, meanwhile."""
    owner, method, plant = MUTANTS[name]
    old = getattr(owner, method)

    @wraps(old)
    def new(self: Any, *args: Any, **kwargs: Any) -> Any:
        return plant(old, self, *args, **kwargs)

    setattr(owner, method, new)
    try:
        yield
    finally:
        setattr(owner, method, old)
