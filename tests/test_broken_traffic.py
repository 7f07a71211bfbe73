"""Broken descriptions of request traffic: each slip ends in one line that says where, what and what is allowed."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from simulator.__main__ import main
from simulator.describe.files import loads
from simulator.errors import DescriptionError

VALID = Path(__file__).with_name("web_traffic.toml").read_text("utf-8")
SOURCE = "arrivals = { poisson = '1500 /s' }"
KEYS = "keys = { zipf = { exponent = 1.1, n = 1_000_000 } }"
LINK = "delay = { lognormal = { median = '0.25 ms', sigma = 0.3 } }"
SLOW = "effect = { speed = 0.25 }"
HEALTH = (
    "health_check = { pool = 'app', every = '5 s', misses = 2, timeout = '1 s', probe = 'shallow' }"
)
BY_CLASS = "serve = { page = [{ work = '1 ms' }], admin = [{ work = '2 ms' }] }"
DB = "serve = [ { work = { lognormal = { median = '4 ms', sigma = 0.8 } } } ]"

# (text to replace, replacement, words the message must contain)
SLIPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # sources
    "a rate below zero": (
        SOURCE, "arrivals = { poisson = '-3 /s' }", ("sources.clients.arrivals.poisson", "'-3 /s'", "above 0")
    ),
    "a rate of zero": (SOURCE, "arrivals = { poisson = 0 }", ("sources.clients.arrivals.poisson", "0", "above 0")),
    "a rate with a time": (SOURCE, "arrivals = { poisson = '3 s' }", ("arrivals.poisson", "'3 s'", "unit")),
    "a profile below zero": (
        SOURCE, "arrivals = { poisson = { daily = { low = -1, high = 3 } } }", ("poisson.daily", "low", "-1")
    ),
    "a profile upside down": (
        SOURCE, "arrivals = { poisson = { daily = { low = 4, high = 3 } } }", ("poisson.daily", "high", "3")
    ),
    "a ramp that ends before": (
        SOURCE, "arrivals = { poisson = { ramp = { low = 1, high = 3, starts = 5, ends = 5 } } }",
        ("poisson.ramp", "ends"),
    ),
    "an unknown profile": (SOURCE, "arrivals = { poisson = { weekly = { low = 1 } } }", ("poisson", "'weekly'")),
    "unknown arrivals": (SOURCE, "arrivals = { poison = 3 }", ("arrivals.poison", "did you mean 'poisson'")),
    "a fault as arrivals": (
        SOURCE, "arrivals = { at = 3 }", ("arrivals.at", "'at'", "allowed are every, poisson, closed, trace")
    ),
    "nobody closed": (SOURCE, "arrivals = { closed = 0 }", ("arrivals.closed", "clients", "0")),
    "closed twice over": (
        SOURCE, "arrivals = { closed = 9 }", ("sources.clients.clients", "closed arrivals state their clients")
    ),
    "a trace that goes back": (
        SOURCE, "arrivals = { trace = [2, 1] }", ("arrivals.trace.times", "1.0 comes before 2.0")
    ),
    "no arrivals": (SOURCE, "", ("sources.clients", "'arrivals' is missing")),
    "a source of nobody": (
        "to = { call = 'lb'", "to = { call = 'lbx'", ("sources.clients.to.call", "'lbx'", "did you mean 'lb'")
    ),
    "a fallback to nobody": (
        "to = { call = 'lb'", "to = { fallback = [{ call = 'x' }], call = 'lb'",
        ("sources.clients.to.fallback[0].call", "'x'"),
    ),
    "users who do not wait": (
        "to = { call = 'lb', timeout = '2 s'", "to = { call = 'lb', wait = false", ("sources.clients.to.wait", "wait")
    ),
    "a source named as a pool": ("[sources.clients]", "[sources.db]", ("sources.db", "'db'", "name of something else")),
    "a source named oddly": ("[sources.clients]", '[sources."a.b"]', ('sources."a.b"', "a name has")),
    "no keys": (KEYS, "", ("sources.clients.keys", "cache needs to know what requests ask for")),
    "keys without end": (KEYS, "keys = { exponent = 1, n = 100_000_000 }", ("keys.n", "at most 10,000,000")),
    "an exponent below zero": (KEYS, "keys = { exponent = -1, n = 10 }", ("keys.exponent", "-1")),
    # classes
    "classes that do not sum to 1": (
        SOURCE, f"{SOURCE}\nclasses = {{ page = 0.5, admin = 0.4 }}", ("sources.clients.classes", "sum to 0.9")
    ),
    "a class of no share": (SOURCE, f"{SOURCE}\nclasses = {{ page = 1, admin = 0 }}", ("classes.admin", "above 0")),
    "a class nobody serves": (
        DB, BY_CLASS, ("sources.clients.classes", "db does not serve requests without a class: it serves admin, page")
    ),
    "as what nobody serves": (
        f"call = 'db'\nafter = 'miss'###{DB}", f"call = 'db'\nas = 'pag'\nafter = 'miss'###{BY_CLASS}",
        ("pools.app.serve.db.as", "class 'pag'", "did you mean 'page'"),
    ),
    "a class in line that nobody sends": (
        "queue = { cap = 500 }", "queue = { order = 'priority', first = ['vip'] }",
        ("pools.app.queue.first", "'vip' is no class"),
    ),
    "a class spared that nobody sends": (
        "queue = { cap = 500 }", "sheds = { wait_above = 1, spares = ['vip'] }",
        ("pools.app.sheds.spares", "'vip' is no class"),
    ),
    "priority without a list": (
        "queue = { cap = 500 }", "queue = { order = 'priority' }", ("pools.app.queue.first", "go together")
    ),
    "a list without priority": (
        "queue = { cap = 500 }", "queue = { first = ['a'] }", ("pools.app.queue.first", "go together")
    ),
    # calls
    "a circle of calls by fallback": (
        DB, "serve = [{ call = 'cache', fallback = [{ call = 'lb' }] }]", ("cycle of calls", "lb -> app -> db -> lb")
    ),
    "after nothing": (
        "[[pools.app.serve]]\nwork = { exponential = '2 ms' }", "[[pools.app.serve]]\ncall = 'cache'\nafter = 'ok'",
        ("pools.app.serve[0].after", "there is no call before"),
    ),
    "an unknown preset": (
        "serve = [ { call = 'app', timeout = '1 s' } ]", "serve = [{ call = 'app', preset = 'hystrics' }]",
        ("pools.lb.serve[0].preset", "did you mean 'hystrix'"),
    ),
    "a call as a text": (
        "serve = [ { call = 'app', timeout = '1 s' } ]", "serve = ['app']", ("pools.lb.serve[0]", "'app'", "call")
    ),
    "a timeout of zero": ("timeout = '200 ms'", "timeout = 0", ("pools.app.serve[2].timeout", "0", "above 0")),
    "a deadline passed on that is none": (
        "timeout = '20 ms'", "passes_on = true", ("pools.app.serve[1].passes_on", "no deadline to pass on")
    ),
    "a timeout nobody waits for": (
        "timeout = '20 ms'", "timeout = '20 ms'\nwait = false", ("pools.app.serve[1].wait", "nobody waits for")
    ),
    "cancels what": (
        "cancels = 'queued'", "cancels = 'all'", ("pools.app.serve[2].cancels", "'all'", "nothing, queued, running")
    ),
    "needs of too few": (
        "serve = [ { call = 'app', timeout = '1 s' } ]", "serve = [{ all = [{ call = 'app' }], needs = 3, times = 2 }]",
        ("pools.lb.serve[0].needs", "3", "there are 2 calls"),
    ),
    "side by side after another": (
        "serve = [ { call = 'app', timeout = '1 s' } ]", "serve = [{ all = [{ call = 'app', after = 'ok' }] }]",
        ("pools.lb.serve[0].all[0]", "has no after"),
    ),
    # policies
    "attempts of none": ("attempts = 3", "attempts = 0", ("pools.app.serve[2].retry.attempts", "0", "from 1")),
    "attempts of a word": ("attempts = 3", "attempts = 'ever'", ("retry.attempts", "'ever'", "forever")),
    "for ever at once": (
        "attempts = 3\nbackoff = { base = '50 ms', cap = '1 s', jitter = 'full' }", "attempts = 'forever'",
        ("retry.attempts", "never let time pass"),
    ),
    "a cap below the base": ("cap = '1 s'", "cap = '10 ms'", ("retry.backoff.cap", "'10 ms'", "at least the base")),
    "an unknown jitter": (
        "cap = '1 s', jitter = 'full'", "jitter = 'some'", ("backoff.jitter", "'some'", "decorrelated")
    ),
    "a spread of nothing": ("cap = '1 s', jitter = 'full'", "jitter = 'spread'", ("backoff.spread", "go together")),
    "an outcome that is none": (
        "on = ['error', 'timeout', 'shed']", "on = ['errors']", ("retry.on", "'errors'", "allowed are")
    ),
    "an unknown budget": (
        "budget = { token_bucket", "budget = { bucket", ("retry.budget.bucket", "allowed are token_bucket")
    ),
    "two budgets": (
        "budget = { token_bucket", "budget = { envoy_budget = {}, token_bucket", ("retry.budget", "stand side by side")
    ),
    "tokens below zero": ("per_call = 0.1", "per_call = -0.1", ("token_bucket.per_call", "-0.1")),
    "an unknown scope": (
        "size = 10, scope = 'caller'", "scope = 'all'", ("token_bucket.scope", "'all'", "caller, pair, shared")
    ),
    "a window of nothing": (
        "window = { count = 100 }", "window = { count = 0 }", ("breaker.window.count", "0", "from 1")
    ),
    "an unknown window": (
        "window = { count = 100 }", "window = { counts = 100 }", ("breaker.window.counts", "did you mean 'count'")
    ),
    "opens at more than all": ("opens_at = '50 %'", "opens_at = '150 %'", ("breaker.opens_at", "'150 %'")),
    "no permits": ("bulkhead = { limit = 20", "bulkhead = { limit = 0", ("bulkhead.limit", "0", "from 1")),
    "a hedge at once": ("cancels = 'queued'", "hedge = 0", ("pools.app.serve[2].hedge", "after", "0")),
    # serving
    "no threads": ("threads = 200", "threads = 0", ("pools.app.threads", "0", "from 1")),
    "a queue below zero": ("queue = { cap = 500 }", "queue = { cap = -1 }", ("pools.app.queue.cap", "-1")),
    "an unknown order": (
        "order = 'fifo'", "order = 'random'", ("pools.db.queue.order", "'random'", "fifo, lifo, priority")
    ),
    "an unknown balance": (
        "balance = 'by_key'", "balance = 'by_keys'", ("pools.cache.balance", "'by_keys'", "two_choices")
    ),
    "weights of too many": (
        "balance = 'by_key'", "balance = 'weighted'\nweights = [1, 2, 3]", ("pools.cache.weights", "3 weights for 2")
    ),
    "more shards than members": ("balance = 'by_key'", "shards = 3", ("pools.cache.shards", "3", "members = 2")),
    "hits and keys": ("ttl = '5 min',", "hits = 0.5,", ("pools.cache.cache.hits", "has no keys")),
    "warmer than it holds": ("size = 100_000,", "size = 10, warm = 11,", ("pools.cache.cache.warm", "11", "size = 10")),
    # links, faults, health checks
    "a link to nobody": ("b = '*'", "b = 'dbs'", ("links[0].b", "'dbs'", "did you mean 'db'")),
    "a delay below zero": (LINK, "delay = '-1 ms'", ("links[0].delay", "-1 ms")),
    "more lost than sent": (LINK, "loss = '110 %'", ("links[0].loss", "'110 %'")),
    "two links of one name": (LINK, f"{LINK}\n[[links]]\na = '*'\nb = '*'", ("links", "'*-*' stands twice")),
    "a fault on no link": ("on = 'db'", "on = 'link:wire'", ("faults.slow_db.on", "'wire'", "the links are *-*")),
    "a slow link": ("on = 'db'", "on = 'link:*-*'", ("faults.slow_db.on", "a fault on a link can cut it")),
    "an effect below zero": (SLOW, "effect = { speed = -1 }", ("faults.slow_db.effect.speed", "-1")),
    "silent but up": (SLOW, "effect = { silent = true }", ("faults.slow_db.effect", "set up = false")),
    "hidden and down": (SLOW, "effect = { hidden = true, up = false }", ("faults.slow_db.effect", "hidden")),
    "no times": ("at = '600 s'", "at = []", ("faults.slow_db.when.at", "at least one time")),
    "times that go back": ("at = '600 s'", "at = [2, 1]", ("faults.slow_db.when.at", "times", "1")),
    "found by a profile": (
        "lasts = '30 s'", "lasts = '30 s'\nfound_by = { poisson = { daily = { low = 1, high = 2 } } }",
        ("faults.slow_db.found_by", "steady rate"),
    ),
    "a health check of nobody": (
        HEALTH, HEALTH.replace("'app'", "'apps'"), ("controllers.health.health_check.pool", "did you mean 'app'")
    ),
    "a health check twice": (
        HEALTH, f"{HEALTH}\n[controllers.more]\n{HEALTH}",
        ("controllers.more.health_check.pool", "has the health check health already"),
    ),
    "a probe too long": (
        HEALTH, HEALTH.replace("'1 s'", "'6 s'"), ("controllers.health.health_check.timeout", "every")
    ),
    "a deep probe": (HEALTH, HEALTH.replace("shallow", "depp"), ("controllers.health.health_check.probe", "'depp'")),
}  # fmt: skip


def broken(kind: str) -> tuple[str, tuple[str, ...]]:
    old, new, words = SLIPS[kind]
    text = VALID
    for before, after in zip(old.split("###"), new.split("###"), strict=True):
        assert text.count(before) >= 1, before
        text = text.replace(before, after, 1)
    return text, words


@pytest.mark.parametrize("kind", SLIPS)
def test_the_slip_is_named(kind):
    text, words = broken(kind)
    with pytest.raises(DescriptionError) as found:
        loads(text)
    line = str(found.value)
    assert [word for word in words if word not in line] == [], line
    assert "\n" not in line
    assert len(line) < 600


def test_the_command_says_the_same(tmp_path):
    text, words = broken("an unknown preset")
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        code = main([str(path)])
    assert (code, out.getvalue(), error.getvalue().count("\n")) == (2, "", 1)
    assert all(word in error.getvalue() for word in (f"error: {path}: ", *words))


def test_the_valid_file_is_valid():
    assert loads(VALID).sources[0].to.call == "lb"


def test_there_are_enough():
    assert len(SLIPS) >= 75


@pytest.mark.parametrize("value", ["{}", "[]", "true", "-1", "'x'", "[{}]", "{ a = 1 }", "nan"])
@pytest.mark.parametrize(
    "key", ["ages", "threads", "queue", "balance", "weights", "cache",
          "limit", "sheds", "outliers", "slowdown", "serve"]
)  # fmt: skip
def test_any_value_of_any_key_is_read_or_refused(key, value):
    """A union of plain kinds that is given a table once ended in a traceback."""
    with contextlib.suppress(DescriptionError):
        loads(f"[pools.a]\n{key} = {value}")
