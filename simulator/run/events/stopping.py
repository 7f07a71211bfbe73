"""What is under way is stopped: by a caller that has left, by a crash, by a change of speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.run.events.clock import COMPLETION, Clock
from simulator.run.events.parts import Attempt, Member
from simulator.tables.outcomes import CAUSES, ERROR

if TYPE_CHECKING:
    from simulator.run.events.calling import Callers
    from simulator.run.events.serving import Servers
    from simulator.run.events.steps import Steps
    from simulator.run.events.wires import Wires

__all__ = ["Stops"]

_CRASHED = CAUSES.index("crashed")


class Stops:
    """Ends jobs before their time.

    Parameters
    ----------
    clock : Clock
    servers, callers, wires, steps
        Whom it concerns.
    """

    __slots__ = ("_callers", "_clock", "_servers", "_steps", "_wires")

    def __init__(
        self, clock: Clock, servers: Servers, callers: Callers, wires: Wires, steps: Steps
    ) -> None:
        self._clock, self._servers, self._callers = clock, servers, callers
        self._wires, self._steps = wires, steps

    def cancel(self, job: Attempt) -> None:
        """The caller has left a job that `cancels` work under way: whatever there is of it ends now."""
        member = job.member
        if (
            job.gone or job.queued or member is None or job.started < 0
        ):  # dropped at the head, or on arrival
            return
        job.gone, job.served = True, self._clock._now
        self._stop(job, member)
        member.jobs.pop(job, None)
        member.busy -= 1
        self._callers.finished(job)
        if len(member.line):
            self._servers.next_jobs(member)

    def _stop(self, job: Attempt, member: Member) -> None:
        """End the work and the calls of a job."""
        if job.due is not None or job in member.working:
            job.due = None
            member.working.pop(job, None)
            member.busy_cores -= 1
            if member.core_line:
                self._servers.next_cores(member)
        for calling in job.calls:
            self._callers.abandon(calling)
        if job.flight is not None:
            self._steps.hand_flight_on(job)

    def crash(self, members: Sequence[Member]) -> None:
        """Members go down at one moment: all jobs end before anybody can act on it; refused unless silent."""
        lost = [(member, self._emptied(member)) for member in members]
        for member, jobs in lost:
            for job in jobs:
                self._stop(job, member)
            member.busy = member.busy_cores = 0
            member.working.clear()
        for member, jobs in lost:
            for job in jobs:
                if job.over:
                    self._callers.finished(job)
                elif not member.silent:
                    self._wires.back(job, ERROR, 0, _CRASHED)

    @staticmethod
    def _emptied(member: Member) -> list[Attempt]:
        """The jobs of a member, which has none any more."""
        jobs = list(member.jobs)
        member.jobs.clear()
        member.core_line.clear()
        while len(member.line):
            member.line.pop()
        member.line.gone = 0
        for job in jobs:
            job.gone, job.queued = True, False
        return jobs

    def change_speed(self, member: Member, speed: float) -> None:
        """Work under way goes on at another speed; at 0 it waits."""
        now = self._clock._now
        for job in member.working:
            job.left -= (now - job.began_work) * member.speed
            job.began_work = now
            job.due = None
            if speed > 0.0:
                end = now + max(job.left, 0.0) / speed
                job.due = self._clock.at(end, COMPLETION, self._servers.worked, job)
        member.speed = speed
