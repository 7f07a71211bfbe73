"""Retry budgets: who may try again, decided from what has been sent, failed and spent so far."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TypeVar

from simulator.describe.retries import (
    AwsQuota,
    Budget,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    ShareOfTraffic,
    TokenBucket,
)
from simulator.rules.slices import Slices

__all__ = [
    "AwsState",
    "BucketState",
    "BudgetState",
    "EnvoyState",
    "FinagleState",
    "GrpcState",
    "ShareState",
    "new_budget",
]

_Self = TypeVar("_Self", bound="BudgetState")


class BudgetState:
    """What a budget has left, told about calls and attempts as they happen.

    A call is one request with all its attempts. For each call: `call_started`; for each attempt that
    leaves `sent`, and `attempt_ended` when it is over; before each retry `spend`, and if it was
    granted either `sent` or `not_sent`; in the end `call_ended`. Every kind of budget listens to some
    of these and ignores the others.

    Times are in seconds and must not decrease.
    """

    __slots__ = ()

    def call_started(self, now: float) -> None:
        """A fresh call begins."""

    def spend(self, now: float, timed_out: bool) -> float | None:
        """Ask for a retry.

        Parameters
        ----------
        now : float
            Seconds.
        timed_out : bool
            Whether the attempt before timed out (dearer in the AWS quota).

        Returns
        -------
        float or None
            What it cost, in the budget's own tokens, which are taken; None = refused.
        """
        raise NotImplementedError

    def sent(self, now: float, retry: bool) -> None:
        """An attempt leaves; `retry`: it is not the first of its call."""

    def attempt_ended(self, now: float, ok: bool, retry: bool) -> None:
        """An attempt that was `sent` is over for its caller."""

    def cancelled(self, now: float, retry: bool) -> None:
        """An attempt that was `sent` is given up by its caller and says nothing about the callee."""

    def not_sent(self, now: float) -> None:
        """A retry that `spend` granted does not leave: a breaker, a permit or a deadline forbade it."""

    def call_ended(self, now: float, ok: bool, last_cost: float | None) -> None:
        """A call is over; `last_cost` is what its last retry cost, None if there was none."""

    def left(self, now: float) -> float:
        """What could be spent at `now`, in the budget's own tokens; 0 or more."""
        raise NotImplementedError

    def copy(self: _Self) -> _Self:
        """An independent object in the same state."""
        twin = object.__new__(type(self))
        names: tuple[str, ...] = type(self).__slots__
        for name in names:
            value = getattr(self, name)
            setattr(twin, name, value.copy() if isinstance(value, Slices) else value)
        return twin


class BucketState(BudgetState):
    """A bucket that every call fills a little (:class:`TokenBucket`); exact, also for tenths."""

    __slots__ = ("_earns", "_size", "_strict", "_token", "_tokens")

    def __init__(self, rule: TokenBucket) -> None:
        self._token, self._earns, self._size = _in_parts(1.0, rule.per_call, rule.size)
        self._strict = rule.strict
        self._tokens = self._size

    def call_started(self, now: float) -> None:
        tokens = self._tokens + self._earns
        self._tokens = tokens if tokens < self._size else self._size

    def spend(self, now: float, timed_out: bool) -> float | None:
        tokens, token = self._tokens, self._token
        if tokens < token or (self._strict and tokens == token):
            return None
        self._tokens = tokens - token
        return 1.0

    def left(self, now: float) -> float:
        return self._tokens / self._token


class ShareState(BudgetState):
    """Retries as a share of the calls of a sliding window (:class:`ShareOfTraffic`).

    A retry passes if, itself included, the retries in the window are at most `share` times the calls.
    """

    __slots__ = ("_counts", "_share")

    def __init__(self, rule: ShareOfTraffic) -> None:
        self._share = rule.share
        self._counts = Slices(rule.window, kinds=2)  # calls, retries

    def call_started(self, now: float) -> None:
        self._counts.add(now, 0)

    def spend(self, now: float, timed_out: bool) -> float | None:
        counts = self._counts
        counts.advance(now)
        calls, retries = counts.totals
        if calls == 0 or (retries + 1) / calls > self._share:
            return None
        counts.add(now, 1)
        return 1.0

    def left(self, now: float) -> float:
        self._counts.advance(now)
        calls, retries = self._counts.totals
        return max(0.0, self._share * calls - retries)


class AwsState(BudgetState):
    """The quota of the AWS SDKs (:class:`AwsQuota`): only successes give back."""

    __slots__ = ("_costs", "_earns", "_one", "_size", "_tokens")

    def __init__(self, rule: AwsQuota) -> None:
        self._one, self._size, self._earns, cost, slow = _in_parts(
            1.0, rule.size, rule.earns, rule.retry_cost, rule.timeout_cost
        )
        self._costs = (cost, slow)
        self._tokens = self._size

    def spend(self, now: float, timed_out: bool) -> float | None:
        cost = self._costs[timed_out]
        if cost > self._tokens:
            return None
        self._tokens -= cost
        return cost / self._one

    def call_ended(self, now: float, ok: bool, last_cost: float | None) -> None:
        if ok:
            back = self._earns if last_cost is None else round(last_cost * self._one)
            self._tokens = min(self._size, self._tokens + back)

    def left(self, now: float) -> float:
        return self._tokens / self._one


class GrpcState(BudgetState):
    """gRPC's throttle (:class:`GrpcThrottle`): attempts move the count, retries only read it."""

    __slots__ = ("_most", "_one", "_ratio", "_tokens")

    def __init__(self, rule: GrpcThrottle) -> None:
        self._one, self._most, self._ratio = _in_parts(1.0, rule.max_tokens, rule.token_ratio)
        self._tokens = self._most

    def spend(self, now: float, timed_out: bool) -> float | None:
        return 0.0 if 2 * self._tokens > self._most else None

    def attempt_ended(self, now: float, ok: bool, retry: bool) -> None:
        if ok:
            self._tokens = min(self._most, self._tokens + self._ratio)
        else:
            self._tokens = max(0, self._tokens - self._one)

    def left(self, now: float) -> float:
        return self._tokens / self._one


class FinagleState(BudgetState):
    """Finagle's budget (:class:`FinagleBudget`): a sum over the last `ttl` seconds, and a reserve.

    Each call puts in 1,000 and each retry takes 1,000 / share out of the slice of the present; both
    are forgotten together with their slice, so a retry weighs on the budget for `ttl` and no longer.
    """

    __slots__ = ("_cost", "_counts", "_gain", "_reserve")

    def __init__(self, rule: FinagleBudget) -> None:
        self._gain = 1000 if rule.share else 0
        self._cost = int(1000 / rule.share) if rule.share else 1
        self._reserve = int(rule.min_per_s * rule.ttl * self._cost)
        self._counts = Slices(rule.ttl)

    def call_started(self, now: float) -> None:
        self._counts.add(now, 0, self._gain)

    def spend(self, now: float, timed_out: bool) -> float | None:
        counts = self._counts
        counts.advance(now)
        if counts.totals[0] + self._reserve < self._cost:
            return None
        counts.add(now, 0, -self._cost)
        return 1.0

    def left(self, now: float) -> float:
        """Retries that would pass at `now`."""
        self._counts.advance(now)
        return max(0, self._counts.totals[0] + self._reserve) / self._cost


class EnvoyState(BudgetState):
    """Envoy's budget (:class:`EnvoyBudget`): retries under way against attempts under way.

    As in Envoy, a retry counts from the moment it is granted, its backoff included, while the attempts
    it is compared with are those that have been sent and not yet ended.
    """

    __slots__ = ("_minimum", "_retries", "_share", "_under_way")

    def __init__(self, rule: EnvoyBudget) -> None:
        self._share = rule.share
        self._minimum = rule.minimum
        self._retries = self._under_way = 0

    def spend(self, now: float, timed_out: bool) -> float | None:
        retries = self._retries + 1
        under_way = self._under_way
        if retries > self._minimum and not (under_way and retries / under_way <= self._share):
            return None
        self._retries = retries
        return 0.0

    def sent(self, now: float, retry: bool) -> None:
        self._under_way += 1

    def attempt_ended(self, now: float, ok: bool, retry: bool) -> None:
        self._under_way -= 1
        self._retries -= retry

    def cancelled(self, now: float, retry: bool) -> None:
        self.attempt_ended(now, True, retry)

    def not_sent(self, now: float) -> None:
        self._retries -= 1

    def left(self, now: float) -> float:
        """Retries that would pass at `now`."""
        most = math.floor(self._share * self._under_way)
        if self._under_way and (most + 1) / self._under_way <= self._share:  # 0.29 * 100 < 29
            most += 1
        return float(max(0, self._minimum - self._retries, most - self._retries))


def new_budget(budget: Budget) -> BudgetState:
    """The state, full, of the budget described."""
    if isinstance(budget, TokenBucket):
        return BucketState(budget)
    if isinstance(budget, ShareOfTraffic):
        return ShareState(budget)
    if isinstance(budget, AwsQuota):
        return AwsState(budget)
    if isinstance(budget, GrpcThrottle):
        return GrpcState(budget)
    if isinstance(budget, FinagleBudget):
        return FinagleState(budget)
    return EnvoyState(budget)


def _in_parts(*numbers: float) -> list[int]:
    """The numbers as whole multiples of one part: ten tenths are one, which ten 0.1 are not.

    A number is taken as the decimal it prints as.
    """
    exact = [Fraction(repr(float(number))) for number in numbers]
    parts = math.lcm(*(number.denominator for number in exact))
    return [int(number * parts) for number in exact]
