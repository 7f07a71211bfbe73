"""Distributions against closed forms, scipy.stats and the shared exact cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from scipy.integrate import quad

from simulator.describe.distributions import (
    Bathtub,
    CompetingRisks,
    Deterministic,
    Exponential,
    Lognormal,
    PiecewiseHazard,
    Residual,
    Weibull,
    afr,
)
from simulator.describe.units import HOUR, YEAR
from tests.describe.lives import ALL, BODY, KINKED, SMOOTH, TAILS, TUB, WEAK

H = HOUR
SCIPY = {
    "exponential": scipy.stats.expon(scale=3 * H),
    "weibull falling": scipy.stats.weibull_min(0.7, scale=2000 * H),
    "weibull rising": scipy.stats.weibull_min(2.5, scale=1000 * H),
    "lognormal": scipy.stats.lognorm(1.2, scale=4 * H),
    "lognormal narrow": scipy.stats.lognorm(0.1, scale=60.0),
    "gamma": scipy.stats.gamma(2.5, scale=H),
    "gamma falling": scipy.stats.gamma(0.4, scale=H),
    "gamma narrow": scipy.stats.gamma(300.0, scale=H),
    "erlang": scipy.stats.gamma(3, scale=3 * H),
    "uniform": scipy.stats.uniform(H, 2 * H),
}


@pytest.mark.parametrize("name", SCIPY)
def test_agrees_with_scipy(name: str) -> None:
    mine, theirs = ALL[name], SCIPY[name]
    p = np.array([1e-9, 1e-4, 0.01, 0.3, 0.5, 0.9, 0.999, 0.99999])
    t = theirs.ppf(p)
    for ours, other in (
        (mine.cdf(t), theirs.cdf(t)),
        (mine.survival(t), theirs.sf(t)),
        (mine.density(t), theirs.pdf(t)),
        (mine.hazard(t), theirs.pdf(t) / theirs.sf(t)),
        (mine.quantile(p), t),
    ):
        np.testing.assert_allclose(ours, other, rtol=2e-9 if "narrow" in name else 1e-10, atol=0)
    assert mine.mean() == pytest.approx(theirs.mean(), rel=1e-13, abs=0)
    assert mine.variance() == pytest.approx(theirs.var(), rel=1e-10, abs=0)


@pytest.mark.parametrize("name", SMOOTH)
def test_hazard_consumed_by_the_time_found_is_the_hazard_asked(name: str) -> None:
    life = SMOOTH[name]
    for e in (BODY, TAILS):
        t = life.time_at_hazard(e)
        fits = t > 1e-290  # below, the time itself is no longer a full float
        np.testing.assert_allclose(life.cumulative_hazard(t)[fits], e[fits], rtol=1e-10, atol=0)
        np.testing.assert_allclose(
            np.log(life.survival(t))[fits & (e > 1e-3)], -e[fits & (e > 1e-3)], rtol=1e-10, atol=0
        )


@pytest.mark.parametrize("name", KINKED)
def test_kinks_do_not_disturb_the_inverse(name: str) -> None:
    life = KINKED[name]
    t = life.time_at_hazard(BODY[:74])  # up to e = 14: beyond, the end of a uniform is too near
    ends = (
        life.cumulative_hazard(np.nextafter(t, 0)),
        life.cumulative_hazard(np.nextafter(t, np.inf)),
    )
    assert np.all(ends[0] <= BODY[:74] * (1 + 1e-10))
    assert np.all(ends[1] >= BODY[:74] * (1 - 1e-10))


@pytest.mark.parametrize("name", ALL)
def test_density_integrates_to_the_cdf_and_is_hazard_times_survival(name: str) -> None:
    life = ALL[name]
    ends = [life.quantile(p) for p in (0.2, 0.5, 0.8)]
    points = [b for b in life._breaks() if ends[0] < b < ends[-1]]
    share, _ = quad(
        life.density,
        ends[0],
        ends[-1],
        epsrel=1e-11,
        epsabs=0,
        limit=200,
        points=[ends[1], *points],
    )
    assert share == pytest.approx(0.6, rel=1e-9, abs=0)
    t = np.array(ends)
    np.testing.assert_allclose(
        life.density(t), life.hazard(t) * life.survival(t), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("name", ALL)
def test_moments_by_quadrature_agree_with_the_hazard_integral(name: str) -> None:
    """Another road: E[T] and E[T^2] are integrals of T(e)^k exp(-e) over the unit hazard."""
    life = ALL[name]
    edges = np.unique(np.concatenate([np.geomspace(1e-14, 1.0, 60), np.linspace(1.0, 120.0, 240)]))
    kinks = life.cumulative_hazard(np.array([*life._breaks(), 1.0]))
    edges = np.unique(np.concatenate([edges, kinks[np.isfinite(kinks) & (kinks > 1e-14)]]))
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges)[:, None] / 2
    e = edges[:-1, None] + half * (nodes + 1)
    t = life.time_at_hazard(e)
    first, second = (float(np.sum(t**k * np.exp(-e) * half * weights)) for k in (1, 2))
    assert life.mean() == pytest.approx(first, rel=1e-9, abs=0)
    assert life.variance() == pytest.approx(second - first**2, rel=1e-7, abs=0)


@pytest.mark.parametrize(
    "name", ["exponential", "weibull falling", "weibull rising", "lognormal", "gamma", "erlang",
             "gamma falling", "uniform", "mixture", "hyperexponential"],
)  # fmt: skip
def test_quadrature_meets_the_closed_forms(name: str) -> None:
    life = ALL[name]
    mean, variance = life._moments()
    assert mean == pytest.approx(life.mean(), rel=1e-11, abs=0)
    assert variance == pytest.approx(life.variance(), rel=1e-11, abs=0)


def test_moments_of_composites_have_closed_forms_too() -> None:
    c, s = 2e-5, 40000.0
    rayleigh = Bathtub((1.0, math.inf), c, (2.0, s))  # S = exp(-ct - (t/s)^2)
    exact = s * math.sqrt(math.pi) / 2 * math.exp((c * s / 2) ** 2) * math.erfc(c * s / 2)
    assert rayleigh.mean() == pytest.approx(exact, rel=1e-11, abs=0)
    flat = Bathtub((1.0, 1e5), 1e-5, (1.0, 1e5))
    assert flat.mean() == pytest.approx(1e5 / 3, rel=1e-11, abs=0)
    assert flat.variance() == pytest.approx(1e10 / 9, rel=1e-11, abs=0)
    cut = CompetingRisks((Exponential(100.0), Deterministic(50.0)))  # age replacement
    assert cut.mean() == pytest.approx(-100 * math.expm1(-0.5), rel=1e-11, abs=0)
    left = Residual(Exponential(100.0), 30.0)
    assert left.mean() == pytest.approx(100.0, rel=1e-11, abs=0)
    a = 2000 * H
    worn = Weibull(2.0, 1000 * H).residual(a)  # erfc again
    ratio = a / (1000 * H)
    exact = 1000 * H * math.sqrt(math.pi) / 2 * math.erfc(ratio) * math.exp(ratio**2)
    assert worn.mean() == pytest.approx(exact, rel=1e-11, abs=0)
    steps = PiecewiseHazard((0.0, 10.0), (0.0, 0.2))  # 10 s without risk, then mean 5 s
    assert (steps.mean(), steps.variance()) == pytest.approx((15.0, 25.0), rel=1e-11, abs=0)


def test_cases_of_single_distributions() -> None:
    """Exact answers of the shared case collection, ids C01 to C39."""
    assert Weibull(0.7, 2000 * H).mean() / H == pytest.approx(2531.647012114567, rel=1e-9, abs=0)
    assert Lognormal(4 * H, 1.2).mean() / H == pytest.approx(8.21773284257555, rel=1e-9, abs=0)
    minimal = Weibull(2.5, 1000 * H).residual(1000 * H)
    assert minimal.survival(1000 * H) == pytest.approx(0.0094962884186239, rel=1e-9, abs=0)
    series = CompetingRisks((Weibull(1.5, 1000 * H),) * 3)
    assert series.mean() / H == pytest.approx(433.99467028517313, rel=1e-9, abs=0)
    assert TUB.survival(YEAR) == pytest.approx(0.8970938572090418, rel=1e-9, abs=0)
    assert TUB.cdf(YEAR) == pytest.approx(0.10290614279095818, rel=1e-9, abs=0)
    assert afr(TUB, 4 * YEAR) == pytest.approx(0.20698828631030605, rel=1e-9, abs=0)
    assert TUB.residual(4 * YEAR).cdf(YEAR) == pytest.approx(0.20698828631030605, rel=1e-9, abs=0)
    assert TUB.age_of_least_hazard() / H == pytest.approx(11882.901681212199, rel=1e-9, abs=0)
    assert WEAK.mean() / H == pytest.approx(34083.67898845662, rel=1e-9, abs=0)
    assert WEAK.cdf(YEAR) == pytest.approx(0.055506425245013036, rel=1e-9, abs=0)
    burnt_in = WEAK.residual(168 * H)
    assert burnt_in.cdf(YEAR) == pytest.approx(0.04655412020152783, rel=1e-9, abs=0)


def test_bottom_of_the_bathtub_is_a_bottom() -> None:
    bottom = TUB.age_of_least_hazard()
    nearby = TUB.hazard(bottom * np.array([0.99, 1.0, 1.01]))
    assert np.argmin(nearby) == 1
    assert Bathtub((1.0, YEAR), 0.0, (3.0, YEAR)).age_of_least_hazard() == 0.0
    assert Bathtub((0.5, YEAR), 0.0, (1.0, YEAR)).age_of_least_hazard() == math.inf
