"""Two reliability models as SimPy's own tutorial would have a newcomer write them.

One process per member, ``env.timeout`` for lives and repairs, a monitor that hears of every change,
a ``Resource`` for the repair crew. Neither tuned (no callbacks on bare events, no numbers drawn in
advance) nor wasteful: what a reader would have without this project, and what the benchmark divides
by. Times are in hours.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import simpy
from simpy.events import Event

TEN_YEARS_H = 10 * 365 * 24.0


@dataclass(frozen=True, slots=True)
class Replications:
    """What was seen, one entry per replication.

    Attributes
    ----------
    down_h : np.ndarray
        Hours the system was down, shape (replications,).
    failures : np.ndarray
        Times the system went from up to down, shape (replications,).
    """

    down_h: np.ndarray
    failures: np.ndarray


class Monitor:
    """Watches the members and keeps the system's downtime and failures."""

    def __init__(self, env: simpy.Environment, system_is_up: Callable[[dict[str, bool]], bool]):
        self.env = env
        self.system_is_up = system_is_up
        self.up: dict[str, bool] = {}
        self.down_since: float | None = None
        self.down_h = 0.0
        self.failures = 0

    def change(self, name: str, up: bool) -> None:
        """One member failed or was repaired."""
        self.up[name] = up
        system_up = self.system_is_up(self.up)
        if not system_up and self.down_since is None:
            self.down_since = self.env.now
            self.failures += 1
        elif system_up and self.down_since is not None:
            self.down_h += self.env.now - self.down_since
            self.down_since = None

    def close(self) -> None:
        """Counts the outage that is open at the horizon."""
        if self.down_since is not None:
            self.down_h += self.env.now - self.down_since
            self.down_since = None


def member(
    env: simpy.Environment,
    name: str,
    mean_life_h: float,
    mean_repair_h: float,
    rng: np.random.Generator,
    monitor: Monitor,
) -> Generator[Event, None, None]:
    """A member with a repairer of its own."""
    monitor.up[name] = True
    while True:
        yield env.timeout(rng.exponential(mean_life_h))
        monitor.change(name, False)
        yield env.timeout(rng.exponential(mean_repair_h))
        monitor.change(name, True)


def crewed_member(
    env: simpy.Environment,
    name: str,
    mean_life_h: float,
    mean_repair_h: float,
    rng: np.random.Generator,
    monitor: Monitor,
    crew: simpy.Resource,
) -> Generator[Event, None, None]:
    """A member that waits for the crew, first come first served."""
    monitor.up[name] = True
    while True:
        yield env.timeout(rng.exponential(mean_life_h))
        monitor.change(name, False)
        with crew.request() as turn:
            yield turn
            yield env.timeout(rng.exponential(mean_repair_h))
        monitor.change(name, True)


def web_service_is_up(up: dict[str, bool]) -> bool:
    """Load balancer and database, and one of three apps, and one of two caches."""
    return (
        up["lb"]
        and (up["app1"] or up["app2"] or up["app3"])
        and (up["cache1"] or up["cache2"])
        and up["db"]
    )


WEB_SERVICE_LIVES_H = {
    "lb": 39996.0,
    "app1": 3996.0,
    "app2": 3996.0,
    "app3": 3996.0,
    "cache1": 3996.0,
    "cache2": 3996.0,
    "db": 7996.0,
}


def web_service(
    replications: int, rng: np.random.Generator, horizon_h: float = TEN_YEARS_H
) -> Replications:
    """The web service with repairs of 4 h, every member new at time 0."""

    def one() -> Monitor:
        env = simpy.Environment()
        monitor = Monitor(env, web_service_is_up)
        for name, mean_life_h in WEB_SERVICE_LIVES_H.items():
            env.process(member(env, name, mean_life_h, 4.0, rng, monitor))
        env.run(until=horizon_h)
        return monitor

    return _replicate(one, replications)


def two_of_three_one_crew(
    replications: int, rng: np.random.Generator, horizon_h: float = TEN_YEARS_H
) -> Replications:
    """Two of three needed, mean life 1,000 h, mean repair 10 h, one crew for all three."""

    def one() -> Monitor:
        env = simpy.Environment()
        monitor = Monitor(env, lambda up: sum(up.values()) >= 2)
        crew = simpy.Resource(env, capacity=1)
        for name in ("a", "b", "c"):
            env.process(crewed_member(env, name, 1000.0, 10.0, rng, monitor, crew))
        env.run(until=horizon_h)
        return monitor

    return _replicate(one, replications)


def _replicate(one: Callable[[], Monitor], replications: int) -> Replications:
    down_h = np.empty(replications)
    failures = np.empty(replications, dtype=np.int64)
    for k in range(replications):
        monitor = one()
        monitor.close()
        down_h[k] = monitor.down_h
        failures[k] = monitor.failures
    return Replications(down_h, failures)
