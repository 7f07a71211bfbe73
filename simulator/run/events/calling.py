"""The caller's side of a call: attempts, timeouts, answers, and the end of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from simulator.run.events.choosing import in_role
from simulator.run.events.clock import TIMEOUT, Clock
from simulator.run.events.parts import Attempt, Calling, Member, Request, nobody_waits
from simulator.tables import outcomes
from simulator.tables.outcomes import CANCELLED, CAUSES, ERROR

if TYPE_CHECKING:
    from simulator.run.events.failing import Failures
    from simulator.run.events.guarding import Guards
    from simulator.run.events.paths import Path
    from simulator.run.events.plan import Plan
    from simulator.run.events.record import Recorder
    from simulator.run.events.serving import Servers
    from simulator.run.events.sites import Site
    from simulator.run.events.steps import Steps
    from simulator.run.events.stopping import Stops
    from simulator.run.events.wires import Wires

__all__ = ["Callers"]

_DEADLINE, _HEDGED, _LEFT, _NOBODY = (
    CAUSES.index(c) for c in ("deadline", "hedged", "caller left", "nobody in rotation")
)
_LEFT_BEHIND = (outcomes.TIMEOUT, CANCELLED)
_NEVER = float("inf")

T = TypeVar("T")
Then = Callable[[Calling, int, int, int], None]


class Callers:
    """Makes calls for sources and for jobs.

    Parameters
    ----------
    clock : Clock
    plan : Plan
    record : Recorder
    """

    __slots__ = (
        "bare", "classes", "clock", "failures", "guards", "next_id", "open", "record", "servers", "steps", "stops",
        "wires",
    )  # fmt: skip

    def __init__(self, clock: Clock, plan: Plan, record: Recorder) -> None:
        self.clock, self.record, self.classes = clock, record, plan.classes
        self.next_id = 0
        self.open: dict[int, Attempt] = {}

    def meet(
        self,
        servers: Servers,
        wires: Wires,
        steps: Steps,
        stops: Stops,
        guards: Guards,
        failures: Failures,
    ) -> None:
        """Know the other side and the way there, who guards the calls, and what follows a failure."""
        self.servers, self.wires, self.steps, self.stops = servers, wires, steps, stops
        self.guards, self.failures = guards, failures
        self.bare = wires.bare

    def start(
        self, site: Site, request: Request, job: Attempt | None, path: Path, caller: int, then: Then,
        above: Attempt | None = None, copy: int = 0,
    ) -> Calling:  # fmt: skip
        """Begin a call; `then` is told how it ends, perhaps before this returns.

        Parameters
        ----------
        job : Attempt or None
            The job that waits for the answer.
        above : Attempt or None
            The job that makes the call, whether it waits or not.
        """
        now = self.clock._now
        deadline = now + site.deadline
        calling = Calling(site, request, job, path, caller, then, above, copy, deadline)
        if above is not None:
            outer = above.calling
            if site.kind < 0:
                calling.kind = outer.kind
            if outer.site.passes_on and outer.deadline < deadline and then is not nobody_waits:
                calling.deadline = outer.deadline
        if job is not None:
            job.calls += (calling,)
        if site.budget_rule is not None:
            calling.cost = calling.granted = None
            if not site.pair:
                site.budget(caller, -1).call_started(now)
        self.attempt(calling)
        return calling

    # --- attempts ---------------------------------------------------------------------------------

    def attempt(self, calling: Calling, copy: bool = False) -> None:
        """Begin the next attempt of a call, or another copy of the present one."""
        site, number, path = calling.site, calling.attempts, None
        retry = number > 0 and not copy
        if number or calling.copy:
            if copy:
                calling.branch += 1
                number -= 1
            else:
                calling.attempts = number + 1
        else:
            calling.attempts = 1
            path = calling.path.firsts.get(site.index)
        if path is None:
            path = calling.path.child(site.plan, number, calling.which)
        id, now = self.next_id, self.clock._now
        self.next_id = id + 1
        self.open[id] = one = Attempt(calling, id, number, path, now, retry)
        if retry and site.budget_rule is not None:
            one.budget, one.spent, calling.granted = calling.granted, False, None
        calling.live = (one,) if site.hedge is None else (*calling.live, one)
        if calling.deadline <= now:  # handed on by a caller whose time is up
            self.end(one, outcomes.TIMEOUT, 0, _DEADLINE)
        elif site.plain:
            self.wire(one)
        elif site.breaker_only:
            self.guards.ask_breaker(one, site)
        else:
            self.guards.guard(one, site)

    def wire(self, one: Attempt) -> None:
        """Send an attempt: choose a member, start the clocks, let it go."""
        calling = one.calling
        site, now = calling.site, self.clock._now
        one.sent = now
        station = site.callee
        member = one.member
        if member is None:
            member = one.member = (None if site.role else station.alone) or self.choose(one)
            if member is None:
                self.end(one, ERROR, 0, _NOBODY)
                return
        calling.wired += 1
        one.wired = True
        station.busy[member.index] += 1
        patience = site.timeout
        if calling.deadline - now < patience:
            self.clock.at(calling.deadline, TIMEOUT, self._deadline_passes, one)
        elif patience != _NEVER:
            site.lane[one.id] = one
            if not site.lane_waits:
                site.lane_waits = True
                self.clock.at(now + patience, TIMEOUT, self._lane_ends, site)
        if site.hedge is not None and calling.hedge is None:
            self.failures.await_hedge(calling, site.hedge)
        if self.bare and not member.effect.lost:
            self.servers.arrive(one)
        else:
            self.wires.there(one)

    def choose(self, one: Attempt) -> Member | None:
        """The member that an attempt goes to; None if there is nobody to ask."""
        calling = one.calling
        station, request = calling.site.callee, calling.request
        now = self.clock._now
        able: Sequence[int]
        able = station.candidates[0] if station.single else station.in_rotation(request.key, now)
        if calling.site.role:
            able = in_role(calling.site, calling.caller, able)
        if not able:
            return None
        if len(able) == 1:
            return station.members[able[0]]
        balancer = station.balancer
        u = one.path.uniform("balance", request.number) if balancer.uses_u else 0.0
        return station.members[balancer.choose(able, station.busy, u, request.key)]

    # --- how attempts end -------------------------------------------------------------------------

    def too_late(self, one: Attempt, outcome: int) -> None:
        """An answer reaches a caller that has left: it may still fill a cache."""
        above = one.calling.above
        if outcome == 0 and one.hit and above is not None and above.missed_at is not None:
            cache = above.missed_at.station.pool.cache
            if (
                cache is not None
                and cache.fills == "always"
                and one.calling.site.call.after == "miss"
            ):
                self.steps.store(above)
        self.finished(one)

    def _lane_ends(self, site: Site, number: int) -> None:
        """The oldest attempts without an answer, of a site with a fixed timeout, are due or wait on."""
        lane, patience, now = site.lane, site.timeout, self.clock._now
        while lane:
            one = next(iter(lane.values()))
            if one.sent + patience > now:
                self.clock.at(one.sent + patience, TIMEOUT, self._lane_ends, site)
                return
            self._time_out(one)
        site.lane_waits = False

    def _deadline_passes(self, one: Attempt, number: int) -> None:
        if not one.over:
            one.cause = one.cause or _DEADLINE
            self._time_out(one)

    def _time_out(self, one: Attempt) -> None:
        self.end(one, outcomes.TIMEOUT, 0, one.cause)

    def end(self, one: Attempt, outcome: int, truth: int, cause: int) -> None:
        """The caller knows how an attempt ended, and acts on it."""
        now = self.clock._now
        calling = one.calling
        site = calling.site
        if outcome <= 1 and truth < site.truth:
            truth = site.truth
        one.over, one.ended = True, now
        one.outcome, one.truth, one.cause = outcome, truth, cause
        calling.live = () if site.hedge is None else _without(one, calling.live)
        member = one.member
        if member is None or not one.wired:
            one.gone = True
        else:
            station = site.callee
            station.busy[member.index] -= 1
            if site.lane:
                site.lane.pop(one.id, None)
            if station.detector is not None and outcome != CANCELLED:
                station.detector.ended(now, member.index, outcome <= 1)
        freed = None if site.plain else self.guards.ended(one, outcome)
        if one.gone:
            if self.open.pop(one.id, None) is not None:  # `finished`, without the way there
                self.record.attempt(one)
        elif site.cancels == "running" and outcome in _LEFT_BEHIND:
            self.stops.cancel(one)  # first: the next attempt finds the thread free
        if not calling.done:
            if outcome > 1:
                self.failures.failed(calling, one, outcome, cause)
            else:
                if not one.hit:
                    calling.missed_at = member
                if calling.live:
                    self._leave_others(calling)
                if site.budget_rule is not None:
                    self.guards.call_ended(calling, one, True)
                self.done(calling, outcome, truth, cause)
        if freed is not None:  # last: who gets the permit may be a copy of this very call
            self.guards.hand_on(freed)

    def finished(self, one: Attempt) -> None:
        """Both sides are done with an attempt: its row is written."""
        if self.open.pop(one.id, None) is not None:
            self.record.attempt(one)

    def _leave_others(self, calling: Calling) -> None:
        """One copy has answered: the others are cancelled."""
        while calling.live:
            self._leave(calling.live[-1], _HEDGED)

    def _leave(self, one: Attempt, cause: int) -> None:
        done, one.calling.done = one.calling.done, True
        self.end(one, CANCELLED, 0, cause)
        one.calling.done = done

    def abandon(self, calling: Calling) -> None:
        """Nobody waits for a call any more."""
        if calling.done:
            return
        calling.done = True
        if calling.site.budget_rule is not None:
            self.guards.not_sent(calling)
        self._forget(calling)
        if calling.inner is not None:
            self.abandon(calling.inner)
        for one in calling.live:
            if not one.over:  # what the others held may have ended it
                self._leave(one, _LEFT)

    def done(self, calling: Calling, outcome: int, truth: int, cause: int) -> None:
        """A call has ended: whoever made it goes on."""
        calling.done = True
        if calling.job is not None:
            self._forget(calling)
        calling.then(calling, outcome, truth, cause)

    @staticmethod
    def _forget(calling: Calling) -> None:
        job = calling.job
        if job is not None:
            job.calls = _without(calling, job.calls)


def _without(one: T, many: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(other for other in many if other is not one)
