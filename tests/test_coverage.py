"""Do the 95 % intervals of the public call cover in 95 % of runs?

1,000 seeds for each system, the same ones every time: nothing here is luck from run to run. The
truth is what the exact engine says about the mean over the horizon, after it was compared with
chains and products written by hand (tests/histories_by_hand.py); how many failures are to be
expected within the horizon comes from there. A coverage of 95 % has a standard error of 0.7 points.

Covered, in % of the runs, as `make slow` prints it:

=================  ==================  ========  ====  ============  =================  =======
system             quantity            failures  95 %  20 % shorter  truth half moved   plain t
=================  ==================  ========  ====  ============  =================  =======
web service        share of time down  1,054     94.8  87.8          51.1               94.8
web service        failures a year     1,054     94.5  87.8          51.6
web service        mean outage         1,054     94.6  87.1          52.4
2 of 3, one crew   share of time down  521       95.1  88.1          50.0               95.1
2 of 3, one crew   failures a year     521       94.9  89.4          51.4
2 of 3, one crew   mean outage         521       94.8  87.7          51.2
rare pair          share of time down  20        95.4  89.6          74.6               91.1
rare pair          failures a year     20        96.4  91.4          64.3
rare pair          mean outage         20        93.8  86.8          69.7
=================  ==================  ========  ====  ============  =================  =======

Without any failure the bound lies below the truth in at most 4.5 % of 2,000 runs, one 20 % lower in
8 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from models import get
from simulator import HOUR, YEAR, Crew, Exponential, Pool, Scenario, System, availability, crash
from simulator.measure.estimates import Estimate, mean_estimate
from tests.histories_by_hand import Expected, birth_death, web_service

SEEDS = range(1, 1001)
YEAR_H = YEAR / HOUR


def nodes(members: int, needed: int, mttf_h: float, mttr_h: float) -> System:
    """Like members with exponential lives and repairs."""
    fault = crash(Exponential(mttf_h * HOUR), Exponential(mttr_h * HOUR))
    return System([Pool("node", members, needed=needed, faults=[fault])])


@dataclass(frozen=True)
class Proof:
    """One system, how much of it a run simulates, and what there is to be found.

    Attributes
    ----------
    build : callable
    replications : int
        In one run; a run gives one interval.
    by_hand : Expected
        Of one replication.
    highest : float
        Most that a 95 % interval may cover.
    """

    build: Callable[[], Scenario]
    replications: int
    by_hand: Expected
    highest: float = 0.97


def document() -> Scenario:
    """The document's web service for a year."""
    return replace(get("web_service").build(), horizon=YEAR)


def crewed() -> Scenario:
    """Two of three with one crew: parts that depend on each other, in lockstep."""
    return Scenario(nodes(3, 2, 1000, 10), controllers=[Crew("crew")], horizon=2 * YEAR)


def rare_pair() -> Scenario:
    """A pair that is seldom down."""
    return Scenario(nodes(2, 1, 2000, 10), horizon=YEAR)


PROOFS = {
    "web service": Proof(document, 200, web_service(1.0, YEAR_H)),
    "2 of 3, one crew": Proof(
        crewed, 512, birth_death([3e-3, 2e-3, 1e-3], [0.1, 0.1, 0.1], 1, 2 * YEAR_H)
    ),
    "rare pair": Proof(rare_pair, 460, birth_death([1e-3, 5e-4], [0.1, 0.2], 1, YEAR_H), 0.99),
}


def exactly(scenario: Scenario) -> float:
    """Mean share of the horizon spent down."""
    found = availability(scenario, engines=("exact",)).system.exact_over_horizon
    assert found is not None
    return found


def estimate(scenario: Scenario, seed: int, replications: int) -> Estimate:
    """The same by Monte-Carlo."""
    report = availability(scenario, seed=seed, replications=replications, engines=("montecarlo",))
    assert report.system.montecarlo is not None
    return report.system.montecarlo


def shortened(e: Estimate, factor: float) -> Estimate:
    """The same with both arms cut to `factor` of their length."""
    low, high = e.value - factor * (e.value - e.low), e.value + factor * (e.high - e.value)
    return replace(e, low=low, high=high)


@dataclass(frozen=True)
class Coverage:
    """Shares of runs whose interval holds the truth.

    `moved`: a truth half an interval higher, or lower, whichever is held more often. `plain`: held
    by Student's t.
    """

    ours: float
    shorter: float
    moved: float
    plain: float = np.nan

    def __str__(self) -> str:
        columns = (self.ours, self.shorter, self.moved, self.plain)
        return " / ".join("    -" if np.isnan(x) else f"{100 * x:5.1f}" for x in columns)


def coverage(found: list[Estimate], truth: float, plain: list[Estimate] | None = None) -> Coverage:
    """How often intervals hold `truth`."""

    def share(intervals: list[Estimate], away: float = 0.0) -> float:
        return float(np.mean([e.covers(truth + away * e.half_width) for e in intervals]))

    return Coverage(
        share(found),
        share([shortened(e, 0.8) for e in found]),
        max(share(found, 1.0), share(found, -1.0)),
        np.nan if plain is None else share(plain),
    )


def check(got: Coverage, highest: float) -> None:
    """Assert the coverage, and that shorter intervals and a moved truth would be found out."""
    assert 0.93 <= got.ours <= highest, str(got)
    assert got.shorter < 0.93, f"intervals shortened by 20 % must be found out: {got}"
    assert got.moved < 0.93, f"a truth moved by half an interval must be found out: {got}"


@pytest.mark.slow
@pytest.mark.parametrize("name", PROOFS)
def test_intervals_of_a_thousand_seeds_cover(name: str) -> None:
    proof = PROOFS[name]
    scenario = proof.build()
    truth = exactly(scenario)
    assert truth == pytest.approx(proof.by_hand.share_down, rel=1e-9, abs=0)
    shares, rates, plain, outages, seen = [], [], [], [], []
    for seed in SEEDS:
        report = availability(
            scenario, seed=seed, replications=proof.replications, engines=("montecarlo",)
        )
        assert report.samples is not None
        assert report.system.montecarlo is not None
        assert report.frequency is not None
        assert report.mean_outage is not None
        seen.append(int(report.samples.system.failures.sum()))
        shares.append(report.system.montecarlo)
        rates.append(report.frequency)
        outages.append(report.mean_outage)
        plain.append(mean_estimate(report.samples.system.down_s / scenario.horizon))
    per_year = proof.by_hand.failures * YEAR / scenario.horizon
    outage = truth * scenario.horizon / proof.by_hand.failures
    print(f"\n{name}: {np.mean(seen):.1f} failures a run ({min(seen)} .. {max(seen)}); covered, %:")
    print("  95 % / 20 % shorter / truth half moved / plain t")
    print(f"  share of time down  {(share := coverage(shares, truth, plain))}")
    print(f"  failures a year     {(rate := coverage(rates, per_year))}")
    print(f"  mean outage         {(length := coverage(outages, outage))}", flush=True)
    check(share, proof.highest)
    check(rate, proof.highest)
    check(length, proof.highest)
    if np.mean(seen) < 50:
        assert share.plain < 0.93, "plain t would not do here, or this proof proves nothing"


# --- no failure seen ------------------------------------------------------------------------------


def seldom(failures: float, replications: int = 512) -> tuple[Scenario, float]:
    """One unit with so many failures expected in a whole run of a year each, and its share down.

    One unit is where the bound is tightest: it takes an outage to last as long as a mean repair.
    """
    mttf_h, mttr_h = replications * YEAR_H / failures, 10.0
    truth = birth_death([1 / mttf_h], [1 / mttr_h], 0, YEAR_H).share_down
    return Scenario(nodes(1, 1, mttf_h, mttr_h), horizon=YEAR), truth


def silent_bounds(scenario: Scenario, seeds: range, replications: int = 512) -> list[Estimate]:
    """The bounds of those runs that saw no failure."""
    found = []
    for seed in seeds:
        report = availability(
            scenario, seed=seed, replications=replications, engines=("montecarlo",)
        )
        assert report.system.montecarlo is not None
        if report.system.montecarlo.is_bound:
            found.append(report.system.montecarlo)
    return found


@pytest.mark.slow
def test_the_bound_holds_when_no_failure_was_seen() -> None:
    """In each row of 2,000 runs at most 5 % see nothing and give a bound below the truth."""
    seeds = range(1, 2001)
    print("\nfailures expected in a run: runs without any, bound below the truth, 20 % lower, %")
    for failures in (0.5, 1.0, 2.0, 2.5, 2.9, 3.1, 3.5, 5.0):
        scenario, truth = seldom(failures)
        assert exactly(scenario) == pytest.approx(truth, rel=1e-9, abs=0)
        found = silent_bounds(scenario, seeds)
        silent = len(found) / len(seeds)
        wrong = sum(e.high < truth for e in found) / len(seeds)
        lower = sum(0.8 * e.high < truth for e in found) / len(seeds)
        print(f"  {failures:4.1f}: {100 * silent:5.2f} {100 * wrong:5.2f} {100 * lower:5.2f}")
        expected = np.exp(-failures)
        error = np.sqrt(expected * (1 - expected) / len(seeds))
        assert abs(silent - expected) < 4.5 * error, "as many silent runs as Poisson failures leave"
        assert wrong <= 0.05
        if failures == 2.5:
            assert lower > 0.05, "a bound 20 % lower must be found out"


@pytest.mark.slow
def test_the_bound_holds_where_parts_share_the_outage() -> None:
    """Pairs, alone and with one crew: outages are shorter than the bound takes them to be."""
    seeds = range(1, 1001)
    print("\nfailures expected in a run: runs without any, bound below the truth, %")
    for crew in ((), (Crew("crew"),)):
        scenario = Scenario(nodes(2, 1, 4800, 10), controllers=crew, horizon=YEAR)
        mends = [0.1, 0.1 if crew else 0.2]
        truth = birth_death([2 / 4800, 1 / 4800], mends, 1, YEAR_H)
        found = silent_bounds(scenario, seeds)
        wrong = sum(e.high < truth.share_down for e in found) / len(seeds)
        silent = len(found) / len(seeds)
        print(f"  {512 * truth.failures:4.1f}: {100 * silent:5.2f} {100 * wrong:5.2f}")
        assert silent > 0.01, "some runs must see nothing, or this proves nothing"
        assert wrong <= 0.05


# --- the main job ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_main_job_covers_for_seeds_1_to_20() -> None:
    """The defaults: 10,000 histories of ten years. Fewer than 17 of 20: once in 63 at 95 %."""
    scenario = get("web_service").build()
    assert scenario.horizon == 10 * YEAR
    truth = exactly(scenario)
    by_hand = web_service(1.0, scenario.horizon / HOUR).share_down
    assert truth == pytest.approx(by_hand, rel=1e-9, abs=0)
    found = [estimate(scenario, seed, 10_000) for seed in range(1, 21)]
    covered = sum(e.covers(truth) for e in found)
    print(f"\n{covered} of 20 cover; z: " + " ".join(f"{e.z(truth):+.2f}" for e in found))
    assert covered >= 17
    assert all(abs(e.z(truth)) < 4.5 for e in found)
    assert sum(e.covers(1.01 * truth) for e in found) < 17, "a truth 1 % higher must be found out"


def look_normal(z: np.ndarray) -> None:
    """Assert that `z` look like draws of N(0, 1): mean, spread, shape."""
    from scipy.stats import kstest

    n = len(z)
    mean = float(z.mean()) * np.sqrt(n)
    spread = (float((z**2).sum()) - n) / np.sqrt(2 * n)
    assert abs(mean) < 4.5, f"mean of z: {z.mean():+.3f}"
    assert abs(spread) < 4.5, f"mean of z squared: {float((z**2).mean()):.3f}"
    assert kstest(z, "norm").pvalue > 1e-5, "the distribution of z is not normal"


def test_z_of_two_hundred_runs_is_standard_normal() -> None:
    """512 histories of a year each: z against the exact mean over the horizon.

    What the check finds, of 2,000 made-up samples of 200 z each: a mean off by 0.3 in 42 %, by 0.5
    in 99.5 %; a spread 1.2, 1.3, 1.4 times as wide in 47, 92, 99.8 %, one of 0.8, 0.7, 0.6 in 8,
    89, 100 %; right ones it never refused.
    """
    scenario = document()
    truth = exactly(scenario)
    z = np.array([estimate(scenario, seed, 512).z(truth) for seed in range(1, 201)])
    print(f"\nz of 200 runs: mean {z.mean():+.3f}, standard deviation {z.std(ddof=1):.3f}")
    look_normal(z)
    for wrong in (z + 0.6, z - 0.6, 1.5 * z, 0.5 * z, np.abs(z)):
        with pytest.raises(AssertionError):
            look_normal(wrong)
