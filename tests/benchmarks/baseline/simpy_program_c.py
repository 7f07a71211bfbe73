"""A web service with load balancer, six apps, two caches and a database, as a good SimPy user would write it.

The system of ``tests/web_traffic.toml``: a process for each request and for each attempt
at another tier, ``Resource`` for threads, cores and connections, ``answer | patience`` for timeouts.
Links, waits and work are ``env.timeout``; random numbers are drawn in blocks. Left out, to its
advantage: a crash does not stop the requests inside a member (with a life of 30 days there is none
in the minute that is measured), and work begun before the database slows down keeps its speed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
import simpy

from tests.benchmarks.baseline.simpy_parts import (
    Breaker,
    Bucket,
    Lru,
    Seen,
    backoff,
    numbers,
    zipf_keys,
)

Outcome = Generator[simpy.Event, Any, str]
Steps = Generator[simpy.Event, Any, None]

DAY_S = 86_400.0


class Attempt:
    """An attempt at the database, which knows whether anybody still waits for it."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = False


class App:
    """One application server: threads, cores, and what it keeps about the database."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.up = self.in_rotation = True
        self.missed = 0
        self.threads = simpy.Resource(env, 200)
        self.cores = simpy.Resource(env, 8)
        self.connections = simpy.Resource(env, 20)
        self.breaker, self.budget = Breaker(), Bucket()


class Web:
    """The whole service and its users."""

    def __init__(
        self, env: simpy.Environment, rng: np.random.Generator, slow: tuple[float, float]
    ) -> None:
        self.env, self.seen = env, Seen()
        self.slow_from, self.slow_until = slow
        self.apps = [App(env) for _ in range(6)]
        self.turn = -1
        self.stores = [Lru(100_000, 300.0) for _ in range(2)]
        self.cache_threads = [simpy.Resource(env, 1000) for _ in range(2)]
        self.db_threads = simpy.Resource(env, 100)
        self.db_cores = simpy.Resource(env, 16)
        self._draw_from(rng)

    def _draw_from(self, rng: np.random.Generator) -> None:
        def exponential(mean: float) -> Iterator[float]:
            return numbers(lambda n: rng.exponential(mean, n))

        self.gaps, self.keys = exponential(1 / 1500.0), zipf_keys(rng, 1.1, 1_000_000)
        self.link = numbers(lambda n: rng.lognormal(np.log(0.25e-3), 0.3, n))
        self.before, self.after = exponential(2e-3), exponential(1e-3)
        self.look_up = exponential(0.3e-3)
        self.query = numbers(lambda n: rng.lognormal(np.log(4e-3), 0.8, n))
        self.jitter = numbers(rng.random)
        self.lives, self.repairs = exponential(30 * DAY_S), exponential(120.0)

    # --- users ------------------------------------------------------------------------------------

    def arrivals(self) -> Steps:
        """A Poisson process of requests."""
        while True:
            yield self.env.timeout(next(self.gaps))
            self.seen.sent += 1
            self.env.process(self.request(int(next(self.keys))))

    def request(self, key: int) -> Steps:
        """Two attempts at the load balancer."""
        env, seen = self.env, self.seen
        began = env.now
        for attempt in (1, 2):
            seen.attempts["lb"] += 1
            answer = env.process(self.over_link(self.balancer(key)))
            yield answer | env.timeout(2.0)
            outcome = answer.value if answer.triggered else "timeout"
            if attempt == 2 or outcome not in ("timeout", "error"):
                break
            yield env.timeout(backoff(next(self.jitter), 0.5, 5.0, attempt))
        seen.ended[outcome] += 1
        if outcome == "ok":
            seen.latencies.append(env.now - began)

    def over_link(self, served: Outcome) -> Outcome:
        """There, the service, and back."""
        yield self.env.timeout(next(self.link))
        outcome = yield from served
        yield self.env.timeout(next(self.link))
        return outcome

    def balancer(self, key: int) -> Outcome:
        """The next application server in rotation."""
        app = self.next_app()
        if app is None:
            return "error"
        self.seen.attempts["app"] += 1
        answer = self.env.process(self.over_link(self.application(app, key)))
        yield answer | self.env.timeout(1.0)
        return "ok" if answer.triggered and answer.value == "ok" else "error"

    def next_app(self) -> App | None:
        """In turn, leaving out those believed to be down."""
        for _ in self.apps:
            self.turn = (self.turn + 1) % len(self.apps)
            if self.apps[self.turn].in_rotation:
                return self.apps[self.turn]
        return None

    # --- application servers ----------------------------------------------------------------------

    def application(self, app: App, key: int) -> Outcome:
        """Work, cache, database after a miss, work."""
        if not app.up:
            return "error"
        if len(app.threads.queue) >= 500:
            return "shed"
        with app.threads.request() as thread:
            yield thread
            yield from self.work(app.cores, next(self.before))
            store = self.stores[key % 2]
            self.seen.attempts["cache"] += 1
            answer = self.env.process(self.over_link(self.cached(key)))
            yield answer | self.env.timeout(0.02)
            in_time = answer.triggered
            if not in_time or answer.value == "miss":
                outcome = yield from self.database(app)
                if outcome != "ok":
                    return "error"
                if in_time:
                    store.put(key, self.env.now)
            yield from self.work(app.cores, next(self.after))
        return "ok"

    def work(self, cores: simpy.Resource, seconds: float) -> Steps:
        """A piece of work on one core."""
        with cores.request() as core:
            yield core
            yield self.env.timeout(seconds)

    def cached(self, key: int) -> Outcome:
        """A look into one of two caches."""
        with self.cache_threads[key % 2].request() as thread:
            yield thread
            yield self.env.timeout(next(self.look_up))
        return "ok" if self.stores[key % 2].get(key, self.env.now) else "miss"

    # --- the database -----------------------------------------------------------------------------

    def database(self, app: App) -> Outcome:
        """Up to three attempts within 0.8 s, a budget, a breaker and 20 connections."""
        env = self.env
        deadline = env.now + 0.8
        app.budget.call()
        for attempt in (1, 2, 3):
            outcome = yield from self.guarded(app, deadline)
            if outcome in ("ok", "rejected") or attempt == 3:
                break
            pause = backoff(next(self.jitter), 0.05, 1.0, attempt)
            if env.now + pause >= deadline or not app.budget.spend():
                break
            yield env.timeout(pause)
        return outcome

    def guarded(self, app: App, deadline: float) -> Outcome:
        """One attempt: breaker, then a connection, then the wire."""
        env, breaker = self.env, app.breaker
        self.seen.attempts["db"] += 1
        if not breaker.admits(env.now):
            return "rejected"
        period = breaker.period
        with app.connections.request() as connection:
            if not connection.triggered:
                yield connection | env.timeout(min(0.1, deadline - env.now))
            if not connection.triggered:
                breaker.gives_back(period)
                return "timeout" if env.now >= deadline else "rejected"
            attempt = Attempt()
            answer = env.process(self.over_link(self.served(attempt)))
            yield answer | env.timeout(min(0.2, deadline - env.now))
            attempt.left = not answer.triggered
            outcome: str = answer.value if answer.triggered else "timeout"
        breaker.record(env.now, outcome != "ok", period)
        return outcome

    def served(self, attempt: Attempt) -> Outcome:
        """A query; dropped at the head of the line if nobody waits for it any more."""
        env = self.env
        if attempt.left:
            return "left"
        if len(self.db_threads.queue) >= 200:
            return "shed"
        since = env.now
        with self.db_threads.request() as thread:
            yield thread
            if attempt.left:
                return "left"
            if env.now - since > 1.0:
                return "shed"
            slow = self.slow_from <= env.now < self.slow_until
            yield from self.work(self.db_cores, next(self.query) * (4.0 if slow else 1.0))
        return "ok"

    # --- faults -----------------------------------------------------------------------------------

    def crashes(self, app: App) -> Steps:
        """Life and repair of a member."""
        while True:
            yield self.env.timeout(next(self.lives))
            app.up = False
            yield self.env.timeout(next(self.repairs))
            app.up = True

    def health_check(self) -> Steps:
        """A probe of each application server every 5 s; two misses take it out of rotation."""
        while True:
            yield self.env.timeout(5.0)
            for app in self.apps:
                app.missed = 0 if app.up else app.missed + 1
                app.in_rotation = app.missed < 2


def web_service(
    horizon_s: float, rng: np.random.Generator, slow: tuple[float, float] = (600.0, 630.0)
) -> Seen:
    """Run it from empty caches; the database works at a quarter of its speed in `slow` (s, from and to)."""
    env = simpy.Environment()
    web = Web(env, rng, slow)
    processes: list[Callable[[], Steps]] = [web.arrivals, web.health_check]
    for process in processes:
        env.process(process())
    for app in web.apps:
        env.process(web.crashes(app))
    env.run(until=horizon_s)
    return web.seen
