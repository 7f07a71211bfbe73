"""Storm, look-aside cache and cold cache, each as its own short loop over requests.

Deterministic service at one first-come-first-served server means that the end of a piece of work
is known when it arrives, so no event heap is needed: requests are taken in the order in which they
reach the last server, and a deque holds what comes later in a known order. (`traffic_web` has the
models that do need a heap.)
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["cold_cache", "look_aside_cache", "poisson", "ranks", "retry_storm", "rewarming"]

Table = dict[str, npt.NDArray[np.generic]]


class _Pausing:
    """One first-come-first-served server whose clock stands still from `at` for `lasts` seconds."""

    def __init__(self, service: float, at: float, lasts: float) -> None:
        self.service, self.at, self.lasts = service, at, lasts
        self.free = 0.0

    def serve(self, arrives: float) -> tuple[float, float]:
        """Start and end of the work of whoever arrives next."""
        start = max(arrives, self.free)
        self.free = self._real(self._operating(start) + self.service)
        return start, self.free

    def _operating(self, real: float) -> float:
        return min(real, self.at) + max(0.0, real - self.at - self.lasts)

    def _real(self, operating: float) -> float:
        return operating if operating < self.at else operating + self.lasts


def _in_order(sent: npt.NDArray[np.float64], again: deque[tuple[float, int]]) -> Iterator[int]:
    """Requests in the order of sending: a repetition goes before a first attempt at one instant.

    The caller appends repetitions to `again`; a timeout is one constant, so they stay sorted. With
    280 requests a second and a timeout of one second every repetition falls on a first attempt:
    which of the two sums is smaller after rounding decides, here as there.
    """
    for number, time in enumerate(sent):
        while again and again[0][0] <= time:
            yield again[0][1]
        yield number
    while again:
        yield again[0][1]


def retry_storm(
    horizon: float = 600.0,
    *,
    rate: float = 280.0,
    capacity: float = 300.0,
    timeout: float = 1.0,
    attempts: int = 2,
    pause_at: float = 30.0,
    pause: float = 10.0,
) -> tuple[Table, Table]:
    """Regular requests, one database thread, a pause that keeps the line, repetition at once.

    Nothing is cancelled: an attempt whose caller has left is served like any other.

    Returns
    -------
    requests, attempts : dict of str to array
        ``sent``, ``ended``, ``ok`` in the order of first sending; ``number``, ``sent``,
        ``started``, ``served`` in the order of sending.
    """
    first = np.arange(int(np.ceil(horizon * rate - 1e-9))) * (1 / rate)
    server, again = _Pausing(1.0 / capacity, pause_at, pause), deque[tuple[float, int]]()
    tried, ended, ok = np.zeros(first.size, int), np.zeros(first.size), np.zeros(first.size, bool)
    rows = []
    for number in _in_order(first, again):
        sent = again.popleft()[0] if tried[number] else float(first[number])
        if sent >= horizon - 1e-9:  # ends the repetitions after the last first attempt, too
            ended[number] = np.inf
            continue
        tried[number] += 1
        started, served = server.serve(sent)
        rows.append((number, sent, started, served))
        ok[number] = served <= sent + timeout
        ended[number] = min(served, sent + timeout)
        if not ok[number] and tried[number] < attempts:
            again.append((sent + timeout, number))
    sent_rows = np.array(rows)
    return (
        {"sent": first, "ended": ended, "ok": ok},
        dict(zip(("number", "sent", "started", "served"), sent_rows.T, strict=True)),
    )


def poisson(rng: np.random.Generator, rate: float, horizon: float) -> npt.NDArray[np.float64]:
    """Times of arrivals at random, before the horizon."""
    times = np.cumsum(rng.exponential(1 / rate, size=int(horizon * rate * 1.5) + 50))
    return times[times < horizon]


@lru_cache
def _cumulative(exponent: float, n: int) -> npt.NDArray[np.float64]:
    weights = np.cumsum(np.arange(1, n + 1, dtype=float) ** -exponent)
    return weights / weights[-1]


def ranks(rng: np.random.Generator, exponent: float, n: int, size: int) -> npt.NDArray[np.int64]:
    """Keys 0 to n - 1 with probabilities proportional to (key + 1) ** -exponent."""
    return np.searchsorted(_cumulative(exponent, n), rng.random(size), side="right")


def look_aside_cache(
    sent: npt.NDArray[np.float64],
    key: npt.NDArray[np.int64],
    horizon: float,
    lost_at: float,
    *,
    keys: int = 1000,
    lookup: float = 0.0002,
    service: float = 1 / 30,
    timeout: float = 0.5,
    keeps_late: bool = False,
) -> npt.NDArray[np.str_]:
    """What becomes of requests that meet a full cache, emptied at `lost_at`, and one database thread.

    The user's second and the 10 ms for the cache are never used up (0.5 s and 0.2 ms). The cache
    holds as many keys as there are: nothing is evicted. Answers after the timeout are not kept
    unless `keeps_late`.

    Returns
    -------
    array of str
        "ok", "error", "in_flight".
    """
    held, fills, free, lost = set(range(keys)), deque[tuple[float, int]](), 0.0, False
    ended, outcome = np.zeros(sent.size), np.full(sent.size, "ok", dtype="U9")
    for i, looked in enumerate(sent + lookup):
        if not lost and looked >= lost_at:
            held, lost = set(), True
        while fills and fills[0][0] <= looked:
            held.add(fills.popleft()[1])
        ended[i] = looked
        if key[i] in held:
            continue
        free = max(free, looked) + service
        ended[i] = min(free, looked + timeout)
        if free > looked + timeout:
            outcome[i] = "error"
        if keeps_late or outcome[i] == "ok":
            fills.append((free, int(key[i])))
    outcome[ended >= horizon] = "in_flight"
    return outcome


def cold_cache(
    key: npt.NDArray[np.int64], *, rate: float = 1000.0, tokens: float = 20.0, burst: float = 2.0
) -> npt.NDArray[np.str_]:
    """What becomes of regular requests at an empty cache whose origin is asked 20 times a second.

    Nothing takes time, so each request is over before the next one comes. A request that may not
    ask the origin goes on without: degraded. The cache has no limit.

    Returns
    -------
    array of str
        "hit", "filled" (both are ok), "degraded".
    """
    held: set[int] = set()
    bucket, outcome = burst, np.full(key.size, "hit", dtype="U9")
    for i, k in enumerate(key.tolist()):
        bucket = min(burst, bucket + tokens / rate)
        if k in held:
            continue
        if bucket >= 1.0 - 1e-9:
            bucket -= 1.0
            held.add(k)
            outcome[i] = "filled"
        else:
            outcome[i] = "degraded"
    return outcome


def rewarming(filled: float, *, exponent: float = 1.3, keys: int = 2_000_000) -> float:
    """Share of hits in the mean when `filled` different keys are held.

    After tau requests that were let through, key i is held with probability 1 - exp(-p_i tau). The
    tau that makes the expected number of held keys `filled` gives the share of hits.
    """
    p = np.diff(_cumulative(exponent, keys), prepend=0.0)
    p, rare = p[:20_000], p[20_000:]  # of the rare ones none is asked for twice
    low, high = 1.0, 1e5
    while high / low > 1 + 1e-6:
        tau = math.sqrt(low * high)
        held = -np.expm1(-p * tau).sum() + tau * rare.sum()
        low, high = (tau, high) if held < filled else (low, tau)
    return float((p * -np.expm1(-p * tau)).sum() + tau * (rare**2).sum())
