"""Plain estimates: closed forms, SciPy as second implementation, and what they refuse."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.errors import DescriptionError, NotEnoughData
from simulator.measure.estimates import (
    Estimate,
    mean_estimate,
    nines,
    nines_estimate,
    proportion_estimate,
    ratio_estimate,
)


def close(value: float, rel: float = 1e-12) -> object:
    return pytest.approx(value, rel=rel, abs=0)


def test_mean_is_scipys_t_interval() -> None:
    x = np.random.default_rng(1).normal(5.0, 2.0, 40)
    got = mean_estimate(x, 0.9)
    low, high = stats.t.interval(0.9, 39, x.mean(), stats.sem(x))
    assert (got.low, got.high, got.error) == (close(low), close(high), close(stats.sem(x)))
    assert got.covers(low + 0.01)
    assert not got.covers(low - 0.01)
    assert got.z(5.0) == close((x.mean() - 5.0) / stats.sem(x), 1e-9)


def test_one_sample_is_not_enough_but_is_carried() -> None:
    with pytest.raises(NotEnoughData) as caught:
        mean_estimate([3.0])
    assert caught.value.estimate == 3.0


@pytest.mark.parametrize("bad", [[], [[1.0, 2.0]], [1.0, math.nan], [math.inf, 1.0]])
def test_samples_that_are_no_numbers_per_replication_are_refused(bad: list[float]) -> None:
    with pytest.raises(DescriptionError, match="samples"):
        mean_estimate(bad)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, math.nan])
def test_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(DescriptionError, match="confidence"):
        mean_estimate([1.0, 2.0], confidence)


def test_ratio_with_a_constant_denominator_is_the_mean() -> None:
    x = np.random.default_rng(2).exponential(1.0, 30)
    mean, y = mean_estimate(x), np.full(30, 4.0)
    for method in ("delta", "fieller"):
        got = ratio_estimate(x, y, method=method)
        assert (got.value, got.low, got.high) == (
            close(mean.value / 4), close(mean.low / 4, 1e-10), close(mean.high / 4, 1e-10),
        )  # fmt: skip


def test_fieller_ends_are_where_the_t_test_turns() -> None:
    """A t test of x - q y at each end of the interval has p = 5 %."""
    rng = np.random.default_rng(3)
    y = rng.gamma(2.0, 1.0, 25)
    x = 3 * y + rng.normal(0, 1, 25)
    got = ratio_estimate(x, y, method="fieller")
    for end in (got.low, got.high):
        assert stats.ttest_1samp(x - end * y, 0.0).pvalue == close(0.05, 1e-9)


def test_delta_and_fieller_cover_a_ratio_and_a_shorter_interval_does_not() -> None:
    """2,000 runs of 30 replications; the standard error of a coverage is 0.5 points."""
    hits = {"delta": 0, "fieller": 0, "short": 0}
    for run in range(2_000):
        rng = np.random.default_rng([run, 4])
        y = rng.gamma(3.0, 1.0, 30)
        x = y * rng.gamma(5.0, 0.4, 30)
        delta = ratio_estimate(x, y)
        hits["delta"] += delta.covers(2.0)
        hits["short"] += abs(delta.value - 2.0) <= 0.8 * delta.half_width
        hits["fieller"] += ratio_estimate(x, y, method="fieller").covers(2.0)
    assert 0.925 < hits["delta"] / 2_000 < 0.97
    assert 0.925 < hits["fieller"] / 2_000 < 0.97
    assert hits["short"] / 2_000 < 0.925


def test_ratio_refuses_what_has_no_ratio() -> None:
    with pytest.raises(NotEnoughData, match="denominator"):
        ratio_estimate([1.0, 2.0], [0.0, 0.0])
    with pytest.raises(NotEnoughData, match="not clearly different from 0"):
        ratio_estimate([1.0, 2.0, 3.0], [1.0, -1.1, 0.3], method="fieller")
    with pytest.raises(DescriptionError, match="2 replications and denominators has 3"):
        ratio_estimate([1.0, 2.0], [1.0, 1.0, 1.0])
    with pytest.raises(DescriptionError, match="method is 'wald'"):
        ratio_estimate([1.0, 2.0], [1.0, 1.0], method="wald")  # type: ignore[arg-type]


@pytest.mark.parametrize(("k", "n"), [(0, 10), (1, 10), (5, 10), (10, 10), (37, 2000)])
def test_proportions_are_scipys(k: int, n: int) -> None:
    for ours, theirs in (("wilson", "wilson"), ("clopper_pearson", "exact")):
        got = proportion_estimate(k, n, method=ours)  # type: ignore[arg-type]
        ci = stats.binomtest(k, n).proportion_ci(0.95, theirs)
        assert got.high == close(ci.high, 1e-10)
        assert got.low == (0.0 if k == 0 else close(ci.low, 1e-10))
    jeffreys = proportion_estimate(k, n, method="jeffreys")
    law = stats.beta(k + 0.5, n - k + 0.5)
    assert jeffreys.low == (0.0 if k == 0 else close(law.ppf(0.025), 1e-9))
    assert jeffreys.high == (1.0 if k == n else close(law.ppf(0.975), 1e-9))


def test_wilson_is_invariant_and_clopper_pearson_covers_by_summation() -> None:
    """Exact coverage at n = 50: the sum of binomial probabilities whose interval covers."""
    n, ks = 50, np.arange(51)
    ends = [proportion_estimate(int(k), n, method="clopper_pearson") for k in ks]
    for p in (0.01, 0.1, 0.37, 0.9):
        inside = np.array([e.covers(p) for e in ends])
        assert stats.binom.pmf(ks, n, p)[inside].sum() >= 0.95
    a, b = proportion_estimate(3, n), proportion_estimate(n - 3, n)
    assert (a.low, a.high) == (close(1 - b.high), close(1 - b.low))


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(k: int, n: int) -> None:
    with pytest.raises(DescriptionError, match="successes in"):
        proportion_estimate(k, n)


def test_an_unknown_proportion_method_is_named() -> None:
    with pytest.raises(DescriptionError, match="'wald'"):
        proportion_estimate(1, 5, method="wald")  # type: ignore[arg-type]


def test_nines() -> None:
    assert nines(1e-3) == close(3.0)
    assert nines(5e-4) == close(3 + math.log10(2))
    assert (nines(0.0), nines(1.0)) == (math.inf, 0.0)
    with pytest.raises(DescriptionError, match="unavailability"):
        nines(1.5)


def test_nines_of_an_interval_exchange_the_ends_and_a_bound_stays_a_bound() -> None:
    both = nines_estimate(Estimate(1e-3, 1e-4, 1e-2, 0.95, "t", 9, 1e-4))
    assert (both.value, both.low, both.high) == (close(3), close(2), close(4))
    assert both.error == close(0.1 / math.log(10))
    none = nines_estimate(Estimate(0.0, 0.0, 1e-5, 0.95, "bound", 9, side="upper"))
    assert (none.side, none.low, none.high) == ("lower", close(5), math.inf)


@given(st.floats(1e-15, 0.5), st.floats(0.01, 0.99))
def test_nines_cover_what_the_unavailability_covers(u: float, half: float) -> None:
    e = Estimate(u, u * (1 - half), u * (1 + half), 0.95, "t", 9)
    n = nines_estimate(e)
    assert n.low <= nines(u) <= n.high
    assert not n.covers(nines(u * (1 - half) * 0.99))


def test_complement_and_scale() -> None:
    e = Estimate(0.2, 0.1, 0.4, 0.95, "t", 9, 0.05)
    up = e.complement()
    assert (up.value, up.low, up.high, up.error) == (close(0.8), close(0.6), close(0.9), 0.05)
    assert e.scaled(10).high == close(4.0)
    assert e.half_width == close(0.15)
    assert e.relative_half_width == close(0.75)
    with pytest.raises(DescriptionError, match="factor"):
        e.scaled(-1)


def test_a_bound_is_never_printed_as_zero() -> None:
    bound = Estimate(0.0, 0.0, 3e-7, 0.95, "no failure seen", 9, side="upper")
    assert str(bound) == "at most 3e-07 (95 %; no failure seen)"
    assert str(bound.complement()) == "at least 0.9999997 (95 %; no failure seen)"
    assert bound.is_bound
    assert math.isnan(bound.z(1e-8))
    assert bound.relative_half_width == math.inf


def test_z_without_spread_is_zero_or_infinite() -> None:
    e = Estimate(2.0, 2.0, 2.0, 0.95, "t", 9, 0.0)
    assert e.z(2.0 * (1 + 1e-14)) == 0.0
    assert e.z(2.1) == -math.inf


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(DescriptionError, match="empty"):
        Estimate(1.0, 2.0, 1.5, 0.95, "t", 9)


def test_a_plain_interval_loads_no_scipy() -> None:
    """Memory and start-up: t, score, Poisson and Wilson intervals need NumPy only."""
    code = (
        "import sys\n"
        "from simulator.measure.availability import unavailability_estimate as u\n"
        "from simulator.measure.frequency import frequency_estimate as f\n"
        "from simulator.measure.frequency import mean_outage_estimate as m\n"
        "from simulator.measure.downtime import meets_slo_estimate as s\n"
        "u([1., 2., 0.], [1, 1, 0], 10.); f([1, 1, 0], 10.); m([1., 2., 0.], [1, 1, 0])\n"
        "s([[1., 2.], [0., 0.]], 1.)\n"
        "print([n for n in ('scipy', 'pandas', 'matplotlib', 'simpy') if n in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
