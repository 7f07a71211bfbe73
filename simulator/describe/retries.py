"""What a caller does after a failed attempt: wait, try again, within a budget; or hedge before it failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.describe.quantities import Number, PerSecond, Seconds, Share
from simulator.describe.valid import above, at_least, finite, one_of, share, whole
from simulator.errors import DescriptionError

__all__ = [
    "AwsQuota",
    "Backoff",
    "Budget",
    "EnvoyBudget",
    "FinagleBudget",
    "GrpcThrottle",
    "Hedge",
    "Retry",
    "Scope",
    "ShareOfTraffic",
    "TokenBucket",
]

Scope = Literal["caller", "pair", "shared"]
"""Who shares a policy's state: each calling member (or client), each pair of members, or everybody."""

RetryOutcome = Literal["error", "timeout", "rejected", "shed"]
SCOPES = ("caller", "pair", "shared")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a caller waits before retry n (n = 1 for the first retry).

    Parameters
    ----------
    base : float
        Seconds.
    cap : float
        Longest wait before jitter, seconds.
    jitter : {"none", "full", "equal", "decorrelated", "spread"}
        With w the wait of `kind`: w; uniform on 0 to w; w/2 plus uniform on 0 to w/2; uniform on
        `base` to three times the wait before (capped; `kind` has no say); uniform within `spread`
        of w.
    kind : {"exponential", "fixed", "exponential_minus_one"}
        ``base * factor**(n - 1 + first)``; `base`; or ``base * (factor**n - 1)``; each at most `cap`.
    factor : float
        Growth from one retry to the next, at least 1.
    first : int
        Power of `factor` in the first wait: 0 in most libraries, 1 in the AWS article's program.
    spread : float
        Share for jitter "spread".
    """

    base: Seconds
    cap: Seconds = 3600.0
    jitter: Literal["none", "full", "equal", "decorrelated", "spread"] = "full"
    kind: Literal["exponential", "fixed", "exponential_minus_one"] = "exponential"
    factor: Number = 2.0
    first: int = 0
    spread: Share = 0.0

    def __post_init__(self) -> None:
        at_least(self.base, "base")
        finite(self.base, "base")
        above(self.cap, "cap")
        one_of(self.jitter, "jitter", "none", "full", "equal", "decorrelated", "spread")
        one_of(self.kind, "kind", "exponential", "fixed", "exponential_minus_one")
        at_least(self.factor, "factor", 1.0)
        finite(self.factor, "factor")
        whole(self.first, "first", 0)
        share(self.spread, "spread")
        if bool(self.spread) != (self.jitter == "spread"):
            raise DescriptionError('a spread above 0 and jitter "spread" go together', "spread")
        if self.cap < self.base:
            raise DescriptionError(
                f"{self.cap!r}: a cap is at least the base, {self.base!r}", "cap"
            )


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """A retry costs one token; every call earns `per_call`, up to `size`.

    Parameters
    ----------
    per_call : float
        Tokens a call earns when it starts, whatever becomes of it.
    size : float
        Most tokens; the bucket starts full.
    strict : bool
        True: a retry needs more than one token; False: one is enough.
    scope : {"caller", "pair", "shared"}
    """

    per_call: Number = 0.1
    size: Number = 10.0
    strict: bool = False
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        at_least(self.per_call, "per_call")
        at_least(self.size, "size", 1.0)
        finite(self.per_call, "per_call")
        finite(self.size, "size")
        one_of(self.scope, "scope", *SCOPES)


@dataclass(frozen=True, slots=True)
class ShareOfTraffic:
    """Retries are at most a share of the calls of a sliding window (the client ratio of the SRE book).

    Parameters
    ----------
    share : float
        Retries per call.
    window : float
        Seconds; counted in ten slices.
    scope : {"caller", "pair", "shared"}
    """

    share: Share = 0.1
    window: Seconds = 120.0
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        share(self.share, "share")
        above(self.window, "window")
        one_of(self.scope, "scope", *SCOPES)


@dataclass(frozen=True, slots=True)
class AwsQuota:
    """The retry quota of the AWS SDKs: a retry takes its cost, a success gives back; time refills nothing.

    Parameters
    ----------
    size : float
        Tokens at the start and at most.
    retry_cost, timeout_cost : float
        Tokens for a retry after an error, and after a timeout.
    earns : float
        Tokens a success without a retry gives back; a success after retries gives back what the last
        one took.
    scope : {"caller", "pair", "shared"}
    """

    size: Number = 500.0
    retry_cost: Number = 5.0
    timeout_cost: Number = 10.0
    earns: Number = 1.0
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        for key in ("size", "retry_cost", "timeout_cost", "earns"):
            at_least(getattr(self, key), key)
            finite(getattr(self, key), key)
        one_of(self.scope, "scope", *SCOPES)


@dataclass(frozen=True, slots=True)
class GrpcThrottle:
    """gRPC's retry throttling: a failure takes a token, a success gives `token_ratio`; above half, retries pass.

    Parameters
    ----------
    max_tokens : float
        At most 1,000; the count starts there.
    token_ratio : float
    scope : {"caller", "pair", "shared"}
        In gRPC one count serves all calls of a client to a server name.
    """

    max_tokens: Number = 10.0
    token_ratio: Number = 0.1
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        if not 0 < self.max_tokens <= 1000:
            raise DescriptionError(
                f"{self.max_tokens!r}: allowed is above 0, at most 1000", "max_tokens"
            )
        above(self.token_ratio, "token_ratio")
        finite(self.token_ratio, "token_ratio")
        one_of(self.scope, "scope", *SCOPES)


@dataclass(frozen=True, slots=True)
class FinagleBudget:
    """Finagle's retry budget: calls deposit, retries withdraw, deposits expire; a reserve for the small.

    Parameters
    ----------
    ttl : float
        Seconds after which a deposit expires, 1 to 60.
    min_per_s : float
        Retries per second that are always allowed.
    share : float
        Retries per call beyond that.
    scope : {"caller", "pair", "shared"}
    """

    ttl: Seconds = 10.0
    min_per_s: PerSecond = 10.0
    share: Number = 0.2
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        if not 1.0 <= self.ttl <= 60.0:
            raise DescriptionError(f"{self.ttl!r}: allowed is 1 s to 60 s", "ttl")
        at_least(self.min_per_s, "min_per_s")
        finite(self.min_per_s, "min_per_s")
        if not 0.0 <= self.share <= 1000.0:
            raise DescriptionError(f"{self.share!r}: allowed is 0 to 1000", "share")
        one_of(self.scope, "scope", *SCOPES)


@dataclass(frozen=True, slots=True)
class EnvoyBudget:
    """Envoy's retry budget: retries under way are at most a share of the requests under way.

    Parameters
    ----------
    share : float
        Of active and pending requests.
    minimum : int
        Retries under way that are always allowed.
    scope : {"caller", "pair", "shared"}
    """

    share: Share = 0.2
    minimum: int = 3
    scope: Scope = "caller"

    def __post_init__(self) -> None:
        share(self.share, "share")
        whole(self.minimum, "minimum", 0)
        one_of(self.scope, "scope", *SCOPES)


Budget = TokenBucket | ShareOfTraffic | AwsQuota | GrpcThrottle | FinagleBudget | EnvoyBudget


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after a failed attempt.

    Parameters
    ----------
    attempts : int or "forever"
        In all, the first included. None (``FOREVER``) says "forever" too.
    backoff : Backoff or None
        None: the next attempt follows at once.
    on : tuple of {"error", "timeout", "rejected", "shed"}
        Outcomes after which an attempt is repeated.
    budget : TokenBucket, ShareOfTraffic, AwsQuota, GrpcThrottle, FinagleBudget, EnvoyBudget or None
    """

    attempts: int | Literal["forever"] = 3
    backoff: Backoff | None = None
    on: tuple[RetryOutcome, ...] = ("error", "timeout", "shed")
    budget: Budget | None = None

    def __post_init__(self) -> None:
        if self.attempts is None:
            object.__setattr__(self, "attempts", "forever")
        if self.attempts != "forever":
            whole(self.attempts, "attempts")
        object.__setattr__(self, "on", tuple(self.on))
        for outcome in self.on:
            one_of(outcome, "on", "error", "timeout", "rejected", "shed")
        if self.attempts == "forever" and self.backoff is None:
            raise DescriptionError(
                "attempts without end and without a wait would never let time pass: give a backoff",
                "attempts",
            )


@dataclass(frozen=True, slots=True)
class Hedge:
    """Send another copy when an attempt has not answered in time; the first good answer counts.

    Parameters
    ----------
    after : float
        Seconds from one copy to the next.
    copies : int
        Extra copies at most.
    """

    after: Seconds
    copies: int = 1

    def __post_init__(self) -> None:
        above(self.after, "after")
        whole(self.copies, "copies")
