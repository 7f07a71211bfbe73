"""A client with a timeout, retries and a circuit breaker, as a good SimPy user would write it.

A process for each request and one for each attempt at the service, a ``Resource`` for its threads,
``answer | patience`` for the timeout. Random numbers are drawn in blocks, because drawing them one by
one from NumPy would be needlessly slow; what is kept is counts and a list of latencies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from tests.benchmarks.baseline.simpy_parts import numbers

RATE, WORK_S, THREADS = 1500.0, 0.05, 100
TIMEOUT_S, ATTEMPTS, BASE_S, CAP_S = 0.1, 4, 0.05, 1.0
WINDOW, OPENS_AT, STAYS_OPEN_S, PROBES = 100, 0.5, 1.0, 10

Steps = Generator[simpy.Event, Any, None]


@dataclass(slots=True)
class Seen:
    """What became of the requests that have ended.

    Attributes
    ----------
    sent, attempts : int
        Requests that came, and attempts that reached the service.
    ended : dict of str to int
        ok, timeout and rejected.
    latencies : list of float
        Of those that ended well, seconds.
    """

    sent: int = 0
    attempts: int = 0
    ended: dict[str, int] = field(default_factory=lambda: {"ok": 0, "timeout": 0, "rejected": 0})
    latencies: list[float] = field(default_factory=list)


class Breaker:
    """Opens at a share of failures among the last calls; then probes decide together."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.state = "closed"
        self.period = 0
        self.last: deque[bool] = deque()
        self.failures = self.sent = self.ended = 0
        self.open_until = 0.0

    def admits(self) -> bool:
        """Whether an attempt may be sent now."""
        if self.state == "closed":
            return True
        if self.state == "open":
            if self.env.now < self.open_until:
                return False
            self.become("half open")
        self.sent += 1
        return self.sent <= PROBES

    def record(self, failed: bool, period: int) -> None:
        """The result of an attempt sent in `period`; those of earlier ones count nothing."""
        if period != self.period:
            return
        if self.state == "closed":
            self.last.append(failed)
            self.failures += failed
            if len(self.last) > WINDOW:
                self.failures -= self.last.popleft()
            if self.failures >= OPENS_AT * WINDOW and len(self.last) == WINDOW:
                self.open()
        elif self.state == "half open":
            self.ended += 1
            self.failures += failed
            if self.ended == PROBES:
                if self.failures >= OPENS_AT * PROBES:
                    self.open()
                else:
                    self.become("closed")

    def open(self) -> None:
        """Let nothing through for a while."""
        self.open_until = self.env.now + STAYS_OPEN_S
        self.become("open")

    def become(self, state: str) -> None:
        """Another state, with no evidence yet."""
        self.state = state
        self.period += 1
        self.last.clear()
        self.failures = self.sent = self.ended = 0


class Client:
    """Requests, and the service they go to."""

    def __init__(self, env: simpy.Environment, rng: np.random.Generator, rate: float) -> None:
        self.env, self.rate = env, rate
        self.threads = simpy.Resource(env, THREADS)
        self.breaker = Breaker(env)
        self.gaps = numbers(lambda n: rng.exponential(1.0 / rate, n))
        self.works = numbers(lambda n: rng.exponential(WORK_S, n))
        self.jitter = numbers(rng.random)
        self.seen = Seen()

    def arrivals(self) -> Steps:
        """A Poisson process of requests."""
        while True:
            yield self.env.timeout(next(self.gaps))
            self.seen.sent += 1
            self.env.process(self.request())

    def served(self) -> Steps:
        """One attempt at the service, which nobody calls back when its client has left."""
        with self.threads.request() as thread:
            yield thread
            yield self.env.timeout(next(self.works))

    def request(self) -> Steps:
        """Up to four attempts."""
        env, seen, breaker = self.env, self.seen, self.breaker
        began = env.now
        for attempt in range(ATTEMPTS):
            if not breaker.admits():
                seen.ended["rejected"] += 1
                return
            period = breaker.period
            seen.attempts += 1
            answer = env.process(self.served())
            yield answer | env.timeout(TIMEOUT_S)
            breaker.record(not answer.triggered, period)
            if answer.triggered:
                seen.ended["ok"] += 1
                seen.latencies.append(env.now - began)
                return
            if attempt < ATTEMPTS - 1:
                yield env.timeout(next(self.jitter) * min(CAP_S, BASE_S * 2**attempt))
        seen.ended["timeout"] += 1


def client_with_breaker(horizon_s: float, rng: np.random.Generator, rate: float = RATE) -> Seen:
    """Run it from an empty service, `rate` requests per second."""
    env = simpy.Environment()
    client = Client(env, rng, rate)
    env.process(client.arrivals())
    env.run(until=horizon_s)
    return client.seen
