"""The parts of GitHub's outage, each by a formula or on a grid; see `outage_github_2018` for the whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "Day",
    "Facts",
    "Replay",
    "clock",
    "drain",
    "failover_share",
    "leader",
    "replay",
    "restores",
]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Facts:
    """The constants of the evidence file, then the switches of its null models."""

    cut_at: str = "22:52"
    cut_s: float = 43.0
    paused_at: str = "23:19"
    plan_at: str = "00:05"
    restore_at: str = "00:41"
    fail_back_at: str = "11:12"
    replicas_at: str = "13:30"
    resume_at: str = "16:45"
    cross_country_ms: float = 65.0
    poll_s: float = 5.0
    misses: float = 2.0
    promote_s: float = 2.0
    calls: float = 20.0
    page_timeout_s: float = 1.0
    clusters: float = 8.0
    smallest_tb: float = 0.3
    largest_tb: float = 5.0
    backup_every_h: float = 4.0
    writes: float = 22.2
    bandwidth_mb: float = 80.0
    events: float = 79.7
    drain: float = 315.0
    apply_max: float = 7.0
    read_peak: float = 0.95
    low_share: float = 0.45
    peak_hour: float = 16.0
    more_replicas: float = 0.35
    ttl_h: float = 14.0
    reaction_min: float = 10.0
    page_rate: float = 4.0
    holdoff_s: float = 0.0
    voters_east: float = 1.0
    fences: bool = False


def clock(text: str) -> float:
    """Hours after 00:00 of 22 October; from 20:00 on it is the evening before, but for the end."""
    hours, minutes = (int(part) for part in text.split(":"))
    return hours + minutes / 60 - (24 if hours >= 20 else 0)


@dataclass(frozen=True, slots=True)
class Day:
    """One cosine for reads, writes and events: 1 at the peak hour, `low` twelve hours from it."""

    low: float
    peak: float

    def load(self, t: Array) -> Array:
        return (1 + self.low) / 2 + (1 - self.low) / 2 * np.cos(np.pi / 12 * (t - self.peak))

    def total(self, t: Array) -> Array:
        """Integral of `load`; hours of peak load."""
        wave = np.sin(np.pi / 12 * (t - self.peak)) * 12 / np.pi
        return (1 + self.low) / 2 * t + (1 - self.low) / 2 * wave

    def between(self, start: float, end: float) -> float:
        first, last = self.total(np.array([start, end]))
        return float(last - first)


def failover_share(cut_s: float, holdoff_s: float, facts: Facts) -> float:
    """Probability that a poll with a uniform phase declares the primary dead before the cut heals.

    The last of `misses` polls that fail comes U(0, poll) + (misses - 1) poll after the cut.
    """
    left = cut_s - holdoff_s - (facts.misses - 1) * facts.poll_s
    return min(1.0, max(0.0, left / facts.poll_s))


def leader(east: float, west: float = 1.0, cloud: float = 1.0) -> str:
    """The side of the cut with most voters; the cloud in the East held no replica to promote."""
    return "East" if east > (east + west + cloud) / 2 else "West"


def restores(facts: Facts) -> tuple[Array, Array]:
    """Sizes in equal ratios (TB), and the hour at which each cluster is restored, all in parallel."""
    sizes = np.geomspace(facts.smallest_tb, facts.largest_tb, int(facts.clusters))
    return sizes, clock(facts.restore_at) + sizes * 1e6 / facts.bandwidth_mb / 3600


@dataclass(frozen=True, slots=True)
class Replay:
    """Lag (h) of a replica over hours `t`; `behind` in hours of peak writes."""

    t: Array
    lag: Array
    behind: Array

    def at(self, hour: float) -> float:
        return float(np.interp(hour, self.t, self.lag))

    def slope(self, hour: float, step: float = 1 / 12) -> float:
        """Growth of the lag over the five minutes before `hour`; h/h."""
        return (self.at(hour) - self.at(hour - step)) / step

    def in_step(self, after: float) -> float:
        """First hour without lag: after `after` if it lags there, else the first of all."""
        lags = self.at(after) > 1e-6
        free = self.t[(self.behind <= 1e-9) & (self.t > (after if lags else -math.inf))]
        return float(free[0]) if free.size else math.inf


def replay(
    facts: Facts, start: float, lag: float, more_at: float, more: float, end: float = 48.0
) -> Replay:
    """Replay at apply_max (1 - rho(t)): work done minus work written, reflected at zero.

    What is left is q0 + X + max(0, -min(q0 + X)); its age comes from the inverse of the writes.
    """
    day = Day(facts.low_share, facts.peak_hour)
    t = np.arange(start, end, 1 / 240)
    share = np.where(t < more_at, 1.0, 1 / (1 + more))
    middle = day.load(t[:-1] + 1 / 480)
    speed = facts.apply_max * np.maximum(0.0, 1 - facts.read_peak * share[:-1] * middle)
    net = np.concatenate([[0.0], np.cumsum((middle - speed) / 240)]) + day.between(
        start - lag, start
    )
    behind = net + np.maximum(0.0, -np.minimum.accumulate(net))
    grid = np.linspace(start - lag - 1, end, 20_001)
    written = np.interp(day.total(t) - behind, day.total(grid), grid)
    return Replay(t, np.where(behind > 1e-9, t - written, 0.0), behind)


def drain(facts: Facts) -> tuple[float, float, float]:
    """(events waiting at the resumption, hour at which none is left, payloads dropped).

    First in, first out at `drain` a second; a drop costs a turn. `events` is the mean over the pause.
    """
    day = Day(facts.low_share, facts.peak_hour)
    paused, resumed = clock(facts.paused_at), clock(facts.resume_at)
    per_load = facts.events * (resumed - paused) / day.between(paused, resumed)
    t = np.arange(resumed, 72.0, 1 / 3600)
    came = per_load * (day.total(t) - day.total(np.array([paused]))) * 3600
    served = facts.drain * 3600 * (t - resumed)
    empty = np.flatnonzero(served >= came)
    grid = np.linspace(paused, 72.0, 50_001)
    head = np.interp(
        served / 3600 / per_load + day.total(np.array([paused])), day.total(grid), grid
    )
    until = int(empty[0]) if empty.size else len(t) - 1
    old = (t - head > facts.ttl_h) & (t < resumed + facts.reaction_min / 60)
    dropped = facts.drain * float(np.count_nonzero(old[:until]))
    return float(came[0]), float(t[until]) if empty.size else math.inf, dropped
