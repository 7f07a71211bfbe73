"""The shop with a fraud API, as one heap over questions, answers and reviews.

What the description makes impossible is left out: no pool but `review` ever runs out of threads
(20 buyers a second, the longest answer takes half a second), so only the breakers and the reviewers
need events in the order of time; everything else is a sum of durations.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Shop", "fraud_api"]

Table = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Shop:
    """The numbers of the description; seconds. Both APIs are silent from `down` to `up`."""

    down: float
    up: float
    rate: float = 20.0
    members: int = 4
    work: float = 0.01
    lookup: float = 0.0005
    hits: float = 0.3
    medians: tuple[float, float] = (0.08, 0.12)
    sigma: float = 0.5
    timeout: float = 0.5
    failures: int = 5
    stays_open: float = 30.0
    decides: float = 0.9
    wrong: float = 0.01
    ledger: float = 0.005
    reviewers: int = 2
    review_threads: int = 5
    backoff: float = 1.0
    cap: float = 300.0


@dataclass(slots=True)
class _Breaker:
    """Closed until so many failures in a row; then shut for a while; then one probe decides."""

    shop: Shop
    state: str = "closed"
    row: int = 0
    until: float = 0.0
    epoch: int = 0

    def admits(self, now: float) -> bool:
        if self.state == "open" and now >= self.until:
            self.state, self.epoch = "probing", self.epoch + 1
            return True
        return self.state == "closed"

    def told(self, now: float, good: bool, epoch: int) -> None:
        if epoch != self.epoch:
            return
        self.row = 0 if good else self.row + 1
        if self.state == "probing" and good:
            self.state, self.epoch = "closed", self.epoch + 1
        elif not good and (self.state == "probing" or self.row >= self.shop.failures):
            self.state, self.epoch, self.row = "open", self.epoch + 1, 0
            self.until = now + self.shop.stays_open


@dataclass(slots=True)
class _Reviewer:
    free: int
    line: deque[int] = field(default_factory=deque)


class _Run:
    """One history. Events are (time, number, what, whom, further data)."""

    def __init__(self, shop: Shop, rng: np.random.Generator, horizon: float) -> None:
        self.shop, self.rng, self.horizon = shop, rng, horizon
        gaps = rng.exponential(1 / shop.rate, size=int(horizon * shop.rate * 1.5) + 50)
        sent = np.cumsum(gaps)
        self.sent = sent[sent < horizon]
        n = self.sent.size
        self.ended, self.worth = np.full(n, np.inf), np.full(n, "good", dtype="U11")
        self.degraded = np.zeros(n, bool)
        self.breakers = [_Breaker(shop) for _ in range(shop.members)]
        self.reviewers = [_Reviewer(shop.review_threads) for _ in range(shop.reviewers)]
        self.heap: list[tuple[float, int, str, int, tuple[int, ...]]] = []
        self.events = self.jobs = 0
        self.reviews: list[float] = []

    def at(self, time: float, what: str, whom: int, *more: int) -> None:
        self.events += 1
        heapq.heappush(self.heap, (time, self.events, what, whom, more))

    def run(self) -> None:
        asked = self.sent + self.rng.exponential(self.shop.work, self.sent.size) + self.shop.lookup
        hit = self.rng.random(self.sent.size) < self.shop.hits
        for i, time in enumerate(asked):
            self.at(float(time), "ledger" if hit[i] else "ask", i)
        while self.heap and self.heap[0][0] < self.horizon:
            now, _, what, whom, more = heapq.heappop(self.heap)
            getattr(self, what)(now, whom, *more)

    def answer(self, now: float, api: int) -> tuple[float, bool]:
        """When the caller knows, and whether it has an answer: a silent API loses what it has."""
        shop = self.shop
        served = now + shop.medians[api] * float(np.exp(shop.sigma * self.rng.standard_normal()))
        lost = served >= shop.down and now < shop.up
        good = not lost and served <= now + shop.timeout
        return (served if good else now + shop.timeout), good

    def ask(self, now: float, i: int) -> None:
        breaker = self.breakers[i % self.shop.members]
        if not breaker.admits(now):
            self.stand_in(now, i)
            return
        time, good = self.answer(now, 0)
        self.at(time, "told", i, good, breaker.epoch)

    def told(self, now: float, i: int, good: bool, epoch: int) -> None:
        self.breakers[i % self.shop.members].told(now, good, epoch)
        (self.ledger if good else self.stand_in)(now, i)

    def stand_in(self, now: float, i: int) -> None:
        """The second API, then the local rule, then a note to the reviewers; never a failure."""
        self.degraded[i] = True
        time, good = self.answer(now, 1)
        self.at(time, "ledger" if good else "rule", i)

    def rule(self, now: float, i: int) -> None:
        if self.rng.random() < self.shop.decides:
            self.worth[i] = "wrong" if self.rng.random() < self.shop.wrong else "good"
        else:
            self.worth[i] = "provisional"
            self.review(now, self.jobs % self.shop.reviewers)
            self.jobs += 1
        self.ledger(now, i)

    def ledger(self, now: float, i: int) -> None:
        end = now + self.rng.exponential(self.shop.ledger)
        self.ended[i] = end if end < self.horizon else np.inf

    def review(self, now: float, who: int) -> None:
        reviewer = self.reviewers[who]
        if reviewer.free:
            reviewer.free -= 1
            self.attempt(now, who, 0)
        else:
            reviewer.line.append(who)

    def attempt(self, now: float, who: int, before: int) -> None:
        """Ask the first API again and again; a thread is held all the while."""
        self.reviews.append(now)
        time, good = self.answer(now, 0)
        self.at(time, "looked" if good else "again", who, before)

    def again(self, now: float, who: int, before: int) -> None:
        wait = min(self.shop.cap, self.shop.backoff * 2.0**before)
        self.at(now + self.rng.random() * wait, "attempt", who, before + 1)

    def looked(self, now: float, who: int, before: int) -> None:
        reviewer = self.reviewers[who]
        if reviewer.line:
            reviewer.line.popleft()
            self.attempt(now, who, 0)
        else:
            reviewer.free += 1


def fraud_api(rng: np.random.Generator, horizon: float, shop: Shop) -> tuple[Table, Table]:
    """One history of the shop.

    Returns
    -------
    requests : dict of str to array
        ``sent``, ``ended`` (s, infinite if not within the horizon), ``outcome`` ("ok", "degraded",
        "in_flight"), ``truth`` ("good", "wrong", "provisional").
    reviews : dict of str to array
        ``sent``: when reviewers asked the API, s.
    """
    run = _Run(shop, rng, horizon)
    run.run()
    outcome = np.where(run.degraded, "degraded", "ok")
    outcome = np.where(np.isinf(run.ended), "in_flight", outcome)
    requests = {"sent": run.sent, "ended": run.ended, "outcome": outcome, "truth": run.worth}
    return requests, {"sent": np.array(run.reviews)}
