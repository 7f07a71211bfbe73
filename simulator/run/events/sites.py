"""Calls at run time: the state of their policies, kept for whom their scope says."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.rules.breaker import CircuitBreaker
from simulator.rules.budgets import BudgetState, new_budget
from simulator.rules.limits import LimitState, new_limit
from simulator.rules.rates import RateState, new_rate
from simulator.rules.throttle import Throttle
from simulator.run.probe_calls import ProbeCall
from simulator.sample.draws import Column, uniforms
from simulator.sample.luck import Luck
from simulator.tables.outcomes import OUTCOMES

if TYPE_CHECKING:
    from simulator.describe.guards import Breaker, Bulkhead
    from simulator.run.events.parts import Attempt, Station
    from simulator.run.events.plan import Plan, SitePlan

__all__ = ["Permits", "Site"]

State = TypeVar("State")


class Permits:
    """The permits of one bulkhead, and who waits for one."""

    __slots__ = ("handing", "held", "limit", "queue", "state", "waiting")

    def __init__(self, rule: Bulkhead) -> None:
        fixed = isinstance(rule.limit, int)
        self.limit: float = rule.limit if fixed else 0  # type: ignore[assignment]
        self.state: LimitState | None = None if fixed else new_limit(rule.limit)  # type: ignore[arg-type]
        self.held, self.handing = 0, False
        self.waiting: deque[Attempt] = deque()
        self.queue = float("inf") if rule.queue is None else rule.queue

    def free(self) -> bool:
        """Whether one more attempt may go."""
        most = self.limit if self.state is None else int(self.state.limit)
        return self.held < most


class Site:
    """A call as it is now.

    Parameters
    ----------
    plan : SitePlan
    everything : Plan
    station : Station
        Of the pool called.
    luck : Luck
    replication : int
    """

    __slots__ = (
        "adaptive",
        "attempts",
        "breaker_by_caller",
        "breaker_counts",
        "breaker_only",
        "breaker_rule",
        "breakers",
        "budget_rule",
        "budgets",
        "bulkhead",
        "call",
        "callee",
        "caller",
        "cancels",
        "deadline",
        "fallbacks",
        "hedge",
        "index",
        "kind",
        "lane",
        "lane_waits",
        "links",
        "luck",
        "name",
        "near",
        "off",
        "only",
        "only_link",
        "pair",
        "passes_on",
        "paths",
        "permits",
        "plain",
        "plan",
        "rate_rule",
        "rates",
        "replication",
        "retried",
        "retry",
        "role",
        "throttle_rule",
        "throttles",
        "timeout",
        "truth",
    )  # fmt: skip

    def __init__(
        self, plan: SitePlan, everything: Plan, station: Station, luck: Luck, replication: int
    ) -> None:
        call = plan.call
        self.plan, self.call, self.index, self.name = plan, call, plan.index, plan.name
        self.callee, self.caller, self.luck, self.replication = (
            station,
            plan.caller,
            luck,
            replication,
        )
        self.paths = everything
        self.kind = everything.classes.index(call.as_) if call.as_ else -1
        self.timeout = float("inf") if call.timeout is None else call.timeout
        self.deadline = float("inf") if call.deadline is None else call.deadline
        self.passes_on, self.cancels = call.passes_on, call.cancels
        self.hedge = call.hedge if call.idempotent else None  # a copy repeats what may be under way
        self.retry = retry = call.retry
        self.attempts: float = 1
        if retry is not None:
            self.attempts = float("inf") if retry.attempts == "forever" else retry.attempts
        self.retried = tuple(retry is not None and word in retry.on for word in OUTCOMES)
        self.budget_rule = None if retry is None else retry.budget
        self.breaker_rule, self.bulkhead = call.breaker, call.bulkhead
        self.rate_rule, self.throttle_rule = call.rate_limit, call.throttle
        self.breaker_counts = _counted(call.breaker)
        self.breaker_by_caller = call.breaker is not None and call.breaker.scope == "caller"
        scopes = [
            p.scope
            for p in (self.breaker_rule, self.bulkhead, self.rate_rule, self.throttle_rule)
            if p
        ]
        self.pair = "pair" in scopes or bool(self.budget_rule and self.budget_rule.scope == "pair")
        self.plain = not scopes and not self.budget_rule
        others = (self.bulkhead, self.rate_rule, self.throttle_rule, self.budget_rule)
        self.breaker_only = not self.pair and not any(others)
        self.adaptive = self.bulkhead is not None and not isinstance(self.bulkhead.limit, int)
        self.breakers: dict[Any, CircuitBreaker] = {}
        self.budgets: dict[Any, BudgetState] = {}
        self.permits: dict[Any, Permits] = {}
        self.rates: dict[Any, RateState] = {}
        self.throttles: dict[Any, Throttle] = {}
        self.fallbacks: tuple[Any, ...] = ()
        self.lane: dict[int, Attempt] = {}
        self.lane_waits = False
        self.links: dict[tuple[int, int], int] = {}
        self.near: dict[int, frozenset[int]] = {}
        self.off = False
        self.role: str = call.to_role or ("nearest" if station.pool.balance == "nearest" else "")
        self.only = -1
        if isinstance(call, ProbeCall):
            self.role, self.only = "this one", call.to_member
        station.led = station.led or bool(call.to_role)
        self.only_link = None if everything.has_zones else self.link(0, 0)
        self.truth = {"good": 0, "stale": 1, "provisional": 2}[call.answers]

    def breaker(self, caller: int, member: int) -> CircuitBreaker:
        """The breaker that guards this call of `caller`."""
        rule = self.breaker_rule
        assert rule is not None  # asked only where there is one
        key = _key(rule.scope, caller, member)
        found = self.breakers.get(key)
        if found is None:
            draw = self._jitter(key) if rule.jitter else None
            found = self.breakers[key] = CircuitBreaker(rule, draw)
        return found

    def _jitter(self, key: Any) -> Callable[[int], float]:
        who = f"{self.name}@{key}"
        return Column(self.luck, "breaker", who, self.replication, uniforms).at

    def budget(self, caller: int, member: int) -> BudgetState:
        """The retry budget of this call of `caller`."""
        rule = self.budget_rule
        assert rule is not None
        return _kept(self.budgets, _key(rule.scope, caller, member), new_budget, rule)

    def permit(self, caller: int, member: int) -> Permits:
        """The permits for this call of `caller`."""
        rule = self.bulkhead
        assert rule is not None
        return _kept(self.permits, _key(rule.scope, caller, member), Permits, rule)

    def rate(self, caller: int, member: int) -> RateState:
        """The rate limit of this call of `caller`."""
        rule = self.rate_rule
        assert rule is not None
        return _kept(self.rates, _key(rule.scope, caller, member), new_rate, rule)

    def throttle(self, caller: int, member: int) -> Throttle:
        """The client throttle of this call of `caller`."""
        rule = self.throttle_rule
        assert rule is not None
        return _kept(self.throttles, _key(rule.scope, caller, member), Throttle, rule)

    def around(self, caller: int) -> frozenset[int]:
        """Members of the callee that stand in the zone of a caller; all of them if it has none."""
        found = self.near.get(caller)
        if found is None:
            zone = self.paths.zone_of(self.plan.caller, caller)
            pool = self.callee.pool
            here = [m for m in range(pool.members) if pool.zone_of(m) == zone]
            found = self.near[caller] = frozenset(here if zone else range(pool.members))
        return found

    def link(self, caller: int, member: int) -> int:
        """Number of the link between caller and member, or -1."""
        key = (caller, member)
        found = self.links.get(key)
        if found is None:
            found = self.paths.link_between(self.plan.caller, caller, self.plan.callee, member)
            self.links[key] = found
        return found


def _counted(rule: Breaker | None) -> tuple[bool, ...]:
    """Whether each outcome is a failure to the breaker."""
    counts = () if rule is None else rule.counts
    return tuple(word in counts for word in OUTCOMES)


def _key(scope: str, caller: int, member: int) -> Any:
    if scope == "caller":
        return caller
    return (caller, member) if scope == "pair" else -1


def _kept(states: dict[Any, State], key: Any, make: Callable[[Any], State], rule: Any) -> State:
    found = states.get(key)
    if found is None:
        found = states[key] = make(rule)
    return found
