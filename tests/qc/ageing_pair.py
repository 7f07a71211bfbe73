"""The database pair that ages, again: one event after the other from a heap.

Sources and readings as in `web_service_pair`; there is no formula, so this is a second simulation
that shares no line, no law and no random number with the simulator. Typed assumptions besides
those: hardware life with cumulative hazard (t / 60 y)^0.6 + t / 40 y + (t / 9 y)^4, new after a
repair; hands-on repair of a database server lognormal with median 4 h and sigma 1.2, travel of the
crew lognormal with median 30 min and sigma 0.7; a failure is believed after 11 to 16 s (three
probes missed, one every 5 s, the last given up after 1 s), uniform; promotion exponential with mean
10 s. Readings that the text leaves open: no shared fault (the text gives this scenario no beta);
the crew goes to db, lb, app, cache in this order; other repairs take 1 h, as in the web service.
"""

from __future__ import annotations

import heapq
import math

import numpy as np
import numpy.typing as npt

__all__ = ["POOLS", "bathtub_life", "simulate"]

HOUR, MIN, DAY = 3600.0, 60.0, 86400.0
YEAR = 365 * DAY
HORIZON = 10 * YEAR
REPAIR_OTHERS = 1 * HOUR
POOLS = ("system", "db", "lb", "app", "cache")
FAIL, SOFT_END, MEND, PROMOTED = range(4)
# parts: 0, 1 hardware of the servers; 2, 3 their software; 4 lb; 5-7 apps; 8, 9 caches
HARD, SOFT = (0, 1), (2, 3)
GROUP = {"lb": (4,), "app": (5, 6, 7), "cache": (8, 9)}
_MTTF = {4: 0.9999 / 1e-4, **dict.fromkeys((5, 6, 7, 8, 9), 0.999 / 1e-3)}
LIFE = {part: ratio * REPAIR_OTHERS for part, ratio in _MTTF.items()} | dict.fromkeys(
    SOFT, 90 * DAY
)
FloatArray = npt.NDArray[np.float64]


def bathtub_life(rng: np.random.Generator) -> float:
    """The shortest of three independent lives, seconds."""
    early = 60 * YEAR * rng.standard_exponential() ** (1 / 0.6)
    wear = 9 * YEAR * rng.standard_exponential() ** 0.25
    return float(min(early, 40 * YEAR * rng.standard_exponential(), wear))


class Run:
    """One history of the web service with the pair."""

    def __init__(self, rng: np.random.Generator, horizon: float) -> None:
        self.rng, self.horizon, self.now = rng, horizon, 0.0
        self.broken = [False] * 10
        self.queue: list[tuple[int, float, int]] = []  # urgency, since when, part: crew needed
        self.busy = False
        self.primary = 0
        self.mode, self.ticket = "serving", 0
        self.down_since: dict[str, float] = {}
        self.down = dict.fromkeys(POOLS, 0.0)
        self.failures = dict.fromkeys(POOLS, 0)
        self.heap: list[tuple[float, int, int]] = []
        for part in range(10):
            self.live(part)

    def after(self, delay: float, what: int, who: int) -> None:
        """Put an event on the heap."""
        heapq.heappush(self.heap, (self.now + delay, what, who))

    def live(self, part: int) -> None:
        """A new life of this part begins."""
        life = bathtub_life(self.rng) if part in HARD else self.rng.exponential(LIFE[part])
        self.after(life, FAIL, part)

    def server_up(self, server: int) -> bool:
        """Hardware and software of this server work."""
        return not (self.broken[HARD[server]] or self.broken[SOFT[server]])

    def send_crew(self) -> None:
        """The idle crew takes the most urgent job, within a pool the oldest."""
        if self.busy or not self.queue:
            return
        _, _, part = heapq.heappop(self.queue)
        travel = 30 * MIN * math.exp(0.7 * self.rng.standard_normal())
        if part in HARD:
            hands = 4 * HOUR * math.exp(1.2 * self.rng.standard_normal())
        else:
            hands = self.rng.exponential(REPAIR_OTHERS)
        self.busy = True
        self.after(travel + hands, MEND, part)

    def fail(self, part: int) -> None:
        """A part breaks; software restarts alone, the rest waits for the crew."""
        self.broken[part] = True
        if part in SOFT:
            self.after(self.rng.exponential(3 * MIN), SOFT_END, part)
            return
        urgency = next((k for k, g in enumerate(GROUP.values(), 1) if part in g), 0)
        heapq.heappush(self.queue, (urgency, self.now, part))

    def lead(self) -> None:
        """Start, end or give up a failover after a change of the servers."""
        up = [self.server_up(0), self.server_up(1)]
        if not any(up):
            self.mode, self.ticket = "lost", self.ticket + 1
        elif self.mode == "lost":
            self.mode, self.primary = "serving", up.index(True)
        elif self.mode == "serving" and not up[self.primary]:
            self.mode, self.ticket = "failover", self.ticket + 1
            works = self.rng.random() < 0.98
            auto = self.rng.uniform(11, 16) + self.rng.exponential(10)
            self.after(auto if works else self.rng.exponential(30 * MIN), PROMOTED, self.ticket)

    def promoted(self, ticket: int) -> None:
        """A failover is over, unless it was given up meanwhile."""
        if self.mode == "failover" and ticket == self.ticket:
            other = 1 - self.primary
            self.primary = other if self.server_up(other) else self.primary
            self.mode = "serving"

    def note(self) -> None:
        """Book the beginning or end of every outage."""
        down = {name: all(self.broken[p] for p in group) for name, group in GROUP.items()}
        down["db"] = self.mode != "serving"
        down["system"] = any(down.values())
        for name in POOLS:
            if down[name] and name not in self.down_since:
                self.down_since[name] = self.now
                self.failures[name] += 1
            elif not down[name] and name in self.down_since:
                self.down[name] += self.now - self.down_since.pop(name)

    def go(self) -> list[float]:
        """Live to the horizon: downtime (s) of system and pools, then failures of the system."""
        while self.heap[0][0] < self.horizon:
            self.now, what, who = heapq.heappop(self.heap)
            if what == FAIL:
                self.fail(who)
            elif what == PROMOTED:
                self.promoted(who)
            else:
                self.broken[who] = False
                self.busy = self.busy and what != MEND
                self.live(who)
            self.send_crew()
            self.lead()
            self.note()
        for name, since in self.down_since.items():
            self.down[name] += self.horizon - since
        return [*(self.down[name] for name in POOLS), float(self.failures["system"])]


def simulate(replications: int, seed: int, horizon: float = HORIZON) -> dict[str, FloatArray]:
    """Independent histories.

    Parameters
    ----------
    replications, seed : int
    horizon : float
        Seconds.

    Returns
    -------
    dict of str to float64 array, shape (replications,)
        Downtime (s) of ``"system"`` and of each pool, and ``"failures"`` of the system.
    """
    streams = np.random.default_rng(seed).spawn(replications)
    rows = np.array([Run(rng, horizon).go() for rng in streams])
    return dict(zip((*POOLS, "failures"), rows.T))
