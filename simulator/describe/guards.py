"""What keeps a caller from calling: breakers, bulkheads, rate limits, throttles, concurrency limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.describe.limits import (
    AimdLimit,
    AimdRate,
    ConcurrencyLimit,
    Gradient,
    LeakyBucket,
    RateLimit,
    TokenRate,
    Vegas,
)
from simulator.describe.quantities import Number, Seconds, Share
from simulator.describe.retries import SCOPES, Scope
from simulator.describe.valid import above, at_least, one_of, share, whole
from simulator.errors import DescriptionError

__all__ = [
    "AdaptiveThrottle",
    "AimdLimit",
    "AimdRate",
    "Breaker",
    "Bulkhead",
    "ConcurrencyLimit",
    "Consecutive",
    "Count",
    "Gradient",
    "LeakyBucket",
    "RateLimit",
    "Rolling",
    "TokenRate",
    "Vegas",
]

Evidence = Literal["error", "timeout", "rejected", "shed"]


@dataclass(frozen=True, slots=True)
class Consecutive:
    """Failures in a row; a success starts the count anew (the source document's breaker)."""

    failures: int = 5

    def __post_init__(self) -> None:
        whole(self.failures, "failures")


@dataclass(frozen=True, slots=True)
class Count:
    """The last so many completed calls."""

    calls: int = 100

    def __post_init__(self) -> None:
        whole(self.calls, "calls")


@dataclass(frozen=True, slots=True)
class Rolling:
    """The calls completed in the last so many seconds, counted in equal slices.

    Parameters
    ----------
    seconds : float
        Length of the window.
    slices : int
        The oldest slice is dropped whole when time enters a new one.
    """

    seconds: Seconds
    slices: int = 10

    def __post_init__(self) -> None:
        above(self.seconds, "seconds")
        whole(self.slices, "slices")


@dataclass(frozen=True, slots=True)
class Breaker:
    """Stop calling a callee that fails; after a while let probes decide.

    Parameters
    ----------
    window : Consecutive, Count or Rolling
        The evidence a closed breaker judges by.
    opens_at : float
        Opens when the share of failures in the window is at least this (Count and Rolling).
    minimum : int
        Calls a window must hold before it is judged; for Count at most its size.
    slow_after : float or None
        A call that takes longer is slow, seconds; None = no call is.
    slow_at : float
        Opens when the share of slow calls is at least this.
    stays_open : float
        Seconds until probes are let through.
    probes : int
        Calls a half-open breaker lets through; all others are rejected.
    half_open : {"first", "straight", "rate"}
        How probes decide: the first result; so many successes as `probes` close and one failure
        reopens; or `awaited` results are judged by `opens_at` (and `slow_at`).
    awaited : int or None
        With half_open = "rate": results after which probes are judged, at most `probes`; None = all
        of them. (resilience4j: the smaller of `minimum` and `probes`.)
    one_at_a_time : bool
        A half-open breaker lets the next probe through only when the one before has ended.
    counts : tuple of {"error", "timeout", "rejected", "shed"}
        Outcomes that are failures. "rejected": by the bulkhead behind the breaker.
    late : {"ignored", "counted"}
        What a result counts that belongs to an earlier state: nothing, or as one of the present state.
    late_restarts : bool
        With late = "counted": a failure that ends while open starts `stays_open` anew.
    judged : {"always", "on_failure"}
        After every recorded call, or only after a failed one.
    judged_every : float
        At each multiple of so many seconds, by the evidence up to then (Hystrix's health snapshot);
        0 = at every call.
    jitter : float
        `stays_open` is stretched by a uniform share up to this, drawn for each opening.
    scope : {"caller", "pair", "shared"}
    """

    window: Consecutive | Count | Rolling = Consecutive(5)
    opens_at: Share = 0.5
    minimum: int = 1
    slow_after: Seconds | None = None
    slow_at: Share = 1.0
    stays_open: Seconds = 30.0
    probes: int = 1
    half_open: Literal["first", "straight", "rate"] = "straight"
    awaited: int | None = None
    one_at_a_time: bool = False
    counts: tuple[Evidence, ...] = ("error", "timeout", "shed")
    late: Literal["ignored", "counted"] = "ignored"
    late_restarts: bool = False
    judged: Literal["always", "on_failure"] = "always"
    judged_every: Seconds = 0.0
    jitter: Share = 0.0
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        if not 0 < self.opens_at <= 1:
            raise DescriptionError(f"{self.opens_at!r}: a share above 0, at most 1", "opens_at")
        whole(self.minimum, "minimum")
        if self.slow_after is not None:
            above(self.slow_after, "slow_after")
        if not 0 < self.slow_at <= 1:
            raise DescriptionError(f"{self.slow_at!r}: a share above 0, at most 1", "slow_at")
        above(self.stays_open, "stays_open")
        whole(self.probes, "probes")
        one_of(self.half_open, "half_open", "first", "straight", "rate")
        object.__setattr__(self, "counts", tuple(self.counts))
        for outcome in self.counts:
            one_of(outcome, "counts", "error", "timeout", "rejected", "shed")
        one_of(self.late, "late", "ignored", "counted")
        one_of(self.judged, "judged", "always", "on_failure")
        at_least(self.judged_every, "judged_every")
        share(self.jitter, "jitter")
        one_of(self.scope, "scope", *SCOPES)
        self._check_together()

    def _check_together(self) -> None:
        if self.late_restarts and self.late != "counted":
            raise DescriptionError('goes with late = "counted"', "late_restarts")
        if self.awaited is not None:
            whole(self.awaited, "awaited")
            if self.half_open != "rate" or self.awaited > self.probes:
                raise DescriptionError(
                    f'{self.awaited!r}: goes with half_open = "rate", at most the probes, '
                    f"{self.probes!r}",
                    "awaited",
                )
        if self.slow_after is not None and isinstance(self.window, Consecutive):
            raise DescriptionError(
                "a share of slow calls needs a window of calls or seconds, not a row of failures",
                "slow_after",
            )
        if self.judged_every and self.judged == "on_failure":
            raise DescriptionError(
                "a breaker judged at intervals looks whatever came last: leave judged out", "judged"
            )


@dataclass(frozen=True, slots=True)
class Bulkhead:
    """Calls at once from one caller: a connection pool, a semaphore.

    Parameters
    ----------
    limit : int, AimdLimit, Vegas or Gradient
        Permits; an adaptive limit moves with the answers.
    wait : float
        Longest wait for a permit, seconds; without one by then the attempt is rejected. 0 = no wait.
    queue : int or None
        Attempts that may wait for a permit; None = any number.
    scope : {"caller", "pair", "shared"}
    """

    limit: int | ConcurrencyLimit
    wait: Seconds = 0.0
    queue: int | None = None
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        if not isinstance(self.limit, AimdLimit | Vegas | Gradient):
            whole(self.limit, "limit")
        at_least(self.wait, "wait")
        if self.queue is not None:
            whole(self.queue, "queue", 0)
        one_of(self.scope, "scope", *SCOPES)


@dataclass(frozen=True, slots=True)
class AdaptiveThrottle:
    """Client-side throttling of the SRE book: reject with chance (requests - k accepts) / (requests + 1).

    Parameters
    ----------
    k : float
        Requests sent for every one accepted; at least 1.
    window : float
        Seconds of history, counted in ten slices; a request counts when it is made.
    scope : {"caller", "pair", "shared"}
    """

    k: Number = 2.0
    window: Seconds = 120.0
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        at_least(self.k, "k", 1.0)
        above(self.window, "window")
        one_of(self.scope, "scope", *SCOPES)
