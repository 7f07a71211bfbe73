"""The choices about traffic that flip outcomes are said, each where it applies and nowhere else."""

from __future__ import annotations

import pytest

from simulator.describe.assumptions import assumptions
from simulator.describe.files import loads
from simulator.describe.traffic_assumptions import traffic_assumptions

SMALL = """
[pools.app]
members = 3
threads = 9
serve = [{ call = "db", timeout = "1 s" }, { call = "log", wait = false }]
faults = [{ crash = { life = { exponential = "30 d" }, repair = { exponential = "2 min" } } }]
[pools.db]
[pools.log]
"""
USERS = '[sources.users]\narrivals = { poisson = "3 /s" }\nto = { call = "app" }\n'

SAID = {
    "open": ("", "", "users: open: requests come at their rate"),
    "closed": (
        'arrivals = { poisson = "3 /s" }', "arrivals = { closed = { clients = 5 } }",
        "users: closed, 5 clients: the next request waits",
    ),
    "a trace": ('arrivals = { poisson = "3 /s" }', "arrivals = { trace = [1, 2] }", "requests come at stated times"),
    "timeouts": ("", "", "a timeout is for one attempt"),
    "no timeout": ("", "", "without a timeout, so they wait for ever: users>app"),
    "served all the same": ("", "", "left is served all the same (cancels = nothing): app>db"),
    "dropped": ('timeout = "1 s"', 'timeout = "1 s", cancels = "queued"', "(cancels = queued): app>db"),
    "stopped": ('timeout = "1 s"', 'timeout = "1 s", cancels = "running"', "stopped at work (cancels = running)"),
    "no threads": ("", "", "(threads is not stated): db, log"),
    "no cap": ("", "", "app: for each member 9 threads, any number waits, fifo"),
    "cap": ("threads = 9", 'threads = 9\nqueue = { cap = 4, order = "lifo" }', "up to 4 wait, lifo; one more is shed"),
    "no queue": ("threads = 9", "threads = 9\nqueue = { cap = 0 }", "9 threads, none waits; one more is shed"),
    "rejection": ("", "", "turning a request away costs nothing"),
    "expired": (
        "threads = 9", 'threads = 9\nqueue = { expires_after = "1 s", expired = "costs_service" }',
        "app: a request that has expired takes its service all the same",
    ),
    "refuses": ("", "", "a member that is down refuses at once"),
    "silent": (
        "[pools.db]\n", '[pools.db]\n[faults.hang]\non = "app"\neffect = { up = false, silent = true }\n',
        "refuses at once (but silent: hang)",
    ),
    "nobody looks": ("", "", "(who is silent, never): app"),
    "balancer": ("", "", "one balancer for each pool"),
    "slow-down": ("[pools.db]\n", "[pools.db]\nslowdown = { contention = 0.1 }\n", "db: how much load slows"),
    "idle": ("", "", "runs begin idle"),
    "cold": (
        "[pools.log]\n[sources.users]",
        "[pools.log]\ncache = { size = 9 }\n[sources.users]\nkeys = { exponent = 1, n = 9 }",
        "and the caches of log cold",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAID)
def test_said(kind):
    old, new, words = SAID[kind]
    text = SMALL + USERS
    assert not old or text.count(old) == 1
    lines = assumptions(loads(text.replace(old, new) if old else text))
    assert sum(words in line for line in lines) == 1, lines
    assert len(set(lines)) == len(lines)


UNSAID = {
    "watched": (
        "[pools.db]\n",
        '[pools.db]\n[controllers.h]\nhealth_check = { pool = "app", every = 1 }\n',
        "no health check",
    ),
    "alone": ("members = 3", "", "balancer"),
    "warm": (
        "[pools.log]\n[sources.users]",
        "[pools.log]\ncache = { size = 9, warm = 2 }\n[sources.users]\nkeys = { exponent = 1, n = 9 }", "cold",
    ),
    "with threads": ("[pools.log]\n", "threads = 3\n[pools.log]\nthreads = 3\n", "threads is not stated"),
    "nothing falls": ("faults = [", "ages = 0\n#", "is down"),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNSAID)
def test_not_said_where_it_does_not_apply(kind):
    old, new, words = UNSAID[kind]
    text = SMALL + USERS
    assert text.count(old) == 1
    lines = traffic_assumptions(loads(text.replace(old, new)))
    assert not any(words in line for line in lines), lines


def test_without_sources_nothing_is_said_of_requests():
    assert traffic_assumptions(loads(SMALL)) == ()


def test_the_entry_is_where_sources_call():
    lines = assumptions(loads(SMALL.replace("[pools.db]", "[pools.tool]\n[pools.db]") + USERS))
    assert any(line.startswith("the system is up when app and everything") for line in lines)
    unused = assumptions(loads(SMALL.replace("[pools.db]", "[pools.tool]\n[pools.db]")))
    assert any("when app and tool and everything" in line for line in unused)


def test_a_fault_that_only_requests_feel_leaves_a_pool_that_never_fails():
    text = SMALL.replace(
        "[pools.db]\n", '[pools.db]\n[faults.slow]\non = "db"\neffect = { speed = 0.5 }\n'
    )
    lines = assumptions(loads(text))
    assert any(line.startswith("db: never fails") for line in lines)
    assert any(line.startswith("slow: ") and "only requests can tell" in line for line in lines)
