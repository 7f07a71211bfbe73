"""The web service with users, as one event heap over arrivals, pieces of work and crashes.

Load balancer (any number of requests) -> app (3 members, 100 threads each, held until the answer)
-> work, then one of two caches, then the database (64 threads). The database may run slowly for
a while: its work is done on the operating clock. The first app server may crash at given times:
whoever is inside it gets an error, and what they asked of others is done all the same.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import numpy as np
import numpy.typing as npt

__all__ = ["Web", "pieces", "web_service"]

Times = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Threads:
    """A number of threads and the line before them, first come, first served."""

    free: int
    line: deque[Callable[[], None]] = field(default_factory=deque)

    def take(self, go: Callable[[], None]) -> None:
        if self.free:
            self.free -= 1
            go()
        else:
            self.line.append(go)

    def give(self) -> None:
        if self.line:
            self.line.popleft()()
        else:
            self.free += 1


@dataclass(frozen=True, slots=True)
class Web:
    """The numbers of the description, and what goes wrong; seconds."""

    rate: float = 200.0
    timeout: float = 1.0
    app_work: float = 0.005
    app_members: int = 3
    app_threads: int = 100
    cache_work: float = 0.0005
    cache_threads: int = 200
    db_work: float = 0.004
    db_threads: int = 64
    slow_from: float = 0.0
    slow_to: float = 0.0
    slow_speed: float = 1.0
    crashes: tuple[float, ...] = ()
    crash_lasts: float = 0.0

    def operating(self, real: float) -> float:
        """Work a database thread could have done since 0."""
        slow = min(max(real - self.slow_from, 0.0), self.slow_to - self.slow_from)
        return real - (1 - self.slow_speed) * slow

    def real(self, operating: float) -> float:
        """The inverse of `operating`."""
        if operating <= self.slow_from:
            return operating
        at_the_end = self.operating(self.slow_to)
        if operating >= at_the_end:
            return self.slow_to + operating - at_the_end
        return self.slow_from + (operating - self.slow_from) / self.slow_speed


class _Run:
    """One history: `now` moves from event to event."""

    def __init__(self, web: Web, sent: Times, work: Times) -> None:
        self.web, self.now, self.tie = web, 0.0, count()
        self.heap: list[tuple[float, int, Callable[[], None]]] = []
        self.sent, self.work = sent.tolist(), work.tolist()
        self.answered = [np.inf] * len(self.sent)
        self.failed = [np.inf] * len(self.sent)
        self.apps = [_Threads(web.app_threads) for _ in range(web.app_members)]
        self.inside: list[set[int]] = [set() for _ in self.apps]
        self.caches = [_Threads(web.cache_threads) for _ in range(2)]
        self.db = _Threads(web.db_threads)
        self.up = [True] * web.app_members
        self.turn = self.cache_turn = 0

    def at(self, time: float, go: Callable[[], None]) -> None:
        heapq.heappush(self.heap, (time, next(self.tie), go))

    def run(self, horizon: float) -> None:
        for crash in self.web.crashes:
            self.at(crash, self.crash)
            self.at(crash + self.web.crash_lasts, self.repair)
        for number, time in enumerate(self.sent):
            self.at(time, lambda number=number: self.arrive(number))  # type: ignore[misc]
        while self.heap and self.heap[0][0] < horizon:
            self.now, _, go = heapq.heappop(self.heap)
            go()

    def crash(self) -> None:
        self.up[0] = False
        for number in self.inside[0]:
            self.failed[number] = self.now
        self.inside[0] = set()
        self.apps[0] = _Threads(self.web.app_threads)

    def repair(self) -> None:
        self.up[0] = True

    def arrive(self, number: int) -> None:
        members = [m for m, up in enumerate(self.up) if up]
        if not members:
            self.failed[number] = self.now
            return
        self.turn += 1
        member = members[self.turn % len(members)]
        self.inside[member].add(number)
        self.apps[member].take(lambda: self.begin(number, member))

    def begin(self, number: int, member: int) -> None:
        self.at(self.now + self.work[number][0], lambda: self.ask_cache(number, member))

    def ask_cache(self, number: int, member: int) -> None:
        if number not in self.inside[member]:
            return
        self.cache_turn += 1
        cache = self.caches[self.cache_turn % 2]

        def go() -> None:
            self.at(self.now + self.work[number][1], done)

        def done() -> None:
            cache.give()
            if number in self.inside[member]:
                self.db.take(lambda: self.query(number, member))

        cache.take(go)

    def query(self, number: int, member: int) -> None:
        end = self.web.real(self.web.operating(self.now) + self.work[number][2])
        self.at(end, lambda: self.answer(number, member))

    def answer(self, number: int, member: int) -> None:
        self.db.give()
        if number in self.inside[member]:
            self.inside[member].remove(number)
            self.answered[number] = self.now
            self.apps[member].give()


def pieces(rng: np.random.Generator, web: Web, size: int) -> Times:
    """Work of `size` requests at app, cache and database, seconds, shape (size, 3)."""
    means = (web.app_work, web.cache_work, web.db_work)
    return rng.exponential(means, size=(size, 3))


def web_service(
    sent: Times, work: Times, horizon: float, web: Web
) -> tuple[npt.NDArray[np.str_], Times]:
    """What becomes of the requests of one history.

    Parameters
    ----------
    sent : array, shape (n,)
    work : array, shape (n, 3)
        Seconds of work at app, cache and database, at full speed.

    Returns
    -------
    outcome : array of str
        "ok", "error", "timeout", "in_flight".
    ended : array
        When the user knew, s; infinite if not within the horizon.
    """
    run = _Run(web, sent, work)
    run.run(horizon)
    answered, failed = np.array(run.answered), np.array(run.failed)
    ended = np.minimum(np.minimum(answered, failed), sent + web.timeout)
    outcome = np.where(answered <= ended, "ok", np.where(failed <= ended, "error", "timeout"))
    late = ended >= horizon
    return np.where(late, "in_flight", outcome), np.where(late, np.inf, ended)
