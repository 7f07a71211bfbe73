"""The way between caller and callee, there and back: time on links, and what is lost on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.run.events.clock import ARRIVAL, COMPLETION, Clock, Due
from simulator.run.events.parts import Attempt
from simulator.run.events.plan import LinkPlan
from simulator.tables.outcomes import CAUSES

if TYPE_CHECKING:
    from simulator.run.events.calling import Callers
    from simulator.run.events.serving import Servers

__all__ = ["Wires"]

_LOST = CAUSES.index("lost on a link")


class Wires:
    """Carries attempts to members and answers to callers.

    Parameters
    ----------
    clock : Clock
    links : list of LinkPlan
    callers, servers
        The two ends.
    """

    __slots__ = ("_arriving", "_back", "_callers", "_clock", "_links", "_servers", "bare")

    def __init__(
        self, clock: Clock, links: list[LinkPlan], callers: Callers, servers: Servers
    ) -> None:
        self._clock, self._links, self._callers, self._servers = clock, links, callers, servers
        self._arriving, self._back = (self._arrives,), (self._comes_back,)
        self.bare = not links

    def there(self, one: Attempt) -> None:
        """Let an attempt go to its member."""
        calling, member = one.calling, one.member
        assert member is not None
        link = calling.site.link(calling.caller, member.index)
        lost, delay, number = member.effect.lost, 0.0, calling.request.number
        if link >= 0:
            plan = self._links[link]
            delay = one.path.delay("there", link, number) + plan.effect.delay
            lost = 1.0 if not plan.effect.up else 1.0 - (1.0 - lost) * (1.0 - plan.loss)
        if lost and (lost >= 1.0 or one.path.uniform("lost", number) < lost):
            one.cause, one.gone = _LOST, True
        elif delay:
            self._clock.at(self._clock._now + delay, ARRIVAL, self._arriving, one)
        else:
            self._servers.arrive(one)

    def _arrives(self, due: Due) -> None:
        self._servers.arrive(due.about)

    def back(self, job: Attempt, outcome: int, truth: int, cause: int) -> None:
        """Let an answer go to its caller."""
        member = job.member
        assert member is not None
        if job.over:
            self._callers.too_late(job, outcome)
            return
        effect = member.effect
        link = -1 if self.bare else job.calling.site.link(job.calling.caller, member.index)
        if link < 0 and not effect.delay and not effect.lost:
            self._callers.answered(job, outcome, truth, cause)
            return
        number, delay, lost = job.calling.request.number, effect.delay, effect.lost
        if link >= 0:
            plan = self._links[link]
            delay += job.path.delay("back", link, number) + plan.effect.delay
            lost = 1.0 if not plan.effect.up else 1.0 - (1.0 - lost) * (1.0 - plan.loss)
        if lost and (lost >= 1.0 or job.path.uniform("lost back", number) < lost):
            job.cause = _LOST
            return
        job.reply = (outcome, truth, cause)
        self._clock.at(self._clock._now + delay, COMPLETION, self._back, job)

    def _comes_back(self, due: Due) -> None:
        job: Attempt = due.about
        if job.over:
            self._callers.too_late(job, job.reply[0])
        else:
            self._callers.answered(job, *job.reply)
