"""Random policies of calls. A wish is a label such as "breaker count pair" or "budget aws shared"."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from simulator.describe.guards import (
    AdaptiveThrottle,
    AimdLimit,
    AimdRate,
    Breaker,
    Bulkhead,
    Consecutive,
    Count,
    Gradient,
    LeakyBucket,
    Rolling,
    TokenRate,
    Vegas,
)
from simulator.describe.retries import (
    AwsQuota,
    Backoff,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    Hedge,
    Retry,
    ShareOfTraffic,
    TokenBucket,
)

__all__ = ["WISHES", "policies"]

SCOPES = ("caller", "pair", "shared")
JITTERS = ("none", "full", "equal", "decorrelated", "spread")
KINDS = ("exponential", "fixed", "exponential_minus_one")

BUDGETS: dict[str, Callable[[Random, Any], Any]] = {
    "bucket": lambda r, scope: TokenBucket(
        r.choice([0.05, 0.1, 0.3]), r.choice([1, 3, 5.5]), r.random() < 0.3, scope
    ),
    "share": lambda r, scope: ShareOfTraffic(r.uniform(0.03, 0.3), r.uniform(0.5, 4.0), scope),
    "aws": lambda r, scope: AwsQuota(r.choice([10, 25, 40]), 5, 10, r.choice([0.5, 1]), scope),
    "grpc": lambda r, scope: GrpcThrottle(r.choice([4, 10]), r.choice([0.1, 0.5]), scope),
    "finagle": lambda r, scope: FinagleBudget(
        r.uniform(1.0, 4.0), r.choice([0.0, 0.7, 2.0]), r.uniform(0.05, 0.4), scope
    ),
    "envoy": lambda r, scope: EnvoyBudget(r.uniform(0.05, 0.4), r.randrange(3), scope),
}
WINDOWS: dict[str, Callable[[Random], Any]] = {
    "consecutive": lambda r: Consecutive(r.randint(2, 5)),
    "count": lambda r: Count(r.randint(6, 20)),
    "rolling": lambda r: Rolling(r.uniform(0.3, 1.0), r.choice([5, 10])),
}
LIMITS: dict[str, Callable[[Random], Any]] = {
    "fixed": lambda r: r.randint(1, 6),
    "aimd": lambda r: AimdLimit(r.randint(2, 6), 1, r.randint(6, 12), r.uniform(0.02, 0.2)),
    "vegas": lambda r: Vegas(r.randint(2, 6), r.randint(6, 20)),
    "gradient": lambda r: Gradient(r.randint(2, 6), 1, r.randint(6, 20), long_window=50),
}
RATES: dict[str, Callable[[Random, Any], Any]] = {
    "token": lambda r, scope: TokenRate(r.uniform(30, 150), r.choice([1, 2.5, 10]), scope),
    "leaky": lambda r, scope: LeakyBucket(r.uniform(40, 200), r.randrange(12), scope),
    "aimd": lambda r, scope: AimdRate(
        r.uniform(40, 90), 5.0, 120.0, r.uniform(5, 50), r.uniform(0.6, 0.95), 3.0, scope
    ),
}


def _scoped(kind: str, names: dict[str, Any]) -> list[str]:
    return [f"{kind} {name} {scope}" for name in names for scope in SCOPES]


WISHES = (
    "timeout", "deadline", "passes on", "cancels queued", "cancels running", "not idempotent", "hedge",
    "fallback call", "fallback answer", "fallback queue", "all", "no wait",
    *(f"backoff {jitter}" for jitter in JITTERS), "retry at once",
    *_scoped("budget", BUDGETS), *_scoped("breaker", WINDOWS), *_scoped("bulkhead", LIMITS),
    *_scoped("rate", RATES), *(f"throttle {scope}" for scope in SCOPES),
)  # fmt: skip
"""Every policy of a call, with its scope where it has one."""


def policies(rng: Random, wish: str, waited_for: bool) -> dict[str, Any]:
    """Keywords of a Call, `wish` among them; fallbacks and fan-out are the caller's affair."""
    kind, _, rest = wish.partition(" ")
    found: dict[str, Any] = {}
    if kind in ("backoff", "retry", "budget") or wish == "not idempotent" or rng.random() < 0.6:
        found["retry"] = _retry(rng, kind, rest)
    for key, chance, make in (
        ("breaker", 0.3, _breaker), ("bulkhead", 0.3, _bulkhead), ("rate_limit", 0.2, _rate),
        ("throttle", 0.1, _throttle),
    ):  # fmt: skip
        mine = key.startswith(kind)
        if mine or rng.random() < chance:
            found[key] = make(rng, rest if mine else "")
    found["idempotent"] = wish != "not idempotent" and rng.random() < 0.9
    found["cancels"] = rng.choice(["nothing", "queued", "running"])
    if kind == "cancels":
        found["cancels"] = rest
    if waited_for:
        found |= _limits_of_time(rng, wish)
    return found


def _limits_of_time(rng: Random, wish: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if wish in ("timeout", "cancels queued", "cancels running") or rng.random() < 0.7:
        found["timeout"] = rng.uniform(0.02, 0.25)
    if wish in ("deadline", "passes on") or rng.random() < 0.25:
        found["deadline"] = rng.uniform(0.04, 0.5)
        found["passes_on"] = wish == "passes on" or rng.random() < 0.4
    if wish == "hedge" or rng.random() < 0.12:
        found["hedge"] = Hedge(rng.uniform(0.005, 0.06), rng.randint(1, 2))
    return found


def _retry(rng: Random, kind: str, rest: str) -> Retry:
    jitter = rest if kind == "backoff" else rng.choice([*JITTERS, ""])
    if kind == "retry":
        jitter = ""
    budget = None
    if kind == "budget" or rng.random() < 0.65:
        name, scope = rest.split() if kind == "budget" else _any(rng, BUDGETS)
        budget = BUDGETS[name](rng, scope)
    attempts: Any = rng.choice([2, 3, 3, 4])
    if jitter and rng.random() < 0.04:
        attempts = "forever"
    on = ["error", "timeout", "shed"] + (["rejected"] if rng.random() < 0.4 else [])
    return Retry(attempts, _backoff(rng, jitter) if jitter else None, tuple(on), budget)


def _backoff(rng: Random, jitter: Any) -> Backoff:
    base, kind = rng.uniform(0.004, 0.05), rng.choice(KINDS)
    spread = 0.2 if jitter == "spread" else 0.0
    return Backoff(
        base, base * rng.uniform(2.0, 6.0), jitter, kind, 2.0, rng.randrange(2), spread
    )  # fmt: skip


def _breaker(rng: Random, rest: str) -> Breaker:
    window, scope = rest.split() if rest else _any(rng, WINDOWS)
    half_open = rng.choice(["first", "straight", "rate"])
    every = rng.choice([0.0, 0.0, 0.0, rng.uniform(0.02, 0.1)])
    slow = window != "consecutive" and rng.random() < 0.3
    late = rng.choice(["ignored", "counted"])
    counts = ["error", "timeout", "shed"] + (["rejected"] if rng.random() < 0.2 else [])
    return Breaker(
        WINDOWS[window](rng), rng.uniform(0.2, 0.6), rng.randint(2, 6),
        slow_after=rng.uniform(0.03, 0.2) if slow else None, slow_at=rng.uniform(0.5, 1.0),
        stays_open=rng.uniform(0.03, 0.4), probes=rng.randint(1, 3), half_open=half_open,
        one_at_a_time=rng.random() < 0.2, counts=tuple(counts), late=late,
        late_restarts=late == "counted" and rng.random() < 0.5, judged_every=every,
        jitter=rng.choice([0.0, 0.3]), scope=scope,
    )  # fmt: skip


def _bulkhead(rng: Random, rest: str) -> Bulkhead:
    limit, scope = rest.split() if rest else _any(rng, LIMITS)
    wait = rng.choice([0.0, 0.0, rng.uniform(0.01, 0.1)])
    return Bulkhead(LIMITS[limit](rng), wait, rng.choice([None, 3]), scope)


def _rate(rng: Random, rest: str) -> Any:
    name, scope = rest.split() if rest else _any(rng, RATES)
    return RATES[name](rng, scope)


def _throttle(rng: Random, rest: str) -> AdaptiveThrottle:
    return AdaptiveThrottle(
        rng.uniform(1.1, 3.0), rng.uniform(0.3, 2.0), rest or rng.choice(SCOPES)
    )


def _any(rng: Random, names: dict[str, Any]) -> tuple[str, Any]:
    return rng.choice([*names]), rng.choice(SCOPES)
