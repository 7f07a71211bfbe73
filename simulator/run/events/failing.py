"""What follows a failed attempt: another copy, a retry, a fallback, or the end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulator.describe.retries import Hedge
from simulator.describe.steps import Answer
from simulator.rules.backoff import wait
from simulator.run.events.clock import ARRIVAL, Clock, Due
from simulator.run.events.parts import Attempt, Calling, nobody_waits
from simulator.tables.outcomes import CAUSES, DEGRADED, OUTCOMES, TRUTHS

if TYPE_CHECKING:
    from simulator.run.events.calling import Callers
    from simulator.run.events.guarding import Guards
    from simulator.run.events.sites import Site

__all__ = ["Failures"]

_STRAIGHT = 8  # attempts made at once one within the other; then the clock has its turn, and the stack ends
_RULE, _FALLBACK = CAUSES.index("local rule"), CAUSES.index("fallback")
_UNTOUCHED = frozenset(
    CAUSES.index(c)
    for c in (
        "refused", "nobody in rotation", "breaker open", "no permit", "rate limit", "throttled", "queue full",
        "expired", "over the limit", "shedding",
    )
)  # fmt: skip


class Failures:
    """Decides what a caller does when an attempt has failed.

    Parameters
    ----------
    clock : Clock
    callers : Callers
    guards : Guards
    """

    __slots__ = ("_callers", "_clock", "_guards", "_hedges", "_retries")

    def __init__(self, clock: Clock, callers: Callers, guards: Guards) -> None:
        self._clock, self._callers, self._guards = clock, callers, guards
        self._retries, self._hedges = (self._tries_again,), (self._sends_copy,)

    def await_hedge(self, calling: Calling, hedge: Hedge) -> None:
        """Send another copy if there is no answer by then."""
        calling.hedge = self._clock.at(
            self._clock._now + hedge.after, ARRIVAL, self._hedges, calling
        )

    def failed(self, calling: Calling, one: Attempt, outcome: int, cause: int) -> None:
        """Another copy, a retry, a fallback, or the end of the call."""
        hedge = calling.site.call.hedge
        if calling.live:  # other copies may still answer; the next is sent at once
            if hedge is not None and calling.branch < hedge.copies:
                self._callers.attempt(calling, copy=True)
            return
        if calling.site.retry is not None and self._retried(calling, one, outcome, cause):
            return
        if calling.site.budget_rule is not None:
            self._guards.call_ended(calling, one, False)
        self._fall(calling, outcome, cause)

    def _retried(self, calling: Calling, one: Attempt, outcome: int, cause: int) -> bool:
        """Attempts left, outcome retryable, deadline not passed after the wait, budget: in this order."""
        site, now = calling.site, self._clock._now
        retry = site.retry
        assert retry is not None
        if calling.attempts >= site.retries or OUTCOMES[outcome] not in retry.on:
            return False
        if not site.call.idempotent and cause not in _UNTOUCHED:
            return False
        pause = 0.0
        if retry.backoff is not None:
            n = calling.retries + 1
            u = one.path.uniform("backoff", calling.request.number)
            pause = wait(retry.backoff, n, u, calling.waited or retry.backoff.base)
        if now + pause >= calling.deadline:
            return False
        if site.budget_rule is not None and not self._guards.spend(calling, one, outcome):
            return False
        calling.retries += 1
        calling.waited = pause
        calling.branch = 0
        if calling.hedge is not None:
            calling.hedge = None
        if pause > 0.0 or calling.attempts % _STRAIGHT == 0:
            calling.timer = self._clock.at(now + pause, ARRIVAL, self._retries, calling)
        else:
            self._callers.attempt(calling)
        return True

    def _tries_again(self, due: Due) -> None:
        calling: Calling = due.about
        if calling.timer is due and not calling.done:
            calling.timer = None
            self._callers.attempt(calling)

    def _sends_copy(self, due: Due) -> None:
        calling: Calling = due.about
        hedge = calling.site.call.hedge
        if calling.hedge is not due or calling.done or hedge is None:
            return
        if calling.branch >= hedge.copies or not calling.live:
            return
        self._callers.attempt(calling, copy=True)
        if calling.branch < hedge.copies and not calling.done:
            self.await_hedge(calling, hedge)

    def _fall(self, calling: Calling, outcome: int, cause: int) -> None:
        """The next fallback, or the end."""
        fallbacks = calling.site.fallbacks
        while calling.fallen < len(fallbacks):
            other = fallbacks[calling.fallen]
            calling.fallen += 1
            if isinstance(other, Answer):
                if self._by_rule(calling, other):
                    return
                continue
            self._ask(calling, other)
            return
        self._callers.done(calling, outcome, 0, cause)

    def _by_rule(self, calling: Calling, rule: Answer) -> bool:
        """Whether a local rule decides the case."""
        number, path = calling.request.number, calling.path
        who = f"{calling.site.plan.label}/{calling.fallen}"
        if path.uniform(f"decides {who}", number) >= rule.share:
            return False
        truth = TRUTHS.index(rule.truth)
        if rule.wrong and path.uniform(f"wrong {who}", number) < rule.wrong:
            truth = TRUTHS.index("wrong")
        self._callers.done(calling, DEGRADED, truth, _RULE)
        return True

    def _ask(self, calling: Calling, other: Site) -> None:
        """Ask somebody else instead; where nobody waits, what is sent counts as the answer."""
        request, path, caller = calling.request, calling.path, calling.caller
        if other.call.wait:
            then = partial(self._fell, calling)
            inner = self._callers.start(other, request, None, path, caller, then, calling.above)
            if not calling.done and not inner.done:
                calling.inner = inner
            return
        self._callers.start(other, request, None, path, caller, nobody_waits, calling.above)
        self._callers.done(calling, DEGRADED, other.truth, _FALLBACK)

    def _fell(self, calling: Calling, inner: Calling, outcome: int, truth: int, cause: int) -> None:
        calling.inner = None
        if calling.done:
            return
        calling.wired += inner.wired
        if outcome <= 1:
            self._callers.done(calling, DEGRADED, truth, _FALLBACK)
        else:
            self._fall(calling, outcome, cause)
