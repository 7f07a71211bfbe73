"""Quantiles without SciPy against SciPy and closed forms."""

from __future__ import annotations

import math

import pytest
from scipy import special, stats

from simulator.errors import DescriptionError
from simulator.measure.quantiles import normal_quantile, poisson_interval, student_quantile


@pytest.mark.parametrize("df", [0.5, 1.0, 1.3, 2.0, 3.7, 9.0, 29.0, 99.5, 1999.0, 2001.0, 1e5, 1e9])
@pytest.mark.parametrize("p", [0.001, 0.3, 0.6, 0.95, 0.975, 0.9999])
def test_student_quantile_is_scipys(df: float, p: float) -> None:
    assert student_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-11, abs=0)


def test_student_quantile_closed_forms() -> None:
    """df 1 is Cauchy: tan(pi (p - 1/2)); df 2: (2p - 1) / sqrt(2 p (1 - p)); infinite: normal."""
    p = 0.975
    assert student_quantile(p, 1) == pytest.approx(math.tan(math.pi * (p - 0.5)), rel=1e-11, abs=0)
    two = (2 * p - 1) / math.sqrt(2 * p * (1 - p))
    assert student_quantile(p, 2) == pytest.approx(two, rel=1e-12, abs=0)
    assert student_quantile(p, math.inf) == normal_quantile(p)
    assert student_quantile(0.5, 7) == 0.0


@pytest.mark.parametrize(("p", "df"), [(0.0, 5), (1.0, 5), (0.9, 0.0), (0.9, math.nan)])
def test_student_quantile_refuses(p: float, df: float) -> None:
    with pytest.raises(DescriptionError, match="t quantile"):
        student_quantile(p, df)


@pytest.mark.parametrize("count", [0, 1, 5, 20, 99, 1000])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
def test_poisson_interval_is_the_gamma_quantile(count: int, confidence: float) -> None:
    """Garwood: half of the chi-square quantiles with 2k and 2k + 2 degrees of freedom."""
    low, high = poisson_interval(count, confidence)
    tail = (1 - confidence) / 2
    assert high == pytest.approx(special.gammaincinv(count + 1, 1 - tail), rel=1e-10, abs=0)
    if count:
        assert low == pytest.approx(special.gammaincinv(count, tail), rel=1e-10, abs=0)
    else:
        assert low == 0.0
        assert high == pytest.approx(-math.log(tail), rel=1e-12, abs=0)
