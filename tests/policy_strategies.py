"""Random policies of callers for hypothesis: retries, budgets, breakers, limits. All of them valid."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from simulator.describe import (
    AdaptiveThrottle,
    AimdLimit,
    AimdRate,
    AwsQuota,
    Backoff,
    Breaker,
    Bulkhead,
    Consecutive,
    Count,
    EnvoyBudget,
    FinagleBudget,
    Gradient,
    GrpcThrottle,
    LeakyBucket,
    Retry,
    Rolling,
    ShareOfTraffic,
    TokenBucket,
    TokenRate,
    Vegas,
)

times = st.floats(1e-3, 1e4)
shares = st.floats(0.0, 1.0)
some = st.floats(1e-3, 1.0)
counts = st.integers(1, 50)
rates = st.floats(1e-3, 1e5)
scopes = st.sampled_from(["caller", "pair", "shared"])
outcomes = st.lists(st.sampled_from(["error", "timeout", "rejected", "shed"]), unique=True).map(
    tuple
)


def _rising(low: int = 1) -> st.SearchStrategy[tuple[int, int, int]]:
    """Three whole numbers, not decreasing."""
    return st.lists(st.integers(low, 300), min_size=3, max_size=3).map(lambda x: tuple(sorted(x)))


@st.composite
def _backoffs(draw: Any) -> Backoff:
    base = draw(st.floats(0.0, 100.0))
    jitter = draw(st.sampled_from(["none", "full", "equal", "decorrelated", "spread"]))
    return Backoff(
        base,
        cap=base + draw(times),
        jitter=jitter,
        kind=draw(st.sampled_from(["exponential", "fixed", "exponential_minus_one"])),
        factor=draw(st.floats(1.0, 9.0)),
        first=draw(st.integers(0, 3)),
        spread=draw(some) if jitter == "spread" else 0.0,
    )


budgets = st.one_of(
    st.builds(TokenBucket, shares, st.floats(1.0, 99.0), st.booleans(), scopes),
    st.builds(ShareOfTraffic, shares, times, scopes),
    st.builds(AwsQuota, rates, rates, rates, rates, scopes),
    st.builds(GrpcThrottle, st.floats(1e-3, 1000.0), some, scopes),
    st.builds(FinagleBudget, st.floats(1.0, 60.0), rates, shares, scopes),
    st.builds(EnvoyBudget, shares, st.integers(0, 9), scopes),
)


@st.composite
def retries(draw: Any) -> Retry:
    endless = draw(st.booleans())
    wait = _backoffs() if endless else st.none() | _backoffs()
    attempts = "forever" if endless else draw(counts)
    return Retry(attempts, draw(wait), draw(outcomes), draw(st.none() | budgets))


@st.composite
def breakers(draw: Any) -> Breaker:
    kind = draw(st.sampled_from([Consecutive, Count, Rolling]))
    window = Rolling(draw(times), draw(counts)) if kind is Rolling else kind(draw(counts))
    half_open = draw(st.sampled_from(["first", "straight", "rate"]))
    late = draw(st.sampled_from(["ignored", "counted"]))
    judged_every = draw(st.sampled_from([0.0, 0.5]))
    probes = draw(counts)
    return Breaker(
        window,
        opens_at=draw(some),
        minimum=draw(counts),
        slow_after=draw(st.none() | times) if kind is not Consecutive else None,
        slow_at=draw(some),
        stays_open=draw(times),
        probes=probes,
        half_open=half_open,
        awaited=draw(st.none() | st.integers(1, probes)) if half_open == "rate" else None,
        one_at_a_time=draw(st.booleans()),
        counts=draw(outcomes),
        late=late,
        late_restarts=late == "counted" and draw(st.booleans()),
        judged="always" if judged_every else draw(st.sampled_from(["always", "on_failure"])),
        judged_every=judged_every,
        jitter=draw(shares),
        scope=draw(scopes),
    )


limits = st.one_of(
    st.builds(lambda n, s, b: AimdLimit(n[1], n[0], n[2], s, b), _rising(), times, shares),
    st.builds(lambda n, p, s: Vegas(n[1], n[2], p, s), _rising(), counts, shares),
    st.builds(
        lambda n, t, q, s, w: Gradient(n[1], n[0], n[2], t, q, s, w),
        _rising(), st.floats(1.0, 4.0), st.integers(0, 9), shares, counts,
    ),
)  # fmt: skip
bulkheads = st.builds(
    Bulkhead, counts | limits, st.floats(0.0, 9.0), st.none() | st.integers(0, 9), scopes
)
rate_limits = st.one_of(
    st.builds(TokenRate, rates, st.floats(1.0, 99.0), scopes),
    st.builds(LeakyBucket, rates, st.integers(0, 9), scopes),
    st.builds(
        lambda n, a, b, burst, s: AimdRate(n[1], n[0], n[2], a, b, burst, s),
        _rising(), rates, shares, st.floats(1.0, 99.0), scopes,
    ),
)  # fmt: skip
throttles = st.builds(AdaptiveThrottle, st.floats(1.0, 4.0), times, scopes)
