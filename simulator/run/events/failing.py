"""What follows a failed attempt: another copy, a retry, a fallback, or the end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulator.describe.retries import Hedge
from simulator.describe.steps import Answer
from simulator.rules.backoff import wait
from simulator.run.events.clock import ARRIVAL, Clock
from simulator.run.events.parts import Attempt, Calling, nobody_waits
from simulator.tables.outcomes import CAUSES, DEGRADED, TRUTHS

if TYPE_CHECKING:
    from simulator.run.events.calling import Callers
    from simulator.run.events.guarding import Guards
    from simulator.run.events.sites import Site

__all__ = ["Failures"]

# Retries made at once, one within the other, of all calls together; then the clock has its turn, and
# the stack ends.
_STRAIGHT = 8
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

    __slots__ = ("_callers", "_clock", "_guards", "_nested")

    def __init__(self, clock: Clock, callers: Callers, guards: Guards) -> None:
        self._clock, self._callers, self._guards = clock, callers, guards
        self._nested = 0

    def await_hedge(self, calling: Calling, hedge: Hedge) -> None:
        """Send another copy if there is no answer by then."""
        calling.hedge = self._clock.at(
            self._clock._now + hedge.after, ARRIVAL, self._sends_copy, calling
        )

    def failed(self, calling: Calling, one: Attempt, outcome: int, cause: int) -> None:
        """Another copy, a retry, a fallback, or the end of the call."""
        site = calling.site
        if calling.live:  # other copies may still answer; the next is sent at once
            if site.hedge is not None and calling.branch < site.hedge.copies:
                self._callers.attempt(calling, copy=True)
            return
        if site.retry is not None and self._retried(calling, one, outcome, cause):
            return
        if site.budget_rule is not None:
            self._guards.call_ended(calling, one, False)
        calling.fallen = 0
        self._fall(calling, outcome, cause)

    def _retried(self, calling: Calling, one: Attempt, outcome: int, cause: int) -> bool:
        """Attempts left, outcome retryable, deadline not passed after the wait, budget: in this order."""
        site, now = calling.site, self._clock._now
        retry = site.retry
        assert retry is not None
        if calling.attempts >= site.attempts or not site.retried[outcome]:
            return False
        if not site.call.idempotent and (cause not in _UNTOUCHED or one.started >= 0.0):
            return False
        pause, backoff = 0.0, retry.backoff
        if backoff is not None:
            u = one.path.uniform("backoff", calling.request.number)
            before = calling.waited if calling.attempts > 1 else 0.0
            pause = wait(backoff, calling.attempts, u, before or backoff.base)
        if now + pause >= calling.deadline:
            return False
        if site.budget_rule is not None and not self._guards.spend(calling, one, outcome):
            return False
        calling.waited = pause
        calling.branch = 0
        calling.hedge = None
        if pause > 0.0 or self._nested == _STRAIGHT:
            self._clock.at(now + pause, ARRIVAL, self._tries_again, calling)
        else:
            self._nested += 1
            self._callers.attempt(calling)
            self._nested -= 1
        return True

    def _tries_again(self, calling: Calling, number: int) -> None:
        if not calling.done:
            self._callers.attempt(calling)

    def _sends_copy(self, calling: Calling, number: int) -> None:
        hedge = calling.site.hedge
        if calling.hedge != number or calling.done or hedge is None:
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
        copy = f"[{calling.copy}]" if calling.copy else ""
        who = f"{calling.site.plan.label}{copy}/{calling.fallen}"
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
            inner = self._callers.start(
                other, request, None, path, caller, then, calling.above, calling.copy
            )
            if not calling.done and not inner.done:
                calling.inner = inner
            return
        self._callers.start(
            other, request, None, path, caller, nobody_waits, calling.above, calling.copy
        )
        self._callers.done(calling, DEGRADED, other.truth, _FALLBACK)

    def _fell(self, calling: Calling, inner: Calling, outcome: int, truth: int, cause: int) -> None:
        calling.inner = None
        if calling.done:
            return
        calling.wired += inner.wired
        if outcome <= 1:
            calling.missed_at = inner.missed_at  # a miss of a cache is one whoever was asked first
            self._callers.done(calling, DEGRADED, truth, _FALLBACK)
        else:
            self._fall(calling, outcome, cause)
