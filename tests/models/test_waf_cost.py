"""The measured cost of the expression: laws against the table, guards, and mixtures by quadrature."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import lognorm, norm

from models.backtracking import count_steps
from models.waf_cost import MEASURED, extra_work, fitted, line_cost, mean_inflation
from models.waf_measured import LIMITS, PASSES, STEP
from simulator.describe import Deterministic, Exponential, Lognormal
from simulator.errors import DescriptionError
from tests.statistical import check_mean

LENGTH = Lognormal(150, 1.2)  # characters
SHARES = {"match": 0.1, "no_match": 0.1, "json": 0.05, "cheap": 0.5}
GUARDS = (None, "10k", "100k", "linear")
ROWS = [(kind, n, time) for kind, table in MEASURED.items() for n, time in table.items()]


# --- one line -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "exponent", "error"), [("match", 2, 0.11), ("no_match", 2, 0.04), ("json", 3, 0.041)]
)
def test_the_law_is_the_least_squares_fit_with_the_stated_error(kind, exponent, error):
    law, table = fitted(kind), MEASURED[kind]
    slope, offset = np.polyfit(np.log(list(table)), np.log(list(table.values())), 1)
    assert law.exponent == pytest.approx(slope, rel=1e-9, abs=0)
    assert law.factor == pytest.approx(math.exp(offset), rel=1e-9, abs=0)
    assert law.exponent == pytest.approx(exponent, rel=0, abs=0.1)
    assert error * 0.95 < law.worst < error


@pytest.mark.parametrize(("kind", "characters", "time"), ROWS)
def test_measured_times(kind, characters, time):
    assert line_cost(kind, characters) == pytest.approx(time, rel=fitted(kind).worst * 1.001, abs=0)


def test_measured_times_of_the_lower_limit():
    for kind, characters, _ in ROWS:
        assert line_cost(kind, characters, guard="10k") <= 0.2e-3


def test_measured_times_of_the_higher_limit():
    """About 1.0 ms for long lines of all kinds, but 11.8 ms for json at 200 characters."""
    for kind in MEASURED:
        assert line_cost(kind, 1600, guard="100k") == pytest.approx(1.0e-3, rel=0.1, abs=0)
    assert line_cost("json", 200, guard="100k") == pytest.approx(11.8e-3, rel=0.05, abs=0)


def test_an_engine_that_never_goes_back():
    for kind in MEASURED:
        assert line_cost(kind, 100, guard="linear") <= 0.01e-3
        assert line_cost(kind, 1600, guard="linear") == pytest.approx(0.05e-3, rel=1e-9, abs=0)
    assert line_cost("cheap", 4000) <= 5e-6


@pytest.mark.parametrize("guard", ["10k", "100k", None])
def test_the_length_that_passes_follows_from_the_steps(guard):
    """An attempt m characters before the end: m^2 / 2 steps in each of three ways; see the module."""
    expected = 6 + math.sqrt(2 * LIMITS[guard] / 3)
    assert PASSES[guard] == pytest.approx(expected, rel=0.032, abs=0)


@pytest.mark.parametrize(("guard", "characters"), [("10k", 139), ("100k", 445)])
def test_a_match_hits_the_limit_at_the_measured_length(guard, characters):
    """The law and the time of a limit, measured apart, meet where the engine was seen to stop."""
    assert fitted("match").time(characters) == pytest.approx(
        LIMITS[guard] * STEP, rel=fitted("match").worst, abs=0
    )


def test_a_limit_is_leaky_for_json_only():
    for guard in ("10k", "100k"):
        at = PASSES[guard]
        assert line_cost("json", at, guard=guard) == line_cost("json", at)
        assert line_cost("json", at + 1, guard=guard) == LIMITS[guard] * STEP
        assert line_cost("json", at, guard=guard) > 9 * LIMITS[guard] * STEP
        for kind in ("match", "no_match"):
            assert line_cost(kind, at, guard=guard) <= LIMITS[guard] * STEP


def test_the_counting_matcher_has_the_same_leak():
    """By steps alone: below the limit the whole line is paid, beyond it one limit and no more."""
    limit = LIMITS["10k"]
    steps = [count_steps(".*.*=.*", n * "x", match_limit=limit).steps for n in range(60, 130)]
    longest = int(np.argmax(steps))
    assert steps[longest] > 9 * limit
    assert set(steps[longest + 1 :]) == {limit}


def test_a_slower_core_scales_all():
    for guard in GUARDS:
        for kind in (*MEASURED, "cheap"):
            slow = line_cost(kind, 300, guard=guard, k=1.6)
            assert slow == pytest.approx(1.6 * line_cost(kind, 300, guard=guard), rel=1e-12, abs=0)


# --- lines of random length -----------------------------------------------------------------------


def moment(kind, guard, power, length=LENGTH, longest=4096):
    """Mean of a power of the time of a line, by quadrature over the logarithm of its length."""

    def integrand(z):
        characters = min(length.median * math.exp(length.sigma * z), longest)
        return line_cost(kind, characters, guard=guard) ** power * norm.pdf(z)

    cuts = {PASSES.get(guard, longest), longest, *(_meets(kind, guard))}
    breaks = sorted(math.log(c / length.median) / length.sigma for c in cuts)
    edges = [-12, *breaks, 12]
    return sum(
        quad(integrand, a, b, epsrel=1e-11, epsabs=0, limit=300)[0]
        for a, b in itertools.pairwise(edges)
        if b > a
    )


def _meets(kind, guard):
    """Where the law reaches the time of a limit."""
    if kind not in MEASURED or guard not in LIMITS:
        return []
    law = fitted(kind)
    return [(LIMITS[guard] * STEP / law.factor) ** (1 / law.exponent)]


@pytest.mark.parametrize("guard", GUARDS)
def test_mean_and_spread_by_quadrature(guard):
    law = extra_work(LENGTH, SHARES, guard=guard)
    mean, square = (
        sum(part * moment(kind, guard, power) for kind, part in SHARES.items()) for power in (1, 2)
    )
    assert law.mean() == pytest.approx(mean, rel=1e-7, abs=0)
    spread = math.sqrt(square - mean**2)
    assert math.sqrt(law.variance()) == pytest.approx(spread, rel=0.01, abs=0)
    assert math.sqrt(law.variance()) <= spread * (1 + 1e-7)


def test_a_power_of_a_lognormal_length_is_lognormal():
    law = extra_work(LENGTH, {"match": 1.0}, longest=1e12)
    c, k = fitted("match").factor, fitted("match").exponent
    times = np.array([1e-6, 1e-4, 1e-2])
    lengths = (times / c) ** (1 / k)
    by_length = lognorm.sf(lengths, LENGTH.sigma, scale=LENGTH.median)
    np.testing.assert_allclose(law.survival(times), by_length, rtol=1e-9)
    assert law.mean() == pytest.approx(c * 150**k * math.exp((1.2 * k) ** 2 / 2), rel=1e-6, abs=0)


def test_shares_and_the_cut():
    law = extra_work(LENGTH, {"match": 0.2}, longest=1000)
    assert law.survival(0.0) == pytest.approx(0.2, rel=1e-9, abs=0)
    cut = line_cost("match", 1000)
    uncut = norm.sf(math.log(1000 / 150) / 1.2)
    assert law.survival(cut * 0.999999) == pytest.approx(0.2 * uncut, rel=1e-4, abs=0)
    assert law.survival(cut) == 0


def test_a_fixed_length():
    law = extra_work(Deterministic(400), {"json": 0.05, "match": 0.2}, guard="100k")
    mean = 0.05 * LIMITS["100k"] * STEP + 0.2 * line_cost("match", 400)
    assert law.mean() == pytest.approx(mean, rel=1e-12, abs=0)
    long = extra_work(Deterministic(10_000), {"match": 1.0})
    assert long.mean() == pytest.approx(line_cost("match", 4096), rel=1e-12, abs=0)


@pytest.mark.parametrize("median", [5, 60, 20_000])
def test_lines_that_all_pass_or_never(median):
    law = extra_work(Lognormal(median, 0.2), {"json": 1.0}, guard="100k")
    expected = moment("json", "100k", 1, Lognormal(median, 0.2))
    assert law.mean() == pytest.approx(expected, rel=1e-7, abs=0)


def test_samples_have_the_mean():
    law = extra_work(LENGTH, SHARES, guard="100k")
    truth = sum(part * moment(kind, "100k", 1) for kind, part in SHARES.items())
    samples = law.sample(np.random.default_rng(1331), 250_000)
    check_mean(samples, truth, detects=0.06)
    hard_cap = sum(  # the leak left out: each evaluation costs one limit at most
        part * min(moment(kind, "100k", 1), LIMITS["100k"] * STEP) for kind, part in SHARES.items()
    )
    with pytest.raises(AssertionError):
        check_mean(samples, hard_cap, detects=0.06)


def test_guards_come_in_order():
    means = [extra_work(LENGTH, SHARES, guard=guard).mean() for guard in GUARDS]
    none, low, high, linear = means
    assert none > 10 * high > 50 * low > 100 * linear


def test_inflation():
    assert mean_inflation(Deterministic(0.011), 0.001) == pytest.approx(12, rel=1e-12, abs=0)
    assert mean_inflation(extra_work(LENGTH, {}), 0.001) == 1


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"shares": {"html": 0.1}}, r"'html': allowed are match, no_match, json, cheap"),
        ({"shares": {"json": 1.2}}, r"shares\.json: 1\.2: allowed is a share"),
        ({"shares": {"json": 0.6, "match": 0.6}}, r"shares: .*sum up to 1"),
        ({"guard": "1k"}, r"guard: '1k': allowed are None, 10k, 100k, linear"),
        ({"k": 0.0}, r"k: 0\.0: allowed is a number above 0"),
        ({"longest": 0}, r"longest: 0: allowed"),
        ({"length": Exponential(100)}, r"length: .*Lognormal and Deterministic"),
    ],
)
def test_what_is_refused(arguments, words):
    with pytest.raises(DescriptionError, match=words):
        extra_work(**{"length": LENGTH, "shares": SHARES, **arguments})


def test_other_refusals():
    with pytest.raises(DescriptionError, match=r"kind: 'cheap': allowed are match"):
        fitted("cheap")
    with pytest.raises(DescriptionError, match="base_work_s"):
        mean_inflation(Deterministic(1), 0)
