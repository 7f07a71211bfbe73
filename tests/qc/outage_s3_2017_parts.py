"""S3, 2017-02-28: the restart in closed form, and the people who ask while it lasts.

Minutes from the command unless a name ends in `_s`. The index is a line of metadata, 0 <= u < 1, read
at a constant speed from `t0_min` on; an object answers once its place on the line has been read and
the index has opened. Everything else follows from that line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Case", "Outage", "Probe", "dependents", "jobs_done", "outage", "page_told", "probe"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FIRST_WAIT_S = 1.0
"""First wait of a job; it doubles with every failure until `job_cap_s`."""

NEEDS = {
    "GET": ("index",),
    "PUT": ("index", "placement"),
    "placement": ("index",),
    "functions": ("GET",),
    "launches": ("GET",),
    "restores": ("GET",),
    "status page": ("console of the status page",),
    "console of the status page": ("GET",),
    "running instances": (),
    "attached volumes": (),
}
"""Who needs whom while it works; control plane only, running machines need nothing of S3."""
DEPENDENTS = (
    "attached volumes",
    "functions",
    "launches",
    "restores",
    "running instances",
    "status page",
)


@dataclass(frozen=True, slots=True)
class Case:
    """Constants of the evidence (same names), then the switches of nulls and lessons."""

    removed_at: str = "17:37"
    told_since: str = "17:40"
    checked_min: float = 169.0
    placement_min: float = 36.0
    f_open: float = 0.725
    t0_min: float = 27.5
    removed_share: float = 0.60
    needed_share: float = 0.60
    poll_s: float = 3.0
    timeout_s: float = 5.0
    rate: float = 8.0
    job_rate: float = 2.0
    job_cap_s: float = 60.0
    restarts: bool = True
    placement_parallel: bool = False
    dashboard_on_s3: bool = True
    jobs_queue: bool = True
    page_needs: str = "GET"
    page_every_s: float = 60.0
    floor: bool = False
    removal_per_min: float = np.inf
    alarm_min: float = np.inf
    check_speed: float = 1.0
    seed: int = 0

    def told_after(self) -> float:
        """Minutes from the command until somebody tries to tell."""
        return _clock(self.told_since) - _clock(self.removed_at)


def _clock(text: str) -> float:
    hours, minutes = text.split(":")
    return 60.0 * float(hours) + float(minutes)


@dataclass(frozen=True, slots=True)
class Outage:
    """What happens: "none", "restart", or "reduced" (null: the rest goes on serving).

    `began` is the moment capacity falls below what is needed; the other times count from the command.
    `slope` is the time to read all metadata.
    """

    kind: str
    began: float = 0.0
    opens: float = 0.0
    whole: float = 0.0
    puts: float = 0.0
    slope: float = 0.0
    first: float = 0.0
    left: float = 1.0

    def ready(self, u: Floats) -> Floats:
        """When the object at place `u` of the line can be read again."""
        return np.maximum(self.opens, self.first + self.slope * u)

    def share(self, t: Floats) -> Floats:
        """Share of GETs served at `t` (first tries, objects asked for evenly)."""
        if self.kind == "reduced":
            return np.where((t >= 0) & (t < self.whole), self.left, 1.0)
        if self.kind == "none":
            return np.ones_like(t)
        read = np.clip((t - self.first) / self.slope, 0.0, 1.0)
        return np.where(t < self.began, 1.0, np.where(t < self.opens, 0.0, read))

    def lost_get(self) -> float:
        """Minutes of GETs lost: the integral of 1 - share."""
        if self.kind != "restart":
            return (1.0 - self.left) * self.whole
        unread = 1.0 - (self.opens - self.first) / self.slope
        return self.opens - self.began + unread * (self.whole - self.opens) / 2.0

    def lost_put(self) -> float:
        """The same for PUTs: none before placement has ended, then as GETs."""
        if self.kind != "restart":
            return self.lost_get()
        return self.lost_get() if self.puts <= self.whole else self.puts - self.began

    def reaches(self, level: float) -> float:
        """First moment from `opens` on at which the share served is `level`."""
        return max(self.opens, self.first + self.slope * level)

    def served(self, t: Floats, u: Floats, rng: np.random.Generator) -> Bools:
        """Which of the GETs sent at `t` for objects `u` are served."""
        if self.kind == "restart":
            return (t < self.began) | (t >= self.ready(u))
        return rng.random(t.size) < self.share(t)


def outage(c: Case) -> Outage:
    """Apply the rule of the minimum, then the restart, then placement behind (or beside) it."""
    if not c.restarts:
        return Outage("reduced", 0.0, c.t0_min, c.t0_min, c.t0_min, left=1.0 - c.removed_share)
    spare = 1.0 - c.needed_share
    # An alarm stops the command; at an unlimited rate all is gone before anybody hears it.
    stopped = min(c.removed_share, c.removal_per_min * c.alarm_min)
    if c.floor or stopped <= spare:
        return Outage("none")
    began = spare / c.removal_per_min
    first = began + c.t0_min
    # checked_min is what a restart at speed 1 needs until it opens; it fixes the reading speed.
    slope = (c.checked_min - c.t0_min) / c.f_open / c.check_speed
    opens, whole = first + c.f_open * slope, first + slope
    puts = max(whole, first + c.placement_min) if c.placement_parallel else whole + c.placement_min
    return Outage("restart", began, opens, whole, puts, slope, first)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a client that polls, and everybody else, saw.

    `silent_s` (s; inf if successes go on) and `first_answer` (min) as the poller sees them,
    `served_dead` the share of everybody's requests served before `opens`, `ramp` the minutes from
    the first answer to 90 % (in minutes of everybody's requests), `last_failed` the last moment at
    which a request was sent in vain, `lost` the minutes of GETs lost.
    """

    silent_s: float
    first_answer: float
    served_dead: float
    ramp: float
    last_failed: float
    lost: float


def probe(c: Case, o: Outage, rng: np.random.Generator) -> Probe:
    """Poll every `poll_s` from a random phase, and let everybody else ask as a Poisson process."""
    end = max(o.whole, 1.0) + 5.0
    polls = np.arange(rng.random() * c.poll_s, 60.0 * end, c.poll_s) / 60.0
    good = o.served(polls, rng.random(polls.size), rng)
    dead = polls < o.opens
    silent = np.inf if good[dead].any() or not dead.any() else 60.0 * polls[0] + c.timeout_s
    t = np.sort(rng.random(rng.poisson(c.rate * 60.0 * end)) * end)
    ok = o.served(t, rng.random(t.size), rng)
    before = ok[t < o.opens]
    first = float(polls[good][0])
    return Probe(
        float(silent),
        first,
        float(before.mean()) if before.size else 1.0,
        _ninety(t, ok, first),
        float(t[~ok][-1]) if not ok.all() else 0.0,
        float((~ok).sum() / (60.0 * c.rate)),
    )


def _ninety(t: Floats, ok: Bools, first: float) -> float:
    """Minutes from `first` to the middle of the first minute in which 90 % are served."""
    late = t >= first
    minute = (t[late] - first).astype(np.int64)
    share = np.bincount(minute, ok[late]) / np.maximum(np.bincount(minute), 1)
    hit = int(np.argmax(share >= 0.9))
    return hit + 0.5 if hit else 0.0


def _offsets_s(c: Case, span_s: float) -> Floats:
    """Starts of a job's tries after its arrival: each failure costs the timeout and a wait."""
    tries = 16 + int(span_s / (c.timeout_s + c.job_cap_s))
    waits = np.minimum(c.job_cap_s, FIRST_WAIT_S * 2.0 ** np.minimum(np.arange(tries), 40))
    return np.concatenate(([0.0], np.cumsum(c.timeout_s + waits)))


def jobs_done(c: Case, o: Outage, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Arrivals during the outage, and when each was done (min); a job wants one object.

    A job that asks only once is done, well or not, when it arrives. In the reduced null every try
    is a coin until capacity is back.
    """
    t = np.sort(rng.random(rng.poisson(c.job_rate * 60.0 * o.whole)) * o.whole)
    if not c.jobs_queue:
        return t, t
    offsets = _offsets_s(c, 60.0 * o.whole)
    at_most = np.searchsorted(offsets, 60.0 * (o.whole - t))
    if o.kind == "reduced":
        k = np.minimum(rng.geometric(o.left, t.size) - 1, at_most)
    else:
        ready = o.ready(rng.random(t.size))
        k = np.where(t < o.began, 0, np.searchsorted(offsets, 60.0 * (ready - t)))
    return t, t + offsets[k] / 60.0


def page_told(c: Case, o: Outage, rng: np.random.Generator, n: int = 20_000) -> Floats:
    """When the status page can first be changed, for `n` places that its object may lie at."""
    told = c.told_after()
    if not c.dashboard_on_s3 or o.kind == "none":
        return np.full(n, told)
    every = c.page_every_s / 60.0
    if o.kind == "reduced":
        tries = rng.geometric(o.left, n) - 1
        return np.minimum(told + every * tries, max(told, o.whole) + every)
    ready = o.ready(rng.random(n)) if c.page_needs == "GET" else np.full(n, o.puts)
    phase = told + every * rng.random(n)  # nobody tries by the clock
    return phase + every * np.ceil(np.maximum(ready - phase, 0.0) / every)


def _reach(name: str, needs: dict[str, tuple[str, ...]]) -> Iterator[str]:
    yield name
    for other in needs.get(name, ()):
        yield from _reach(other, needs)


def dependents(c: Case, o: Outage) -> tuple[str, ...]:
    """Who cannot work between the command and `opens`, by walking the edges; sorted by name."""
    middle = np.array([(o.began + o.opens) / 2.0])
    dead = {"index", "placement"} if o.opens > 0 and float(o.share(middle)[0]) == 0.0 else set()
    needs = dict(NEEDS)
    if not c.dashboard_on_s3:
        needs["console of the status page"] = ()
    return tuple(name for name in DEPENDENTS if dead & set(_reach(name, needs)))
