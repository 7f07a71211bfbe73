"""Answers that are compared."""

from __future__ import annotations

from itertools import product
from math import comb

import pytest

from simulator.rules.agreement import agreed

GOOD, STALE, PROVISIONAL, WRONG = range(4)


@pytest.mark.parametrize(
    ("truths", "worth"),
    [
        ([], GOOD),
        ([GOOD, GOOD, WRONG], GOOD),
        ([STALE, GOOD, WRONG], STALE),
        ([PROVISIONAL, WRONG, STALE], PROVISIONAL),
        ([GOOD, WRONG], WRONG),  # nobody can tell which
        ([WRONG, WRONG, GOOD], WRONG),
        ([WRONG], WRONG),
    ],
)
def test_small_cases(truths, worth):
    assert agreed(truths) == worth


@pytest.mark.parametrize("many", range(2, 8))
def test_wrong_exactly_when_at_least_half_are(many):
    found = sum(agreed(case) == WRONG for case in product((GOOD, WRONG), repeat=many))
    assert found == sum(comb(many, k) for k in range(1, many + 1) if 2 * k >= many)
