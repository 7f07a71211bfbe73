"""A number that makes no sense is refused, and the error names the argument."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator import Exponential, exact
from simulator.errors import DescriptionError
from simulator.run.exact import arguments as room

NONSENSE = [
    ("servers", lambda: exact.erlang_b(0, 1.0)),
    ("offered", lambda: exact.erlang_b(3, -1.0)),
    ("offered", lambda: exact.erlang_c(3, 3.0)),
    ("rate", lambda: exact.mmc(rate=10, service=0.1)),
    ("rate", lambda: exact.mmc(rate=-1, service=0.1)),
    ("service", lambda: exact.mmc(rate=1, service=0)),
    ("p", lambda: exact.mmc(rate=1, service=0.1).wait_quantile(1.0)),
    ("places", lambda: exact.mmck(rate=1, service=1, servers=4, places=3)),
    ("patience", lambda: exact.erlang_a(rate=1, service=1, servers=1, patience=0)),
    ("patience", lambda: exact.fixed_patience_loss(rate=1, service=1, patience=-1)),
    ("rate", lambda: exact.mg1(rate=1.0, service=Exponential(1.0))),
    ("t", lambda: exact.md1_wait_tail(rate=0.5, service=1, t=-1)),
    ("rate", lambda: exact.join_shorter_of_two(rate=2, service=1)),
    ("choices", lambda: exact.power_of_choices(rate=0.5, service=1, choices=0)),
    ("clients", lambda: exact.closed_loop(clients=0, think=1, service=1)),
    ("service[1]", lambda: exact.closed_loop(clients=1, think=1, service=[1, -1])),
    ("service", lambda: exact.closed_loop(clients=1, think=1, service=[])),
    ("exponent", lambda: exact.zipf_popularity(3, -1)),
    ("popularity", lambda: exact.lru_hit_ratio([0.5, 0.4], 1)),
    ("popularity", lambda: exact.che_approximation([1.5, -0.5], 1)),
    ("ttl", lambda: exact.ttl_hit_ratio(rate=1, ttl=-1, resets_on_hit=True)),
    ("fetch", lambda: exact.stampede_size(rate=1, fetch=math.inf)),
    ("hit_ratio", lambda: exact.rewarm_time([1.0], rate=1, origin_limit=1, hit_ratio=1.0)),
    ("origin_limit", lambda: exact.rewarm_hit_ratio([1.0], rate=1, origin_limit=0, at=1)),
    ("attempts", lambda: exact.retry_storm(rate=1, capacity=2, attempts=0, timeout=1)),
    ("wasted", lambda: exact.retry_storm(rate=1, capacity=2, attempts=2, timeout=1, wasted=-1)),
    ("rate", lambda: exact.largest_outage(rate=2, capacity=2, attempts=2, timeout=1)),
    ("surge", lambda: exact.largest_outage(rate=1, capacity=2, attempts=2, timeout=1, surge=0.5)),
    ("lost", lambda: exact.largest_outage(rate=1, capacity=2, attempts=2, timeout=1, lost=1.5)),
    ("timeout", lambda: exact.retry_equilibria(rate=1, service=1, timeout=0, attempts=2)),
    ("rate", lambda: exact.waste_equilibria(rate=2, capacity=1, attempts=2, wasted=1)),
    ("timeout", lambda: exact.linear_latency_limits(base=1, per_request=1, timeout=1, attempts=1)),
    ("capacity", lambda: exact.falling_capacity(rate=1, capacity=[])),
    ("rate", lambda: exact.thundering_herd(clients=1, spread=1, capacity=1, rate=1)),
    ("failure", lambda: exact.retry_amplification(failure=1.1, attempts=2)),
    ("attempts", lambda: exact.retry_amplification(failure=0.1, attempts=[2, 3], layers=3)),
    ("timeout", lambda: exact.retry_latency(Exponential(1.0), timeout=-1, attempts=2)),
    ("copies", lambda: exact.hedged_tail(Exponential(1.0), after=1, t=1, copies=0)),
    ("slow", lambda: exact.fan_out_slow(3, 2.0)),
    ("cost", lambda: exact.quota_retries(failure=0.5, cost=0)),
    ("accepts", lambda: exact.adaptive_rejection(requests=1, accepts=2)),
    ("multiplier", lambda: exact.adaptive_sending(rate=1, accepted=1, multiplier=0.5)),
    ("token_ratio", lambda: exact.throttle_shutoff(0)),
    ("size", lambda: exact.retry_token_bucket(failure=0.1, fill=0.1, size=0, retries=1)),
    ("threshold", lambda: exact.calls_to_full_window(failure=0.1, window=5, threshold=6)),
    ("window", lambda: exact.calls_to_full_window(failure=0.1, window=21, threshold=6)),
    ("ratio", lambda: exact.first_window_trip(failure=0.1, calls=5, ratio=0)),
    (
        "open_for",
        lambda: exact.breaker_cycle(failure=0.1, failures=5, rate=1, open_for=0),
    ),
    ("period", lambda: exact.snapshot_loss(period=0)),
    ("lag", lambda: exact.lag_loss(lag=-1, rate=1)),
    ("rate", lambda: exact.backlog_loss(rate=1, service=1)),
    ("errors", lambda: exact.first_alert(slo=0.99, errors=0.1, background=0.1)),
    ("slo", lambda: exact.first_alert(slo=1.0, errors=0.1)),
    ("short", lambda: exact.BurnRule(60, 61, 1)),
    ("rules", lambda: exact.first_alert((), slo=0.99, errors=0.1)),
]


@pytest.mark.parametrize(("where", "ask"), NONSENSE, ids=lambda x: x if isinstance(x, str) else "")
def test_nonsense_is_refused_by_name(where, ask):
    with pytest.raises(DescriptionError) as caught:
        ask()
    assert caught.value.where == where


@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf, -1.0])
def test_what_is_no_number_in_range(value):
    for check in (room.positive, room.at_least_zero, room.share, room.whole):
        with pytest.raises(DescriptionError, match="x: "):
            check(value, "x")


def test_what_is_one():
    assert room.positive(np.float64(2.5), "x") == 2.5
    assert room.whole(np.int64(3), "x") == room.whole(3.0, "x") == 3
    assert room.share(0, "x") == 0.0
    assert room.probabilities([0.25, 0.0, 0.75], "x").tolist() == [0.25, 0.75]
