"""Patience before a failover: windows around crashes and pauses of a primary, and the formula of their cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.repeat import each
from simulator.conducting import conduct
from simulator.describe import (
    At,
    Detect,
    Effect,
    Exponential,
    Failover,
    Fault,
    Lognormal,
    Pool,
    Scenario,
    System,
)
from simulator.measure.estimates import mean_estimate
from simulator.measure.old_terms import without_primary

__all__ = ["CRASHES", "PAUSE", "PAUSES", "curve", "expected", "incident", "named", "probes"]

CRASHES, PAUSES = 12.0, 365.0  # a year; assumptions
PAUSE = Lognormal(5.0, 1.2)  # s; assumption
MISSES = 3
_STEPS = 4_001

Point = tuple[float, float, float]
"""Patience of the probes, mean promotion, hold-off; seconds."""


@dataclass(frozen=True, slots=True)
class _Item:
    """Incidents of one kind at one point of the curve."""

    patience: float
    promotion: float
    hold: float
    paused: bool
    many: int
    seed: int


def curve(points: Sequence[Point], many: int, seed: int, jobs: int) -> list[dict[str, Any]]:
    """A row for each point: downtime and false failovers a year, simulated and by the formula.

    Parameters
    ----------
    points : sequence of (float, float, float)
    many : int
        Incidents of each kind at each point.
    seed, jobs : int
    """
    items = [_Item(*point, paused, many, seed) for point in points for paused in (False, True)]
    costs = each(_costs, items, jobs, "incidents")
    return [_point(*point, *costs[2 * n : 2 * n + 2]) for n, point in enumerate(points)]


def probes(patience: float) -> Detect:
    """Probes that believe it after `patience` seconds on average: 5/6 to 7/6 of it."""
    return Detect(every=patience / MISSES, misses=MISSES, timeout=patience / (2 * MISSES))


def incident(patience: float, promotion: float, hold: float, at: float, lasts: float | None) -> Scenario:
    """The primary is paused for `lasts` seconds at `at`, or crashes for good (None)."""
    end = at + 20.0 * (patience + promotion + hold) + (lasts or 0.0)
    fault = Fault("db[0]", At(at), lasts, Effect(up=False) if lasts is None else Effect(speed=0.0))
    rule = Failover("db", probes(patience), Exponential(promotion), kills_old=True, hold=hold)
    return Scenario(System([Pool("db", 3)]), [fault], [rule], end)


def _costs(item: _Item) -> tuple[list[float], list[float]]:
    """Of each incident: seconds without a primary, and 1 if another was promoted."""
    rng = np.random.default_rng([item.seed, round(item.patience), round(item.promotion), item.paused])
    slices = (np.arange(item.many) + rng.random(item.many)) / item.many
    lengths = np.asarray(PAUSE.quantile(slices)) if item.paused else [None] * item.many
    away, promoted = [], []
    for number, length in enumerate(lengths):
        at = (3.0 + rng.random()) * item.patience / MISSES
        lasts = None if length is None else float(length)
        made = incident(item.patience, item.promotion, item.hold, at, lasts)
        done = conduct(made, seed=item.seed, replication=number)
        away.append(without_primary(done.timeline, "db", made.horizon))
        terms = [c for c in done.timeline.changes if c.what == "term"]
        promoted.append(float(len(terms) > 1))
    return away, promoted


def _point(
    patience: float, promotion: float, hold: float, crashes: tuple[list[float], list[float]],
    pauses: tuple[list[float], list[float]],
) -> dict[str, Any]:  # fmt: skip
    down = CRASHES * mean_estimate(crashes[0]).value + PAUSES * mean_estimate(pauses[0]).value
    errors = [CRASHES * _error(crashes[0]), PAUSES * _error(pauses[0])]
    error = float(np.hypot(*errors))
    known = expected(patience + hold, promotion, exactly=(patience, hold))
    return {
        "promotion": named(promotion), "patience_s": patience, "hold_s": hold, "estimate": down,
        "low": max(down - 1.96 * error, 0.0), "high": down + 1.96 * error, "exact": known["down_s"],
        "z": (down - known["down_s"]) / error, "false_a_year": PAUSES * float(np.mean(pauses[1])),
        "false_exact": known["false_a_year"], "recovery_s": float(np.mean(crashes[0])),
        "recovery_p95_s": float(np.quantile(crashes[0], 0.95)), "replications": len(pauses[0]),
    }  # fmt: skip


def _error(values: Sequence[float]) -> float:
    """Standard error as of independent draws; slices make it smaller than that."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def expected(patience: float, promotion: float, exactly: tuple[float, float] | None = None) -> dict[str, float]:
    """Downtime and false failovers per year by the formula.

    With D the time until it is believed, L the length of a pause and P that of a promotion:
    ``crashes * (E D + E P) + pauses * E[L if L < D else D + P]``.

    Parameters
    ----------
    patience, promotion : float
        Mean of D and of P, seconds.
    exactly : tuple of float, optional
        Patience of the probes and hold-off, if D is not that of probes alone.
    """
    probe, hold = exactly or (patience, 0.0)
    believed = np.linspace(probes(probe).earliest, probes(probe).latest, 41) + hold
    slices = (np.arange(_STEPS) + 0.5) / _STEPS
    lengths = np.asarray(PAUSE.quantile(slices))[:, None]
    taken = lengths > believed
    cost = np.where(taken, believed + promotion, lengths).mean()
    down = CRASHES * (patience + promotion) + PAUSES * float(cost)
    return {"down_s": down, "false_a_year": PAUSES * float(taken.mean())}


def named(promotion: float) -> str:
    """What a line is called."""
    return f"promotion {promotion:g} s"
