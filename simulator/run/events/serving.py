"""The callee's side: admission, threads, work, and the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.run.events.admission import why_not
from simulator.run.events.clock import COMPLETION, TIMEOUT, Clock
from simulator.run.events.parts import NEUTRAL, Attempt, Member
from simulator.sample.draws import BLOCK_BITS
from simulator.tables import outcomes
from simulator.tables.outcomes import CAUSES, ERROR, SHED

if TYPE_CHECKING:
    from simulator.run.events.calling import Callers
    from simulator.run.events.steps import Steps
    from simulator.run.events.wires import Wires

__all__ = ["Servers"]

_GOLDEN = 0.6180339887498949  # spreads whole numbers evenly over [0, 1)
_MASK = (1 << BLOCK_BITS) - 1
_REFUSED, _FULL, _EXPIRED, _ERROR, _SILENT, _NO_DATA = (
    CAUSES.index(c)
    for c in ("refused", "queue full", "expired", "error", "silent", "no data")
)


class Servers:
    """What members do with the attempts that reach them.

    Parameters
    ----------
    clock : Clock
    """

    __slots__ = ("callers", "clock", "steps", "wires", "worked")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.worked = self._work_ends  # bound once, not each time

    def meet(self, callers: Callers, wires: Wires, steps: Steps) -> None:
        """Know the other side, the way there, and who walks the steps."""
        self.callers, self.wires, self.steps = callers, wires, steps

    # --- coming in --------------------------------------------------------------------------------

    def arrive(self, job: Attempt, number: int = 0) -> None:
        """An attempt reaches its member: it is refused, shed, queued or served."""
        member = job.member
        assert member is not None  # chosen before it was sent
        station = member.station
        if not member.up:
            self._turned_away_by_the_dead(job, member)
            return
        if job.over and job.calling.site.cancels != "nothing":  # its caller left meanwhile
            self._leave(job)
            return
        if not station.simple:
            job.arrived = self.clock._now
            reason = why_not(job, member, self.clock._now, self.callers.classes)
            if reason is not None:
                self.turn_away(job, *reason)
                return
        if station.varies:
            member.jobs[job] = None
        if member.limit is not None:
            job.company = member.busy + len(member.line) - member.line.gone + 1
        if member.busy < member.threads:
            member.busy += 1
            self.start(job)
            return
        job.queued = True
        if not member.line.push(job, self.clock._now, station.ranks[job.calling.kind]):
            job.queued = False
            self.turn_away(job, SHED, _FULL)
        elif station.pool.queue.patience is not None:
            patience = job.path.patience(station.pool.queue.patience, job.calling.request.number)
            self.clock.at(self.clock._now + patience, TIMEOUT, self._loses_patience, job)

    def _turned_away_by_the_dead(self, job: Attempt, member: Member) -> None:
        if member.silent:
            job.cause = job.cause if job.over else _SILENT  # who has timed out knows no more
            self._leave(job)
        else:
            self.turn_away(job, ERROR, _REFUSED)

    def _loses_patience(self, job: Attempt, number: int) -> None:
        if job.queued and job.member is not None:
            job.queued = False
            job.member.line.gone += 1
            self.turn_away(job, SHED, _EXPIRED)

    # --- being served -----------------------------------------------------------------------------

    def start(self, job: Attempt) -> None:
        """A thread takes the job."""
        member = job.member
        assert member is not None
        job.started = self.clock._now
        station = member.station
        kind, step, calls = station.ways[job.calling.kind]
        job.step, job.works = step, job.path.works[kind]
        job.worth, job.degraded = 0, False
        if station.led:
            job.term = member.term
        if calls:
            job.last, job.missed_at, job.waiting = "", None, False
        if step is not None and step.law is not None:
            self.work(job)
        else:
            self.steps.proceed(job)

    def work(self, job: Attempt) -> None:
        """A piece of work begins, or waits for a core."""
        member, step = job.member, job.step
        assert member is not None
        assert step is not None
        if member.busy_cores >= member.cores:
            member.core_line.append(job)
            return
        member.busy_cores += 1
        column = job.works[step.number]
        assert column is not None  # this step is work
        number = job.calling.request.number
        block = column.blocks.get(number >> BLOCK_BITS)
        if block is None:
            block = column.load(number >> BLOCK_BITS)
        takes = block[number & _MASK]
        station = member.station
        if station.slows:
            takes *= station.slowed(member.busy)
        now = self.clock._now
        if station.varies:
            takes += member.effect.extra_work
            if member.build is not None and member.build.extra_work is not None:
                takes += job.path.extra(member.build, step.number, number)
            job.left, job.began_work = takes, now
            member.working[job] = None
            if member.speed == 0.0:
                job.due = None
                return
            takes /= member.speed
        job.due = self.clock.at(now + takes, COMPLETION, self.worked, job)

    def _work_ends(self, job: Attempt, number: int) -> None:
        if job.due != number:  # stopped, or to end at another time by now
            return
        job.due = None
        member, step = job.member, job.step
        assert member is not None
        assert step is not None
        if member.station.varies:
            del member.working[job]
        member.busy_cores -= 1
        if member.core_line:
            self.next_cores(member)
        job.step = step = step.next
        if step is None:
            self.finish(job)
        else:
            self.steps.proceed(job)

    def next_cores(self, member: Member) -> None:
        """Free cores take up the work that waits."""
        line = member.core_line
        while line and member.busy_cores < member.cores:
            job = line.popleft()
            if not job.gone:
                self.work(job)

    def finish(self, job: Attempt) -> None:
        """All steps are done: what is the answer?"""
        member = job.member
        assert member is not None
        outcome, truth, cause = (1 if job.degraded else 0), job.worth, 0
        effect, cache = member.effect, member.station.cache
        if effect is NEUTRAL and cache is None and not job.expired:
            self.reply(job, outcome, truth, cause)
            return
        number = job.calling.request.number
        if effect is not NEUTRAL:
            if effect.error and job.path.uniform("error", number) < effect.error:
                outcome, truth, cause = ERROR, 0, _ERROR
            elif effect.missing and _is_missing(job, effect.missing):
                outcome, truth, cause = ERROR, 0, _NO_DATA
            elif effect.wrong and job.path.uniform("wrong", number) < effect.wrong:
                truth = outcomes.TRUTHS.index("wrong")
        if cache is not None and outcome <= 1:
            if member.store is not None:
                job.hit = member.store.get(job.calling.request.key, self.clock._now)
            else:
                job.hit = job.path.uniform("hit", number) < (cache.hits or 0.0)
        if job.expired:
            outcome, truth, cause = SHED, 0, _EXPIRED
        self.reply(job, outcome, truth, cause)

    # --- going out --------------------------------------------------------------------------------

    def reply(self, job: Attempt, outcome: int, truth: int, cause: int) -> None:
        """The answer leaves; the thread is free for the next."""
        member = job.member
        assert member is not None
        now = self.clock._now
        job.gone, job.served = True, now
        if member.station.varies:
            member.jobs.pop(job, None)
        if member.limit is not None and outcome != ERROR:  # which tells nothing about load
            member.limit.ended(now, now - job.arrived, job.company, outcome > 1)
        member.busy -= 1
        if member.answers is not None:  # it was over as soon as it began: the line moves on first
            member.answers.append((job, outcome, truth, cause))
            return
        if member.line.waiting:
            self.next_jobs(member)
        self.wires.back(job, outcome, truth, cause)

    def next_jobs(self, member: Member) -> None:
        """Free threads take up the jobs that wait; answers leave when the line has moved on."""
        if member.answers is not None:
            return
        answers: list[tuple[Attempt, int, int, int]] = []
        member.answers = answers
        line, queue, now = member.line, member.station.pool.queue, self.clock._now
        expires_after = member.station.expires_after
        while line.waiting and member.busy < member.threads:
            job, since = line.pop()
            if job.gone:  # it lost its patience
                line.gone -= 1
                continue
            job.queued = False
            if job.over and job.calling.site.cancels != "nothing":
                self._leave(job)
                continue
            if expires_after is not None and now - since > expires_after:
                if queue.expired == "free":
                    self._drop(job)
                    answers.append((job, SHED, 0, _EXPIRED))
                    continue
                job.expired = True
            member.busy += 1
            self.start(job)
        member.answers = None
        for answer in answers:
            self.wires.back(*answer)

    def turn_away(self, job: Attempt, outcome: int, cause: int) -> None:
        """An answer without service."""
        self._drop(job)
        self.wires.back(job, outcome, 0, cause)

    def _leave(self, job: Attempt) -> None:
        """The callee drops a job without an answer."""
        self._drop(job)
        if job.over:
            self.callers.finished(job)

    @staticmethod
    def _drop(job: Attempt) -> None:
        job.gone = True
        if job.member is not None:
            job.member.jobs.pop(job, None)


def _is_missing(job: Attempt, share: float) -> bool:
    """Whether the data asked for are not there: the same keys whoever asks; without keys by luck."""
    request = job.calling.request
    if request.key < 0:
        return job.path.uniform("missing", request.number) < share
    return request.key * _GOLDEN % 1.0 < share
