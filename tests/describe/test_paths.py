"""Key paths into traffic, and ablation: parts taken away together and put back one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.describe.files import loads, to_table
from simulator.errors import DescriptionError

WEB = loads(Path(__file__).resolve().parents[1].joinpath("web_traffic.toml").read_text("utf-8"))
EVERY = loads(Path(__file__).resolve().parents[1].joinpath("every_noun.toml").read_text("utf-8"))

# Program (g) of a fraud check whose answer is wanted in any case.
SHOP = loads(
    """
horizon = "1 d"
[pools.payment]
threads = 100
[[pools.payment.serve]]
work = { exponential = "10 ms" }
[[pools.payment.serve]]
call = "fraud"
timeout = "500 ms"
breaker = { stays_open = "30 s" }
retry = { attempts = "forever", backoff = "1 s" }
deadline = "2 s"
passes_on = true
fallback = [
    { call = "second", timeout = "500 ms" },
    { call = "review", wait = false, answers = "provisional" },
    { share = "90 %", wrong = "1 %" },
]
[pools.fraud]
faults = [{ crash = { availability = "99 %", repair = { exponential = "20 min" } } }]
[pools.second]
[pools.review]
[sources.buyers]
arrivals = { poisson = "50 /s" }
to = { call = "payment", timeout = "3 s" }
"""
)  # fmt: skip


def look(node: Any, *keys: Any) -> Any:
    """The value at a path of attributes, names and numbers."""
    for key in keys:
        node = getattr(node, key) if isinstance(key, str) else node[key]
    return node


def db(scenario: Any) -> Any:
    return next(call for call in scenario.system["app"].calls if call.call == "db")


SETTINGS: dict[str, tuple[Any, Any, Any]] = {
    # path: (value, where the change is seen, what is seen there)
    "pools.app.serve.db.retry.attempts": (7, lambda s: db(s).retry.attempts, 7),
    "pools.app.serve.db.retry.budget.token_bucket.size": (20, lambda s: db(s).retry.budget.size, 20.0),
    "pools.app.serve.db.retry.budget": (
        {"envoy_budget": {}}, lambda s: type(db(s).retry.budget).__name__, "EnvoyBudget",
    ),
    "pools.app.serve.db.breaker.window.count": (50, lambda s: db(s).breaker.window.calls, 50),
    "pools.app.serve.db.breaker": (None, lambda s: db(s).breaker, None),
    "pools.app.serve.db.hedge.after": ("100 ms", lambda s: db(s).hedge.after, 0.1),
    "pools.app.serve[0].work": ("5 ms", lambda s: s.system["app"].serve[0].law.mean(), 0.005),
    "pools.app.serve.cache.rate_limit.token_rate.rate": (
        "9 /s", lambda s: s.system["app"].calls[0].rate_limit.rate, 9.0,
    ),
    "pools.app.queue.cap": (10, lambda s: s.system["app"].queue.cap, 10),
    "pools.lb.queue.order": ("lifo", lambda s: s.system["lb"].queue.order, "lifo"),
    "pools.lb.outliers.deviations": (None, lambda s: s.system["lb"].outliers.deviations, None),
    "pools.db.cache.size": (9, lambda s: s.system["db"].cache.size, 9),
    "pools.db.limit.vegas.initial": (9, lambda s: s.system["db"].limit.initial, 9),
    "pools.cache.cache.ttl": (None, lambda s: s.system["cache"].cache.ttl, None),
    "sources.clients.to.retry.budget": ({"aws_quota": {"size": 9}}, lambda s: s.sources[0].to.retry.budget.size, 9.0),
    "sources.clients.to.retry": (None, lambda s: s.sources[0].to.retry, None),
    "sources.clients.arrivals.poisson": ("9 /s", lambda s: s.sources[0].rate, 9.0),
    "sources.clients.arrivals.poisson.rate": ("9 /s", lambda s: s.sources[0].rate, 9.0),
    "sources.clients.classes.page": (1, lambda s: s.sources[0].classes, (("page", 1.0),)),
    "links[0].loss": ("1 %", lambda s: s.system.links[0].loss, 0.01),
    "links.*-*.delay": ("1 ms", lambda s: s.system.links[0].delay.mean(), 0.001),
    "faults.slow_db.effect.speed": (0.5, lambda s: s.faults[0].effect.speed, 0.5),
    "faults.slow_db.when.at": ("5 s", lambda s: s.faults[0].when.all, (5.0,)),
    "controllers.health.misses": (5, lambda s: s.health_checks[0].misses, 5),
}  # fmt: skip


@pytest.mark.parametrize("path", SETTINGS)
def test_a_path_into_traffic(path):
    value, seen, wanted = SETTINGS[path]
    before, after = to_table(WEB), WEB.set(path, value)
    assert seen(after) == wanted
    assert after != WEB
    assert to_table(WEB) == before


BY_CLASS: dict[str, tuple[Any, Any, Any]] = {
    "pools.web.serve.page.find.timeout": ("1 ms", lambda s: s.system["web"].served["page"][2].timeout, 0.001),
    "pools.web.serve.page.find.fallback.rated.timeout": (
        "1 ms", lambda s: s.system["web"].served["page"][2].fallback[0].timeout, 0.001
    ),
    'pools.web.serve."".fan.times': (3, lambda s: s.system["web"].served[""][0].times, 3),
    'pools.web.serve."".fan.all.rated.timeout': (1, lambda s: s.system["web"].served[""][0].all[1].timeout, 1.0),
    'pools.web.serve.""[1].rate_limit': (None, lambda s: s.system["web"].served[""][1].rate_limit, None),
    "links.wire.loss": ("5 %", lambda s: s.system.links[0].loss, 0.05),
    "links[1].delay": ("7 s", lambda s: s.system.links[1].delay.mean(), 7.0),
    "sources.readers.arrivals.poisson.rate.daily.peak": ("1 h", lambda s: s.sources[0].arrivals.rate.peak, 3600.0),
    "controllers.watch.health_check.every": ("9 s", lambda s: s.health_checks[0].every, 9.0),
}  # fmt: skip


@pytest.mark.parametrize("path", BY_CLASS)
def test_a_path_by_class_and_by_name(path):
    value, seen, wanted = BY_CLASS[path]
    assert seen(EVERY.set(path, value)) == wanted


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("pools.app.serve.dbs.timeout", 1, ("'dbs' leads nowhere", "cache, db")),
        ("pools.app.serve.page.db.timeout", 1, ("'page' leads nowhere",)),
        ("pools.app.serve.db.colour", 1, ("pools.app.serve[2].colour", "unknown key")),
        ("pools.app.serve.db.retry.attempts", 0, ("retry.attempts", "0")),
        ("sources.users.to.timeout", 1, ("'users' leads nowhere", "clients")),
        ("links[1].loss", 0.1, ("'1' leads nowhere", "*-*")),
        ("controllers.health.colour", 1, ("controllers.health.health_check.colour",)),
        ("pools.app.threads", -1, ("pools.app.threads", "-1")),
        ("pools.app.serve.db.preset", "hystrics", ("preset", "hystrix")),
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere(path, value, words):
    with pytest.raises(DescriptionError) as found:
        WEB.set(path, value)
    assert [word for word in words if word not in str(found.value)] == [], found.value


def fraud(scenario: Any) -> Any:
    return scenario.system["payment"].calls[0]


def test_ablation_puts_parts_back_one_by_one():
    names = ["breaker", "fallback[0]", "fallback[1]", "fallback[2]"]
    found = SHOP.ablate("pools.payment.serve.fraud", names)
    assert list(found) == ["bare", "+breaker", "+fallback[0]", "+fallback[1]", "+fallback[2]"]
    whole = fraud(SHOP)
    kept = [(c.breaker, c.fallback) for c in map(fraud, found.values())]
    assert kept == [
        (None, ()),
        (whole.breaker, ()),
        (whole.breaker, whole.fallback[:1]),
        (whole.breaker, whole.fallback[:2]),
        (whole.breaker, whole.fallback),
    ]
    assert found["+fallback[2]"] == SHOP


def test_parts_come_back_in_the_order_asked_for():
    found = SHOP.ablate("pools.payment.serve.fraud", ["fallback[2]", "fallback[0]"])
    whole = fraud(SHOP).fallback
    assert [fraud(s).fallback for s in found.values()] == [
        (whole[1],), (whole[1], whole[2]), whole,
    ]  # fmt: skip


def test_parts_that_only_go_together():
    """Without a deadline nothing can be passed on, so the two are taken away at once."""
    found = SHOP.ablate("pools.payment.serve.fraud", ["deadline", "passes_on", "retry"])
    assert fraud(found["bare"]).deadline is None
    assert fraud(found["+deadline"]).passes_on is False
    assert list(found.values())[-1] == SHOP
    with pytest.raises(DescriptionError, match="no deadline to pass on"):
        SHOP.ablate("pools.payment.serve.fraud", ["deadline"])


def test_parts_of_the_whole_scenario():
    found = WEB.ablate("", ["controllers.health", "faults.slow_db", "pools.app.queue"])
    assert found["bare"].controllers == ()
    assert found["bare"].faults == ()
    assert found["bare"].system["app"].queue.cap is None
    assert found["+controllers.health"].controllers == WEB.controllers
    assert found["+pools.app.queue"] == WEB


@pytest.mark.parametrize(
    ("path", "names", "words"),
    [
        ("pools.app.serve.db", ["hedge"], "'hedge' leads nowhere"),
        ("pools.app.serve.db", ["retry", "retry"], "pools.app.serve.db.retry: stands twice"),
        ("pools.app.serve.no", ["retry"], "'no' leads nowhere"),
        ("pools", ["db"], "'db' is no pool"),
    ],
)
def test_ablations_that_make_no_sense(path, names, words):
    with pytest.raises(DescriptionError) as found:
        WEB.ablate(path, names)
    assert words in str(found.value)


def test_nothing_to_take_away():
    assert WEB.ablate("pools.app", []) == {"bare": WEB}
