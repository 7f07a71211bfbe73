"""MTBF, AFR, availability, median and p95, first year: the numbers people have."""

from __future__ import annotations

import inspect
import math
import typing

import numpy as np
import pytest
import scipy.stats

from simulator.describe.distributions import (
    CONSTRUCTORS,
    Distribution,
    Exponential,
    Weibull,
    afr,
    afr_of_mtbf,
    fleet_afr,
    from_afr,
    from_availability,
    from_first_year,
    from_median_p95,
    from_mtbf,
    mtbf_of_afr,
)
from simulator.describe.units import HOUR, YEAR
from simulator.errors import DescriptionError
from tests.describe.lives import ALL


def test_afr_and_mtbf_are_exact_inverses_and_not_linear() -> None:
    # Case C26: AFR 1.7 %.
    assert mtbf_of_afr(0.017) / HOUR == pytest.approx(510901.6010124387, rel=1e-9, abs=0)
    assert from_afr(0.017).mean() / HOUR == pytest.approx(510901.6010124387, rel=1e-9, abs=0)
    for share in (1e-12, 0.017, 0.5, 0.999):
        assert afr_of_mtbf(mtbf_of_afr(share)) == pytest.approx(share, rel=1e-13, abs=0)
    assert afr_of_mtbf(YEAR / 10) == pytest.approx(1 - math.exp(-10), rel=1e-14, abs=0)
    assert afr_of_mtbf(1e6 * HOUR) == pytest.approx(0.00872174, rel=1e-5, abs=0)  # 0.88 % is linear


def test_from_mtbf_and_availability() -> None:
    assert from_mtbf(5.0) == Exponential(5.0)
    life = from_availability(0.999, 4 * HOUR)
    assert life.mean() / (life.mean() + 4 * HOUR) == pytest.approx(0.999, rel=1e-14, abs=0)
    assert life.mean() == pytest.approx(999 * 4 * HOUR, rel=1e-12, abs=0)


def test_median_and_p95_are_met() -> None:
    repair = from_median_p95(0.9 * HOUR, 12 * HOUR)
    assert repair.quantile(0.5) == pytest.approx(0.9 * HOUR, rel=1e-14, abs=0)
    assert repair.quantile(0.95) == pytest.approx(12 * HOUR, rel=1e-13, abs=0)
    other = scipy.stats.lognorm(repair.sigma, scale=repair.median)
    assert other.cdf(12 * HOUR) == pytest.approx(0.95, rel=1e-13, abs=0)


@pytest.mark.parametrize("shape", [0.5, 1.0, 3.0])
def test_first_year_share_is_met(shape: float) -> None:
    life = from_first_year(0.05, shape)
    assert isinstance(life, Weibull)
    assert life.shape == shape
    assert life.cdf(YEAR) == pytest.approx(0.05, rel=1e-14, abs=0)


def test_afr_by_age() -> None:
    life = from_afr(0.03)
    assert afr(life) == pytest.approx(0.03, rel=1e-13, abs=0)
    assert afr(life, 7 * YEAR) == pytest.approx(0.03, rel=1e-13, abs=0)
    worn = Weibull(3.0, 5 * YEAR)
    exact = 1 - math.exp(-(3**3 - 2**3) / 5**3)
    assert afr(worn, 2 * YEAR) == pytest.approx(exact, rel=1e-13, abs=0)


def test_fleet_afr_is_the_weighted_mean() -> None:
    worn = Weibull(3.0, 5 * YEAR)
    ages, many = [0.0, YEAR, 4 * YEAR], [10, 0, 30]
    exact = (10 * afr(worn) + 30 * afr(worn, 4 * YEAR)) / 40
    assert fleet_afr(worn, ages, many) == pytest.approx(exact, rel=1e-13, abs=0)
    plain = np.mean([afr(worn, a) for a in ages])
    assert fleet_afr(worn, ages) == pytest.approx(plain, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: from_afr(0.0), ("afr", "0", "above 0")),
        (lambda: from_afr(1.0), ("afr", "1", "below 1")),
        (lambda: from_mtbf(-3), ("mtbf", "-3")),
        (lambda: from_availability(1.0, 5.0), ("availability", "1.0", "below 1")),
        (lambda: from_availability(0.9, 0.0), ("availability", "mttr", "0.0")),
        (lambda: from_median_p95(5.0, 5.0), ("median_p95", "p95", "above 5")),
        (lambda: from_first_year(0.0, 1.0), ("first_year", "share")),
        (lambda: from_first_year(0.05, 0.0), ("first_year", "shape")),
        (lambda: from_first_year(0.05, 1e-5), ("first_year", "shape", "finite scale")),
        (lambda: mtbf_of_afr(1.5), ("mtbf_of_afr", "afr", "1.5")),
        (lambda: afr_of_mtbf(0), ("afr_of_mtbf", "mtbf", "0")),
        (lambda: afr(Exponential(1.0), -1.0), ("afr", "age", "-1.0")),
        (lambda: fleet_afr(Exponential(1.0), [1.0], [0.0]), ("fleet_afr", "weights")),
        (lambda: fleet_afr(Exponential(1.0), [1.0], [1, 2]), ("fleet_afr", "weights")),
    ],
)
def test_bad_arguments_are_named(call: object, words: tuple[str, ...]) -> None:
    with pytest.raises(DescriptionError) as caught:
        call()  # type: ignore[operator]
    for word in words:
        assert word in str(caught.value)


def test_every_constructor_says_the_unit_of_every_number() -> None:
    for tag, make in CONSTRUCTORS.items():
        call = make.__init__ if inspect.isclass(make) else make
        hints = typing.get_type_hints(call, include_extras=True)
        for name, hint in hints.items():
            if name != "return":
                assert hint is not float, f"{tag}.{name} does not say its unit"


def test_every_class_has_a_tag() -> None:
    assert {type(life) for life in ALL.values()} <= set(CONSTRUCTORS.values())
    assert all(isinstance(tag, str) and tag == tag.lower() for tag in CONSTRUCTORS)
    assert isinstance(CONSTRUCTORS["never"](), Distribution)
