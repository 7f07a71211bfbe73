"""Oddities: one sentence for each silly setting, none for a scenario that makes sense."""

from __future__ import annotations

import pytest

from simulator.describe import (
    AwsQuota,
    Chain,
    EnvoyBudget,
    FinagleBudget,
    GrpcThrottle,
    Retry,
    Scenario,
    ShareOfTraffic,
    TokenBucket,
)
from simulator.describe.demand import demands, width
from simulator.describe.files import loads
from simulator.describe.odd_calls import odd_retry
from simulator.describe.oddities import MANY, oddities
from simulator.rules.budgets import new_budget

CLEAN = """
horizon = "30 min"
[pools.lb]
serve = [{ call = "app", timeout = "1 s" }]
[pools.app]
members = 6
threads = 200
cores = 8
queue = { cap = 500 }
faults = [{ crash = { life = { exponential = "30 d" }, repair = { exponential = "2 min" } } }]
[[pools.app.serve]]
work = { exponential = "2 ms" }
[[pools.app.serve]]
call = "cache"
timeout = "20 ms"
required = false
[[pools.app.serve]]
call = "db"
after = "miss"
timeout = "200 ms"
deadline = "800 ms"
hedge = { after = "100 ms" }
bulkhead = { limit = 20, wait = "100 ms" }
breaker = { window = { count = 100 }, minimum = 20, slow_after = "150 ms" }
retry = { attempts = 3, backoff = { base = "50 ms", jitter = "full" }, budget = { token_bucket = 0.1 } }
[pools.cache]
members = 2
serve = [{ work = { exponential = "0.3 ms" } }]
cache = { hits = "90 %" }
[pools.db]
members = 2
threads = 100
cores = 16
queue = { cap = 200, expires_after = "100 ms" }
serve = [{ work = { exponential = "5 ms" } }]
[[links]]
a = "*"
b = "*"
delay = "0.25 ms"
[sources.clients]
clients = 1000
arrivals = { poisson = "1500 /s" }
to = { call = "lb", timeout = "2 s", retry = { attempts = 2, backoff = "500 ms" } }
[controllers.health]
health_check = { pool = "app", every = "5 s" }
[faults.slow_db]
on = "db"
when = { at = "600 s" }
effect = { speed = 0.25 }
lasts = "30 s"
"""

SILLY = {
    "timeout at the deadline": (
        'deadline = "800 ms"', 'deadline = "200 ms"',
        "pools.app.serve.db.timeout: 200 ms is not below the deadline, 200 ms",
    ),
    "timeout at that of the caller": (
        'call = "app", timeout = "1 s"', 'call = "app", timeout = "2 s"',
        "pools.lb.serve.app.timeout: 2 s is not below the caller's own wait, 2 s (sources.clients.to)",
    ),
    "deadline above the timeout of the caller": (
        'deadline = "800 ms"', 'deadline = "1.5 s"',
        "pools.app.serve.db.deadline: 1.5 s is not below the caller's own wait, 1 s (pools.lb.serve.app)",
    ),
    "one attempt": ("attempts = 3", "attempts = 1", "pools.app.serve.db.retry.attempts: 1 attempt repeats nothing"),
    "a budget that never binds": (
        "token_bucket = 0.1", "token_bucket = 2", "db.retry.budget: a call earns 2, as much as its 3 attempts"
    ),
    "a budget that allows nothing": (
        "token_bucket = 0.1", "envoy_budget = { share = 0, minimum = 0 }", "every retry is refused"
    ),
    "breaker minimum": (
        "minimum = 20", "minimum = 200", "db.breaker.minimum: 200 calls never fit into the window of 100"
    ),
    "slow calls": (
        'slow_after = "150 ms"', 'slow_after = "200 ms"',
        "db.breaker.slow_after: 200 ms is not below the 200 ms the caller waits: no call is ever slow",
    ),
    "permit wait": (
        'wait = "100 ms"', 'wait = "800 ms"', "db.bulkhead.wait: 800 ms is not below the deadline, 800 ms"
    ),
    "hedge": (
        'hedge = { after = "100 ms" }', 'hedge = { after = "200 ms" }',
        "db.hedge.after: 200 ms is not below the 200 ms the caller waits"
    ),
    "first wait": (
        'base = "50 ms", jitter = "full"', 'base = "1 s", jitter = "none"',
        "db.retry.backoff: the first wait is 1 s or more, not below the deadline, 800 ms",
    ),
    "a crowd in step": (
        'backoff = "500 ms"', 'backoff = { base = "500 ms", jitter = "none" }',
        'sources.clients.to.retry.backoff.jitter: "none" with 1000 clients',
    ),
    "three layers": (
        'call = "app", timeout = "1 s"', 'call = "app", timeout = "1 s", retry = { attempts = 4 }',
        "sources.clients.to.retry: 3 layers of retries on clients -> lb -> app -> db: up to 24 attempts",
    ),
    "a retry without cause": (
        'serve = [{ call = "app", timeout = "1 s" }]',
        'serve = [{ call = "cache", retry = { attempts = 2 } }, { call = "app", timeout = "1 s" }]',
        "pools.lb.serve.cache.retry: repeats error, timeout, shed, and no attempt can end so",
    ),
    "a wait without end": (
        'serve = [{ call = "app", timeout = "1 s" }]\n',
        'serve = [{ call = "app", breaker = {} }]\n'
        '[faults.cut]\non = "app"\neffect = { up = false, silent = true }\n',
        "pools.lb.serve.app: has no timeout, and app can fall silent (cut): it can wait for ever; its breaker",
    ),
    "a link that loses": (
        'delay = "0.25 ms"\n[sources',
        'delay = "0.25 ms"\nloss = 0.01\n[pools.lone]\nserve = [{ call = "db" }]\n[sources',
        "pools.lone.serve.db: has no timeout, and the link *-* can lose it",
    ),
    "more than those needed can do": (
        '"1500 /s"', '"20000 /s"',
        "pools.app.needed: 1 member can do 4000 /s, and sources bring 2e+04 /s or more",
    ),
    "more than all can do": (
        '"1500 /s"', '"30000 /s"',
        "pools.app: sources bring 3e+04 /s or more and its 6 members can do 2.4e+04 /s: they cannot keep up",
    ),
    "queue without threads": (
        "threads = 100\ncores = 16", "cores = 16", "pools.db.queue: threads is not stated, so nobody waits for one"
    ),
    "expiry": (
        'expires_after = "100 ms"', 'expires_after = "1 s"',
        "pools.db.queue.expires_after: 1 s is not below the 200 ms for which app waits: who expires has left",
    ),
    "outliers of one": ("[pools.lb]", "[pools.lb]\noutliers = {}", "pools.lb.outliers: members = 1"),
    "panic": ("[pools.cache]", "[pools.cache]\npanic = 0.5", "pools.cache.panic: no health check and no outliers"),
    "never": ('at = "600 s"', 'at = "1 h"', "faults.slow_db.when.at: 1 h lies beyond the horizon, 30 min"),
    "a class of nobody": (
        'serve = [{ work = { exponential = "5 ms" } }]',
        'serve = { "" = [{ work = { exponential = "5 ms" } }], page = [{ work = 1 }] }',
        "pools.db.serve.page: nobody sends requests of this class",
    ),
}  # fmt: skip


def test_a_clean_scenario_has_none():
    assert oddities(loads(CLEAN)) == ()


@pytest.mark.parametrize("kind", SILLY)
def test_each_silly_setting_is_named_alone(kind):
    old, new, words = SILLY[kind]
    assert CLEAN.count(old) == 1
    lines = oddities(loads(CLEAN.replace(old, new)))
    assert any(words in line for line in lines), lines
    assert len(lines) == 1, lines


def test_a_chain_has_none():
    assert oddities(Scenario(Chain((("u", "d", 1.0), ("d", "u", 2.0)), ("u",), "u"))) == ()


@pytest.mark.parametrize(
    ("budget", "attempts", "odd"),
    [
        (TokenBucket(2.0, 2.0), 3, True),
        (TokenBucket(1.9, 2.0), 3, False),
        (TokenBucket(2.0, 1.0), 3, False),
        (ShareOfTraffic(1.0), 2, True),
        (ShareOfTraffic(1.0), 3, False),
        (FinagleBudget(share=2.0), 3, True),
        (FinagleBudget(), 3, False),
        (EnvoyBudget(1.0), 3, True),
        (EnvoyBudget(), 3, False),
        (AwsQuota(retry_cost=0.0, timeout_cost=0.0), 3, True),
        (AwsQuota(), 3, False),
        (AwsQuota(size=4.0), 3, True),
        (AwsQuota(size=5.0), 3, False),
        (GrpcThrottle(2.0), 3, True),
        (GrpcThrottle(2.1), 3, False),
        (TokenBucket(0.1, 1.0, strict=True), 3, True),
        (TokenBucket(0.1, 1.1, strict=True), 3, False),
    ],
)
def test_budgets(budget, attempts, odd):
    assert bool(list(odd_retry(Retry(attempts, budget=budget), "retry"))) is odd


@pytest.mark.parametrize(
    "budget",
    [
        TokenBucket(0.1, 1.0, strict=True), ShareOfTraffic(0.0), EnvoyBudget(0.0, 0), AwsQuota(size=4.0),
        FinagleBudget(share=0.0, min_per_s=0.0), GrpcThrottle(2.0),
    ],
)  # fmt: skip
def test_a_budget_said_to_refuse_does_so(budget):
    rule = new_budget(budget)
    for t in range(50):
        rule.call_started(float(t))
        rule.sent(float(t), False)
        rule.attempt_ended(t + 0.1, False, False)
        assert rule.spend(t + 0.1, False) is None
        rule.call_ended(t + 0.1, False, None)
    assert any(
        "every retry is refused" in line for line in odd_retry(Retry(budget=budget), "retry")
    )


def test_demand_of_the_clean_scenario():
    """lb and app see each request, the cache too; the database the misses, 10 %."""
    scenario = loads(CLEAN)
    found = demands(scenario)
    rates = {"lb": 1500.0, "app": 1500.0, "cache": 1500.0, "db": 150.0}
    assert {name: d.rate for name, d in found.items()} == pytest.approx(rates, rel=1e-12, abs=0)
    work = {"app": 3.0, "cache": 0.45, "db": 0.75}
    got = {name: found[name].work for name in work}
    assert got == pytest.approx(work, rel=1e-12, abs=0)
    assert width(scenario.system["app"], 6) == 48.0


def test_demand_leaves_out_what_is_not_sure():
    unknown = CLEAN.replace('cache = { hits = "90 %" }', "cache = { size = 10 }").replace(
        "clients = 1000", "clients = 1000\nkeys = { exponent = 1, n = 100 }"
    )
    assert demands(loads(unknown))["db"].rate == 0.0
    limited = CLEAN.replace(
        'to = { call = "lb"', 'to = { rate_limit = { token_rate = 5 }, call = "lb"'
    )
    assert demands(loads(limited)) == {}


def test_a_crowd_begins_at_many():
    text = CLEAN.replace('backoff = "500 ms"', 'backoff = { base = "500 ms", jitter = "none" }')
    assert oddities(loads(text.replace("clients = 1000", f"clients = {MANY - 1}"))) == ()
    assert len(oddities(loads(text.replace("clients = 1000", f"clients = {MANY}")))) == 1
