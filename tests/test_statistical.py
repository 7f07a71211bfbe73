"""The statistical helpers pass what is right and fail what is wrong or blunt."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.statistical import check_estimate, check_mean, check_proportion, check_ratio


def sample(seed: int = 1, size: int = 100_000) -> np.ndarray:
    return np.random.default_rng(seed).exponential(3.0, size)


def test_the_right_mean_passes_and_its_z_is_returned() -> None:
    x = sample()
    z = check_mean(x, 3.0, detects=0.02)
    assert z == pytest.approx(
        (x.mean() - 3.0) / (x.std(ddof=1) / math.sqrt(x.size)), rel=1e-12, abs=0
    )


def test_a_mean_off_by_twice_the_declared_bias_fails() -> None:
    with pytest.raises(AssertionError, match="z ="):
        check_mean(sample(), 3.0 * 1.04, detects=0.02)


def test_too_few_samples_for_the_declared_bias_fail_even_if_they_agree() -> None:
    with pytest.raises(AssertionError, match="would miss"):
        check_mean(sample(size=1000), 3.0, detects=0.02)


def test_no_spread_passes_only_if_equal() -> None:
    assert check_mean([2.0, 2.0, 2.0], 2.0) == 0.0
    with pytest.raises(AssertionError, match="no spread"):
        check_mean([2.0, 2.0, 2.0], 2.001)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_fails(value: float) -> None:
    with pytest.raises(AssertionError):
        check_estimate(value, 0.1, 1.0, 1.0)


def test_a_nan_standard_error_fails() -> None:
    with pytest.raises(AssertionError):
        check_estimate(1.0, math.nan, 1.0, 1.0)


def test_proportion_uses_the_error_of_the_truth() -> None:
    assert check_proportion(5_010, 10_000, 0.5, detects=0.05) == pytest.approx(
        0.2, rel=1e-12, abs=0
    )
    with pytest.raises(AssertionError, match="z ="):
        check_proportion(0, 10_000, 0.5, detects=0.05)


def test_ratio_is_clustered_by_replication() -> None:
    """All of a replication shares its factor: the naive error would be far too small."""
    rng = np.random.default_rng(2)
    y = rng.integers(1, 20, 20_000).astype(float)
    x = y * rng.exponential(2.0, y.size)
    check_ratio(x, y, 2.0, detects=0.05)
    with pytest.raises(AssertionError, match="z ="):
        check_ratio(x, y, 2.2, detects=0.05)


def test_bad_luck_is_rare_and_a_stated_bias_is_found() -> None:
    """Over 2,000 seeds the right truth never fails; one 4 % off always does (detects 2 %)."""
    for seed in range(2_000):
        x = np.random.default_rng(seed).normal(1.0, 0.2, 2_100)
        check_mean(x, 1.0, detects=0.021)
    for seed in range(100):
        x = np.random.default_rng(seed).normal(1.0, 0.2, 2_100)
        with pytest.raises(AssertionError, match="z ="):
            check_mean(x, 1.042, detects=0.021)
