"""Statistical checks for the test-suite: sharp enough to find a stated bias, blunt enough to pass.

A check of a simulated figure can be worthless in two ways: it fails by bad luck, or it cannot fail.
Each helper here therefore asks for |z| < 4.5 (bad luck once in 150,000) *and* that 4.5 standard
errors are no more than the bias the test declares it would detect. The third leg, a negative
control that must fail, is the test's own: call the helper with a wrong truth inside
``pytest.raises(AssertionError)``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

Z_LIMIT = 4.5


def check_estimate(value: float, error: float, truth: float, detects: float) -> float:
    """Assert that an estimate agrees with the truth and could have disagreed.

    Parameters
    ----------
    value, error : float
        The estimate and its standard error.
    truth : float
        From a formula, a cited source or another implementation; not 0.
    detects : float
        Relative bias that this test declares it would find; larger ones fail it almost surely once
        they reach twice this.

    Returns
    -------
    float
        z, the distance in standard errors.

    Raises
    ------
    AssertionError
        If |z| >= 4.5, or if 4.5 standard errors exceed `detects` times the truth.
    """
    assert truth != 0, "a relative check needs a truth that is not 0"
    assert math.isfinite(value), f"the estimate is {value}"
    assert math.isfinite(error), f"the standard error is {error}"
    blunt = Z_LIMIT * error / abs(truth)
    assert blunt <= detects, f"would miss a bias below {blunt:.3g}, but {detects:g} is declared"
    if error == 0:
        same = math.isclose(value, truth, rel_tol=1e-9, abs_tol=0.0)
        assert same, f"no spread at all, and {value!r} is not {truth!r}"
        return 0.0
    z = (value - truth) / error
    assert abs(z) < Z_LIMIT, f"z = {z:.2f}: {value:.6g} +- {error:.2g} against {truth:.6g}"
    return z


def check_mean(samples: ArrayLike, truth: float, detects: float = 0.02) -> float:
    """Assert that independent samples have the mean `truth` (see `check_estimate`).

    Parameters
    ----------
    samples : array_like
        Shape (R,), independent.
    truth : float
        The mean they must have.
    detects : float
        Relative bias the test declares it would find.
    """
    x = np.asarray(samples, dtype=np.float64).ravel()
    assert x.size >= 2, "two samples at least"
    return check_estimate(float(x.mean()), float(x.std(ddof=1)) / math.sqrt(x.size), truth, detects)


def check_ratio(
    numerators: ArrayLike, denominators: ArrayLike, truth: float, detects: float = 0.02
) -> float:
    """Assert that sum(numerators) / sum(denominators) is `truth`, clustered by replication."""
    x, y = (np.asarray(a, dtype=np.float64).ravel() for a in (numerators, denominators))
    assert x.size == y.size >= 2, "two replications at least, as many above as below the line"
    ratio = float(x.sum() / y.sum())
    spread = float(((x - ratio * y) ** 2).sum()) * x.size / (x.size - 1)
    return check_estimate(ratio, math.sqrt(spread) / abs(float(y.sum())), truth, detects)


def check_proportion(successes: int, trials: int, truth: float, detects: float = 0.02) -> float:
    """Assert that `successes` of `trials` agree with the probability `truth`.

    The standard error is that of the truth, so none or all successes are judged too.
    """
    assert 0 < truth < 1, "a probability strictly between 0 and 1"
    return check_estimate(
        successes / trials, math.sqrt(truth * (1 - truth) / trials), truth, detects
    )
