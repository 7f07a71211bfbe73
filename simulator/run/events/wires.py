"""The way between caller and callee, there and back: time on links, and what is lost on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.run.events.clock import ARRIVAL, COMPLETION, Clock
from simulator.run.events.parts import NEUTRAL, Attempt
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

    __slots__ = ("_arrives", "_callers", "_clock", "_links", "_returns", "bare")

    def __init__(
        self, clock: Clock, links: list[LinkPlan], callers: Callers, servers: Servers
    ) -> None:
        self._clock, self._links, self._callers = clock, links, callers
        self._arrives, self._returns = servers.arrive, self._comes_back  # bound once, not each time
        self.bare = not links

    def there(self, one: Attempt) -> None:
        """Let an attempt go to its member."""
        calling, member = one.calling, one.member
        assert member is not None
        site, number = calling.site, calling.request.number
        link = site.only_link
        if link is None:
            link = site.link(calling.caller, member.index)
        one.link = link
        lost, delay = member.effect.lost, 0.0
        if link >= 0:
            plan = self._links[link]
            if link not in one.path.there:
                one.path.delays(link)
            delay = one.path.there[link].at(number)
            if not plan.clear:
                delay += plan.effect.delay
                lost = _either(lost, plan)
        if lost and (lost >= 1.0 or one.path.uniform("lost", number) < lost):
            one.cause, one.gone = _LOST, True
        elif delay:
            self._clock.at(self._clock._now + delay, ARRIVAL, self._arrives, one)
        else:
            self._arrives(one)

    def back(self, job: Attempt, outcome: int, truth: int, cause: int) -> None:
        """Let an answer go to its caller."""
        if job.over:
            self._callers.too_late(job, outcome)
            return
        assert job.member is not None
        effect = job.member.effect
        if self.bare and effect is NEUTRAL:
            self._callers.end(job, outcome, truth, cause)
            return
        link = -1 if self.bare else job.link
        if link < 0 and not (effect.delay or effect.lost):
            self._callers.end(job, outcome, truth, cause)
            return
        number, delay, lost = job.calling.request.number, effect.delay, effect.lost
        if link >= 0:
            plan = self._links[link]
            way = job.path.back[link].at(number)
            if not plan.clear:
                way += plan.effect.delay
                lost = _either(lost, plan)
            delay += way
        if lost and (lost >= 1.0 or job.path.uniform("lost back", number) < lost):
            job.cause = _LOST
            return
        job.reply = (outcome, truth, cause)
        self._clock.at(self._clock._now + delay, COMPLETION, self._returns, job)

    def _comes_back(self, job: Attempt, number: int) -> None:
        if job.over:
            self._callers.too_late(job, job.reply[0])
        else:
            self._callers.end(job, *job.reply)


def _either(lost: float, plan: LinkPlan) -> float:
    """Chance to vanish at the member or on the link."""
    return 1.0 if not plan.effect.up else 1.0 - (1.0 - lost) * (1.0 - plan.loss)
