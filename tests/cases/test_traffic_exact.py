"""Every case of request traffic by the exact engine, and no case forgotten."""

from __future__ import annotations

import math
import re

import pytest

from simulator import exact
from tests.cases.catalogue import RTOL as USUAL
from tests.cases.traffic import ANSWERS, CASES, RTOL


def off_by(case: str, value: float) -> float:
    """Relative distance from the stated answer."""
    assert math.isfinite(value)
    stated = float(CASES[case]["exact"])
    return abs(value - stated) / abs(stated)


@pytest.mark.parametrize("case", sorted(ANSWERS))
def test_exact_answer(case):
    found = ANSWERS[case](CASES[case]["parameters"])
    assert off_by(case, found) <= RTOL.get(case, USUAL), f"{found!r}"


def test_every_case_is_answered():
    assert sorted(ANSWERS) == sorted(CASES)
    assert len(CASES) == 50


def test_the_check_would_find_an_answer_that_is_off_by_a_millionth_of_a_percent():
    case = "kofn-crew"
    assert off_by(case, ANSWERS[case](CASES[case]["parameters"]) * (1 + 1e-8)) > USUAL


@pytest.mark.parametrize(
    ("case", "name", "other"),
    [
        ("bucket-0.05-fail", "fail", 0.06),
        ("failover-ctmc", "coverage", 0.97),
        ("jsq2-0.8", "rho", 0.7),
    ],
)
def test_answers_read_their_parameters(case, name, other):
    given = CASES[case]["parameters"]
    assert name in given
    assert off_by(case, ANSWERS[case]({**given, name: other})) > 1e-3


def test_the_numbers_beside_the_bucket_cases():
    """The descriptions also state what one token, not more than one, being enough would give."""
    for fail in (0.05, 0.1):
        text = CASES[f"bucket-{fail}-fail"]["description"]
        stated = float(re.search(r"failure ([\d.e-]+)\)", text).group(1))
        found = exact.retry_token_bucket(failure=fail, fill=0.1, size=5, retries=3, strict=False)
        assert found.failure == pytest.approx(stated, rel=3e-5, abs=0)
