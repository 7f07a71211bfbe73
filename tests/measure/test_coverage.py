"""Does a 95 % interval of the unavailability cover in 95 % of runs, with few failures too?

Measured with 2,000 runs per cell (standard error 0.5 points): failures Poisson, E of them in the
whole run of R replications, outages of mean 1, lognormal ones with sigma 1.2. In each cell: plain t
/ the method of this room, in % (a run without any failure counts as covered if the bound covers).

====================  ===========  ===========  ===========  ===========  ===========  ===========
outages, R            E = 5        E = 10       E = 20       E = 50       E = 100      E = 300
====================  ===========  ===========  ===========  ===========  ===========  ===========
exponential, 100      81.2 / 92.5  85.7 / 94.8  90.7 / 95.6  93.6 / 96.2  94.3 / 95.7  95.0 / 95.9
exponential, 1000     81.1 / 91.6  86.5 / 95.8  90.8 / 95.9  93.3 / 96.3  93.5 / 95.5  95.4 / 96.1
exponential, 10000    80.7 / 92.1  86.7 / 95.5  91.3 / 96.5  91.6 / 95.5  94.6 / 96.7  95.3 / 96.1
deterministic, 100    88.0 / 97.8  93.0 / 96.8  94.0 / 96.4  95.3 / 95.8  94.7 / 95.2  95.0 / 95.0
deterministic, 1000   87.5 / 97.1  92.4 / 97.1  94.8 / 96.0  95.0 / 96.4  95.2 / 96.5  95.5 / 95.5
deterministic, 10000  86.7 / 97.4  92.8 / 97.2  94.2 / 96.2  94.8 / 95.8  94.0 / 94.8  95.0 / 95.0
lognormal, 100        72.7 / 87.6  80.7 / 91.3  84.1 / 93.7  88.3 / 94.4  90.0 / 93.5  91.8 / 94.5
lognormal, 1000       70.8 / 87.5  79.7 / 91.5  83.8 / 93.4  88.6 / 94.8  89.8 / 95.0  93.0 / 95.4
lognormal, 10000      73.4 / 88.2  78.1 / 90.9  83.4 / 92.8  88.5 / 94.3  90.5 / 94.0  93.1 / 95.5
====================  ===========  ===========  ===========  ===========  ===========  ===========

From 20 failures on, intervals 20 % shorter cover 85-92 %, a truth moved by half an interval is
covered in 50-76 %, and the interval is 1.24 times as long as that of t at 20 exponential failures,
1.04 times at 300. With 10 failures or fewer and outages as unequal as these lognormal ones it falls
short: the long outages have not been seen yet. Methods that come closer there (Hall's transform, a
t quantile at both ends) make intervals 1.4 to 1.8 times as long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from simulator.measure.availability import no_failure_bounds, unavailability_estimate
from simulator.measure.estimates import Estimate, mean_estimate
from tests.measure.compound import KINDS, replications

HORIZON = 1000.0


@dataclass
class Cell:
    """Shares of runs in which plain t, ours, and ours 20 % shorter or half moved cover."""

    plain: float
    ours: float
    shorter: float
    moved: float
    length: float


def shortened(e: Estimate, factor: float) -> tuple[float, float]:
    return e.value - factor * (e.value - e.low), e.value + factor * (e.high - e.value)


def cell(expected: float, count: int, kind: str, runs: int) -> Cell:
    truth = expected / count / HORIZON
    rows = []
    for run in range(runs):
        rng = np.random.default_rng([run, count, int(expected), KINDS.index(kind)])
        down, failures = replications(rng, expected, count, kind)
        ours = unavailability_estimate(down, failures, HORIZON)
        plain = mean_estimate(down / HORIZON)
        low, high = shortened(ours, 0.8)
        moved = ours.covers(truth + ours.half_width)
        width = (ours.high - ours.low) / (plain.high - plain.low) if plain.error else np.nan
        rows.append((plain.covers(truth), ours.covers(truth), low <= truth <= high, moved, width))
    return Cell(*(float(np.nanmean(column)) for column in zip(*rows, strict=True)))


@pytest.mark.parametrize("kind", KINDS)
def test_twenty_failures_in_the_whole_run_are_enough(kind: str) -> None:
    """A small version: 400 runs, standard error 1 point; the slow table is the real one."""
    got = cell(20, 200, kind, 400)
    assert got.ours >= (0.90 if kind == "lognormal" else 0.925)
    assert got.shorter < 0.93, "intervals shortened by 20 % must be found out"
    assert got.moved < 0.80, "a truth moved by half an interval must be found out"


def test_plain_t_does_not_cover_and_is_therefore_not_used() -> None:
    """The negative control of the method: t at 20 exponential outages covers about 90 %."""
    assert cell(20, 200, "exponential", 400).plain < 0.93


@pytest.mark.slow
def test_coverage_table() -> None:
    """Nominal 95 %: 93-97 % on ordinary runs, 93-99 % at 20 failures; both controls found out."""
    print("\nplain t / ours / 20 % shorter / truth moved covers, %; length over that of t")
    for kind in KINDS:
        for count in (100, 1_000, 10_000):
            for expected in (5, 10, 20, 50, 100, 200, 300):
                got = cell(expected, count, kind, 2_000)
                columns = (got.plain, got.ours, got.shorter, got.moved)
                shown = " / ".join(f"{100 * column:5.1f}" for column in columns)
                where = f"{kind:>13} R={count:<6} E={expected:<4}"
                print(where, shown, f"/ {got.length:.2f}", flush=True)
                if expected >= 20:
                    lowest = 0.915 if kind == "lognormal" else 0.93
                    assert lowest <= got.ours <= (0.99 if expected == 20 else 0.97)
                    assert got.shorter < 0.93
                    assert got.moved < 0.80


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_gap_where_the_method_changes(kind: str) -> None:
    """Around 100 failures and 200 effective ones coverage neither drops nor jumps."""
    print()
    for expected in (80, 90, 100, 110, 120, 150, 200, 250, 300, 400, 600):
        got = cell(expected, 1_000, kind, 2_000)
        print(f"{kind:>13} E={expected:<4} {100 * got.ours:5.1f}", flush=True)
        assert 0.925 <= got.ours <= 0.972


def test_the_bound_covers_when_no_failure_was_seen() -> None:
    """At the rate where it is tightest, a run without failure breaks it in at most 5 %."""
    count, horizon, runs = 100, 10.0, 4_000
    bound = no_failure_bounds(count, horizon).frequency.high
    rng = np.random.default_rng(3)
    for factor, allowed in ((0.99, 0.0), (1.01, 0.05)):
        silent = rng.poisson(factor * bound * horizon * count, runs) == 0
        wrong = silent & (factor * bound > bound)
        assert wrong.mean() <= allowed + 4.5 * np.sqrt(0.05 * 0.95 / runs)
    # Negative control: a bound 20 % lower is broken in more than 5 % of runs.
    silent = rng.poisson(0.81 * bound * horizon * count, runs) == 0
    assert silent.mean() > 0.05 + 4.5 * np.sqrt(0.05 * 0.95 / runs)
