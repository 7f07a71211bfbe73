"""Ready policies of known libraries: their defaults, where they are written, and where ours differ."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from simulator.describe.guards import (
    AdaptiveThrottle,
    Breaker,
    Bulkhead,
    Consecutive,
    Count,
    RateLimit,
    Rolling,
)
from simulator.describe.quantities import Seconds
from simulator.describe.retries import (
    AwsQuota,
    Backoff,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    Retry,
    ShareOfTraffic,
)
from simulator.describe.serving import Outliers
from simulator.describe.steps import Call
from simulator.describe.wording import nearest, shown
from simulator.errors import DescriptionError

__all__ = ["PRESETS", "Preset", "preset"]

_OF_A_CALL = ("timeout", "deadline", "retry", "throttle", "rate_limit", "breaker", "bulkhead")


@dataclass(frozen=True, slots=True)
class Preset:
    """The policies of a library as it comes, without any settings of its user.

    Parameters
    ----------
    name : str
    source : str
        Where the numbers are written.
    differs : str
        Where the library's own order, counting or scope differs from that of a :class:`Call` with
        these policies, with the tests that show it.
    retry, breaker, bulkhead, throttle, rate_limit, timeout, deadline
        As in :class:`Call`; None = the library has none unless told.
    outliers : Outliers or None
        For a balancer in front of the pool called; no part of a call.

    Notes
    -----
    The order of a Call is ``fallback(deadline(retry + budget + hedge(attempt)))`` with
    ``attempt = throttle(rate_limit(breaker(bulkhead(timeout(wire)))))``.
    """

    name: str
    source: str
    differs: str
    retry: Retry | None = None
    breaker: Breaker | None = None
    bulkhead: Bulkhead | None = None
    throttle: AdaptiveThrottle | None = None
    timeout: Seconds | None = None
    rate_limit: RateLimit | None = None
    outliers: Outliers | None = None
    deadline: Seconds | None = None

    def call(self, to: str, **overrides: Any) -> Call:
        """A call of the pool `to` with these policies.

        Parameters
        ----------
        to : str
            The pool called.
        **overrides
            Fields of :class:`Call`, in place of the preset's or beside them; None leaves one out.

        Raises
        ------
        DescriptionError
            For a field that a call does not have, or a value that it does not allow.
        """
        known = [field.name for field in fields(Call) if field.name != "call"]
        for key in overrides:
            if key not in known:
                raise DescriptionError(
                    f"no such field of a call{nearest(key, known)}: allowed are {', '.join(known)}",
                    key,
                )
        return Call(to, **{key: getattr(self, key) for key in _OF_A_CALL} | overrides)


_Failures = tuple[Literal["error", "timeout", "rejected", "shed"], ...]
_ANY_FAILURE: _Failures = ("error", "timeout", "rejected", "shed")

_RESILIENCE4J = Preset(
    "resilience4j",
    "resilience4j 2: CircuitBreakerConfig, RetryConfig, BulkheadConfig, TimeLimiterConfig",
    "A full bulkhead and an open breaker are exceptions like others: they count as failures and are "
    "retried (test_resilience4j_counts_a_full_bulkhead). The library's time limiter stands outside the "
    "bulkhead, which makes no difference while nobody waits for a permit. Its rate limiter, inside "
    "the breaker, is left out: 50 permits per 500 ns limit nobody. If the minimum is set below the "
    "number of probes, the library judges after that many: set awaited "
    "(test_resilience4j_judges_probes_after_the_minimum). The wait while open must be exceeded, not reached.",
    retry=Retry(3, Backoff(0.5, jitter="none", kind="fixed"), on=_ANY_FAILURE),
    breaker=Breaker(
        Count(100),
        minimum=100,
        slow_after=60.0,
        stays_open=60.0,
        probes=10,
        half_open="rate",
        counts=_ANY_FAILURE,
        late="counted",
    ),
    bulkhead=Bulkhead(25),
    timeout=1.0,
)

_HYSTRIX = Preset(
    "hystrix",
    "Hystrix 1.5: HystrixCommandProperties, HystrixThreadPoolProperties, HystrixCircuitBreaker, "
    "HealthCountsStream",
    "The breaker opens at a health snapshot, every 500 ms, not at the failure that fills the measure "
    "(test_hystrix_opens_at_a_snapshot). The window is judged in slices of a snapshot, 20 of them; the "
    "ten buckets of a second are for the dashboard. The library's snapshots start anew with each "
    "closing; ours lie at multiples of 500 ms. The sleep window must be exceeded, not reached.",
    breaker=Breaker(
        Rolling(10.0, 20),
        minimum=20,
        stays_open=5.0,
        half_open="first",
        counts=_ANY_FAILURE,
        late="counted",
        judged_every=0.5,
    ),
    bulkhead=Bulkhead(10, queue=0),
    timeout=1.0,
)

_POLLY = Preset(
    "polly",
    "Polly 8: CircuitBreakerConstants, RetryConstants, RateLimiterConstants, TimeoutStrategyOptions, "
    "CircuitStateController",
    "Only a failure opens the breaker, not the success that brings the number of calls to the minimum "
    "(test_polly_judges_at_failures_only). Its ten sub-windows start with a result; ours lie at "
    "multiples of 3 s. The order is the user's: this is retry, breaker, concurrency, timeout.",
    retry=Retry(4, Backoff(2.0, jitter="none", kind="fixed"), on=_ANY_FAILURE),
    breaker=Breaker(
        Rolling(30.0, 10),
        opens_at=0.1,
        minimum=100,
        stays_open=5.0,
        half_open="first",
        counts=_ANY_FAILURE,
        late="counted",
        judged="on_failure",
    ),
    bulkhead=Bulkhead(1000, queue=0),
    timeout=30.0,
)

_ENVOY = Preset(
    "envoy",
    "Envoy: circuit_breaker.proto, outlier_detection.proto, route timeout and x-envoy-max-retries, "
    "retry_state_impl.cc, backoff_strategy.cc",
    "Retries are capped at 3 at once (max_retries), which is a budget without a share; a configured "
    "retry_budget is EnvoyBudget() (test_envoy_three_retries_at_once). A retry counts against it while "
    "it waits, too (test_envoy_counts_a_retry_that_waits). Outlier detection has to be switched on. "
    "The handbook gives the wait before retry N as up to (2^N - 1) x 25 ms, the code up to "
    "2^(N-1) x 25 ms: ours is the code's. A request is worth one permit; Envoy counts connections, "
    "pending and active requests apart.",
    retry=Retry(2, Backoff(0.025, cap=0.25), budget=EnvoyBudget(share=0.0, minimum=3)),
    bulkhead=Bulkhead(1024, wait=15.0, queue=1024),
    outliers=Outliers(),
    deadline=15.0,
)

_GRPC = Preset(
    "grpc",
    "gRPC proposal A6 (client retries): its example of a retry policy and of retry throttling",
    "There is no timeout per attempt and no deadline unless set. The status codes that are retried and "
    "charged are the same set, which a call without timeout keeps; retries that never reached a "
    "server are free in gRPC and charged here. The throttle is charged by attempts, those of calls "
    "that are never retried included (test_grpc_first_attempts_charge_the_throttle).",
    retry=Retry(
        4,
        Backoff(0.1, cap=1.0, jitter="spread", spread=0.2),
        on=("error", "shed"),
        budget=GrpcThrottle(10.0, 0.1),
    ),
)

_FINAGLE = Preset(
    "finagle",
    "Finagle: RetryBudget, TokenBucket.newLeakyBucket, RequeueFilter, FailureAccrualFactory",
    "Finagle requeues only what surely was not served: give the call idempotent=False for that. One "
    "request may be requeued as often as 20 % of the budget's balance, at the start 20 times, later "
    "as it stands; ours is 20. A retry burdens the budget for ttl and is then forgotten, so the "
    "reserve comes back (test_finagle_forgets_retries_after_ttl). The outliers stand for failure "
    "accrual by 5 failures in a row; its dead times double, with jitter, from 5 s to 300 s, ours grow by "
    "5 s each; its rule of an 80 % success rate is left out. There a dead node comes back by a single "
    "probe, whose failure makes it dead again; here it comes back in full and must fail 5 times anew.",
    retry=Retry(21, on=("error", "shed"), budget=FinagleBudget()),
    outliers=Outliers(5, interval=1.0, base=5.0, longest=300.0, most=1.0, deviations=None),
)

_AWS_STANDARD = Preset(
    "aws_standard",
    "AWS SDKs, retry mode standard: botocore retries/standard.py and retries/quota.py; read_timeout of "
    "botocore Config",
    "The quota takes 10 for a timeout and 5 otherwise, and only a success gives back: with nothing but "
    "failures 100 retries pass, and then none ever (test_aws_quota_runs_dry). The read timeout of "
    "60 s is that of boto3; other SDKs differ.",
    retry=Retry(3, Backoff(1.0, cap=20.0), budget=AwsQuota()),
    timeout=60.0,
)

_AWS_2026 = Preset(
    "aws_2026",
    "AWS SDKs with AWS_NEW_RETRIES_2026=true: AWS Developer Tools blog, aws-sdk-cpp issue 3832",
    "A transient failure costs 14, and so does here a throttled one, which costs 5 and waits twenty "
    "times as long in the SDK (test_aws_2026_buys_35_retries). The server's x-amz-retry-after is not "
    "modelled. DynamoDB has 4 attempts and a base of 25 ms.",
    retry=Retry(
        3, Backoff(0.05, cap=20.0), budget=AwsQuota(500.0, retry_cost=14.0, timeout_cost=14.0)
    ),
    timeout=60.0,
)

_SRE_BOOK = Preset(
    "sre_book",
    "Site Reliability Engineering (Google, 2016), chapters Handling Overload and Addressing Cascading "
    "Failures",
    "The book asks for randomised exponential waits without a number; 100 ms to 10 s is our "
    "assumption. It compares retries with requests, we with calls, and refuses at 10 % reached where "
    "we refuse what would exceed it (test_sre_book_one_retry_in_ten_calls).",
    retry=Retry(3, Backoff(0.1, cap=10.0), budget=ShareOfTraffic(0.1, 120.0)),
    throttle=AdaptiveThrottle(2.0, 120.0),
)

_SOURCE_DOCUMENT = Preset(
    "source_document",
    "System design fundamentals, section 2.3: class CircuitBreaker and retry_with_backoff, defaults",
    "The decorator retries every exception, also that of the open breaker. Late results count as "
    "results of the present state, and a late failure puts off the probe "
    "(test_source_document_late_failure_puts_off_the_probe). It has no timeout and no budget.",
    retry=Retry(4, Backoff(1.0, cap=60.0), on=_ANY_FAILURE),
    breaker=Breaker(
        Consecutive(5),
        stays_open=30.0,
        half_open="first",
        counts=_ANY_FAILURE,
        late="counted",
        late_restarts=True,
    ),
)

PRESETS: dict[str, Preset] = {
    ready.name: ready
    for ready in (
        _RESILIENCE4J,
        _HYSTRIX,
        _POLLY,
        _ENVOY,
        _GRPC,
        _FINAGLE,
        _AWS_STANDARD,
        _AWS_2026,
        _SRE_BOOK,
        _SOURCE_DOCUMENT,
    )
}
"""Every preset by its name."""


def preset(name: str) -> Preset:
    """The preset called `name`.

    Raises
    ------
    DescriptionError
        If there is none, with the names there are.

    Examples
    --------
    >>> preset("polly").breaker.stays_open
    5.0
    """
    try:
        return PRESETS[name]
    except (KeyError, TypeError):
        raise DescriptionError(
            f"{shown(name)}{nearest(name, PRESETS)}: allowed are {', '.join(PRESETS)}", "preset"
        ) from None
