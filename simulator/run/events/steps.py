"""Walking the steps of a job: work, calls, calls side by side, misses and their fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.rules.agreement import agreed
from simulator.run.events.parts import Attempt, Calling, nobody_waits
from simulator.tables.outcomes import CAUSES, ERROR

if TYPE_CHECKING:
    from simulator.run.events.calling import Callers
    from simulator.run.events.plan import StepPlan
    from simulator.run.events.serving import Servers
    from simulator.run.events.sites import Site

__all__ = ["Steps"]

_CALL_FAILED = CAUSES.index("a required call failed")


class Steps:
    """Takes jobs from step to step.

    Parameters
    ----------
    servers, callers
        Who do the work, and who make the calls.
    sites : list of Site
        By number.
    """

    __slots__ = ("_callers", "_servers", "_sites")

    def __init__(self, servers: Servers, callers: Callers, sites: list[Site]) -> None:
        self._servers, self._callers, self._sites = servers, callers, sites

    def proceed(self, job: Attempt) -> None:
        """Go on with the step the job stands at, until it has to wait or is done."""
        step = job.step
        while step is not None:
            if step.law is not None:
                self._servers.work(job)
                return
            if step.site is None:
                self._side_by_side(job, step)
                return
            if self._begins(job, step) or job.gone:
                return
            step = job.step = step.next
        self._servers.finish(job)

    def _begins(self, job: Attempt, step: StepPlan) -> bool:
        """Make a call; False if there is nothing to wait for."""
        assert step.site is not None
        assert job.member is not None
        site = self._sites[step.site.index]
        call = site.call
        if site.off:  # a feature that is switched off is missing from the answer
            job.degraded = True
            return False
        if call.after and (call.after == "miss") != (job.last == "miss"):
            return False
        if step.fills and call.wait and self._joins_flight(job):
            return True
        request = job.calling.request
        caller = job.member.index
        if not call.wait:
            self._callers.start(site, request, None, job.path, caller, nobody_waits, job)
            return False
        self._callers.start(site, request, job, job.path, caller, self._called, job)
        return True

    def _called(self, calling: Calling, outcome: int, truth: int, cause: int) -> None:
        """A call of a job is done."""
        job = calling.job
        assert job is not None
        if job.gone:
            return
        site = calling.site
        assert job.step is not None
        fills = job.step.fills
        if outcome <= 1:
            self._takes_over(job, calling, outcome, truth)
        elif site.call.required:
            if fills:
                self.leave_flight(job)
            self._fails(job)
            return
        else:
            self._goes_without(job, calling)
        if fills:
            self._fill(job, calling, outcome, truth)
        self._goes_on(job)

    def _goes_on(self, job: Attempt) -> None:
        """The next step; but what went before may have led somebody to stop this very job."""
        if not job.gone:
            assert job.step is not None
            job.step = job.step.next
            self.proceed(job)

    def _fails(self, job: Attempt) -> None:
        """Without a required answer there is none to give, if anybody still wants one."""
        if not job.gone:
            self._servers.reply(job, ERROR, 0, _CALL_FAILED)

    @staticmethod
    def _goes_without(job: Attempt, calling: Calling) -> None:
        """A call that is not required has failed; where a cache was asked that is a miss."""
        job.last = "miss"
        job.degraded = job.degraded or calling.site.callee.pool.cache is None

    @staticmethod
    def _takes_over(job: Attempt, calling: Calling, outcome: int, truth: int) -> None:
        """A job's answer is worth no more than what it was made of."""
        if outcome == 1:
            job.degraded = True
        if truth > job.worth:
            job.worth = truth
        if calling.missed_at is None:
            job.last = "ok"
        else:
            job.last, job.missed_at = "miss", calling.missed_at

    # --- caches -----------------------------------------------------------------------------------

    def _joins_flight(self, job: Attempt) -> bool:
        """Whether somebody is fetching the key already, so that this job just waits."""
        member = job.missed_at
        if member is None or member.station.pool.cache is None:
            return False
        if not member.station.pool.cache.single_flight:
            return False
        key = job.calling.request.key
        waiting = member.flights.get(key)
        if waiting is None:
            member.flights[key] = []
            job.flight = member
            return False
        waiting.append(job)
        return True

    def _fill(self, job: Attempt, calling: Calling, outcome: int, truth: int) -> None:
        """Store what was fetched, and let those who waited for it go on."""
        if outcome == 0 and calling.missed_at is None:
            self.store(job)
        member = job.flight
        if member is None:
            return
        job.flight = None
        for other in member.flights.pop(job.calling.request.key, ()):
            if outcome <= 1:
                self._takes_over(other, calling, outcome, truth)
            else:
                self._goes_without(other, calling)
            self._goes_on(other)

    def store(self, job: Attempt) -> None:
        """Put the key of a job into the cache that missed it."""
        member = job.missed_at
        if member is not None and member.store is not None and member.up:
            member.store.put(job.calling.request.key, self._callers.clock.now)

    def leave_flight(self, job: Attempt) -> None:
        """A job that was fetching for others fails: so do they."""
        member, job.flight = job.flight, None
        if member is None:
            return
        for other in member.flights.pop(job.calling.request.key, ()):
            self._fails(other)

    def hand_flight_on(self, job: Attempt) -> None:
        """A job that was fetching for others is stopped: the first of them fetches now."""
        member, job.flight = job.flight, None
        if member is None:
            return
        key = job.calling.request.key
        waiting = [other for other in member.flights.pop(key, ()) if not other.gone]
        if waiting:
            first = waiting[0]
            assert first.step is not None
            assert first.step.site is not None  # it waits for a call
            assert first.member is not None
            member.flights[key], first.flight = waiting[1:], member
            self._callers.start(
                self._sites[first.step.site.index], first.calling.request, first, first.path,
                first.member.index, self._called, first,
            )  # fmt: skip

    # --- calls side by side -----------------------------------------------------------------------

    def _side_by_side(self, job: Attempt, step: StepPlan) -> None:
        assert job.member is not None
        many = len(step.sites) * step.times
        job.failing, job.spare, job.waiting = step.needs, many - step.needs, True
        if step.agree:
            job.answers = []
        request, caller = job.calling.request, job.member.index
        for copy in range(step.times):
            for plan in step.sites:
                site = self._sites[plan.index]
                self._callers.start(
                    site, request, job, job.path, caller, self._one_of_many, job, copy
                )
                if job.gone or job.step is not step or not job.waiting:
                    return

    def _one_of_many(self, calling: Calling, outcome: int, truth: int, cause: int) -> None:
        job = calling.job
        assert job is not None
        if job.gone or not job.waiting:
            return
        if outcome <= 1 or not calling.site.call.required:
            assert job.step is not None
            job.degraded = job.degraded or outcome >= 1
            if outcome <= 1:
                if job.step.agree:
                    job.answers.append(truth)
                elif truth > job.worth:
                    job.worth = truth
            job.failing -= 1
            if job.failing == 0:
                if job.step.agree:
                    job.worth = max(job.worth, agreed(job.answers))
                self._enough(job)
                self._goes_on(job)
        else:
            job.spare -= 1
            if job.spare < 0:
                self._enough(job)
                self._fails(job)

    def _enough(self, job: Attempt) -> None:
        """The step is decided: calls still under way are left."""
        job.waiting = False
        for calling in job.calls:
            self._callers.abandon(calling)
