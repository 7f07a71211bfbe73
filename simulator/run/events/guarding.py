"""What stands between a caller and the wire: throttle, rate limit, breaker, permits - in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.run.events.clock import ARRIVAL, TIMEOUT, Clock
from simulator.run.events.parts import Attempt, Calling
from simulator.tables.outcomes import CANCELLED, CAUSES, ERROR, REJECTED
from simulator.tables.outcomes import TIMEOUT as TIMED_OUT

if TYPE_CHECKING:
    from simulator.run.events.calling import Callers
    from simulator.run.events.sites import Permits, Site

__all__ = ["Guards"]

_OPEN, _NO_PERMIT, _RATE, _THROTTLED, _NOBODY, _DEADLINE = (
    CAUSES.index(c)
    for c in (
        "breaker open",
        "no permit",
        "rate limit",
        "throttled",
        "nobody in rotation",
        "deadline",
    )
)


class Guards:
    """Asks the policies of a call before an attempt is sent, and tells them how it ended.

    Parameters
    ----------
    clock : Clock
    callers : Callers
    """

    __slots__ = ("_callers", "_clock")

    def __init__(self, clock: Clock, callers: Callers) -> None:
        self._clock, self._callers = clock, callers

    def guard(self, one: Attempt, site: Site) -> None:
        """Let an attempt through to the wire, make it wait, or reject it."""
        if site.pair and not self._aims(one, site):
            return
        if site.throttle_rule is not None and not self._throttle(one, site):
            return
        if site.rate_rule is not None and not self._limit(one, site):
            return
        self.ask_breaker(one, site)

    def _aims(self, one: Attempt, site: Site) -> bool:
        """Choose the member first where a policy is kept for each; False if there is nobody to ask."""
        calling = one.calling
        one.member = self._callers.choose(one)
        if one.member is None:
            self._callers.end(one, ERROR, 0, _NOBODY)
            return False
        if site.budget_rule is not None and calling.attempts == 1 and not calling.branch:
            site.budget(calling.caller, one.member.index).call_started(self._clock._now)
        return True

    def _throttle(self, one: Attempt, site: Site) -> bool:
        """Whether the throttle lets an attempt through."""
        now, calling = self._clock._now, one.calling
        throttle = site.throttle(calling.caller, self._member(one))
        chance = throttle.chance(now)
        throttle.asked(now)
        if chance > 0.0 and one.path.uniform("throttle", calling.request.number) < chance:
            self._callers.end(one, REJECTED, 0, _THROTTLED)
            return False
        return True

    def _limit(self, one: Attempt, site: Site) -> bool:
        """Whether the rate limit lets an attempt through now."""
        now, calling = self._clock._now, one.calling
        turn = site.rate(calling.caller, self._member(one)).take(now, calling.deadline - now)
        if turn is None:
            self._callers.end(one, REJECTED, 0, _RATE)
            return False
        if turn > 0.0:
            self._clock.at(now + turn, ARRIVAL, self._has_its_turn, one)
            return False
        return True

    @staticmethod
    def _member(one: Attempt) -> int:
        return -1 if one.member is None else one.member.index

    def _has_its_turn(self, one: Attempt, number: int) -> None:
        if not one.over:
            self.ask_breaker(one, one.calling.site)

    def ask_breaker(self, one: Attempt, site: Site) -> None:
        """Let an attempt through unless its breaker is open; a permit, if it takes one, comes next."""
        now, calling = self._clock._now, one.calling
        if site.breaker_rule is not None:
            breaker = site.breakers.get(calling.caller) if site.breaker_by_caller else None
            if breaker is None:
                breaker = site.breaker(calling.caller, self._member(one))
            if not breaker.admits(now):
                self._callers.end(one, REJECTED, 0, _OPEN)
                return
            one.breaker, one.epoch = breaker, breaker.epoch
        if site.breaker_only:
            self._callers.wire(one)
            return
        if site.bulkhead is None:
            self._send(one, site)
            return
        permits = site.permit(calling.caller, self._member(one))
        if permits.free() and not permits.waiting:
            permits.held += 1
            one.permit, one.crowd = True, permits.held
            self._send(one, site)
            return
        wait = min(site.bulkhead.wait, calling.deadline - now)
        if wait <= 0.0 or len(permits.waiting) >= permits.queue:
            self._callers.end(one, REJECTED, 0, _NO_PERMIT)
            return
        permits.waiting.append(one)
        one.due = self._clock.at(now + wait, TIMEOUT, self._waited_too_long, one)

    def _send(self, one: Attempt, site: Site) -> None:
        if site.budget_rule is not None:
            calling = one.calling
            if one.budget is None:
                one.budget = site.budget(calling.caller, self._member(one))
            one.budget.sent(self._clock._now, one.retry)
            one.spent = True
        self._callers.wire(one)

    def _waited_too_long(self, one: Attempt, number: int) -> None:
        if one.due != number or one.over:
            return
        one.due = None
        permits = one.calling.site.permit(one.calling.caller, self._member(one))
        permits.waiting.remove(one)
        late = self._clock._now >= one.calling.deadline
        self._callers.end(
            one, TIMED_OUT if late else REJECTED, 0, _DEADLINE if late else _NO_PERMIT
        )

    def ended(self, one: Attempt, outcome: int) -> Permits | None:
        """Tell the policies how an attempt ended; permits to hand on when the caller has acted on it."""
        calling = one.calling
        site, now = calling.site, self._clock._now
        if one.epoch >= 0:
            counts = site.breaker_counts
            if outcome == CANCELLED or not (
                one.wired or (outcome == REJECTED and counts[REJECTED])
            ):
                one.breaker.gives_back(now, one.epoch)
            else:
                one.breaker.record(now, counts[outcome], now - one.sent, one.epoch)
        if site.breaker_only:
            return None
        if site.throttle_rule is not None and outcome <= 1:
            site.throttle(calling.caller, self._member(one)).accepted(now)
        if site.rate_rule is not None and one.wired and outcome != CANCELLED:
            site.rate(calling.caller, self._member(one)).ended(now, outcome <= 1)
        if one.budget is not None:
            self._tell_budget(one, outcome)
        return None if site.bulkhead is None else self._takes_back(one, site, outcome)

    def _takes_back(self, one: Attempt, site: Site, outcome: int) -> Permits | None:
        """The permit of an attempt that is over is free, or nobody waits for one any more."""
        permits = site.permit(one.calling.caller, self._member(one))
        if not one.permit:
            if one.due is not None and not one.wired:  # it was still waiting for one
                one.due = None
                permits.waiting.remove(one)
            return None
        one.permit = False
        if permits.state is not None and outcome not in (
            CANCELLED,
            ERROR,
        ):  # they tell nothing about load
            now = self._clock._now
            permits.state.ended(now, now - one.sent, one.crowd, outcome > 1)
        permits.held -= 1
        return permits if permits.waiting else None

    def _tell_budget(self, one: Attempt, outcome: int) -> None:
        """The budget that granted a retry hears of its end, or that it was never sent."""
        now, budget = self._clock._now, one.budget
        assert budget is not None
        if not one.spent:
            budget.not_sent(now)
        elif outcome == CANCELLED:
            budget.cancelled(now, one.retry)
        else:
            budget.attempt_ended(now, outcome <= 1, one.retry)

    def hand_on(self, permits: Permits) -> None:
        """Free permits go to those who wait, in order; what one of them sets free is given away here, too."""
        if permits.handing:
            return
        permits.handing = True
        while permits.waiting and permits.free():
            other = permits.waiting.popleft()
            other.due = None
            permits.held += 1
            other.permit, other.crowd = True, permits.held
            self._send(other, other.calling.site)
        permits.handing = False

    def spend(self, calling: Calling, one: Attempt, outcome: int) -> bool:
        """Whether the budget allows another attempt, which it pays for at once."""
        budget = calling.site.budget(calling.caller, self._member(one))
        cost = budget.spend(self._clock._now, outcome == TIMED_OUT)
        if cost is None:
            return False
        calling.cost, calling.granted = cost, budget
        return True

    def call_ended(self, calling: Calling, one: Attempt, ok: bool) -> None:
        """Tell the budget how a call ended."""
        budget = calling.site.budget(calling.caller, self._member(one))
        budget.call_ended(self._clock._now, ok, calling.cost)

    def not_sent(self, calling: Calling) -> None:
        """Tell the budget that a retry it granted will not be made: nobody waits any more."""
        if calling.granted is not None:
            calling.granted.not_sent(self._clock._now)
            calling.granted = None
