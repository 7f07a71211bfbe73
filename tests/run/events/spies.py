"""Breakers and budgets that remember what the engine told them."""

from __future__ import annotations

from typing import Any

from simulator.rules.breaker import CircuitBreaker
from simulator.rules.budgets import BudgetState, new_budget

__all__ = ["SpyBreaker", "SpyBudget", "spied_budget"]


class SpyBreaker(CircuitBreaker):
    """A breaker that keeps a log.

    Attributes
    ----------
    told : list of (float, bool)
        Time and failure of each result it took.
    refused : int
        Attempts it did not admit.
    opened : list of (float, float)
        Time of each opening, and until when.
    """

    __slots__ = ("opened", "refused", "told")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.told: list[tuple[float, bool]] = []
        self.opened: list[tuple[float, float]] = []
        self.refused = 0

    def admits(self, now: float) -> bool:
        yes = super().admits(now)
        self.refused += not yes
        return yes

    def record(self, now: float, failed: bool, took: float, epoch: int) -> None:
        self.told.append((now, failed))
        super().record(now, failed, took, epoch)

    def _open(self, now: float) -> None:
        super()._open(now)
        self.opened.append((now, self.open_until))


class SpyBudget(BudgetState):
    """A budget that counts its refusals and hands all it hears to another one."""

    __slots__ = ("inner", "refused")

    def __init__(self, inner: BudgetState) -> None:
        self.inner, self.refused = inner, 0

    def call_started(self, now: float) -> None:
        self.inner.call_started(now)

    def spend(self, now: float, timed_out: bool) -> float | None:
        cost = self.inner.spend(now, timed_out)
        self.refused += cost is None
        return cost

    def sent(self, now: float, retry: bool) -> None:
        self.inner.sent(now, retry)

    def attempt_ended(self, now: float, ok: bool, retry: bool) -> None:
        self.inner.attempt_ended(now, ok, retry)

    def cancelled(self, now: float, retry: bool) -> None:
        self.inner.cancelled(now, retry)

    def not_sent(self, now: float) -> None:
        self.inner.not_sent(now)

    def call_ended(self, now: float, ok: bool, last_cost: float | None) -> None:
        self.inner.call_ended(now, ok, last_cost)

    def left(self, now: float) -> float:
        return self.inner.left(now)


def spied_budget(rule: Any) -> SpyBudget:
    """A budget as described, watched."""
    return SpyBudget(new_budget(rule))
